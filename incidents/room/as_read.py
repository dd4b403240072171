"""A message as one reader gets it, by mail, as text, as SMS and on the progress page: documents fit to be framed.

Nothing is written, and no link in them opens anything: who looks is of the vendor, not the customer.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape

from csp.constants import NONE, SELF, UNSAFE_INLINE
from django.template.loader import render_to_string
from django.utils import timezone, translation

from crisisdesk.core.transports.segments import count
from customers.delivery.compose import usable_channels
from customers.delivery.rendered import ReaderClass, Rendered
from customers.languages import default_language
from customers.models import Channel, Contact, Customer
from incidents.letters import letter_of
from incidents.models import Draft, Incident, Update, UpdateKind
from incidents.outgoing import channels_for
from incidents.places import reason_for
from incidents.public.progress import Told
from incidents.public.views import as_read
from incidents.render import TOKENS, render_letter
from incidents.templates import places_of

WAYS: Mapping[str, str] = {"html": "E-mail", "text": "E-mail as text", "sms": "SMS", "page": "Progress page"}
# A mail carries its style inside, a page names ours. Nothing runs, and only our own page may frame it.
POLICY = {
    "default-src": [NONE],
    "style-src": [SELF, UNSAFE_INLINE],
    "img-src": [SELF, "data:"],
    "form-action": [NONE],
    "base-uri": [NONE],
    "frame-ancestors": [SELF],
    "frame-src": [NONE],
    "sandbox": [True],
}
_ACTIVE = re.compile(r"<script\b.*?</script>|<noscript\b.*?</noscript>|<meta http-equiv[^>]*>", re.DOTALL)
_SAMPLE_LINKS = {
    "progress_url": "#progress-page",
    "preferences_url": "#preferences",
    "answer_url": "#answer",
}


@dataclass(frozen=True, slots=True)
class Eyes:
    """Whose eyes: language, IANA time zone, the names in the message, and why it goes there."""

    language: str
    time_zone: str
    contact_name: str = "Sam Sample"
    customer_name: str = "Sample Ltd"
    reason: str = ""

    @classmethod
    def of(cls, contact: Contact, reason: str) -> Eyes:
        """Those of a contact, told for `reason`."""
        return cls(contact.language, contact.time_zone, contact.name, contact.customer.name, reason)

    @classmethod
    def sample(cls, incident: Incident, language: str = "") -> Eyes:
        """Somebody made up who uses what is affected, in the zone of whoever looks."""
        zone = timezone.get_current_timezone_name()
        return cls(language or default_language(), zone, reason=reason_for(places_of(incident)))


def draft_as_read(
    draft: Draft, incident: Incident, eyes: Eyes, way: str, now: datetime, before: Sequence[Update] = ()
) -> str:
    """The draft as these eyes would read it if it were sent at `now`; `before` is what they were told, newest first."""
    if way == "page":
        return page_as_read(Told(incident, (_unsent(draft, incident, now), *before), eyes.reason), eyes, now)
    if way == "sms" and (text := _no_sms(draft, incident)):
        return note(text, eyes.language)
    reader = ReaderClass(eyes.language, eyes.time_zone, Channel.SMS if way == "sms" else Channel.EMAIL)
    return content_as_read(render_letter(letter_of(draft, incident, sent_at=now), incident, reader), eyes, way)


def content_as_read(content: Rendered, eyes: Eyes, way: str) -> str:
    """Finished content with the reader's own names put in."""
    if way == "html" and content.html:
        return patched(content.html, eyes, is_html=True)
    text = patched(content.text, eyes)
    if way == "sms":
        return _framed({"text": text, "segments": count(text)}, eyes.language)
    return _framed({"subject": patched(content.subject, eyes), "text": text}, eyes.language)


def page_as_read(found: Told, eyes: Eyes, now: datetime) -> str:
    """The progress page of somebody who was told this."""
    reader = Contact(
        name=eyes.contact_name,
        customer=Customer(name=eyes.customer_name),
        language=eyes.language,
        time_zone=eyes.time_zone,
    )
    with translation.override(eyes.language):
        context = as_read(found, reader, now)
        return _ACTIVE.sub("", render_to_string("public/progress.html", context))


def note(text: str, language: str) -> str:
    """A document that says why there is nothing to be seen."""
    return _framed({"note": text}, language)


def patched(text: str, eyes: Eyes, *, is_html: bool = False) -> str:
    """The patch tokens of a finished text replaced by names, and by links that lead nowhere."""
    values = {**_SAMPLE_LINKS, "contact_name": eyes.contact_name, "customer_name": eyes.customer_name}
    for token in TOKENS:
        value = escape(values[token]) if is_html else values[token]
        text = text.replace(f"[[{token}]]", value)
    return text


def _unsent(draft: Draft, incident: Incident, now: datetime) -> Update:
    """The draft as the update it would become; not saved."""
    return Update(
        incident=incident,
        number=0,
        kind=draft.kind,
        status=incident.status if draft.kind == UpdateKind.CORRECTION else draft.status,
        subject=draft.subject,
        body=draft.body,
        translations=draft.translations,
        likely_resolution=draft.likely_resolution,
        workaround=draft.workaround,
        was_wrong=draft.was_wrong,
        corrects=draft.corrects,
        article_url=draft.article_url,
        is_maintenance=draft.is_maintenance,
        template=draft.template,
        sent_at=now,
        next_update_at=letter_of(draft, incident, sent_at=now).next_update_at,
    )


def _no_sms(draft: Draft, incident: Incident) -> str:
    """Why no SMS would go out; empty when those who want it get one."""
    wanted = channels_for(incident, draft.kind)
    if Channel.SMS not in wanted:
        return f"No SMS goes out for a {draft.get_kind_display()} at {incident.severity}."
    if Channel.SMS not in usable_channels(wanted, is_drill=incident.is_drill):
        return "No SMS goes out: none is set up." if not incident.is_drill else "No SMS goes out in this drill."
    return ""


def _framed(context: Mapping[str, object], language: str) -> str:
    with translation.override(language):
        return render_to_string("admin/incidents/template/preview.html", {"language": language, **context})
