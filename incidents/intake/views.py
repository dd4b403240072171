"""Where monitoring posts to. The token is in a header, never in the address (ASVS 14.2.1)."""

from __future__ import annotations

import logging

from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from crisisdesk.core import clock
from crisisdesk.core.refusals import InvalidInput
from incidents.alerts import receive
from incidents.intake import alertmanager, strict
from incidents.intake.sources import source_of
from incidents.models import AlertSource

logger = logging.getLogger(__name__)


# A token in a header is the proof, not a cookie, so there is nothing for another site to forge.
@csrf_exempt
@require_POST
@never_cache
def alertmanager_webhook(request: HttpRequest) -> JsonResponse:
    """Take one request of Alertmanager: all of it, or with 400, 401, 411 or 413 none of it."""
    source = source_of(request.headers.get("Authorization", ""), AlertSource.Kind.ALERTMANAGER)
    if source is None:
        logger.warning("Refused an alert without the token of an active source.")
        response = _refused(401, "Send the token of an active alert source as: Authorization: Bearer <token>")
        response["WWW-Authenticate"] = 'Bearer realm="alerts"'
        return response
    if too_long := _length_refusal(request):
        return too_long
    try:
        now = clock.now()
        signals = alertmanager.signals(strict.parse(request.body), now)
    except InvalidInput as error:
        logger.warning("Refused a malformed alert of source %s.", source.pk)
        return _refused(400, str(error))
    received = receive(source, signals, now=now)
    return JsonResponse({"new": len(received.new), "repeated": received.repeated, "resolved": received.resolved})


def _length_refusal(request: HttpRequest) -> JsonResponse | None:
    try:
        length = int(request.headers.get("Content-Length") or 0)
    except ValueError:
        length = 0
    if length <= 0:
        return _refused(411, "Send a body, with its Content-Length.")
    if length > strict.MAX_BYTES:
        return _refused(
            413, f"The body has {length} bytes; {strict.MAX_BYTES} is the most. Set max_alerts in the webhook's config."
        )
    return None


def _refused(status: int, text: str) -> JsonResponse:
    return JsonResponse({"error": text}, status=status)
