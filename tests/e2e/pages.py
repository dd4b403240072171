"""Every page that a GET opens, found from the URLconf, its parameters filled from the rows that are there.

Run as a process of its own on the database of a demonstration (the browser driver runs an event loop, where Django
refuses the database). Prints one JSON object: {"pages": [[route, path], …], "unfilled": [route, …]}.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import timedelta
from functools import partial
from itertools import product
from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from crisisdesk.core import clock
from crisisdesk.core.models import ClockHold, User
from customers import links
from customers.models import AddressConfirmation, Contact, Customer, CustomerImport, Delivery, Service
from customers.verifying import THREAD
from incidents.models import (
    Alert,
    EmergencyUse,
    ExecutiveRequest,
    Incident,
    IncidentRole,
    Notification,
    PublishedCalendar,
    Template,
    Update,
)
from incidents.oncall.links import acknowledge_path, short_token
from incidents.public.views import PURPOSE as PROGRESS
from incidents.room.acts import ACTS
from incidents.room.deliveries import ACTS as DELIVERY_ACTS
from incidents.schedules.publishing import path_of
from postmortems.listings import LISTINGS
from postmortems.models import Attachment, Cause, CauseReview, Printout
from postmortems.views.overview import CHARTS
from tests.e2e.rows import add_rows

# Routes without a page to look at, each with its reason.
LEFT_OUT = {
    "admin:jsi18n": "a script",
    "admin:view_on_site": "no row has a page outside the console",
    "admin:autocomplete": "answers a field's search in JSON",
    "admin:logout": "acts on POST only",
    "admin:-": "leads on to another address",
    "admin:reinstate": "an address must have bounced before",
}
Fill = Callable[[], Iterable[Any]]


def _newest(model: type[Model], **only: Any) -> Fill:
    return lambda: model._default_manager.filter(**only).order_by("-pk").values_list("pk", flat=True)[:1]


def _incident() -> Iterable[Any]:
    return Incident.objects.unresolved().order_by("-declared_at").values_list("pk", flat=True)[:1]


def _update() -> Iterable[Any]:
    return Update.objects.exclude(message=None).order_by("-pk").values_list("pk", flat=True)[:1]


def _reader(purpose: str) -> Fill:
    """The signed link of somebody who was told about the newest incident."""

    def fill() -> Iterable[Any]:
        until = clock.now() + timedelta(days=1)
        update = Update.objects.exclude(message=None).select_related("incident").order_by("-pk").first()
        told = Contact.objects.active().filter(deliveries__message=update.message)[:1] if update else ()
        return [links.make(purpose, contact, update.incident.reference, until) for contact in told]  # type: ignore[union-attr]

    return fill


def _acknowledging() -> Iterable[Any]:
    until = clock.now() + timedelta(days=1)
    rows = Notification.objects.exclude(alert=None).select_related("person", "alert").order_by("-pk")[:1]
    return [acknowledge_path(row.person, row.alert, expires_at=until).split("/")[2] for row in rows if row.alert]


def _told() -> Iterable[Any]:
    rows = Notification.objects.order_by("-pk")
    return [short_token(row) for row in [*rows.exclude(alert=None)[:1], *rows.filter(alert=None)[:1]]]


def _calendar() -> Iterable[Any]:
    return [path_of(row).split("/")[-1].removesuffix(".ics") for row in PublishedCalendar.objects.all()[:1]]


def _asked() -> Iterable[Any]:
    until = clock.now() + timedelta(days=1)
    rows = AddressConfirmation.objects.select_related("contact")[:1]
    return [links.make(links.CONFIRM, row.contact, f"{THREAD}{row.pk}", until) for row in rows]


def _imports() -> Iterable[Any]:
    return CustomerImport.objects.order_by("pk").values_list("uuid", flat=True)


def _contacts() -> Sequence[Any]:
    """Of one customer, where it has two."""
    return list(Contact.objects.active().order_by("customer", "pk").values_list("pk", flat=True)[:2])


def _areas() -> Iterable[Any]:
    return {model._meta.app_label for model in admin.site._registry}


# What stands for a route's first parameter, by what the route's name begins with; the longest beginning counts.
FIRST: dict[str, Fill] = {
    "admin:": _incident,
    "admin:app_list": _areas,
    "admin:core_clockhold_trust": _newest(ClockHold),
    "admin:qualify": _newest(Alert, state="open"),
    "admin:executive_request": _newest(ExecutiveRequest),
    "admin:emergency_use": _newest(EmergencyUse),
    "admin:deliver": _update,
    "admin:correct": _update,
    "admin:delivery": _newest(Delivery),
    "admin:customer_import": _imports,
    "admin:contact_erase": _newest(Contact, erased_at=None),
    "admin:contact_ask": _newest(Contact, erased_at=None),
    "admin:contact_merge": lambda: _contacts()[:1],
    "admin:customer_merge": lambda: Customer.objects.order_by("pk").values_list("pk", flat=True)[:1],
    "admin:template_versions": _newest(Template),
    "admin:auth_user_password_change": _newest(User),
    "admin:postmortems_attachment": lambda: Attachment.objects.values_list("postmortem", flat=True)[:1],
    "review:chart": lambda: CHARTS,
    "review:cause": lambda: Cause.objects.exclude(postmortems=None).values_list("pk", flat=True)[:1],
    "review:review": _newest(CauseReview),
    "review:incident": lambda: Incident.objects.exclude(resolved_at=None).values_list("pk", flat=True)[:1],
    "review:service": lambda: Service.objects.values_list("slug", flat=True)[:1],
    "review:printout": _newest(Printout),
    "review:answer": _newest(ExecutiveRequest),
    "review:rows": lambda: LISTINGS,
    "acknowledge": _acknowledging,
    "told": _told,
    "on_call_calendar": _calendar,
    "progress": _reader(PROGRESS),
    "answer": _reader(links.ANSWER),
    "unsubscribe": _reader(links.UNSUBSCRIBE),
    "preferences": _reader(links.PREFERENCES),
    "confirm_address": _asked,
}
# The second parameter.
SECOND: dict[str, Fill] = {
    "admin:room_act": lambda: ACTS,
    "admin:deliveries_act": lambda: DELIVERY_ACTS,
    "admin:as_customer": _newest(Customer),
    "admin:as_customer_shown": _newest(Customer),
    "admin:assessment": _newest(Customer),
    "admin:call": _newest(Customer),
    "admin:contact_merge": lambda: _contacts()[1:2],
    "admin:customer_merge": lambda: Customer.objects.order_by("pk").values_list("pk", flat=True)[1:2],
    "admin:postmortems_attachment": lambda: Attachment.objects.values_list("pk", flat=True)[:1],
}
# What follows the path.
QUERY: dict[str, Callable[[], str]] = {
    "admin:save_link": lambda: "?path=/admin/records/",
    "admin:on_call_swap": lambda: f"?role={IncidentRole.objects.order_by('pk')[0].slug}",
    "admin:as_customer_search": lambda: "?q=a",
    "admin:assessment_search": lambda: "?q=a",
}
OF_ROWS = ("_change", "_history", "_delete")
PAST = "_simple_history"


def routes() -> Iterator[tuple[str, int]]:
    """Each route's name and the number of its parameters, where a GET is allowed; each name once."""
    seen = set()
    for name, pattern, parameters in _walk(get_resolver(), "", 0):
        if name not in seen and _answers_get(pattern.callback) and not _has_no_past(name):
            seen.add(name)
            yield name, parameters


