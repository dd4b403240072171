"""Pages behind signed links: kept by no cache, found by no search engine, their address told to no other site."""

from __future__ import annotations

from typing import TypeVar

from django.http import HttpResponseBase

R = TypeVar("R", bound=HttpResponseBase)


def keep_private(response: R) -> R:
    """Put the headers on the response and return it (ASVS 14.2.1, 14.3.2); its address goes into no log of Django's."""
    response["Cache-Control"] = "no-store, private"
    response["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    response["Referrer-Policy"] = "no-referrer"
    # Django logs the path of every 4xx answer; this one holds a token.
    response._has_been_logged = True  # type: ignore[attr-defined]
    return response
