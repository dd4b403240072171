"""How long each step of an outage took, and the middle of all of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from typing import TYPE_CHECKING, TypedDict

from django.db.models import DurationField, ExpressionWrapper, F, Q, QuerySet

from incidents.models import Incident
from postmortems.selection import Selection

if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations


class Waited(TypedDict):
    """The annotation on outages: how long the step took."""

    wait: timedelta


@dataclass(frozen=True, slots=True)
class Step:
    """From one moment of an outage (the name of its column) to another. `label` names the figure, `words` the span.

    An imported history begins with its first message: of it only the length is known.
    """

    label: str
    words: str
    begin: str
    end: str
    of_imports: bool = False

    @property
    def known(self) -> Q:
        """The outages of which it is known."""
        wanted = Q(**{f"{self.end}__isnull": False})
        return wanted if self.of_imports else wanted & Q(external_id="")


STEPS: Mapping[str, Step] = {
    "detect": Step("Median time to detect", "From the beginning to the detection", "started_at", "detected_at"),
    "acknowledge": Step(
        "Median time to acknowledge", "From detection to somebody taking it", "detected_at", "acknowledged_at"
    ),
    "first-message": Step(
        "Median time to the first message", "From detection to the first message", "detected_at", "first_told_at"
    ),
    "resolve": Step("Median time to resolve", "From the beginning to the end", "started_at", "resolved_at", True),
}


@dataclass(frozen=True, slots=True)
class Middle:
    """The median of a step, and of how many outages. None where there is none."""

    wait: timedelta | None
    outages: int


def took(selection: Selection, name: str) -> QuerySet[WithAnnotations[Incident, Waited]]:
    """The outages of which the step is known, annotated `wait`, the shortest first."""
    step = STEPS[name]
    wait = ExpressionWrapper(F(step.end) - F(step.begin), output_field=DurationField())
    return selection.incidents().filter(step.known).annotate(wait=wait).order_by("wait", "pk")


def middles(rows: Iterable[tuple[str, Mapping[str, datetime | None]]]) -> dict[str, Middle]:
    """The medians of all steps. `rows` are outages: the external id and the moments by the name of their column."""
    waits: dict[str, list[timedelta]] = {name: [] for name in STEPS}
    for external_id, moments in rows:
        for name, step in STEPS.items():
            begin, end = moments[step.begin], moments[step.end]
            if begin is not None and end is not None and (step.of_imports or not external_id):
                waits[name].append(end - begin)
    return {name: Middle(_median(found), len(found)) for name, found in waits.items()}


def _median(waits: list[timedelta]) -> timedelta | None:
    return timedelta(seconds=median(wait.total_seconds() for wait in waits)) if waits else None
