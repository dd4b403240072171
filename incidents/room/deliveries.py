"""Deliveries of one message: how far it is, who was not reached and why, and the verbs that act on them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseBase, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from crisisdesk.core import clock
from crisisdesk.core.access import Act, may
from crisisdesk.core.actors import Actor
from crisisdesk.core.console import actor_of
from crisisdesk.core.refusals import Refusal
from customers.models import Message
from incidents import sending
from incidents.knowing import known_to
from incidents.models import Update
from incidents.room.deliveries_facts import counted, deliveries_facts
from incidents.room.fresh import deliveries_version, stamped, unchanged
from incidents.room.head import head_of
from incidents.room.pages import page, seen_by, status_of
from incidents.room.reach import amount
from incidents.room.verbs import reason_against


@require_safe
@seen_by(Act.VIEW_DELIVERIES)
def deliveries(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The page of one sent update."""
    return _page(request, *_update(pk, actor_of(request)))


@require_safe
@seen_by(Act.VIEW_DELIVERIES)
def deliveries_live(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Its body alone, for the live refresh; 304 while nothing has changed."""
    version = deliveries_version(pk, actor_of(request), request.GET.get("show", ""), request.GET.get("after", ""))
    if same := unchanged(request, version):
        return same
    update, message = _update(pk, actor_of(request))
    body = render(request, "admin/incidents/message/deliveries_body.html", _facts(request, update, message))
    return stamped(body, version)


@dataclass(frozen=True, slots=True)
class _Act:
    """A verb of the page; one with `asks` shows a page with one deliberate button first."""

    run: Callable[..., str]
    asks: str = ""
    button: str = ""
    tone: str = "danger"


ACTS = {
    "pause": _Act(sending.pause),
    "resume": _Act(sending.resume),
    "retry": _Act(
        sending.retry,
        "{failed} did not get this message; it is tried with them again. Whoever has it gets nothing.",
        "Try again",
        "primary",
    ),
    "retry-unconfirmed": _Act(
        partial(sending.retry, unconfirmed=True),
        "Of {unsure} nobody can say whether the message arrived. Whoever has it already gets it a second time, under "
        "the same Message-ID, which most mail systems show once. What failed is tried again with them.",
        "Send it again",
        "primary",
    ),
    "stop": _Act(
        sending.stop,
        "{waiting} will never get this message, and it cannot be resumed. Whoever has it already keeps it; the promise "
        "it made stands. To hold it for a moment, pause it instead.",
        "Stop it for good",
    ),
}


@require_http_methods(["GET", "HEAD", "POST"])
@seen_by(Act.VIEW_DELIVERIES)
def deliveries_act(request: HttpRequest, pk: int, name: str) -> HttpResponseBase:
    """Call a verb by POST; a refusal is shown on the page. GET shows the question of those that ask."""
    act = ACTS.get(name)
    if act is None:
        raise Http404
    update, message = _update(pk, actor_of(request))
    if request.method != "POST":
        return _ask(request, update, message, act) if act.asks else HttpResponseNotAllowed(["POST"])
    return _press(request, update, message, act, by=actor_of(request), now=clock.now())


def _press(
    request: HttpRequest, update: Update, message: Message, act: _Act, *, by: Actor, now: datetime
) -> HttpResponseBase:
    try:
        told = act.run(update, by=by, now=now)
    except Refusal as refusal:
        message.refresh_from_db()
        return _page(request, update, message, refusal=str(refusal), status=status_of(refusal))
    messages.success(request, told)
    return redirect("admin:deliveries", update.pk)


def _ask(request: HttpRequest, update: Update, message: Message, act: _Act) -> HttpResponseBase:
    counts = counted(message)
    waiting = amount(counts.groups["waiting"] + counts.groups["moving"], "contact")
    context = {
        "incident": head_of(update.incident),
        "subject": update.subject,
        "question": act.asks.format(
            waiting=waiting, unsure=amount(counts.groups["unsure"], "contact"), failed=amount(counts.failed, "contact")
        ),
        "button": act.button,
        "tone": act.tone,
        "back_url": reverse("admin:deliveries", args=[update.pk]),
        "refusal": reason_against(Act.CONTROL_DELIVERY, "", actor_of(request)),
    }
    return page(request, "admin/incidents/message/sure.html", context, title=f"{act.button}?")


def _update(pk: int, by: Actor) -> tuple[Update, Message]:
    rows = Update.objects.filter(known_to(by, "incident__")).select_related("incident", "message")
    update = get_object_or_404(rows, pk=pk)
    if update.message is None:
        raise Http404("Nothing was sent from here: the update was imported from a history.")
    return update, update.message


def _facts(request: HttpRequest, update: Update, message: Message) -> dict[str, object]:
    show, after = request.GET.get("show", ""), request.GET.get("after", "")
    return deliveries_facts(update, message, actor_of(request), show=show, after=after)


def _exports(message: Message, by: Actor) -> list[dict[str, str]]:
    """The ways to take the list away, for those who may."""
    if not may(by, Act.CONTROL_DELIVERY):
        return []
    asked = urlencode({"message": message.pk, "outcome": "all"})
    kinds = (("csv", "CSV", "e"), ("xlsx", "Excel", "E"))
    return [
        {"label": label, "key": key, "url": f"{reverse('admin:customers_delivery_export', args=[kind])}?{asked}"}
        for kind, label, key in kinds
    ]


def _page(
    request: HttpRequest, update: Update, message: Message, *, refusal: str = "", status: int = 200
) -> HttpResponseBase:
    facts = _facts(request, update, message)
    asked = {key: request.GET[key] for key in ("show", "after") if key in request.GET}
    live = reverse("admin:deliveries_live", args=[update.pk]) + (f"?{urlencode(asked)}" if asked else "")
    context = {
        **facts,
        "incident": head_of(update.incident),
        "subject": update.subject,
        "live_url": live,
        "exports": _exports(message, actor_of(request)),
        "refusal": refusal,
    }
    kind = update.get_kind_display().capitalize()
    title = f"{kind}, {timezone.localtime(update.sent_at):%-d %b, %H:%M %Z}"
    return page(request, "admin/incidents/message/deliveries.html", context, title=title, status=status)
