"""Changes that people make to an incident while it goes on."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from crisisdesk.core.access import Act, require
from crisisdesk.core.actors import Actor
from crisisdesk.core.refusals import InvalidInput
from incidents import greenlight
from incidents.changing import change
from incidents.command import watch_roles
from incidents.declared import tell_new_leads, tell_support
from incidents.lifecycle import refuse_reopening, refuse_status
from incidents.lint import refuse_link
from incidents.locking import locked
from incidents.models import Incident, IncidentType, Severity, Status
from incidents.owed import owe

FINDINGS = ("summary", "workaround", "likely_resolution", "article_url")


def set_severity(incident: Incident, severity: str, *, reason: str, by: Actor, now: datetime) -> Incident:
    """Change the severity, with the reason. Raises NotAllowed, WrongState, InvalidInput."""
    require(by, Act.CHANGE_INCIDENT)
    if severity not in Severity.values:
        raise InvalidInput({"severity": f"“{severity}” is no severity; choose SEV1 to SEV4."})
    if not reason.strip():
        raise InvalidInput({"reason": "Say why the severity changes."})
    text = f"Severity {incident.severity} → {severity}: {reason.strip()}"
    return change(incident, {"severity": severity}, text, "incident.severity_changed", "change its severity", by, now)


def set_status(incident: Incident, status: str, *, by: Actor, now: datetime) -> Incident:
    """Set investigating, identified or monitoring. Raises NotAllowed, WrongState."""
    require(by, Act.CHANGE_INCIDENT)
    return change(
        incident,
        {"status": status},
        f"Status: {status}",
        "incident.status_changed",
        "change its status",
        by,
        now,
        refuse=lambda position: refuse_status(position, status),
    )


def record_findings(incident: Incident, *, by: Actor, now: datetime, **findings: str | None) -> Incident:
    """Record summary, workaround, likely_resolution or article_url; None leaves one as it is.

    Raises NotAllowed, WrongState; TypeError for another name.
    """
    require(by, Act.CHANGE_INCIDENT)
    if unknown := set(findings) - set(FINDINGS):
        raise TypeError(f"no such finding: {', '.join(sorted(unknown))}")
    if refusal := refuse_link(findings.get("article_url") or ""):
        raise InvalidInput({"article_url": refusal})
    changes = {
        name: value.strip()
        for name, value in findings.items()
        if value is not None and value.strip() != getattr(incident, name)
    }
    if not changes:
        return incident
    told = "; ".join(f"{name.replace('_', ' ')}: {value or '(removed)'}" for name, value in changes.items())
    return change(incident, changes, f"Findings: {told}", "incident.findings_recorded", "record findings", by, now)


def allow_long_path(incident: Incident, reason: str, *, by: Actor, now: datetime) -> Incident:
    """Record that the way to the end is known and long, so that updates may be further apart (Step 4).

    An empty reason takes it back. Raises NotAllowed, WrongState.
    """
    require(by, Act.CHANGE_INCIDENT)
    text = f"Known longer path: {reason.strip()}" if reason.strip() else "No longer a known longer path"
    changes = {"long_path_reason": reason.strip()[:300]}
    return change(incident, changes, text, "incident.long_path_recorded", "record a longer path", by, now)


def set_type(incident: Incident, incident_type: IncidentType, *, reason: str, by: Actor, now: datetime) -> Incident:
    """Say that it is of another kind, with the reason: checklist, templates, channels and policy follow from now on.

    Whom only the new type names, to lead it or to know of it, is told. What was ticked stays ticked; the open promise
    keeps the steps it was made with. Raises NotAllowed, WrongState, InvalidInput.
    """
    require(by, Act.CHANGE_INCIDENT)
    if not reason.strip():
        raise InvalidInput({"reason": "Say why it is of another type."})
    if not incident_type.is_active and incident_type.pk != incident.incident_type_id:
        raise InvalidInput({"incident_type": f"“{incident_type}” is not in use any more. Choose another type."})
    text = f"Type {incident.incident_type or 'none'} → {incident_type}: {reason.strip()}"
    changes = {"incident_type": incident_type}
    with transaction.atomic():
        before = locked(incident).incident_type
        changed = change(incident, changes, text, "incident.type_changed", "change its type", by, now)
        if before != incident_type:
            tell_new_leads(changed, before, by=by, now=now)
    return changed


def reopen(incident: Incident, *, reason: str, by: Actor, now: datetime) -> Incident:
    """Reopen after a relapse: the same incident goes on, without a green light (Step 5).

    Raises NotAllowed, WrongState, InvalidInput.
    """
    require(by, Act.REOPEN)
    if not reason.strip():
        raise InvalidInput({"reason": "Say what came back."})

    def apply(row: Incident) -> None:
        greenlight.clear(row)
        row.resolved_at, row.resolved_by_name, row.is_brief = None, "", False
        tell_support(row, by=by, now=now, relapse=True)
        owe(row, now=now)
        watch_roles(row, now=now)

    return change(
        incident,
        {"status": Status.INVESTIGATING},
        f"Reopened: {reason.strip()}",
        "incident.reopened",
        "reopen it",
        by,
        now,
        refuse=refuse_reopening,
        apply=apply,
    )
