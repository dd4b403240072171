"""The product's routes and, behind the same middleware, a view that inserts one row."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime

from django.contrib.sessions.models import Session
from django.http import HttpRequest, JsonResponse
from django.urls import include, path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

LATER = datetime(2100, 1, 1, tzinfo=UTC)


@csrf_exempt
@require_POST
def insert(request: HttpRequest) -> JsonResponse:
    """One row, committed; nothing is parsed or looked up."""
    Session.objects.create(session_key=uuid.uuid4().hex, session_data="", expire_date=LATER)
    return JsonResponse({"inserted": 1, "bytes": len(request.body)})


urlpatterns = [path("benchmark/insert/", insert), path("", include("crisisdesk.urls"))]
