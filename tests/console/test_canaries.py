"""Nothing of one customer reaches another (I3): generated vendors whose every name is a canary, and every text scanned.

Scanned are all mails, the SMS, all pages behind signed links (found from the URLconf: one that is not known here
fails), what is read out to a customer or handed over as a file, and the pages that anybody opens.
"""

from __future__ import annotations

import csv
import io
import random
import re
import secrets
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from crisisdesk.core import clock
from crisisdesk.core.actors import Actor
from crisisdesk.core.models import User
from crisisdesk.core.refusals import InvalidInput
from customers import links
from customers.affected import Scope
from customers.delivery.rendered import ReaderClass
from customers.delivery.short import CompiledSms
from customers.delivery.wire import Reader
from customers.models import AddressConfirmation, Contact, Customer, MessageContent, Service
from customers.verifying import THREAD, ask
from incidents.catching_up import catch_up
from incidents.greenlight import give_green_light
from incidents.models import Incident, Update
from incidents.places import Place
from incidents.public.views import PURPOSE as PROGRESS
from incidents.publishing import send_postmortem
from incidents.render import Letter, render_letter
from incidents.scope import change_scope
from tests import factories
from tests.customers.delivery.conftest import desk, mail, one_pass
from tests.mail_servers import OpenServer

pytestmark = pytest.mark.django_db
__all__ = ["desk", "mail"]
SignIn = Callable[[User], Client]
CANARY = re.compile(r"canary[0-9a-f]{10}|\+4915228817\d{3}")
# Pages that a customer opens by a link of their own; the others are for staff or machines and name no customer.
OF_CUSTOMERS = {PROGRESS, links.ANSWER, links.UNSUBSCRIBE, links.PREFERENCES, links.CONFIRM}
FOR_OTHERS = {
    *("front", "healthz", "livez", "intake_alertmanager", "acknowledge", "told", "on_call_calendar"),
    *("twilio_status", "twilio_answer", "staff_sms_status", "staff_call_status", "staff_call_key", "staff_sms_answer"),
}
LANGUAGES, ZONES = ("en", "de", "fr"), ("Europe/Berlin", "Asia/Kathmandu", "UTC")


@dataclass
class World:
    """Customers with their canaries, and the outages they live through."""

    own: dict[int, set[str]] = field(default_factory=dict)  # customer -> canaries
    services: list[Service] = field(default_factory=list)
    incidents: list[Incident] = field(default_factory=list)

    def foreign(self, text: str, customer: int | None) -> set[str]:
        """Canaries in a text that are not this customer's; of nobody in particular, all."""
        return set(CANARY.findall(unescape(text))) - self.own.get(customer or 0, set())


def canary() -> str:
    """A word that stands nowhere else."""
    return f"canary{secrets.token_hex(5)}"


def generate(seed: int, by: dict[str, Actor], now: datetime) -> World:
    """Customers, people and what they use by chance; two outages from the first word to the report."""
    dice, world = random.Random(seed), World()
    world.services = [factories.service(name) for name in ("Payments API", "Search", "Reports")]
    numbers = iter(range(100, 999))
    for number in range(6):
        name = canary()
        used = [service for service in world.services if dice.random() < 0.6] or world.services[:1]
        customer = factories.customer(f"Firm {name}", *used)
        customer.reference, customer.notes = canary(), canary()
        customer.save()
        world.own[customer.pk] = {name, customer.reference, customer.notes}
        for _ in range(0 if number == 5 else dice.randint(1, 3)):
            words, phone = (canary(), canary(), canary()), f"+4915228817{next(numbers)}"
            contact = factories.contact(
                customer,
                f"Pat {words[0]}",
                email=f"{words[1]}@{words[2]}.example",
                phone=phone,
                language=dice.choice(LANGUAGES),
                time_zone=dice.choice(ZONES),
                preference=dice.choice(("all", "all", "start_and_end")),
            )
            world.own[customer.pk] |= {*words, phone}
            if dice.random() < 0.5:
                ask(contact, by=by["dana"], now=now)
    for number, service in enumerate(world.services[:2]):
        world.incidents.append(
            live_through(f"{service} fails", service, world, by, now - timedelta(minutes=50 - number))
        )
    return world


def live_through(title: str, service: Service, world: World, by: dict[str, Actor], began: datetime) -> Incident:
    """First word, a wider scope with a catch-up, progress, the end and the report."""
    outage = factories.incident(by["ivo"], began, services=[service], title=title)
    factories.send(outage, "initial", by["dana"], began + timedelta(minutes=5))
    one_pass()
    wider = [Scope(service.pk), Scope(world.services[2].pk)]
    outage = change_scope(outage, wider, by=by["ivo"], now=began + timedelta(minutes=10))
    with suppress(InvalidInput):  # when nobody came in
        catch_up(outage, by=by["dana"], now=began + timedelta(minutes=12), key=canary())
    factories.send(outage, "progress", by["dana"], began + timedelta(minutes=20), body="We found it.")
    one_pass()
    outage.refresh_from_db()
    give_green_light(outage, note="Failed over.", by=by["ivo"], now=began + timedelta(minutes=30))
    outage.refresh_from_db()
    factories.send(outage, "final", by["dana"], began + timedelta(minutes=35), minutes=None)
    outage.refresh_from_db()
    words: dict[str, Any] = {"subject": "What happened", "body": "A certificate had run out.", "key": canary()}
    send_postmortem(outage, by=by["dana"], now=began + timedelta(minutes=40), **words)
    while one_pass():
        pass
    return outage


