"""The life of one import: the file that waits, what was shown of it, and what exactly it made and changed."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import Q

# A file that nobody confirms, and how long an import can be undone: both hold personal data.
KEPT = timedelta(hours=24)
UNDOABLE = timedelta(days=30)


class ImportState(models.TextChoices):
    """How far an import is."""

    COLUMNS = "columns", "waits for its columns"
    QUEUED = "queued", "being compared"
    READY = "ready", "waits for its confirmation"
    REFUSED = "refused", "not imported"
    CONFIRMED = "confirmed", "being written"
    DONE = "done", "imported"
    UNDOING = "undoing", "being undone"
    UNDONE = "undone", "undone"


# A worker has something to do.
WORKING = (ImportState.QUEUED, ImportState.CONFIRMED, ImportState.UNDOING)
WAITING = (ImportState.COLUMNS, ImportState.QUEUED, ImportState.READY, ImportState.REFUSED, ImportState.CONFIRMED)


class CustomerImportQuerySet(models.QuerySet["CustomerImport"]):
    """Questions about many imports."""

    def expired(self, now: datetime) -> CustomerImportQuerySet:
        """Those that nobody confirmed for a day; they hold personal data and go."""
        return self.filter(state__in=WAITING, created_at__lt=now - KEPT)

    def finished(self) -> CustomerImportQuerySet:
        """Those that were written, undone or not."""
        return self.filter(state__in=(ImportState.DONE, ImportState.UNDOING, ImportState.UNDONE))


class CustomerImport(models.Model):
    """A file and what became of it. The file, and what was shown of it, stay until it is written and no longer.

    `digest` is the fingerprint of the plan that was shown; `columns` names what each column of the file holds ("" for
    one that is left out). `done` of `total` rows are compared; `figures` count what was made and changed.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    state = models.CharField(max_length=10, choices=ImportState)
    file_name = models.CharField(max_length=200, blank=True)
    content = models.BinaryField(null=True, blank=True)
    columns = models.JSONField(default=list, blank=True)
    shown = models.JSONField(null=True, blank=True)
    digest = models.CharField(max_length=64, blank=True)
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    figures = models.JSONField(default=dict, blank=True)
    problem = models.TextField(blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    created_by_name = models.CharField(max_length=200)
    created_at = models.DateTimeField()
    rung_at = models.DateTimeField(help_text="When a worker was last asked for.")
    begun_at = models.DateTimeField(null=True, blank=True, help_text="When a worker took it.")
    done_at = models.DateTimeField(null=True, blank=True)
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    undone_by_name = models.CharField(max_length=200, blank=True)
    undo_reason = models.CharField(max_length=200, blank=True)
    undo_leaves = models.BooleanField(default=False, help_text="What stands in the way is left as it is.")

    objects = CustomerImportQuerySet.as_manager()

    class Meta:
        indexes = [
            # Read by the housekeeper: what does a worker owe?
            models.Index(
                fields=["rung_at"], condition=Q(state__in=("queued", "confirmed", "undoing")), name="import_owed"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.file_name} of {self.created_at:%Y-%m-%d %H:%M}"

    @property
    def is_working(self) -> bool:
        """True while a worker has something to do."""
        return self.state in WORKING

    def may_be_undone(self, now: datetime) -> bool:
        """Whether it still stands, and is young enough."""
        return self.state == ImportState.DONE and self.done_at is not None and now < self.done_at + UNDOABLE


class ImportedRow(models.Model):
    """One row that an import made or changed: `before` has the old values of what it changed.

    `history_id` names the version that the import wrote, so that a later change is noticed.
    """

    of = models.ForeignKey(CustomerImport, on_delete=models.CASCADE, related_name="rows")
    kind = models.CharField(max_length=12)
    object_id = models.BigIntegerField()
    history_id = models.BigIntegerField()
    is_new = models.BooleanField()
    before = models.JSONField(default=dict, blank=True)

    class Meta:
        indexes = [
            # Read by erasure: which values of a contact are kept here?
            models.Index(fields=["kind", "object_id"], name="imported_row_by_object"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.object_id}"


class ColumnMapping(models.Model):
    """What the columns of one kind of file hold, as somebody said; found again by the file's headings."""

    shape = models.CharField(max_length=64, unique=True, help_text="Fingerprint of the headings.")
    source = models.CharField("called", max_length=80)
    headings = models.JSONField()
    columns = models.JSONField()
    made_by_name = models.CharField(max_length=200)
    made_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.source
