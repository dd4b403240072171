"""The page behind the link: one button, and GET never acknowledges."""

from __future__ import annotations

from datetime import datetime, timedelta
from types import SimpleNamespace

import pytest
from django.test import Client
from pytest_django import Settings

from crisisdesk.core import clock
from crisisdesk.core.actors import Actor
from crisisdesk.core.models import AuditEntry, User
from crisisdesk.core.signed import make_token
from incidents.alerts import Signal, receive
from incidents.intake.sources import create_source
from incidents.models import Alert
from incidents.oncall.links import LIFETIME, acknowledge_path
from incidents.oncall.paging import acknowledge
from incidents.qualify import decline

pytestmark = pytest.mark.django_db


@pytest.fixture
def now() -> datetime:
    """Links go by the database's clock."""
    return clock.now()


@pytest.fixture
def client() -> Client:
    """A mail program's browser: no login, no cookies, and Django checks as it does outside tests."""
    return Client(enforce_csrf_checks=True)


def storm(now: datetime, *names: str) -> list[Alert]:
    source, _ = create_source(f"Alertmanager {now}", by=Actor.job("command line"), now=now)
    signals = [Signal(name, True, f"{name} is down", "5xx <b>above</b> 5 %", {}, {}, "", now) for name in names]
    return list(receive(source, signals, now=now).new)


@pytest.fixture
def alert(on_call: SimpleNamespace, now: datetime) -> Alert:
    return storm(now, "Payments API")[0]


def link(person: User, alert: Alert, *, lasts: timedelta = LIFETIME) -> str:
    return acknowledge_path(person, alert, expires_at=clock.now() + lasts)


def test_it_shows_who_you_are_and_what_is_wrong_since_when(client: Client, alert: Alert, ivo: User) -> None:
    ivo.time_zone = "Asia/Kathmandu"
    ivo.save()
    response = client.get(link(ivo, alert))
    page = response.content.decode()
    for text in (
        "Ivo Brandt",
        "On-call operations",
        "Payments API is down",
        "5xx &lt;b&gt;above&lt;/b&gt; 5 %",
        "+0545",
    ):
        assert text in page
    assert page.count("<button") == 1


def test_get_and_head_never_acknowledge(client: Client, alert: Alert, ivo: User) -> None:
    for _ in range(3):
        client.get(link(ivo, alert))
        client.head(link(ivo, alert))
    alert.refresh_from_db()
    assert alert.state == "open"
    assert not AuditEntry.objects.filter(action="alert.acknowledged").exists()


def test_post_acknowledges_in_the_name_of_the_person_of_the_link(client: Client, alert: Alert, ivo: User) -> None:
    response = client.post(link(ivo, alert), follow=True)
    alert.refresh_from_db()
    assert (alert.state, alert.acknowledged_by, alert.acknowledged_by_name) == ("acknowledged", ivo, "Ivo Brandt")
    page = response.content.decode()
    assert "Acknowledged by Ivo Brandt at" in page
    assert "<button" not in page
    assert f'href="/admin/incidents/alert/{alert.pk}/' in page or f"/{alert.pk}/" in page
    assert AuditEntry.objects.get(action="alert.acknowledged").actor_name == "Ivo Brandt"


def test_a_second_press_changes_nothing(client: Client, alert: Alert, ivo: User) -> None:
    client.post(link(ivo, alert))
    response = client.post(link(ivo, alert))
    assert "Acknowledged by Ivo Brandt" in response.content.decode()
    assert AuditEntry.objects.filter(action="alert.acknowledged").count() == 1


def test_it_tells_the_second_person_who_was_first(client: Client, alert: Alert, ivo: User, dana: User) -> None:
    client.post(link(ivo, alert))
    assert "Acknowledged by Ivo Brandt" in client.get(link(dana, alert)).content.decode()
    response = client.post(link(dana, alert))
    assert response.status_code == 409
    assert "was acknowledged by Ivo Brandt" in response.content.decode()
    alert.refresh_from_db()
    assert alert.acknowledged_by == ivo


def test_it_says_what_was_decided_already(client: Client, alert: Alert, ivo: User, by_ivo: Actor, dana: User) -> None:
    decline(alert, reason="A load test", by=by_ivo, now=clock.now())
    response = client.post(link(dana, alert))
    assert response.status_code == 409
    assert "already declined by Ivo Brandt" in response.content.decode()


