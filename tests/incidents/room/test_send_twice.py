"""Send pressed twice at once: one message, and nobody reads that somebody else was quicker."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import close_old_connections, connections
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from crisisdesk.core import clock
from crisisdesk.core.access import Group
from crisisdesk.core.actors import Actor
from crisisdesk.core.models import User
from incidents.drafts import open_draft, start_draft
from incidents.models import Draft, Incident, Promise, Update
from incidents.room import compose
from tests import factories as make
from tests.conftest import make_person

pytestmark = pytest.mark.usefixtures("db")
SignIn = Callable[[User], Client]
PRESSES, FIFTY = 6, 50


@pytest.fixture
def db(own_copy: None) -> None:
    """Commits are seen by other threads."""


@pytest.fixture
def draft(dana: User, ivo: User) -> Draft:
    """The first message to Acme, about to be sent."""
    make.contact(make.customer("Acme", make.service()), "Ana")
    incident = make.incident(by=Actor.person(ivo), now=clock.now())
    return start_draft(incident, kind="initial", by=Actor.person(dana), now=clock.now())


def press(client: Client, incident: Incident, draft: Draft, key: str = "one press") -> HttpResponse:
    """Press Send."""
    form = {"kind": "initial", "status": "investigating", "version": "1", "preset": "30", "confirm": "yes"}
    words = {"subject": "Card payments fail", "body": make.BODY}
    url = reverse("admin:compose", args=[incident.pk])
    return client.post(url, {**form, **words, "key": key, "action": "send"})  # type: ignore[return-value]


def test_six_presses_at_once_send_one_message_and_all_say_so(signed_in: SignIn, dana: User, draft: Draft) -> None:
    clients = [signed_in(dana) for _ in range(PRESSES)]
    start = Barrier(PRESSES)

    def one(client: Client) -> int:
        close_old_connections()
        start.wait(10)
        try:
            return press(client, draft.incident, draft).status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(PRESSES) as pool:
        assert list(pool.map(one, clients)) == [302] * PRESSES
    assert Update.objects.count() == 1


def test_the_press_that_finds_its_message_sent_meanwhile_is_told_of_it(
    signed_in: SignIn, dana: User, draft: Draft, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between reading the draft and saving it, the other press of the same button goes through."""
    read = open_draft
    first = signed_in(dana)

    def read_late(incident: Incident) -> Draft | None:
        found = read(incident)
        monkeypatch.setattr(compose, "open_draft", read)
        assert press(first, incident, draft).status_code == 302
        return found

    second = signed_in(dana)
    monkeypatch.setattr(compose, "open_draft", read_late)
    answer = press(second, draft.incident, draft)
    assert answer.status_code == 302
    assert Update.objects.count() == 1
    page = second.get(answer["Location"]).content.decode()
    assert "on its way to 1 contact at 1 customer." in page


def test_another_press_that_comes_late_reads_who_sent_it(signed_in: SignIn, dana: User, draft: Draft) -> None:
    client = signed_in(dana)
    press(client, draft.incident, draft)
    answer = press(client, draft.incident, draft, key="another press")
    assert answer.status_code == 409
    assert "Dana Reyes sent this message at" in answer.content.decode()


@pytest.mark.full
def test_fifty_presses_of_two_operators_send_one_message(signed_in: SignIn, dana: User, draft: Draft) -> None:
    """Each press is of its own: another key. One sends, the others read who was quicker, and nobody else is sent to."""
    others = make_person("Sam Winter", Group.SUPPORT)
    clients = [signed_in(dana if number % 2 else others) for number in range(FIFTY)]
    start = Barrier(FIFTY)

    def one(number: int) -> tuple[int, str]:
        close_old_connections()
        start.wait(60)
        try:
            answer = press(clients[number], draft.incident, draft, key=f"press {number}")
            return answer.status_code, answer.content.decode()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(FIFTY) as pool:
        answers = list(pool.map(one, range(FIFTY)))

    assert [status for status, _ in answers].count(302) == 1
    lost = [page for status, page in answers if status != 302]
    assert {status for status, _ in answers} == {302, 409}
    assert all("Reyes" in page or "Winter" in page for page in lost)
    update = Update.objects.get()
    assert update.message is not None
    assert update.message.deliveries.count() == 1
    assert Promise.objects.count() == 1
