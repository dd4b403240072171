"""Somebody else for a while."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from crisisdesk.core import audit
from crisisdesk.core.access import Act, may, require
from crisisdesk.core.actors import Actor
from crisisdesk.core.history import stamp
from crisisdesk.core.models import User
from crisisdesk.core.refusals import InvalidInput, NotAllowed, WrongState
from incidents.models import IncidentRole, Override
from incidents.schedules.checks import check_fit, check_span, ranks_held
from incidents.schedules.rules import read_rules
from incidents.schedules.telling import tell


def override(
    role: IncidentRole,
    rank: str,
    person: User,
    *,
    starts_at: datetime,
    ends_at: datetime,
    reason: str,
    by: Actor,
    now: datetime,
) -> Override:
    """Put `person` in the place of whoever is on call for the role at this rank in [starts_at, ends_at).

    Administrators may for anybody; everybody else only where they are on call themselves, all of that time. The person
    and those who are relieved are told. Raises InvalidInput and NotAllowed.
    """
    require(by, Act.VIEW_SETTINGS)
    reason = " ".join(reason.split())
    if not reason:
        raise InvalidInput({"reason": "Say why, in a few words: people read it in the calendar."})
    check_span(starts_at, ends_at, now=now, fields=("starts_at", "ends_at"))
    starts_at = max(starts_at, now)
    with transaction.atomic():
        # What is theirs at the look is theirs when the row is written: swaps and overrides of a role take turns.
        IncidentRole.objects.select_for_update(no_key=True).get(pk=role.pk)
        rules = read_rules([role.pk], starts_at, ends_at)
        if not may(by, Act.MANAGE_SETTINGS):
            _require_own(rank in ranks_held(rules, by.person_id or 0, role, starts_at, ends_at), role, rank, by)
        check_fit(person, role, field="person")
        relieved = {piece.person for piece in rules.pieces(role.pk, rank, starts_at, ends_at)} - {person.pk}
        row = Override(
            role=role,
            rank=rank,
            person=person,
            starts_at=starts_at,
            ends_at=ends_at,
            reason=reason,
            made_by_id=by.person_id,
            made_by_name=by.name,
            made_at=now,
        )
        stamp(row, by=by, now=now, reason=reason)
        row.save()
        audit.record("oncall.overridden", by=by, now=now, on=row, data=_data(row))
        _tell(row, relieved, by, now)
    return row


def withdraw(row: Override, *, by: Actor, now: datetime) -> Override:
    """End an override: one that has begun ends now, one that has not is as if it had never been.

    Administrators and whoever made it may. Raises NotAllowed, and WrongState when it is over.
    """
    require(by, Act.VIEW_SETTINGS)
    with transaction.atomic():
        row = Override.objects.select_for_update(of=("self",)).select_related("role", "person").get(pk=row.pk)
        if not may(by, Act.MANAGE_SETTINGS) and (by.person_id is None or row.made_by_id != by.person_id):
            raise NotAllowed(f"{row.made_by_name} made this override; they or an administrator may end it.")
        if row.withdrawn_at is not None or row.ends_at <= now:
            raise WrongState("This override is over already; there is nothing left to end.")
        if row.starts_at < now:
            row.ends_at = now
        else:
            row.withdrawn_at = now
        row.withdrawn_by_name = by.name
        stamp(row, by=by, now=now, reason="ended")
        row.save()
        audit.record("oncall.override_ended", by=by, now=now, on=row, data=_data(row))
        if row.person_id != by.person_id:
            first = "You are no longer on call by this override; the schedule holds again:"
            _note([row.person], row, "ended", "override ended", [first], now)
    return row


def _require_own(is_own: bool, role: IncidentRole, rank: str, by: Actor) -> None:
    if not is_own:
        raise NotAllowed(
            f"{by.name} is not on call as {role} ({rank}) in all of that time, and may hand over only what is theirs. "
            "Shorten the time, or ask an administrator."
        )


def _data(row: Override) -> dict[str, str | int]:
    return {
        "role": row.role.slug,
        "rank": row.rank,
        "person": row.person_id,
        "from": row.starts_at.isoformat(),
        "until": row.ends_at.isoformat(),
    }


def _tell(row: Override, relieved: set[int], by: Actor, now: datetime) -> None:
    what, why = f"{row.role} ({row.rank})", f"Why: {row.reason}"
    if row.person_id != by.person_id:
        _note([row.person], row, "on", "you are on call", [f"{by.name} put you on call as {what}:", why], now)
    others = User.objects.filter(pk__in=relieved - {by.person_id}, is_active=True)
    _note(others, row, "off", "you are relieved", [f"{by.name} put {row.person} in your place as {what}:", why], now)


def _note(people: Iterable[User], row: Override, key: str, subject: str, words: list[str], now: datetime) -> None:
    """Tell them, with the span after the first line."""
    tell(
        people,
        key=f"override:{row.pk}:{key}",
        subject=f"{row.role}: {subject}",
        lines=[words[0], (row.starts_at, row.ends_at), *words[1:]],
        role=row.role,
        now=now,
    )
