"""What a reader of the review looks at: a period and, if chosen, one service."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from urllib.parse import urlencode

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet

from customers.models import Service
from incidents.models import AffectedService, Incident
from postmortems.business_days import local_day

PERIODS: Mapping[str, int | None] = {"90": 90, "180": 180, "365": 365, "all": None}
DEFAULT = "90"


@dataclass(frozen=True, slots=True)
class Selection:
    """Outages that began in the period up to `until` (UTC), real ones only; drills never count."""

    until: datetime
    period: str = DEFAULT
    service: Service | None = None

    @property
    def days(self) -> int | None:
        """The length of the period in days; None is from the beginning."""
        return PERIODS[self.period]

    @property
    def since(self) -> datetime | None:
        """When the period began."""
        return None if self.days is None else self.until - timedelta(days=self.days)

    @property
    def today(self) -> date:
        """The vendor's calendar day."""
        return local_day(self.until, settings.TIME_ZONE)

    def before(self) -> Selection | None:
        """The period of the same length before this one; None from the beginning."""
        return None if self.since is None else Selection(self.since, self.period, self.service)

    def about(self, prefix: str = "") -> Q:
        """The condition on rows whose incident is at `prefix` (such as "incident__")."""
        wanted = self.touching(prefix) & Q(**{f"{prefix}started_at__lt": self.until})
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
        when = "since the beginning" if self.days is None else f"in the last {self.days} days"
        return f"{when}, {self.service}" if self.service else when

    def query(self, **more: str | int) -> str:
        """The query string that leads back to this selection."""
        values: dict[str, str | int] = {"period": self.period}
        if self.service is not None:
            values["service"] = self.service.slug
        return urlencode(values | more)
