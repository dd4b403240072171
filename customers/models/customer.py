"""An organisation that buys from the vendor."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models.functions import Lower

from crisisdesk.core.history import Records
from crisisdesk.core.zones import validate_time_zone
from customers.languages import default_language, language_choices


class Tier(models.TextChoices):
    """What the customer has bought; the smaller deliver first to the larger tiers."""

    STANDARD = "standard", "Standard"
    BUSINESS = "business", "Business"
    ENTERPRISE = "enterprise", "Enterprise"


class CustomerQuerySet(models.QuerySet["Customer"]):
    """Questions about many customers."""

    def active(self) -> CustomerQuerySet:
        """Those still served; the others hear of nothing."""
        return self.filter(is_active=True)


class Customer(models.Model):
    """A customer, found again at import by `reference`, the key of the vendor's own CRM or billing."""

    name = models.CharField(max_length=200)
    reference = models.CharField(
        max_length=64, unique=True, help_text="The key of this customer in your CRM or billing; imports match on it."
    )
    tier = models.CharField(max_length=12, choices=Tier, default=Tier.STANDARD)
    account_owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="accounts",
        help_text="Who of customer success looks after them.",
    )
    time_zone = models.CharField(max_length=64, default="UTC", validators=[validate_time_zone])
    language = models.CharField(max_length=10, choices=language_choices, default=default_language)
    is_active = models.BooleanField("active", default=True, help_text="Others are never written to.")
    notes = models.TextField(blank=True)
    merged_into = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, editable=False, related_name="merged"
    )

    objects = CustomerQuerySet.as_manager()
    history = Records(no_db_index=["account_owner", "reference"])

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                Lower("name"),
                name="customer_name_once",
                violation_error_message="There is already a customer of this name (capitals do not count).",
            ),
        ]
        indexes = [
            models.Index(fields=["name"], name="customer_by_name"),
            # Read by `affected`: the few to leave out, instead of the many to keep.
            models.Index(fields=["id"], condition=models.Q(is_active=False), name="customer_inactive"),
        ]

    def __str__(self) -> str:
        return self.name
