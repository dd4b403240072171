"""The headline figures, each counted in SQL from the rows that its link lists."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, TypedDict

from django.db.models import Count, DurationField, ExpressionWrapper, F, Q, QuerySet

from incidents.models import Incident, NoticedBy, Outcome, Promise, Severity
from postmortems.models import Action, ActionState, Postmortem, State
from postmortems.selection import Selection

if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations


class Waited(TypedDict):
    """The annotation on outages: from detection to the first message."""

    wait: timedelta


TIMED = Q(first_told_at__isnull=False, external_id="")
WAIT = ExpressionWrapper(F("first_told_at") - F("detected_at"), output_field=DurationField())
# Age of an open action in days since it was promised: name -> (from, below).
AGES: dict[str, tuple[int, int | None]] = {"30": (0, 30), "90": (30, 90), "180": (90, 180), "older": (180, None)}
AGE_WORDS = {"30": "under 30 days", "90": "30 to 89 days", "180": "90 to 179 days", "older": "180 days or more"}


@dataclass(frozen=True, slots=True)
class Counts:
    """What one period comes to."""

    outages: dict[str, int]
    noticed_by_customers: int
    told: int
    wait: timedelta | None
    kept: int
    missed: int
    on_time: int
    late: int
    pending: int

    @property
    def total(self) -> int:
        """All outages."""
        return sum(self.outages.values())

    @property
    def noticed_first(self) -> float | None:
        """The share that the vendor noticed before customers did, in percent."""
        return percent(self.total - self.noticed_by_customers, self.total)

    @property
    def promises_kept(self) -> float | None:
        """The share of settled promises that were kept, in percent."""
        return percent(self.kept, self.kept + self.missed)

    @property
    def reports_on_time(self) -> float | None:
        """The share of post-mortems that were due and approved in time, in percent."""
        return percent(self.on_time, self.on_time + self.late)


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
    severities = {value: Count("pk", filter=Q(severity=value)) for value in Severity.values}
    found = selection.incidents().aggregate(
        **severities,
        customers=Count("pk", filter=Q(noticed_by=NoticedBy.CUSTOMER)),
        told=Count("pk", filter=TIMED),
    )
    promised = Promise.objects.filter(selection.about("incident__")).aggregate(
        kept=Count("pk", filter=Q(outcome=Outcome.KEPT)), missed=Count("pk", filter=Q(outcome=Outcome.MISSED))
    )
    names = {"on_time": "on-time", "late": "late", "pending": "pending"}
    reports = Postmortem.objects.filter(selection.about("incident__")).aggregate(
        **{key: Count("pk", filter=standing(name, selection.today)) for key, name in names.items()}
    )
    return Counts(
        outages={value: found[value] for value in Severity.values},
        noticed_by_customers=found["customers"],
        told=found["told"],
        wait=_median(told(selection), found["told"]),
        **promised,
        **reports,
    )


def told(selection: Selection) -> QuerySet[WithAnnotations[Incident, Waited]]:
    """Outages that customers were told of, the slowest first word last; annotated `wait`.

    An imported history begins with its first message, so it can't say how long that took: it does not count.
    """
    return selection.incidents().filter(TIMED).annotate(wait=WAIT).order_by("wait", "pk")


def _median(rows: QuerySet[WithAnnotations[Incident, Waited]], count: int) -> timedelta | None:
    """The middle wait, or the mean of the two middle ones: one read of at most two rows."""
    if not count:
        return None
    middle = list(rows.values_list("wait", flat=True)[(count - 1) // 2 : count // 2 + 1])
    return sum(middle, timedelta()) / len(middle) if middle else None


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
