"""The report on an outage: one internal text, one edition for customers."""

from __future__ import annotations

from datetime import date, datetime

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from crisisdesk.core.history import Records
from crisisdesk.core.zones import validate_time_zone
from incidents.models import Incident, Update
from postmortems.models.cause import Cause

PERSON = settings.AUTH_USER_MODEL


class State(models.TextChoices):
    """How far the post-mortem is."""

    DRAFTING = "drafting", "being written"
    APPROVED = "approved", "approved"
    PUBLISHED = "published", "published"
    # Its incident was merged into another, whose report tells of both.
    COVERED = "covered", "covered by another"


class PostmortemQuerySet(models.QuerySet["Postmortem"]):
    """Questions about many post-mortems."""

    def unfinished(self) -> PostmortemQuerySet:
        """Reports that Operations has not approved yet."""
        return self.filter(state=State.DRAFTING)

    def real(self) -> PostmortemQuerySet:
        """Those of incidents that were no drill."""
        return self.filter(incident__is_drill=False)


class Postmortem(models.Model):
    """What happened, why, and what will be done about it (Step 6). Changed by verbs only.

    `version` grows with each change of the report, `edition_version` with each change of the customer edition.
    `covers_until` is the resolution it was opened for: after a relapse the incident has a later one, and the
    opener sends the report back to be written on.
    """

    incident = models.OneToOneField(Incident, on_delete=models.PROTECT, related_name="postmortem")
    state = models.CharField(max_length=10, choices=State, default=State.DRAFTING)
    lead = models.ForeignKey(PERSON, on_delete=models.PROTECT, null=True, blank=True, related_name="led_postmortems")
    opened_at = models.DateTimeField()
    covers_until = models.DateTimeField()
    due_on = models.DateField(help_text="The last day in time, by the vendor's holiday calendars.")
    time_zone = models.CharField(max_length=64, default="UTC", validators=[validate_time_zone])
    version = models.PositiveIntegerField(default=1)

    summary = models.TextField(blank=True)
    impact = models.TextField(blank=True)
    detection = models.TextField(blank=True)
    root_cause = models.TextField(blank=True)
    cause = models.ForeignKey(Cause, on_delete=models.PROTECT, null=True, blank=True, related_name="postmortems")
    contributing = models.ManyToManyField(Cause, blank=True, related_name="contributed_to")
    went_well = models.TextField(blank=True)
    went_badly = models.TextField(blank=True)
    lucky = models.TextField(blank=True)
    no_action_reason = models.TextField(blank=True, help_text="Why nothing will be done, when there is no action.")

    customers_count = models.PositiveIntegerField(default=0)
    contacts_count = models.PositiveIntegerField(default=0)
    customer_minutes = models.PositiveBigIntegerField(default=0)
    # What the record comes to; it stays beside what a person made of it.
    computed_customers = models.PositiveIntegerField(default=0)
    computed_contacts = models.PositiveIntegerField(default=0)
    computed_minutes = models.PositiveBigIntegerField(default=0)
    impact_corrected_at = models.DateTimeField(null=True, blank=True)
    impact_corrected_by_name = models.CharField(max_length=200, blank=True)
    impact_reason = models.CharField(max_length=300, blank=True, help_text="Why the computed numbers are not right.")

    approved_at = models.DateTimeField(null=True, blank=True)
    approved_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    approved_by_name = models.CharField(max_length=200, blank=True)

    edition_version = models.PositiveIntegerField(default=0, help_text="0: there is no customer edition yet.")
    edition_sections = models.JSONField(default=list, blank=True)
    edition_subject = models.CharField(max_length=150, blank=True)
    edition_body = models.TextField(blank=True)
    edition_correction = models.CharField(
        max_length=300, blank=True, help_text="What is being corrected, after the first text was published."
    )
    edition_edited_by_name = models.CharField(max_length=200, blank=True)
    edition_approved_at = models.DateTimeField(null=True, blank=True)
    edition_approved_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    edition_approved_by_name = models.CharField(max_length=200, blank=True)

    published_at = models.DateTimeField(null=True, blank=True)
    published_by_name = models.CharField(max_length=200, blank=True)
    published_update = models.ForeignKey(
        Update, on_delete=models.PROTECT, null=True, blank=True, related_name="+", help_text="Empty: internal only."
    )
    signed_off_at = models.DateTimeField(null=True, blank=True)
    signed_off_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    signed_off_by_name = models.CharField(max_length=200, blank=True)
    covered_at = models.DateTimeField(null=True, blank=True)
    covered_by = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="covers",
        help_text="The report that took over what stood here; empty until there is one to write on.",
    )

    history = Records(m2m_fields=[contributing])
    objects = PostmortemQuerySet.as_manager()

    class Meta:
        verbose_name = "post-mortem"
        constraints = [
            models.CheckConstraint(
                condition=Q(state="covered")
                | Q(state="drafting", approved_at=None)
                | (~Q(state="drafting") & Q(approved_at__isnull=False)),
                name="approved_postmortem_has_its_time",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["drafting", "covered"]) | Q(cause__isnull=False),
                name="approved_postmortem_has_a_cause",
            ),
            models.CheckConstraint(
                condition=~Q(state="published") | Q(published_at__isnull=False),
                name="published_postmortem_has_its_time",
            ),
            models.CheckConstraint(
                condition=Q(impact_corrected_at=None) | ~Q(impact_reason=""), name="corrected_impact_says_why"
            ),
            models.CheckConstraint(
                condition=Q(edition_approved_at=None) | Q(edition_version__gte=1),
                name="approved_edition_exists",
            ),
            models.CheckConstraint(
                condition=Q(signed_off_at=None) | ~Q(state="drafting"), name="signed_off_postmortem_is_approved"
            ),
            models.CheckConstraint(
                condition=Q(state="covered", covered_at__isnull=False)
                | (~Q(state="covered") & Q(covered_at=None, covered_by=None)),
                name="covered_postmortem_has_its_time",
            ),
        ]
        indexes = [
            # Read by the command centre and the list: what is still owed?
            models.Index(fields=["due_on"], condition=Q(state="drafting"), name="postmortem_owed"),
            # Read by the executive review: what repeats?
            models.Index(fields=["cause", "incident"], name="postmortem_by_cause"),
        ]

    def __str__(self) -> str:
        return f"Post-mortem of INC-{self.incident_id}"

    @property
    def is_drafting(self) -> bool:
        """True until Operations has approved the report."""
        return self.state == State.DRAFTING

    @property
    def is_covered(self) -> bool:
        """True when the report of the incident that continues stands in its place."""
        return self.state == State.COVERED

    @property
    def is_correcting(self) -> bool:
        """True while a published customer edition is being corrected."""
        return bool(self.edition_correction)

    @property
    def edition_is_open(self) -> bool:
        """True while the customer edition can be written: until it is published, and again during a correction."""
        return not self.is_covered and (self.state != State.PUBLISHED or self.is_correcting)

    @property
    def has_edition(self) -> bool:
        """True when somebody has begun the customer edition."""
        return self.edition_version > 0

    @property
    def has_approved_edition(self) -> bool:
        """True when Operations has approved the present text of the customer edition."""
        return self.edition_approved_at is not None

    @property
    def impact_in_numbers(self) -> str:
        """ "30 customers, 60 contacts, 3,060 customer-minutes"."""
        return _numbers(self.customers_count, self.contacts_count, self.customer_minutes)

    @property
    def computed_in_numbers(self) -> str:
        """The same as the record has it, before a person corrected it."""
        return _numbers(self.computed_customers, self.computed_contacts, self.computed_minutes)

    def is_overdue(self, today: date) -> bool:
        """True when the due day has passed and the report is not approved."""
        return self.is_drafting and today > self.due_on

    def needs_renewal(self, resolved_at: datetime | None) -> bool:
        """True when the incident was resolved again since the report was opened."""
        return resolved_at is not None and resolved_at != self.covers_until


def _numbers(customers: int, contacts: int, minutes: int) -> str:
    counted = ((customers, "customer"), (contacts, "contact"), (minutes, "customer-minute"))
    return ", ".join(f"{number:,} {noun}{'' if number == 1 else 's'}" for number, noun in counted)


# The opener's question: resolved again since?
RESOLVED_AGAIN = Q(incident__resolved_at__isnull=False) & ~Q(incident__resolved_at=F("covers_until"))
