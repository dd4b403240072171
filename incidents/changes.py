"""Changes that people make to an incident while it goes on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Literal

from django.db import transaction
from django.urls import reverse

from crisisdesk.core import audit
from crisisdesk.core.access import Act, Group, require
from crisisdesk.core.actors import Actor
from crisisdesk.core.models import User
from crisisdesk.core.refusals import InvalidInput, NotAllowed, WrongState
from incidents import greenlight
from incidents.declared import tell_support
from incidents.lifecycle import Position, refuse_change, refuse_reopening, refuse_status
from incidents.locking import locked, position_of, save
from incidents.models import Incident, Notification, Severity, Status
from incidents.oncall.notify import notify
from incidents.owed import owe
from incidents.timeline import Kind, entry

CommandRole = Literal["commander", "liaison", "scribe"]
# Who may hold a role in an incident, take it and hand it over.
COMMAND_ROLES: Mapping[CommandRole, frozenset[Group]] = {
    "commander": frozenset({Group.OPERATIONS}),
    "liaison": frozenset({Group.SUPPORT}),
    "scribe": frozenset({Group.OPERATIONS, Group.SUPPORT, Group.COMMUNICATIONS}),
}
FINDINGS = ("summary", "workaround", "likely_resolution", "article_url")


def set_severity(incident: Incident, severity: str, *, reason: str, by: Actor, now: datetime) -> Incident:
    """Change the severity, with the reason. Raises NotAllowed, WrongState, InvalidInput."""
    require(by, Act.CHANGE_INCIDENT)
    if severity not in Severity.values:
        raise InvalidInput({"severity": f"“{severity}” is no severity; choose SEV1 to SEV4."})
    if not reason.strip():
        raise InvalidInput({"reason": "Say why the severity changes."})
    text = f"Severity {incident.severity} → {severity}: {reason.strip()}"
    return _change(incident, {"severity": severity}, text, "incident.severity_changed", "change its severity", by, now)


def set_status(incident: Incident, status: str, *, by: Actor, now: datetime) -> Incident:
    """Set investigating, identified or monitoring. Raises NotAllowed, WrongState."""
    require(by, Act.CHANGE_INCIDENT)
    return _change(
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
    changes = {
        name: value.strip()
        for name, value in findings.items()
        if value is not None and value.strip() != getattr(incident, name)
    }
    if not changes:
        return incident
    told = "; ".join(f"{name.replace('_', ' ')}: {value or '(removed)'}" for name, value in changes.items())
    return _change(incident, changes, f"Findings: {told}", "incident.findings_recorded", "record findings", by, now)


def allow_long_path(incident: Incident, reason: str, *, by: Actor, now: datetime) -> Incident:
    """Record that the way to the end is known and long, so that updates may be further apart (Step 4).

    An empty reason takes it back. Raises NotAllowed, WrongState.
    """
    require(by, Act.CHANGE_INCIDENT)
    text = f"Known longer path: {reason.strip()}" if reason.strip() else "No longer a known longer path"
    changes = {"long_path_reason": reason.strip()[:300]}
    return _change(incident, changes, text, "incident.long_path_recorded", "record a longer path", by, now)


def take_role(
    incident: Incident, role: CommandRole, person: User, *, by: Actor, now: datetime, note: str = ""
) -> Incident:
    """Make `person` commander (Operations), customer liaison (Support) or scribe (either, or Communications).

    Whoever may hold the role may take it or hand it over; `note` is what the next one should know, and stands in the
    timeline. Somebody else who is named is told. Raises NotAllowed, WrongState.
    """
    allowed = COMMAND_ROLES[role]
    takes = " or ".join(group for group in Group if group in allowed)
    if allowed.isdisjoint(by.groups):
        raise NotAllowed(f"{by.name} may not name the {role}. This takes {takes}.")
    if not person.is_active or not person.groups.filter(name__in=allowed).exists():
        raise NotAllowed(f"{person} is not in {takes} and can't be {role}.")
    with transaction.atomic():
        before = getattr(locked(incident), role)
        after = f", after {before}" if before and before != person else ""
        text = f"{person} is {role}{after}" + (f": {note.strip()}" if note.strip() else "")
        changes = {f"{role}_id": person.pk}
        changed = _change(incident, changes, text, f"incident.{role}_named", f"name its {role}", by, now)
        if before != person and person.pk != by.person_id:
            _tell_named(changed, role, person, note.strip(), by, now)
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

    return _change(
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


def _change(
    incident: Incident,
    changes: dict[str, Any],
    text: str,
    action: str,
    what: str,
    by: Actor,
    now: datetime,
    *,
    refuse: Callable[[Position], str] | None = None,
    apply: Callable[[Incident], None] | None = None,
) -> Incident:
    """Lock, ask the rule, set the fields, write history, timeline and audit: the one shape of every change here."""
    with transaction.atomic():
        incident = locked(incident)
        position = position_of(incident)
        if refusal := refuse(position) if refuse else refuse_change(position, what):
            raise WrongState(refusal)
        if all(getattr(incident, name) == value for name, value in changes.items()):
            return incident
        for name, value in changes.items():
            setattr(incident, name, value)
        if apply:
            apply(incident)
        save(incident, by=by, now=now, reason=text[:100])
        entry(Kind.CHANGE, text, incident=incident, by=by, now=now)
        audit.record(
            action,
            by=by,
            now=now,
            on=incident,
            incident=incident.reference,
            data={"fields": sorted(changes)},
            is_drill=incident.is_drill,
        )
    return incident


def _tell_named(incident: Incident, role: str, person: User, note: str, by: Actor, now: datetime) -> None:
    body = f"{by.name} handed you the role in “{incident.title}”." + (f"\n\n{note}" if note else "")
    notify(
        [person],
        key=f"role:{incident.pk}:{incident.version}:{role}",
        purpose=Notification.Purpose.BRIEFING,
        subject=f"{incident.reference}: you are the {role} now",
        body=body,
        link=reverse("admin:incidents_incident_change", args=[incident.pk]),
        link_label="Open the incident room",
        incident=incident,
        now=now,
        is_drill=incident.is_drill,
    )
