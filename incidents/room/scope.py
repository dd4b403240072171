"""Changing what is affected, and the audience that follows from it."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from crisisdesk.core import clock
from crisisdesk.core.access import Act, may
from crisisdesk.core.asked import asked_for
from crisisdesk.core.console import actor_of
from crisisdesk.core.numbers import whole_number
from crisisdesk.core.refusals import Refusal
from customers.affected import Audience
from customers.models import Contact
from incidents.models import Incident
from incidents.recipients import told_besides
from incidents.room.finding import the_incident
from incidents.room.head import head_of
from incidents.room.pages import page, seen_by, status_of
from incidents.room.reach import amount, counted, lines
from incidents.room.scope_form import instance_names, scope_rows
from incidents.scope import adjust_audience, audience_of, change_scope, scopes_of

PER_PAGE = 100
OTHERS = 10


@require_http_methods(["GET", "HEAD", "POST"])
@seen_by(Act.VIEW_INCIDENTS)
def scope(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The affected services; POST makes the rows the scope from now on."""
    incident = the_incident(pk, actor_of(request))
    posted = request.POST if request.method == "POST" else None
    rows = scope_rows(posted, scopes_of(incident))
    refusal: Refusal | None = None
    if posted is not None and rows.is_valid():
        try:
            change_scope(incident, rows.scopes(), by=actor_of(request), now=clock.now())
        except Refusal as error:
            refusal = error
        else:
            counts = audience_of(incident).counts()
            messages.success(request, f"Scope changed: {counts.contacts:,} contacts are affected now.")
            return redirect(reverse("admin:incidents_incident_change", args=[incident.pk]))
    context = {"rows": rows, "incident": head_of(incident), "refusal": refusal, "instances": instance_names()}
    status = status_of(refusal, 200 if posted is None else 422)
    return page(request, "admin/incidents/incident/scope.html", context, title="Change the scope", status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@seen_by(Act.VIEW_CUSTOMERS)
def audience(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Everybody who is affected, by name and with the reason; POST leaves one out or adds one, with a reason."""
    incident = the_incident(pk, actor_of(request))
    refusal: Refusal | None = None
    if request.method == "POST":
        refusal = _adjust(request, incident)
        if refusal is None:
            return redirect(request.get_full_path())
    found = audience_of(incident)
    contacts = found.members().select_related("customer").order_by("customer__name", "name", "pk")
    asked = asked_for(request.GET)
    counts = found.counts()
    if asked:
        listed = Paginator(contacts.filter(_named(asked)), PER_PAGE).get_page(request.GET.get("page"))
    else:
        listed = _Counted(contacts, PER_PAGE, counts.contacts).get_page(request.GET.get("page"))
    reasons = found.reasons([row.pk for row in listed])
    # Of the whole audience, so not beside a search.
    earlier = told_besides(incident, found) if incident.is_open and not asked else 0
    context = {
        "incident": head_of(incident),
        "audience": counted(counts),
        "earlier": amount(earlier, "contact") if earlier else "",
        "listed": listed,
        "lines": [
            {**line, "pk": row.pk, "reason": reasons.get(row.pk, "")}
            for line, row in zip(lines(listed), listed, strict=True)
        ],
        "others": _others(found, asked) if asked else [],
        "left_out": incident.adjustments.filter(is_included=False).select_related("contact__customer"),
        "unreachable": list(found.unreachable()[:50]),
        "asked": asked,
        "may_adjust": may(actor_of(request), Act.ADJUST_AUDIENCE) and incident.is_open,
        "refusal": refusal,
    }
    title = f"Audience of {incident.reference}"
    template = "admin/incidents/incident/audience.html"
    return page(request, template, context, title=title, status=status_of(refusal))


class _Counted(Paginator[Contact]):
    """Pages of rows that were counted already."""

    def __init__(self, rows: QuerySet[Contact], per_page: int, count: int) -> None:
        super().__init__(rows, per_page)
        self.__dict__["count"] = count  # a cached property


def _named(asked: str) -> Q:
    return Q(customer__name__icontains=asked) | Q(name__icontains=asked)


def _others(found: Audience, asked: str) -> list[Contact]:
    """Whom the search finds beside the audience: they can be taken in, with a reason."""
    rows = Contact.objects.active().filter(_named(asked)).exclude(pk__in=found.members().order_by().values("pk"))
    return list(rows.select_related("customer").order_by("customer__name", "name", "pk")[:OTHERS])


def _adjust(request: HttpRequest, incident: Incident) -> Refusal | None:
    """Add or leave out one contact; the refusal, None when it was done."""
    chosen = whole_number(request.POST.get("contact", ""))
    contact = get_object_or_404(Contact.objects.select_related("customer"), pk=chosen)
    included = request.POST.get("change") == "add"
    by, now = actor_of(request), clock.now()
    try:
        adjust_audience(incident, contact, is_included=included, reason=request.POST.get("reason", ""), by=by, now=now)
    except Refusal as refusal:
        return refusal
    messages.success(request, f"{contact.name} is {'in the audience' if included else 'left out'}.")
    return None
