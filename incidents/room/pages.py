"""What the console's own pages share: the frame, the check of who may look, refusals as pages."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.template.response import TemplateResponse
from django.views.decorators.cache import never_cache

from crisisdesk.core.access import Act, require
from crisisdesk.core.console import actor_of
from crisisdesk.core.refusals import NotAllowed, status_of

__all__ = ["View", "page", "refused", "seen_by", "status_of"]

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


def page(
    request: HttpRequest, template: str, context: dict[str, Any], *, title: str, status: int = 200
) -> TemplateResponse:
    """A page in the console's frame."""
    frame = admin.site.each_context(request)
    return TemplateResponse(request, template, {**frame, "title": title, **context}, status=status)


def seen_by(act: Act) -> Callable[[View[P]], View[P]]:
    """Let only those look who may; the others read which groups do. Pages are never cached: they hold personal data."""

    def decorate(view: View[P]) -> View[P]:
        @wraps(view)
        @never_cache
        def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            try:
                require(actor_of(request), act)
            except NotAllowed as refusal:
                return refused(request, str(refusal))
            return view(request, *args, **kwargs)

        return guarded

    return decorate


def refused(request: HttpRequest, text: str, *, status: int = 403) -> HttpResponse:
    """A page that says why not, and what to do."""
    return page(request, "admin/incidents/refused.html", {"refusal": text}, title="Not now", status=status)
