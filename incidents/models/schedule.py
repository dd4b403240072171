"""Rules of who is on call: weekly windows in which people take turns, overrides, and swaps between two people.

`incidents.rota` says what they mean; `incidents.schedules` reads them. Single shifts stand in `role.py`.
"""

from __future__ import annotations

from datetime import date, datetime

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from crisisdesk.core.history import Records
from crisisdesk.core.zones import validate_time_zone
from incidents.models.role import IncidentRole, Rank
from incidents.rota import Weekly

WEEKDAYS = (
    (1, "Monday"),
    (2, "Tuesday"),
    (3, "Wednesday"),
    (4, "Thursday"),
    (5, "Friday"),
    (6, "Saturday"),
    (7, "Sunday"),
)


def validate_weekdays(digits: str) -> None:
    """Raise ValidationError unless these are different digits from 1 (Monday) to 7, at least one."""
    if not digits or set(digits) - set("1234567") or len(set(digits)) != len(digits):
        raise ValidationError("Choose at least one day of the week.")


class WindowQuerySet(models.QuerySet["WeeklyWindow"]):
    """Questions about many windows."""

    def between(self, first: date, last: date) -> WindowQuerySet:
        """Windows in use on one of these days, by their own calendars."""
        ends = models.Q(valid_until=None) | models.Q(valid_until__gte=first)
        return self.filter(ends, is_active=True, valid_from__lte=last)


class WeeklyWindow(models.Model):
    """Hours of the week in which the people of this window take turns for one role."""

    name = models.CharField(max_length=80, help_text="Such as: nights and weekends.")
    role = models.ForeignKey(IncidentRole, on_delete=models.PROTECT, related_name="windows")
    rank = models.CharField(max_length=10, choices=Rank, default=Rank.PRIMARY)
    time_zone = models.CharField(max_length=64, validators=[validate_time_zone], default="UTC")
    weekdays = models.CharField(max_length=7, default="1234567", validators=[validate_weekdays])
    starts = models.TimeField("from", help_text="By the clocks of the time zone.")
    ends = models.TimeField(
        "to", help_text="At or before the start: on the next day. The same time as the start: 24 hours."
    )
    valid_from = models.DateField("first day")
    valid_until = models.DateField("last day", null=True, blank=True, help_text="Empty: until further notice.")
    handover_day = models.PositiveSmallIntegerField("hand-over on", choices=WEEKDAYS, default=1)
    handover_at = models.TimeField("hand-over at", default="09:00")
    weeks = models.PositiveSmallIntegerField(
        "every … weeks",
        default=1,
        validators=[MinValueValidator(1), MaxValueValidator(12)],
        help_text="How many weeks a turn lasts.",
    )
    is_active = models.BooleanField("in use", default=True)

    history = Records()
    objects = WindowQuerySet.as_manager()

    class Meta:
        verbose_name = "weekly window"
        ordering = ["role__name", "rank", "name"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(valid_until=None) | models.Q(valid_until__gte=models.F("valid_from")),
                name="window_ends_after_it_begins",
                violation_error_message="The last day must not be before the first.",
            ),
            models.CheckConstraint(
                condition=models.Q(weeks__gte=1, weeks__lte=12, handover_day__gte=1, handover_day__lte=7),
                name="window_turns_make_sense",
                violation_error_message="A turn lasts 1 to 12 weeks and begins on a day of the week.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.rank} for {self.role})"

    def rule(self, people: tuple[int, ...]) -> Weekly:
        """The window as arithmetic, with its people (by number, in the order of their turns)."""
        return Weekly(
            zone=self.time_zone,
            weekdays=frozenset(int(digit) for digit in self.weekdays),
            starts=self.starts,
            ends=self.ends,
            first=self.valid_from,
            last=self.valid_until,
            people=people,
            handover_day=self.handover_day,
            handover_at=self.handover_at,
            weeks=self.weeks,
        )


class WindowMember(models.Model):
    """One of the people who take turns in a window."""

    window = models.ForeignKey(WeeklyWindow, on_delete=models.CASCADE, related_name="members")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    position = models.PositiveSmallIntegerField("turn", default=1, help_text="1 is first.")

    history = Records()

    class Meta:
        verbose_name = "turn"
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return f"{self.position}: {self.person}"


class Override(models.Model):
    """Somebody else for a while: in its span it stands above every other rule for its role and rank."""

    role = models.ForeignKey(IncidentRole, on_delete=models.PROTECT, related_name="overrides")
    rank = models.CharField(max_length=10, choices=Rank, default=Rank.PRIMARY)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="overrides")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    reason = models.CharField(max_length=200)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    made_by_name = models.CharField(max_length=200)
    made_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by_name = models.CharField(max_length=200, blank=True)

    history = Records()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ends_at__gt=models.F("starts_at")),
                name="override_ends_after_it_starts",
                violation_error_message="The override must end after it starts.",
            )
        ]
        # Read by `incidents.schedules.rules` whenever somebody must be told.
        indexes = [
            models.Index(fields=["role", "ends_at"], condition=models.Q(withdrawn_at=None), name="override_by_role")
        ]

    def __str__(self) -> str:
        return f"{self.person} ({self.rank}) for {self.role}: {self.reason}"


class SwapState(models.TextChoices):
    """How far a swap came."""

    ASKED = "asked"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


class Swap(models.Model):
    """Two people of a role exchange spans. It holds when the partner has accepted it.

    In `gives_from`–`gives_until` the partner does what the asker would have done, in `takes_from`–`takes_until` (empty
    when nothing is given back) the other way round. One who would have been the backup changes places with the other.
    """

    role = models.ForeignKey(IncidentRole, on_delete=models.PROTECT, related_name="swaps")
    asker = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="swaps_asked")
    partner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="swaps_answered")
    gives_from = models.DateTimeField()
    gives_until = models.DateTimeField()
    takes_from = models.DateTimeField(null=True, blank=True)
    takes_until = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=10, choices=SwapState, default=SwapState.ASKED)
    asked_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, blank=True)

    history = Records()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(gives_until__gt=models.F("gives_from"))
                & (
                    models.Q(takes_from=None, takes_until=None)
                    | models.Q(takes_until__gt=models.F("takes_from"), takes_from__isnull=False)
                ),
                name="swap_spans_end_after_they_start",
            ),
            models.CheckConstraint(condition=~models.Q(asker=models.F("partner")), name="swap_is_between_two"),
        ]
        # The first is read by `incidents.schedules.rules` whenever somebody must be told, the second by the page.
        indexes = [
            models.Index(fields=["role", "gives_until"], condition=models.Q(state="accepted"), name="swap_that_holds"),
            models.Index(fields=["gives_from"], condition=models.Q(state="asked"), name="swap_to_answer"),
        ]

    def __str__(self) -> str:
        return f"{self.asker} and {self.partner}, {self.role}"

    def is_open(self, now: datetime) -> bool:
        """Whether it can still be answered: nobody has, and neither span has begun."""
        return self.state == SwapState.ASKED and now < min(self.gives_from, self.takes_from or self.gives_from)
