"""Message templates: their variables, filling them, approving them (Step 0)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from hashlib import sha256

from django.conf import settings
from django.db import transaction
from django.db.models import Case, Count, F, Max, OuterRef, Q, QuerySet, Subquery, When
from django.db.models.functions import Coalesce
from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext, ngettext

from crisisdesk.core import audit
from crisisdesk.core.access import Act, require
from crisisdesk.core.actors import Actor
from crisisdesk.core.history import stamp
from crisisdesk.core.refusals import InvalidInput, WrongState
from incidents.lint import mark
from incidents.models import Incident, Outcome, Status, Template, Update
from incidents.models.template import TemplateQuerySet
from incidents.places import Place, in_words
from incidents.plain import one_line_end

VARIABLES: Mapping[str, str] = {
    "reference": "The incident's reference, such as INC-42.",
    "title": "The incident's title.",
    "product": "The name of the product, from the settings.",
    "vendor": "The name of the vendor, from the settings.",
    "services": "The affected services, such as “Payments API in eu-west”.",
    "started_at": "When it began, in UTC.",
    "likely_resolution": "What is known of recovery, or “not yet known”.",
    "workaround": "The workaround as recorded, or nothing.",
    "restored": "What Operations wrote with the green light.",
    "promises": "How many promised updates came in time, such as “We kept 5 of 6 promises of an update”; or nothing.",
    "article": "The address of the knowledge-base document, or nothing.",
}
_VARIABLE = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")
# What is left of a variable that was not closed, or not opened.
_TOO_MANY = re.compile(r"\{\{\{.{0,20}|.{0,20}\}\}\}")
_STRAY = re.compile(r"\{\{.{0,20}|.{0,20}\}\}")


@dataclass(frozen=True, slots=True)
class Filled:
    """A template's text with its variables replaced."""

    subject: str
    body: str


def substitute(text: str, values: Mapping[str, str]) -> str:
    """Replace `{{name}}` by its value: scalars from a fixed list, no attributes, no tags (ASVS 1.3.7).

    Raises InvalidInput that names every unknown variable, and double braces that are none: they would reach readers.
    """
    if stray := _TOO_MANY.search(text) or _STRAY.search(_VARIABLE.sub("", text)):
        raise InvalidInput(
            f"“{stray[0].strip()}” is no variable: write {{{{name}}}} with two braces on both sides, or leave them out."
        )
    unknown = sorted({name for name in _VARIABLE.findall(text) if name not in values})
    if unknown:
        names = ", ".join(f"{{{{{name}}}}}" for name in unknown)
        raise InvalidInput(f"Unknown variable {names}. Known are: {', '.join(sorted(VARIABLES))}.")
    return _VARIABLE.sub(lambda match: values[match[1]], text)


def has_variables(text: str) -> bool:
    """True when something in double braces is left in the text."""
    return bool(_VARIABLE.search(text))


def places_of(incident: Incident) -> tuple[Place, ...]:
    """What is affected now."""
    rows = incident.affected.filter(until=None).order_by("id")
    return tuple(
        Place(service, region or "", instance or "")
        for service, region, instance in rows.values_list("service__name", "region__slug", "instance__name")
    )


def promises_line(incident: Incident) -> str:
    """How many promises of an update were kept in it so far, in the active language; empty before one was decided.

    Of the incident as a whole: a message is the same for all its readers. The line for one customer stands on the
    customer's page.
    """
    settled = Q(outcome__in=[Outcome.KEPT, Outcome.MISSED])
    found = incident.promises.aggregate(total=Count("pk", filter=settled), kept=Count("pk", filter=Q(outcome="kept")))
    if not found["total"]:
        return ""
    text = ngettext(
        "We kept %(kept)d of %(total)d promise of an update.",
        "We kept %(kept)d of %(total)d promises of an update.",
        found["total"],
    )
    return text % found


