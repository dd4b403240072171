"""“Correct this message” of a sent message: its correction begins, or is gone on with."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from crisisdesk.core import clock
from crisisdesk.core.access import Act
from crisisdesk.core.console import actor_of
from crisisdesk.core.refusals import NotAllowed, Refusal
from incidents.correcting import NOT_CORRECTED
from incidents.drafts import open_draft, start_draft
from incidents.knowing import known_to
from incidents.models import Update, UpdateKind
from incidents.room.pages import refused, seen_by


@require_POST
@seen_by(Act.VIEW_DELIVERIES)
def correct(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Begin the correction of this message; where something else is being written, say so beside it."""
    by = actor_of(request)
    sent = Update.objects.filter(known_to(by, "incident__")).exclude(kind__in=NOT_CORRECTED).exclude(message=None)
    update = get_object_or_404(sent.select_related("incident"), pk=pk)
    try:
        start_draft(update.incident, kind=UpdateKind.CORRECTION, corrects=update, by=by, now=clock.now())
    except NotAllowed as refusal:
        return refused(request, str(refusal))
    except Refusal as refusal:
        messages.error(request, str(refusal))
        if open_draft(update.incident) is None:
            return redirect("admin:deliveries", update.pk)
    return redirect("admin:compose", pk=update.incident_id)
