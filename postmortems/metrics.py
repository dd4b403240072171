"""The headline figures, counted from the rows that their links list: a period and the one before it together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Sum

from incidents.models import Answer, Incident, Informed, NoticedBy, Outcome, Promise, Severity
from postmortems.durations import Middle, middles
from postmortems.models import Action, ActionState, Postmortem, State
from postmortems.selection import Selection, standing_alone

# Age of an open action in days since it was promised: name -> (from, below).
AGES: dict[str, tuple[int, int | None]] = {"30": (0, 30), "90": (30, 90), "180": (90, 180), "older": (180, None)}
AGE_WORDS = {"30": "under 30 days", "90": "30 to 89 days", "180": "90 to 179 days", "older": "180 days or more"}
MOMENTS = ("started_at", "detected_at", "acknowledged_at", "first_told_at", "resolved_at")


@dataclass(frozen=True, slots=True)
class Counts:
    """What one period comes to."""

    outages: dict[str, int]
    noticed_by_customers: int
    noticed_unknown: int
    middles: dict[str, Middle]
    kept: int
    missed: int
    on_time: int
    late: int
    pending: int
    customer_minutes: int
    answers: dict[str, int]

    @property
    def total(self) -> int:
        """All outages."""
        return sum(self.outages.values())

    @property
    def noticed_first(self) -> float | None:
        """The share that the vendor noticed before customers did, in percent of those of which it is known."""
        return percent(self.noticed_known - self.noticed_by_customers, self.noticed_known)

    @property
    def noticed_known(self) -> int:
        """Outages of which it is known who noticed first."""
        return self.total - self.noticed_unknown

    @property
    def promises_kept(self) -> float | None:
        """The share of settled promises that were kept, in percent."""
        return percent(self.kept, self.kept + self.missed)

    @property
    def reports(self) -> int:
        """All post-mortems."""
        return self.on_time + self.late + self.pending

    @property
    def reports_on_time(self) -> float | None:
        """The share of post-mortems that were due and approved in time, in percent."""
        return percent(self.on_time, self.on_time + self.late)

    @property
    def answered(self) -> int:
        """All answers of customers' contacts."""
        return sum(self.answers.values())

    @property
    def well_informed(self) -> float | None:
        """The share of answers that say "yes", in percent."""
        return percent(self.answers[Informed.YES], self.answered)


def percent(part: int, whole: int) -> float | None:
    """The share in percent; None of nothing."""
    return 100 * part / whole if whole else None


def standing(name: str, today: date) -> Q:
    """Post-mortems approved in time ("on-time"), late or overdue ("late"), or not due yet ("pending")."""
    done = ~Q(state=State.DRAFTING)
    in_time = Q(approved_at__date__lte=F("due_on"))
    return {
        "on-time": done & in_time,
        "late": (done & ~in_time) | Q(state=State.DRAFTING, due_on__lt=today),
        "pending": Q(state=State.DRAFTING, due_on__gte=today),
    }[name]


def counts(selection: Selection) -> Counts:
    """Count one period. Four reads."""
    return _count([selection])[0]


def compared(selection: Selection) -> tuple[Counts, Counts | None]:
    """The period and the one before it, which is None from the beginning. Four reads for both."""
    earlier = selection.before()
    if earlier is None:
        return counts(selection), None
    now, then = _count([selection, earlier])
    return now, then


def _count(selections: Sequence[Selection]) -> list[Counts]:
    outages = _outages(selections)
    found: dict[str, Any] = {}
    for model, wanted in ((Promise, _promises), (Postmortem, _reports), (Answer, _answers)):
        named = {f"{key}_{place}": value for place, one in enumerate(selections) for key, value in wanted(one).items()}
        found |= model._default_manager.filter(_either(selections)).aggregate(**named)
    return [
        Counts(
            **outages[place],
            kept=found[f"kept_{place}"],
            missed=found[f"missed_{place}"],
            on_time=found[f"on_time_{place}"],
            late=found[f"late_{place}"],
            pending=found[f"pending_{place}"],
            customer_minutes=found[f"minutes_{place}"] or 0,
            answers={value: found[f"{value}_{place}"] for value in Informed.values},
        )
        for place in range(len(selections))
    ]


def _either(selections: Sequence[Selection]) -> Q:
    periods = Q()
    for one in selections:
        periods |= one.during("incident__")
    return selections[0].touching("incident__") & periods


def _promises(selection: Selection) -> dict[str, Any]:
    during = selection.during("incident__")
    return {
        "kept": Count("pk", filter=during & Q(outcome=Outcome.KEPT)),
        "missed": Count("pk", filter=during & Q(outcome=Outcome.MISSED)),
    }


def _reports(selection: Selection) -> dict[str, Any]:
    during = selection.during("incident__") & standing_alone("incident__")
    names = {"on_time": "on-time", "late": "late", "pending": "pending"}
    wanted: dict[str, Any] = {
        key: Count("pk", filter=during & standing(name, selection.today)) for key, name in names.items()
    }
    return wanted | {"minutes": Sum("customer_minutes", filter=during)}


def _answers(selection: Selection) -> dict[str, Any]:
    during = selection.during("incident__")
    return {value: Count("pk", filter=during & Q(informed=value)) for value in Informed.values}


def _outages(selections: Sequence[Selection]) -> list[dict[str, Any]]:
    """What is counted from the outages themselves. One read; the medians need each row."""
    periods = Q()
    for one in selections:
        periods |= one.during()
    rows = Incident.objects.filter(selections[0].touching() & periods)
    all_rows = list(rows.order_by().values_list("severity", "noticed_by", "external_id", *MOMENTS))
    answer = []
    for one in selections:
        mine = [row for row in all_rows if row[3] < one.end and (one.since is None or row[3] >= one.since)]
        severities = [row[0] for row in mine]
        answer.append(
            {
                "outages": {value: severities.count(value) for value in Severity.values},
                "noticed_by_customers": sum(row[1] == NoticedBy.CUSTOMER for row in mine),
                "noticed_unknown": sum(row[1] == NoticedBy.UNKNOWN for row in mine),
                "middles": middles((row[2], dict(zip(MOMENTS, row[3:], strict=True))) for row in mine),
            }
        )
    return answer


def open_actions(selection: Selection) -> QuerySet[Action]:
    """Actions that are not done, of outages of the selection's service, whatever the period."""
    return Action.objects.filter(selection.touching("postmortem__incident__"), state=ActionState.OPEN)


def aged(name: str, now: datetime) -> Q:
    """Actions promised so long ago."""
    youngest, oldest = AGES[name]
    wanted = Q(created_at__lte=now - timedelta(days=youngest)) if youngest else Q()
    return wanted & Q(created_at__gt=now - timedelta(days=oldest)) if oldest else wanted


def actions_by_age(selection: Selection) -> dict[str, int]:
    """How many open actions of each age, and how many of all are overdue ("overdue"). One read."""
    wanted: dict[str, Any] = {f"age_{name}": Count("pk", filter=aged(name, selection.until)) for name in AGES}
    found = open_actions(selection).aggregate(**wanted, overdue=Count("pk", filter=Q(due_on__lt=selection.today)))
    return {name: found[f"age_{name}"] for name in AGES} | {"overdue": found["overdue"]}
