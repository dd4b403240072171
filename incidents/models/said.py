"""Words of one message in several languages."""

from __future__ import annotations

from dataclasses import dataclass, fields

from django.db import models

from incidents.lint import mark
from incidents.models.template import Template


@dataclass(frozen=True, slots=True)
class Said:
    """What a message says in one language; what is missing beside heading and text is said in the writer's."""

    language: str
    subject: str
    body: str
    likely_resolution: str = ""
    workaround: str = ""
    was_wrong: str = ""


TRANSLATED = tuple(field.name for field in fields(Said) if field.name != "language")


class Spoken(models.Model):
    """A message written in one language, with its words in others where somebody prepared them.

    `translations` maps a language code to some of `TRANSLATED`. A language without heading and text is not offered:
    those readers get the writer's words, marked as such.
    """

    subject = models.CharField(max_length=150, blank=True)
    body = models.TextField(blank=True)
    likely_resolution = models.CharField(max_length=200, blank=True)
    workaround = models.TextField(blank=True)
    was_wrong = models.TextField(
        "what was wrong",
        blank=True,
        default="",
        db_default="",
        help_text="Of a correction: what an earlier message said wrongly.",
    )
    is_maintenance = models.BooleanField(
        "about maintenance",
        default=False,
        db_default=False,
        help_text="Customers read “Maintenance under way” in place of the status, and no word of a problem.",
    )
    article_url = models.URLField("knowledge-base document", blank=True, default="", db_default="")
    template = models.ForeignKey(Template, on_delete=models.PROTECT, null=True, blank=True)
    translations = models.JSONField(default=dict, blank=True)

    class Meta:
        abstract = True

    @property
    def language(self) -> str:
        """The language it was written in: that of its template."""
        return self.template.language if self.template else "en"

    def languages(self) -> list[str]:
        """The writer's language, then every other that has both heading and text, written for the text as it is now."""
        now = mark(self.body)
        others = (
            code
            for code, words in self.translations.items()
            if words.get("subject") and words.get("body") and words.get("of", now) in ("", now)
        )
        return [self.language, *(code for code in sorted(others) if code != self.language)]

    def said_in(self, language: str) -> Said:
        """The words for readers of a language: their own where they exist, else the writer's."""
        own = {name: str(getattr(self, name)) for name in TRANSLATED}
        if language == self.language or language not in self.languages():
            return Said(self.language, **own)
        words = self.translations[language]
        return Said(language, **{name: str(words.get(name) or own[name]) for name in TRANSLATED})
