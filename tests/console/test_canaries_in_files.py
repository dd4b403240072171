"""Nothing of one customer reaches another (I3), the rest: files, call lists, what is printed, and the customer edition.

A list names many customers, so every row of it is looked at: it holds the canaries of one customer.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pypdfium2
import pytest
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from crisisdesk.core import clock
from crisisdesk.core.actors import Actor
from crisisdesk.core.models import User
from crisisdesk.core.refusals import InvalidInput
from customers import links
from customers.models import Contact, Customer, Delivery
from incidents.greenlight import give_green_light
from incidents.models import Incident
from postmortems.editions import approve_customer_edition, draft_customer_edition, save_customer_edition
from postmortems.models import Postmortem, Printout, PrintState
from postmortems.opening import open_postmortem
from postmortems.publication import begin_correction, publish_customer_edition
from postmortems.quarters import Quarter
from postmortems.report import save_report
from postmortems.tasks import print_out
from tests import factories
from tests.console.test_canaries import CANARY, SignIn, World, generate
from tests.customers.delivery.conftest import desk, mail, one_pass
from tests.mail_servers import OpenServer
from tests.postmortems.conftest import approved

pytestmark = [pytest.mark.django_db, pytest.mark.later]
__all__ = ["desk", "mail"]
LISTS = {
    "customers": "/admin/customers/customer/export/{}/",
    "contacts": "/admin/customers/contact/export/{}/",
    "deliveries": "/admin/customers/delivery/export/{}/?outcome=all",
    "incidents": "/admin/incidents/incident/export/{}/",
}


@pytest.fixture
def world(mail: OpenServer, by_dana: Actor, by_ivo: Actor) -> World:
    """Customers whose every name is a canary, and two outages of theirs; the mail server is up."""
    return generate(1, {"dana": by_dana, "ivo": by_ivo}, clock.now())


def owners(text: str, world: World) -> set[int]:
    """Whose canaries stand in a text."""
    return {pk for word in CANARY.findall(text) for pk, own in world.own.items() if word in own}


def rows_of(answer: Any, kind: str) -> list[str]:
    """The rows of a file, the headings apart, each as one text."""
    if kind == "csv":
        content = b"".join(answer.streaming_content).decode("utf-8-sig")
        rows: Any = csv.reader(io.StringIO(content))
    else:
        book = load_workbook(io.BytesIO(answer.content))
        assert len(book.worksheets) == 1
        # What a workbook says of itself is read, too.
        assert not CANARY.search(str(vars(book.properties)))
        rows = ([cell.value for cell in row] for row in book.worksheets[0].rows)
    return [" ".join(str(cell) for cell in row) for row in rows][1:]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_row_of_a_file_is_of_one_customer(world: World, signed_in: SignIn, dana: User, kind: str) -> None:
    browser = signed_in(dana)
    for name, address in LISTS.items():
        rows = rows_of(browser.post(address.format(kind)), kind)
        assert rows, name
        assert {len(owners(row, world)) for row in rows} == {0 if name == "incidents" else 1}, name
    for pk in world.own:
        for narrowed in (f"contact/export/{kind}/?customer__id__exact={pk}", f"delivery/export/{kind}/?q={_email(pk)}"):
            rows = rows_of(browser.post(f"/admin/customers/{narrowed}"), kind)
            assert not world.foreign(" ".join(rows), pk), narrowed
        ledger = browser.get(reverse("admin:promise_ledger"), {"customer": str(pk), "as": kind})
        assert not world.foreign(" ".join(rows_of(ledger, kind)), pk)


def _email(customer: int) -> str:
    return Contact.objects.filter(customer=customer).values_list("email", flat=True).first() or "nobody@nowhere.example"


def test_a_line_of_the_call_list_is_of_one_customer(world: World, signed_in: SignIn, dana: User) -> None:
    incident = _open_again(world)
    Delivery.objects.filter(message__thread_key=incident.reference).update(state="failed", state_reason="mailbox full")
    browser = signed_in(dana)
    page = browser.get(reverse("admin:call_list", args=[incident.pk])).content.decode()
    before, _, listed = page.partition('<ul class="calls">')
    listed, title, after = listed.partition('id="points-title"')
    cards = listed.split('<li class="card">')[1:]
    assert len(cards) > 1
    assert all(len(owners(card, world)) == 1 for card in cards)
    assert title
    assert not world.foreign(before + after, None), "what is to be said names nobody"


def _open_again(world: World) -> Incident:
    """One of the outages as if it went on: only then somebody is called."""
    incident = world.incidents[0]
    Incident.objects.filter(pk=incident.pk).update(status="monitoring", resolved_at=None)
    return Incident.objects.get(pk=incident.pk)


@pytest.fixture
def report(world: World, by_dana: Actor, by_ivo: Actor, ivo: User) -> Postmortem:
    """The approved report of a third outage, in which Operations name every customer."""
    now = clock.now()
    incident = factories.incident(by_ivo, now - timedelta(minutes=30), services=world.services[:1])
    factories.send(incident, "initial", by_dana, now - timedelta(minutes=25))
    give_green_light(incident, note="Failed over.", by=by_ivo, now=now - timedelta(minutes=9))
    incident.refresh_from_db()
    factories.send(incident, "final", by_dana, now - timedelta(minutes=8), minutes=None)
    while one_pass():
        pass
    incident.refresh_from_db()
    names = ", ".join(Customer.objects.filter(pk__in=world.own).values_list("name", flat=True))
    found = open_postmortem(incident, by=by_ivo, now=now)
    words = {"summary": f"Payments failed for {names}.", "impact": f"{names} could not sell.", "detection": names}
    found = save_report(found, version=found.version, by=by_ivo, now=now, **words)
    return approved(found, ivo, by_ivo, now)


def test_a_customer_edition_names_no_customer(
    world: World, report: Postmortem, mail: OpenServer, by_dana: Actor, by_ivo: Actor
) -> None:
    now = clock.now()
    edition = draft_customer_edition(report, by=by_dana, now=now)
    assert owners(edition.edition_body, world) == set(world.own), "it begins with the words of the report"
    with pytest.raises(InvalidInput) as refused:
        approve_customer_edition(edition, version=edition.edition_version, by=by_ivo, now=now)
    assert owners(str(refused.value.errors), world) == set(world.own), "every name is held up"

    sent_before = len(mail.received)
    edition = _published(edition, by_dana, by_ivo, now)
    edition = begin_correction(edition, what="We gave the wrong hour.", by=by_dana, now=now)
    _published(edition, by_dana, by_ivo, now + timedelta(minutes=1))
    owner = dict(Contact.objects.values_list("email", "customer_id"))
    mails = mail.received[sent_before:]
    assert len(mails) >= 4
    for one in mails:
        assert "ran dry" in one.body()
        assert not world.foreign(f"{one.message}{one.body()}{one.body('html')}", owner[one.recipient])
    for contact in Contact.objects.filter(email__in={one.recipient for one in mails}):
        token = links.make("progress", contact, report.incident.reference, now + timedelta(days=1))
        page = Client().get(f"/p/{token}/").content.decode()
        assert "ran dry" in page
        assert not world.foreign(page, contact.customer_id)


def _published(edition: Postmortem, by_dana: Actor, by_ivo: Actor, now: datetime) -> Postmortem:
    words = {"subject": "What happened", "body": "The pool of connections ran dry."}
    edition = save_customer_edition(edition, version=edition.edition_version, by=by_dana, now=now, **words)
    edition = approve_customer_edition(edition, version=edition.edition_version, by=by_ivo, now=now)
    edition = publish_customer_edition(edition, version=edition.edition_version, by=by_dana, now=now)
    while one_pass():
        pass
    return edition


def test_what_is_printed_names_only_who_is_named_on_the_page(
    world: World, report: Postmortem, signed_in: SignIn, mira: User
) -> None:
    """Executives' pages are internal; no address, number or note of a customer is on their paper all the same."""
    browser = signed_in(mira)
    private = {word for own in world.own.values() for word in own}
    for customer in Customer.objects.filter(pk__in=world.own):
        private -= set(CANARY.findall(customer.name))
    kinds: dict[str, dict[str, Any]] = {
        "overview": {},
        "pack": {"period": Quarter.of(clock.now().date()).name},
        "service": {"service": world.services[0].slug},
        "cause": {"object": report.cause_id},
        "incident": {"object": report.incident_id},
        "postmortem": {"object": report.pk},
    }
    for kind, asked in kinds.items():
        text = "".join(_printed(browser, kind, asked))
        found = set(CANARY.findall(text))
        assert not found & private, kind
        # Only the report itself names customers: Operations wrote them down.
        assert bool(found) == (kind in ("postmortem", "incident", "pack")), kind


def _printed(browser: Client, kind: str, asked: dict[str, Any]) -> Iterator[str]:
    """The text of all pages of the PDF, made as the worker makes it."""
    answer = browser.post("/review/printed/new/", {"kind": kind, **asked})
    assert answer.status_code == 302, answer.content.decode()
    row = Printout.objects.latest("pk")
    print_out(row.pk)
    row.refresh_from_db()
    assert row.state == PrintState.READY, row.problem
    download = browser.get(reverse("review:printout_file", args=[row.pk]))
    document = pypdfium2.PdfDocument(io.BytesIO(download.content))
    assert len(document) >= 1
    for page in document:
        yield page.get_textpage().get_text_bounded().replace("\r\n", "").replace("-\n", "")
