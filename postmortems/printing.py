"""HTML to PDF by WeasyPrint: nothing is fetched from anywhere, and the font is always the same.

WeasyPrint draws with Pango, a library of the system; where it is missing, `missing()` says what to do.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from ctypes import CDLL
from ctypes.util import find_library
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.staticfiles import finders
from django.template.loader import render_to_string

# Addresses that a printed page may use; each is answered from this machine, without a connection.
STATIC, FONT, CHART = "static:", "font:", "chart:"
LIBRARIES = ("pango-1.0", "pangoft2-1.0", "harfbuzz", "harfbuzz-subset")
HINT = "Install Pango: on Debian and Ubuntu, apt install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0."

Charts = Mapping[str, Callable[[], str]]


class CannotPrint(Exception):
    """The system libraries that draw PDF are missing; the text says what to install."""


class Refused(Exception):
    """A printed page asked for something that is not on this machine's list."""


@dataclass(frozen=True, slots=True)
class Printed:
    """A finished PDF."""

    data: bytes
    pages: int


def missing() -> str:
    """Why nothing can be printed on this machine; "" when all is there. Loads the libraries, not WeasyPrint."""
    for name in LIBRARIES:
        try:
            CDLL(f"lib{name}.so.0")
        except OSError as error:
            if find_library(name) is None:
                return f"PDF can't be made on this machine: {str(error)[:160]}. {HINT}"
    return ""


def to_pdf(template: str, context: Mapping[str, Any], *, charts: Charts | None = None) -> Printed:
    """Render a template and print it. Its images of charts are addressed "chart:NAME".

    Raises CannotPrint without Pango. What a page may not use is left out, never fetched.
    """
    if problem := missing():
        raise CannotPrint(problem)
    # Imported when it is needed: it takes a while, and most processes never print.
    weasyprint = importlib.import_module("weasyprint")
    html = render_to_string(template, {**context, "printing": True})
    answers = fetcher(charts or {})
    document = weasyprint.HTML(string=html, base_url=f"{settings.BASE_URL}/review/", url_fetcher=answers).render()
    return Printed(document.write_pdf(), len(document.pages))


def fetcher(charts: Charts) -> Callable[[str], Any]:
    """What answers WeasyPrint's questions for style sheets, fonts and images. Everything else raises Refused."""
    answer = importlib.import_module("weasyprint.urls").URLFetcherResponse

    def fetch(url: str) -> Any:
        data, kind = content_of(url, charts)
        return answer(url, data, {"Content-Type": kind})

    return fetch


def _fonts() -> Path:
    """DejaVu comes with matplotlib, so every machine prints with the same letters."""
    # As in `charts`: not when the process starts.
    import matplotlib as mpl  # noqa: PLC0415

    return Path(mpl.get_data_path()) / "fonts" / "ttf"


def content_of(url: str, charts: Charts) -> tuple[bytes, str]:
    """What an address of a printed page stands for, and its media type. Raises Refused."""
    parts = urlsplit(url)
    name = parts.path.lstrip("/")
    if parts.scheme == STATIC[:-1]:
        found = finders.find(name) if name.endswith((".css", ".svg")) and ".." not in name else None
        if isinstance(found, str):
            return Path(found).read_bytes(), "text/css" if name.endswith(".css") else "image/svg+xml"
    if parts.scheme == FONT[:-1] and name in {path.name for path in _fonts().glob("DejaVuSans*.ttf")}:
        return (_fonts() / name).read_bytes(), "font/ttf"
    if parts.scheme == CHART[:-1] and name in charts:
        return charts[name]().encode(), "image/svg+xml"
    raise Refused(f"A printed page may not use {url[:80]}.")
