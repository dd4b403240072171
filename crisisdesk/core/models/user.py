"""The people of the vendor."""

from __future__ import annotations

from django.contrib.auth.models import AbstractUser
from django.db import models

from crisisdesk.core.history import Records
from crisisdesk.core.zones import validate_time_zone


class User(AbstractUser):
    """A person who works at the vendor. Groups say what the person may do (see `core.access`)."""

    email = models.EmailField("e-mail address", unique=True)
    phone = models.CharField(max_length=20, blank=True, help_text="In E.164 form, such as +14155550123.")
    time_zone = models.CharField(max_length=64, default="UTC", validators=[validate_time_zone])
    job_title = models.CharField(max_length=100, blank=True)

    history = Records(excluded_fields=["password", "last_login"])

    # The groups' names, where they were read with the row (`core.signed_in`).
    known_groups: frozenset[str] | None = None

    class Meta:
        verbose_name = "person"
        verbose_name_plural = "people"

    def __str__(self) -> str:
        return self.get_full_name() or self.username
