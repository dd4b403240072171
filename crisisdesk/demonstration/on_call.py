"""Who is on call at the invented vendor: rotations around the clock, weekdays alone, swaps agreed and asked for."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from crisisdesk.core.actors import Actor
from crisisdesk.core.history import stamp
from crisisdesk.core.models import User
from crisisdesk.demonstration.people import PEOPLE, Person
from incidents.models import IncidentRole, Rank, Swap, WeeklyWindow, WindowMember
from incidents.schedules.standing import plan_of
from incidents.schedules.swapping import accept, ask

NINE = time(9)
# Whom nobody needs at weekends, so that the calendar has a gap to show.
NOT_AT_WEEKENDS = frozenset({"success-lead"})


def fill_schedule(people: Mapping[str, User], *, by: Actor, now: datetime) -> int:
    """Windows for every role that has none: the two people of its group take turns; how many were made."""
    made = 0
    for role in IncidentRole.objects.filter(windows=None):
        group = [person for person in PEOPLE if person.group == role.group]
        for rank, order in ((Rank.PRIMARY, group), (Rank.BACKUP, group[::-1])):
            if rank == Rank.PRIMARY or role.slug not in NOT_AT_WEEKENDS:
                _window(role, rank, order, people, by, now)
                made += 1
    if made:
        _change(people, now)
    return made


def _window(
    role: IncidentRole, rank: Rank, order: list[Person], people: Mapping[str, User], by: Actor, now: datetime
) -> None:
    zone = order[0].zone if rank == Rank.PRIMARY else order[-1].zone
    today = now.astimezone(ZoneInfo(zone)).date()
    weekdays = role.slug in NOT_AT_WEEKENDS
    window = WeeklyWindow(
        name="Weekdays" if weekdays else "Around the clock",
        role=role,
        rank=rank,
        time_zone=zone,
        weekdays="12345" if weekdays else "1234567",
        starts=NINE,
        ends=NINE,
        # The Monday before this week's: whoever signs in is first, has been for a while, and stays for a week at least.
        valid_from=today - timedelta(days=today.weekday() + 7),
        weeks=3,
        handover_at=NINE,
    )
    stamp(window, by=by, now=now, reason="demonstration")
    window.save()
    for position, person in enumerate(order, 1):
        member = WindowMember(window=window, person=people[person.username], position=position)
        stamp(member, by=by, now=now, reason="demonstration")
        member.save()


def _change(people: Mapping[str, User], now: datetime) -> None:
    """Sam has taken the first day of Dana's next turn; Noor asks Ivo for the same."""
    swap = _ask("support-on-call", people["dana"], people["sam"], now)
    if swap is not None:
        accept(swap, by=Actor.person(people["sam"]), now=now)
    _ask("operations-on-call", people["noor"], people["ivo"], now)


def _ask(slug: str, asker: User, partner: User, now: datetime) -> Swap | None:
    role = IncidentRole.objects.get(slug=slug)
    for turn in plan_of([role], now, now + timedelta(weeks=7)).turns(role, Rank.PRIMARY):
        if turn.person == asker and turn.since > now:
            gives = (turn.since, turn.since + timedelta(days=1))
            return ask(role, partner, gives=gives, reason="A day off", by=Actor.person(asker), now=now)
    return None
