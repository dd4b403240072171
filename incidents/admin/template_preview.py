"""A template as readers would get it: a document of its own for each way it reaches them, with words not saved yet."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from csp.decorators import csp_replace
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_POST

from crisisdesk.core import clock
from crisisdesk.core.access import Act
from crisisdesk.core.console import actor_of
from crisisdesk.core.numbers import whole_number
from crisisdesk.core.refusals import Refusal
from customers.delivery.rendered import ReaderClass
from customers.languages import default_language, language_choices
from customers.models import Channel
from incidents.knowing import known_to
from incidents.models import PROMISING_KINDS, Incident, Status, Template, Update, UpdateKind
from incidents.places import reason_for
from incidents.public.progress import Told
from incidents.render import Letter, render_letter
from incidents.room.as_read import POLICY, WAYS, Eyes, content_as_read, page_as_read
from incidents.room.pages import seen_by
from incidents.templates import SAMPLE_PLACE, SAMPLE_STARTED, places_of, sample_values, substitute, values_of

PROMISED = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Asked:
    """What stands in the editor, and for which incident (None: the sample) and which way it is wanted."""

    subject: str
    body: str
    kind: str
    language: str
    way: str
    is_maintenance: bool
    status: str
    incident: Incident | None


@csp_replace(POLICY)  # type: ignore[arg-type, unused-ignore]  # typed for views without arguments only
@require_POST
@xframe_options_sameorigin
@seen_by(Act.VIEW_SETTINGS)
def template_preview(request: HttpRequest) -> HttpResponseBase:
    """The words in the editor as mail, text, SMS or page; nothing is saved."""
    asked = _asked(request)
    try:
        return HttpResponse(_shown(asked, clock.now()))
    except Refusal as refusal:
        context = {"language": asked.language, "refusal": str(refusal)}
        return HttpResponse(render_to_string("admin/incidents/template/preview.html", context))


def _asked(request: HttpRequest) -> Asked:
    given = request.POST
    pk = whole_number(given.get("incident", "")) or 0
    languages = [code for code, _ in language_choices()]
    return Asked(
        subject=given.get("subject", "")[:150],
        body=given.get("body", "")[:20_000],
        kind=given["kind"] if given.get("kind") in UpdateKind.values else UpdateKind.INITIAL,
        language=given["language"] if given.get("language") in languages else default_language(),
        way=given["way"] if given.get("way") in WAYS else "html",
        is_maintenance=bool(given.get("is_maintenance")),
        status=given["status"] if given.get("status") in Status.values else "",
        incident=Incident.objects.filter(known_to(actor_of(request)), pk=pk).first(),
    )


def _shown(asked: Asked, now: datetime) -> str:
    """Raises InvalidInput for an unknown variable."""
    letter, incident = _letter(asked, now)
    zone = timezone.get_current_timezone_name()
    eyes = Eyes(asked.language, zone, reason=reason_for(letter.places))
    if asked.way == "page":
        return page_as_read(Told(incident, (_update(letter, incident),), eyes.reason), eyes, now)
    channel = Channel.SMS if asked.way == "sms" else Channel.EMAIL
    return content_as_read(render_letter(letter, incident, ReaderClass(asked.language, zone, channel)), eyes, asked.way)


def _update(letter: Letter, incident: Incident) -> Update:
    """The update that the letter would be; not saved."""
    return Update(
        incident=incident,
        number=0,
        kind=letter.kind,
        status=letter.status,
        subject=letter.subject,
        body=letter.body,
        likely_resolution=letter.likely_resolution,
        workaround=letter.workaround,
        is_maintenance=letter.is_maintenance,
        template=Template(language=letter.language),
        sent_at=letter.sent_at,
        next_update_at=letter.next_update_at,
    )


def _letter(asked: Asked, now: datetime) -> tuple[Letter, Incident]:
    """Raises InvalidInput for an unknown variable."""
    with translation.override(asked.language):
        values = values_of(asked.incident) if asked.incident else sample_values()
    incident = asked.incident or Incident(pk=42, title=values["title"], started_at=SAMPLE_STARTED)
    is_over = asked.kind in (UpdateKind.FINAL, UpdateKind.POSTMORTEM)
    # Words that are for one status are read under it.
    status = Status.RESOLVED if is_over else asked.status or incident.status
    letter = Letter(
        kind=asked.kind,
        status=status,
        subject=substitute(asked.subject, values),
        body=substitute(asked.body, values),
        places=places_of(asked.incident) if asked.incident else (SAMPLE_PLACE,),
        sent_at=now,
        next_update_at=now + PROMISED if asked.kind in PROMISING_KINDS else None,
        likely_resolution=incident.likely_resolution,
        workaround=incident.workaround,
        is_maintenance=asked.is_maintenance,
        language=asked.language,
    )
    return letter, incident
