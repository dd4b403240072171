"""The pure rules: consent, verdicts, the fuse; and the settings' checks."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pytest_django import Settings

from crisisdesk.core.transports import Answer, Fault, Outcome
from customers import checks
from customers.delivery.breaker import Breaker
from customers.delivery.consent import Consent, objection
from customers.delivery.journal import Journal
from customers.delivery.verdict import Standing, Verdict, judge, pause_after

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
WILLING = Consent(contact_is_active=True, customer_is_active=True, wants_channel=True, preference="all")


def verdict(answer: Answer, *, attempts: int = 1, unknowns: int = 0, repeats_safely: bool = True) -> Verdict:
    """Judged at noon, to be given up at midnight."""
    standing = Standing(attempts, unknowns, NOON + timedelta(hours=12))
    return judge(answer, standing, repeats_safely=repeats_safely, now=NOON, jitter=0.5)


def answer(outcome: Outcome, fault: Fault = Fault.NONE, code: str = "550 5.1.1", text: str = "words") -> Answer:
    """An answer of some server."""
    return Answer(outcome, code, text, "mail.example:25", fault=fault)


@pytest.mark.parametrize(
    ("given", "state", "suppress"),
    [
        (answer(Outcome.ACCEPTED), "sent", ""),
        (answer(Outcome.REJECTED, Fault.ADDRESS), "bounced", "550 5.1.1 words"),
        (answer(Outcome.REJECTED, Fault.ADDRESS, code=""), "rejected", ""),
        (answer(Outcome.REJECTED, Fault.MAILBOX), "rejected", ""),
        (answer(Outcome.REJECTED, Fault.CONTENT), "rejected", ""),
        (answer(Outcome.REJECTED, Fault.OTHER), "rejected", ""),
        (answer(Outcome.DEFERRED, Fault.THROTTLE), "deferred", ""),
        (answer(Outcome.BROKEN, Fault.POLICY), "deferred", ""),
        (answer(Outcome.UNKNOWN, Fault.CONNECTION), "deferred", ""),
    ],
)
def test_each_answer_leads_to_a_state_with_a_reason(given: Answer, state: str, suppress: str) -> None:
    found = verdict(given)
    assert (found.state, found.suppress) == (state, suppress)
    assert bool(found.reason) == (state != "sent")
    assert (found.next_attempt_at is not None) == (state == "deferred")


def test_a_provider_is_never_asked_twice_when_the_outcome_is_unknown() -> None:
    assert verdict(answer(Outcome.UNKNOWN), repeats_safely=False).state == "unconfirmed"
    assert verdict(answer(Outcome.UNKNOWN), unknowns=1).state == "unconfirmed"


def test_refused_three_times_by_policy_it_is_about_this_recipient() -> None:
    assert verdict(answer(Outcome.BROKEN, Fault.POLICY), attempts=3).state == "rejected"


def test_pauses_double_from_half_a_minute_to_twenty_and_are_spread() -> None:
    seconds = [pause_after(attempt, 0.5).total_seconds() for attempt in range(1, 9)]
    assert seconds == [30, 60, 120, 240, 480, 960, 1200, 1200]
    assert pause_after(1, 0.0).total_seconds() == 22.5
    assert pause_after(1, 1.0).total_seconds() == 37.5
    assert pause_after(10**6, 0.5).total_seconds() == 1200


def test_nothing_is_put_off_beyond_the_moment_it_is_given_up() -> None:
    standing = Standing(5, 0, NOON + timedelta(minutes=5))
    given = answer(Outcome.DEFERRED, Fault.THROTTLE)
    found = judge(given, standing, repeats_safely=True, now=NOON, jitter=0.5)
    assert (found.state, found.reason) == ("failed", "Given up after 5 attempts: 550 5.1.1 words")


def test_no_objection_to_whoever_wants_everything() -> None:
    assert objection(WILLING, kind="progress", address="pat@acme.example", suppressed={}) == ""


def test_the_fuse_opens_at_once_and_longer_each_time_and_closes_with_a_success() -> None:
    fuse = Breaker()
    refused = answer(Outcome.BROKEN, Fault.CONNECTION)
    pauses = []
    for _ in range(3):
        assert fuse.note(refused, "acme.example")
        assert not fuse.note(refused, "acme.example")  # the other threads notice the same
        pauses.append(round(fuse.pause_seconds, 1))
        fuse._open_until = 0.0
    assert pauses == [0.5, 1.0, 2.0]
    assert fuse.must_tell
    assert not fuse.note(answer(Outcome.ACCEPTED), "acme.example")
    assert (fuse.is_open, fuse.must_tell) == (False, False)


def test_ten_lost_connections_in_a_row_open_the_fuse_and_one_recipient_does_not() -> None:
    fuse = Breaker()
    lost = answer(Outcome.UNKNOWN, Fault.CONNECTION)
    assert [fuse.note(lost, f"acme-{number}.example") for number in range(10)] == [False] * 9 + [True]
    other = Breaker()
    assert not any(other.note(answer(Outcome.REJECTED, Fault.ADDRESS), "acme.example") for _ in range(50))


def test_connections_lost_over_mails_to_one_domain_do_not_open_the_fuse() -> None:
    fuse = Breaker()
    lost = answer(Outcome.UNKNOWN, Fault.CONNECTION)
    assert not any(fuse.note(lost, "slow.example") for _ in range(49))
    assert fuse.note(lost, "slow.example"), "so many with nothing taken between them are no accident"
    provider = Breaker(is_smtp=False)
    assert [provider.note(lost, "acme.example") for _ in range(10)] == [False] * 9 + [True]


def test_a_journal_that_cannot_be_written_raises(tmp_path: Path) -> None:
    journal = Journal(tmp_path, "run")
    with pytest.raises(OSError, match="not open"):
        journal.begun(1)
    assert journal.open()
    os.close(journal._descriptor)  # type: ignore[arg-type]
    with pytest.raises(OSError, match="Bad file descriptor"):
        journal.begun(1)
    journal._descriptor = None


def test_two_runs_never_share_a_journal(tmp_path: Path) -> None:
    first, second = Journal(tmp_path, "run"), Journal(tmp_path, "run")
    assert first.open()
    assert not second.open()
    first.release()
    assert second.open()
    second.release()


def test_production_needs_keys_for_links_and_an_https_address(settings: Settings) -> None:
    settings.LINK_KEYS, settings.BASE_URL = [], "http://desk.example"
    assert [found.id for found in checks.check_link_keys() + checks.check_base_url()] == [
        "customers.E001",
        "customers.W001",
    ]


@pytest.mark.parametrize(
    ("name", "value", "found"),
    [
        ("CUSTOMER_MAIL_URL", "ftp://x", "customers.E002"),
        ("CUSTOMER_MAIL_URL", "smtp://desk:secret@mail.example", "customers.W002"),
        ("MAIL_FROM", "Support", "customers.E003"),
        ("DRILL_ADDRESS", "", "customers.E003"),
    ],
)
def test_settings_that_reach_nobody_are_told_before_anything_runs(
    name: str, value: str, found: str, desk: Settings
) -> None:
    assert checks.check_customer_mail() == []
    setattr(desk, name, value)
    (message,) = checks.check_customer_mail()
    assert message.id == found
    assert "secret" not in str(message)


def test_a_journal_directory_is_looked_for_beforehand(desk: Settings, tmp_path: Path) -> None:
    assert checks.check_journal() == []
    (tmp_path / "file").touch()
    desk.JOURNAL_DIR = tmp_path / "file" / "journal"
    assert [found.id for found in checks.check_journal()] == ["customers.W003"]
