"""What a reader of the review looks at: a period and, if chosen, one service."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from urllib.parse import urlencode

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet

from customers.models import Service
from incidents.models import AffectedService, Incident
from postmortems.business_days import local_day
from postmortems.quarters import Quarter

PERIODS: Mapping[str, int | None] = {"90": 90, "180": 180, "365": 365, "all": None}
DEFAULT = "90"


def is_period(name: str) -> bool:
    """True for a number of days that is offered, for "all" and for a quarter such as "2026-Q3"."""
    return name in PERIODS or Quarter.named(name) is not None


@dataclass(frozen=True, slots=True)
class Selection:
    """Outages that began in the period, real ones only; drills never count. `until` (UTC) is the reader's present.

    The period ends there, or where its quarter ends.
    """

    until: datetime
    period: str = DEFAULT
    service: Service | None = None

    @property
    def quarter(self) -> Quarter | None:
        """The quarter that was chosen, if one was."""
        return Quarter.named(self.period)

    @property
    def days(self) -> int | None:
        """The length of a period that goes by days; None is a quarter, or from the beginning."""
        return PERIODS.get(self.period)

    @property
    def since(self) -> datetime | None:
        """When the period began."""
        if self.quarter is not None:
            return self.quarter.begins(settings.TIME_ZONE).astimezone(UTC)
        return None if self.days is None else self.until - timedelta(days=self.days)

    @property
    def end(self) -> datetime:
        """When the period ended, or the present."""
        if self.quarter is None:
            return self.until
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
        """The period of the same kind before this one; None from the beginning."""
        if self.since is None:
            return None
        period = self.quarter.earlier().name if self.quarter is not None else self.period
        return Selection(self.since, period, self.service)

    def about(self, prefix: str = "") -> Q:
        """The condition on rows whose incident is at `prefix` (such as "incident__")."""
        return self.touching(prefix) & self.during(prefix)

    def during(self, prefix: str = "") -> Q:
        """The part of `about` that is the period."""
        wanted = Q(**{f"{prefix}started_at__lt": self.end})
        return wanted if self.since is None else wanted & Q(**{f"{prefix}started_at__gte": self.since})

    def touching(self, prefix: str = "") -> Q:
        """As `about`, whatever the period."""
        wanted = Q(**{f"{prefix}is_drill": False})
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
        else:
            when = "since the beginning" if self.days is None else f"in the last {self.days} days"
        return f"{when}, {self.service}" if self.service else when

    def query(self, **more: str | int) -> str:
        """The query string that leads back to this selection."""
        values: dict[str, str | int] = {"period": self.period}
        if self.service is not None:
            values["service"] = self.service.slug
        return urlencode(values | more)