def routes() -> Iterator[str]:
    """The names of all pages outside the console and the review."""

    def walk(resolver: URLResolver) -> Iterator[str]:
        for one in resolver.url_patterns:
            if isinstance(one, URLPattern):
                yield str(one.name)
            elif one.namespace not in ("admin", "review"):
                yield from walk(one)

    yield from walk(get_resolver())


def subjects(purpose: str, contact: Contact, world: World) -> list[str]:
    """What a link of this purpose is about."""
    if purpose == links.CONFIRM:
        return [
            f"{THREAD}{pk}" for pk in AddressConfirmation.objects.filter(contact=contact).values_list("pk", flat=True)
        ]
    return [incident.reference for incident in world.incidents] if purpose in (PROGRESS, links.ANSWER) else [""]


def test_every_page_outside_the_console_is_known_here() -> None:
    known = OF_CUSTOMERS | FOR_OTHERS
    unknown = {name for name in routes() if name not in known and not name.endswith("_tracking")}
    assert not unknown, f"say of {unknown} whether customers open it"


def assert_it_finds_what_it_looks_for(world: World) -> None:
    """A scan that can't fail would prove nothing."""
    one, other = Contact.objects.order_by("customer")[0], Contact.objects.order_by("-customer")[0]
    assert world.foreign(f"Hello {one.name} &amp; {other.phone}", one.customer_id) == {other.phone}


@pytest.mark.parametrize("seed", [1, *(pytest.param(seed, marks=pytest.mark.full) for seed in range(2, 8))])
def test_nothing_of_one_customer_reaches_another(
    seed: int, mail: OpenServer, by_dana: Actor, by_ivo: Actor, dana: User, signed_in: SignIn
) -> None:
    world = generate(seed, {"dana": by_dana, "ivo": by_ivo}, clock.now())

    assert_it_finds_what_it_looks_for(world)
    scan_mails_and_sms(world, mail)
    scan_pages_behind_links(world)
    scan_what_one_customer_is_told_or_handed(world, signed_in(dana))
    scan_what_anybody_opens(world)


def scan_mails_and_sms(world: World, mail: OpenServer) -> None:
    owner = {contact.email: contact.customer_id for contact in Contact.objects.all()}
    assert len(mail.received) >= 2 * len(owner)
    for one in mail.received:
        headers = "\n".join(f"{name}: {value}" for name, value in one.message.items())
        for text in (headers, one.body(), one.body("html")):
            assert not world.foreign(text, owner[one.recipient])
        assert world.foreign(one.body(), None), "no canary at all: the scan sees nothing"

    update = Update.objects.select_related("incident", "message").filter(kind="progress")[0]
    assert update.message is not None
    letter = Letter("progress", "identified", update.subject, update.body, (Place("Payments API"),), update.sent_at)
    for contact in Contact.objects.select_related("customer"):
        rendered = render_letter(letter, update.incident, ReaderClass(contact.language, contact.time_zone, "sms"))
        content = MessageContent(message=update.message, subject=rendered.subject, text=rendered.text)
        reader = Reader(
            1, contact.pk, contact.link_version, contact.name, contact.customer.name, contact.phone, "x@y.example"
        )
        text = CompiledSms(update.message, content).envelope(reader).content.decode()
        assert not world.foreign(text, contact.customer_id)


def scan_pages_behind_links(world: World) -> None:
    until, opened = clock.now() + timedelta(days=1), 0
    for contact in Contact.objects.all():
        for purpose in OF_CUSTOMERS:
            for subject in subjects(purpose, contact, world):
                address = reverse(purpose, args=[links.make(purpose, contact, subject, until)])
                for answer in (Client().get(address), Client().post(address, {"preference": "all", "informed": "yes"})):
                    opened += answer.status_code == 200
                    assert not world.foreign(answer.content.decode(), contact.customer_id), purpose
    assert opened > 5 * Contact.objects.count()


def scan_what_one_customer_is_told_or_handed(world: World, browser: Client) -> None:
    for pk in world.own:
        for incident in world.incidents:
            for name in ("assessment", "as_customer", "as_customer_shown", "call"):
                answer = browser.get(reverse(f"admin:{name}", args=[incident.pk, pk]))
                assert not world.foreign(answer.content.decode(), pk), name
        page = browser.get(reverse("admin:customers_customer_change", args=[pk])).content.decode()
        assert not world.foreign(page, pk)
        assert world.foreign(page, None)
        ledger = browser.get(reverse("admin:promise_ledger"), {"customer": str(pk), "as": "csv"})
        files = {
            "promises": ledger,
            "contacts": browser.post(f"/admin/customers/contact/export/csv/?customer__id__exact={pk}"),
            "customers": browser.post(
                f"/admin/customers/customer/export/csv/?q={Customer.objects.get(pk=pk).reference}"
            ),
        }
        for name, answer in files.items():
            text = b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]
            assert len(list(csv.reader(io.StringIO(text)))) >= 1
            assert not world.foreign(text, pk), name


def scan_what_anybody_opens(world: World) -> None:
    for address in (
        "/healthz",
        "/livez",
        "/admin/login/",
        "/p/guessed/",
        "/c/guessed/",
        "/k/guessed/",
        "/no/such/page/",
    ):
        assert not world.foreign(Client().get(address).content.decode(), None), address
