"""What people work through in the room: the checklist by phase, the two tracks, the roles still to be taken."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils import timezone

from crisisdesk.core.access import Act, Group, may
from crisisdesk.core.actors import Actor
from incidents.checklists import items_of, phase_of
from incidents.command import COMMAND_ROLES, vacant_roles
from incidents.lifecycle import refuse_change
from incidents.locking import position_of
from incidents.models import Finding, FindingState, Incident, Phase, Status, Track
from incidents.models.finding import STATES

# State -> colour of its badge and its icon.
_LOOKS = {
    FindingState.SUSPECTED: ("amber", "question"),
    FindingState.CONFIRMED: ("red", "check"),
    FindingState.RULED_OUT: ("", "cross"),
    FindingState.PLANNED: ("", "clock"),
    FindingState.UNDER_WAY: ("blue", "arrow"),
    FindingState.WORKED: ("green", "check"),
    FindingState.FAILED: ("red", "cross"),
}


def checklist_facts(incident: Incident, by: Actor) -> dict[str, Any]:
    """{steps: the process itself, phases [{name, label, items, done, total, open}], may_tick}: one read."""
    here = phase_of(incident)
    found: dict[str, list[dict[str, Any]]] = {phase: [] for phase in Phase}
    for item in items_of(incident):
        done_at = item.done_at  # type: ignore[attr-defined]  # annotated by items_of
        who = f"{item.done_by_name}, {timezone.localtime(done_at):%H:%M}" if done_at else ""  # type: ignore[attr-defined]
        found[item.phase].append(
            {
                "pk": item.pk,
                "text": item.text,
                "role": str(item.role or ""),
                "link": item.link,
                "done": done_at is not None,
                "who": who,
                "url": reverse("admin:room_tick", args=[incident.pk, item.pk]),
            }
        )
    is_closing = {Phase.RESOLVED, Phase.AFTER} if here == Phase.AFTER else {here}
    phases = [
        {
            "name": phase.value,
            "label": str(phase.label).capitalize(),
            "items": items,
            "done": sum(item["done"] for item in items),
            "total": len(items),
            "open": phase in is_closing,
        }
        for phase in Phase
        if (items := found[phase])
    ]
    return {"steps": _steps(incident), "phases": phases, "may_tick": may(by, Act.WRITE_NOTE)}


def _steps(incident: Incident) -> list[dict[str, Any]]:
    """What every incident goes through; it ticks itself."""
    if incident.is_brief:
        return []
    return [
        {"text": "Acknowledge the alert", "done": incident.acknowledged_at is not None},
        {"text": "Declare the incident", "done": True},
        {"text": "Alert the affected customers", "done": incident.first_told_at is not None},
        {"text": "Find the cause", "done": incident.status != Status.INVESTIGATING},
        {"text": "Give the green light", "done": incident.has_green_light},
        {"text": "Send the final message", "done": not incident.is_open},
    ]


def track_facts(incident: Incident, by: Actor) -> list[dict[str, Any]]:
    """The two columns: [{name, label, hint, rows [{pk, text, state, tone, icon, who, url, moves}], may}]: one read."""
    may_change = may(by, Act.CHANGE_INCIDENT) and not refuse_change(position_of(incident), "add findings")
    rows = list(Finding.objects.filter(incident=incident).order_by("-changed_at", "-pk"))
    hints = {Track.DIAGNOSIS: "What may be the cause", Track.MITIGATION: "What is done about it"}
    return [
        {
            "name": track.value,
            "label": str(track.label),
            "hint": hints[track],
            "url": reverse("admin:room_finding", args=[incident.pk, track.value]),
            "rows": [_finding(row, may_change) for row in rows if row.track == track],
            "may": may_change,
        }
        for track in Track
    ]


def _finding(row: Finding, may_change: bool) -> dict[str, Any]:
    state = FindingState(row.state)
    tone, icon = _LOOKS[state]
    moves = (
        [(move.value, str(move.label).capitalize()) for move in STATES[Track(row.track)] if move != state]
        if may_change
        else []
    )
    return {
        "pk": row.pk,
        "text": row.text,
        "state": str(state.label).capitalize(),
        "tone": tone,
        "icon": icon,
        "is_out": state in (FindingState.RULED_OUT, FindingState.FAILED),
        "who": f"{row.changed_by_name}, {timezone.localtime(row.changed_at):%H:%M}",
        "url": reverse("admin:room_finding_state", args=[row.incident_id, row.pk]),
        "moves": moves,
    }


def vacant_facts(incident: Incident, by: Actor) -> list[dict[str, str]]:
    """Roles nobody holds, as tasks: with the address to take one, for those who may."""
    found = []
    for role in vacant_roles(incident):
        groups = COMMAND_ROLES[role]
        found.append(
            {
                "text": f"No {role} yet",
                "role": role,
                "url": "" if groups.isdisjoint(by.groups) else reverse("admin:room_press", args=[incident.pk, role]),
                "who": " or ".join(group for group in Group if group in groups),
            }
        )
    return found
