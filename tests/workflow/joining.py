"""Who belongs to an incident after merges and splits, worked out beside the code."""

from __future__ import annotations

from datetime import datetime

from django.db.models import QuerySet

from customers.models import Delivery, DeliveryState
from incidents.models import Promise
from tests.workflow.cases import Case
from tests.workflow.world import World


def told(case: Case) -> set[int]:
    """Who was told of it, by its own messages or before they came; not who went away and was told nothing since."""
    last: dict[int, datetime] = dict(case.came)
    for contact, at in (
        _written(case).exclude(state=DeliveryState.SUPPRESSED).values_list("contact", "message__created_at")
    ):
        last[contact] = max(at, last.get(contact, at))
    return {contact for contact, at in last.items() if contact not in case.gone or at > case.gone[contact]}


def new_to(world: World, case: Case) -> set[int]:
    """Whom a catch-up must go to: the affected who heard nothing, and who came by a merge with other words."""
    affected = world.users_of(case.services)
    said_here = False
    own: set[str] = set()
    for update in case.incident.updates.exclude(kind="catchup").order_by("number"):
        if update.message_id is not None:
            said_here = True
            own.add(update.body)
        elif update.kind == "progress" and update.body not in own:
            # What the other one said stands.
            said_here = False
    merged = told(case) & case.merged_in if said_here else set()
    knowing = case.came.keys() - case.merged_in if said_here else case.came.keys()
    written = set(_written(case).values_list("contact", flat=True))
    return ((affected - knowing) | merged) - case.omitted - written


def promises_of(*cases: Case) -> list[Promise | None]:
    """The open promise of each."""
    return [Promise.objects.open().filter(incident=case.incident).first() for case in cases]


def merged(world: World, case: Case, into: Case, told: set[int], ending: list[Promise | None]) -> None:
    """All who were told go over; of two promises in time the earlier one stands."""
    case.gone |= dict.fromkeys(told, world.now)
    into.merged_in |= told - into.came.keys()
    into.came |= dict.fromkeys(told, world.now)
    into.services |= case.services
    theirs, ours = ending
    standing = ours
    if theirs is not None:
        world.ended[theirs.pk] = world.now
        if not _is_late(theirs, world) and (
            ours is None or (not _is_late(ours, world) and theirs.due_at < ours.due_at)
        ):
            standing = theirs
            if ours is not None:
                world.ended[ours.pk] = world.now
    assert promises_of(case) == [None]
    (now_open,) = promises_of(into)
    assert getattr(now_open, "due_at", None) == getattr(standing, "due_at", None), "the promise did not go over"


def split_off(world: World, case: Case, new: Case, told: set[int]) -> None:
    """Who uses that part is told of there; who uses nothing else hears no more of the old one."""
    case.services = case.services - new.services
    theirs = told & world.users_of(new.services)
    new.came = dict.fromkeys(theirs, world.now)
    case.gone |= dict.fromkeys(theirs - world.users_of(case.services), world.now)
    new.omitted = set(case.omitted)
    (ours,), (carried,) = promises_of(case), promises_of(new)
    expected = ours.due_at if theirs and ours is not None and not _is_late(ours, world) else None
    assert getattr(carried, "due_at", None) == expected, "the promise does not hold in both"


def _is_late(promise: Promise, world: World) -> bool:
    return world.now > promise.due_at


def _written(case: Case) -> QuerySet[Delivery]:
    return Delivery.objects.filter(message__thread_key=case.incident.reference)
