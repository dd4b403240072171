"""The headline figures in words, with their trend and the link to the rows behind them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from django.urls import reverse

from incidents.models import Informed
from postmortems.durations import STEPS, Middle
from postmortems.metrics import AGE_WORDS, AGES, Counts, actions_by_age, compared
from postmortems.prefill import span
from postmortems.selection import Selection


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a figure with its own link; `rows` is how many rows it leads to."""

    text: str
    url: str
    rows: int


@dataclass(frozen=True, slots=True)
class Figure:
    """One number that executives read first. `rows` were counted for it; `tone` of the trend: better, worse or "".

    The trend leads to the rows of the period before.
    """

    label: str
    value: str
    url: str
    rows: int
    trend: Part | None = None
    tone: str = ""
    parts: list[Part] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Compared:
    """A period, what it comes to, and what the one before came to."""

    selection: Selection
    now: Counts
    then: Counts | None

    def rows(self, listing: str, **more: str) -> str:
        """The address of the rows."""
        return f"{reverse('review:rows', args=[listing])}?{self.selection.query(**more)}"

    def part(self, count: int, words: str, listing: str, **more: str) -> Part:
        """ "7 late", with its rows."""
        return Part(f"{count:,} {words}", self.rows(listing, **more), count)

    def earlier(self, words: str, listing: str, rows: int) -> Part | None:
        """The number of the period before, with its rows."""
        before = self.selection.before()
        if before is None:
            return None
        return Part(words, f"{reverse('review:rows', args=[listing])}?{before.query()}", rows)

    def trend(
        self,
        of: Callable[[Counts], float | None],
        unit: str,
        listing: str,
        rows: Callable[[Counts], int],
        *,
        more_is_better: bool,
    ) -> tuple[Part | None, str]:
        """How a number moved against the period before, with its rows, and whether that is better or worse."""
        value, before = of(self.now), of(self.then) if self.then else None
        if value is None or before is None or self.then is None:
            return None, ""
        if not unit and self.selection.is_running:
            # Sums of some weeks against those of a whole quarter: neither better nor worse.
            return self.earlier(f"{before:,.0f} in the whole quarter before", listing, rows(self.then)), ""
        was, tone = f"{before:,.0f}{unit} in the period before", ""
        if round(value) == round(before):
            was = f"as many as before: {was}" if not unit else f"as before: {was}"
        else:
            tone = "better" if (value > before) == more_is_better else "worse"
        return self.earlier(was, listing, rows(self.then)), tone


def figures(selection: Selection) -> list[Figure]:
    """The headline figures. Five reads, with the period before."""
    here = Compared(selection, *compared(selection))
    return [
        _outages(here),
        _noticed(here),
        *(_step(here, name) for name in STEPS),
        _promises(here),
        _answers(here),
        _minutes(here),
        _reports(here),
        *_actions(here),
    ]


def _outages(here: Compared) -> Figure:
    parts = [here.part(count, name, "outages", severity=name) for name, count in here.now.outages.items() if count]
    trend = here.trend(lambda of: of.total, "", "outages", lambda of: of.total, more_is_better=False)
    return Figure("Outages", f"{here.now.total:,}", here.rows("outages"), here.now.total, *trend, parts)


def _noticed(here: Compared) -> Figure:
    trend = here.trend(lambda of: of.noticed_first, " %", "noticed", lambda of: of.total, more_is_better=True)
    parts = [here.part(here.now.noticed_by_customers, "by customers", "noticed", by="customer")]
    if here.now.noticed_unknown:
        parts.append(here.part(here.now.noticed_unknown, "not known", "noticed", by="unknown"))
    value = _percent(here.now.noticed_first)
    return Figure("Noticed before customers did", value, here.rows("noticed"), here.now.total, *trend, parts)


def _step(here: Compared, name: str) -> Figure:
    now, then = here.now.middles[name], here.then.middles[name] if here.then else Middle(None, 0)
    value = "–" if now.wait is None else span(now.wait.total_seconds())
    parts = [here.part(now.outages, "outage" if now.outages == 1 else "outages", name)]
    return Figure(STEPS[name].label, value, here.rows(name), now.outages, *_wait_trend(here, name, now, then), parts)


def _promises(here: Compared) -> Figure:
    now = here.now
    trend = here.trend(
        lambda of: of.promises_kept, " %", "promises", lambda of: of.kept + of.missed, more_is_better=True
    )
    parts = [
        here.part(now.kept, "kept", "promises", outcome="kept"),
        here.part(now.missed, "missed", "promises", outcome="missed"),
    ]
    value = _percent(now.promises_kept)
    return Figure("Promised updates kept", value, here.rows("promises"), now.kept + now.missed, *trend, parts)


def _answers(here: Compared) -> Figure:
    trend = here.trend(lambda of: of.well_informed, " %", "answers", lambda of: of.answered, more_is_better=True)
    parts = [here.part(here.now.answers[value], str(value), "answers", informed=value) for value in Informed.values]
    value = _percent(here.now.well_informed)
    return Figure("Customers well informed", value, here.rows("answers"), here.now.answered, *trend, parts)


def _minutes(here: Compared) -> Figure:
    # Without a report nothing is known of it, which is not none.
    trend = here.trend(
        lambda of: of.customer_minutes if of.reports else None,
        "",
        "impact",
        lambda of: of.reports,
        more_is_better=False,
    )
    parts = [here.part(here.now.reports, "with a report", "impact")]
    value = f"{here.now.customer_minutes:,}"
    return Figure("Customer-minutes", value, here.rows("impact"), here.now.reports, *trend, parts)


def _reports(here: Compared) -> Figure:
    now = here.now
    trend = here.trend(lambda of: of.reports_on_time, " %", "postmortems", lambda of: of.reports, more_is_better=True)
    parts = [
        here.part(now.late, "late", "postmortems", standing="late"),
        here.part(now.pending, "not due yet", "postmortems", standing="pending"),
    ]
    value = _percent(now.reports_on_time)
    return Figure("Post-mortems on time", value, here.rows("postmortems"), now.reports, *trend, parts)


def _actions(here: Compared) -> list[Figure]:
    ages = actions_by_age(here.selection)
    total = sum(ages[name] for name in AGES)
    parts = [here.part(ages[name], AGE_WORDS[name], "actions", age=name) for name in AGES if ages[name]]
    overdue = here.part(ages["overdue"], "overdue", "actions", overdue="yes")
    return [
        Figure("Open actions, whatever the period", f"{total:,}", here.rows("actions"), total, parts=parts),
        Figure("Actions after their day", f"{overdue.rows:,}", overdue.url, overdue.rows, parts=[overdue]),
    ]


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{value:.0f} %"


def _wait_trend(here: Compared, name: str, now: Middle, then: Middle) -> tuple[Part | None, str]:
    if now.wait is None or then.wait is None:
        return None, ""
    value, before = now.wait.total_seconds(), then.wait.total_seconds()
    was = f"{span(before)} in the period before"
    if span(value) == span(before):
        return here.earlier(f"as before: {was}", name, then.outages), ""
    return here.earlier(was, name, then.outages), "better" if value < before else "worse"
