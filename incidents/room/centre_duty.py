"""The command centre's lines on who is on call, and the roles for which nobody will be."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.urls import reverse

from crisisdesk.core.access import Act, may
from crisisdesk.core.actors import Actor
from incidents.models import IncidentRole, Rank
from incidents.schedules.standing import AHEAD, Plan, plan_of


def duty_plan(now: datetime) -> Plan:
    """What holds for every role in the next 14 days."""
    return plan_of(IncidentRole.objects.all(), now, now + AHEAD)


def duty_lines(plan: Plan, now: datetime) -> list[dict[str, Any]]:
    """Who is on call now, each person once with their roles, until the first of these ends (None: not in sight)."""
    found: dict[int, dict[str, Any]] = {}
    for role in plan.roles:
        for held in plan.held(role, Rank.PRIMARY):
            if not held.since <= now < held.until:
                continue
            until = held.until if held.until < plan.end else None
            line = found.setdefault(held.person.pk, {"name": str(held.person), "roles": [], "ends": []})
            line["roles"].append(str(role))
            line["ends"] += [until] if until else []
    return [
        {"name": line["name"], "role": ", ".join(line["roles"]), "until": min(line["ends"], default=None)}
        for line in found.values()
    ]


def uncovered(plan: Plan, by: Actor, now: datetime) -> list[dict[str, str]]:
    """The roles that are paged and will have nobody at times, each with where to mend it."""
    if not may(by, Act.VIEW_SETTINGS):
        return []
    return [
        {"text": f"Nobody is on call at times: {role}", "url": f"{reverse('admin:on_call')}?role={role.slug}"}
        for role in plan.roles
        if role.paged_on_alert and any(gap.rank == Rank.PRIMARY for gap in plan.gaps(role))
    ]
