"""A policy is drawn against the clock, and what is odd about it is said in words."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from crisisdesk.core.models import User
from incidents.models import PromisePolicy
from incidents.policy_picture import Told, picture, remarks, when


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "at the due time"),
        (-1, "1 s before"),
        (-119, "119 s before"),
        (-120, "2 min before"),
        (150, "2 min 30 s after"),
        (3599, "59 min 59 s after"),
        (3600, "1 h 00 min after"),
        (-3900, "1 h 05 min before"),
    ],
)
def test_it_says_when(seconds: int, words: str) -> None:
    assert when(seconds) == words


def test_it_places_steps_in_the_order_of_the_clock() -> None:
    drawn = picture([Told(0, "miss", "Mira"), Told(-900, "remind", "Dana"), Told(-300, "escalate", "Bea")], 60)

    assert [mark.label for mark in drawn.marks] == ["1", "2", "3"]
    assert [mark.x for mark in drawn.marks] == [5.0, 50.0, drawn.due]
    assert drawn.due + drawn.after == pytest.approx(95)


def test_it_merges_marks_that_would_hide_each_other() -> None:
    drawn = picture([Told(-300, "escalate", "Bea"), Told(-300, "escalate", "Ivo"), Told(-290, "remind", "Dana")], 60)

    assert [mark.label for mark in drawn.marks] == ["1–3"]
    assert len(drawn.steps) == 3


@pytest.mark.parametrize(
    ("steps", "word"),
    [
        ([], "without a warning"),
        ([Told(-60, "remind", "Dana")], "Nobody is told of a miss"),
        ([Told(-60, "remind", "Dana"), Told(0, "miss", "Mira")], "Only reminders"),
        ([Told(-3600, "escalate", "Dana"), Told(0, "miss", "Mira")], "before the promise is made"),
    ],
)
def test_it_says_what_is_odd(steps: list[Told], word: str) -> None:
    assert word in " ".join(remarks(steps, 60))


def test_it_says_nothing_of_a_sound_policy() -> None:
    assert remarks([Told(-3599, "remind", "D"), Told(-60, "escalate", "B"), Told(0, "miss", "M")], 60) == []


@pytest.mark.django_db
def test_it_is_on_the_policy_s_page_as_saved(ada: User, signed_in: Callable[[User], Client]) -> None:
    default = PromisePolicy.objects.get(severity="")

    page = signed_in(ada).get(f"/admin/incidents/promisepolicy/{default.pk}/change/").content.decode()

    assert "10 min before" in page
    assert "every incident that no other policy fits" in page
    assert "style=" not in page.split('class="desk policy"')[1].split("</fieldset>")[0]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("longest", "shortest", "words"), [(90, 15, "at least every 60 minutes"), (30, 30, "Must be below")]
)
def test_it_refuses_limits_that_make_no_sense(
    ada: User, signed_in: Callable[[User], Client], longest: int, shortest: int, words: str
) -> None:
    answer = signed_in(ada).post(
        "/admin/incidents/promisepolicy/add/",
        {
            "name": "Strict",
            "severity": "SEV1",
            "longest_gap_minutes": longest,
            "shortest_gap_minutes": shortest,
            "steps-TOTAL_FORMS": 0,
            "steps-INITIAL_FORMS": 0,
        },
    )

    assert words in answer.content.decode()
    assert not PromisePolicy.objects.filter(name="Strict").exists()
