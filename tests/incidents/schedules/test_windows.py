"""Weekly windows in the console: made, changed and refused as administrators meet them."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.test import Client

from crisisdesk.core.models import AuditEntry, User
from incidents.models import WeeklyWindow
from tests.incidents.schedules.cast import role

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]
WHERE = "/admin/incidents/weeklywindow/"


def form(*people: User, **fields: object) -> dict[str, object]:
    values: dict[str, object] = {
        "name": "Nights",
        "role": str(role().pk),
        "rank": "primary",
        "time_zone": "Europe/Berlin",
        "weekdays": ["1", "2", "5"],
        "starts": "22:00",
        "ends": "06:00",
        "valid_from": "2026-03-02",
        "valid_until": "",
        "handover_day": "1",
        "handover_at": "09:00",
        "weeks": "2",
        "is_active": "on",
        "members-TOTAL_FORMS": str(len(people)),
        "members-INITIAL_FORMS": "0",
    }
    for number, person in enumerate(people):
        values |= {f"members-{number}-position": str(number + 1), f"members-{number}-person": str(person.pk)}
    return values | fields


def test_an_administrator_makes_a_window(signed_in: SignIn, ada: User, ivo: User, petra: User) -> None:
    assert signed_in(ada).post(f"{WHERE}add/", form(petra, ivo)).status_code == 302
    window = WeeklyWindow.objects.get()
    assert window.weekdays == "125"
    assert [member.person for member in window.members.all()] == [petra, ivo]
    assert AuditEntry.objects.get(action="oncall.window_made").data["people"] == [petra.pk, ivo.pk]
    assert window.history.get().history_actor == "Ada Novak"
    page = signed_in(ada).get(WHERE).content.decode()
    assert "Mon Tue Fri" in page
    assert "22:00–06:00" in page
    shown = signed_in(ada).get(f"{WHERE}{window.pk}/change/").content.decode()
    assert 'value="22:00"' in shown


def test_people_are_chosen_in_turn_and_kept_on_their_own_page(
    signed_in: SignIn, ada: User, ivo: User, petra: User
) -> None:
    signed_in(ada).post(f"{WHERE}add/", form(petra, ivo))
    page = signed_in(ada).get(f"{WHERE}{WeeklyWindow.objects.get().pk}/change/").content.decode()

    assert "related-widget-wrapper-link" not in page
    turns = re.findall(r'name="members-\d+-position" value="(\d+)"', page)
    assert turns == ["1", "2", "3", "4"]


def test_it_says_what_is_wrong_and_keeps_what_was_typed(signed_in: SignIn, ada: User, ivo: User, dana: User) -> None:
    for values, words in (
        (form(), "Add at least one person"),
        (form(dana), "Dana Reyes: not active or not in Operations, which On-call operations takes."),
        (form(ivo, weekdays=[]), "Choose at least one day of the week."),
        (form(ivo, valid_until="2026-03-01"), "The last day must not be before the first."),
        (form(ivo, weeks="0"), "greater than or equal to 1"),
        (form(ivo, time_zone="Mars/Olympus"), "not one of the available choices"),
    ):
        page = signed_in(ada).post(f"{WHERE}add/", values).content.decode()
        assert words in page
        assert 'value="Nights"' in page
    assert not WeeklyWindow.objects.exists()


def test_only_administrators_change_windows(signed_in: SignIn, ivo: User, otto: User) -> None:
    assert signed_in(ivo).get(WHERE).status_code == 200
    assert signed_in(ivo).post(f"{WHERE}add/", form(ivo)).status_code == 403
    assert signed_in(otto).get(WHERE).status_code in (302, 403)
