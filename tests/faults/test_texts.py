"""F11: names and texts of all the world, through the desk to the mail as received."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.utils import parseaddr

import pytest

from crisisdesk.core.actors import Actor
from customers.models import Contact, Customer
from tests import factories
from tests.customers.delivery.conftest import one_pass
from tests.mail_servers import OpenServer, Received

pytestmark = pytest.mark.django_db
OVERRIDES = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
NAMES = {
    "right to left": "محمد بن سلمان",
    "hebrew and latin": "שרה O’Neil",
    "joined emoji": "Ada 👩‍👩‍👧‍👦 🏳️‍🌈",
    "combining": "Zoë Z̷a̷l̷g̷o̷",
    "override": "Pat \u202egnp.exe\u202c Smith",
    "isolates": "Pat \u2067Smith\u2069",
    "beyond the plane": "𠜎𠜱 \U0001d57b\U0001d586\U0001d599",
    "longest": "Ж" * 200,
    "quotes": 'Pat "the \\ <boss>" Smith; x@y, z',
}
Write = Callable[..., Received]


@pytest.fixture
def write(mail: OpenServer, by_ivo: Actor, by_dana: Actor, now: datetime) -> Write:
    """Send a first alert to one contact, and give the mail as it was received."""

    def send_it(name: str = "Pat", *, body: str = factories.BODY, title: str = "Payments", **fields: str) -> Received:
        acme = factories.customer(fields.pop("organisation", "Acme"), factories.service())
        Customer.objects.filter(pk=acme.pk).update(reference="acme")
        acme.refresh_from_db()
        Contact.objects.create(customer=acme, name=name, **{"email": "pat@acme.example", **fields})
        incident = factories.incident(by_ivo, now, title=title)
        factories.send(incident, "initial", by_dana, now, body=body)
        one_pass()
        (received,) = mail.received
        return received

    return send_it


def cleaned(text: str) -> str:
    """Without what turns a text around."""
    return "".join(character for character in text if character not in OVERRIDES)


def squeezed(text: str) -> str:
    """Blanks and line ends do not count."""
    return " ".join(text.split())


def name_in(received: Received) -> str:
    """The name in To: as RFC 2047 §6.2 reads it; the blank between two encoded words is none (the parser keeps it)."""
    raw = message_from_bytes(received.content, policy=policy.compat32)["To"]
    name, address = parseaddr("".join(str(raw).splitlines()))
    assert address == "pat@acme.example"
    return str(make_header(decode_header(name)))


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_a_name_arrives_readable_and_turns_nothing_around(name: str, write: Write) -> None:
    received = write(name, organisation=f"{name[:150]} Ltd")
    wanted = cleaned(name)
    for kind in ("plain", "html"):
        body = received.body(kind)
        assert not set(body) & set(OVERRIDES)
    assert squeezed(wanted) in squeezed(received.body())
    assert squeezed(name_in(received)) == squeezed(wanted)
    assert received.recipient == "pat@acme.example"
    assert max(map(len, received.content.split(b"\r\n"))) <= 998
    assert not set(str(received.message["Subject"])) & set(OVERRIDES)


@pytest.mark.parametrize(
    ("address", "travels_as"),
    [
        ("pat@bücher.example", "pat@xn--bcher-kva.example"),
        ("用户@例子.example", "用户@xn--fsqu00a.example"),
        ("josé@acme.example", "josé@acme.example"),
    ],
)
def test_an_address_of_all_the_world_is_reached(address: str, travels_as: str, write: Write) -> None:
    assert write(email=address).recipient == travels_as


WORDS = "Zahlungen schlagen fehl – الدفع لا يعمل 👩‍👩‍👧‍👦 支付失败. "


@pytest.mark.parametrize("text", [WORDS * 200, "ש" * 10_000, "x" * 10_000, f"{WORDS}\u202e{WORDS}\u202c" * 100])
def test_a_text_of_ten_thousand_characters_arrives_whole(text: str, write: Write) -> None:
    received = write(body=text, title=f"الدفع \u202e {WORDS}"[:150])
    wanted = squeezed(cleaned(text))
    assert "".join(wanted.split()) in "".join(received.body().split())
    assert not set(received.body()) & set(OVERRIDES)
    assert not set(received.body("html")) & set(OVERRIDES)
    assert not set(str(received.message["Subject"])) & set(OVERRIDES)
    assert max(map(len, received.content.split(b"\r\n"))) <= 998
