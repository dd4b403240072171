"""How long one stays signed in."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from crisisdesk.core import sessions
from crisisdesk.core.models import User

pytestmark = pytest.mark.django_db

SignIn = Callable[[User], Client]
PAGE = "/admin/customers/customer/"


class Machine:
    """The machine's clock, which the test turns on."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    found = Machine()
    monkeypatch.setattr(sessions, "time", found)
    return found


def is_signed_in(client: Client, headers: dict[str, str] | None = None) -> bool:
    return bool(client.get(PAGE, headers=headers).status_code == 200)


def test_whoever_does_nothing_for_half_an_hour_is_signed_out(signed_in: SignIn, dana: User, machine: Machine) -> None:
    client = signed_in(dana)
    machine.now += 29 * 60
    assert is_signed_in(client)
    machine.now += 29 * 60
    assert is_signed_in(client)
    machine.now += 30 * 60
    assert not is_signed_in(client)
    assert not is_signed_in(client)


def test_a_page_that_keeps_itself_fresh_is_no_act(signed_in: SignIn, dana: User, machine: Machine) -> None:
    client = signed_in(dana)
    for _ in range(5):
        machine.now += 5 * 60
        assert is_signed_in(client, {sessions.BY_ITSELF: "1"})
    machine.now += 5 * 60
    assert not is_signed_in(client, {sessions.BY_ITSELF: "1"})


def test_the_working_day_ends_whatever_one_does(signed_in: SignIn, dana: User, machine: Machine) -> None:
    client = signed_in(dana)
    for _ in range(31):
        machine.now += 15 * 60
        assert is_signed_in(client)
    machine.now += 15 * 60
    assert not is_signed_in(client)


def test_the_limit_for_doing_nothing_may_be_another_or_none(
    signed_in: SignIn, dana: User, machine: Machine, settings: Settings
) -> None:
    client = signed_in(dana)
    settings.SESSION_IDLE_SECONDS = 0
    machine.now += 7 * 3600
    assert is_signed_in(client)
    settings.SESSION_IDLE_SECONDS = 90
    machine.now += 90
    assert not is_signed_in(client)


def test_a_session_from_before_the_limit_begins_anew(signed_in: SignIn, dana: User, machine: Machine) -> None:
    client = signed_in(dana)
    session = client.session
    del session[sessions.BEGAN], session[sessions.ACTED]
    session.save()
    assert is_signed_in(client)
    machine.now += 30 * 60
    assert not is_signed_in(client)


def test_an_act_is_written_down_once_a_minute(signed_in: SignIn, dana: User, machine: Machine) -> None:
    client = signed_in(dana)
    assert is_signed_in(client)
    before = client.session[sessions.ACTED]
    machine.now += 59
    assert is_signed_in(client)
    assert client.session[sessions.ACTED] == before
    machine.now += 1
    assert is_signed_in(client)
    assert client.session[sessions.ACTED] == before + 60


def test_a_page_without_a_session_asks_nothing(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(0):
        Client().get("/admin/login/")
