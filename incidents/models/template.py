"""Message templates, approved by communications."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from crisisdesk.core.history import Records
from incidents.models.incident_type import IncidentType
from incidents.models.words import Status, UpdateKind


class TemplateQuerySet(models.QuerySet["Template"]):
    """Questions about many templates."""

    def approved(self) -> TemplateQuerySet:
        """Templates whose present text is approved."""
        return self.exclude(approved_at=None).filter(is_active=True)

    def originals(self) -> TemplateQuerySet:
        """Templates that are chosen by name; their translations come with them."""
        return self.filter(translation_of=None)


class Template(models.Model):
    """Words prepared for one kind of message; `{{name}}` is replaced, nothing is executed.

    An edit of the words, or of what they are for, takes the approval away (see `incidents.templates`).
    """

    name = models.CharField(max_length=120, unique=True)
    kind = models.CharField(max_length=12, choices=UpdateKind)
    incident_type = models.ForeignKey(
        IncidentType, on_delete=models.PROTECT, null=True, blank=True, help_text="Empty: for every type."
    )
    language = models.CharField(max_length=10, choices=settings.LANGUAGES, default="en")
    translation_of = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="translations",
        limit_choices_to={"translation_of": None},
        help_text="The template these words translate. They are sent with it, to readers of this language.",
    )
    subject = models.CharField(max_length=150)
    body = models.TextField(help_text="Markdown. Variables such as {{services}} are listed beside the editor.")
    is_maintenance = models.BooleanField(
        "about maintenance",
        default=False,
        db_default=False,
        help_text="Customers read “Maintenance under way” in place of the status, and no word of a problem.",
    )
    status = models.CharField(
        "for the status",
        max_length=14,
        choices=[(status.value, status.label) for status in Status if status != Status.RESOLVED],
        blank=True,
        default="",
        db_default="",
        help_text="Words that hold only then, such as “we have found the cause”. They are never proposed earlier, and "
        "whoever chooses them says this status to customers.",
    )
    guidance = models.TextField("when to use it", blank=True)
    is_active = models.BooleanField(default=True)
    approved_at = models.DateTimeField(null=True, blank=True, editable=False)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="approved_templates",
    )
    approved_by_name = models.CharField(max_length=200, blank=True, editable=False)

    history = Records()
    objects = TemplateQuerySet.as_manager()

    class Meta:
        verbose_name = "message template"
        ordering = ["kind", "name"]
        constraints = [
            models.UniqueConstraint(
                fields=["translation_of", "language"],
                name="one_translation_per_language",
                violation_error_message="That template has words in this language already.",
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_approved(self) -> bool:
        """True when the present text is approved and in use."""
        return self.approved_at is not None and self.is_active
