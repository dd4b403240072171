"""A storm is decided at once: one reason declines many alerts, one incident takes many in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseBase, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from crisisdesk.core import clock
from crisisdesk.core.access import Act
from crisisdesk.core.actors import Actor
from crisisdesk.core.console import actor_of
from crisisdesk.core.numbers import whole_number
from crisisdesk.core.refusals import Refusal
from incidents import qualify
from incidents.knowing import known_to
from incidents.models import Alert, Incident
from incidents.room.pages import page, seen_by
from incidents.room.qualify_forms import AttachForm, DeclineForm
from incidents.room.reach import amount

# Each alert is a transaction of its own; so many answer within a request's time.
MOST = 500
TITLES = 10


@dataclass(frozen=True, slots=True)
class Bulk:
    """One decision about many alerts. `run` decides about one of them and raises Refusal."""

    title: str
    what_next: str
    button: str
    told: str
    form: type[forms.Form]
    run: Callable[[Alert, dict[str, Any], Actor, datetime], None]


DECISIONS: Mapping[str, Bulk] = {
    "decline": Bulk(
        "Decline alerts",
        "Each alert is closed with your reason. One that comes again wakes the people on call again.",
        "Decline them with this reason",
        "declined",
        DeclineForm,
        lambda alert, given, by, now: qualify.decline(alert, by=by, now=now, **given),
    ),
    "attach": Bulk(
        "Add alerts to an open incident",
        "Each alert is added to the room. Nobody is woken or written to by this.",
        "Add them to this incident",
        "added to the incident",
        AttachForm,
        lambda alert, given, by, now: qualify.attach(alert, given["incident"], by=by, now=now),
    ),
}


def ask(request: HttpRequest, decision: str, alerts: Iterable[int]) -> HttpResponseBase:
    """The page between choosing alerts and deciding about them: the oldest `MOST` that are still to be decided."""
    waiting = Alert.objects.unqualified().filter(pk__in=alerts)
    found = list(waiting.order_by("first_seen_at", "pk").values_list("pk", flat=True)[:MOST])
    if not found:
        messages.warning(request, "Nothing was done: all the alerts chosen are decided already.")
        return redirect("admin:incidents_alert_changelist")
    return _page(request, decision, found, _form(decision, actor_of(request)), left=waiting.count() - len(found))


def _form(decision: str, by: Actor, posted: QueryDict | None = None) -> forms.Form:
    kind = DECISIONS[decision].form
    return AttachForm(posted, by=by, label_suffix="") if kind is AttachForm else kind(posted, label_suffix="")


@require_POST
@seen_by(Act.QUALIFY)
def alerts_bulk(request: HttpRequest, decision: str) -> HttpResponseBase:
    """Decide about each alert by itself: what is refused is named and holds nobody else up."""
    bulk = DECISIONS.get(decision)
    chosen = [whole_number(text) for text in request.POST.get("alerts", "").split(",")[:MOST]]
    alerts = [pk for pk in chosen if pk is not None]
    if bulk is None or not alerts:
        raise Http404
    form = _form(decision, actor_of(request), request.POST)
    if not form.is_valid():
        return _page(request, decision, alerts, form, status=422)
    by, now = actor_of(request), clock.now()
    rows = Alert.objects.filter(pk__in=alerts).order_by("first_seen_at", "pk")
    done, refused = 0, []
    for alert in rows:
        try:
            bulk.run(alert, form.cleaned_data, by, now)
            done += 1
        except Refusal as refusal:
            refused.append(str(refusal))
    if done:
        messages.success(request, f"{amount(done, 'alert')} {bulk.told}.")
    _report(request, refused)
    return redirect(reverse("admin:incidents_alert_changelist") + "?decision=waiting")


def _report(request: HttpRequest, refused: Sequence[str]) -> None:
    for text in refused[:TITLES]:
        messages.error(request, text)
    if len(refused) > TITLES:
        messages.error(request, f"{amount(len(refused) - TITLES, 'alert')} more could not be decided either.")


def _page(
    request: HttpRequest, decision: str, alerts: Sequence[int], form: forms.Form, *, left: int = 0, status: int = 200
) -> HttpResponseBase:
    bulk = DECISIONS[decision]
    rows = Alert.objects.filter(pk__in=alerts).order_by("first_seen_at", "pk")
    context = {
        "bulk": bulk,
        "form": form,
        "alerts": ",".join(map(str, alerts)),
        "action_url": reverse("admin:alerts_bulk", args=[decision]),
        "back_url": reverse("admin:incidents_alert_changelist") + "?decision=waiting",
        "count": amount(len(alerts), "alert"),
        "titles": list(rows.values_list("title", flat=True)[:TITLES]),
        "more": amount(len(alerts) - TITLES, "more alert") if len(alerts) > TITLES else "",
        "left": amount(left, "alert") if left > 0 else "",
        "nothing_open": decision == "attach"
        and not Incident.objects.unresolved().filter(known_to(actor_of(request))).exists(),
    }
    return page(request, "admin/incidents/alert/bulk.html", context, title=bulk.title, status=status)
