"""Calendars: those that are read for who is on call, and those that are published."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import urlsplit

from django.conf import settings
from django.db import models

from crisisdesk.core.history import Records
from crisisdesk.core.zones import validate_time_zone
from incidents.models.role import IncidentRole, Rank


class FeedQuerySet(models.QuerySet["CalendarFeed"]):
    """Questions about many feeds."""

    def due(self, now: datetime) -> FeedQuerySet:
        """Feeds in use that should be read again."""
        return self.filter(is_active=True, next_read_at__lte=now)


class CalendarFeed(models.Model):
    """A calendar in which events say who is on call for a role. The last good copy is kept, whatever comes after."""

    name = models.CharField(max_length=80, unique=True)
    role = models.ForeignKey(IncidentRole, on_delete=models.PROTECT, related_name="feeds")
    rank = models.CharField(max_length=10, choices=Rank, default=Rank.PRIMARY)
    # A secret of its owner: whoever knows it can read the calendar. Shown without its path, and kept out of history.
    url = models.CharField("address", max_length=1000, blank=True)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="always this person",
        help_text="For a calendar that holds one person's shifts and names nobody, as GoAlert publishes them.",
    )
    time_zone = models.CharField(
        max_length=64,
        validators=[validate_time_zone],
        default="UTC",
        help_text="For whole days and for times without a zone.",
    )
    is_active = models.BooleanField("in use", default=True)

    body = models.TextField(blank=True, editable=False)
    tag = models.CharField(max_length=200, blank=True, editable=False)
    read_at = models.DateTimeField("last good copy", null=True, blank=True, editable=False)
    tried_at = models.DateTimeField("last attempt", null=True, blank=True, editable=False)
    next_read_at = models.DateTimeField(editable=False)
    error = models.CharField(max_length=300, blank=True, editable=False)
    failing_since = models.DateTimeField(null=True, blank=True, editable=False)

    history = Records(
        excluded_fields=["url", "body", "tag", "read_at", "tried_at", "next_read_at", "error", "failing_since"]
    )
    objects = FeedQuerySet.as_manager()

    class Meta:
        verbose_name = "calendar feed"
        ordering = ["role__name", "rank", "name"]
        # Read by the loop "calendar reader".
        indexes = [models.Index(fields=["next_read_at"], condition=models.Q(is_active=True), name="feed_to_read")]

    def __str__(self) -> str:
        return self.name

    @property
    def host(self) -> str:
        """Where it is read from, without what is secret in the address; "" for a file that was given."""
        return urlsplit(self.url).hostname or "" if self.url else ""


class FeedName(models.Model):
    """A name or an e-mail address as a feed has it, and whom it means."""

    feed = models.ForeignKey(CalendarFeed, on_delete=models.CASCADE, related_name="names")
    name = models.CharField(max_length=200)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    # Chosen by a person and not found by the name: stays when people's names change.
    is_chosen = models.BooleanField(default=False, editable=False)

    history = Records()

    class Meta:
        verbose_name = "name in the calendar"
        verbose_name_plural = "names in the calendar"
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["feed", "name"], name="one_meaning_for_a_name_in_a_feed")]

    def __str__(self) -> str:
        return self.name


class FeedSpan(models.Model):
    """An event of a feed: who, from when to when. Made anew from the last good copy; nobody edits it."""

    feed = models.ForeignKey(CalendarFeed, on_delete=models.CASCADE, related_name="spans")
    name = models.ForeignKey(FeedName, on_delete=models.CASCADE, related_name="spans", null=True)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()

    class Meta:
        # Read by `incidents.schedules.rules` whenever somebody must be told.
        indexes = [models.Index(fields=["feed", "ends_at"], name="feed_span_by_end")]

    def __str__(self) -> str:
        return f"{self.name or self.feed}, {self.starts_at} to {self.ends_at}"


class PublishedCalendar(models.Model):
    """A calendar of who is on call, for one role or one person, behind a signed link that can be revoked."""

    role = models.ForeignKey(IncidentRole, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(role=None, person__isnull=False) | models.Q(role__isnull=False, person=None),
                name="calendar_of_a_role_or_a_person",
            )
        ]
        indexes = [models.Index(fields=["made_by"], condition=models.Q(revoked_at=None), name="calendar_in_use")]

    def __str__(self) -> str:
        return f"On call: {self.role or self.person}"
