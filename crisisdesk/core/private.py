"""Pages behind signed links: kept by no cache, found by no search engine, their address told to nobody else."""

from __future__ import annotations

import logging
import re
from typing import TypeVar

from django.http import HttpResponseBase

R = TypeVar("R", bound=HttpResponseBase)
# A part of a path this long is a signed token, never a word of ours.
_TOKEN = re.compile(r"(?<=/)[^/\s]{40,}")


def keep_private(response: R) -> R:
    """Put the headers on the response and return it (ASVS 14.2.1, 14.3.2); its address goes into no log of Django's."""
    response["Cache-Control"] = "no-store, private"
    response["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    response["Referrer-Policy"] = "no-referrer"
    # Django logs the path of every 4xx answer; this one holds a token.
    response._has_been_logged = True  # type: ignore[attr-defined]
    return response


class WithoutTokens(logging.Filter):
    """Keeps signed tokens out of what Django logs where no view answers: a crash, a mangled link, a wrong method."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Shorten them in the text's arguments; every record passes."""
        if isinstance(record.args, tuple):
            record.args = tuple(_TOKEN.sub("[token]", arg) if isinstance(arg, str) else arg for arg in record.args)
        return True
