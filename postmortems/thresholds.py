"""When a cause has come back often enough for executives to look at it: counted from the rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Count, QuerySet

from postmortems.models import CauseReview, Postmortem, ReviewThreshold


@dataclass(frozen=True, slots=True)
class Crossing:
    """A cause whose outages of a severity or worse reached the threshold within the window."""

    cause_id: int
    count: int
    threshold: ReviewThreshold

    @property
    def words(self) -> str:
        """ "3 outages of SEV3 or worse within 180 days (threshold: 3)"."""
        worse = "" if self.threshold.severity == "SEV1" else " or worse"
        return (
            f"{self.count} outages of {self.threshold.severity}{worse} within {settings.REPEAT_WINDOW_DAYS} days "
            f"(threshold: {self.threshold.outages})"
        )


def in_window(now: datetime) -> QuerySet[Postmortem]:
    """Reports on real outages within REPEAT_WINDOW_DAYS before `now`, of causes that count as repeats."""
    since = now - timedelta(days=settings.REPEAT_WINDOW_DAYS)
    return Postmortem.objects.real().filter(
        cause__can_repeat=True,
        incident__started_at__gte=since,
        incident__started_at__lt=now,
        # What was merged is no outage beside the one that continued.
        incident__merged_into=None,
    )


def crossed(now: datetime) -> list[Crossing]:
    """Causes past thresholds: one crossing for each threshold, the gravest of a cause first. Two reads."""
    thresholds = list(ReviewThreshold.objects.filter(is_active=True).order_by("severity"))
    if not thresholds:
        return []
    counted = in_window(now).order_by().values_list("cause", "incident__severity").annotate(count=Count("pk"))
    by_cause: dict[int, dict[str, int]] = {}
    for cause_id, severity, count in counted:
        if cause_id is not None:
            by_cause.setdefault(cause_id, {})[severity] = count
    found = []
    for cause_id, severities in sorted(by_cause.items()):
        for threshold in thresholds:
            count = sum(number for severity, number in severities.items() if severity <= threshold.severity)
            if count >= threshold.outages:
                found.append(Crossing(cause_id, count, threshold))
    return found


def owed(now: datetime) -> list[Crossing]:
    """Crossings without an open review and with an outage that no review of the cause has covered.

    Of each cause the gravest such one: what a signed review has covered hides no lower threshold crossed since.
    Three reads, and one for each threshold that a cause without an open review is past.
    """
    past = crossed(now)
    if not past:
        return []
    settled = set(CauseReview.objects.unfinished().values_list("cause", flat=True))
    found = []
    for crossing in past:
        if crossing.cause_id not in settled and _is_news(crossing, now):
            settled.add(crossing.cause_id)
            found.append(crossing)
    return found


def _is_news(crossing: Crossing, now: datetime) -> bool:
    rows = in_window(now).filter(cause=crossing.cause_id, incident__severity__lte=crossing.threshold.severity)
    return rows.exclude(reviews__cause=crossing.cause_id).exists()
