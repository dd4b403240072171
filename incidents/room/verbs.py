"""What can be done in a room now: buttons for what is allowed, reasons for what is not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from django.urls import reverse

from crisisdesk.core.access import Act, Group, may, require
from crisisdesk.core.actors import Actor
from crisisdesk.core.refusals import NotAllowed
from incidents.command import COMMAND_ROLES, CommandRole
from incidents.lifecycle import (
    Position,
    refuse_change,
    refuse_green_light,
    refuse_kind,
    refuse_reopening,
    refuse_splitting,
    refuse_status,
    refuse_withdrawal,
)
from incidents.locking import position_of
from incidents.models import Draft, Incident, Status, UpdateKind

Rule = Callable[[Position], str]
_KEYS = {"commander": "c", "liaison": "l", "scribe": "b"}
# More buttons than this are no choice for somebody who was just woken: the rare ones are folded away.
HANDFUL = 7


@dataclass(frozen=True, slots=True)
class Verb:
    """A button of parts/verbs.html. `reason` says why not; empty when it is allowed. A rare one may stand aside."""

    name: str
    label: str
    url: str
    method: str
    tone: str = ""
    key: str = ""
    reason: str = ""
    is_rare: bool = False

    @property
    def allowed(self) -> bool:
        """True when pressing it can succeed."""
        return not self.reason


def verbs_of(incident: Incident, draft: Draft | None, by: Actor, *, affected: int | None = None) -> list[Verb]:
    """Every verb of the room for this person, allowed or not. What is pointless now (a second light) is left out.

    `affected` is the number of services affected now, for the rules that look at it.
    """
    position = replace(position_of(incident), affected=affected)
    found = _writing(incident, draft, position, by)
    found += _presses(incident, position, by)
    found += [_page(incident, row, position, by) for row in _PAGES if row.fits(position)]
    return found + _roles(incident, position, by)


def arranged(verbs: Sequence[Verb]) -> dict[str, list[Verb]]:
    """As parts/verbs.html asks for them: {verbs, more_verbs, refused_verbs}. A handful stays together."""
    allowed = [verb for verb in verbs if verb.allowed]
    rare = [verb for verb in allowed if verb.is_rare] if len(allowed) > HANDFUL else []
    return {
        "verbs": [verb for verb in allowed if verb not in rare],
        "more_verbs": rare,
        "refused_verbs": [verb for verb in verbs if not verb.allowed],
    }


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
        return [_write(incident, UpdateKind.CORRECTION, "Write to customers", "u", position, by)]
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
    # The route's name, of a verb whose page is not one of `acts`.
    route: str = ""
    is_rare: bool = False


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
        "w",
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
    _Page(
        "scope",
        "Change scope",
        Act.CHANGE_INCIDENT,
        lambda p: refuse_change(p, "change its scope"),
        _open,
        "o",
        route="scope",
    ),
    _Page(
        "type",
        "Change type",
        Act.CHANGE_INCIDENT,
        lambda p: refuse_change(p, "change its type"),
        _open,
        "t",
        is_rare=True,
    ),
    _Page(
        "long-path",
        "Longer path",
        Act.CHANGE_INCIDENT,
        lambda p: refuse_change(p, "record a longer path"),
        _open,
        "p",
        is_rare=True,
    ),
    _Page(
        "merge",
        "Merge with another",
        Act.CHANGE_INCIDENT,
        lambda p: refuse_change(p, "merge it"),
        _open,
        "j",
        route="room_merge",
        is_rare=True,
    ),
    _Page(
        "split",
        "Split it",
        Act.CHANGE_INCIDENT,
        refuse_splitting,
        _open,
        "v",
        route="room_split",
        is_rare=True,
    ),
    _Page(
        "confidential",
        "Who may know",
        Act.CHANGE_INCIDENT,
        lambda _: "",
        lambda _: True,
        "k",
        route="room_confidential",
        is_rare=True,
    ),
    _Page(
        "ask",
        "Ask executives",
        Act.ASK_EXECUTIVES,
        lambda p: refuse_change(p, "ask executives"),
        _open,
        "x",
        is_rare=True,
    ),
    _Page("reopen", "Reopen", Act.REOPEN, refuse_reopening, lambda position: position.is_resolved, "o", "danger"),
)


def _page(incident: Incident, row: _Page, position: Position, by: Actor) -> Verb:
    where = [incident.pk] if row.route else [incident.pk, row.name]
    url = reverse(f"admin:{row.route or 'room_act'}", args=where)
    reason = reason_against(row.act, row.refuse(position), by)
    # Green only once a fix is being watched: before that it is a choice, not the next step.
    tone = "" if row.tone == "go" and position.status != Status.MONITORING else row.tone
    return Verb(row.name, row.label, url, "get", tone, row.key, reason, row.is_rare)


def _presses(incident: Incident, position: Position, by: Actor) -> list[Verb]:
    """The next status, which needs no words; the nearest is the primary button of Operations. One step back is rare."""
    steps = {
        Status.INVESTIGATING: (("identified", "Cause identified", "i"), ("monitoring", "Monitoring a fix", "m")),
        Status.IDENTIFIED: (("monitoring", "Monitoring a fix", "m"),),
    }
    before = {
        Status.IDENTIFIED: ("investigating", "Back to investigating", "B"),
        Status.MONITORING: ("identified", "Back to identified", "B"),
    }
    here = Status(incident.status)
    rows = steps.get(here, ())
    tones = ("primary", "") if Group.SUPPORT not in by.groups else ("", "")
    found = [_status(incident, *row, tone, position, by) for row, tone in zip(rows, tones, strict=False)]
    if here in before:
        found.append(replace(_status(incident, *before[here], "", position, by), is_rare=True))
    return found


def _roles(incident: Incident, position: Position, by: Actor) -> list[Verb]:
    """Taking a role that this person may hold and does not; handing one over."""
    if position.is_resolved:
        return []
    mine = [role for role, groups in COMMAND_ROLES.items() if not groups.isdisjoint(by.groups)]
    found = [_taking(incident, role, by) for role in mine if getattr(incident, f"{role}_id") != by.person_id]
    if mine:
        url = reverse("admin:room_act", args=[incident.pk, "hand-over"])
        found.append(Verb("hand-over", "Hand over a role", url, "get", "", "h", is_rare=True))
    if any(getattr(incident, f"{role}_id") for role in mine):
        url = reverse("admin:room_act", args=[incident.pk, "release"])
        found.append(Verb("release", "Release a role", url, "get", "", "r", is_rare=True))
    return found


def _taking(incident: Incident, role: CommandRole, by: Actor) -> Verb:
    """One press takes a role that is vacant; from somebody who holds it, it is taken on a page that asks."""
    holder = getattr(incident, role)
    if holder is None:
        url = reverse("admin:room_press", args=[incident.pk, role])
        return Verb(role, f"I am the {role}", url, "post", "", _KEYS[role])
    asked = urlencode({"role": role, "person": by.person_id or ""})
    url = f"{reverse('admin:room_act', args=[incident.pk, 'hand-over'])}?{asked}"
    return Verb(role, f"Take over as {role} from {holder}…", url, "get", "", _KEYS[role], is_rare=True)


def _status(incident: Incident, name: str, label: str, key: str, tone: str, position: Position, by: Actor) -> Verb:
    url = reverse("admin:room_press", args=[incident.pk, name])
    reason = reason_against(Act.CHANGE_INCIDENT, refuse_status(position, name), by)
    return Verb(name, label, url, "post", tone, key, reason)
