"""What callers hand to `queue_message`: a class of reader in, finished content out."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import models


@dataclass(frozen=True, slots=True, order=True)
class ReaderClass:
    """Readers who get the same text: one language, one time zone (IANA name), one channel."""

    language: str
    time_zone: str
    channel: str


@dataclass(frozen=True, slots=True)
class Rendered:
    """Finished content. It may hold the patch tokens of `Token`; in `html` their values are escaped when patched."""

    subject: str
    text: str
    html: str = ""


class Token(models.TextChoices):
    """Places that differ from reader to reader, written `[[name]]`."""

    PROGRESS_URL = "progress_url", "link to the reader's progress page"
    PREFERENCES_URL = "preferences_url", "link to the reader's preferences"
    ANSWER_URL = "answer_url", "link to the question how well the reader was kept informed"
    CONTACT_NAME = "contact_name", "the reader's name"
    CUSTOMER_NAME = "customer_name", "the reader's organisation"
