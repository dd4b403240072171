"""What a reader of the review looks at: a period and, if chosen, one service."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from urllib.parse import urlencode

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet

from crisisdesk.core.actors import Actor
from customers.models import Service
from incidents.knowing import known_to
from incidents.models import AffectedService, Incident
from postmortems.business_days import local_day
from postmortems.quarters import Quarter

PERIODS: Mapping[str, int | None] = {"90": 90, "180": 180, "365": 365, "all": None}
DEFAULT = "90"
# The period of the same length before another one, such as "90-before": figures are compared with it.
BEFORE = "-before"


def is_period(name: str) -> bool:
    """True for a number of days that is offered, the days before those, "all" and a quarter such as "2026-Q3"."""
    days = name.removesuffix(BEFORE)
    return name in PERIODS or PERIODS.get(days) is not None or Quarter.named(name) is not None


def standing_alone(prefix: str = "") -> Q:
    """The condition that leaves out what was merged: it is no outage beside the one that continued."""
    return Q(**{f"{prefix}merged_into": None})


@dataclass(frozen=True, slots=True)
class Selection:
    """Outages that began in the period, real ones only; drills never count. `until` (UTC) is the reader's present.

    The period ends there, or where its quarter ends.
    """

    until: datetime
    period: str = DEFAULT
    service: Service | None = None
    # Who reads; nobody in particular reads of no secret.
    reader: Actor | None = None

    @property
    def quarter(self) -> Quarter | None:
        """The quarter that was chosen, if one was."""
        return Quarter.named(self.period)

    @property
    def days(self) -> int | None:
        """The length of a period that goes by days; None is a quarter, or from the beginning."""
        return PERIODS.get(self.period.removesuffix(BEFORE))

    @property
    def is_before(self) -> bool:
        """True for the days before the last days."""
        return self.period.endswith(BEFORE)

    @property
    def since(self) -> datetime | None:
        """When the period began."""
        if self.quarter is not None:
            return self.quarter.begins(settings.TIME_ZONE).astimezone(UTC)
        if self.days is None:
            return None
        return self.until - timedelta(days=self.days * (2 if self.is_before else 1))

    @property
    def end(self) -> datetime:
        """When the period ended, or the present."""
        if self.quarter is None:
            return self.until - timedelta(days=self.days or 0) if self.is_before else self.until
        return min(self.until, self.quarter.earlier(-1).begins(settings.TIME_ZONE).astimezone(UTC))

    @property
    def is_running(self) -> bool:
        """True in a quarter that is not over: its sums grow until its end."""
        return self.quarter is not None and self.until < self.quarter.earlier(-1).begins(settings.TIME_ZONE)

    @property
    def today(self) -> date:
        """The vendor's calendar day."""
        return local_day(self.until, settings.TIME_ZONE)

    def before(self) -> Selection | None:
        """The period of the same kind before this one, seen from the same present; None where there is none."""
        if self.since is None or self.is_before:
            return None
        period = self.quarter.earlier().name if self.quarter is not None else f"{self.period}{BEFORE}"
        return Selection(self.until, period, self.service, self.reader)

    def about(self, prefix: str = "") -> Q:
        """The condition on rows whose incident is at `prefix` (such as "incident__")."""
        return self.touching(prefix) & self.during(prefix)

    def counted(self, prefix: str) -> Q:
        """As `about`, for rows that stand for outages, such as reports: without those of what was merged."""
        return self.about(prefix) & standing_alone(prefix)

    def during(self, prefix: str = "") -> Q:
        """The part of `about` that is the period."""
        wanted = Q(**{f"{prefix}started_at__lt": self.end})
        return wanted if self.since is None else wanted & Q(**{f"{prefix}started_at__gte": self.since})

    def touching(self, prefix: str = "") -> Q:
        """As `about`, whatever the period. What was merged is no outage beside the one that continued."""
        wanted = Q(**{f"{prefix}is_drill": False})
        wanted &= known_to(self.reader, prefix)
        if not prefix:
            wanted &= standing_alone()
        if self.service is not None:
            touched = AffectedService.objects.filter(incident=OuterRef(f"{prefix}pk"), service=self.service)
            wanted &= Q(Exists(touched))
        return wanted

    def incidents(self) -> QuerySet[Incident]:
        """The outages."""
        return Incident.objects.filter(self.about())

    def words(self) -> str:
        """The selection as a reader says it."""
        if self.quarter is not None:
            when = f"in {self.quarter.words}"
        elif self.is_before:
            when = f"in the {self.days} days before the last {self.days}"
        else:
            when = "since the beginning" if self.days is None else f"in the last {self.days} days"
        return f"{when}, {self.service}" if self.service else when

    def query(self, **more: str | int) -> str:
        """The query string that leads back to this selection."""
        values: dict[str, str | int] = {"period": self.period}
        if self.service is not None:
            values["service"] = self.service.slug
        return urlencode(values | more)
