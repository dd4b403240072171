"""The incident and its scope."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import models

from crisisdesk.core.history import Records
from incidents.models.incident_type import IncidentType
from incidents.models.policy import PromisePolicy
from incidents.models.words import ComponentStatus, NoticedBy, Severity, Status

PERSON = settings.AUTH_USER_MODEL


def reference_of(pk: int) -> str:
    """The name people use for an incident, from its id: INC-42."""
    return f"INC-{pk}"


class IncidentQuerySet(models.QuerySet["Incident"]):
    """Questions about many incidents."""

    def unresolved(self) -> IncidentQuerySet:
        """Incidents that still go on."""
        return self.exclude(status=Status.RESOLVED)

    def real(self) -> IncidentQuerySet:
        """Incidents that were no drill."""
        return self.filter(is_drill=False)


class Incident(models.Model):
    """A declared outage (or one found too brief to alert), from its beginning to its end.

    Changed by verbs only (`qualify`, `publishing`, `greenlight`, `lifecycle`); `version` grows with each change.
    """

    title = models.CharField(max_length=200)
    summary = models.TextField(blank=True, help_text="What is known, for the people who work on it.")
    status = models.CharField(max_length=14, choices=Status, default=Status.INVESTIGATING)
    severity = models.CharField(max_length=4, choices=Severity)
    incident_type = models.ForeignKey(IncidentType, on_delete=models.PROTECT, null=True, blank=True)
    noticed_by = models.CharField(max_length=12, choices=NoticedBy, default=NoticedBy.MONITORING)
    is_brief = models.BooleanField(default=False, help_text="Too brief to alert customers.")
    is_drill = models.BooleanField(default=False, editable=False)
    external_id = models.CharField(max_length=80, blank=True, help_text="Id in the history it was imported from.")

    started_at = models.DateTimeField(help_text="When the outage began.")
    detected_at = models.DateTimeField(help_text="When the first alert or report arrived.")
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    declared_at = models.DateTimeField()
    declared_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, null=True, related_name="declared_incidents")
    declared_by_name = models.CharField(max_length=200)
    first_told_at = models.DateTimeField(null=True, blank=True, help_text="When the first message was sent.")
    resolved_at = models.DateTimeField(null=True, blank=True)
    resolved_by_name = models.CharField(max_length=200, blank=True)

    green_light_at = models.DateTimeField(null=True, blank=True)
    green_light_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    green_light_by_name = models.CharField(max_length=200, blank=True)
    green_light_note = models.TextField(blank=True, help_text="What was restored.")

    commander = models.ForeignKey(PERSON, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    liaison = models.ForeignKey(PERSON, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    scribe = models.ForeignKey(PERSON, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    long_path_reason = models.CharField(
        max_length=300, blank=True, help_text="Why updates may be more than an hour apart; empty: they may not."
    )
    workaround = models.TextField(blank=True)
    likely_resolution = models.CharField(
        max_length=200, blank=True, help_text="In words for customers; empty: not yet known."
    )
    article_url = models.URLField("knowledge-base document", blank=True)

    merged_into = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="merged",
        help_text="What it continues as.",
    )
    split_from = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="split_off")
    joined_at = models.DateTimeField(
        null=True, blank=True, help_text="When it was last merged with another, or split: some were told elsewhere."
    )
    confidential_at = models.DateTimeField(
        null=True, blank=True, help_text="Since when only those named may know; empty: no secret."
    )
    version = models.PositiveIntegerField(default=1)

    history = Records()
    objects = IncidentQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(status="resolved", resolved_at__isnull=False)
                | (~models.Q(status="resolved") & models.Q(resolved_at=None)),
                name="resolved_incident_has_its_time",
            ),
            models.UniqueConstraint(
                fields=["external_id"], condition=~models.Q(external_id=""), name="one_incident_per_external_id"
            ),
        ]
        indexes = [
            # Read by the command centre.
            models.Index(fields=["declared_at"], condition=~models.Q(status="resolved"), name="incident_unresolved"),
            # Read by the executive review and the list.
            models.Index(fields=["-started_at"], name="incident_by_start"),
            # Read by whatever names incidents to people.
            models.Index(fields=["id"], condition=~models.Q(confidential_at=None), name="incident_confidential"),
        ]

    def __str__(self) -> str:
        return f"{self.reference} {self.title}"

    @property
    def reference(self) -> str:
        """The name people use for it: INC-42."""
        return reference_of(self.pk)

    @property
    def is_open(self) -> bool:
        """True until it is resolved."""
        return self.status != Status.RESOLVED

    @property
    def is_confidential(self) -> bool:
        """True when only those named may know of it."""
        return self.confidential_at is not None

    @property
    def has_green_light(self) -> bool:
        """True when Operations has said that it is over, and has not taken that back."""
        return self.green_light_at is not None

    def lasted_seconds(self, now: datetime) -> float:
        """Seconds from its beginning to its end, or to `now` while it goes on."""
        return ((self.resolved_at or now) - self.started_at).total_seconds()

    def policy_from(self, policies: dict[str, PromisePolicy]) -> PromisePolicy | None:
        """Its promise policy among those given by severity ("" is the default)."""
        if self.incident_type is not None and self.incident_type.policy is not None:
            return self.incident_type.policy
        return policies.get(self.severity) or policies.get("")


class AffectedService(models.Model):
    """A service, everywhere or in one region or one instance, that the incident touches."""

    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="affected")
    service = models.ForeignKey("customers.Service", on_delete=models.PROTECT)
    region = models.ForeignKey("customers.Region", on_delete=models.PROTECT, null=True, blank=True)
    instance = models.ForeignKey("customers.Instance", on_delete=models.PROTECT, null=True, blank=True)
    component_status = models.CharField(max_length=22, choices=ComponentStatus, default=ComponentStatus.PARTIAL_OUTAGE)
    since = models.DateTimeField()
    until = models.DateTimeField(null=True, blank=True, help_text="When it left the scope; empty: it is in it.")

    history = Records()

    class Meta:
        verbose_name = "affected service"

    def __str__(self) -> str:
        where = f" in {self.region}" if self.region else ""
        which = f", instance {self.instance.name}" if self.instance else ""
        return f"{self.service.name}{where}{which}"


class AudienceAdjustment(models.Model):
    """A contact added to the audience of an incident, or left out, with the reason."""

    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="adjustments")
    contact = models.ForeignKey("customers.Contact", on_delete=models.PROTECT)
    is_included = models.BooleanField()
    reason = models.CharField(max_length=200)
    made_at = models.DateTimeField()
    made_by_name = models.CharField(max_length=200)

    class Meta:
        verbose_name = "audience adjustment"
        constraints = [models.UniqueConstraint(fields=["incident", "contact"], name="one_adjustment_per_contact")]

    def __str__(self) -> str:
        return f"{'added' if self.is_included else 'left out'}: {self.reason}"
