"""Tokens for links."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from pytest_django import Settings

from crisisdesk.core.signed import TokenPress, make_token, read_token


def test_a_press_makes_what_make_token_makes(settings: Settings) -> None:
    settings.LINK_KEYS = ["k" * 40, "old" * 20]
    now = datetime.now(UTC)
    ends = now + timedelta(days=1, microseconds=7)
    fields = (4711, 3, "INC-42 für Zürich")
    token = TokenPress("customers.progress", expires_at=ends).make(*fields)
    assert token == make_token("customers.progress", fields, expires_at=ends)
    assert read_token(token, "customers.progress", now=now) == list(fields)
