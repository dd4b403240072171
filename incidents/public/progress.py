"""What one contact was told of one incident: all that the progress page may show (Step 3)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, F, OuterRef, Q

from customers.models import Contact, DeliveryState
from incidents.models import DATED_KINDS, CarriedOver, Incident, Status, Update, UpdateKind, reference_of

# Handed over, or being handed over. What is still queued may yet be stopped, so nobody has been told of it.
_TOLD = (
    DeliveryState.SENDING,
    DeliveryState.SENT,
    DeliveryState.DELIVERED,
    DeliveryState.COMPLAINED,
    DeliveryState.BOUNCED,
    DeliveryState.UNCONFIRMED,
)
# The beginning of the keys of customer editions; what was imported has no message either.
ON_PAGES = "postmortem:"
# These say something besides the state of things.
_ASIDE = (UpdateKind.CORRECTION, UpdateKind.POSTMORTEM)


@dataclass(frozen=True, slots=True)
class Onward:
    """The incident that a contact hears of in place of the one they opened."""

    before: str
    reference: str
    title: str


@dataclass(frozen=True, slots=True)
class Told:
    """The messages of one incident that went to one contact, newest first; at least one.

    Where incidents were merged or split, the messages about what they were before stand among them. `onward` names
    the one that continues, when the link was made for another; `others` are the open ones the contact was told of.
    """

    incident: Incident
    updates: tuple[Update, ...]
    reason: str
    onward: Onward | None = None
    others: tuple[Incident, ...] = ()

    @property
    def standing(self) -> Update:
        """The newest message that says how things stand."""
        return _standing(self.updates)

    @property
    def known(self) -> Update:
        """The newest message that says what is known of workaround and recovery: a correction counts."""
        return next((update for update in self.updates if update.kind != UpdateKind.POSTMORTEM), self.updates[0])

    @property
    def corrections(self) -> dict[int, Update]:
        """The newest correction of each message that was wrong, by the message's id."""
        return {update.corrects_id: update for update in reversed(self.updates) if update.corrects_id}

    @property
    def status(self) -> str:
        """The status they were told; what the desk knows beyond it, they hear in the next message."""
        return self.standing.status

    @property
    def is_open(self) -> bool:
        """Until they were told of the end."""
        return self.status != Status.RESOLVED

    @property
    def next_update_at(self) -> datetime | None:
        """When they were promised the next message; None after the end."""
        if not self.is_open:
            return None
        return next((update.next_update_at for update in self.updates if update.kind in DATED_KINDS), None)


def told(contact: Contact, thread_key: str) -> Told | None:
    """What the contact was told in the thread, and what was put on their pages since; None when nothing was.

    One query, another for who was merged or split, and another when they were told of the end.
    """
    rows = _rows(contact, thread_key)
    first = next((row for row in rows if row.incident.reference == thread_key), None)
    if first is None:
        return None
    moves = _moves(contact) if any(getattr(row, "is_moved", False) for row in rows) else {}
    end = _followed(first.incident_id, moves)
    line = [row for row in rows if _followed(row.incident_id, moves) == end]
    # Until the continuing one has told them anything, what they know of it is what they were told before.
    here = next((row for row in line if row.incident_id == end), line[0]).incident
    shown = sorted([*line, *_on_pages(here, line)], key=lambda row: (row.sent_at, row.number), reverse=True)
    others = {row.incident_id: row.incident for row in rows if row not in line and _goes_on(row, rows, first)}
    onward = None
    if end != first.incident_id:
        title = next(title for incident_id, title in moves.values() if incident_id == end)
        onward = Onward(first.incident.reference, reference_of(end), title)
    return Told(here, tuple(shown), _reason(line), onward, tuple(others.values()))


def _rows(contact: Contact, thread_key: str) -> list[Update]:
    """What went to the contact about this incident, those it was merged or split with, and all open ones."""
    person = Contact.objects.same_person(contact).values("pk")
    carried = CarriedOver.objects.filter(contact__in=person)
    joined = Q(incident__in=carried.values("incident")) | Q(incident__in=carried.values("came_from"))
    wanted = Q(message__thread_key=thread_key) | joined | ~Q(incident__status=Status.RESOLVED)
    moved = carried.filter(Q(came_from=OuterRef("incident")) | Q(incident=OuterRef("incident")))
    found = (
        Update.objects.filter(wanted, message__deliveries__contact__in=person, message__deliveries__state__in=_TOLD)
        .annotate(reason=F("message__deliveries__reason"), is_moved=Exists(moved))
        .select_related("incident", "template", "corrects")
        .order_by("-sent_at", "-number")
        .distinct()
    )
    # Whoever was told as two contacts, each for a reason of their own, got it once all the same.
    return list({row.pk: row for row in found}.values())


def _moves(contact: Contact) -> dict[int, tuple[int, str]]:
    """Incident -> the id and title of the one that the contact hears of in its place; the newest move counts."""
    person = Contact.objects.same_person(contact).values("pk")
    rows = CarriedOver.objects.filter(contact__in=person, is_gone=True).order_by("at", "pk")
    return {
        before: (after, title) for before, after, title in rows.values_list("came_from", "incident", "incident__title")
    }


def _followed(incident_id: int, moves: Mapping[int, tuple[int, str]]) -> int:
    """Where the line of an incident ends for the contact."""
    passed = {incident_id}
    while incident_id in moves and moves[incident_id][0] not in passed:
        incident_id = moves[incident_id][0]
        passed.add(incident_id)
    return incident_id


def _goes_on(row: Update, rows: Iterable[Update], first: Update) -> bool:
    """True for an incident of the same sort that goes on, for all the contact was told."""
    if not row.incident.is_open or row.incident.is_drill != first.incident.is_drill:
        return False
    mine = tuple(one for one in rows if one.incident_id == row.incident_id)
    return _standing(mine).status != Status.RESOLVED


def _standing(updates: tuple[Update, ...]) -> Update:
    return next((update for update in updates if update.kind not in _ASIDE), updates[0])


def _on_pages(incident: Incident, line: list[Update]) -> list[Update]:
    """Accounts that no mail carried: they stand on the page of everybody who was told of the incident."""
    if _standing(tuple(line)).status != Status.RESOLVED:
        return []
    found = Update.objects.filter(incident=incident, kind=UpdateKind.POSTMORTEM, message=None, key__startswith=ON_PAGES)
    return list(found.select_related("incident"))


def _reason(updates: list[Update]) -> str:
    """The newest reason that follows from what they use."""
    reasons = [str(getattr(update, "reason", "")) for update in updates]
    return next((reason for reason in reasons if reason.startswith("uses ")), "")
