"""What the process demands of a message before it is sent."""

from __future__ import annotations

from dataclasses import replace

import pytest

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


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("We have found the cause of the problem with Payments API and are working on the repair.", True),
        ("The cause is found: a full disk. We are moving to the standby now, and watch what it does.", True),
        ("Wir haben die Ursache der Störung bei Payments API gefunden und arbeiten an der Behebung.", True),
        ("Nous avons trouvé la cause de l'incident sur Payments API et travaillons à la réparation.", True),
        ("We are still working on the problem with Payments API; we have not found its cause yet.", False),
        (
            "Wir arbeiten weiter an der Störung; ihre Ursache haben wir noch nicht gefunden. Sobald wir mehr wissen.",
            False,
        ),
        ("Nous travaillons toujours sur l'incident et n'en avons pas encore trouvé la cause. Dès que possible.", False),
    ],
)
def test_a_text_that_names_the_cause_goes_under_no_heading_that_still_looks_for_it(body: str, says: bool) -> None:
    words = replace(GOOD, body=body, status="investigating", incident_status="investigating")
    assert any("cause is found" in finding.text for finding in findings(words)) is says
    known = replace(words, status="identified", incident_status="identified")
    assert not any("cause is found" in finding.text for finding in findings(known))
