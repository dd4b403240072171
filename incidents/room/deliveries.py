"""Deliveries of one message: how far it is, who was not reached and why, the call list."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from crisisdesk.core.access import Act
from customers.delivery.ledger import failures, progress, unreached
from customers.models import Message
from incidents.models import Update
from incidents.room.facts import head_of, message_line
from incidents.room.pages import page, seen_by
from incidents.room.reach import number

SHOWN = 200
# Group of the bar -> its word and the states it holds.
_GROUPS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("done", "reached", ("sent", "delivered")),
    ("moving", "being sent", ("sending",)),
    ("waiting", "waiting", ("queued", "deferred")),
    ("unsure", "nobody can say", ("unconfirmed",)),
    ("trouble", "not reached", ("bounced", "rejected", "failed", "suppressed", "complained")),
)


@require_safe
@seen_by(Act.VIEW_DELIVERIES)
def deliveries(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The page of one sent update."""
    update = _update(pk)
    title = f"{update.get_kind_display().capitalize()}, {timezone.localtime(update.sent_at):%H:%M %Z}"
    context = {
        **_facts(update),
        "incident": head_of(update.incident),
        "subject": update.subject,
        "live_url": reverse("admin:deliveries_live", args=[pk]),
    }
    return page(request, "admin/incidents/message/deliveries.html", context, title=title)


@require_safe
@seen_by(Act.VIEW_DELIVERIES)
def deliveries_live(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Its body alone, for the live refresh."""
    return render(request, "admin/incidents/message/deliveries_body.html", _facts(_update(pk)))


def _update(pk: int) -> Update:
    return get_object_or_404(Update.objects.select_related("incident", "message").exclude(message=None), pk=pk)


def _facts(update: Update) -> dict[str, Any]:
    message = update.message
    if message is None:
        raise ValueError("an update without a message has no deliveries")
    states = progress(message)
    line = message_line(update, states)
    return {
        "message": {
            **line,
            "state": message.state,
            "state_label": message.get_state_display().capitalize(),
            "state_reason": message.state_reason,
        },
        "share": share(states),
        **_trouble(message),
    }


def share(states: Mapping[str, int]) -> dict[str, Any]:
    """Counts by state as pieces of one bar, in percent: {groups: [{key, label, count, x, width}]}."""
    total = sum(states.values())
    groups, x = [], 0.0
    for key, label, members in _GROUPS:
        count = sum(states.get(state, 0) for state in members)
        if count:
            width = 100 * count / total
            # Text, so that no locale puts a comma into the drawing.
            groups.append(
                {"key": key, "label": label, "count": number(count), "x": f"{x:.3f}", "width": f"{width:.3f}"}
            )
            x += width
    return {"groups": groups}


def _trouble(message: Message) -> dict[str, Any]:
    states = {row.contact_id: row.get_state_display() for row in failures(message)[: SHOWN * 2]}
    found = unreached(message)
    rows = [
        {
            "customer": row.customer.name,
            "contact": row.name,
            "state": states.get(row.pk, "no way to write"),
            "why": getattr(row, "why", ""),
            "phone": row.phone,
        }
        for row in found[:SHOWN]
    ]
    return {"failures": rows, "failures_count": found.count() if len(rows) == SHOWN else len(rows)}
