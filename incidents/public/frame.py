"""What every page behind a customer's signed link stands in."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.translation import get_language_bidi, gettext


def frame() -> dict[str, Any]:
    """Product, vendor, and the reader's language with its direction."""
    return {
        "product": settings.PRODUCT_NAME,
        "vendor": settings.VENDOR_NAME,
        "language": translation.get_language(),
        "text_direction": "rtl" if get_language_bidi() else "ltr",
    }


def not_found(request: HttpRequest) -> HttpResponse:
    """The same page for every link that opens nothing: why, it does not say."""
    context = frame() | {
        "heading": gettext("This link does not open a page"),
        "text": gettext("It is incomplete, or it has run out. The newest message we sent you has a link that works."),
    }
    return render(request, "public/message.html", context, status=404)
