"""What the pages of the review share: who may read them, the selection from the address, and how they are shown."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from crisisdesk.core import clock
from crisisdesk.core.access import Act, require
from crisisdesk.core.actors import Actor
from crisisdesk.core.console import actor_of
from crisisdesk.core.discretion import hidden_references
from crisisdesk.core.models import AuditEntry
from crisisdesk.core.refusals import NotAllowed
from customers.models import Service
from postmortems.history import Evidence
from postmortems.packs import PRINTER
from postmortems.quarters import Quarter
from postmortems.selection import DEFAULT, PERIODS, Selection, is_period

P = ParamSpec("P")
PERIOD_LABELS = {"90": "90 days", "180": "180 days", "365": "A year", "all": "All"}
QUARTERS = 6


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads, and what they look at."""

    actor: Actor
    selection: Selection
    # A worker that prints a page reads nothing; whoever takes the PDF away does.
    on_paper: bool = False

    @property
    def viewer(self) -> Actor:
        """Who is recorded as having seen the page; on paper a job, which is recorded nowhere."""
        return PRINTER if self.on_paper else self.actor

    def seen(self, entries: QuerySet[AuditEntry]) -> QuerySet[AuditEntry]:
        """The entries without those about what the reader may not know of."""
        hidden = self.hidden()
        return entries.exclude(incident__in=hidden) if hidden else entries

    def told(self, evidence: list[Evidence]) -> list[Evidence]:
        """The same of evidence, also where it only mentions it."""
        hidden = self.hidden()
        return [row for row in evidence if not any(one in (row.incident, *row.what.split()) for one in hidden)]

    def hidden(self) -> frozenset[str]:
        """References that the reader may not come across; on paper, which several read, all that are confidential."""
        by = self.actor if self.selection.reader is not None else None
        return hidden_references(by)

    def context(self, **more: Any) -> dict[str, Any]:
        """What every page of the review shows around its own content."""
        home = reverse("review:index")
        query = self.selection.query()
        return {
            "selection": self.selection,
            "query": query,
            "home_url": f"{home}?{query}",
            "review_nav": [
                {"label": "Overview", "url": f"{home}?{query}", "current": more.pop("is_home", False)},
                {"label": "Requests", "url": reverse("review:requests"), "current": more.pop("is_asked", False)},
                {"label": "PDF", "url": reverse("review:printouts"), "current": more.pop("is_printed", False)},
            ],
        } | more

    def filters(self, *, with_services: bool = True) -> dict[str, Any]:
        """What `review/filters.html` offers: periods, quarters, services. One read, for the services."""
        chosen = self.selection.period
        present = Quarter.of(self.selection.today)
        quarters = [present.earlier(count) for count in range(QUARTERS)]
        named = self.selection.quarter
        if named is not None and named not in quarters:
            quarters.append(named)
        return {
            "periods": [
                {"label": PERIOD_LABELS[name], "query": self.selection.query(period=name), "current": name == chosen}
                for name in PERIODS
            ],
            "quarters": [{"name": row.name, "label": row.months, "current": row == named} for row in quarters],
            "services": Service.objects.active().only("slug", "name") if with_services else [],
        }


@dataclass(frozen=True, slots=True)
class Sheet:
    """A page of the review, ready for the screen or for paper."""

    template: str
    context: dict[str, Any]


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
        selection = selection_from(request.GET.get("period", DEFAULT), request.GET.get("service", ""), actor)
        response = view(request, Reader(actor, selection), *args, **kwargs)
        response.headers.setdefault("Cache-Control", "private, no-store")
        return response

    return login_required(checked)  # type: ignore[return-value]


def selection_from(period: str, slug: str, reader: Actor) -> Selection:
    """The selection that names in an address mean; what is not known is left out. One read with a service."""
    service = Service.objects.filter(slug=slug).first() if slug and "\0" not in slug else None
    return Selection(clock.now(), period if is_period(period) else DEFAULT, service, reader)
