"""Charts as SVG, drawn on the server; each stands beside the table it is drawn from.

Every style becomes an attribute, so that the images are complete under a content security policy without
`unsafe-inline`. Letters are drawn as outlines: no font is needed to read them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from io import StringIO
from threading import Lock
from typing import TYPE_CHECKING

from django.db.models import Count, Q, Sum
from django.db.models.functions import TruncMonth

from incidents.models import AffectedService, Severity
from postmortems.models import Postmortem
from postmortems.selection import Selection

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Matplotlib and its settings belong to the process: one drawing at a time, the first of which loads it.
_drawing = Lock()
GRAVE = (Severity.SEV1, Severity.SEV2)
# Room for so many bars at least: a single one keeps the width of its neighbours to come.
FEWEST_MONTHS, FEWEST_CAUSES = 6, 3
_STYLE = re.compile(r'\sstyle="([^"]*)"')
_SHEET = re.compile(r"<style[^>]*>.*?</style>", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Theme:
    """Colours that hold their contrast on the ground of the page."""

    ink: str
    line: str
    severities: tuple[str, str, str, str]
    bar: str


THEMES = {
    "light": Theme("#4a5464", "#dce1e9", ("#b4161f", "#e09600", "#2b4bc4", "#8a94a3"), "#2b4bc4"),
    "dark": Theme("#b2bccb", "#2b3441", ("#ff7a73", "#f2b23a", "#8ba2ff", "#74808f"), "#8ba2ff"),
}


@dataclass(frozen=True, slots=True)
class Month:
    """Outages of one month by severity, in the order of `Severity`."""

    month: date
    counts: tuple[int, ...]

    @property
    def total(self) -> int:
        """All of them."""
        return sum(self.counts)

    @property
    def by_severity(self) -> list[tuple[str, int]]:
        """Each severity with its count."""
        return list(zip(Severity.values, self.counts, strict=True))


@dataclass(frozen=True, slots=True)
class Share:
    """Outages of one cause. `cause_id` is None for those whose cause is not named yet."""

    cause_id: int | None
    name: str
    outages: int
    customer_minutes: int

    @property
    def minutes(self) -> str:
        """Customer-minutes, as people read large numbers."""
        return f"{self.customer_minutes:,}"


def months(selection: Selection) -> list[Month]:
    """Outages by month and severity, the quiet months between them included, the oldest first. One read."""
    rows = selection.incidents().order_by().annotate(month=TruncMonth("started_at"))
    found: dict[date, dict[str, int]] = {}
    for month, severity, count in rows.values_list("month", "severity").annotate(count=Count("pk")):
        found.setdefault(month.date(), {})[severity] = count
    if not found:
        return []
    end = max(found)
    month, all_months = min(found), []
    while month <= end:
        counted = found.get(month, {})
        all_months.append(Month(month, tuple(counted.get(value, 0) for value in Severity.values)))
        month = date(month.year + month.month // 12, month.month % 12 + 1, 1)
    return all_months


def shares(selection: Selection) -> list[Share]:
    """Outages by cause, the most frequent first. One read."""
    rows = Postmortem.objects.filter(selection.counted("incident__")).order_by()
    counted = rows.values_list("cause", "cause__name").annotate(count=Count("pk"), minutes=Sum("customer_minutes"))
    found = [Share(pk, name or "Not named yet", count, minutes or 0) for pk, name, count, minutes in counted]
    return sorted(found, key=lambda share: (-share.outages, share.name))


@dataclass(frozen=True, slots=True)
class Touched:
    """Outages of one service. An outage of two services counts for both."""

    slug: str
    name: str
    outages: int
    grave: int


def services(selection: Selection) -> list[Touched]:
    """Outages by service, the most touched first. One read."""
    rows = AffectedService.objects.filter(selection.counted("incident__")).order_by()
    grave = Count("incident", distinct=True, filter=Q(incident__severity__in=GRAVE))
    counted = rows.values_list("service__slug", "service__name").annotate(
        count=Count("incident", distinct=True), grave=grave
    )
    return sorted((Touched(*row) for row in counted), key=lambda row: (-row.outages, row.name))


def table(name: str, selection: Selection) -> list[Month] | list[Share]:
    """The rows that a chart ("outages" or "causes") is drawn from."""
    return months(selection) if name == "outages" else shares(selection)


def draw(rows: Sequence[Month] | Sequence[Share], theme: str) -> str:
    """The chart of a table, as an SVG document."""
    colours = THEMES[theme]
    if shares_of := [row for row in rows if isinstance(row, Share)]:
        return draw_shares(shares_of, colours)
    return draw_months([row for row in rows if isinstance(row, Month)], colours)


def draw_months(rows: Sequence[Month], theme: Theme) -> str:
    """Bars by month, one on the other by severity, the worst at the bottom."""

    def paint(axes: Axes) -> None:
        from matplotlib.ticker import MaxNLocator  # noqa: PLC0415 - see `_draw`

        below = [0] * len(rows)
        for place, severity in enumerate(Severity.values):
            heights = [row.counts[place] for row in rows]
            axes.bar(range(len(rows)), heights, bottom=below, width=0.72, color=theme.severities[place], label=severity)
            below = [low + height for low, height in zip(below, heights, strict=True)]
        # Few months leave room beside them, so that no bar becomes a wall.
        axes.set_xlim(-0.6, max(len(rows), FEWEST_MONTHS) - 0.4)
        step = max(1, len(rows) // 12)
        axes.set_xticks(range(0, len(rows), step), _labels([row.month for row in rows[::step]]))
        axes.yaxis.set_major_locator(MaxNLocator(integer=True, nbins=5))
        axes.grid(axis="y", color=theme.line, linewidth=0.8)
        axes.legend(frameon=False, ncols=4, loc="lower left", bbox_to_anchor=(-0.02, 1.0), labelcolor=theme.ink)

    return _draw(paint, theme, (5.4, 3.5))


def draw_shares(rows: Sequence[Share], theme: Theme) -> str:
    """Lying bars, the most frequent cause on top, with its number."""
    rows = rows[:10]

    def paint(axes: Axes) -> None:
        bars = axes.barh([row.name for row in rows], [row.outages for row in rows], color=theme.bar, height=0.62)
        axes.bar_label(bars, padding=4, color=theme.ink)
        axes.set_ylim(max(len(rows), FEWEST_CAUSES) - 0.5, -0.5)
        axes.xaxis.set_visible(False)
        axes.margins(x=0.1)

    return _draw(paint, theme, (5.4, 0.6 + 0.42 * max(FEWEST_CAUSES, len(rows))))


def _labels(shown: Sequence[date]) -> list[str]:
    """Names of months; the first one of each year names it."""
    years = [0, *(month.year for month in shown)]
    named = zip(shown, years, strict=False)
    return [f"{month:%b}\n{month:%Y}" if month.year != year else f"{month:%b}" for month, year in named]


def _draw(paint: Callable[[Axes], None], theme: Theme, size: tuple[float, float]) -> str:
    with _drawing:
        return _without_styles(_drawn(paint, theme, size))


def _drawn(paint: Callable[[Axes], None], theme: Theme, size: tuple[float, float]) -> str:
    # Half a second and 60 MB, which a process that draws nothing need not spend when it starts. By one thread alone:
    # two that begin at different parts of it would each meet the other's unfinished half.
    import matplotlib as mpl  # noqa: PLC0415
    from matplotlib.backends.backend_svg import FigureCanvasSVG  # noqa: PLC0415
    from matplotlib.figure import Figure  # noqa: PLC0415

    with mpl.rc_context(
        {"svg.fonttype": "path", "svg.hashsalt": "crisisdesk", "font.size": 10.5, "font.family": "DejaVu Sans"}
    ):
        figure = Figure(figsize=size, layout="constrained")
        FigureCanvasSVG(figure)
        axes = figure.add_subplot()
        paint(axes)
        for side in ("top", "right", "left"):
            axes.spines[side].set_visible(False)
        axes.spines["bottom"].set_color(theme.line)
        axes.tick_params(colors=theme.ink, length=0)
        axes.set_axisbelow(True)
        target = StringIO()
        figure.savefig(target, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    return target.getvalue()


def _without_styles(svg: str) -> str:
    svg = _SHEET.sub("", svg).replace("<svg ", '<svg stroke-linejoin="round" stroke-linecap="butt" ', 1)
    return _STYLE.sub(_attributes, svg)


def _attributes(style: re.Match[str]) -> str:
    pairs = (part.partition(":") for part in style.group(1).split(";") if ":" in part)
    return "".join(f' {name.strip()}="{value.strip()}"' for name, _, value in pairs)
