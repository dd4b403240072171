"""The live refresh: cheap while nothing has changed, and never behind what people must see."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from crisisdesk.core.actors import Actor
from crisisdesk.core.models import User
from customers.models import Customer, Delivery
from incidents.checklists import items_of, tick
from incidents.command import take_role
from incidents.drafts import save_draft, start_draft
from incidents.models import (
    Alert,
    CalendarFeed,
    FeedName,
    FeedSpan,
    Incident,
    IncidentRole,
    Notification,
    NotificationState,
    Override,
    Rank,
    Shift,
    Swap,
    SwapState,
)
from incidents.notes import add_note
from incidents.oncall.notify import notify
from incidents.room import fresh
from incidents.timeline import Kind, entry
from incidents.tracks import add_finding
from tests import factories
from tests.incidents.schedules.cast import window

SignIn = Callable[[User], Client]
# The session, the person with the groups.
SIGN_IN = 2


@pytest.fixture
def incident(by_ivo: Actor, by_dana: Actor, now: datetime) -> Incident:
    """An incident that Acme was told of and Globex could not be."""
    payments = factories.service()
    factories.contact(factories.customer("Acme", payments))
    lost = factories.contact(factories.customer("Globex", payments))
    incident = factories.incident(by_ivo, now)
    factories.send(incident, "initial", by_dana, now)
    Delivery.objects.filter(contact=lost).update(state="failed")
    return incident


@pytest.fixture(autouse=True)
def _within_one_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    """No minute passes in a test."""
    monkeypatch.setattr(fresh, "STALE_AFTER", timedelta(days=100_000))


def again(browser: Client, url: str, answer: Any) -> Any:
    """Ask as live.js does: with the version of the answer before."""
    return browser.get(url, headers={"If-None-Match": answer["ETag"]})


@pytest.mark.parametrize("place", ["room", "centre"])
def test_an_unchanged_refresh_builds_no_page(incident: Incident, dana: User, signed_in: SignIn, place: str) -> None:
    browser, url = signed_in(dana), f"/admin/incidents/{incident.pk}/live/" if place == "room" else "/admin/live/"
    first = browser.get(url)

    with CaptureQueriesContext(connection) as queries:
        second = again(browser, url, first)

    assert second.status_code == 304
    assert second.content == b""
    assert len(queries) - SIGN_IN <= 2


def test_room_qualify_compose_audience_and_customer_stay_within_their_reads(
    incident: Incident, dana: User, ivo: User, by_dana: Actor, signed_in: SignIn, now: datetime
) -> None:
    alert = factories.alert(now)
    start_draft(incident, kind="progress", by=by_dana, now=now)
    for person, url, most in (
        (dana, f"/admin/incidents/incident/{incident.pk}/change/", 25),
        (ivo, f"/admin/alerts/{alert.pk}/qualify/", 15),
        (dana, f"/admin/incidents/{incident.pk}/compose/", 15),
        (dana, f"/admin/incidents/{incident.pk}/audience/?q=a", 15),
        (dana, f"/admin/customers/customer/{Customer.objects.get(name='Acme').pk}/change/", 15),
    ):
        browser = signed_in(person)
        browser.get(url)
        with CaptureQueriesContext(connection) as queries:
            assert browser.get(url).status_code == 200
        assert len(queries) <= most, url


def test_the_room_stays_within_its_reads_with_everything_in_use(
    incident: Incident, dana: User, by_ivo: Actor, by_dana: Actor, signed_in: SignIn, now: datetime
) -> None:
    add_finding(incident, "diagnosis", "The pool is used up.", by=by_ivo, now=now)
    if item := items_of(incident).first():
        tick(incident, item, by=by_ivo, now=now)
    take_role(incident, "liaison", dana, by=by_dana, now=now)
    Alert.objects.filter(pk=factories.alert(now).pk).update(incident=incident)
    # Came in after the last message.
    factories.contact(factories.customer("Initech", factories.service()))
    browser, url = signed_in(dana), f"/admin/incidents/incident/{incident.pk}/change/"
    browser.get(url)
    with CaptureQueriesContext(connection) as queries:
        browser.get(url)
    assert len(queries) <= 25


def test_the_centre_stays_within_its_reads_with_every_kind_of_duty(
    incident: Incident, dana: User, ivo: User, ada: User, signed_in: SignIn, now: datetime
) -> None:
    role, hour = IncidentRole.objects.get(slug="operations-on-call"), timedelta(hours=1)
    span = {"starts_at": now - hour, "ends_at": now + hour}
    window(ivo)
    Shift.objects.create(role=role, person=dana, rank=Rank.BACKUP, **span)
    Override.objects.create(role=role, person=ada, reason="ill", made_by_name="Ada", made_at=now, **span)
    feed = CalendarFeed.objects.create(name="Rota", role=role, next_read_at=now, person=dana)
    name = FeedName.objects.create(feed=feed, name="dana@vendor.example", person=dana)
    FeedSpan.objects.create(feed=feed, name=name, **span)
    Swap.objects.create(
        role=role,
        asker=ivo,
        partner=dana,
        gives_from=now + hour,
        gives_until=now + 2 * hour,
        takes_from=now + 3 * hour,
        takes_until=now + 4 * hour,
        state=SwapState.ACCEPTED,
        asked_at=now,
    )
    factories.alert(now)
    for person in (ivo, ada):
        browser = signed_in(person)
        browser.get("/admin/")
        with CaptureQueriesContext(connection) as queries:
            browser.get("/admin/")
        assert len(queries) <= 25, person


def test_whatever_happens_in_the_incident_is_fresh(
    incident: Incident, dana: User, by_dana: Actor, by_ivo: Actor, signed_in: SignIn, now: datetime
) -> None:
    browser, url = signed_in(dana), f"/admin/incidents/{incident.pk}/live/"
    answer: Any = browser.get(url)

    add_note(incident, "The replica is back.", by=by_ivo, now=now)
    answer = again(browser, url, answer)
    assert "The replica is back." in answer.content.decode()

    draft = start_draft(incident, kind="progress", by=by_dana, now=now)
    answer = again(browser, url, answer)
    assert "Continue the progress update" in answer.content.decode()
    save_draft(draft, version=draft.version, by=by_dana, now=now, body="Nearly there.")
    answer = again(browser, url, answer)
    assert answer.status_code == 200

    browser.post(f"/admin/incidents/{incident.pk}/press/scribe/")
    answer = again(browser, url, answer)
    assert answer.status_code == 200
    assert again(browser, url, answer).status_code == 304


def test_whatever_happens_with_its_alerts_is_fresh(
    incident: Incident, dana: User, ivo: User, by_ivo: Actor, signed_in: SignIn, now: datetime
) -> None:
    alert = incident.alerts.get()
    browser, url = signed_in(dana), f"/admin/incidents/{incident.pk}/live/"
    answer: Any = browser.get(url)
    assert again(browser, url, answer).status_code == 304

    entry(Kind.CHANGE, "The page of the alert was seen.", alert=alert, by=by_ivo, now=now)
    answer = again(browser, url, answer)
    assert "The page of the alert was seen." in answer.content.decode()

    page = notify([ivo], key="x", purpose=Notification.Purpose.PAGE, subject="s", body="b", now=now, alert=alert)
    answer = again(browser, url, answer)
    assert answer.status_code == 200
    Notification.objects.filter(pk=page[0].pk).update(state=NotificationState.SENT)
    assert again(browser, url, answer).status_code == 200


def test_what_only_the_clock_changes_is_shown_with_the_next_minute(
    incident: Incident, dana: User, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser, url = signed_in(dana), f"/admin/incidents/{incident.pk}/live/"
    answer = browser.get(url)

    monkeypatch.setattr(fresh, "STALE_AFTER", timedelta(microseconds=1))

    assert again(browser, url, answer).status_code == 200


def test_a_version_is_of_one_person_and_one_page(incident: Incident, dana: User, ivo: User, signed_in: SignIn) -> None:
    url = f"/admin/incidents/{incident.pk}/live/"
    answer = signed_in(dana).get(url)

    assert again(signed_in(ivo), url, answer).status_code == 200
    assert again(signed_in(dana), f"{url}?before={incident.timeline.latest('pk').pk}", answer).status_code == 200


def test_a_new_alert_is_fresh_in_the_command_centre(ivo: User, signed_in: SignIn, by_ivo: Actor, now: datetime) -> None:
    factories.incident(by_ivo, now)
    browser = signed_in(ivo)
    answer = browser.get("/admin/live/")

    factories.alert(now, "Search is slow")

    assert "Search is slow" in again(browser, "/admin/live/", answer).content.decode()


def test_an_incident_that_is_not_there_is_not_found(ivo: User, signed_in: SignIn) -> None:
    assert signed_in(ivo).get("/admin/incidents/4711/live/", headers={"If-None-Match": '"x"'}).status_code == 404


def test_an_unchanged_refresh_of_deliveries_builds_no_page(incident: Incident, dana: User, signed_in: SignIn) -> None:
    browser = signed_in(dana)
    update = incident.updates.get()
    url = f"/admin/updates/{update.pk}/deliveries/live/"
    first = browser.get(url)
    with CaptureQueriesContext(connection) as queries:
        second = again(browser, url, first)
    assert (second.status_code, second.content) == (304, b"")
    assert len(queries) <= SIGN_IN + 2

    Delivery.objects.filter(state="queued").update(state="sending")
    claimed = again(browser, url, second)
    assert claimed.status_code == 200
    other_page = browser.get(f"{url}?show=all", headers={"If-None-Match": claimed["ETag"]})
    assert other_page.status_code == 200
    assert update.message is not None
    update.message.deliveries.first().events.create(at=incident.declared_at, state="sent", attempt=1)  # type: ignore[union-attr]
    assert again(browser, url, claimed).status_code == 200
