"""The question at the end: a page that a scanner may read as often as it likes, and one answer of each contact."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from html import unescape

import pytest
from django.test import Client

from crisisdesk.core import clock
from crisisdesk.core.actors import Actor
from crisisdesk.core.models import AuditEntry
from customers import links
from customers.delivery.wire import Compiled, Reader
from customers.models import Contact, Delivery, MessageContent
from incidents.greenlight import give_green_light
from incidents.models import Answer, Incident
from incidents.publishing import send_postmortem
from tests.factories import contact, customer, incident, send, service

pytestmark = pytest.mark.django_db


@pytest.fixture
def pat(db: None) -> Contact:
    return contact(customer("Acme", service("Payments API")), "Pat")


@pytest.fixture
def over(pat: Contact, by_ivo: Actor, by_dana: Actor, now: datetime) -> Incident:
    """An outage that Pat was told the beginning and the end of."""
    outage = incident(by_ivo, now - timedelta(minutes=50))
    send(outage, "initial", by_dana, now - timedelta(minutes=40))
    give_green_light(outage, note="Failed over.", by=by_ivo, now=now - timedelta(minutes=5))
    send(outage, "final", by_dana, now, minutes=None, body="Payments work again.")
    Delivery.objects.update(state="sent")
    outage.refresh_from_db()
    return outage


def path(reader: Contact, outage: Incident, *, lasts: timedelta = timedelta(days=90), purpose: str = "answer") -> str:
    return f"/a/{links.make(purpose, reader, outage.reference, clock.now() + lasts)}/"


def mail_to(reader: Contact, outage: Incident, kind: str) -> str:
    """The mail as it leaves, line breaks of the encoding removed."""
    update = outage.updates.get(kind=kind)
    assert update.message is not None
    content = MessageContent.objects.get(message=update.message)
    to = Reader(1, reader.pk, reader.link_version, reader.name, "Acme", reader.email, "<1@x>")
    raw = Compiled(update.message, content).envelope(to).content.decode()
    return unescape(raw.replace("=\r\n", "").replace("=3D", "="))


def links_in(text: str) -> set[str]:
    return set(re.findall(r"https?://[^/\s\"]+(/[^\s\"<>]+)", text))


def test_a_scanner_that_follows_every_link_answers_nothing(pat: Contact, over: Incident, by_dana: Actor) -> None:
    send_postmortem(over, subject="What happened", body="The pool ran dry.", by=by_dana, now=clock.now(), key="pm")
    found = {each for kind in ("final", "postmortem") for each in links_in(mail_to(pat, over, kind))}
    asking = {each for each in found if each.startswith("/a/")}
    assert {each.partition("?")[2] for each in asking} >= {"", "informed=yes", "informed=partly", "informed=no"}
    scanner, before = Client(), AuditEntry.objects.count()

    for each in sorted(found):
        for method in (scanner.get, scanner.head):
            assert method(each).status_code == 200, each

    assert not Answer.objects.exists()
    assert AuditEntry.objects.count() == before


def test_the_first_messages_do_not_ask(pat: Contact, over: Incident) -> None:
    assert "/a/" not in mail_to(pat, over, "initial")


def test_pressing_a_button_records_one_answer_that_can_be_changed(pat: Contact, over: Incident) -> None:
    url, browser = path(pat, over), Client(enforce_csrf_checks=True)
    assert 'btn btn--primary" name="informed" value="partly"' in browser.get(f"{url}?informed=partly").content.decode()

    page = browser.post(url, {"informed": "no", "comment": "Too late."}).content.decode()
    assert "Your answer is recorded: No, not well." in page
    browser.post(url, {"informed": "no", "comment": "Too late."})
    browser.post(url, {"informed": "yes", "comment": ""})

    row = Answer.objects.get()
    assert (row.informed, row.comment, row.contact, row.incident) == ("yes", "", pat, over)
    assert [each.informed for each in row.history.order_by("history_id")] == ["no", "yes"]
    given = AuditEntry.objects.filter(action="answer.given").order_by("pk")
    assert [entry.data["before"] for entry in given] == [None, "no"]
    assert "Too late" not in str([entry.data for entry in given])
    assert "Your answer so far: Yes, well informed." in browser.get(url).content.decode()


def test_a_comment_with_what_no_database_keeps_is_recorded_without_it(pat: Contact, over: Incident) -> None:
    assert Client().post(path(pat, over), {"informed": "no", "comment": "Too\0 late."}).status_code == 200
    assert Answer.objects.get().comment == "Too late."


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"informed": "perhaps"}, "Choose one of the three answers."),
        ({"informed": "yes", "comment": "x" * 2001}, "longer than 2000 characters"),
    ],
)
def test_what_does_not_fit_is_refused_and_kept_in_the_form(
    pat: Contact, over: Incident, typed: dict[str, str], said: str
) -> None:
    response = Client().post(path(pat, over), typed)
    assert response.status_code == 400
    assert said in response.content.decode()
    assert typed.get("comment", "") in response.content.decode()
    assert not Answer.objects.exists()


def test_a_link_of_another_purpose_or_time_or_version_opens_nothing(pat: Contact, over: Incident) -> None:
    good, gil = path(pat, over), contact(customer("Globex", service("Search")), "Gil")
    bad = [path(pat, over, lasts=timedelta(seconds=-1)), path(pat, over, purpose="drill"), good[:-4] + "abc/"]
    bad += [path(pat, over, purpose="progress"), path(gil, over)]
    for url in bad:
        assert Client().post(url, {"informed": "yes"}).status_code == 404
    Contact.objects.filter(pk=pat.pk).update(link_version=pat.link_version + 1)
    assert Client().post(good, {"informed": "yes"}).status_code == 404
    assert not Answer.objects.exists()


def test_nobody_is_asked_before_the_end(pat: Contact, by_ivo: Actor, by_dana: Actor, now: datetime) -> None:
    outage = incident(by_ivo, now - timedelta(minutes=50))
    send(outage, "initial", by_dana, now - timedelta(minutes=40))
    Delivery.objects.update(state="sent")
    page = Client().post(path(pat, outage), {"informed": "yes"}).content.decode()
    assert "This is still going on." in page
    assert not Answer.objects.exists()


def test_the_progress_page_asks_after_the_end(pat: Contact, over: Incident) -> None:
    page = Client().get(f"/p/{links.make('progress', pat, over.reference, clock.now() + timedelta(days=1))}/")
    (asked,) = {each for each in links_in(page.content.decode()) if each.startswith("/a/")}
    assert Client().get(asked).status_code == 200


def test_the_customers_page_shows_what_they_said(pat: Contact, over: Incident, dana: object, client: Client) -> None:
    Client().post(path(pat, over), {"informed": "partly", "comment": "The second mail came late."})
    client.force_login(dana)  # type: ignore[arg-type]
    page = client.get(f"/admin/customers/customer/{pat.customer_id}/change/").content.decode()
    assert "The second mail came late." in page
    assert "0 yes, 1 partly, 0 no" in page
