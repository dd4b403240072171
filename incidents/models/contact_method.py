"""How a person of the vendor can be reached, and in which order."""

from __future__ import annotations

from django.conf import settings
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q

from crisisdesk.core.history import Records
from incidents.models.words import ContactKind

# Two hours: what is needed later is no way to wake somebody.
LATEST_STEP_SECONDS = 7200


class ContactMethodQuerySet(models.QuerySet["ContactMethod"]):
    """Questions about many ways."""

    def kept(self) -> ContactMethodQuerySet:
        """Those that their person has not removed."""
        return self.filter(removed_at=None)

    def usable(self) -> ContactMethodQuerySet:
        """Kept ones that were proven to be the person's by a code."""
        return self.kept().exclude(verified_at=None)


class ContactMethod(models.Model):
    """One address of one person, used only after a code that was sent there has come back.

    The address never changes: another one is another method. The e-mail address of the account needs no row.
    """

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="contact_methods")
    kind = models.CharField(max_length=5, choices=ContactKind)
    address = models.CharField(max_length=500, help_text="E-mail address, number in E.164, or Apprise URL (a secret).")
    label = models.CharField(max_length=120, help_text="What pages and records show of the address: never a secret.")
    verified_at = models.DateTimeField(null=True, blank=True)
    removed_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()
    trouble = models.CharField(max_length=200, blank=True, help_text="Why the last attempt did not arrive.")

    code_hash = models.CharField(max_length=64, blank=True)
    code_expires_at = models.DateTimeField(null=True, blank=True)
    code_sent_at = models.DateTimeField(null=True, blank=True)
    code_guesses = models.PositiveSmallIntegerField(default=0)
    codes_sent = models.PositiveSmallIntegerField(default=0)

    history = Records(
        excluded_fields=["address", "code_hash", "code_expires_at", "code_sent_at", "code_guesses", "codes_sent"]
    )
    objects = ContactMethodQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person", "kind", "address"], condition=Q(removed_at=None), name="contact_method_once"
            )
        ]
        # Read when somebody answers by SMS.
        indexes = [models.Index(fields=["address"], condition=Q(removed_at=None), name="contact_method_address")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.label}"

    @property
    def is_usable(self) -> bool:
        """Verified, and not removed."""
        return self.verified_at is not None and self.removed_at is None


class Urgency(models.TextChoices):
    """How much somebody is disturbed."""

    PAGE = "page", "page"
    BRIEFING = "briefing", "briefing"


class ContactStep(models.Model):
    """One step of a person's own order: so long after they are told, by this way."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="contact_steps")
    urgency = models.CharField(max_length=8, choices=Urgency)
    method = models.ForeignKey(
        ContactMethod, on_delete=models.PROTECT, null=True, blank=True, help_text="None: the account's e-mail address."
    )
    delay_seconds = models.PositiveIntegerField(default=0, validators=[MaxValueValidator(LATEST_STEP_SECONDS)])

    class Meta:
        ordering = ["delay_seconds", "id"]
        constraints = [
            models.UniqueConstraint(fields=["person", "urgency", "method", "delay_seconds"], name="contact_step_once"),
            models.CheckConstraint(
                condition=Q(delay_seconds__lte=LATEST_STEP_SECONDS), name="contact_step_within_two_hours"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.method or 'account e-mail'} after {self.delay_seconds} s"
