"""A dated promise of the next update, found in the words of an old message."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from incidents.history.promised import promised_at

SAID_AT = datetime(2026, 3, 10, 14, 0, tzinfo=UTC)


def at(hour: int, minute: int = 0, *, day: int = 10) -> datetime:
    """A moment of March 2026."""
    return datetime(2026, 3, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "due"),
    [
        ("Next update in 30 minutes.", at(14, 30)),
        ("We are looking into it, next update in 30m", at(14, 30)),
        ("Next update is expected within 30 minutes.", at(14, 30)),
        ("Next update to be provided in 30 minutes.", at(14, 30)),
        ("We’ll post another update within 30 minutes.", at(14, 30)),
        ("Another update will be shared within the next 30 minutes.", at(14, 30)),
        ("We expect to provide another update within half an hour.", at(14, 30)),
        ("We will provide an update within 30 minutes or sooner if we learn more.", at(14, 30)),
        ("We will provide updates every 30 minutes.", at(14, 30)),
        ("In 30 minutes we will post another update.", at(14, 30)),
        ("Our next update will be in 45-60 minutes.", at(15)),
        ("We will provide another update within the hour.", at(15)),
        ("We will send hourly updates.", at(15)),
        ("We'll report back in 1.5 hours.", at(15, 30)),
        ("Next update in an hour and a half.", at(15, 30)),
        ("This page will be updated in 20 mins.", at(14, 20)),
        ("We will update again in fifteen minutes.", at(14, 15)),
        ("Next update: 15:30 UTC", at(15, 30)),
        ("Next Update - 1600 UTC", at(16)),
        ("Next update by 3:30 p.m. UTC.", at(15, 30)),
        ("We will provide another update at 9 a.m. PT.", at(16)),
        ("Next update at 17:00 CET.", at(16)),
    ],
)
def test_it_finds_the_moment_by_which_the_next_word_was_promised(text: str, due: datetime) -> None:
    assert promised_at(text, SAID_AT) == due


@pytest.mark.parametrize(
    "text",
    [
        "",
        "We will post an update shortly.",
        "More updates will be coming soon.",
        "We are monitoring and will send another update in a few minutes.",
        "We expect a fix to be deployed within 30 minutes.",
        "We will post an update; the deployment takes 30 minutes.",
        "Expect delayed updates to your dashboards for 30 minutes.",
        "Customers have to update by 16:00 UTC.",
        "No further updates will be provided in the next 30 minutes.",
        "We will not provide another update within 30 minutes.",
        "We will provide another update within an hour if we see improvements.",
        "If the rollback fails, next update in 30 minutes.",
        "The next update was due in 30 minutes.",
        "Next update at 16:00.",
        "Next update at 16:00 UTC on Monday.",
        "Next update at 25:00 UTC.",
        "Next update in 0 minutes.",
        "Next update in 3000 minutes.",
    ],
)
def test_it_takes_nothing_for_a_promise_that_cannot_be_kept_or_broken(text: str) -> None:
    assert promised_at(text, SAID_AT) is None


@pytest.mark.parametrize(
    ("text", "due"),
    [
        # Over midnight it is the next day; a moment that has just passed was a slip.
        ("Next update at 00:30 UTC.", at(0, 30, day=11)),
        ("Next update at 14:01 UTC.", at(14, 1)),
        ("Next update at 14:00 UTC.", None),
        ("Next update at 13:59 UTC.", None),
        ("Next update at 09:00 UTC tomorrow.", at(9, day=11)),
        # Twenty-four hours are the most.
        ("Next update in 24 hours.", at(14, day=11)),
        ("Next update in 25 hours.", None),
    ],
)
def test_it_is_exact_at_the_edges_of_a_day(text: str, due: datetime | None) -> None:
    assert promised_at(text, SAID_AT) == due


def test_it_stays_quick_on_a_very_long_text() -> None:
    text = "we will provide an update " * 4000 + "in"
    assert promised_at(text, SAID_AT) is None
