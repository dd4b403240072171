"""What people see when a page cannot be shown, in the look of the customers' pages, with the way on."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseServerError
from django.shortcuts import render
from django.template.loader import render_to_string
from django.views.decorators.csrf import requires_csrf_token


@requires_csrf_token
def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403: what this person may not see, with the reason when there is one."""
    return render(request, "403.html", {**_names(), "reason": str(exception)}, status=403)


@requires_csrf_token
def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404."""
    return render(request, "404.html", _names(), status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    """500: asks neither the database nor the session, either of which may be what broke."""
    return HttpResponseServerError(render_to_string("500.html", _names()))


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 for a form that was posted without its token: most often it stood open until the session ended."""
    return render(request, "403_csrf.html", _names(), status=403)


def _names() -> dict[str, str]:
    return {"product": settings.PRODUCT_NAME, "vendor": settings.VENDOR_NAME}
