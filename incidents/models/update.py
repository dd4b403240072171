"""Messages to customers: the draft, and what was sent."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import models

from crisisdesk.core.history import Records
from incidents.models.incident import Incident
from incidents.models.said import Spoken
from incidents.models.words import MADE_KINDS, Status, UpdateKind


class Draft(Spoken):
    """The message being written. One per incident is open; `version` grows with each save."""

    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="drafts")
    kind = models.CharField(max_length=12, choices=UpdateKind)
    status = models.CharField(max_length=14, choices=Status, default=Status.INVESTIGATING)
    corrects = models.ForeignKey(
        "Update",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="Of a correction: the message that was wrong. It goes to exactly those who got that one.",
    )
    emergency_reason = models.CharField(
        max_length=300, blank=True, default="", db_default="", help_text="Why a template is used that is not approved."
    )
    next_update_minutes = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Minutes from the moment of sending; used when no time is given."
    )
    next_update_at = models.DateTimeField(null=True, blank=True, help_text="A time chosen instead of a preset.")
    version = models.PositiveIntegerField(default=1)
    saved_at = models.DateTimeField()
    saved_by_name = models.CharField(max_length=200)
    closed_at = models.DateTimeField(null=True, blank=True, help_text="When it was sent or thrown away.")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["incident"], condition=models.Q(closed_at=None), name="one_open_draft_per_incident"
            ),
            models.CheckConstraint(
                condition=models.Q(kind__in=[kind for kind in UpdateKind.values if kind not in MADE_KINDS]),
                name="draft_is_of_a_kind_written_by_hand",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} of {self.incident.reference}, version {self.version}"

    def next_update_from(self, now: datetime) -> datetime | None:
        """The time promised when the draft is sent at `now`; None when none was chosen."""
        if self.next_update_at is None and self.next_update_minutes is not None:
            return now + timedelta(minutes=self.next_update_minutes)
        return self.next_update_at


class DraftWriter(models.Model):
    """Somebody who has a draft open on a page, and when they typed last."""

    draft = models.ForeignKey(Draft, on_delete=models.PROTECT, related_name="writers")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    seen_at = models.DateTimeField()
    typed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["draft", "person"], name="one_writer_row_per_draft")]

    def __str__(self) -> str:
        return f"{self.person}: {self.draft}"


class Update(Spoken):
    """A message that was sent to customers about an incident. Never changed afterwards; a correction is a new one."""

    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="updates")
    number = models.PositiveIntegerField(help_text="1 is the first message of the incident.")
    kind = models.CharField(max_length=12, choices=UpdateKind)
    status = models.CharField(max_length=14, choices=Status)
    subject = models.CharField(max_length=150)
    body = models.TextField()
    corrects = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="corrections")
    next_update_at = models.DateTimeField(null=True, blank=True)
    is_automatic = models.BooleanField(default=False)
    message = models.OneToOneField("customers.Message", on_delete=models.PROTECT, null=True, blank=True)
    customers_count = models.PositiveIntegerField(default=0)
    contacts_count = models.PositiveIntegerField(default=0)
    sent_at = models.DateTimeField()
    sent_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    sent_by_name = models.CharField(max_length=200)
    key = models.CharField(max_length=255, unique=True, help_text="Idempotency key: a second send is refused.")

    history = Records()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["incident", "number"], name="update_number_once"),
            models.CheckConstraint(condition=models.Q(kind__in=UpdateKind.values), name="update_is_of_a_known_kind"),
            models.CheckConstraint(
                condition=~models.Q(kind__in=["initial", "progress", "holding"])
                | models.Q(next_update_at__isnull=False)
                | models.Q(key__startswith="import:"),
                name="update_promises_the_next_one",
            ),
        ]
        ordering = ["incident", "number"]

    def __str__(self) -> str:
        return f"{self.incident.reference} #{self.number}: {self.get_kind_display()}"
