"""History of what people edit: simple-history, with the actor's name copied into each row.

A name in the row outlives the account it came from; a job or an API token has no account at all.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import models
from simple_history.models import HistoricalRecords

from crisisdesk.core.actors import Actor


class ActorNamed(models.Model):
    """A history row that names who made the change, as text."""

    history_actor = models.CharField(max_length=200, blank=True, default="", editable=False)

    class Meta:
        abstract = True


class Records(HistoricalRecords):  # type: ignore[misc]
    """HistoricalRecords with the actor's name; a tracked field may be called `instance`."""

    def __init__(self, **options: Any) -> None:
        super().__init__(bases=[ActorNamed], **options)

    def get_extra_fields(self, model: type[models.Model], fields: dict[str, models.Field[Any, Any]]) -> dict[str, Any]:
        """The usual extra attributes, without the one that would hide a column named `instance`."""
        extra: dict[str, Any] = super().get_extra_fields(model, fields)
        if "instance" in fields:
            del extra["instance"]
        return extra


def stamp(row: models.Model, *, by: Actor, now: datetime, reason: str = "") -> None:
    """Say who changes the row, when (UTC) and why, before it is saved; its history row takes it from there."""
    row._history_user_id = by.person_id  # type: ignore[attr-defined]
    row._history_actor = by.name  # type: ignore[attr-defined]
    row._change_reason = reason[:100]  # type: ignore[attr-defined]
    row._history_date = now  # type: ignore[attr-defined]
