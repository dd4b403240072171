"""What can be done in a room now: buttons for what is allowed, reasons for what is not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.urls import reverse

from crisisdesk.core.access import Act, Group, may, require
from crisisdesk.core.actors import Actor
from crisisdesk.core.refusals import NotAllowed
from incidents.lifecycle import (
    Position,
    refuse_change,
    refuse_green_light,
    refuse_kind,
    refuse_reopening,
    refuse_status,
    refuse_withdrawal,
)
from incidents.locking import position_of
from incidents.models import Draft, Incident, Status, UpdateKind

Rule = Callable[[Position], str]


@dataclass(frozen=True, slots=True)
class Verb:
    """A button of parts/verbs.html. `reason` says why not; empty when it is allowed."""

    name: str
    label: str
    url: str
    method: str
    tone: str = ""
    key: str = ""
    reason: str = ""

    @property
    def allowed(self) -> bool:
        """True when pressing it can succeed."""
        return not self.reason


def verbs_of(incident: Incident, draft: Draft | None, by: Actor) -> list[Verb]:
    """Every verb of the room for this person, allowed or not. What is pointless now (a second light) is left out."""
    position = position_of(incident)
    found = _writing(incident, draft, position, by)
    found += [_page(incident, row, position, by) for row in _PAGES if row.fits(position)]
    return found + _presses(incident, position, by)


def reason_against(act: Act, refusal: str, by: Actor) -> str:
    """Why this person can't: the groups that may, or else the state; empty when they can."""
    if not may(by, act):
        try:
            require(by, act)
        except NotAllowed as error:
            return str(error)
    return refusal


def _writing(incident: Incident, draft: Draft | None, position: Position, by: Actor) -> list[Verb]:
    if position.is_resolved:
        return [_write(incident, UpdateKind.CORRECTION, "Write to customers", "", position, by)]
    if draft is not None:
        url = reverse("admin:compose", args=[incident.pk])
        label = f"Continue the {draft.get_kind_display()}"
        return [Verb("compose", label, url, "get", "primary", "u", reason_against(Act.EDIT_DRAFT, "", by))]
    if not position.was_told:
        return [_write(incident, UpdateKind.INITIAL, "Alert the affected customers", "u", position, by)]
    final_first = position.has_green_light
    update = _write(incident, UpdateKind.PROGRESS, "Write an update", "u", position, by, primary=not final_first)
    final = _write(incident, UpdateKind.FINAL, "Write the final message", "f", position, by, primary=final_first)
    return [final, update] if final_first else [update, final]


def _write(
    incident: Incident, kind: UpdateKind, label: str, key: str, position: Position, by: Actor, *, primary: bool = True
) -> Verb:
    url = reverse("admin:compose_start", args=[incident.pk, kind])
    reason = reason_against(Act.EDIT_DRAFT, refuse_kind(position, kind), by)
    return Verb(f"write-{kind}", label, url, "post", "primary" if primary else "", key, reason)


@dataclass(frozen=True, slots=True)
class _Page:
    """A verb that asks for words on a page of its own."""

    name: str
    label: str
    act: Act
    refuse: Rule
    fits: Callable[[Position], bool]
    key: str = ""
    tone: str = ""


def _open(position: Position) -> bool:
    return not position.is_resolved


_PAGES = (
    _Page(
        "green-light",
        "Give the green light",
        Act.GREEN_LIGHT,
        refuse_green_light,
        lambda position: not position.is_resolved and not position.has_green_light,
        "g",
        "go",
    ),
    _Page(
        "withdraw",
        "Withdraw the green light",
        Act.GREEN_LIGHT,
        refuse_withdrawal,
        lambda position: not position.is_resolved and position.has_green_light,
    ),
    _Page(
        "findings", "Record findings", Act.CHANGE_INCIDENT, lambda p: refuse_change(p, "record findings"), _open, "d"
    ),
    _Page(
        "severity",
        "Change severity",
        Act.CHANGE_INCIDENT,
        lambda p: refuse_change(p, "change its severity"),
        _open,
        "s",
    ),
    _Page("scope", "Change scope", Act.CHANGE_INCIDENT, lambda p: refuse_change(p, "change its scope"), _open, "o"),
    _Page("long-path", "Longer path", Act.CHANGE_INCIDENT, lambda p: refuse_change(p, "record a longer path"), _open),
    _Page("reopen", "Reopen", Act.REOPEN, refuse_reopening, lambda position: position.is_resolved, "o", "danger"),
)


def _page(incident: Incident, row: _Page, position: Position, by: Actor) -> Verb:
    where = reverse("admin:scope", args=[incident.pk]) if row.name == "scope" else ""
    url = where or reverse("admin:room_act", args=[incident.pk, row.name])
    reason = reason_against(row.act, row.refuse(position), by)
    return Verb(row.name, row.label, url, "get", row.tone, row.key, reason)


def _presses(incident: Incident, position: Position, by: Actor) -> list[Verb]:
    """Verbs that need no words."""
    found = []
    if incident.status == Status.INVESTIGATING:
        found.append(_status(incident, "identified", "Cause identified", "i", position, by))
    if incident.status in (Status.INVESTIGATING, Status.IDENTIFIED):
        found.append(_status(incident, "monitoring", "Monitoring a fix", "m", position, by))
    if not position.is_resolved:
        for role, group, holder in (
            ("commander", Group.OPERATIONS, incident.commander_id),
            ("liaison", Group.SUPPORT, incident.liaison_id),
        ):
            if group in by.groups and holder != by.person_id:
                url = reverse("admin:room_press", args=[incident.pk, role])
                found.append(Verb(role, f"I am the {role}", url, "post", "", role[0]))
    return found


def _status(incident: Incident, name: str, label: str, key: str, position: Position, by: Actor) -> Verb:
    url = reverse("admin:room_press", args=[incident.pk, name])
    reason = reason_against(Act.CHANGE_INCIDENT, refuse_status(position, name), by)
    return Verb(name, label, url, "post", "", key, reason)
