"""Promises kept and what customers said, quarter by quarter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db.models import Count, Q, QuerySet
from django.db.models.functions import ExtractQuarter, ExtractYear

from incidents.models import Answer, Informed, Outcome, Promise
from postmortems.metrics import percent
from postmortems.quarters import Quarter
from postmortems.selection import Selection

SHOWN = 8


@dataclass(frozen=True, slots=True)
class Line:
    """One quarter, by when its outages began."""

    quarter: Quarter
    kept: int
    missed: int
    answers: tuple[tuple[str, int], ...]
    query: str

    @property
    def promises(self) -> int:
        """Those that are settled."""
        return self.kept + self.missed

    @property
    def answered(self) -> int:
        """All answers."""
        return sum(count for _, count in self.answers)

    @property
    def share(self) -> str:
        """Of the promises kept, such as "97 %"; "–" when none was made."""
        share = percent(self.kept, self.promises)
        return "–" if share is None else f"{share:.0f} %"


def by_quarter(selection: Selection) -> list[Line]:
    """The last eight quarters, the newest first, whatever the period; the service counts. Two reads.

    Quarters before the first promise or answer are left out.
    """
    present = Quarter.of(selection.today)
    first = present.earlier(SHOWN - 1).begins(settings.TIME_ZONE)
    wanted = selection.touching("incident__") & Q(incident__started_at__gte=first)
    promises = _grouped(Promise.objects.filter(wanted), "outcome")
    answers = _grouped(Answer.objects.filter(wanted), "informed")
    lines = [
        Line(
            quarter,
            promises.get((quarter, Outcome.KEPT), 0),
            promises.get((quarter, Outcome.MISSED), 0),
            tuple((value, answers.get((quarter, value), 0)) for value in Informed.values),
            selection.query(period=quarter.name),
        )
        for quarter in (present.earlier(count) for count in range(SHOWN))
    ]
    while lines and not lines[-1].promises and not lines[-1].answered:
        lines.pop()
    return lines


def _grouped(rows: QuerySet[Any], field: str) -> dict[tuple[Quarter, str], int]:
    when = {"year": ExtractYear("incident__started_at"), "quarter": ExtractQuarter("incident__started_at")}
    counted = rows.order_by().annotate(**when).values_list("year", "quarter", field).annotate(count=Count("pk"))
    return {(Quarter(year, number), value): count for year, number, value, count in counted}
