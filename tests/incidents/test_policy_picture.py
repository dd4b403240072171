"""A policy is drawn against the clock, and what is odd about it is said in words."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.test import Client

from crisisdesk.core.models import User
from incidents.models import IncidentRole, PolicyStep, PromisePolicy
from incidents.models.policy import known_channels
from incidents.policy_picture import Told, line, picture, read_when, remarks, when

PICTURE = "/admin/incidents/promisepolicy/picture/"


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


@pytest.mark.parametrize("seconds", [0, -1, -119, -120, 150, 3599, 3600, -3900, 86_400])
def test_it_reads_what_it_writes(seconds: int) -> None:
    assert read_when(when(seconds)) == seconds


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("-600", -600),
        ("+5", 5),
        ("10MIN before", -600),
        (" 1.5 h  after ", 5400),
        ("1h 05 min before", -3900),
        ("due", 0),
    ],
)
def test_it_reads_what_people_write(text: str, seconds: int) -> None:
    assert read_when(text) == seconds


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("10 min", "neither before nor after"),
        ("soon before", "no moment"),
        ("before", "no moment"),
        ("10 fortnights before", "no unit"),
        ("25 h before", "more than a day"),
        ("99999999", "more than a day"),
        ("1 000 000 000 000 s after", "no moment"),
        ("", "neither"),
    ],
)
def test_it_says_what_it_cannot_read(text: str, word: str) -> None:
    with pytest.raises(ValueError, match=word):
        read_when(text)


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


@pytest.fixture
def written() -> dict[str, str]:
    """The form of a policy with one step that is whole and one that is not yet."""
    liaison = str(IncidentRole.objects.get(slug="liaison").pk)
    rows = [
        {"offset_seconds": "20 min before", "action": "remind", "role": liaison, "whom": "backup", "words": "Wake up"},
        {"offset_seconds": "10 mi", "action": "escalate", "role": liaison, "whom": "group"},
    ]
    form = {"name": "Strict", "severity": "SEV1", "longest_gap_minutes": "30", "shortest_gap_minutes": "15"}
    form |= {"steps-TOTAL_FORMS": "2", "steps-INITIAL_FORMS": "0"}
    return form | {f"steps-{at}-{name}": value for at, row in enumerate(rows) for name, value in row.items()}


@pytest.mark.django_db
def test_it_is_drawn_while_it_is_written(
    ada: User, signed_in: Callable[[User], Client], written: dict[str, str]
) -> None:
    answer = signed_in(ada).post(PICTURE, written | {"steps-0-channels": "voice"})
    page = answer.content.decode()

    assert "20 min before" in page
    assert "Customer liaison, the backup on call" in page
    assert "voice call" in page
    assert "“Wake up”" in page
    assert "One step is not drawn yet" in page
    assert "not saved yet" in page
    assert "Nobody is told of a miss" in page
    assert not PromisePolicy.objects.filter(name="Strict").exists()
    assert PolicyStep.objects.filter(policy__severity="").count() == PolicyStep.objects.count()


@pytest.mark.django_db
def test_it_is_drawn_only_for_whoever_may_change_it(
    ivo: User, ada: User, signed_in: Callable[[User], Client], written: dict[str, str]
) -> None:
    assert signed_in(ivo).post(PICTURE, written).status_code == 403
    assert signed_in(ada).get(PICTURE).status_code == 405


@pytest.mark.django_db
@pytest.mark.parametrize(
    "bad", [{"steps-TOTAL_FORMS": "many"}, {"longest_gap_minutes": "999999"}, {"steps-0-role": "x"}]
)
def test_it_is_drawn_from_whatever_is_sent(
    ada: User, signed_in: Callable[[User], Client], written: dict[str, str], bad: dict[str, str]
) -> None:
    assert signed_in(ada).post(PICTURE, written | bad).status_code == 200


@pytest.mark.django_db
def test_it_keeps_channels_and_words_of_any_number_of_steps(
    ada: User, signed_in: Callable[[User], Client], written: dict[str, str]
) -> None:
    form = {key: value for key, value in written.items() if not key.startswith("steps-1")} | {"steps-TOTAL_FORMS": "30"}
    for at in range(30):
        moment = f"{at + 1} min {'before' if at % 2 else 'after'}"
        form |= {f"steps-{at}-{name}": written[f"steps-0-{name}"] for name in ("action", "role", "whom", "words")}
        form |= {f"steps-{at}-offset_seconds": moment}
    answer = signed_in(ada).post("/admin/incidents/promisepolicy/add/", form | {"steps-3-channels": ["sms", "voice"]})

    assert answer.status_code == 302
    steps = PolicyStep.objects.filter(policy__name="Strict")
    assert steps.count() == 30
    assert steps.get(offset_seconds=-240).channels == ["sms", "voice"]
    assert set(steps.values_list("words", flat=True)) == {"Wake up"}


@pytest.mark.django_db
def test_it_refuses_a_channel_that_does_not_exist(
    ada: User, signed_in: Callable[[User], Client], written: dict[str, str]
) -> None:
    form = {key: value for key, value in written.items() if not key.startswith("steps-1")} | {"steps-TOTAL_FORMS": "1"}
    answer = signed_in(ada).post("/admin/incidents/promisepolicy/add/", form | {"steps-0-channels": "pigeon"})

    assert "pigeon is not one of the available choices" in answer.content.decode()
    with pytest.raises(ValidationError, match="Name each channel once"):
        known_channels(["sms", "sms"])


@pytest.mark.django_db
def test_the_database_refuses_a_longer_gap_than_an_hour() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        PromisePolicy.objects.update(longest_gap_minutes=61)


def test_a_page_that_waits_is_drawn_from_its_beginning() -> None:
    marks = line([0, 300, 600, 1200])
    assert [mark.label for mark in marks] == ["1", "2", "3", "4"]
    assert [mark.x for mark in marks] == [5.0, 25.0, 45.0, 85.0]
    assert [mark.action for mark in marks] == ["remind", "escalate", "escalate", "escalate"]


def test_steps_of_a_page_too_near_to_tell_apart_share_a_mark() -> None:
    assert [mark.label for mark in line([0, 60, 3600, 7200])] == ["1–2", "3", "4"]
    assert [mark.label for mark in line([0, 0])] == ["1–2"]
