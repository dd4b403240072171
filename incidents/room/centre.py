"""The command centre: what is open, who is needed, what waits for me, how the week went."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Q
from django.urls import reverse
from django.utils import timezone

from crisisdesk.core.access import Act, may
from crisisdesk.core.actors import Actor
from crisisdesk.core.clock import ago
from customers.affected import Scope, audience
from customers.models import Customer
from incidents.command import COMMAND_ROLES, vacant_roles
from incidents.knowing import known_to
from incidents.models import (
    AffectedService,
    AlertSource,
    Draft,
    EmergencyUse,
    ExecutiveRequest,
    Incident,
    NoticedBy,
    Outcome,
    PolicyStep,
    Promise,
    PromisePolicy,
    Template,
    Update,
)
from incidents.room.alive import alive
from incidents.room.centre_duty import duty_lines, duty_plan, uncovered
from incidents.room.centre_pages import pages_facts
from incidents.room.countdown import MISSED, SOON, URGENT, Countdown, countdown
from incidents.room.head import head_of, quiet_words
from incidents.room.reach import amount, number
from incidents.room.saved_links import saved

WEEK = timedelta(days=7)


def centre_facts(by: Actor, now: datetime) -> dict[str, Any]:
    """The context of admin/incidents/centre.html."""
    incidents = _open_incidents(by)
    drafts = {draft.incident_id: draft for draft in Draft.objects.filter(closed_at=None, incident__in=incidents)}
    cards = _cards(incidents, drafts, by, now)
    duty = duty_plan(now)
    unapproved = list(Template.objects.filter(is_active=True, approved_at=None).only("pk", "name"))
    return {
        "now": now,
        **alive(now),
        "incidents": sorted(cards, key=_urgency),
        **pages_facts(now),
        "mine": _mine(incidents, drafts, unapproved, by),
        "week": _week(by, now),
        "duty": duty_lines(duty, now),
        "saved": saved(by),
        "readiness": [*_beginnings(incidents, by), *_readiness(unapproved, by), *uncovered(duty, by, now)],
    }


def _open_incidents(by: Actor) -> list[Incident]:
    rows = (
        Incident.objects.unresolved()
        .filter(known_to(by))
        .select_related("incident_type__policy", "liaison", "commander")
    )
    return list(rows.order_by("-declared_at"))


def _urgency(card: Mapping[str, Any]) -> tuple[bool, datetime, str]:
    """Real ones before drills, then the nearest promise (none at all is the most urgent), then severity."""
    promise: Countdown | None = card["promise"]
    return card["is_drill"], promise.due_at if promise else card["opened_at"], card["severity"]


def _cards(
    incidents: Sequence[Incident], drafts: Mapping[int, Draft], by: Actor, now: datetime
) -> list[dict[str, Any]]:
    ids = [incident.pk for incident in incidents]
    promises = {promise.incident_id: promise for promise in Promise.objects.open().filter(incident__in=ids)}
    by_severity, steps = _policies()
    last: dict[int, Update] = {}
    for update in (
        Update.objects.filter(incident__in=ids)
        .order_by("number")
        .only("incident_id", "number", "customers_count", "contacts_count")
    ):
        last[update.incident_id] = update
    services: dict[int, list[AffectedService]] = defaultdict(list)
    for row in AffectedService.objects.filter(incident__in=ids, until=None).select_related(
        "service", "region", "instance"
    ):
        services[row.incident_id].append(row)
    cards = []
    for incident in incidents:
        promise = promises.get(incident.pk)
        policy = incident.policy_from(by_severity)
        clock = countdown(promise, steps[policy.pk] if policy else [], now) if promise else None
        cards.append(
            {
                **head_of(incident),
                **_reach(incident, last.get(incident.pk), services[incident.pk]),
                "services": list(dict.fromkeys(str(row) for row in services[incident.pk])),
                "promise": clock,
                "quiet": quiet_words(incident),
                "needs": _needs(incident, clock, drafts.get(incident.pk), by),
                "liaison": str(incident.liaison or ""),
                "opened_at": incident.declared_at,
                "opened": ago(incident.declared_at, now),
            }
        )
    return cards


def _policies() -> tuple[dict[str, PromisePolicy], dict[int, list[PolicyStep]]]:
    """The policies by severity, and what the clock needs of the steps of each by its id: one read."""
    policies: dict[str, PromisePolicy] = {}
    found: dict[int, list[PolicyStep]] = defaultdict(list)
    rows: Any = PromisePolicy.objects.order_by("pk")
    for pk, severity, offset, action in rows.values_list("pk", "severity", "steps__offset_seconds", "steps__action"):
        policies[severity] = PromisePolicy(pk=pk, severity=severity)
        # A policy without steps comes once, with none.
        found[pk] += [PolicyStep(offset_seconds=offset, action=action)] if action else []
    return policies, found


def _reach(incident: Incident, last: Update | None, rows: Sequence[AffectedService]) -> dict[str, Any]:
    """How many are told; as long as nobody is, how many use what is affected (people's adjustments apart)."""
    if last is not None:
        count, word = last.customers_count, "told"
    else:
        scopes = [Scope(row.service_id, row.region_id, row.instance_id) for row in rows]
        count, word = audience(scopes).counts().customers, "affected"
    return {"customers": count, "customers_text": number(count), "reach_word": word}


def _needs(incident: Incident, clock: Countdown | None, draft: Draft | None, by: Actor) -> str:
    """What this person can do about it now; empty when nothing is needed of them."""
    if may(by, Act.SEND_UPDATE):
        if clock is not None and clock.level == MISSED:
            return "Send the update now: the promise is missed"
        if incident.first_told_at is None:
            return "Alert the affected customers"
        if incident.has_green_light:
            return "Green light given: send the final message"
        if clock is not None and clock.level in (SOON, URGENT):
            return f"Finish the {draft.get_kind_display()}" if draft else "Write the update"
        if draft is not None:
            return f"A draft waits: {draft.get_kind_display()}"
    if incident.commander_id is None and may(by, Act.CHANGE_INCIDENT):
        return "Nobody commands it yet: take it"
    if may(by, Act.GREEN_LIGHT) and incident.status == "monitoring" and not incident.has_green_light:
        return "Over? Give the green light"
    return ""


def _mine(
    incidents: Sequence[Incident], drafts: Mapping[int, Draft], unapproved: Sequence[Template], by: Actor
) -> list[dict[str, str]]:
    found = _asked_of(by)
    for incident in incidents:
        draft = drafts.get(incident.pk)
        if draft is not None and may(by, Act.EDIT_DRAFT):
            url = reverse("admin:compose", args=[incident.pk])
            label = f"Draft, kept by {draft.saved_by_name}"
            found.append({"label": label, "title": f"{draft.get_kind_display().capitalize()}, {incident}", "url": url})
        if incident.has_green_light and may(by, Act.SEND_UPDATE):
            url = reverse("admin:incidents_incident_change", args=[incident.pk])
            found.append({"label": "Green light given", "title": f"Final message, {incident}", "url": url})
        found += _to_be_taken(incident, by)
    if may(by, Act.APPROVE_TEMPLATE):
        found += [
            {
                "label": "Template to approve",
                "title": template.name,
                "url": reverse("admin:incidents_template_change", args=[template.pk]),
            }
            for template in unapproved[:5]
        ]
        waiting = EmergencyUse.objects.filter(known_to(by, "update__incident__"), reviewed_at=None).count()
        if waiting:
            title = f"{amount(waiting, 'message')} went out from a template that nobody approved"
            found.append({"label": "Look at it", "title": title, "url": reverse("admin:emergency_uses")})
    return found


def _to_be_taken(incident: Incident, by: Actor) -> list[dict[str, str]]:
    """The roles of an incident that nobody holds and this person may."""
    vacant = [role for role in vacant_roles(incident) if not COMMAND_ROLES[role].isdisjoint(by.groups)]
    if not vacant:
        return []
    url = reverse("admin:incidents_incident_change", args=[incident.pk])
    return [{"label": f"No {' or '.join(vacant)}, {incident.reference}", "title": incident.title, "url": url}]


def _asked_of(by: Actor) -> list[dict[str, str]]:
    """Requests that wait for an answer of executives."""
    if not may(by, Act.ANSWER_REQUEST):
        return []
    rows = (
        ExecutiveRequest.objects.unanswered()
        .filter(known_to(by, "incident__"))
        .select_related("incident")
        .order_by("due_at")[:5]
    )
    return [
        {
            "label": f"Your answer is needed, {row.incident.reference}",
            "title": row.text[:120],
            "due": f"due {timezone.localtime(row.due_at):%H:%M}",
            "url": reverse("admin:executive_request", args=[row.pk]),
        }
        for row in rows
    ]


def _week(by: Actor, now: datetime) -> dict[str, int]:
    real = Q(incident__is_drill=False)
    promises = Promise.objects.settled().filter(
        known_to(by, "incident__"), real, due_at__gt=now - WEEK, due_at__lte=now
    )
    kept = Count("pk", filter=Q(outcome=Outcome.KEPT))
    settled = promises.aggregate(total=Count("pk"), kept=kept)
    known = ~Q(noticed_by=NoticedBy.UNKNOWN)
    first = Count("pk", filter=known & ~Q(noticed_by=NoticedBy.CUSTOMER))
    week = Incident.objects.real().filter(known_to(by), declared_at__gt=now - WEEK)
    incidents = week.aggregate(total=Count("pk"), known=Count("pk", filter=known), first=first)
    return {
        "promises_kept": settled["kept"],
        "promises_total": settled["total"],
        "incidents": incidents["total"],
        "detected_first": incidents["first"],
        "detected_total": incidents["known"],
    }


def _beginnings(incidents: Sequence[Incident], by: Actor) -> list[dict[str, str]]:
    """What a new desk still lacks, each with where it is done; asked for only while nothing is open."""
    if incidents or not may(by, Act.VIEW_SETTINGS):
        return []
    found = []
    if not Customer.objects.exists():
        found.append({"text": "No customer is known: import them", "url": reverse("admin:customers_customer_import")})
    if not AlertSource.objects.filter(is_active=True).exists():
        url = reverse("admin:incidents_alertsource_changelist")
        found.append({"text": "No monitoring is connected", "url": url})
    return found


def _readiness(unapproved: Sequence[Template], by: Actor) -> list[dict[str, str]]:
    """Reasons why the desk is not ready, each with where to mend it."""
    if not unapproved or not may(by, Act.VIEW_SETTINGS):
        return []
    count = len(unapproved)
    words = "1 template is not approved" if count == 1 else f"{count} templates are not approved"
    return [{"text": words, "url": reverse("admin:incidents_template_changelist")}]