def _walk(resolver: URLResolver, before: str, count: int) -> Iterator[tuple[str, URLPattern, int]]:
    for found in resolver.url_patterns:
        here = count + found.pattern.regex.groups
        if isinstance(found, URLResolver):
            yield from _walk(found, f"{before}{found.namespace}:" if found.namespace else before, here)
        else:
            yield before + (found.name or "-"), found, here


def _answers_get(view: Any) -> bool:
    """False for a view behind `require_POST` and its like, which keep the methods they let through."""
    while view is not None:
        free = getattr(view, "__code__", None) and view.__code__.co_freevars
        if free and "request_method_list" in free:
            methods: list[str] = view.__closure__[free.index("request_method_list")].cell_contents
            return "GET" in methods
        view = getattr(view, "__wrapped__", None)
    return True


def _has_no_past(name: str) -> bool:
    """True for the past of rows that keep none: the admin has the route all the same."""
    return name.endswith(PAST) and any(
        name == f"admin:{model._meta.app_label}_{model._meta.model_name}{PAST}" and not hasattr(model, "history")
        for model in admin.site._registry
    )


def _one(value: Any) -> list[Any]:
    return [value]


def _of_rows(name: str) -> list[Fill] | None:
    """For a page of Django's admin about one row: the newest row of its model; for one of its past, the newest past."""
    for model in admin.site._registry:
        stem = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        if any(name == stem + page for page in OF_ROWS):
            return [_newest(model)]
        if name == stem + PAST:
            past = model.history.order_by("-history_id").first()  # type: ignore[attr-defined]
            return [partial(_one, past.id), partial(_one, past.history_id)] if past else [list]
    return None


def _fills(name: str, count: int) -> list[Iterable[Any]]:
    begun = [key for key in FIRST if name.startswith(key)]
    fills = _of_rows(name) or [FIRST[max(begun, key=len)] if begun else lambda: (), SECOND.get(name, lambda: ())]
    return [fill() for fill in fills[:count]]


def main() -> None:
    """Print them."""
    add_rows()
    pages, unfilled = [], []
    for name, count in routes():
        if name in LEFT_OUT:
            continue
        found = [reverse(name, args=values) for values in product(*_fills(name, count))] if count else [reverse(name)]
        query = QUERY[name]() if name in QUERY else ""
        pages += [(name, path + query) for path in found]
        if not found:
            unfilled.append(name)
    json.dump({"pages": pages, "unfilled": unfilled}, sys.stdout)
