"""Causes that come back, each with its story: the outages, what was promised after each, what was done."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Count, F, Min, Prefetch, Q, QuerySet, Window
from django.db.models.functions import RowNumber

from crisisdesk.core.models import AuditEntry
from postmortems.models import Action, Cause, Postmortem
from postmortems.selection import Selection, standing_alone

SHOWN_CAUSES = 12
SHOWN_OUTAGES = 2
MOVED, RECLASSIFIED = "postmortem.action_moved", "postmortem.cause_reclassified"


@dataclass(frozen=True, slots=True)
class Promised:
    """An action with what the audit history says about its day."""

    row: Action
    moves: int
    is_overdue: bool


@dataclass(frozen=True, slots=True)
class Outage:
    """One outage of the cause. `reclassified` counts how often its cause was changed."""

    postmortem: Postmortem
    actions: list[Promised]
    reclassified: int


@dataclass(slots=True)
class Repeat:
    """A cause with two or more outages in the window, the newest outage first."""

    cause: Cause
    times: int
    first_at: datetime
    window_days: int
    outages: list[Outage] = field(default_factory=list)
    oldest_open: Promised | None = None
    promised_before: int = 0
    done_before: int = 0

    @property
    def hidden(self) -> int:
        """How many outages of the window are left to the page of the cause."""
        return self.times - len(self.outages)

    @property
    def headline(self) -> str:
        """ "Third time in 180 days"."""
        return f"{ordinal(self.times)} time in {self.window_days} days"

    @property
    def verdict(self) -> str:
        """What became of what was promised after the earlier ones."""
        if self.oldest_open is not None:
            row = self.oldest_open.row
            state = "overdue since" if self.oldest_open.is_overdue else "due on"
            if row.came_back_at is not None:
                return (
                    f"“{row.title}” was promised on {row.created_at:%-d %B %Y}, done, and did not help; it is open "
                    f"again, {state} {row.due_on:%-d %B %Y}."
                )
            return (
                f"“{row.title}” was promised on {row.created_at:%-d %B %Y} and is still open, {state} "
                f"{row.due_on:%-d %B %Y}."
            )
        if not self.promised_before:
            return "Nothing was promised after the earlier ones."
        return (
            f"Everything promised after the earlier ones is done ({self.done_before} of {self.promised_before}), "
            "and it came back."
        )

    @property
    def moved(self) -> str:
        """How often the day of the oldest open action was moved, "" when never."""
        moves = self.oldest_open.moves if self.oldest_open is not None else 0
        return f"Its day was moved {times(moves)}." if moves else ""


def repeated(selection: Selection) -> list[Repeat]:
    """Causes with two or more outages in the window up to the selection's end, most frequent first.

    The window is REPEAT_WINDOW_DAYS, whatever the period; the service counts. Five reads.
    """
    window = settings.REPEAT_WINDOW_DAYS
    rows = in_window(selection)
    counted = (
        rows.filter(cause__can_repeat=True)
        .order_by()
        .values("cause")
        .annotate(times=Count("pk"), first_at=Min("incident__started_at"))
        .filter(times__gte=2)
        .order_by("-times", "cause")[:SHOWN_CAUSES]
    )
    found = {row["cause"]: row for row in counted}
    newest = Window(RowNumber(), partition_by=[F("cause")], order_by=[F("incident__started_at").desc(), F("pk").desc()])
    shown = list(with_actions(rows.filter(cause__in=found)).annotate(rank=newest).filter(rank__lte=SHOWN_OUTAGES))
    shown.sort(key=lambda row: (row.incident.started_at, row.pk), reverse=True)
    causes = {row.cause.pk: row.cause for row in shown if row.cause is not None}
    repeats = {pk: Repeat(causes[pk], row["times"], row["first_at"], window) for pk, row in found.items()}
    for outage in stories(shown, selection):
        cause_id = outage.postmortem.cause_id
        if cause_id is not None:
            repeats[cause_id].outages.append(outage)
    last = [repeat.outages[0].postmortem.pk for repeat in repeats.values() if repeat.outages]
    _judge(repeats, rows, last, selection)
    return list(repeats.values())


def repeat_of(cause: Cause, selection: Selection) -> Repeat | None:
    """The headline and verdict of one cause, without its outages; None when it did not come back. Three reads."""
    rows = in_window(selection).filter(cause=cause)
    found = rows.aggregate(times=Count("pk"), first_at=Min("incident__started_at"))
    if not cause.can_repeat or found["times"] < 2:
        return None
    repeat = Repeat(cause, found["times"], found["first_at"], settings.REPEAT_WINDOW_DAYS)
    last = rows.order_by("-incident__started_at", "-pk").values_list("pk", flat=True)[:1]
    _judge({cause.pk: repeat}, rows, last, selection)
    return repeat


def stories(postmortems: Sequence[Postmortem], selection: Selection) -> list[Outage]:
    """Each outage with its actions, how often their days moved and its cause was changed: from the audit. One read.

    The post-mortems come from `with_actions`.
    """
    actions = [action for row in postmortems for action in row.actions.all()]
    counted = _counted(actions, postmortems)
    return [
        Outage(
            row,
            [
                Promised(action, counted.get((MOVED, action.pk), 0), action.is_overdue(selection.today))
                for action in row.actions.all()
            ],
            counted.get((RECLASSIFIED, row.pk), 0),
        )
        for row in postmortems
    ]


def with_actions(rows: QuerySet[Postmortem]) -> QuerySet[Postmortem]:
    """The post-mortems with incident and actions, as `stories` needs them."""
    actions = Action.objects.select_related("owner", "came_back_with__incident").order_by("created_at", "pk")
    return rows.select_related("incident", "cause").prefetch_related(Prefetch("actions", actions))


def ordinal(number: int) -> str:
    """ "Second", "third", … as a word up to the tenth, then "11th"."""
    words = ("First", "Second", "Third", "Fourth", "Fifth", "Sixth", "Seventh", "Eighth", "Ninth", "Tenth")
    if number <= len(words):
        return words[number - 1]
    ending = "th" if 10 <= number % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def times(number: int) -> str:
    """ "once", "twice", "3 times"."""
    return {1: "once", 2: "twice"}.get(number, f"{number} times")


def in_window(selection: Selection) -> QuerySet[Postmortem]:
    """Reports on outages of the last REPEAT_WINDOW_DAYS up to the selection's end, whatever the period."""
    since = selection.end - timedelta(days=settings.REPEAT_WINDOW_DAYS)
    return Postmortem.objects.filter(
        selection.touching("incident__"),
        standing_alone("incident__"),
        incident__started_at__gte=since,
        incident__started_at__lt=selection.end,
    )


