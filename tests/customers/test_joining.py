"""Two contacts of one customer who are one person: proposed, and made one without silence and without a second mail."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.test import Client
from pytest_django import Settings

from crisisdesk.core.actors import Actor
from crisisdesk.core.models import AuditEntry, User
from crisisdesk.core.refusals import NotAllowed, WrongState
from customers import links
from customers.erasing import erase_contact
from customers.imports import plan, read
from customers.joining import join
from customers.models import Contact, Customer, Delivery, Suppression
from customers.twins import keep_apart, proposals
from incidents.models import Incident
from incidents.public.progress import told
from incidents.recipients import newly_affected, told_of
from incidents.scope import adjust_audience, audience_of
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def acme() -> Customer:
    return factories.customer("Acme", factories.service())


@pytest.fixture
def two(acme: Customer) -> tuple[Contact, Contact]:
    """Kim, entered twice; and Sam."""
    factories.contact(acme, "Sam", email="sam@acme.example")
    kim = factories.contact(acme, "Kim", email="kim@acme.example")
    return kim, factories.contact(acme, "Kim Lee", email="kim+alerts@acme.example", phone="+14155550101")


def found() -> set[tuple[str, str, str]]:
    names = dict(Contact.objects.values_list("pk", "email"))
    return {(names[pair.first], names[pair.second], ", ".join(pair.reasons)) for pair in proposals()}


def test_one_person_in_two_spellings_is_proposed_and_others_are_not(acme: Customer) -> None:
    factories.contact(acme, "Kim", email="kim@acme.example", phone="+14155550101")
    factories.contact(acme, "Lee, Kim", email="KIM+alerts@acme.example", phone="+14155550101")
    factories.contact(acme, "José Díaz", email="jose.diaz@acme.example")
    factories.contact(acme, "Diaz Jose", email="j.diaz@acme.example")
    for name in ("Ann", "Bob", "Cleo", "Dan"):  # at the switchboard
        factories.contact(acme, name, phone="+14155550999")
    # The same name alone says nothing; nor does anything at another customer.
    factories.contact(acme, "Ann", email="boss@elsewhere.example")
    factories.contact(factories.customer("Globex"), "Kim", email="kim@acme.example", phone="+14155550101")
    assert found() == {
        ("kim@acme.example", "KIM+alerts@acme.example", "the same mailbox, the same telephone number"),
        ("jose.diaz@acme.example", "j.diaz@acme.example", "the same name at similar addresses"),
    }


def test_two_people_are_not_proposed_again(two: tuple[Contact, Contact], by_dana: Actor, now: datetime) -> None:
    assert len(proposals()) == 1
    keep_apart(two[1], two[0], by=by_dana, now=now)
    assert proposals() == []


def test_what_either_refused_stays_refused(two: tuple[Contact, Contact], by_dana: Actor, now: datetime) -> None:
    kim, other = two
    Contact.objects.filter(pk=other.pk).update(preference="start_and_end", wants_sms=True)
    kept = join(kim, other, by=by_dana, now=now)
    kept.refresh_from_db()
    assert (kept.email, kept.phone, kept.wants_sms) == ("kim@acme.example", "+14155550101", True)
    assert kept.preference == "start_and_end"
    other.refresh_from_db()
    assert (other.is_active, other.merged_into) == (False, kim)
    said = AuditEntry.objects.get(action="contact.merged").data
    assert said == {"gone": other.pk, "changed": ["phone", "wants_sms", "preference"]}
    assert proposals() == []


def test_nobody_is_silenced_by_it(two: tuple[Contact, Contact], by_dana: Actor, by_ivo: Actor, now: datetime) -> None:
    kim, other = two
    with pytest.raises(NotAllowed):
        join(kim, other, by=by_ivo, now=now)
    Suppression.objects.create(channel="email", address=kim.email, reason="550", at=now)
    with pytest.raises(WrongState, match="Let the other one stay"):
        join(kim, other, by=by_dana, now=now)
    Suppression.objects.all().delete()
    Contact.objects.filter(name="Sam").update(is_active=False)
    Contact.objects.filter(pk=other.pk).update(preference="none")
    with pytest.raises(WrongState, match="Nobody at Acme could be told"):
        join(kim, other, by=by_dana, now=now)
    Contact.objects.filter(pk=kim.pk).update(email="", phone="+14155550102")
    with pytest.raises(WrongState, match="has no e-mail address"):
        join(kim, other, by=by_dana, now=now)


@pytest.fixture
def told_as_other(two: tuple[Contact, Contact], by_ivo: Actor, by_dana: Actor, now: datetime) -> Incident:
    """An outage of which Kim was told at the second address only; at the first one she was left out."""
    incident = factories.incident(by_ivo, now)
    adjust_audience(incident, two[0], is_included=False, reason="hears elsewhere", by=by_dana, now=now)
    factories.send(incident, "initial", by_dana, now)
    return Incident.objects.get(pk=incident.pk)


def mailed(kind: str) -> list[str]:
    return sorted(Delivery.objects.filter(message__kind=kind).values_list("address", flat=True))


def test_whoever_was_told_as_either_hears_on_once_and_of_the_end(
    told_as_other: Incident, two: tuple[Contact, Contact], by_ivo: Actor, by_dana: Actor, now: datetime
) -> None:
    kim, other = two
    with pytest.raises(WrongState, match="is on its way"):
        join(kim, other, by=by_dana, now=now)
    Delivery.objects.update(state="sent", sent_at=now)
    join(kim, other, by=by_dana, now=now)
    incident = Incident.objects.get(pk=told_as_other.pk)
    assert set(told_of(incident).values_list("name", flat=True)) == {"Sam", "Kim"}
    last = incident.updates.get()
    assert newly_affected(incident, last, incident.affected.all()).contacts == 0
    factories.send(incident, "progress", by_dana, now + timedelta(minutes=5))
    assert mailed("progress") == ["kim@acme.example", "sam@acme.example"]
    # A correction of the first message is owed to her as well.
    factories.send(incident, "correction", by_dana, now + timedelta(minutes=9))
    assert mailed("correction") == ["kim@acme.example", "sam@acme.example"]


def test_whoever_was_taken_in_by_hand_stays_so(
    two: tuple[Contact, Contact], by_ivo: Actor, by_dana: Actor, now: datetime
) -> None:
    incident = factories.incident(by_ivo, now, services=[factories.service("Reports")])
    adjust_audience(incident, two[1], is_included=True, reason="asked", by=by_dana, now=now)
    join(*two, by=by_dana, now=now)
    assert [row.name for row in audience_of(incident).contacts()] == ["Kim"]


def test_a_link_sent_to_the_other_address_goes_on_working(
    told_as_other: Incident, two: tuple[Contact, Contact], by_dana: Actor, now: datetime, settings: Settings
) -> None:
    settings.LINK_KEYS = ["a key for these tests, long enough to be one"]
    Delivery.objects.update(state="sent", sent_at=now)
    token = links.make("progress", two[1], told_as_other.reference, now + timedelta(days=300))
    join(*two, by=by_dana, now=now)
    reader = links.read(token, "progress", now).contact
    assert reader == two[0]
    page = told(reader, told_as_other.reference)
    assert page is not None
    assert [update.kind for update in page.updates] == ["initial"]


def test_a_file_with_the_old_address_finds_who_stayed(
    two: tuple[Contact, Contact], by_dana: Actor, now: datetime
) -> None:
    join(*two, by=by_dana, now=now)
    lines = "acme,Acme,Kim Lee,kim+alerts@acme.example\nacme,Acme,Kim,kim@acme.example\n"
    file = f"customer_reference,customer,contact_name,email\n{lines}"
    planned = plan(read(file.encode(), name="crm.csv"))
    assert planned.changes_nothing
    assert planned.rows[0].notes == ["kim+alerts@acme.example is part of another contact by now: nothing changes."]


def test_who_is_erased_is_erased_in_both(
    two: tuple[Contact, Contact], by_dana: Actor, now: datetime, settings: Settings
) -> None:
    kim, other = two
    join(kim, other, by=by_dana, now=now)
    with pytest.raises(WrongState, match="both go"):
        erase_contact(other, reason="asked", by=by_dana, now=now)
    erase_contact(kim, reason="asked", by=by_dana, now=now)
    assert not Contact.objects.filter(email__startswith="kim").exists()


def test_the_pages_propose_compare_and_merge(
    two: tuple[Contact, Contact], dana: User, signed_in: Callable[[User], Client]
) -> None:
    kim, other = two
    browser = signed_in(dana)
    assert "The same mailbox" in browser.get("/admin/customers/customer/duplicates/").content.decode()
    url = f"/admin/customers/contact/{kim.pk}/merge/{other.pk}/"
    shown = browser.get(url).content.decode()
    assert "The number +14155550101 is taken over" in shown
    answer = browser.post(url, {"action": "merge", "keep": kim.pk}, follow=True)
    assert "part of Kim" in answer.content.decode()
    for action in ("merge", "apart"):
        stale = browser.post(url, {"action": action, "keep": kim.pk})
        assert stale.status_code == 409
        assert "is part of Kim by now" in stale.content.decode()
    assert "Part of <a" in browser.get(f"/admin/customers/contact/{other.pk}/change/").content.decode()
    assert browser.get(f"/admin/customers/contact/{'9' * 20}/merge/{other.pk}/").status_code == 404
