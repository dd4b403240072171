"""The command centre's body alone, for its live refresh."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from crisisdesk.core import clock
from crisisdesk.core.access import Act
from crisisdesk.core.console import actor_of
from incidents.room.centre import centre_facts
from incidents.room.pages import seen_by


@require_safe
@seen_by(Act.VIEW_INCIDENTS)
def centre_live(request: HttpRequest) -> HttpResponseBase:
    """What changes on the front page."""
    return render(request, "admin/incidents/centre.html", centre_facts(actor_of(request), clock.now()))
