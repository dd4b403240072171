"""The weeks of the page “On call”: a row for each role and rank, a cell for each day, gaps plainly marked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from django.utils import timezone

from incidents.models import IncidentRole, Rank
from incidents.room.on_call_links import fill_address
from incidents.schedules.rules import RANKS
from incidents.schedules.standing import Gap, Held, Plan

DAY = timedelta(days=1)
# The strip that draws a day is so many units wide, whatever the clocks do that night.
UNITS = 96
TONES = 6


@dataclass(frozen=True, slots=True)
class Part:
    """Part of a day: somebody, or nobody."""

    start: datetime
    end: datetime
    name: str
    tone: str
    is_whole_day: bool
    x: int
    width: int
    layer: str = ""
    fill: str = ""


@dataclass(frozen=True, slots=True)
class Cell:
    """A day of one role and rank."""

    day: date
    is_today: bool
    parts: list[Part] = field(default_factory=list)


def weeks_of(
    plan: Plan,
    roles: Sequence[IncidentRole],
    gaps: Mapping[int, Sequence[Gap]],
    monday: date,
    weeks: int,
    now: datetime,
    *,
    may_fill: bool,
) -> list[dict[str, Any]]:
    """The weeks from this Monday on, in the active time zone."""
    days = [monday + DAY * number for number in range(7 * weeks)]
    edges = [_midnight(day) for day in [*days, days[-1] + DAY]]
    tones = {pk: f"p{place % TONES + 1}" for place, pk in enumerate(sorted(plan.people))}
    rows: list[tuple[IncidentRole, str, list[Held], list[Gap]]] = [
        (role, rank, plan.parts(role, rank), [gap for gap in gaps[role.pk] if gap.rank == rank])
        for role in roles
        for rank in RANKS
    ]
    today = timezone.localtime(now).date()
    drawn = [
        {
            "role": role,
            "rank": Rank(rank).label,
            "is_backup": rank == Rank.BACKUP,
            "cells": [
                Cell(day, day == today, _parts(held, missing, edges[n], edges[n + 1], tones, may_fill))
                for n, day in enumerate(days)
            ],
        }
        for role, rank, held, missing in rows
    ]
    return [
        {
            "monday": days[7 * week],
            "sunday": days[7 * week + 6],
            "days": [(day, day == today) for day in days[7 * week : 7 * week + 7]],
            "rows": [row | {"cells": row["cells"][7 * week : 7 * week + 7]} for row in drawn],  # type: ignore[index]
        }
        for week in range(weeks)
    ]


def _parts(
    held: Sequence[Held],
    missing: Sequence[Gap],
    opens: datetime,
    closes: datetime,
    tones: Mapping[int, str],
    may_fill: bool,
) -> list[Part]:
    found = [
        _part(row.since, row.until, str(row.person), tones[row.person.pk], opens, closes, row.layer)
        for row in held
        if row.since < closes and row.until > opens
    ]
    found += [
        _part(
            gap.start, gap.end, "", "gap" if gap.rank == Rank.PRIMARY else "lack", opens, closes,
            fill=fill_address(gap) if may_fill else "",
        )
        for gap in missing
        if gap.start < closes and gap.end > opens
    ]  # fmt: skip
    return sorted(found, key=lambda part: (part.start, part.name))


def _part(
    start: datetime, end: datetime, name: str, tone: str, opens: datetime, closes: datetime, layer: str = "",
    fill: str = "",
) -> Part:  # fmt: skip
    begins, ends = max(start, opens), min(end, closes)
    whole = begins == opens and ends == closes
    left = round((begins - opens) / (closes - opens) * UNITS)
    width = max(1, round((ends - opens) / (closes - opens) * UNITS) - left)
    return Part(begins, ends, name, tone, whole, left, width, layer if layer in ("swap", "override") else "", fill)


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))
