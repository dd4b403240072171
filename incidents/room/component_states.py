"""Setting the state of affected services: one page, one press."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from crisisdesk.core import clock
from crisisdesk.core.access import Act
from crisisdesk.core.console import actor_of
from crisisdesk.core.refusals import Refusal
from incidents.lifecycle import refuse_change
from incidents.locking import position_of
from incidents.models import ComponentStatus
from incidents.room.finding import the_incident
from incidents.room.head import head_of
from incidents.room.pages import page, seen_by, status_of
from incidents.room.verbs import reason_against
from incidents.states import set_states


@require_http_methods(["GET", "HEAD", "POST"])
@seen_by(Act.VIEW_INCIDENTS)
def component_states(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The affected services with their states; POST sets them."""
    incident = the_incident(pk, actor_of(request))
    by = actor_of(request)
    rows = list(incident.affected.filter(until=None).select_related("service", "region", "instance").order_by("id"))
    refusal: Refusal | None = None
    if request.method == "POST":
        wanted = {row.pk: request.POST[f"state-{row.pk}"] for row in rows if f"state-{row.pk}" in request.POST}
        try:
            changed = set_states(incident, wanted, by=by, now=clock.now())
        except Refusal as error:
            refusal = error
        else:
            messages.success(request, "The states are set." if changed else "Nothing was changed.")
            return redirect(reverse("admin:incidents_incident_change", args=[incident.pk]))
    context = {
        "incident": head_of(incident),
        "rows": [{"pk": row.pk, "name": str(row), "state": row.component_status} for row in rows],
        "states": ComponentStatus.choices,
        "refusal": refusal,
        "reason": reason_against(Act.CHANGE_INCIDENT, refuse_change(position_of(incident), "change states"), by),
    }
    template = "admin/incidents/incident/component_states.html"
    return page(request, template, context, title=f"States, {incident.reference}", status=status_of(refusal))
