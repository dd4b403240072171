"""The headline figures in words, with their trend and the link to the rows behind them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from django.urls import reverse

from postmortems.metrics import AGE_WORDS, AGES, Counts, actions_by_age, counts
from postmortems.prefill import span
from postmortems.selection import Selection


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a figure with its own link."""

    text: str
    url: str


@dataclass(frozen=True, slots=True)
class Figure:
    """One number that executives read first. `tone` of the trend: better, worse or nothing."""

    label: str
    value: str
    url: str
    trend: str = ""
    tone: str = ""
    parts: list[Part] = field(default_factory=list)


def figures(selection: Selection) -> list[Figure]:
    """The six headline figures. Nine reads, with the period before."""
    now = counts(selection)
    earlier = selection.before()
    then = counts(earlier) if earlier else None

    def rows(listing: str, **more: str) -> str:
        return f"{reverse('review:rows', args=[listing])}?{selection.query(**more)}"

    def share(label: str, listing: str, of: Callable[[Counts], float | None], parts: list[Part]) -> Figure:
        value, before = of(now), of(then) if then else None
        trend, tone = _trend(value, before, " %", more_is_better=True)
        return Figure(label, _percent(value), rows(listing), trend, tone, parts)

    outages_trend, outages_tone = _trend(now.total, then.total if then else None, "", more_is_better=False)
    wait, wait_before = _seconds(now), _seconds(then) if then else None
    ages = actions_by_age(selection)
    return [
        Figure(
            "Outages",
            f"{now.total:,}",
            rows("outages"),
            outages_trend,
            outages_tone,
            [Part(f"{count} {name}", rows("outages", severity=name)) for name, count in now.outages.items() if count],
        ),
        share(
            "Promised updates kept",
            "promises",
            lambda of: of.promises_kept,
            [
                Part(f"{now.kept:,} kept", rows("promises", outcome="kept")),
                Part(f"{now.missed:,} missed", rows("promises", outcome="missed")),
            ],
        ),
        Figure(
            "Median time to the first message",
            "–" if wait is None else span(wait),
            rows("first-message"),
            *_wait_trend(wait, wait_before),
            [Part(f"{now.told:,} told", rows("first-message"))],
        ),
        share(
            "Noticed before customers did",
            "noticed",
            lambda of: of.noticed_first,
            [Part(f"{now.noticed_by_customers:,} by customers", rows("noticed", by="customer"))],
        ),
        share(
            "Post-mortems on time",
            "postmortems",
            lambda of: of.reports_on_time,
            [
                Part(f"{now.late:,} late", rows("postmortems", standing="late")),
                Part(f"{now.pending:,} not due yet", rows("postmortems", standing="pending")),
            ],
        ),
        Figure(
            "Open actions, whatever the period",
            f"{sum(ages[name] for name in AGES):,}",
            rows("actions"),
            "",
            "",
            [
                Part(f"{ages['overdue']:,} overdue", rows("actions", overdue="yes")),
                *(Part(f"{ages[name]:,} {AGE_WORDS[name]}", rows("actions", age=name)) for name in AGES if ages[name]),
            ],
        ),
    ]


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{value:.0f} %"


def _seconds(of: Counts) -> float | None:
    return of.wait.total_seconds() if of.wait is not None else None


def _trend(value: float | None, before: float | None, unit: str, *, more_is_better: bool) -> tuple[str, str]:
    if value is None or before is None:
        return "", ""
    was = f"{before:.0f}{unit} in the period before"
    if round(value) == round(before):
        return f"as many as before: {was}" if not unit else f"as before: {was}", ""
    return was, "better" if (value > before) == more_is_better else "worse"


def _wait_trend(value: float | None, before: float | None) -> tuple[str, str]:
    if value is None or before is None:
        return "", ""
    was = f"{span(before)} in the period before"
    if span(value) == span(before):
        return f"as before: {was}", ""
    return was, "better" if value < before else "worse"
