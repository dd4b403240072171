"""Which messages and changes an incident allows, state by state."""

from __future__ import annotations

from dataclasses import replace

import pytest

from incidents.lifecycle import (
    Position,
    refuse_change,
    refuse_green_light,
    refuse_kind,
    refuse_reopening,
    refuse_status,
    refuse_withdrawal,
)

NEW = Position("INC-42", "investigating", is_brief=False, was_told=False, has_green_light=False)
TOLD = replace(NEW, was_told=True)
GREEN = replace(TOLD, status="monitoring", has_green_light=True)
RESOLVED = replace(GREEN, status="resolved")
BRIEF = replace(NEW, status="resolved", is_brief=True)

ALLOWED = {
    "new": {"initial"},
    "told": {"progress", "holding", "correction"},
    "green": {"progress", "holding", "correction", "final"},
    "resolved": {"postmortem"},
    "brief": set(),
}
POSITIONS = {"new": NEW, "told": TOLD, "green": GREEN, "resolved": RESOLVED, "brief": BRIEF}
KINDS = ["initial", "progress", "holding", "correction", "final", "postmortem"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", POSITIONS)
def test_it_allows_exactly_the_messages_of_each_state(name: str, kind: str) -> None:
    refusal = refuse_kind(POSITIONS[name], kind)

    assert (refusal == "") is (kind in ALLOWED[name])
    assert refusal == "" or refusal.startswith("INC-42")


def test_it_holds_the_final_message_back_without_a_green_light() -> None:
    assert "no green light; Operations gives it" in refuse_kind(TOLD, "final")


def test_it_says_to_reopen_a_resolved_incident() -> None:
    assert refuse_kind(RESOLVED, "progress") == "INC-42 is resolved; reopen it before sending an update."
    assert "reopen it before you change its scope" in refuse_change(RESOLVED, "change its scope")


def test_it_resolves_by_the_final_message_only() -> None:
    assert "by its final message" in refuse_status(TOLD, "resolved")
    assert refuse_status(TOLD, "identified") == ""


def test_it_gives_the_green_light_once_and_takes_it_back_only_before_the_end() -> None:
    assert refuse_green_light(TOLD) == ""
    assert "already" in refuse_green_light(GREEN)
    assert refuse_withdrawal(GREEN) == ""
    assert "no green light" in refuse_withdrawal(TOLD)
    assert "relapse reopens" in refuse_withdrawal(RESOLVED)


def test_it_reopens_only_what_is_resolved() -> None:
    assert refuse_reopening(RESOLVED) == ""
    assert "open already" in refuse_reopening(TOLD)
