"""The progress page behind each customer's signed link. It reads; it never acts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from crisisdesk.core import clock
from crisisdesk.core.asking_again import unless_unchanged, version_of
from crisisdesk.core.markdown import to_html
from crisisdesk.core.private import keep_private
from customers import links
from customers.models import Contact, Service
from incidents.models import Incident, Update
from incidents.places import USES, maybe_name, reason_in_words
from incidents.public.frame import frame, not_found
from incidents.public.progress import Told, told
from incidents.render import Letter, headline, local_time, status_label, utc_time

PURPOSE = "progress"
REFRESH_SECONDS = 60
WISHES_LAST = timedelta(days=90)


@require_safe
@never_cache
def progress_page(request: HttpRequest, token: str) -> HttpResponse:
    """What happens, what we know, when the next update comes: only what this contact was told, in their zone."""
    now = clock.now()
    try:
        link = links.read(token, PURPOSE, now)
    except links.BadLink:
        return keep_private(not_found(request))
    with translation.override(link.contact.language):
        found = told(link.contact, link.subject)
        if found is None:
            return keep_private(not_found(request))
        version = _version(found, link.contact, now)
        contact = link.contact

        def build() -> HttpResponse:
            context = as_read(found, contact, now) | _living(found, contact, now, version)
            return render(request, "public/progress.html", context)

        return keep_private(unless_unchanged(request, version, build))


def _version(found: Told, contact: Contact, now: datetime) -> str:
    """Of what the page shows; sent messages never change."""
    upcoming, incident = found.next_update_at, found.incident
    whom = (contact.name, contact.customer.name, contact.language, contact.time_zone)
    told = [update.pk for update in found.updates]
    others = [(other.pk, other.title) for other in found.others]
    is_late = upcoming is not None and now > upcoming
    return version_of(whom, told, found.reason, found.onward, others, incident.version, is_late)


def as_read(found: Told, contact: Contact, now: datetime) -> dict[str, Any]:
    """The page of one contact, in the active language, with links that lead nowhere: fit to be looked at by staff."""
    zone = ZoneInfo(contact.time_zone)
    upcoming = found.next_update_at
    return frame() | {
        "customer_name": contact.customer.name,
        "contact_name": contact.name,
        "is_drill": found.incident.is_drill,
        "incident": _incident(found, zone),
        "next_update": {"local": local_time(upcoming, zone), "utc": utc_time(upcoming), "late": now > upcoming}
        if upcoming
        else None,
        "updates": [_update(update, found, zone) for update in found.updates],
        "onward": found.onward,
        "others": [_other(other, "#") for other in found.others],
        "preferences_url": "" if found.incident.is_drill else "#",
        "answer_url": "#" if not found.is_open and not found.incident.is_drill else "",
        "refresh_seconds": 0,
    }


def _living(found: Told, contact: Contact, now: datetime, version: str) -> dict[str, Any]:
    return {
        "others": [_other(other, _progress_url(other, contact, now)) for other in found.others],
        "preferences_url": "" if found.incident.is_drill else _preferences_url(contact, now),
        "answer_url": _answer_url(contact, found, now),
        "refresh_seconds": REFRESH_SECONDS if found.is_open else 0,
        "version": version,
    }


def _incident(found: Told, zone: ZoneInfo) -> Mapping[str, Any]:
    incident, standing = found.incident, found.standing
    ended = incident.resolved_at if not found.is_open else None
    concern = _concern(found.reason)
    said, known = standing.said_in(translation.get_language()), found.known.said_in(translation.get_language())
    is_maintenance = standing.is_maintenance
    letter = Letter(standing.kind, found.status, said.subject, "", (), standing.sent_at, is_maintenance=is_maintenance)
    return {
        "reference": incident.reference,
        "title": incident.title,
        "status": found.status,
        "status_label": status_label(found.status, is_maintenance=is_maintenance),
        "is_maintenance": is_maintenance,
        "headline": headline(letter, concern) if concern else "",
        "is_open": found.is_open,
        "services": [{"name": gettext("Affected"), "why": concern}] if concern else [],
        "since": local_time(incident.started_at, zone),
        "resolved": local_time(ended, zone) if ended else "",
        "likely_resolution": known.likely_resolution,
        "workaround_html": _html(known.workaround),
        "article_url": found.known.article_url,
    }


def _concern(reason: str) -> str:
    """What of theirs is affected, such as "Payments API in eu-west"; "" when a person added them by hand."""
    if translation.get_language() == "en":
        return reason.removeprefix(USES) if reason.startswith(USES) else ""
    name = maybe_name(reason)
    known = Service.objects.filter(name=name).values_list("name", flat=True) if name else ()
    return reason_in_words(reason, tuple(known))


def _other(incident: Incident, url: str) -> Mapping[str, str]:
    """Another incident that the contact was told of and that goes on, with the way to its own page."""
    return {"reference": incident.reference, "title": incident.title, "url": url}


def _progress_url(incident: Incident, contact: Contact, now: datetime) -> str:
    return links.address(PURPOSE, links.make(PURPOSE, contact, incident.reference, now + WISHES_LAST))


def _update(update: Update, found: Told, zone: ZoneInfo) -> Mapping[str, Any]:
    promised, correction = update.next_update_at, found.corrections.get(update.pk)
    said = update.said_in(translation.get_language())
    return {
        "language": said.language,
        "kind_label": kind_label(update.kind),
        "reference": update.incident.reference if update.incident_id != found.incident.pk else "",
        "status_label": status_label(update.status, is_maintenance=update.is_maintenance),
        "subject": said.subject,
        "local": local_time(update.sent_at, zone),
        "utc": utc_time(update.sent_at),
        "iso": update.sent_at.isoformat(),
        "body_html": _html(said.body),
        "was_wrong_html": _html(said.was_wrong),
        "wrong_label": _wrong_label(update, zone),
        "corrected": gettext("Corrected on %(time)s.") % {"time": local_time(correction.sent_at, zone)}
        if correction
        else "",
        "promise": gettext("Next update by %(time)s.") % {"time": local_time(promised, zone)} if promised else "",
    }


def _wrong_label(update: Update, zone: ZoneInfo) -> str:
    if update.corrects is None:
        return gettext("What was wrong")
    when = {"corrected_local": local_time(update.corrects.sent_at, zone)}
    return gettext("What was wrong in our message of %(corrected_local)s") % when


def kind_label(kind: str) -> str:
    """The kind of a message in the reader's language."""
    return {
        "initial": gettext("First notice"),
        "catchup": gettext("First notice"),
        "progress": gettext("Progress update"),
        "holding": gettext("Progress update"),
        "correction": gettext("Correction"),
        "final": gettext("Final message"),
        "postmortem": gettext("What happened and why"),
    }[kind]


def _html(source: str) -> SafeString:
    return mark_safe(to_html(source)) if source else SafeString()  # noqa: S308 - sanitised by to_html


def _preferences_url(contact: Contact, now: datetime) -> str:
    return links.address(links.PREFERENCES, links.make(links.PREFERENCES, contact, "", now + WISHES_LAST))


def _answer_url(contact: Contact, found: Told, now: datetime) -> str:
    """The question, until 90 days after the end; "" before the end, after that, and for a drill."""
    incident = found.incident
    until = (incident.resolved_at or now) + WISHES_LAST
    if found.is_open or incident.is_drill or now >= until:
        return ""
    return links.address(links.ANSWER, links.make(links.ANSWER, contact, incident.reference, until))
