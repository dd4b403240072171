"""What the briefings of an incident show: to customer success about its customers, to executives on one page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db.models import Case, IntegerField, Q, QuerySet, Value, When
from django.urls import reverse
from django.utils import timezone

from crisisdesk.core.actors import Actor
from customers.models import CallRecord, CallResult, Customer, Tier
from incidents import calls
from incidents.keeping import Outlook, outlook
from incidents.models import Finding, FindingState, Incident, Outcome, Promise, Track, Update
from incidents.recipients import told_of
from incidents.room.calls_facts import talking_points
from incidents.room.head import clock_of, head_of, quiet_words, status_steps
from incidents.room.reach import amount, counted, service_names
from incidents.scope import audience_of
from incidents.wording import amount_of_time

MOST = 200
TIERS = (Tier.ENTERPRISE, Tier.BUSINESS, Tier.STANDARD)


def success_facts(incident: Incident, by: Actor, now: datetime, *, every: bool) -> dict[str, Any]:
    """Affected customers by tier, each with the reason, what they got and who of ours spoke to them.

    `every`: also those whom somebody else looks after. At most two hundred are listed, the largest first.
    """
    audience = audience_of(incident)
    mine = Q() if every else Q(account_owner=by.person_id)
    rows: Any = audience.customers().filter(mine)
    affected: dict[int, str] = dict(rows.values_list("pk", "reason"))
    mine_all = Customer.objects.filter(mine).order_by().values("pk")
    told = set(told_of(incident).filter(customer__in=mine_all).order_by().values_list("customer_id", flat=True))
    found = list(_by_weight(Customer.objects.filter(pk__in={*affected, *told}))[: MOST + 1])
    waiting, spoken = calls.to_call(incident), _spoken(incident, found)
    lines = [_customer(row, incident, affected, told, waiting, spoken) for row in found[:MOST]]
    return {
        "now": now,
        "incident": head_of(incident),
        "promise": clock_of(incident, now),
        "quiet": quiet_words(incident),
        "points": talking_points(incident),
        "tiers": [(tier.label, rows) for tier in TIERS if (rows := [one for one in lines if one["tier"] == tier])],
        "count": amount(len(found[:MOST]), "customer"),
        "has_more": len(found) > MOST,
        "spoken_to": sum(bool(line["contact"]) for line in lines),
        "is_every": every,
    }


def _by_weight(rows: QuerySet[Customer]) -> QuerySet[Customer]:
    rank = Case(*(When(tier=tier, then=Value(n)) for n, tier in enumerate(TIERS)), output_field=IntegerField())
    return rows.select_related("account_owner").order_by(rank, "name", "pk")


def _spoken(incident: Incident, customers: Iterable[Customer]) -> dict[int, CallRecord]:
    """The newest personal contact with each customer about it."""
    rows = CallRecord.objects.filter(message__thread_key=incident.reference, customer__in=customers)
    return {row.customer_id: row for row in rows.select_related("contact").order_by("at", "pk")}


def _customer(
    row: Customer,
    incident: Incident,
    affected: Mapping[int, str],
    told: set[int],
    waiting: Mapping[int, int],
    spoken: Mapping[int, CallRecord],
) -> dict[str, Any]:
    state, tone = ("told", "green") if row.pk in told else ("told nothing yet", "amber")
    if row.pk in waiting:
        state, tone = "no message reached them: call", "red"
    call = spoken.get(row.pk)
    return {
        "name": row.name,
        "tier": row.tier,
        "owner": str(row.account_owner or ""),
        "url": reverse("admin:customers_customer_change", args=[row.pk]),
        "assessment_url": reverse("admin:assessment", args=[incident.pk, row.pk]),
        "call_url": reverse("admin:call", args=[incident.pk, row.pk]),
        "reason": affected.get(row.pk, "told earlier, no longer affected"),
        "state": state,
        "tone": tone,
        "contact": _contact(call) if call else None,
    }


def _contact(row: CallRecord) -> dict[str, Any]:
    return {
        "text": f"{row.get_result_display()}{f', {row.whom}' if row.whom else ''}",
        "told": row.result != CallResult.NO_ANSWER,
        "by": row.made_by_name,
        "at": row.at,
        "note": row.note,
    }


def executive_facts(incident: Incident, now: datetime) -> dict[str, Any]:
    """What, since when, who, promises, what next, and which decisions wait: one page."""
    updates = list(incident.updates.select_related("message", "promise").order_by("number"))
    promises = sorted(
        (update.promise for update in updates if hasattr(update, "promise")), key=lambda row: (row.due_at, row.pk)
    )
    standing = next((row for row in promises if row.closed_at is None), None)
    in_scope = list(incident.affected.filter(until=None).select_related("service", "region", "instance").order_by("id"))
    audience = audience_of(incident, in_scope)
    waiting = calls.to_call(incident, updates)
    return {
        "now": now,
        "incident": head_of(incident),
        "summary": incident.summary,
        "promise": clock_of(incident, now),
        "quiet": quiet_words(incident),
        "steps": status_steps(incident),
        "started_at": incident.started_at,
        "lasted": amount_of_time(incident.lasted_seconds(now)),
        "noticed_by": incident.get_noticed_by_display(),
        "first_told_at": incident.first_told_at,
        "services": service_names(in_scope),
        "audience": counted(audience.counts()),
        "tiers": _tiers(audience.customers()),
        "not_reached": amount(len(waiting), "customer") if waiting else "",
        "calls_url": reverse("admin:call_list", args=[incident.pk]),
        "people": [(role, str(getattr(incident, role) or "nobody")) for role in ("commander", "liaison", "scribe")],
        "kept": sum(row.outcome == Outcome.KEPT for row in promises),
        "missed": [row for row in promises if row.outcome == Outcome.MISSED],
        "settled": sum(row.outcome in (Outcome.KEPT, Outcome.MISSED) for row in promises),
        "last": _last(updates),
        "next": _next(incident, standing, updates, now),
        "decisions": _decisions(incident, now),
    }


def _tiers(customers: QuerySet[Customer]) -> list[tuple[str, int]]:
    found = list(customers.order_by().values_list("tier", flat=True))
    return [(str(tier.label), found.count(tier)) for tier in TIERS if tier in found]


def _last(updates: list[Update]) -> Update | None:
    return next((row for row in reversed(updates) if row.message_id or row.key.startswith("carried:")), None)


def _next(incident: Incident, promise: Promise | None, updates: list[Update], now: datetime) -> list[tuple[str, str]]:
    """What comes: the end as far as it is known, what is tried, the message that goes by itself."""
    lines = [("Likely resolution", incident.likely_resolution or "not yet known")] if incident.is_open else []
    if incident.long_path_reason:
        lines.append(("Known longer path", incident.long_path_reason))
    live = (FindingState.UNDER_WAY, FindingState.PLANNED, FindingState.CONFIRMED)
    for row in Finding.objects.filter(incident=incident, state__in=live).order_by("track", "pk"):
        what = "Cause" if row.track == Track.DIAGNOSIS else row.get_state_display().capitalize()
        lines.append((what, row.text))
    found: Outlook | None = outlook(incident, promise, updates, now)
    if found is not None and found.at is not None:
        lines.append(("Goes by itself", f"a holding message at {timezone.localtime(found.at):%H:%M %Z}"))
    if incident.workaround:
        lines.append(("Workaround", incident.workaround))
    return lines


def _decisions(incident: Incident, now: datetime) -> list[dict[str, Any]]:
    """Requests to executives that wait for an answer, the one due first on top."""
    rows = incident.executive_requests.filter(answered_at=None).order_by("due_at", "pk") if incident.is_open else []
    return [
        {
            "text": row.text,
            "who": row.asked_by_name,
            "due": row.due_at,
            "is_late": row.is_late(now),
            "url": reverse("admin:executive_request", args=[row.pk]),
        }
        for row in rows
    ]
