"""The published calendars: valid, stable, for those who have the link, until it is revoked."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from icalendar import Calendar

from crisisdesk.core.actors import Actor
from crisisdesk.core.models import AuditEntry, User
from crisisdesk.core.refusals import NotAllowed, WrongState
from incidents.models import PublishedCalendar, Rank
from incidents.schedules import overriding
from incidents.schedules.publishing import path_of, publish, revoke
from tests.incidents.schedules.cast import role, window

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]
SignIn = Callable[[User], Client]


def events(body: bytes) -> list[tuple[str, str, datetime, datetime]]:
    rows: list[Any] = Calendar.from_ical(body).walk("VEVENT")
    return [(str(event["UID"]), str(event["SUMMARY"]), event.start, event.end) for event in rows]


def test_a_calendar_program_reads_the_role_without_a_cookie(
    ivo: User, petra: User, by_ivo: Actor, now: datetime
) -> None:
    window(ivo, petra)
    window(petra, ivo, rank=Rank.BACKUP)
    path = path_of(publish(role(), by=by_ivo, now=now))
    with time_machine.travel(now, tick=False):
        response = Client().get(path)
        assert response.status_code == 200
        assert response["Content-Type"] == "text/calendar; charset=utf-8"
        assert not response.cookies
        body = response.content
        assert Client().get(path, headers={"if-none-match": response["ETag"]}).status_code == 304
        assert Client().head(path).status_code == 200
        assert Client().post(path).status_code == 405
    found = events(body)
    assert found[0][1:] == (
        "On-call operations (backup): Petra Weiss",
        datetime.fromisoformat("2026-03-02T08:00:00+00:00"),
        datetime.fromisoformat("2026-03-09T08:00:00+00:00"),
    )
    assert len({uid for uid, *_ in found}) == len(found)
    for text in (b"BEGIN:VCALENDAR\r\n", b"VERSION:2.0\r\n", b"PRODID:", b"DTSTAMP:20260310T140000Z\r\n"):
        assert text in body
    assert all(len(line) <= 75 for line in body.split(b"\r\n"))


def test_events_keep_their_names_and_the_calendar_its_tag(ivo: User, petra: User, by_ivo: Actor, now: datetime) -> None:
    window(ivo, petra)
    path = path_of(publish(role(), by=by_ivo, now=now))
    with time_machine.travel(now, tick=False):
        first = Client().get(path)
    with time_machine.travel(now + timedelta(hours=3), tick=False):
        assert Client().get(path)["ETag"] == first["ETag"]
    with time_machine.travel(now + timedelta(days=5), tick=False):
        later = Client().get(path)
    assert later["ETag"] != first["ETag"]
    both = {uid for uid, *_ in events(first.content)} & {uid for uid, *_ in events(later.content)}
    assert len(both) >= len(events(first.content)) - 1
    overriding.override(
        role(), Rank.PRIMARY, petra, starts_at=now + timedelta(days=8), ends_at=now + timedelta(days=9),
        reason="x", by=by_ivo, now=now,
    )  # fmt: skip
    with time_machine.travel(now, tick=False):
        changed = events(Client().get(path).content)
    assert len(changed) == len(events(first.content)) + 2
    assert {uid for uid, *_ in events(first.content)} <= {uid for uid, *_ in changed}, "what was cut keeps its name"


def test_ones_own_calendar_has_ones_own_shifts_alone(ivo: User, petra: User, by_ivo: Actor, now: datetime) -> None:
    window(ivo, petra)
    window(ivo, slug="commander")
    path = path_of(publish(None, by=by_ivo, now=now))
    with time_machine.travel(now, tick=False):
        body = Client().get(path).content
    assert {summary for _, summary, *_ in events(body)} == {
        "On-call operations (primary)",
        "Incident commander (primary)",
    }
    assert b"Petra" not in body


def test_a_link_dies_by_revoking_leaving_forging_and_time(
    ivo: User, by_ivo: Actor, by_dana: Actor, by_ada: Actor, now: datetime
) -> None:
    row = publish(role(), by=by_ivo, now=now)
    assert publish(role(), by=by_ivo, now=now) == row, "one is enough"
    path = path_of(row)

    def status(at: datetime, where: str = path) -> int:
        with time_machine.travel(at, tick=False):
            return Client().get(where).status_code

    assert status(now) == 200
    assert status(now, path.replace("/on-call/", "/on-call/x")) == 404
    assert status(now + timedelta(days=401)) == 404
    ivo.is_active = False
    ivo.save()
    assert status(now) == 404
    ivo.is_active = True
    ivo.save()
    groups = list(ivo.groups.all())
    ivo.groups.clear()
    assert status(now) == 404, "nobody of the desk any more"
    ivo.groups.set(groups)
    assert status(now) == 200
    with pytest.raises(NotAllowed, match="somebody else's"):
        revoke(row, by=by_dana, now=now)
    revoke(row, by=by_ada, now=now)
    with pytest.raises(WrongState):
        revoke(row, by=by_ivo, now=now)
    assert status(now) == 404
    again = publish(role(), by=by_ivo, now=now)
    assert path_of(again) != path
    assert status(now) == 404, "a new link does not wake the old one"
    assert AuditEntry.objects.filter(action="oncall.calendar_revoked").count() == 1


def test_links_are_made_and_revoked_on_the_page(signed_in: SignIn, ivo: User, petra: User) -> None:
    client = signed_in(ivo)
    assert client.post("/admin/on-call/calendars/", {"of": ""}).status_code == 302
    assert client.post("/admin/on-call/calendars/", {"of": "none"}).status_code == 404
    row = PublishedCalendar.objects.get()
    assert path_of(row) in client.get("/admin/on-call/").content.decode()
    assert path_of(row) not in signed_in(petra).get("/admin/on-call/").content.decode()
    assert signed_in(petra).post(f"/admin/on-call/calendars/{row.pk}/revoke/").status_code == 403
    assert client.post(f"/admin/on-call/calendars/{row.pk}/revoke/").status_code == 302
    assert path_of(row) not in client.get("/admin/on-call/").content.decode()
