"""What the vendor runs: services, where they run, and what they stand on."""

from __future__ import annotations

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q

from crisisdesk.core.history import Records


class Region(models.Model):
    """A place where services run, such as eu-west."""

    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=100)

    class Meta:
        ordering = ["slug"]

    def __str__(self) -> str:
        return self.slug


class ServiceQuerySet(models.QuerySet["Service"]):
    """Questions about many services."""

    def active(self) -> ServiceQuerySet:
        """Those still offered to choose from. A retired one still counts when it is named as affected."""
        return self.filter(is_active=True)


class Service(models.Model):
    """Something customers use and that can fail."""

    slug = models.SlugField(unique=True, help_text="The short name that imports and alerts use.")
    name = models.CharField(max_length=100)
    description = models.TextField(blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="services_owned"
    )
    is_active = models.BooleanField("active", default=True, help_text="Retired services are no longer offered.")
    depends_on = models.ManyToManyField(
        "self",
        through="ServiceDependency",
        through_fields=("service", "depends_on"),
        symmetrical=False,
        related_name="depended_on_by",
    )

    objects = ServiceQuerySet.as_manager()
    history = Records(no_db_index=["owner", "slug"])

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class ServiceDependency(models.Model):
    """`service` fails when `depends_on` does, in the same region."""

    service = models.ForeignKey(Service, on_delete=models.CASCADE, related_name="dependencies")
    depends_on = models.ForeignKey(Service, on_delete=models.PROTECT, related_name="dependents")

    history = Records(no_db_index=["service", "depends_on"])

    class Meta:
        verbose_name_plural = "service dependencies"
        constraints = [
            models.UniqueConstraint(fields=["service", "depends_on"], name="service_dependency_once"),
            models.CheckConstraint(
                condition=~Q(service=F("depends_on")),
                name="service_not_on_itself",
                violation_error_message="A service cannot depend on itself.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.service} depends on {self.depends_on}"


class Instance(models.Model):
    """One server, cell or tool of a service. Without a region it serves every region."""

    service = models.ForeignKey(Service, on_delete=models.PROTECT, related_name="instances")
    region = models.ForeignKey(Region, on_delete=models.PROTECT, null=True, blank=True, related_name="instances")
    name = models.CharField(max_length=60)

    history = Records(no_db_index=["service", "region"])

    class Meta:
        ordering = ["service", "name"]
        constraints = [models.UniqueConstraint(fields=["service", "name"], name="instance_name_once_per_service")]

    def __str__(self) -> str:
        return f"{self.service} {self.name}"

    def clean(self) -> None:
        """Refuse a move that would contradict the subscriptions of this instance."""
        if self.pk and self.subscriptions.exclude(service=self.service_id, region=self.region_id).exists():
            raise ValidationError(
                "Customers are subscribed to this instance where it is now. Move their subscriptions first, "
                "or create another instance."
            )
