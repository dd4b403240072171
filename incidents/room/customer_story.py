"""What happened to one customer: incidents that touched them, messages with their incidents, promises kept to them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, Q
from django.urls import reverse
from django.utils import timezone

from crisisdesk.core.actors import Actor
from customers.delivery.ledger import NOTHING_MISSING
from customers.models import ACCEPTED_STATES, OPEN_STATES, Customer, Delivery, DeliveryEvent
from customers.preferences import CHOSEN
from incidents import ledger, ledger_customers
from incidents.knowing import known_to
from incidents.models import CarriedOver, Promise, Update
from incidents.periods import period
from incidents.room.customer_answers import answers_of
from incidents.room.head import head_of
from incidents.room.reach import amount

MESSAGES = 50
INCIDENTS = 12
_WAITING = Q(state__in=OPEN_STATES)
_TAKEN = Q(state__in=ACCEPTED_STATES)


@dataclass(frozen=True, slots=True)
class Got:
    """What became of one message for a customer: how many readers of each sort."""

    total: int
    taken: int
    waiting: int
    chosen: int
    replaced: int


def story(customer: Customer, now: datetime, by: Actor | None = None) -> dict[str, Any]:
    """The context for templates/admin/customers/customer/overview.html: messages, touched, promises, answers."""
    got = _got(customer)
    updates = list(
        Update.objects.filter(known_to(by, "incident__"), message__in=list(got), incident__is_drill=False)
        .select_related("incident", "message")
        .order_by("-sent_at", "-pk")
    )
    promises = _promises(customer, {update.incident_id for update in updates}, by, now)
    return {
        "messages": _messages(customer, updates[:MESSAGES], got),
        "messages_count": len(updates),
        "touched": _touched(updates, promises),
        "promises": _summary(promises),
        "answers": answers_of(customer, by),
        **_line(customer, [promise for promise, _ in promises], now),
    }


def _line(customer: Customer, made: Iterable[Promise], now: datetime) -> dict[str, str]:
    """What can be said to them about this year, and where the promises behind it are listed; empty without any.

    `made` are the promises made to them, as `ledger_customers.made_to` gives them.
    """
    this_year = period("year", now, ZoneInfo(timezone.get_current_timezone_name()))
    kept = ledger_customers.kept_of(made, this_year, now)
    url = f"{reverse('admin:promise_ledger')}?period=year&customer={customer.pk}"
    return {"line": ledger.sentence_for(customer, kept, this_year) if kept.total else "", "line_url": url}


def _got(customer: Customer) -> dict[int, Got]:
    rows = Delivery.objects.filter(contact__customer=customer, is_drill=False).order_by().values_list("message")
    counted = rows.annotate(
        total=Count("pk"),
        taken=Count("pk", filter=_TAKEN),
        waiting=Count("pk", filter=_WAITING),
        chosen=Count("pk", filter=CHOSEN),
        replaced=Count("pk", filter=NOTHING_MISSING & ~CHOSEN),
    )
    return {message_id: Got(*rest) for message_id, *rest in counted}


def _messages(customer: Customer, updates: Sequence[Update], got: dict[int, Got]) -> list[dict[str, Any]]:
    ids = [update.message_id for update in updates]
    repeats = DeliveryEvent.objects.filter(
        is_repeat=True, delivery__message__in=ids, delivery__contact__customer=customer
    )
    repeated = dict(repeats.order_by().values_list("delivery__message").annotate(count=Count("pk")))
    return [_message(update, got[update.message_id], repeated.get(update.message_id, 0)) for update in updates]  # type: ignore[index]


def _message(update: Update, got: Got, repeats: int) -> dict[str, Any]:
    missed = got.total - got.taken - got.waiting - got.chosen - got.replaced
    words = [f"{got.taken} of {amount(got.total, 'contact')}"]
    words += [f"{missed} not reached"] if missed else []
    words += [f"{got.chosen} chose not to get it"] if got.chosen else []
    words += [f"{got.replaced} not needed: own choice or replaced"] if got.replaced else []
    words += [f"{got.waiting} waiting"] if got.waiting else []
    words += [amount(repeats, "second copy", "second copies")] if repeats else []
    return {
        "at": update.sent_at,
        "kind": update.get_kind_display(),
        "subject": update.subject,
        "incident": update.incident.reference,
        "incident_url": reverse("admin:incidents_incident_change", args=[update.incident_id]),
        "url": reverse("admin:deliveries", args=[update.pk]),
        "result": ", ".join(words),
        "tone": "red" if missed and not got.taken else "amber" if missed or got.waiting else "green",
    }


def _promises(
    customer: Customer, incidents: Iterable[int], by: Actor | None, now: datetime
) -> list[tuple[Promise, str]]:
    """Each promise made to the customer with "kept", "missed" or "open", by the rule of the ledger."""
    joined = CarriedOver.objects.filter(contact__customer=customer).values("incident")
    rows = Promise.objects.filter(known_to(by, "incident__"), incident__is_drill=False)
    rows = rows.filter(Q(incident__in=list(incidents)) | Q(incident__in=joined))
    made = ledger_customers.made_to(rows, customer).order_by("due_at", "pk")
    return [(promise, _outcome(promise, now)) for promise in made]


def _outcome(promise: Promise, now: datetime) -> str:
    if promise.is_kept_for:  # type: ignore[attr-defined]
        return "kept"
    return "open" if now < promise.due_at + ledger_customers.HAND_OVER else "missed"


def _summary(promises: Sequence[tuple[Promise, str]]) -> dict[str, Any]:
    counts = {word: sum(found == word for _, found in promises) for word in ("kept", "missed", "open")}
    settled = counts["kept"] + counts["missed"]
    share = f"{100 * counts['kept'] / settled:.0f} %" if settled else ""
    return {**counts, "settled": settled, "share": share}


def _touched(updates: Sequence[Update], promises: Sequence[tuple[Promise, str]]) -> list[dict[str, Any]]:
    """Incidents the customer was told of, newest first."""
    found: dict[int, dict[str, Any]] = {}
    for update in updates:
        line = found.setdefault(
            update.incident_id, {**head_of(update.incident), "at": update.incident.started_at, "messages": 0}
        )
        line["messages"] += 1
    for incident_id, line in found.items():
        line["messages"] = amount(line["messages"], "message")
        line["missed"] = sum(word == "missed" for promise, word in promises if promise.incident_id == incident_id)
    return list(found.values())[:INCIDENTS]
