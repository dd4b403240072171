"""An update as one class of reader gets it: e-mail as HTML and text."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import css_inline
from django.conf import settings
from django.template.loader import render_to_string
from django.utils import formats, translation
from django.utils.safestring import mark_safe
from django.utils.translation import get_language_bidi, gettext

from crisisdesk.core.markdown import to_html, to_text
from crisisdesk.core.plain_text import render_text
from crisisdesk.core.transports.segments import plainer
from customers.delivery.rendered import ReaderClass, Rendered
from customers.models import Channel
from incidents.models import Incident
from incidents.models.said import Said
from incidents.places import Place, in_words

TOKENS = ("progress_url", "preferences_url", "answer_url", "contact_name", "customer_name")
# The last word on an outage ends with the question how well the reader was kept informed (Step 5).
ASKING = ("final", "postmortem")
# Their readers were told of the problem before.
GOING_ON = ("progress", "holding")
# A day as each language writes it: "Di, 10. März", "mar. 10 mars".
DAYS = {"de": "D, j. N", "fr": "D. j N"}
_APART = re.compile(r"(?<=\S) (?=[:;?!»](?:\s|$))")
_inliner = css_inline.CSSInliner(keep_style_tags=True, load_remote_stylesheets=False)


@dataclass(frozen=True, slots=True)
class Letter:
    """What is said, before it is put into a reader's language and zone. Times are UTC."""

    kind: str
    status: str
    subject: str
    body: str
    places: tuple[Place, ...]
    sent_at: datetime
    next_update_at: datetime | None = None
    likely_resolution: str = ""
    workaround: str = ""
    was_wrong: str = ""
    # Of a correction: when the message that was wrong went out.
    corrected_at: datetime | None = None
    article_url: str = ""
    is_maintenance: bool = False
    # The language it was written in; labels and times are in the reader's.
    language: str = "en"
    translations: Mapping[str, Said] = field(default_factory=dict)
    # References under which readers may have heard of it before it was merged or split.
    earlier: tuple[str, ...] = ()

    def for_readers_of(self, language: str) -> Letter:
        """The letter in the reader's language where it was written in it, else as it is."""
        said = self.translations.get(language)
        return replace(self, **asdict(said)) if said else self


def render_letter(letter: Letter, incident: Incident, reader: ReaderClass) -> Rendered:
    """The finished content for a class of reader, with the patch tokens of `customers.delivery` left in."""
    letter = letter.for_readers_of(reader.language)
    with translation.override(reader.language):
        context = _context(letter, incident, ZoneInfo(reader.time_zone))
        if reader.channel == Channel.SMS:
            return Rendered(subject=context["subject"], text=plainer(render_text("sms/update.txt", context)))
        text = render_text("emails/update.txt", context)
        html = _inliner.inline(render_to_string("emails/update.html", context))
    return Rendered(subject=context["subject"], text=text + "\n", html=html)


def kept_together(text: str, language: str) -> str:
    """The text with signs that French sets apart by a blank at the end of a line, never alone at the next beginning."""
    return _APART.sub("\u00a0", text) if language.startswith("fr") else text


def thread_subject(incident: Incident) -> str:
    """The subject of every message of the incident: the same each time, so that mail programs keep one thread."""
    drill = "DRILL " if incident.is_drill else ""
    return f"{drill}[{settings.PRODUCT_NAME}] {incident.title} ({incident.reference})"


def local_time(moment: datetime, zone: ZoneInfo) -> str:
    """A moment in a reader's zone, with its name: "Tue 10 Mar, 15:30 CET", in the way of the active language."""
    there = moment.astimezone(zone)
    day = DAYS.get((translation.get_language() or "").partition("-")[0], "D j M")
    return f"{formats.date_format(there, day)}, {there:%H:%M} {there:%Z}"


def utc_time(moment: datetime) -> str:
    """The clock time in UTC: "14:30 UTC"."""
    return f"{moment.astimezone(UTC):%H:%M} UTC"


def status_label(status: str, *, is_maintenance: bool = False) -> str:
    """A status in the reader's language, for headings. Maintenance goes on or is finished: nothing is looked for."""
    if is_maintenance:
        return gettext("Maintenance finished") if status == "resolved" else gettext("Maintenance under way")
    return {
        "investigating": gettext("Investigating"),
        "identified": gettext("Cause identified"),
        "monitoring": gettext("Monitoring the fix"),
        "resolved": gettext("Resolved"),
    }[status]


def headline(letter: Letter, affected: str) -> str:
    """The first line, and all that a text message says: what it means to the reader, and how far the work is.

    `affected` is what is, in words of the active language.
    """
    if letter.kind == "postmortem":
        return gettext("What happened, why, and what we do about it.")
    if letter.kind == "correction":
        return gettext("We told you something that was not right. Here is what is.")
    services = {"services": affected}
    if letter.is_maintenance and letter.kind == "final":
        return gettext("%(services)s: the maintenance is finished.") % services
    if letter.is_maintenance:
        return gettext("%(services)s: maintenance is under way. Short interruptions are possible.") % services
    if letter.kind == "final":
        return gettext("%(services)s: the problem is over.") % services
    if letter.status == "identified":
        return gettext("%(services)s: the cause of the problem is found, and the repair is under way.") % services
    if letter.status == "monitoring":
        return gettext("%(services)s: a repair is in place, and we are watching whether it holds.") % services
    if letter.kind in GOING_ON:
        return gettext("%(services)s: we are still working on the problem.") % services
    return gettext("%(services)s: you may be affected by a problem we are working on.") % services


def _context(letter: Letter, incident: Incident, zone: ZoneInfo) -> dict[str, Any]:
    upcoming = letter.next_update_at
    body = kept_together(letter.body, letter.language)
    services = in_words(letter.places)
    return {
        "language": translation.get_language(),
        "body_language": letter.language,
        "text_direction": "rtl" if get_language_bidi() else "ltr",
        "subject": thread_subject(incident),
        "product": settings.PRODUCT_NAME,
        "vendor": settings.VENDOR_NAME,
        "reference": incident.reference,
        "incident_title": incident.title,
        "earlier": ", ".join(letter.earlier),
        "title": kept_together(letter.subject, letter.language),
        "is_drill": incident.is_drill,
        "asks": letter.kind in ASKING and not incident.is_drill,
        "kind": letter.kind,
        "status": letter.status,
        "status_label": status_label(letter.status, is_maintenance=letter.is_maintenance),
        "is_maintenance": letter.is_maintenance,
        "headline": headline(letter, services),
        "services": services,
        "body_html": mark_safe(to_html(body)),  # noqa: S308 - sanitised by to_html
        "body_text": to_text(body),
        "next_update_local": local_time(upcoming, zone) if upcoming else "",
        "next_update_utc": utc_time(upcoming) if upcoming else "",
        "likely_resolution": letter.likely_resolution,
        "workaround_html": mark_safe(to_html(letter.workaround)),  # noqa: S308 - sanitised by to_html
        "workaround_text": to_text(letter.workaround),
        "was_wrong_html": mark_safe(to_html(letter.was_wrong)),  # noqa: S308 - sanitised by to_html
        "was_wrong_text": to_text(letter.was_wrong),
        "corrected_local": local_time(letter.corrected_at, zone) if letter.corrected_at else "",
        "article_url": letter.article_url,
        "started_local": local_time(incident.started_at, zone),
        "sent_local": local_time(letter.sent_at, zone),
        "sent_utc": utc_time(letter.sent_at),
        **{name: f"[[{name}]]" for name in TOKENS},
    }
