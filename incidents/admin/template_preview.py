"""A template as readers would get it: a document of its own for each way it reaches them, with words not saved yet."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from csp.decorators import csp_replace
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_POST

from crisisdesk.core import clock
from crisisdesk.core.access import Act
from crisisdesk.core.markdown import to_html
from crisisdesk.core.numbers import whole_number
from crisisdesk.core.refusals import Refusal
from crisisdesk.core.transports.segments import count
from customers.delivery.rendered import ReaderClass, Rendered
from customers.languages import default_language, language_choices
from customers.models import Channel
from incidents.models import PROMISING_KINDS, Incident, Status, UpdateKind
from incidents.render import Letter, render_letter
from incidents.room.compose_facts import sampled
from incidents.room.pages import seen_by
from incidents.room.preview import POLICY
from incidents.templates import SAMPLE_VALUES, substitute, values_of

WAYS = ("html", "text", "sms", "page")
PROMISED = timedelta(minutes=30)
SAMPLE_STARTED = datetime(2026, 3, 10, 14, 2, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Asked:
    """What stands in the editor, and for which incident (None: the sample) and which way it is wanted."""

    subject: str
    body: str
    kind: str
    language: str
    way: str
    incident: Incident | None


@csp_replace(POLICY)  # type: ignore[arg-type, unused-ignore]  # typed for views without arguments only
@require_POST
@xframe_options_sameorigin
@seen_by(Act.VIEW_SETTINGS)
def template_preview(request: HttpRequest) -> HttpResponseBase:
    """The words in the editor as mail, text, SMS or page; nothing is saved."""
    asked = _asked(request)
    try:
        rendered = _rendered(asked, clock.now())
    except Refusal as refusal:
        return HttpResponse(_document(asked, {"refusal": str(refusal)}))
    if asked.way == "html":
        return HttpResponse(sampled(rendered.html))
    return HttpResponse(_document(asked, _told(asked, rendered)))


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
        incident=Incident.objects.filter(pk=pk).first(),
    )


def _rendered(asked: Asked, now: datetime) -> Rendered:
    letter, incident = _letter(asked, now)
    channel = Channel.SMS if asked.way == "sms" else Channel.EMAIL
    zone = timezone.get_current_timezone_name()
    return render_letter(letter, incident, ReaderClass(asked.language, zone, channel))


def _letter(asked: Asked, now: datetime) -> tuple[Letter, Incident]:
    """Raises InvalidInput for an unknown variable."""
    with translation.override(asked.language):
        values = values_of(asked.incident) if asked.incident else SAMPLE_VALUES
    incident = asked.incident or Incident(pk=42, title=values["title"], started_at=SAMPLE_STARTED)
    status = Status.RESOLVED if asked.kind == UpdateKind.FINAL else incident.status
    letter = Letter(
        kind=asked.kind,
        status=status,
        subject=substitute(asked.subject, values),
        body=substitute(asked.body, values),
        services=values["services"],
        sent_at=now,
        next_update_at=now + PROMISED if asked.kind in PROMISING_KINDS else None,
        likely_resolution=incident.likely_resolution,
        workaround=incident.workaround,
        language=asked.language,
    )
    return letter, incident


def _told(asked: Asked, rendered: Rendered) -> dict[str, object]:
    if asked.way == "page":
        letter, _ = _letter(asked, clock.now())
        return {"title": letter.subject, "html": to_html(letter.body)}
    text = sampled(rendered.text)
    if asked.way == "text":
        return {"subject": rendered.subject, "text": text}
    return {"text": text, "segments": count(text)}


def _document(asked: Asked, context: dict[str, object]) -> str:
    with translation.override(asked.language):
        return render_to_string("admin/incidents/template/preview.html", {"language": asked.language, **context})
