"""Files that belong to a post-mortem."""

from __future__ import annotations

from django.db import models

from postmortems.models.postmortem import Postmortem


class AttachmentQuerySet(models.QuerySet["Attachment"]):
    """Questions about many attachments."""

    def present(self) -> AttachmentQuerySet:
        """Those that nobody took out."""
        return self.filter(removed_at=None)


class Attachment(models.Model):
    """A file beside the report: internal, handed out as a download only. Taken out, its row and its bytes stay."""

    postmortem = models.ForeignKey(Postmortem, on_delete=models.PROTECT, related_name="attachments")
    name = models.CharField(max_length=120)
    content_type = models.CharField(max_length=60)
    size = models.PositiveIntegerField(help_text="In bytes.")
    sha256 = models.CharField(max_length=64)
    note = models.CharField(max_length=200, blank=True)
    added_at = models.DateTimeField()
    added_by_name = models.CharField(max_length=200)
    removed_at = models.DateTimeField(null=True, blank=True)
    removed_by_name = models.CharField(max_length=200, blank=True)
    removed_reason = models.CharField(max_length=300, blank=True)

    objects = AttachmentQuerySet.as_manager()

    class Meta:
        ordering = ["added_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(removed_at=None) | ~models.Q(removed_reason=""), name="removed_attachment_says_why"
            )
        ]

    def __str__(self) -> str:
        return self.name


class AttachmentContent(models.Model):
    """The bytes, apart from their row so that lists never carry them; in the database, which all machines share."""

    attachment = models.OneToOneField(Attachment, on_delete=models.PROTECT, primary_key=True, related_name="content")
    data = models.BinaryField()

    def __str__(self) -> str:
        return f"{self.attachment_id}"