def values_of(incident: Incident) -> dict[str, str]:
    """The variables' values for an incident, in the active language (`django.utils.translation`)."""
    return {
        "reference": incident.reference,
        "title": incident.title,
        "product": settings.PRODUCT_NAME,
        "vendor": settings.VENDOR_NAME,
        "services": in_words(places_of(incident)),
        "started_at": _moment(incident.started_at),
        "likely_resolution": incident.likely_resolution or gettext("not yet known"),
        "workaround": incident.workaround,
        "restored": incident.green_light_note,
        "promises": promises_line(incident),
        "article": incident.article_url,
    }


SAMPLE_VALUES: Mapping[str, str] = {
    "reference": "INC-42",
    "title": "Payments are slow",
    "product": "Example Cloud",
    "vendor": "Example Cloud",
    "services": "Payments API in eu-west",
    "started_at": "10 March 2026, 14:02 UTC",
    "likely_resolution": "within the hour",
    "workaround": "Retry failed calls after a minute.",
    "restored": "The database primary was replaced.",
    "promises": "We kept 5 of 6 promises of an update.",
    "article": "https://help.example.com/payments",
}


# How each language writes a day, and the time after it: "10. März 2026 um 14:02 UTC".
MOMENTS = {"de": ("j. F Y", " um "), "fr": ("j F Y", " à ")}
# What fails in the sample, and when it began.
SAMPLE_PLACE = Place("Payments API", "eu-west")
SAMPLE_STARTED = datetime(2026, 3, 10, 14, 2, tzinfo=UTC)


def sample_values() -> dict[str, str]:
    """The values of the sample, what the desk itself would say of it in the active language."""
    said = {"services": in_words([SAMPLE_PLACE]), "started_at": _moment(SAMPLE_STARTED)}
    return {**SAMPLE_VALUES, **said, "likely_resolution": gettext("not yet known")}


def _moment(moment: datetime) -> str:
    there = moment.astimezone(UTC)
    day, at = MOMENTS.get((translation.get_language() or "").partition("-")[0], ("j F Y", ", "))
    return f"{date_format(there, day)}{at}{there:%H:%M} UTC"


def fill(template: Template, incident: Incident) -> Filled:
    """The template's text for this incident. Raises InvalidInput for an unknown variable."""
    with translation.override(template.language):
        values = values_of(incident)
    return Filled(substitute(template.subject, values), substitute(template.body, values))


def fill_translations(template: Template, incident: Incident) -> dict[str, dict[str, str]]:
    """The words of the template's approved translations for this incident, by language."""
    rows = list(template.translations.approved().exclude(language=template.language).order_by("language"))
    of = mark(fill(template, incident).body) if rows else ""
    return {row.language: asdict(fill(row, incident)) | {"of": of} for row in rows}


def templates_for(incident: Incident, kind: str) -> TemplateQuerySet:
    """Approved templates of a kind; those of the incident's type first, and before them those that fit its nature.

    What customers were told is maintenance takes words about maintenance first, anything else takes them last. Words
    of another status come last. Translations come with their original.
    """
    return in_use_for(incident, kind).approved()


def proposed_for(incident: Incident, kind: str) -> Template | None:
    """What a message of a kind is begun from; never words that claim more than the incident's status does."""
    early = list(Status)[: list(Status).index(Status(incident.status)) + 1]
    return templates_for(incident, kind).filter(status__in=["", *early]).first()


def in_use_for(incident: Incident, kind: str) -> TemplateQuerySet:
    """The same with those that are not approved (any more)."""
    mine = Q(incident_type=None)
    if incident.incident_type_id:
        mine |= Q(incident_type=incident.incident_type_id)
    told = Update.objects.filter(incident=incident).order_by("-number").values("is_maintenance")[:1]
    nature = Coalesce(Subquery(told), False)
    found = Template.objects.originals().filter(mine, is_active=True, kind=kind)
    fitting = Case(When(is_maintenance=nature, then=0), default=1)
    timely = Case(When(status=incident.status, then=0), When(status="", then=0), default=1)
    return found.order_by(fitting, timely, F("incident_type").asc(nulls_last=True), "name", "id")


