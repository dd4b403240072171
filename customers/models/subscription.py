"""Which customer uses what, and where."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q

from crisisdesk.core.history import Records
from customers.models.customer import Customer
from customers.models.service import Instance, Region, Service


class Subscription(models.Model):
    """A customer uses a service: on one instance, in one region, or (both empty) everywhere."""

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="subscriptions", db_index=False)
    service = models.ForeignKey(Service, on_delete=models.PROTECT, related_name="subscriptions", db_index=False)
    region = models.ForeignKey(
        Region,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="subscriptions",
        help_text="Empty means everywhere.",
    )
    instance = models.ForeignKey(
        Instance,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="subscriptions",
        help_text="Empty means every instance.",
    )

    history = Records(no_db_index=["service", "region", "instance"])

    class Meta:
        # Three constraints because NULLs count as distinct on SQLite.
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "service"],
                condition=Q(region=None, instance=None),
                name="subscription_everywhere_once",
                violation_error_message="This customer already uses this service everywhere.",
            ),
            models.UniqueConstraint(
                fields=["customer", "service", "region"],
                condition=Q(region__isnull=False, instance=None),
                name="subscription_region_once",
                violation_error_message="This customer already uses this service in this region.",
            ),
            models.UniqueConstraint(
                fields=["customer", "instance"],
                condition=Q(instance__isnull=False),
                name="subscription_instance_once",
                violation_error_message="This customer already uses this instance.",
            ),
        ]
        # Both cover what `affected` reads: who uses a service, and what one customer uses.
        indexes = [
            models.Index(fields=["service", "region", "instance", "customer"], name="subscription_by_service"),
            models.Index(fields=["customer", "service", "region", "instance"], name="subscription_by_customer"),
        ]

    def __str__(self) -> str:
        where = f" in {self.region}" if self.region else ""
        which = f", instance {self.instance.name}" if self.instance else ""
        return f"{self.service}{where}{which}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """An instance brings its region along, so that audiences read one column."""
        if self.instance is not None and self.region_id is None:
            self.region_id = self.instance.region_id
        super().save(*args, **kwargs)

    def clean(self) -> None:
        """An instance belongs to the service and lies in the region."""
        if self.instance is None:
            return
        if self.instance.service_id != self.service_id:
            raise ValidationError({"instance": f"{self.instance.name} is an instance of {self.instance.service}."})
        if self.region_id is None:
            self.region_id = self.instance.region_id
        if self.region_id != self.instance.region_id:
            where = self.instance.region or "no region of its own"
            raise ValidationError({"region": f"Instance {self.instance.name} is in {where}."})
