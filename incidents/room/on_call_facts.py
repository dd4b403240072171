"""What the page “On call” shows: who is on call now and next, the gaps, the weeks as a calendar, what concerns me."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q
from django.utils import timezone

from crisisdesk.core.access import Act, may
from crisisdesk.core.actors import Actor
from incidents.models import IncidentRole, Override, Rank, Swap, SwapState
from incidents.room.on_call_calendars import calendar_facts
from incidents.room.on_call_links import fill_address, span_address
from incidents.room.on_call_weeks import weeks_of
from incidents.schedules.rules import RANKS
from incidents.schedules.standing import AHEAD, Gap, Held, Plan, plan_of

MINE_AHEAD = timedelta(days=42)
CHANGES = 12
SHOWN_GAPS = 8


@dataclass(frozen=True, slots=True)
class Asked:
    """What to show: the first day (a Monday), how many weeks, one role or ("") all."""

    monday: date
    weeks: int
    role: str


def on_call_facts(asked: Asked, by: Actor, now: datetime) -> dict[str, Any]:
    """The context of admin/incidents/on_call/page.html, in the active time zone."""
    start, end = _moment(asked.monday), _moment(asked.monday + timedelta(weeks=asked.weeks))
    every_role = list(IncidentRole.objects.all())
    plan = plan_of(every_role, min(now, start), max(end, now + MINE_AHEAD))
    shown = [role for role in every_role if role.slug == asked.role] or every_role
    gaps = {role.pk: plan.gaps(role) for role in every_role}
    soon = [gap for role in every_role for gap in gaps[role.pk] if gap.start < now + AHEAD and gap.end > now]
    settings = may(by, Act.MANAGE_SETTINGS)
    return {
        "now": now,
        "may_settle": settings,
        "lines": [_line(plan, role, now) for role in every_role],
        **_gaps(soon, now, may_fill=settings),
        "weeks": weeks_of(plan, shown, gaps, asked.monday, asked.weeks, now, may_fill=settings),
        "roles": every_role,
        "asked": asked,
        "earlier": _address(asked, -1),
        "later": _address(asked, 1),
        "mine": _mine(plan, every_role, by, now),
        **_swaps(by, now),
        "overrides": _overrides(by, now, settings),
        **calendar_facts(by, now),
    }


def _moment(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))


def _address(asked: Asked, direction: int) -> str:
    monday = asked.monday + timedelta(weeks=direction * asked.weeks)
    values = {"from": monday.isoformat(), "weeks": str(asked.weeks)} | ({"role": asked.role} if asked.role else {})
    return f"?{urlencode(values)}"


def _line(plan: Plan, role: IncidentRole, now: datetime) -> dict[str, Any]:
    """One role: who is on call, until when, who is next, and who backs them up."""
    primary, backup = plan.held(role, Rank.PRIMARY), plan.held(role, Rank.BACKUP)
    current = [held for held in primary if held.since <= now < held.until]
    behind = [held for held in backup if held.since <= now < held.until]
    people = {held.person for held in current}
    following = next((held for held in primary if held.since > now and held.person not in people), None)
    return {
        "role": role,
        "now": [_shown(held, plan) for held in current],
        "backup": [_shown(held, plan) for held in behind if held.person not in people],
        "next": following,
    }


def _shown(held: Held, plan: Plan) -> dict[str, Any]:
    # As far as was looked is not an end.
    return {"person": held.person, "until": held.until if held.until < plan.end else None, "layer": held.layer}


def _gaps(soon: Sequence[Gap], now: datetime, *, may_fill: bool) -> dict[str, Any]:
    grave = [gap for gap in soon if gap.rank == Rank.PRIMARY]
    light = [gap for gap in soon if gap.rank == Rank.BACKUP]
    return {
        "gaps": [
            {
                "role": gap.role,
                "start": max(gap.start, now),
                "end": gap.end if gap.end < now + MINE_AHEAD else None,
                "left": ", ".join(map(str, gap.left)),
                "fill": fill_address(gap) if may_fill else "",
            }
            for gap in sorted(grave, key=lambda gap: gap.start)[:SHOWN_GAPS]
        ],
        "gaps_more": max(0, len(grave) - SHOWN_GAPS),
        "without_backup": sorted({gap.role.name for gap in light}),
    }


def _mine(plan: Plan, roles: Sequence[IncidentRole], by: Actor, now: datetime) -> list[dict[str, Any]]:
    found = [
        held
        for role in roles
        for rank in RANKS
        for held in plan.turns(role, rank)
        if held.person.pk == by.person_id and held.until > now and held.since < now + MINE_AHEAD
    ]
    return [
        {
            "role": held.role,
            "rank": held.rank,
            "since": held.since,
            "until": held.until,
            "has_begun": held.since <= now,
            "swap": span_address("admin:on_call_swap", held.role.slug, held.rank, held.since, held.until),
            "hand_over": span_address(
                "admin:on_call_override", held.role.slug, held.rank, max(held.since, now), held.until
            ),
        }
        for held in sorted(found, key=lambda held: held.since)
    ]


def _swaps(by: Actor, now: datetime) -> dict[str, Any]:
    concerns_me = Q(asker=by.person_id) | Q(partner=by.person_id)
    rows = Swap.objects.filter(concerns_me, gives_until__gt=now).exclude(state=SwapState.WITHDRAWN)
    swaps = list(rows.select_related("role", "asker", "partner").order_by("gives_from")[:CHANGES])
    open_ones = [swap for swap in swaps if swap.is_open(now)]
    return {
        "to_answer": [swap for swap in open_ones if swap.partner_id == by.person_id],
        "asked_by_me": [swap for swap in open_ones if swap.asker_id == by.person_id],
        "settled": [swap for swap in swaps if swap.state != SwapState.ASKED],
    }


def _overrides(by: Actor, now: datetime, settings: bool) -> list[dict[str, Any]]:
    rows = Override.objects.filter(withdrawn_at=None, ends_at__gt=now).select_related("role", "person")
    return [
        {"row": row, "may_end": settings or (by.person_id is not None and row.made_by_id == by.person_id)}
        for row in rows.order_by("starts_at")[:CHANGES]
    ]
