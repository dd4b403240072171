"""Who was the liaison on shift when a promise was due: by windows, shifts, swaps, overrides and feeds alike."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import accumulate

from django.db.models import Max, Min

from crisisdesk.core.models import User
from incidents.models import IncidentRole, Rank
from incidents.models.promise import PromiseQuerySet
from incidents.schedules.standing import Held, plan_of

LIAISON = "liaison"


@dataclass(frozen=True, slots=True)
class Shifts:
    """The turns of the primary liaisons, by start, those of people who have left included."""

    turns: Sequence[Held] = ()
    _starts: list[datetime] = field(default_factory=list)
    # The latest end of a turn and all before it: how far back a look has to go.
    _ends: list[datetime] = field(default_factory=list)

    def at(self, moment: datetime) -> list[User]:
        """Who was on shift; more than one where rules overlap. The end of a shift belongs to the next one."""
        found: dict[int, User] = {}
        for place in range(bisect_right(self._starts, moment) - 1, -1, -1):
            if self._ends[place] <= moment:
                break
            turn = self.turns[place]
            if moment < turn.until:
                found[turn.person.pk] = turn.person
        return list(found.values())

    def people(self) -> list[User]:
        """Everybody with a turn, by name."""
        found = {turn.person.pk: turn.person for turn in self.turns}
        return sorted(found.values(), key=lambda person: (str(person), person.pk))

    def of(self, rows: PromiseQuerySet, person: int) -> PromiseQuerySet:
        """Those of `rows` that were due in a shift of this person; one query."""
        due = rows.order_by().values_list("pk", "due_at")
        mine = {pk for pk, due_at in due.iterator() if any(who.pk == person for who in self.at(due_at))}
        return rows.filter(pk__in=mine)


def shifts_of(rows: PromiseQuerySet) -> Shifts:
    """The shifts in which `rows` were due: five queries at most, however many promises."""
    span = rows.order_by().aggregate(first=Min("due_at"), last=Max("due_at"))
    role = IncidentRole.objects.filter(slug=LIAISON).first()
    if span["first"] is None or role is None:
        return Shifts()
    plan = plan_of([role], span["first"], span["last"] + timedelta(microseconds=1), with_left=True)
    turns = sorted(plan.held(role, Rank.PRIMARY), key=lambda turn: turn.since)
    return Shifts(turns, [turn.since for turn in turns], list(accumulate((turn.until for turn in turns), max)))
