"""Whether this installation lives, for load balancers and monitoring."""

from __future__ import annotations

from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from crisisdesk.core import health


@require_safe
@never_cache
def healthz(request: HttpRequest) -> JsonResponse:
    """200 while the database answers and every loop has run within ten seconds, otherwise 503 with the reasons."""
    found = health.check()
    body = {
        "ok": found.ok,
        "database": found.database,
        "loops": {loop.name: loop.state for loop in found.loops},
        "reasons": list(found.reasons),
    }
    return JsonResponse(body, status=200 if found.ok else 503)


@require_safe
@never_cache
def livez(request: HttpRequest) -> JsonResponse:
    """200 while this web process answers; asks nobody else."""
    return JsonResponse({"ok": True})
