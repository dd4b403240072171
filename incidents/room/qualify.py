"""Qualify: the facts on one side, the decision on the other (Step 2)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from crisisdesk.core import clock
from crisisdesk.core.access import Act, may
from crisisdesk.core.actors import Actor
from crisisdesk.core.console import actor_of
from crisisdesk.core.numbers import whole_number
from crisisdesk.core.refusals import Refusal
from incidents import alike, qualify
from incidents.models import Alert, Incident
from incidents.oncall.acknowledging import acknowledge
from incidents.oncall.answering import IN_CONSOLE
from incidents.room.finding import the_alert
from incidents.room.pages import page, seen_by, status_of
from incidents.room.qualify_facts import alert_facts, reach_facts, told_of_declaration
from incidents.room.qualify_forms import Decision, decision_forms
from incidents.room.scope_form import instance_names, scopes_from
from incidents.room.told import told_facts
from incidents.room.verbs import reason_against


@require_http_methods(["GET", "HEAD", "POST"])
@seen_by(Act.VIEW_INCIDENTS)
def qualify_page(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Show an alert and the choices; POST makes one of them. A refusal keeps everything typed."""
    alert = the_alert(pk, actor_of(request))
    by, now = actor_of(request), clock.now()
    scopes = scopes_from(alert.labels)
    chosen = request.POST.get("decision", "") if request.method == "POST" else ""
    forms = decision_forms(alert, scopes, posted=request.POST if chosen else None, chosen=chosen, by=by)
    refusal: Refusal | None = None
    if chosen in ("acknowledge", "alike") or (chosen in forms and forms[chosen].is_valid()):
        try:
            return _decide(request, alert, chosen, forms, by, now)
        except Refusal as error:
            refusal = error
            alert.refresh_from_db()
    context: dict[str, Any] = {
        "now": now,
        "alert": alert_facts(alert, now),
        "facts": reach_facts(alert, scopes, by),
        **forms,
        "open_form": chosen if chosen in forms else "declare",
        "instances": instance_names(),
        "may_qualify": may(by, Act.QUALIFY) and alert.is_unqualified,
        "reason": _reason(alert, by),
        "decided_url": _decided_url(alert),
        "may_acknowledge": may(by, Act.ACKNOWLEDGE_ALERT) and alert.state == "open",
        "people": told_facts(None, [alert]),
        "told": told_of_declaration(now),
        "refusal": refusal,
    }
    status = status_of(refusal, 422 if chosen else 200)
    return page(request, "admin/incidents/alert/qualify.html", context, title=f"Qualify: {alert.title}", status=status)


def _decide(
    request: HttpRequest, alert: Alert, chosen: str, forms: dict[str, Decision], by: Actor, now: datetime
) -> HttpResponseBase:
    """Call the verb and go where it leads. Raises Refusal."""
    if chosen == "acknowledge":
        acknowledge(alert, by=by, now=now, way=IN_CONSOLE)
        messages.success(request, "You are on it. Nobody else is woken; the decision is still open.")
        return redirect("admin:qualify", pk=alert.pk)
    if chosen == "alike":
        answer = request.POST.get("alike", "")
        alike.judge(alert, whole_number(request.POST.get("other", "")) or 0, is_similar=answer == "yes", by=by, now=now)
        messages.success(request, "Noted: it is alike." if answer == "yes" else "Noted: it is not suggested again.")
        return redirect("admin:qualify", pk=alert.pk)
    given = forms[chosen].given()
    if chosen == "declare":
        incident = qualify.declare([alert], by=by, now=now, **given)
        messages.success(request, f"{incident.reference} is declared. Next: alert the affected customers.")
        return _room(incident)
    if chosen == "brief":
        incident = qualify.mark_too_brief([alert], by=by, now=now, **given)
        messages.success(
            request, f"{incident.reference} is recorded as too brief to alert. Its post-mortem comes next."
        )
        return _room(incident)
    if chosen == "attach":
        qualify.attach(alert, given["incident"], by=by, now=now)
        messages.success(request, f"The alert belongs to {given['incident'].reference} now.")
        return _room(given["incident"])
    qualify.decline(alert, by=by, now=now, **given)
    messages.success(request, "Declined. The reason is kept with the alert.")
    return redirect("admin:index")


def _room(incident: Incident) -> HttpResponseBase:
    return redirect(reverse("admin:incidents_incident_change", args=[incident.pk]))


def _reason(alert: Alert, by: Actor) -> str:
    state = ""
    if not alert.is_unqualified:
        why = f" Reason: {alert.reason}" if alert.reason else ""
        state = f"Already {alert.get_state_display().lower()} by {alert.qualified_by_name}.{why}"
    return state or reason_against(Act.QUALIFY, "", by)


def _decided_url(alert: Alert) -> str:
    return reverse("admin:incidents_incident_change", args=[alert.incident_id]) if alert.incident_id else ""
