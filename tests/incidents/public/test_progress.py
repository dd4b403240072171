"""The progress page: what one contact was told, in their zone, and nothing else."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.http import HttpResponseBase
from django.test import Client
from django.test.utils import CaptureQueriesContext

from crisisdesk.core import clock
from crisisdesk.core.actors import Actor
from crisisdesk.core.models import AuditEntry
from customers import links
from customers.affected import Scope
from customers.models import Contact, Delivery
from incidents.changes import record_findings, set_status
from incidents.greenlight import give_green_light
from incidents.merging import merge
from incidents.models import Incident, Update
from incidents.notes import add_note
from incidents.publishing import send_postmortem
from incidents.scope import adjust_audience, change_scope
from incidents.splitting import split
from tests.factories import contact, customer, incident, send, service

pytestmark = pytest.mark.django_db


@pytest.fixture
def pat(db: None) -> Contact:
    return contact(customer("Acme", service("Payments API")), "Pat", time_zone="Asia/Kathmandu")


@pytest.fixture
def gil(db: None) -> Contact:
    return contact(customer("Globex", service("Search")), "Gil")


@pytest.fixture
def outage(pat: Contact, gil: Contact, by_ivo: Actor, now: datetime) -> Incident:
    return incident(by_ivo, now - timedelta(minutes=50), title="Payments are failing")


def tell(
    outage: Incident,
    kind: str,
    by: Actor,
    at: datetime,
    body: str,
    state: str = "sent",
    minutes: int | None = 30,
) -> Update:
    update = send(outage, kind, by, at, body=body, minutes=minutes)
    Delivery.objects.filter(message=update.message).update(state=state)
    return update


def path(reader: Contact, outage: Incident, *, lasts: timedelta = timedelta(days=90)) -> str:
    return f"/p/{links.make('progress', reader, outage.reference, clock.now() + lasts)}/"


def read(reader: Contact, outage: Incident) -> str:
    response = Client().get(path(reader, outage))
    assert response.status_code == 200
    return response.content.decode()


def test_it_says_what_is_known_and_when_the_next_update_comes(
    outage: Incident, pat: Contact, by_dana: Actor, now: datetime
) -> None:
    update = tell(outage, "initial", by_dana, now, "Card payments **fail** since two o'clock.")
    page = read(pat, outage)
    assert update.next_update_at is not None
    there = update.next_update_at.astimezone(ZoneInfo("Asia/Kathmandu"))
    for text in (
        "Payments are failing",
        "Investigating",
        "Card payments <strong>fail</strong>",
        f"{there:%H:%M} +0545",
        f"{update.next_update_at:%H:%M} UTC",
        "Payments API",
        "not yet known",
        "for Pat at Acme",
    ):
        assert text in page


def test_it_shows_the_newest_message_first(outage: Incident, pat: Contact, by_dana: Actor, now: datetime) -> None:
    tell(outage, "initial", by_dana, now - timedelta(minutes=30), "The first words.")
    tell(outage, "progress", by_dana, now, "The second words.")
    page = read(pat, outage)
    assert page.index("The second words.") < page.index("The first words.")


def test_it_shows_only_what_this_contact_was_sent(
    outage: Incident, pat: Contact, gil: Contact, by_dana: Actor, now: datetime
) -> None:
    tell(outage, "initial", by_dana, now - timedelta(minutes=40), "The first words.")
    tell(outage, "progress", by_dana, now - timedelta(minutes=20), "Held back.", state="suppressed")
    tell(outage, "progress", by_dana, now, "Still queued, may be stopped.", state="queued")
    page = read(pat, outage)
    assert "The first words." in page
    assert "Held back." not in page
    assert "Still queued" not in page
    assert Client().get(path(gil, outage)).status_code == 404, "it does not concern Globex"


def test_it_shows_nothing_that_is_internal(
    outage: Incident, pat: Contact, by_dana: Actor, by_ivo: Actor, now: datetime
) -> None:
    tell(outage, "initial", by_dana, now, "The first words.")
    add_note(outage, "The intern pulled the plug", by=by_ivo, now=now)
    record_findings(outage, summary="Rack 7", workaround="Use rack 8", likely_resolution="never", by=by_ivo, now=now)
    set_status(outage, "identified", by=by_ivo, now=now)
    page = read(pat, outage)
    for secret in ("intern", "Rack 7", "rack 8", "never", "Cause identified", "Ivo Brandt", "Dana Reyes"):
        assert secret not in page


def test_it_does_not_show_why_a_person_added_the_contact(
    outage: Incident, gil: Contact, by_dana: Actor, now: datetime
) -> None:
    adjust_audience(outage, gil, is_included=True, reason="their CEO shouts", by=by_dana, now=now)
    tell(outage, "initial", by_dana, now, "The first words.")
    page = read(gil, outage)
    assert "CEO" not in page
    assert "The first words." in page


def test_it_says_when_the_promised_update_is_late(
    outage: Incident, pat: Contact, by_dana: Actor, now: datetime
) -> None:
    tell(outage, "initial", by_dana, now - timedelta(minutes=45), "The first words.")
    assert "It is late. We are sorry, and on it." in read(pat, outage)


def test_it_tells_of_the_end_and_then_of_the_reasons(
    outage: Incident, pat: Contact, by_dana: Actor, by_ivo: Actor, now: datetime
) -> None:
    tell(outage, "initial", by_dana, now - timedelta(minutes=40), "The first words.")
    give_green_light(outage, note="Failed over", by=by_ivo, now=now - timedelta(minutes=5))
    tell(outage, "final", by_dana, now, "It is over.", minutes=None)
    page = read(pat, outage)
    assert "Resolved" in page
    assert "Until" in page
    assert "Next update by</p>" not in page
    assert "refresh" not in page, "a page that stands still does not ask again"
    outage.refresh_from_db()
    words: dict[str, Any] = {"subject": "What happened", "body": "A certificate had run out.", "key": "report"}
    report = send_postmortem(outage, by=by_dana, now=now, **words)
    Delivery.objects.filter(message=report.message).update(state="sent")
    page = read(pat, outage)
    assert "What happened and why" in page
    assert "A certificate had run out." in page
    assert "Resolved" in page


@pytest.mark.parametrize("language", ["de", "fr"])
def test_it_speaks_the_readers_language(
    outage: Incident, pat: Contact, by_dana: Actor, now: datetime, language: str
) -> None:
    pat.language = language
    pat.save()
    tell(outage, "initial", by_dana, now, "The first words.")
    page = read(pat, outage)
    assert f'lang="{language}"' in page
    assert {"de": "Nächste Meldung bis", "fr": "Prochaine information avant"}[language] in page


def test_what_people_wrote_is_never_active(outage: Incident, pat: Contact, by_dana: Actor, now: datetime) -> None:
    tell(outage, "initial", by_dana, now, "<script>alert(1)</script> [x](javascript:alert(1)) ![i](https://x.example/)")
    page = read(pat, outage)
    assert not re.search(r"<script(?![^>]*src=)", page), "none but the page's own"
    assert 'href="javascript' not in page
    assert "<img" not in page


def test_it_refuses_links_that_are_forged_expired_called_back_or_for_something_else(
    outage: Incident, pat: Contact, by_dana: Actor, now: datetime
) -> None:
    tell(outage, "initial", by_dana, now, "The first words.")
    good = path(pat, outage)
    wishes = links.make("preferences", pat, outage.reference, clock.now() + timedelta(days=1))
    expired = path(pat, outage, lasts=timedelta(seconds=-1))
    for bad in (good[:-3] + "/", f"/p/{wishes}/", expired, "/p/x/", f"/p/{'x' * 3000}/"):
        response = Client().get(bad)
        assert response.status_code == 404
        assert "This link does not open a page" in response.content.decode()
        assert kept_private(response)
    pat.link_version += 1
    pat.save()
    assert Client().get(good).status_code == 404


def test_it_is_read_only_private_and_cheap(outage: Incident, pat: Contact, by_dana: Actor, now: datetime) -> None:
    for minutes in (40, 30, 20, 10):
        kind = "initial" if minutes == 40 else "progress"
        tell(outage, kind, by_dana, now - timedelta(minutes=minutes), f"Words of {minutes}.")
    where, before = path(pat, outage), AuditEntry.objects.count()
    Client().get(where)
    with CaptureQueriesContext(connection) as queries:
        response = Client().get(where)
    assert kept_private(response)
    assert "Set-Cookie" not in response
    reads = [query["sql"] for query in queries if "clock_timestamp" not in query["sql"]]
    assert len(reads) <= 3
    assert all(statement.startswith("SELECT") for statement in reads)
    assert Client().post(where).status_code == 405
    assert AuditEntry.objects.count() == before


def test_it_answers_an_open_page_with_not_modified_until_something_is_new(
    outage: Incident, pat: Contact, by_dana: Actor, now: datetime
) -> None:
    tell(outage, "initial", by_dana, now - timedelta(minutes=20), "The first words.")
    where = path(pat, outage)
    version = Client().get(where)["ETag"]
    same = Client().get(where, headers={"If-None-Match": version})
    assert (same.status_code, same.content) == (304, b"")
    assert kept_private(same)
    tell(outage, "progress", by_dana, now, "The second words.")
    newer = Client().get(where, headers={"If-None-Match": version})
    assert newer.status_code == 200
    assert "The second words." in newer.content.decode()
    assert newer["ETag"] != version


def test_it_reads_itself_again_while_it_goes_on_also_without_script(
    outage: Incident, pat: Contact, by_ivo: Actor, by_dana: Actor, now: datetime
) -> None:
    tell(outage, "initial", by_dana, now - timedelta(minutes=20), "The first words.")
    page = read(pat, outage)
    assert 'data-refresh="60"' in page
    assert '<noscript><meta http-equiv="refresh" content="60"></noscript>' in page
    give_green_light(outage, note="Failed over.", by=by_ivo, now=now)
    tell(outage, "final", by_dana, now, "It is over.", minutes=None)
    page = read(pat, outage)
    assert "data-refresh" not in page
    assert "http-equiv" not in page


def test_an_old_link_of_a_merged_incident_works_and_says_where_it_continues(
    outage: Incident, pat: Contact, by_ivo: Actor, by_dana: Actor, now: datetime
) -> None:
    other = incident(by_ivo, now - timedelta(minutes=40), services=[service("Search")], title="Search is empty")
    tell(outage, "initial", by_dana, now - timedelta(minutes=30), "Of the payments.")
    into = merge(outage, other, reason="One disk", by=by_ivo, now=now - timedelta(minutes=20))
    page = read(pat, outage)
    assert f"{outage.reference} continues as {into.reference}: Search is empty" in page
    assert "Of the payments." in page
    tell(into, "progress", by_dana, now - timedelta(minutes=5), "Of both.")
    for link in (outage, into):
        page = read(pat, link)
        assert page.index("Of both.") < page.index("Of the payments.")
    assert "continues as" not in page, "the link of the continuing one needs no such word"
    with CaptureQueriesContext(connection) as queries:
        read(pat, outage)
    assert len([query for query in queries if "clock_timestamp" not in query["sql"]]) <= 3


def test_whoever_went_over_at_a_split_reads_on_under_both_links(
    outage: Incident, pat: Contact, by_ivo: Actor, by_dana: Actor, now: datetime
) -> None:
    both = [Scope(service("Payments API").pk), Scope(service("Search").pk)]
    change_scope(outage, both, by=by_ivo, now=now - timedelta(minutes=45))
    tell(outage, "initial", by_dana, now - timedelta(minutes=30), "Of both.")
    part = list(outage.affected.filter(service__name="Payments API").values_list("pk", flat=True))
    new = split(outage, part, title="Cards fail", severity="SEV3", reason="x", by=by_ivo, now=now)
    page = read(pat, outage)
    assert f"{outage.reference} continues as {new.reference}: Cards fail" in page
    tell(new, "progress", by_dana, now + timedelta(minutes=1), "Of the cards alone.")
    tell(outage, "progress", by_dana, now + timedelta(minutes=2), "Of the search alone.")
    for link in (outage, new):
        page = read(pat, link)
        assert "Of the cards alone." in page
        assert "Of both." in page
        assert "Of the search alone." not in page


def test_two_incidents_are_told_apart_and_linked(
    outage: Incident, pat: Contact, by_ivo: Actor, by_dana: Actor, now: datetime
) -> None:
    other = incident(by_ivo, now - timedelta(minutes=40), title="Refunds are late")
    tell(outage, "initial", by_dana, now - timedelta(minutes=30), "Of the payments.")
    update = tell(other, "initial", by_dana, now - timedelta(minutes=20), "Of the refunds.")
    text = Delivery.objects.get(message=update.message, contact=pat).content.text
    assert f"{other.reference}: Refunds are late" in text
    page = read(pat, outage)
    assert f"{other.reference}: Refunds are late</a>" in page
    assert "Of the refunds." not in page
    beside = re.search(r'href="[^"]*(/p/[^"]+)"', page)
    assert beside is not None
    page = Client().get(beside[1]).content.decode()
    assert "Of the refunds." in page
    assert f"{outage.reference}: Payments are failing</a>" in page
    give_green_light(other, note="Caught up.", by=by_ivo, now=now)
    tell(other, "final", by_dana, now, "It is over.", minutes=None)
    assert "Refunds are late" not in read(pat, outage)


def kept_private(response: HttpResponseBase) -> bool:
    return (
        "no-store" in response["Cache-Control"]
        and "noindex" in response["X-Robots-Tag"]
        and response["Referrer-Policy"] == "no-referrer"
    )
