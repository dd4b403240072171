"""Tracking events of e-mail: anymail's webhooks read and check them, this brings them into our form.

Anymail checks a signature where the provider signs (Mailgun, Resend) and the shared secret everywhere. A provider
without either is refused here: anymail itself would only warn.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable
from datetime import UTC
from typing import Any

from anymail import urls as anymail_urls
from anymail.exceptions import AnymailAPIError, AnymailConfigurationError
from anymail.signals import AnymailTrackingEvent, EventType, RejectReason, tracking
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path
from django.views.decorators.csrf import csrf_exempt

from crisisdesk.core import clock
from crisisdesk.core.engine.faults import place_of
from crisisdesk.core.transports import Fault
from crisisdesk.core.transports.opening import configs_for
from customers.callbacks.sns import SesTrackingView
from customers.delivery.events import record_event
from customers.delivery.mime import clean_line
from customers.delivery.reports import Kind, Report, enhanced_code, fault_of, impersonal
from customers.models import Channel

_KINDS = {
    EventType.QUEUED: Kind.SENT,
    EventType.SENT: Kind.SENT,
    EventType.DEFERRED: Kind.DEFERRED,
    EventType.DELIVERED: Kind.DELIVERED,
    EventType.FAILED: Kind.FAILED,
    EventType.REJECTED: Kind.REJECTED,
    EventType.BOUNCED: Kind.BOUNCED,
    EventType.COMPLAINED: Kind.COMPLAINED,
    EventType.UNSUBSCRIBED: Kind.UNSUBSCRIBED,
}
# The settings by which anymail checks a provider's own signature; Mailgun's older accounts sign with the API key.
SIGNED_BY = {
    "mailgun": ("MAILGUN_WEBHOOK_SIGNING_KEY", "MAILGUN_API_KEY"),
    "resend": ("RESEND_SIGNING_SECRET",),
    # Without the topic nothing of SES is taken, whatever secret there is.
    "amazon_ses": ("AMAZON_SES_TOPIC_ARN",),
}
_MAX_BODY = 2**20
_UNREADABLE = (
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    ArithmeticError,
    RecursionError,
    ImproperlyConfigured,
    AnymailAPIError,
    AnymailConfigurationError,
)

logger = logging.getLogger(__name__)


def listen() -> None:
    """Hear of anymail's events; called once, when the app is ready."""
    tracking.connect(_take, dispatch_uid="customers.callbacks.mail")


def _take(event: AnymailTrackingEvent, esp_name: str, **_: Any) -> None:
    now = clock.now()
    report = as_report(event, esp_name)
    if report is not None:
        record_event(report, now=now)


def as_report(event: AnymailTrackingEvent, esp_name: str) -> Report | None:
    """Anymail's event in our form; None for what is no news about a delivery, such as a click."""
    kind = _KINDS.get(event.event_type)
    reference = str((event.metadata or {}).get("delivery", ""))
    if kind is None or not (reference or event.message_id):
        return None
    occurred_at = event.timestamp or clock.now()
    if occurred_at.tzinfo is None:
        occurred_at = occurred_at.replace(tzinfo=UTC)
    code = enhanced_code(event.mta_response, event.description)
    return Report(
        provider=esp_name[:40],
        key=_key(event, esp_name),
        kind=kind,
        channel=Channel.EMAIL,
        occurred_at=occurred_at,
        delivery_id=int(reference) if reference.isascii() and reference.isdigit() and len(reference) < 19 else None,
        provider_id=clean_line(str(event.message_id or ""))[:200],
        recipient=str(event.recipient or ""),
        code=code,
        text=clean_line(impersonal(str(event.mta_response or event.description or "")))[:300],
        fault=_fault(event, kind, code),
    )


def _key(event: AnymailTrackingEvent, esp_name: str) -> str:
    """The same for every repeat of an event. Mailgun signs each repeat anew, so its token says nothing."""
    parts = [event.event_type, event.message_id, event.recipient, event.timestamp]
    if esp_name != "Mailgun" and event.event_id:
        parts = [event.event_type, event.event_id]
    return hashlib.sha256("\x00".join(map(str, parts)).encode()).hexdigest()


def _fault(event: AnymailTrackingEvent, kind: Kind, code: str) -> Fault:
    if kind not in (Kind.BOUNCED, Kind.REJECTED):
        return Fault.NONE
    if event.reject_reason == RejectReason.INVALID or (not code and _is_for_good(event)):
        return Fault.ADDRESS
    return fault_of(code)


def _is_for_good(event: AnymailTrackingEvent) -> bool:
    """The provider calls it a hard bounce and says no code; it will not write to the address again either."""
    raw = event.esp_event
    if not hasattr(raw, "get"):
        return False
    details = raw.get("data")
    bounce = details.get("bounce") if isinstance(details, dict) else None
    # Resend's words, and those of SES, on which it stands.
    bounce = bounce or raw.get("bounce")
    is_permanent = isinstance(bounce, dict) and "Permanent" in (bounce.get("type"), bounce.get("bounceType"))
    return raw.get("Type") == "HardBounce" or is_permanent


def _guarded(slug: str, view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Anymail's view for a provider that mail goes by, with something to check its events by."""

    @csrf_exempt
    def guarded(request: HttpRequest) -> HttpResponseBase:
        if not any(config.provider == slug for config in configs_for("customers")):
            return HttpResponse("No mail goes by this provider.", status=404, content_type="text/plain")
        if not any(settings.ANYMAIL.get(name) for name in ("WEBHOOK_SECRET", *SIGNED_BY.get(slug, ()))):
            return HttpResponse("Set ANYMAIL_WEBHOOK_SECRET.", status=403, content_type="text/plain")
        if slug == "amazon_ses" and not settings.ANYMAIL.get("AMAZON_SES_TOPIC_ARN"):
            return HttpResponse("Set AMAZON_SES_TOPIC_ARN.", status=403, content_type="text/plain")
        if int(request.headers.get("content-length") or 0) > _MAX_BODY:
            return HttpResponse("Too large.", status=413, content_type="text/plain")
        try:
            return view(request)
        except _UNREADABLE as error:
            # Anymail leaves what is not the provider's form to whoever calls it.
            logger.warning("An event at %s could not be taken: %s", request.path, place_of(error))
            return HttpResponse("This is no event of the provider.", status=400, content_type="text/plain")

    return guarded


def tracking_urls() -> list[URLPattern]:
    """Anymail's own addresses for tracking events, each behind our guard."""
    found = []
    for pattern in anymail_urls.urlpatterns:
        slug, _, rest = str(pattern.pattern).partition("/")
        if rest == "tracking/":
            view = _guarded(slug, SesTrackingView.as_view() if slug == "amazon_ses" else pattern.callback)
            found.append(path(f"anymail/{slug}/tracking/", view, name=f"{slug}_tracking"))
    return found
