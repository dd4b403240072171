"""The rules of who is on call, read from the database in two queries, however many roles and rules there are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import (
    BigIntegerField,
    CharField,
    DateTimeField,
    Exists,
    F,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Value,
)
from django.db.models.functions import Coalesce

from crisisdesk.core.models import User
from incidents.models import FeedSpan, Override, Rank, Shift, Swap, SwapState, WeeklyWindow, WindowMember
from incidents.rota import Duty, Exchange, Layer, Piece, Weekly, resolve, spans

DAY = timedelta(days=1)
RANKS = (Rank.PRIMARY, Rank.BACKUP)
# Not a layer of its own: it changes what shifts, feeds and windows say.
SWAP = 9
# Says only that a weekly window is in use, so that its turns are asked for where there are any.
WINDOWS = 8

Key = tuple[int, str]


@dataclass(frozen=True, slots=True)
class Rules:
    """What the rows say, by role and rank; people are their numbers."""

    duties: dict[Key, list[Duty]] = field(default_factory=lambda: defaultdict(list))
    exchanges: dict[int, list[Exchange]] = field(default_factory=lambda: defaultdict(list))
    # What would hold if these people, who are still here, had not left the role's group.
    left: dict[Key, list[Duty]] = field(default_factory=lambda: defaultdict(list))
    # Those who were read with the windows; others are still to be asked for.
    people: dict[int, User] = field(default_factory=dict)

    def pieces(self, role: int, rank: str, start: datetime, end: datetime) -> list[Piece]:
        """Who holds the role at this rank in everything that overlaps [start, end)."""
        return resolve(self.duties.get((role, rank), []), self.exchanges.get(role, []), start, end)


def read_rules(roles: Collection[int], start: datetime, end: datetime, *, with_left: bool = False) -> Rules:
    """The rules of these roles (by number) that overlap [start, end). Who has left, or left the group, does not count.

    `with_left` counts those who have left too: for a look at the past, when they were still here.
    """
    rules = Rules()
    has_windows = False
    for layer, pk, role, rank, person, giver, belongs, opens, closes in _spans(roles, start, end, with_left):
        counts = belongs or with_left
        if layer == WINDOWS:
            has_windows = True
        elif layer != SWAP:
            found = rules.duties if counts else rules.left
            found[role, rank].append(Duty(person, opens, closes, Layer(layer), pk))
        elif counts:
            rules.exchanges[role].append(Exchange(giver, person, opens, closes, pk))
    for window, rule, members, belonging in _windows(roles, start, end, with_left) if has_windows else ():
        rules.people.update(members)
        for turn in spans(rule, start, end):
            if turn.person in members:
                found = rules.duties if turn.person in belonging else rules.left
                duty = Duty(turn.person, turn.start, turn.end, Layer.WINDOW, window.pk)
                found[window.role_id, window.rank].append(duty)
    return rules


def _belongs(person: str, role: str) -> Exists:
    """Whether the person is in the role's group: two paths from the row."""
    return Exists(User.groups.through.objects.filter(user=OuterRef(person), group__name=OuterRef(f"{role}__group")))


def _windows(
    roles: Collection[int], start: datetime, end: datetime, with_left: bool
) -> Iterable[tuple[WeeklyWindow, Weekly, dict[int, User], set[int]]]:
    """The windows in use with their turns, those of their people who are still here, and who of them may hold it."""
    windows = _windows_in_use(roles, start, end)
    rows = WindowMember.objects.filter(window__in=windows).select_related("window", "person")
    rows = rows.annotate(belongs=_belongs("person", "window__role"))
    members: dict[int, list[WindowMember]] = defaultdict(list)
    belonging: dict[int, set[int]] = defaultdict(set)
    for member in rows.order_by("window_id", "position", "id"):
        members[member.window_id].append(member)
        if with_left or member.belongs:
            belonging[member.window_id].add(member.person_id)
    for turns in members.values():
        window = turns[0].window
        here = {member.person_id: member.person for member in turns if with_left or member.person.is_active}
        yield window, window.rule(tuple(member.person_id for member in turns)), here, belonging[window.pk]


def _windows_in_use(roles: Collection[int], start: datetime, end: datetime) -> QuerySet[WeeklyWindow]:
    # A day more on each side: the windows' own calendars are up to a day away from UTC's.
    return WeeklyWindow.objects.between(start.date() - 2 * DAY, end.date() + DAY).filter(role__in=roles)


def _spans(roles: Collection[int], start: datetime, end: datetime, with_left: bool) -> Iterable[tuple[Any, ...]]:
    """Rows (layer, pk, role, rank, person, giver, belongs, start, end) of everything that is a span, in one query."""

    def here(whom: str) -> Q:
        return Q() if with_left else Q(**{f"{whom}__is_active": True})

    within = Q(here("person"), role__in=roles, starts_at__lt=end, ends_at__gt=start)
    swaps = Swap.objects.filter(role__in=roles, state=SwapState.ACCEPTED)
    given = swaps.filter(here("partner"), gives_from__lt=end, gives_until__gt=start)
    taken = swaps.filter(here("asker"), takes_from__lt=end, takes_until__gt=start)
    # An event is the duty of the person whom its feed always means, else of whom its name means.
    always = Q(here("feed__person"), feed__person__isnull=False)
    named = always | Q(here("name__person"), feed__person=None, name__person__isnull=False)
    events = FeedSpan.objects.filter(
        named, feed__role__in=roles, feed__is_active=True, starts_at__lt=end, ends_at__gt=start
    )
    whom = Coalesce("feed__person_id", "name__person_id")
    return _rows(given, SWAP, "role", _NO_RANK, "partner_id", "asker_id", "gives_from", "gives_until").union(
        _rows(taken, SWAP, "role", _NO_RANK, "asker_id", "partner_id", "takes_from", "takes_until"),
        _rows(Override.objects.filter(within, withdrawn_at=None), Layer.OVERRIDE, "role", "rank", "person_id"),
        _rows(Shift.objects.filter(within), Layer.SHIFT, "role", "rank", "person_id"),
        _rows(events, Layer.FEED, "feed__role", "feed__rank", whom),
        _rows(_windows_in_use(roles, start, end), WINDOWS, "role", "rank", _NOBODY, _NO_GIVER, _NEVER, _NEVER),
        all=True,
    )


_NO_RANK = Value("", output_field=CharField())
_NO_GIVER = Value(0, output_field=BigIntegerField())
_NOBODY = _NO_GIVER
_NEVER = Value(None, output_field=DateTimeField())


def _rows(
    rows: QuerySet[Any],
    layer: int,
    role: str,
    rank: str | Value,
    person: str | Coalesce | Value,
    giver: str | Value = _NO_GIVER,
    opens: str | Value = "starts_at",
    closes: str | Value = "ends_at",
) -> QuerySet[Any, tuple[Any, ...]]:
    named: dict[str, Any] = {"role_": f"{role}_id", "rank_": rank, "person_": person, "giver_": giver}
    named |= {"belongs_": _belongs("person_", role), "opens_": opens, "closes_": closes}
    columns = {name: F(value) if isinstance(value, str) else value for name, value in named.items()}
    layers = {"layer_": Value(int(layer), output_field=IntegerField())}
    found: QuerySet[Any, tuple[Any, ...]] = (
        rows.order_by().annotate(**layers, **columns).values_list("layer_", "pk", *columns)
    )
    return found