def test_one_button_answers_the_whole_storm_that_the_page_shows(
    client: Client, on_call: SimpleNamespace, ivo: User, now: datetime
) -> None:
    alerts = storm(now, *(f"service-{number}" for number in range(60)))
    page = client.get(link(ivo, alerts[0]))
    text = page.content.decode()
    assert "Acknowledge all 60" in text
    assert "service-7 is down" in text
    assert "and 9 more" in text
    later = storm(clock.now(), "Search")[0]
    client.post(link(ivo, alerts[0]), {"up_to": page.context["up_to"]})
    assert Alert.objects.filter(state="acknowledged").count() == 60
    later.refresh_from_db()
    assert later.state == "open", "it was not on the page"
    assert "Still unanswered" in client.get(link(ivo, alerts[0])).content.decode()


@pytest.mark.parametrize("up_to", ["", "x", "-1", "9" * 30, "²"])
def test_a_crafted_field_answers_no_more_than_the_alert_itself(
    client: Client, alert: Alert, ivo: User, up_to: str
) -> None:
    assert client.post(link(ivo, alert), {"up_to": up_to}).status_code == 302
    alert.refresh_from_db()
    assert alert.state == "acknowledged"


@pytest.mark.parametrize("method", ["get", "post"])
def test_it_refuses_links_that_are_forged_expired_or_for_something_else(
    client: Client, alert: Alert, ivo: User, petra: User, method: str
) -> None:
    good = link(ivo, alert)
    body, _, signature = good.removeprefix("/ack/").rstrip("/").rpartition(".")
    other = link(petra, alert).removeprefix("/ack/").rstrip("/").rpartition(".")[0]
    progress = make_token("customers.progress", [ivo.pk, alert.pk], expires_at=clock.now() + LIFETIME)
    for path in (
        f"/ack/{other}.{signature}/",
        f"/ack/{body}.{signature[:-1]}/",
        f"/ack/{body}/",
        "/ack/x/",
        f"/ack/{'x' * 2000}/",
        f"/ack/{progress}/",
        link(ivo, alert, lasts=timedelta(seconds=-1)),
    ):
        response = getattr(client, method)(path)
        assert response.status_code == 404
        assert "This link does not open an alert" in response.content.decode()
    alert.refresh_from_db()
    assert alert.state == "open"


def test_a_rotated_key_still_opens_and_a_removed_one_does_not(
    client: Client, alert: Alert, ivo: User, settings: Settings
) -> None:
    made = link(ivo, alert)
    settings.LINK_KEYS = ["a new key that is long enough as well", *settings.LINK_KEYS]
    assert client.get(made).status_code == 200
    settings.LINK_KEYS = settings.LINK_KEYS[:1]
    assert client.get(made).status_code == 404


def test_it_refuses_somebody_who_has_left_or_lost_the_role(client: Client, alert: Alert, ivo: User) -> None:
    path = link(ivo, alert)
    ivo.groups.clear()
    response = client.post(path)
    assert response.status_code == 403
    assert "This takes Operations or Support." in response.content.decode()
    ivo.is_active = False
    ivo.save()
    assert client.get(path).status_code == 404
    alert.refresh_from_db()
    assert alert.state == "open"


def test_it_is_kept_private(
    client: Client, alert: Alert, ivo: User, by_ivo: Actor, dana: User, caplog: pytest.LogCaptureFixture
) -> None:
    response = client.get(link(ivo, alert))
    assert "no-store" in response["Cache-Control"]
    assert "noindex" in response["X-Robots-Tag"]
    assert response["Referrer-Policy"] == "no-referrer"
    assert "Set-Cookie" not in response
    acknowledge(alert, by=by_ivo, now=clock.now())
    assert client.post(link(dana, alert)).status_code == 409
    assert client.get("/ack/forged/").status_code == 404
    assert "/ack/" not in caplog.text


def test_support_is_led_to_the_console_and_operations_to_the_decision(
    client: Client, alert: Alert, ivo: User, dana: User, by_ivo: Actor
) -> None:
    acknowledge(alert, by=by_ivo, now=clock.now())
    assert f"/{alert.pk}/" in client.get(link(ivo, alert)).context["console_url"]
    assert client.get(link(dana, alert)).context["console_url"] == "/admin/"
