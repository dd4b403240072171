"""What the process demands of a message before it is sent."""

from __future__ import annotations

from dataclasses import replace

from incidents.lint import Words, findings

GOOD = Words(
    kind="progress",
    subject="Payments are failing",
    body="We found the cause: a full disk on the database primary. We are moving to the standby now.",
    likely_resolution="",
    has_next_update=True,
)


def test_it_finds_nothing_in_a_good_message() -> None:
    assert findings(GOOD) == []


def test_it_demands_subject_text_and_the_next_update() -> None:
    found = findings(replace(GOOD, subject=" ", body="", has_next_update=False))

    assert [finding.level for finding in found] == ["error"] * 3
    assert "commits to a time" in found[2].text


def test_it_demands_no_next_update_of_a_final_message() -> None:
    assert findings(replace(GOOD, kind="final", has_next_update=False)) == []


def test_it_finds_a_variable_that_was_left_in() -> None:
    assert "double braces" in findings(replace(GOOD, body=GOOD.body + " {{services}}"))[0].text


def test_it_warns_of_an_update_that_nearly_repeats_the_last() -> None:
    (finding,) = findings(replace(GOOD, previous_body=GOOD.body + " Thanks."))

    assert finding.level == "warning"
    assert "nearly repeats" in finding.text


def test_it_warns_of_a_message_that_says_very_little() -> None:
    assert "very short" in findings(replace(GOOD, body="We are on it."))[0].text
