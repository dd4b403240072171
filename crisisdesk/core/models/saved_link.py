"""A search or a filtered list that somebody wants to find again."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class SavedLink(models.Model):
    """A page of this desk by its path and query, under a name; with a `group`, its people see it too."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="saved_links")
    name = models.CharField(max_length=80)
    path = models.CharField(max_length=500)
    group = models.CharField("shared with", max_length=40, blank=True)
    made_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["owner", "name"], name="saved_link_name_once_per_person")]
        indexes = [
            # Read by the search page and the command centre: what is shared with my groups?
            models.Index(fields=["group"], condition=~models.Q(group=""), name="saved_link_shared"),
        ]

    def __str__(self) -> str:
        return self.name
