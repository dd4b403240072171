"""Addresses of the forms about who is on call, with a span filled in."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import urlencode

from django.urls import reverse

from incidents.schedules.standing import Gap


def fill_address(gap: Gap) -> str:
    """The form that puts somebody into a gap."""
    return span_address("admin:on_call_override", gap.role.slug, gap.rank, gap.start, gap.end)


def span_address(page: str, role: str, rank: str, start: datetime, end: datetime) -> str:
    """The address of a form with a role, a rank and a span filled in."""
    values = {"role": role, "rank": rank, "from": start.isoformat(), "until": end.isoformat()}
    return f"{reverse(page)}?{urlencode(values)}"