def promised_before(cause_id: int, selection: Selection) -> QuerySet[Action]:
    """What was promised after all outages of the cause in the window but the last."""
    rows = in_window(selection).filter(cause=cause_id)
    last = rows.order_by("-incident__started_at", "-pk").values_list("pk", flat=True)[:1]
    return Action.objects.filter(postmortem__in=rows.exclude(pk__in=last).values("pk"))


def _judge(repeats: dict[int, Repeat], rows: QuerySet[Postmortem], last: Iterable[int], selection: Selection) -> None:
    """Add what was promised after all outages of the window but the last of each cause. Two reads.

    One row for each cause and state: its oldest action, and how many there are like it.
    """
    before = Action.objects.filter(postmortem__in=rows.filter(cause__in=repeats).exclude(pk__in=last).values("pk"))
    alike = [F("postmortem__cause"), F("state")]
    oldest = Window(RowNumber(), partition_by=alike, order_by=[F("created_at").asc(), F("pk").asc()])
    found = before.annotate(rank=oldest, alike=Window(Count("pk"), partition_by=alike)).filter(rank=1)
    rows_found: list[Any] = list(found.select_related("postmortem", "owner"))
    moves = _counted([action for action in rows_found if action.is_open], [])
    for action in rows_found:
        cause_id = action.postmortem.cause_id
        if cause_id is None:
            continue
        repeats[cause_id].promised_before += action.alike
        if action.is_open:
            overdue = action.is_overdue(selection.today)
            repeats[cause_id].oldest_open = Promised(action, moves.get((MOVED, action.pk), 0), overdue)
        else:
            repeats[cause_id].done_before += action.alike


def _counted(actions: Sequence[Action], postmortems: Sequence[Postmortem]) -> dict[tuple[str, int], int]:
    """How often the day of each action was moved and the cause of each outage changed: (act, key) -> times."""
    found = AuditEntry.objects.filter(
        Q(action=MOVED, object_type=Action._meta.label_lower, object_id__in=[str(row.pk) for row in actions])
        | Q(
            action=RECLASSIFIED,
            object_type=Postmortem._meta.label_lower,
            object_id__in=[str(row.pk) for row in postmortems],
        )
    )
    counted = found.order_by().values_list("action", "object_id").annotate(count=Count("pk"))
    return {(act, int(key)): count for act, key, count in counted}
