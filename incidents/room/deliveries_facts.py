"""What the deliveries page shows: the bar, the filters, a page of rows with plain reasons, what can be done."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q, QuerySet
from django.urls import reverse

from crisisdesk.core import clock
from crisisdesk.core.access import Act
from crisisdesk.core.actors import Actor
from crisisdesk.core.numbers import whole_number
from customers.delivery.control import RETRIED
from customers.delivery.ledger import NOTHING_MISSING, progress, rate, repeats
from customers.models import Delivery, DeliveryState, Message, MessageState, Unreached
from customers.models.delivery import FAILURE_STATES
from incidents.calls import to_call
from incidents.correcting import NOT_CORRECTED
from incidents.lifecycle import refuse_writing
from incidents.locking import position_of
from incidents.models import Update, UpdateKind
from incidents.room.deliveries_words import state_words
from incidents.room.facts import message_line
from incidents.room.reach import amount, number
from incidents.room.verbs import Verb, reason_against

ROWS = 100
UNREACHED = 50


@dataclass(frozen=True, slots=True)
class Group:
    """A piece of the bar: the states it holds and its words there and as a filter."""

    key: str
    label: str
    filter_label: str
    states: tuple[str, ...]


_REACHED = ("sent", "delivered")
_MISSED = ("failed", "bounced", "rejected", "suppressed", "complained")
GROUPS = (
    Group("done", "reached", "Reached", _REACHED),
    Group("moving", "being sent", "Being sent", ("sending",)),
    Group("waiting", "waiting", "Waiting", ("queued", "deferred")),
    Group("unsure", "nobody can say", "Nobody can say", ("unconfirmed",)),
    Group("chosen", "not needed", "Not needed: own choice or replaced", ()),
    Group("trouble", "not reached", "Not reached", _MISSED),
)
# Trouble first: that is what a person can do something about.
FILTERS = ("trouble", "unsure", "waiting", "moving", "done", "chosen")


@dataclass(frozen=True, slots=True)
class Counts:
    """How many deliveries are in each group, and in each state."""

    groups: Mapping[str, int]
    states: Mapping[str, int]

    @property
    def total(self) -> int:
        """All of them."""
        return sum(self.states.values())

    @property
    def failed(self) -> int:
        """How many are tried again when somebody says so."""
        return sum(self.states.get(state, 0) for state in RETRIED)


def counted(message: Message) -> Counts:
    """Two counts on indexes; those who chose not to get it are no failures."""
    states = progress(message)
    suppressed = states.get(DeliveryState.SUPPRESSED, 0)
    chosen = message.deliveries.filter(NOTHING_MISSING).count() if suppressed else 0
    groups = {group.key: sum(states.get(state, 0) for state in group.states) for group in GROUPS}
    groups["trouble"] -= chosen
    groups["chosen"] = chosen
    return Counts(groups, states)


def share(counts: Counts) -> dict[str, Any]:
    """The pieces of the bar, in percent: {groups: [{key, label, count, x, width}]}."""
    pieces, x = [], 0.0
    for group in GROUPS:
        count = counts.groups[group.key]
        if count:
            width = 100 * count / counts.total
            # Text, so that no locale puts a comma into the drawing.
            piece = {"key": group.key, "label": group.label, "count": number(count)}
            pieces.append({**piece, "x": f"{x:.3f}", "width": f"{width:.3f}"})
            x += width
    return {"groups": pieces}


def deliveries_facts(update: Update, message: Message, by: Actor, *, show: str = "", after: str = "") -> dict[str, Any]:
    """The context of admin/incidents/message/deliveries_body.html. `show` names a group, `after` pages on."""
    counts = counted(message)
    show = show if show in (*FILTERS, "all") else _first_of_interest(counts)
    rows, following = _rows(message, show, after)
    verbs = verbs_of(update, message, counts, by)
    missing = _unreached(message) if show in ("trouble", "all") and not after else []
    waiting = to_call(update.incident) if counts.groups["trouble"] or counts.groups["unsure"] or missing else {}
    return {
        "message": {
            **message_line(update, counts.states, counts.groups["chosen"]),
            "state": message.state,
            "state_label": _message_words(message),
            "state_reason": message.state_reason,
            "reached": number(counts.groups["done"]),
            "all": number(counts.total),
            "is_moving": message.state == MessageState.SENDING,
            "pace": _pace(message, counts),
        },
        "share": share(counts),
        "verbs": [verb for verb in verbs if verb.allowed],
        "refused_verbs": [verb for verb in verbs if not verb.allowed],
        "filters": _filters(update, counts, show),
        "rows": rows,
        "show": show,
        "next_url": f"?{urlencode({'show': show, 'after': following})}" if following else "",
        "first_url": f"?{urlencode({'show': show})}" if after else "",
        "unreached": missing,
        "repeats": amount(again, "reader") if (again := _repeated(message)) else "",
        "to_call": amount(len(waiting), "customer") if waiting else "",
        "calls_url": reverse("admin:call_list", args=[update.incident_id]),
    }


def _repeated(message: Message) -> int:
    """Readers who have a second copy, or may have."""
    return repeats(message).order_by().values("delivery").distinct().count()


def _pace(message: Message, counts: Counts) -> str:
    """How fast it goes and how long it takes: "1,240 a minute, about 3 min left"; empty when nothing waits."""
    left = counts.groups["waiting"] + counts.groups["moving"]
    if message.state != MessageState.SENDING or not left:
        return ""
    a_second = rate(message, now=clock.now())
    if not a_second:
        later = message.deliveries.filter(state=DeliveryState.QUEUED).exists()
        return "Nothing has left in the last seconds" if later else "All that is left waits to be tried again"
    seconds = left / a_second
    remaining = "less than a minute" if seconds < 60 else f"about {amount(math.ceil(seconds / 60), 'minute')}"
    return f"{number(round(a_second * 60))} a minute, {remaining} left"


def verbs_of(update: Update, message: Message, counts: Counts, by: Actor) -> list[Verb]:
    """What fits the state of the message; each with the reason when this person may not."""

    def verb(name: str, label: str, method: str, tone: str = "", key: str = "") -> Verb:
        url = reverse("admin:deliveries_act", args=[update.pk, name])
        return Verb(name, label, url, method, tone, key, reason_against(Act.CONTROL_DELIVERY, "", by))

    found = []
    if update.kind not in NOT_CORRECTED:
        refusal = refuse_writing(position_of(update.incident), UpdateKind.CORRECTION)
        reason = reason_against(Act.EDIT_DRAFT, refusal, by)
        url = reverse("admin:correct", args=[update.pk])
        found += [Verb("correct", "Correct this message", url, "post", "", "c", reason)]
    if message.state == MessageState.SENDING:
        found += [verb("pause", "Pause", "post", key="p")]
    if message.state == MessageState.PAUSED:
        # Another key than that of the pause: pressed twice, it stays paused.
        found += [verb("resume", "Resume", "post", "primary", "g")]
    unsure = counts.states.get(DeliveryState.UNCONFIRMED, 0)
    if message.state != MessageState.STOPPED:
        if counts.failed:
            found += [verb("retry", f"Try the {number(counts.failed)} failed again…", "get", key="t")]
        if unsure:
            found += [verb("retry-unconfirmed", f"Try the {number(unsure)} unsure again…", "get", key="u")]
    if message.state in (MessageState.SENDING, MessageState.PAUSED):
        found += [verb("stop", "Stop for good…", "get", "danger", "s")]
    return found


def _message_words(message: Message) -> str:
    words = {
        MessageState.SENDING: "Being sent",
        MessageState.PAUSED: "Paused: nothing more leaves until somebody resumes it",
        MessageState.STOPPED: "Stopped",
        MessageState.FINISHED: "Finished: nothing waits to be sent",
    }
    return words[MessageState(message.state)]


def _first_of_interest(counts: Counts) -> str:
    return next((key for key in ("trouble", "unsure") if counts.groups[key]), "all")


def _filters(update: Update, counts: Counts, show: str) -> list[dict[str, Any]]:
    base = reverse("admin:deliveries", args=[update.pk])
    labels = {group.key: group.filter_label for group in GROUPS}
    found = [("all", "All", counts.total), *((key, labels[key], counts.groups[key]) for key in FILTERS)]
    return [
        {"label": label, "count": number(count), "url": f"{base}?show={key}", "current": key == show}
        for key, label, count in found
        if count or key in (show, "all", "trouble")
    ]


def _rows(message: Message, show: str, after: str) -> tuple[list[dict[str, Any]], str]:
    """A page of deliveries after the key given (contact id), and the key of the next page ("" when there is none)."""
    found = _of_group(message, show).select_related("contact__customer").order_by("contact_id", "id")
    left, _, right = after.partition("-")
    contact, pk = whole_number(left), whole_number(right)
    if contact is not None and pk is not None:
        found = found.filter(Q(contact_id__gt=contact) | Q(contact_id=contact, pk__gt=pk))
    page = list(found[: ROWS + 1])
    last = page[ROWS - 1] if len(page) > ROWS else None
    return [_row(delivery) for delivery in page[:ROWS]], f"{last.contact_id}-{last.pk}" if last else ""


def _of_group(message: Message, show: str) -> QuerySet[Delivery]:
    rows = message.deliveries.all()
    if show == "all":
        return rows
    if show == "chosen":
        return rows.filter(NOTHING_MISSING)
    states = next(group.states for group in GROUPS if group.key == show)
    rows = rows.filter(state__in=states)
    return rows.exclude(NOTHING_MISSING) if show == "trouble" else rows


def _row(delivery: Delivery) -> dict[str, Any]:
    words = state_words(delivery.state, delivery.state_reason)
    return {
        **words,
        "url": reverse("admin:delivery", args=[delivery.pk]),
        "contact": delivery.contact.name,
        "customer": delivery.contact.customer.name,
        "customer_url": reverse("admin:customers_customer_change", args=[delivery.contact.customer_id]),
        "address": delivery.address,
        "phone": delivery.contact.phone if delivery.state in FAILURE_STATES else "",
        "reason": delivery.reason,
        "at": delivery.sent_at,
        "attempts": delivery.attempts,
        "next_at": delivery.next_attempt_at if delivery.state == DeliveryState.DEFERRED else None,
    }


def _unreached(message: Message) -> list[dict[str, Any]]:
    rows = Unreached.objects.filter(message=message).select_related("contact__customer").order_by("pk")[:UNREACHED]
    return [
        {
            "contact": row.contact.name,
            "customer": row.contact.customer.name,
            "customer_url": reverse("admin:customers_customer_change", args=[row.contact.customer_id]),
            "why": row.why,
            "phone": row.contact.phone,
        }
        for row in rows
    ]
