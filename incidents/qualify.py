"""Operations makes the call: declare, decline, or too brief to alert (Step 2)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from crisisdesk.core import audit, deadlines
from crisisdesk.core.access import Act, require
from crisisdesk.core.actors import Actor
from crisisdesk.core.history import stamp
from crisisdesk.core.refusals import InvalidInput, WrongState
from customers.affected import Scope
from incidents.command import watch_roles
from incidents.declared import tell_leads, tell_support
from incidents.lifecycle import refuse_change
from incidents.locking import locked, position_of
from incidents.models import Alert, AlertState, Incident, IncidentType, Severity, Status
from incidents.owed import owe
from incidents.scope import add_scopes
from incidents.timeline import Kind, entry

ACKNOWLEDGE, QUALIFY = "acknowledge", "qualify"


def declare(
    alerts: Sequence[Alert],
    *,
    title: str,
    severity: str,
    scopes: Sequence[Scope],
    incident_type: IncidentType | None = None,
    by: Actor,
    now: datetime,
    is_drill: bool = False,
) -> Incident:
    """Declare an outage from its alerts, tell Support to write to customers, and return the incident.

    Raises NotAllowed, WrongState, InvalidInput.
    """
    require(by, Act.QUALIFY)
    _check(title, severity, scopes)
    with transaction.atomic():
        alerts = _locked(alerts)
        incident = _create(alerts, title, severity, incident_type, by, now, is_drill=is_drill)
        add_scopes(incident, scopes, by=by, now=now)
        _settle(alerts, AlertState.DECLARED, incident, "", by, now)
        entry(Kind.DECISION, f"Declared {severity}: {incident.title}", incident=incident, by=by, now=now)
        tell_support(incident, by=by, now=now)
        tell_leads(incident, by=by, now=now)
        owe(incident, now=now)
        watch_roles(incident, now=now)
        _audit("incident.declared", incident, by, now, alerts)
    return incident


def mark_too_brief(
    alerts: Sequence[Alert],
    *,
    title: str,
    severity: str,
    scopes: Sequence[Scope],
    reason: str,
    incident_type: IncidentType | None = None,
    by: Actor,
    now: datetime,
) -> Incident:
    """Record an outage that was over before customers could be told: straight to the post-mortem (Step 2).

    Raises NotAllowed, WrongState, InvalidInput.
    """
    require(by, Act.QUALIFY)
    _check(title, severity, scopes)
    _check_reason(reason)
    with transaction.atomic():
        alerts = _locked(alerts)
        incident = _create(alerts, title, severity, incident_type, by, now, brief=reason.strip())
        add_scopes(incident, scopes, by=by, now=now)
        _settle(alerts, AlertState.BRIEF, incident, reason.strip(), by, now)
        entry(Kind.DECISION, f"Too brief to alert: {reason.strip()}", incident=incident, by=by, now=now)
        _audit("incident.marked_brief", incident, by, now, alerts)
    return incident


def decline(alert: Alert, *, reason: str, by: Actor, now: datetime) -> None:
    """Decide that an alert is no outage, with the reason. Raises NotAllowed, WrongState, InvalidInput."""
    require(by, Act.QUALIFY)
    _check_reason(reason)
    with transaction.atomic():
        alerts = _locked([alert])
        _settle(alerts, AlertState.DECLINED, None, reason.strip(), by, now)
        entry(Kind.DECISION, f"Declined: {reason.strip()}", alert=alerts[0], by=by, now=now)
        audit.record("alert.declined", by=by, now=now, on=alert)


def attach(alert: Alert, incident: Incident, *, by: Actor, now: datetime) -> None:
    """Decide that an alert belongs to an incident that is open already. Raises NotAllowed, WrongState."""
    require(by, Act.QUALIFY)
    with transaction.atomic():
        incident = locked(incident)
        if refusal := refuse_change(position_of(incident), "add alerts to it"):
            raise WrongState(refusal)
        alerts = _locked([alert])
        _settle(alerts, AlertState.DECLARED, incident, "", by, now)
        text = f"Alert belongs to {incident.reference}: {alert.title}"
        entry(Kind.DECISION, text, incident=incident, alert=alerts[0], by=by, now=now)
        _audit("alert.attached", incident, by, now, alerts)


def _check(title: str, severity: str, scopes: Sequence[Scope]) -> None:
    errors = {}
    if not title.strip():
        errors["title"] = "Give the incident a title that customers' questions can be matched to."
    elif len(title.strip()) > 150:
        errors["title"] = "The title is longer than 150 characters; it becomes the subject of every message."
    if severity not in Severity.values:
        errors["severity"] = "Choose a severity, SEV1 to SEV4."
    if not scopes:
        errors["scopes"] = "Name at least one affected service; the audience follows from it."
    if errors:
        raise InvalidInput(errors)


def _check_reason(reason: str) -> None:
    if not reason.strip():
        raise InvalidInput({"reason": "Say why; the reason is kept with the alert."})


def _locked(alerts: Sequence[Alert]) -> list[Alert]:
    if not alerts:
        raise InvalidInput("Choose the alert that is to be qualified.")
    rows = list(
        Alert.objects.select_for_update(no_key=True).filter(pk__in=[alert.pk for alert in alerts]).order_by("pk")
    )
    for row in rows:
        if not row.is_unqualified:
            who = f" by {row.qualified_by_name}" if row.qualified_by_name else ""
            raise WrongState(
                f"“{row.title}” is already {row.get_state_display().lower()}{who}; nothing is left to decide."
            )
    return rows


def _create(
    alerts: list[Alert],
    title: str,
    severity: str,
    incident_type: IncidentType | None,
    by: Actor,
    now: datetime,
    *,
    is_drill: bool = False,
    brief: str = "",
) -> Incident:
    first = min(alerts, key=lambda alert: alert.first_seen_at)
    acknowledged = [alert.acknowledged_at for alert in alerts if alert.acknowledged_at]
    incident = Incident(
        title=" ".join(title.split()),
        severity=severity,
        incident_type=incident_type,
        noticed_by=first.noticed_by,
        is_drill=is_drill,
        is_brief=bool(brief),
        summary=brief,
        started_at=min(alert.started_at for alert in alerts),
        detected_at=first.first_seen_at,
        acknowledged_at=min(acknowledged) if acknowledged else now,
        declared_at=now,
        declared_by_id=by.person_id,
        declared_by_name=by.name,
        commander_id=by.person_id,
    )
    if brief:
        ends = [alert.ended_at for alert in alerts if alert.ended_at]
        incident.status, incident.resolved_by_name = Status.RESOLVED, by.name
        incident.resolved_at = max(ends) if ends else now
    stamp(incident, by=by, now=now, reason="declared" if not brief else "too brief to alert")
    incident.save()
    return incident


def _settle(
    alerts: list[Alert], state: AlertState, incident: Incident | None, reason: str, by: Actor, now: datetime
) -> None:
    # The deadlines first, then the alerts: the keeper's pass locks in the same order.
    for alert in alerts:
        for kind in (ACKNOWLEDGE, QUALIFY):
            deadlines.close(kind=kind, key=str(alert.pk), now=now)
    for alert in alerts:
        alert.state, alert.incident, alert.reason = state, incident, reason
        alert.qualified_at, alert.qualified_by_name = now, by.name
        if alert.acknowledged_at is None:
            alert.acknowledged_at, alert.acknowledged_by_name = now, by.name
            alert.acknowledged_by_id = by.person_id
        if state != AlertState.DECLARED:
            alert.open_key = None
        alert.save()


def _audit(action: str, incident: Incident, by: Actor, now: datetime, alerts: Sequence[Alert]) -> None:
    audit.record(
        action,
        by=by,
        now=now,
        on=incident,
        incident=incident.reference,
        data={"severity": incident.severity, "alerts": [alert.pk for alert in alerts]},
        is_drill=incident.is_drill,
    )
