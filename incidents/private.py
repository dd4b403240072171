"""Pages behind signed links: kept by no cache, found by no search engine, their address told to no other site."""

from __future__ import annotations

from typing import TypeVar

from django.http import HttpResponseBase

R = TypeVar("R", bound=HttpResponseBase)


def keep_private(response: R) -> R:
    """Put the headers on the response and return it (ASVS 14.2.1, 14.3.2)."""
    response["Cache-Control"] = "no-store, private"
    response["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    response["Referrer-Policy"] = "no-referrer"
    return response
