"""What the pages of the review share: who may read them, and the selection from the address."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from crisisdesk.core import clock
from crisisdesk.core.access import Act, require
from crisisdesk.core.actors import Actor
from crisisdesk.core.console import actor_of
from crisisdesk.core.refusals import NotAllowed
from customers.models import Service
from postmortems.selection import DEFAULT, PERIODS, Selection

P = ParamSpec("P")
PERIOD_LABELS = {"90": "90 days", "180": "180 days", "365": "A year", "all": "All"}


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads, and what they look at."""

    actor: Actor
    selection: Selection

    def context(self, **more: Any) -> dict[str, Any]:
        """What every page of the review shows around its own content."""
        home = reverse("review:index")
        query = self.selection.query()
        return {
            "selection": self.selection,
            "query": query,
            "home_url": f"{home}?{query}",
            "review_nav": [{"label": "Overview", "url": f"{home}?{query}", "current": more.pop("is_home", False)}],
        } | more


def review_page(
    view: Callable[Concatenate[HttpRequest, Reader, P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """Let in who may read the review, with their selection; others read which roles may. No cache keeps the page."""

    @wraps(view)
    def checked(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        actor = actor_of(request)
        try:
            require(actor, Act.VIEW_REVIEW)
        except NotAllowed as refusal:
            return render(request, "review/refused.html", {"refusal": str(refusal)}, status=403)
        response = view(request, Reader(actor, _selection(request)), *args, **kwargs)
        response.headers.setdefault("Cache-Control", "private, no-store")
        return response

    return login_required(checked)  # type: ignore[return-value]


def _selection(request: HttpRequest) -> Selection:
    period = request.GET.get("period", DEFAULT)
    slug = request.GET.get("service", "")
    service = Service.objects.filter(slug=slug).first() if slug else None
    return Selection(clock.now(), period if period in PERIODS else DEFAULT, service)
