"""Pages that ask for themselves again: a version by which an unchanged one is answered without its text."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.utils.http import parse_etags


def version_of(*facts: object) -> str:
    """A quoted ETag made from all that the page shows; equal facts have equal versions."""
    return f'"{hashlib.sha256(repr(facts).encode()).hexdigest()[:32]}"'


def unless_unchanged(request: HttpRequest, version: str, build: Callable[[], HttpResponse]) -> HttpResponse:
    """304 when the reader holds this version (RFC 9110 §13.1.2), else the page that `build` makes, with the version."""
    held = {tag.removeprefix("W/") for tag in parse_etags(request.headers.get("If-None-Match", ""))}
    response = HttpResponseNotModified() if version in held else build()
    response["ETag"] = version
    return response