def is_maintenance_in(incident: Incident, template: Template | None) -> bool:
    """As the template says, or the last message said: what began as maintenance goes on and ends as maintenance."""
    if template is not None and template.is_maintenance:
        return True
    last = incident.updates.order_by("-number").values_list("is_maintenance", flat=True).first()
    return bool(last)


def with_usage(templates: QuerySet[Template]) -> QuerySet[Template]:
    """Each with `sent`, the number of messages begun from it or from its original, and `last_sent_at`."""
    used = Update.objects.filter(Q(template=OuterRef("pk")) | Q(template=OuterRef("translation_of"))).order_by()
    times = used.values("incident__is_drill").filter(incident__is_drill=False)
    return templates.annotate(
        sent=Coalesce(Subquery(times.annotate(n=Count("pk")).values("n")), 0),
        last_sent_at=Subquery(times.annotate(at=Max("sent_at")).values("at")),
    )


def save_template(template: Template, *, by: Actor, now: datetime) -> Template:
    """Save a template; when its text, or what it is for, has changed, its approval is gone.

    Raises NotAllowed, InvalidInput.
    """
    require(by, Act.EDIT_TEMPLATE)
    for text in (template.subject, template.body):
        substitute(text, SAMPLE_VALUES)
    check_translation(template)
    template.body = one_line_end(template.body)
    with transaction.atomic():
        stored = Template.objects.select_for_update().filter(pk=template.pk).first() if template.pk else None
        if stored is None or _words(stored) != _words(template):
            template.approved_at, template.approved_by, template.approved_by_name = None, None, ""
        stamp(template, by=by, now=now)
        template.save()
        audit.record("template.saved", by=by, now=now, on=template, data={"approved": template.is_approved})
    return template


def text_mark(template: Template) -> str:
    """What tells the words of a template, and what they are for, apart from any others.

    A page carries it, a press gives it back.
    """
    return sha256(repr(_words(template)).encode()).hexdigest()[:16]


def approve(template: Template, *, by: Actor, now: datetime, seen: str | None = None) -> Template:
    """Approve the present text; with `seen` (`text_mark` of what a person looked at) that text and no other.

    Raises NotAllowed, WrongState when it is approved already, not in use, or was changed since it was looked at.
    """
    require(by, Act.APPROVE_TEMPLATE)
    with transaction.atomic():
        template = Template.objects.select_for_update().get(pk=template.pk)
        if seen is not None and seen != text_mark(template):
            raise WrongState(f"“{template}” was changed since you opened the page. Look at the new text, then approve.")
        if template.approved_at is not None:
            raise WrongState(f"“{template}” is approved already, by {template.approved_by_name}.")
        if not template.is_active:
            raise WrongState(f"“{template}” is not in use; set it active before you approve it.")
        template.approved_at, template.approved_by_name = now, by.name
        template.approved_by_id = by.person_id
        stamp(template, by=by, now=now, reason="approved")
        template.save()
        audit.record("template.approved", by=by, now=now, on=template)
    return template


def check_translation(template: Template) -> None:
    """Take over what the original is for, when it is a translation. Raises InvalidInput when it can't be one."""
    original = template.translation_of
    if original is None:
        return
    if original.pk == template.pk or original.translation_of_id is not None:
        raise InvalidInput({"translation_of": "Choose the original, not a translation of it."})
    if template.pk and template.translations.exists():
        raise InvalidInput({"translation_of": "This template has translations itself, so it can't become one."})
    if original.language == template.language:
        raise InvalidInput({"language": f"“{original}” is written in this language already; choose another."})
    template.kind, template.incident_type = original.kind, original.incident_type
    template.is_maintenance, template.status = original.is_maintenance, original.status


def _words(template: Template) -> tuple[str | bool | int | None, ...]:
    # A form ends lines with other signs than a text that nobody opened in one, and drops blanks at the end.
    said = (template.kind, template.language, template.subject.strip(), one_line_end(template.body).strip())
    return (*said, template.is_maintenance, template.status, template.incident_type_id, template.translation_of_id)
