"""People add their ways to be reached, prove them by a code and put them in order."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from pytest_django import Settings

from crisisdesk.core import clock
from crisisdesk.core.actors import Actor
from crisisdesk.core.models import AuditEntry, User
from crisisdesk.core.refusals import InvalidInput, NotAllowed, WrongState
from incidents.models import ContactMethod, ContactStep
from incidents.oncall.codes import send_code, verify
from incidents.oncall.methods import Minutes, add_method, label_of, remove_method, set_order
from incidents.oncall.reach import people_to_reach, reachability, unverified
from tests.incidents.oncall.cast import put_on_call
from tests.incidents.oncall.phones import telephone, way_of
from tests.incidents.oncall.postbox import Postbox, postbox
from tests.providers import ACCOUNT, TOKEN, Provider

pytestmark = pytest.mark.django_db
IVOS = "+4915112345678"


@pytest.fixture
def line(settings: Settings) -> Iterator[Provider]:
    with Provider(telephone) as provider:
        settings.STAFF_TWILIO_ACCOUNT_SID, settings.STAFF_TWILIO_AUTH_TOKEN = ACCOUNT, TOKEN
        settings.STAFF_TWILIO_FROM, settings.STAFF_TWILIO_API_URL = "+15005550006", provider.url
        yield provider


@pytest.fixture
def box(settings: Settings) -> Iterator[Postbox]:
    with postbox() as box:
        settings.STAFF_MAIL_URL = box.url
        yield box


@pytest.fixture
def now() -> datetime:
    return clock.now()


def added(ivo: User, now: datetime, kind: str = "sms", address: str = "+49 1511 2345678") -> ContactMethod:
    return add_method(ivo, kind=kind, address=address, by=Actor.person(ivo), now=now)


def code_in(text: str) -> str:
    found = re.search(r"\b\d{6}\b", text.replace(", ", ""))
    assert found
    return found[0]


@pytest.mark.parametrize("kind", ["sms", "voice"])
def test_a_code_goes_through_the_very_channel_and_comes_back(
    line: Provider, ivo: User, by_ivo: Actor, now: datetime, kind: str
) -> None:
    method = added(ivo, now, kind)
    assert method.address == IVOS
    assert unverified() == [method]
    send_code(method, by=by_ivo, now=now)
    form = line.taken[0].form
    code = code_in(form["Body" if kind == "sms" else "Twiml"])
    method.refresh_from_db()
    assert code not in str(vars(method))
    assert verify(method, code, by=by_ivo, now=now + timedelta(minutes=9)).is_usable
    own = ContactStep.objects.filter(person=ivo).values_list("urgency", "method", "delay_seconds")
    assert set(own) == {("page", None, 0), ("page", method.pk, 0 if kind == "sms" else 120)}
    assert AuditEntry.objects.filter(action="contact_method.verified").exists()


def test_a_mail_address_is_proven_by_mail(box: Postbox, ivo: User, by_ivo: Actor, now: datetime) -> None:
    method = added(ivo, now, "email", "ivo@home.example")
    send_code(method, by=by_ivo, now=now)
    assert verify(method, code_in(box.text_of("ivo@home.example")), by=by_ivo, now=now).is_usable


def test_codes_can_not_be_guessed(line: Provider, ivo: User, by_ivo: Actor, now: datetime) -> None:
    method = added(ivo, now)
    with pytest.raises(WrongState, match="run out"):
        verify(method, "", by=by_ivo, now=now)
    send_code(method, by=by_ivo, now=now)
    code = code_in(line.taken[0].form["Body"])
    wrong = f"{(int(code) + 1) % 10**6:06d}"
    for left in (4, 3, 2, 1, 0):
        with pytest.raises(InvalidInput, match=f"{left} tr"):
            verify(method, wrong, by=by_ivo, now=now)
    with pytest.raises(WrongState, match="too often"):
        verify(method, code, by=by_ivo, now=now)


def test_a_code_holds_ten_minutes(line: Provider, ivo: User, by_ivo: Actor, now: datetime) -> None:
    method = added(ivo, now)
    send_code(method, by=by_ivo, now=now)
    with pytest.raises(WrongState, match="run out"):
        verify(method, code_in(line.taken[0].form["Body"]), by=by_ivo, now=now + timedelta(minutes=10))


def test_nobody_is_flooded_with_codes(line: Provider, ivo: User, by_ivo: Actor, now: datetime) -> None:
    method = added(ivo, now)
    for number in range(5):
        send_code(method, by=by_ivo, now=now + timedelta(minutes=number))
        with pytest.raises(WrongState, match="less than a minute"):
            send_code(method, by=by_ivo, now=now + timedelta(minutes=number, seconds=59))
    later = now + timedelta(minutes=10)
    with pytest.raises(WrongState, match="tomorrow"):
        send_code(method, by=by_ivo, now=later)
    remove_method(method, by=by_ivo, now=later)
    with pytest.raises(WrongState, match="tomorrow"):
        send_code(added(ivo, later), by=by_ivo, now=later)
    assert len(line.taken) == 5


def test_a_code_that_could_not_leave_is_void_and_says_why(
    line: Provider, ivo: User, by_ivo: Actor, now: datetime
) -> None:
    method = added(ivo, now, address="+4915100000000")
    with pytest.raises(WrongState, match="21211"):
        send_code(method, by=by_ivo, now=now)
    method.refresh_from_db()
    assert method.code_hash == ""


def test_everybody_keeps_their_own(line: Provider, ivo: User, by_dana: Actor, by_otto: Actor, now: datetime) -> None:
    method = added(ivo, now)
    for by in (by_dana, by_otto):
        with pytest.raises(NotAllowed):
            add_method(ivo, kind="sms", address=IVOS, by=by, now=now)
        with pytest.raises(NotAllowed):
            send_code(method, by=by, now=now)
        with pytest.raises(NotAllowed):
            verify(method, "123456", by=by, now=now)
        with pytest.raises(NotAllowed):
            remove_method(method, by=by, now=now)
        with pytest.raises(NotAllowed):
            set_order(ivo, "page", {None: [0]}, by=by, now=now)


@pytest.mark.parametrize(
    ("kind", "address"),
    [("sms", "0151 2345678"), ("sms", "+49"), ("voice", "x"), ("email", "a@b c"), ("chat", "syslog://"), ("fax", "1")],
)
def test_it_refuses_what_can_not_be_used(line: Provider, ivo: User, now: datetime, kind: str, address: str) -> None:
    with pytest.raises(InvalidInput):
        added(ivo, now, kind, address)
    assert not ContactMethod.objects.exists()


def test_a_channel_that_is_not_set_up_takes_nothing(ivo: User, now: datetime) -> None:
    with pytest.raises(WrongState, match="no way to send by SMS"):
        added(ivo, now)


def test_an_order_is_of_verified_ways_within_two_hours(ivo: User, by_ivo: Actor, dana: User, now: datetime) -> None:
    mine = way_of(ivo, "sms", IVOS, now)
    other = way_of(dana, "sms", IVOS, now)
    set_order(ivo, "page", {mine.pk: [0, 2.5], None: [5]}, by=by_ivo, now=now)
    steps = ContactStep.objects.filter(person=ivo).values_list("method", "delay_seconds")
    assert list(steps) == [(mine.pk, 0), (mine.pk, 150), (None, 300)]
    refused: list[Minutes] = [{other.pk: [0]}, {mine.pk: [121]}, {mine.pk: [-1]}, {None: [1, 2, 3, 4, 5, 6]}]
    for minutes in refused:
        with pytest.raises(InvalidInput):
            set_order(ivo, "page", minutes, by=by_ivo, now=now)
    assert ContactStep.objects.filter(person=ivo).count() == 3, "nothing is lost by bad input"


def test_a_label_tells_no_secret() -> None:
    assert label_of("sms", IVOS) == "+49…5678"
    assert "T0PSECRET" not in label_of("chat", "slack://T0PSECRET/B/C")


def test_it_says_who_can_be_reached(line: Provider, ivo: User, dana: User, now: datetime) -> None:
    put_on_call(ivo, "operations-on-call", now)
    put_on_call(dana, "support-on-call", now)
    way_of(ivo, "voice", IVOS, now)
    added(dana, now, "chat", "ntfys://push.vendor.example/dana")
    of_ivo, of_dana = reachability(people_to_reach(now))
    assert (of_ivo.person, of_ivo.has_second, of_ivo.can_be_woken) == (ivo, True, True)
    assert (of_dana.has_second, len(of_dana.unverified)) == (False, 1)
