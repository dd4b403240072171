"""The command centre and the frame around every page of the console."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from crisisdesk.core import clock
from crisisdesk.core.actors import Actor
from crisisdesk.core.engine import loops
from crisisdesk.core.models import Lease, User
from incidents.alerts import report_problem
from incidents.greenlight import give_green_light
from incidents.models import IncidentRole, Shift
from tests import factories as make

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]


@pytest.fixture
def by_both(dana: User, ivo: User) -> tuple[Actor, Actor]:
    """Dana and Ivo as actors; Acme uses Payments API."""
    make.contact(make.customer("Acme", make.service()), "Ana")
    return Actor.person(dana), Actor.person(ivo)


def front(client: Client) -> str:
    """The front page as text, blanks folded."""
    answer = client.get(reverse("admin:index"))
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", answer.content.decode())


def test_it_is_calm_when_nothing_is_open(signed_in: SignIn, dana: User) -> None:
    page = front(signed_in(dana))
    assert "All is calm" in page
    assert "Report a problem" in page


def test_it_shows_an_open_incident_with_its_promise(
    signed_in: SignIn, dana: User, by_both: tuple[Actor, Actor]
) -> None:
    now = clock.now()
    incident = make.incident(by=by_both[1], now=now)
    make.send(incident, "initial", by_both[0], now)
    page = front(signed_in(dana))
    assert "Payments are failing" in page
    assert "Next update in" in page
    assert "29:5" in page or "30:00" in page
    assert "1</strong> customer told" in page


def test_it_says_in_words_that_a_promise_is_missed(signed_in: SignIn, dana: User, by_both: tuple[Actor, Actor]) -> None:
    then = clock.now() - timedelta(minutes=40)
    incident = make.incident(by=by_both[1], now=then)
    make.send(incident, "initial", by_both[0], then)
    page = front(signed_in(dana))
    assert "Promise missed, overdue by" in page
    assert "Send the update now" in page


def test_it_tells_support_of_a_green_light_and_operations_nothing(
    signed_in: SignIn, dana: User, ivo: User, by_both: tuple[Actor, Actor]
) -> None:
    now = clock.now()
    incident = make.incident(by=by_both[1], now=now)
    make.send(incident, "initial", by_both[0], now)
    give_green_light(incident, note="Replaced.", by=by_both[1], now=now)
    assert "Final message, INC-" in front(signed_in(dana))
    assert "Final message, INC-" not in front(signed_in(ivo))


def test_it_shows_who_was_told_of_an_alert_nobody_answered(
    signed_in: SignIn, dana: User, ivo: User, by_both: tuple[Actor, Actor]
) -> None:
    now = clock.now()
    role = IncidentRole.objects.filter(paged_on_alert=True, group="Operations").get()
    window = {"starts_at": now - timedelta(hours=1), "ends_at": now + timedelta(hours=1)}
    Shift.objects.create(role=role, person=ivo, **window)
    report_problem(title="Exports fail", noticed_by="staff", by=by_both[0], now=now)
    page = front(signed_in(dana))
    assert "Not acknowledged" in page
    assert "Exports fail" in page
    assert "Ivo Brandt" in page


def test_it_says_when_no_worker_runs(signed_in: SignIn, dana: User) -> None:
    assert "Worker: not running" in front(signed_in(dana))


def test_it_asks_at_most_25_questions_with_several_open_incidents(
    signed_in: SignIn, dana: User, by_both: tuple[Actor, Actor]
) -> None:
    now = clock.now()
    for number in range(4):
        incident = make.incident(by=by_both[1], now=now, title=f"Outage {number}")
        make.send(incident, "initial", by_both[0], now)
    make.incident(by=by_both[1], now=now, title="Nobody told yet")
    report_problem(title="Exports fail", noticed_by="staff", by=by_both[0], now=now)
    client = signed_in(dana)
    front(client)
    with CaptureQueriesContext(
        connection,
    ) as asked:
        front(client)
    assert len(asked) <= 25, "\n".join(query["sql"][:150] for query in asked)


def test_the_live_part_is_the_front_page_without_its_frame(signed_in: SignIn, dana: User) -> None:
    part = signed_in(dana).get(reverse("admin:centre_live")).content.decode()
    assert "All is calm" in part
    assert "<html" not in part


def test_somebody_without_a_role_does_not_get_in(signed_in: SignIn, otto: User) -> None:
    answer = signed_in(otto).get(reverse("admin:index"))
    assert answer.status_code == 302
    assert "/login/" in answer.headers["Location"]


def test_times_are_in_the_zone_of_the_person(signed_in: SignIn, dana: User, by_both: tuple[Actor, Actor]) -> None:
    dana.time_zone = "Asia/Tokyo"
    dana.save()
    now = clock.now()
    make.send(make.incident(by=by_both[1], now=now), "initial", by_both[0], now)
    assert "JST" in front(signed_in(dana))


@pytest.mark.parametrize("name", ["index", "report_problem", "records", "incidents_incident_changelist"])
def test_no_page_carries_script_or_style_inside(signed_in: SignIn, dana: User, name: str) -> None:
    answer = signed_in(dana).get(reverse(f"admin:{name}"))
    page = answer.content.decode()
    assert "style=" not in page
    assert "<style" not in page
    assert not re.search(r"<script(?![^>]*src=)", page)
    assert "default-src 'self'" in answer.headers["Content-Security-Policy"]


def test_the_navigation_offers_what_the_person_may_see(signed_in: SignIn, ada: User, mira: User) -> None:
    assert "Post-mortems" in front(signed_in(mira))
    assert ">Post-mortems<" not in front(signed_in(ada))


def test_the_queue_has_no_pages_in_the_console(signed_in: SignIn, ada: User) -> None:
    ada.is_superuser = True
    ada.save()
    client = signed_in(ada)
    assert client.get("/admin/django_q/schedule/").status_code == 404
    assert "Scheduled tasks" not in client.get(reverse("admin:records")).content.decode()


def test_it_says_on_every_page_that_a_loop_is_late(ivo: User, signed_in: SignIn) -> None:
    browser = signed_in(ivo)
    page = browser.get("/admin/incidents/incident/").content.decode()
    assert "The desk does not work by itself now" in page
    assert "The loop “deadlines” has never run." in page

    now = clock.now()
    for loop in loops.registered():
        Lease.objects.update_or_create(name=loop.name, defaults={"beat_at": now, "passed_at": now})

    assert "does not work by itself" not in browser.get("/admin/incidents/incident/").content.decode()
