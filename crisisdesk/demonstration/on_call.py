"""Who is on call at the invented vendor: rotations around the clock, office hours, an override, a swap that waits."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from crisisdesk.core.actors import Actor
from crisisdesk.core.history import stamp
from crisisdesk.core.models import User
from crisisdesk.demonstration.people import PEOPLE, Person
from incidents.models import IncidentRole, Rank, WeeklyWindow, WindowMember
from incidents.schedules.overriding import override
from incidents.schedules.standing import plan_of
from incidents.schedules.swapping import ask

NINE = time(9)
# Whom nobody needs at night: on weekdays only, so that the calendar has gaps to show.
OFFICE_HOURS = {"success-lead": (time(8), time(18))}


def fill_schedule(people: Mapping[str, User], *, by: Actor, now: datetime) -> int:
    """Windows for every role that has none: the two people of its group take turns; how many were made."""
    made = 0
    for role in IncidentRole.objects.filter(windows=None):
        group = [person for person in PEOPLE if person.group == role.group]
        for rank, order in ((Rank.PRIMARY, group), (Rank.BACKUP, group[::-1])):
            if rank == Rank.PRIMARY or role.slug not in OFFICE_HOURS:
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
    office = OFFICE_HOURS.get(role.slug)
    window = WeeklyWindow(
        name="Office hours" if office else "Around the clock",
        role=role,
        rank=rank,
        time_zone=zone,
        weekdays="12345" if office else "1234567",
        starts=office[0] if office else NINE,
        ends=office[1] if office else NINE,
        # Last Monday: whoever signs in is first, and was before now.
        valid_from=today - timedelta(days=today.weekday() or 7),
        # The first turn lasts until the Monday after the next, so that a demonstration begins with the same people.
        weeks=2,
        handover_at=NINE,
    )
    stamp(window, by=by, now=now, reason="demonstration")
    window.save()
    for position, person in enumerate(order, 1):
        member = WindowMember(window=window, person=people[person.username], position=position)
        stamp(member, by=by, now=now, reason="demonstration")
        member.save()


def _change(people: Mapping[str, User], now: datetime) -> None:
    """Ivo stands in for Noor on an evening, and she asks him for the first day of her next turn."""
    role = IncidentRole.objects.get(slug="operations-on-call")
    ivo, noor = people["ivo"], people["noor"]
    evening = (now + timedelta(days=2)).replace(hour=17, minute=0, second=0, microsecond=0)
    override(
        role,
        Rank.BACKUP,
        ivo,
        starts_at=evening,
        ends_at=evening + timedelta(hours=5),
        reason="Noor is at a concert",
        by=Actor.job("demonstration"),
        now=now,
    )
    plan = plan_of([role], now, now + timedelta(weeks=4))
    for turn in plan.turns(role, Rank.PRIMARY):
        if turn.person == noor and turn.since > now:
            gives = (turn.since, turn.since + timedelta(days=1))
            ask(role, ivo, gives=gives, reason="A day off", by=Actor.person(noor), now=now)
            break
