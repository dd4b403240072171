"""A person is erased on request: nothing names them any more, and the ledger and the audit still add up."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction
from django.test import Client
from pytest_django import Settings

from crisisdesk.core import saved_links
from crisisdesk.core.actors import Actor
from crisisdesk.core.models import AuditEntry, User
from crisisdesk.core.refusals import InvalidInput, NotAllowed, WrongState
from customers import free_text, links
from customers.erasing import erase_contact
from customers.imports import apply, plan, read
from customers.models import CallRecord, Contact, Delivery, DeliveryEvent, Suppression
from incidents.models import Answer, AudienceAdjustment, Incident, TimelineEntry
from incidents.notes import add_note
from incidents.scope import adjust_audience
from tests import factories

SECRETS = ("Zacharias", "zach@secret.example", "+14155550199")


@pytest.fixture
def zach(by_ivo: Actor, by_dana: Actor, now: datetime) -> Contact:
    """Somebody who was told of an outage, bounced, was called, and answered."""
    acme = factories.customer("Acme", factories.service())
    zach = factories.contact(acme, "Zacharias", email=SECRETS[1], phone=SECRETS[2])
    incident = factories.incident(by_ivo, now)
    update = factories.send(incident, "initial", by_dana, now)
    delivery = Delivery.objects.get(contact=zach)
    Delivery.objects.filter(pk=delivery.pk).update(state="bounced")
    DeliveryEvent.objects.create(delivery=delivery, at=now, state="bounced", attempt=1, text=f"<{SECRETS[1]}> unknown")
    Suppression.objects.create(channel="email", address=SECRETS[1], reason="bounced", at=now)
    assert update.message
    CallRecord.objects.create(
        message=update.message,
        customer=acme,
        contact=zach,
        result="reached",
        note="Zacharias is angry",
        at=now,
        made_by_name="Dana",
    )
    Answer.objects.create(
        incident=incident, contact=zach, informed="yes", comment="I am Zacharias", first_at=now, at=now
    )
    return zach


def every_text() -> str:
    """All rows of all tables, as text."""
    found = []
    with connection.cursor() as cursor:
        for model in apps.get_models(include_auto_created=True):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(model._meta.db_table)}")  # noqa: S608
            found += [str(row) for row in cursor.fetchall()]
    return "\n".join(found)


def test_nothing_names_them_any_more(zach: Contact, by_dana: Actor, now: datetime) -> None:
    assert all(secret in every_text() for secret in SECRETS)
    erase_contact(zach, reason="asked for it", by=by_dana, now=now)
    left = every_text()
    assert [secret for secret in SECRETS if secret in left] == []


def test_what_was_done_stays(zach: Contact, by_dana: Actor, now: datetime) -> None:
    erase_contact(zach, reason="asked for it", by=by_dana, now=now)
    assert Delivery.objects.get(contact=zach).state == "bounced"
    assert DeliveryEvent.objects.filter(delivery__contact=zach, state="bounced").exists()
    assert CallRecord.objects.get().result == "reached"
    assert Answer.objects.get().informed == "yes"


def test_their_links_end_and_they_are_written_to_no_more(
    zach: Contact, by_dana: Actor, now: datetime, settings: Settings
) -> None:
    settings.LINK_KEYS = ["a key of forty characters, only for tests"]
    token = links.make(links.PREFERENCES, zach, "", now.replace(year=2030))
    erased = erase_contact(zach, reason="asked for it", by=by_dana, now=now)
    with pytest.raises(links.BadLink):
        links.read(token, links.PREFERENCES, now)
    assert not Contact.objects.reachable().filter(pk=erased.pk).exists()


def test_an_address_that_somebody_else_has_stays_suppressed(zach: Contact, by_dana: Actor, now: datetime) -> None:
    factories.contact(factories.customer("Globex"), "Other", email=SECRETS[1])
    erase_contact(zach, reason="asked for it", by=by_dana, now=now)
    assert Suppression.objects.filter(address=SECRETS[1]).exists()


def test_it_waits_for_what_is_on_its_way(zach: Contact, by_dana: Actor, now: datetime) -> None:
    Delivery.objects.filter(contact=zach).update(state="queued")
    with pytest.raises(WrongState, match="is on its way"):
        erase_contact(zach, reason="asked for it", by=by_dana, now=now)


@pytest.mark.parametrize("reason", ["", "  ", "zach@secret.example asked"])
def test_it_wants_a_reason_that_names_nobody(zach: Contact, by_dana: Actor, now: datetime, reason: str) -> None:
    with pytest.raises(InvalidInput):
        erase_contact(zach, reason=reason, by=by_dana, now=now)
    zach.refresh_from_db()
    assert zach.name == "Zacharias"


def test_it_happens_once_and_by_support_only(zach: Contact, by_dana: Actor, by_ada: Actor, now: datetime) -> None:
    with pytest.raises(NotAllowed):
        erase_contact(zach, reason="asked for it", by=by_ada, now=now)
    erase_contact(zach, reason="asked for it", by=by_dana, now=now)
    with pytest.raises(WrongState, match="already"):
        erase_contact(zach, reason="asked for it", by=by_dana, now=now)


@pytest.mark.parametrize(
    "change", [{"result": "no_answer"}, {"note": "other words"}, {"spoke_with": "nobody", "note": ""}]
)
def test_the_record_of_a_call_can_be_emptied_and_not_changed(zach: Contact, change: dict[str, str]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        CallRecord.objects.update(**change)
    with pytest.raises(IntegrityError), transaction.atomic():
        CallRecord.objects.all().delete()


def test_the_page_asks_and_erases(zach: Contact, dana: User, signed_in: Callable[[User], Client]) -> None:
    client, url = signed_in(dana), f"/admin/customers/contact/{zach.pk}/erase/"
    assert "Goes for good" in client.get(url).content.decode()
    assert client.post(url, {"reason": "asked for it"}).status_code == 422
    assert client.post(url, {"reason": "asked for it", "sure": "on"}).status_code == 302
    zach.refresh_from_db()
    assert zach.erased_at is not None


def test_others_read_who_may(zach: Contact, ivo: User, signed_in: Callable[[User], Client]) -> None:
    answer = signed_in(ivo).post(f"/admin/customers/contact/{zach.pk}/erase/", {"reason": "x", "sure": "on"})
    assert answer.status_code == 403


def test_an_import_does_not_bring_them_back(zach: Contact, by_dana: Actor, now: datetime) -> None:
    lines = "customer_reference,customer,contact_name,email\nacme,Acme,Zacharias,Zach@Secret.example\n"
    lines += "acme,Acme,Yolanda,yolanda@acme.example\n"
    erase_contact(zach, reason="asked for it", by=by_dana, now=now)

    planned = plan(read(lines.encode()))
    apply(planned.table, shown=planned.digest, by=by_dana, now=now)

    assert planned.left_out == [2]
    assert [*Contact.objects.active().values_list("name", flat=True)] == ["Yolanda"]


def test_why_they_were_added_goes_too(zach: Contact, by_dana: Actor, now: datetime) -> None:
    incident = Incident.objects.get()
    adjust_audience(incident, zach, is_included=True, reason=f"{SECRETS[0]} asked", by=by_dana, now=now)
    Delivery.objects.filter(contact=zach).update(reason=f"added by Dana: {SECRETS[0]} asked")
    erase_contact(zach, reason="asked for it", by=by_dana, now=now)
    assert AudienceAdjustment.objects.get().reason == ""
    assert Delivery.objects.get(contact=zach).reason == "added by hand"


def test_a_saved_search_for_them_goes_too(zach: Contact, by_dana: Actor, now: datetime) -> None:
    for name, asked in (("Zach", "zach%40secret.example"), ("Ring Zach", "%2B14155550199"), ("Acme", "acme")):
        saved_links.save(name=name, path=f"/admin/search/?q={asked}", by=by_dana, now=now)
    erase_contact(zach, reason="asked for it", by=by_dana, now=now)
    assert [row.name for row in saved_links.links_of(by_dana)] == ["Acme"]


def test_the_record_loses_their_name_where_it_is_ticked_and_their_address_everywhere(
    zach: Contact, by_dana: Actor, by_ivo: Actor, dana: User, now: datetime, signed_in: Callable[[User], Client]
) -> None:
    incident = Incident.objects.get()
    theirs = add_note(incident, "zacharias (zach@secret.example) rang twice.", by=by_ivo, now=now)
    other = add_note(incident, "Zacharias of the night shift restarts it.", by=by_ivo, now=now)
    client, url = signed_in(dana), f"/admin/customers/contact/{zach.pk}/erase/"
    shown = client.get(url).content.decode()
    assert "rang twice" in shown
    assert "night shift" in shown
    client.post(url, {"reason": "asked for it", "sure": "on", "place": [theirs.pk]})
    texts = dict(TimelineEntry.objects.filter(pk__in=(theirs.pk, other.pk)).values_list("pk", "text"))
    assert texts == {
        theirs.pk: "[erased] ([erased]) rang twice.",
        other.pk: "Zacharias of the night shift restarts it.",
    }
    assert AuditEntry.objects.get(action="timeline.redacted").data == {"entries": [theirs.pk]}


def test_a_name_in_a_secret_is_not_shown_and_an_address_goes_from_it(
    zach: Contact, by_dana: Actor, by_ivo: Actor, now: datetime
) -> None:
    entry = add_note(Incident.objects.get(), "Zacharias, +14155550199, knows.", by=by_ivo, now=now)
    Incident.objects.update(confidential_at=now, commander=None, liaison=None, scribe=None)
    assert free_text.places(free_text.words_of(zach), by_dana) == []
    erase_contact(zach, reason="asked for it", places=[entry.pk], by=by_dana, now=now)
    entry.refresh_from_db()
    assert entry.text == "Zacharias, [erased], knows."


@pytest.mark.parametrize("change", [{"text": "rewritten"}, {"text": "[erased]", "actor_name": "Nobody"}])
def test_an_entry_is_redacted_and_not_rewritten(zach: Contact, change: dict[str, str]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        TimelineEntry.objects.update(**change)
    with pytest.raises(IntegrityError), transaction.atomic():
        TimelineEntry.objects.all().delete()
