"""Confidential incidents: who may know, how that is given and taken back, and what those outside are told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.test import Client

from crisisdesk.core.access import Group
from crisisdesk.core.actors import Actor
from crisisdesk.core.models import AuditEntry, User
from crisisdesk.core.refusals import InvalidInput, NotAllowed, WrongState
from customers.models import Contact, Delivery
from incidents import ledger
from incidents.confidential import end_confidence, grant, make_confidential, revoke
from incidents.knowing import hidden_references, knows
from incidents.merging import merge
from incidents.models import Clearance, Incident, Notification
from incidents.oncall.notify import notify
from incidents.oncall.who import role_of
from incidents.periods import Period
from incidents.splitting import split
from incidents.timeline import entries_of
from tests import factories
from tests.conftest import make_person

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
WHY = "Keys were taken; the police asked for silence."


@pytest.fixture
def secret(by_ivo: Actor, now: datetime) -> Incident:
    """Ivo declared it and made it confidential."""
    factories.contact(factories.customer("Acme", factories.service()), "Pat")
    return make_confidential(factories.incident(by_ivo, now), reason=WHY, by=by_ivo, now=now)


def names(incident: Incident, *people: User) -> set[str]:
    return {person.first_name for person in people if knows(Actor.person(person), incident)}


def test_only_those_named_by_person_or_role_may_know(
    secret: Incident, ivo: User, dana: User, mira: User, ada: User, by_ivo: Actor, now: datetime
) -> None:
    assert names(secret, ivo, dana, mira, ada) == {"Ivo"}
    grant(secret, person=dana, reason="Writes to customers", by=by_ivo, now=now)
    grant(secret, group=Group.EXECUTIVES, reason="Decide on disclosure", by=by_ivo, now=now)
    assert names(secret, ivo, dana, mira, ada) == {"Ivo", "Dana", "Mira"}
    assert hidden_references(Actor.person(ada)) == {secret.reference}
    assert hidden_references(Actor.person(mira)) == frozenset()


def test_whoever_leads_it_knows(secret: Incident, mara: User, now: datetime) -> None:
    assert names(secret, mara) == set()
    Incident.objects.filter(pk=secret.pk).update(scribe=mara)
    secret.refresh_from_db()
    assert names(secret, mara) == {"Mara"}


def test_a_clearance_is_taken_back_with_a_reason_and_both_are_recorded(
    secret: Incident, dana: User, by_ivo: Actor, now: datetime
) -> None:
    row = grant(secret, person=dana, reason="Writes to customers", by=by_ivo, now=now + MINUTE)
    assert grant(secret, person=dana, reason="Again", by=by_ivo, now=now + MINUTE) == row, "once is enough"
    revoke(row, reason="Hands it to Sam", by=by_ivo, now=now + 2 * MINUTE)
    assert names(secret, dana) == set()
    told = [entry.text for entry in entries_of(secret)]
    assert "Dana Reyes may know of it: Writes to customers" in told
    assert "Dana Reyes may no longer know of it: Hands it to Sam" in told
    found = AuditEntry.objects.filter(incident=secret.reference, action__startswith="clearance.")
    assert list(found.order_by("pk").values_list("action", flat=True)) == ["clearance.granted", "clearance.revoked"]
    with pytest.raises(WrongState, match="took this back already"):
        revoke(row, reason="Again", by=by_ivo, now=now + 3 * MINUTE)


def test_nobody_takes_back_what_lets_them_in(secret: Incident, by_ivo: Actor, now: datetime) -> None:
    Incident.objects.filter(pk=secret.pk).update(commander=None)
    own = secret.clearances.get()
    with pytest.raises(WrongState, match="no longer know of it yourself"):
        revoke(own, reason="Done here", by=by_ivo, now=now)
    assert Clearance.objects.standing().get() == own


def test_it_takes_operations_who_know_and_a_reason(
    secret: Incident, dana: User, by_dana: Actor, by_ivo: Actor, now: datetime
) -> None:
    other = Actor.person(make_person("Olga Stern", Group.OPERATIONS))
    with pytest.raises(NotAllowed, match="Operations"):
        grant(secret, person=dana, reason="Me", by=by_dana, now=now)
    with pytest.raises(NotAllowed, match="somebody who may know"):
        grant(secret, person=dana, reason="Her", by=other, now=now)
    with pytest.raises(InvalidInput, match="Say why"):
        grant(secret, person=dana, reason=" ", by=by_ivo, now=now)
    with pytest.raises(InvalidInput, match="either a person or a role"):
        grant(secret, person=dana, group=Group.SUPPORT, reason="Both", by=by_ivo, now=now)
    with pytest.raises(WrongState, match="confidential already"):
        make_confidential(secret, reason="Again", by=by_ivo, now=now)


def test_it_ends_with_a_reason_and_can_begin_again(secret: Incident, ada: User, by_ivo: Actor, now: datetime) -> None:
    secret = end_confidence(secret, reason="Published", by=by_ivo, now=now)
    assert names(secret, ada) == {"Ada"}
    with pytest.raises(WrongState, match="is not confidential"):
        grant(secret, person=ada, reason="x", by=by_ivo, now=now)
    secret = make_confidential(secret, reason="More was found", by=by_ivo, now=now)
    assert names(secret, ada) == set()


def test_two_contacts_side_by_side_count_only_what_the_reader_may_know(
    secret: Incident, cleo: User, dana: User, by_ivo: Actor, now: datetime, signed_in: Callable[[User], Client]
) -> None:
    grant(secret, person=dana, reason="Writes to customers", by=by_ivo, now=now)
    pat = Contact.objects.get(name="Pat")
    other = factories.contact(pat.customer, "Pat", email="pat+2@acme.example")
    factories.send(secret, "initial", Actor.person(dana), now)
    url = f"/admin/customers/contact/{pat.pk}/merge/{other.pk}/"
    for person, messages in ((dana, 1), (cleo, 0)):
        sides = signed_in(person).get(url).context["sides"]
        assert [side["messages"] for side in sides] == [messages, messages], person


def test_affected_customers_are_told_as_ever(secret: Incident, dana: User, by_ivo: Actor, now: datetime) -> None:
    grant(secret, person=dana, reason="Writes to customers", by=by_ivo, now=now)
    factories.send(secret, "initial", Actor.person(dana), now)
    assert Delivery.objects.get().contact.name == "Pat"


def test_notifications_to_those_outside_name_neither_it_nor_its_title(
    secret: Incident, ivo: User, dana: User, now: datetime
) -> None:
    notify(
        [ivo, dana],
        key="test",
        purpose=Notification.Purpose.ESCALATION,
        subject=f"[ESCALATION] {secret.reference}: the update is due",
        body=f"“{secret.title}” goes on.",
        link=f"/admin/incidents/incident/{secret.pk}/change/",
        incident=secret,
        role=role_of("liaison"),
        now=now,
    )
    inside, outside = (Notification.objects.get(key=f"test:{person.pk}") for person in (ivo, dana))
    assert secret.title in inside.body
    assert outside.subject == "[ESCALATION] A confidential incident needs you as Customer liaison"
    for text in (outside.subject, outside.body, outside.link):
        assert secret.reference not in text
        assert secret.title not in text
    assert "Ask Ivo Brandt to let you in" in outside.body


def test_its_promises_are_in_nobody_elses_ledger(
    secret: Incident, dana: User, ada: User, by_ivo: Actor, now: datetime
) -> None:
    grant(secret, person=dana, reason="Writes to customers", by=by_ivo, now=now)
    factories.send(secret, "initial", Actor.person(dana), now)
    asked = ledger.Asked(Period("all", None, None))
    assert ledger.promises(asked, Actor.person(dana)).count() == 1
    assert ledger.promises(asked, Actor.person(ada)).count() == 0
    assert ledger.promises(asked).count() == 0, "nor in what is kept for several readers"


def test_a_secret_is_merged_with_a_secret_only_and_clearances_go_along(
    secret: Incident, dana: User, by_ivo: Actor, now: datetime
) -> None:
    open_one = factories.incident(by_ivo, now, title="Cards fail")
    with pytest.raises(WrongState, match="make both confidential first"):
        merge(secret, open_one, reason="One leak", by=by_ivo, now=now)
    grant(secret, person=dana, reason="Writes to customers", by=by_ivo, now=now)
    into = make_confidential(open_one, reason=WHY, by=by_ivo, now=now)
    assert names(into, dana) == set()
    into = merge(secret, into, reason="One leak", by=by_ivo, now=now + MINUTE)
    assert names(into, dana) == {"Dana"}


def test_what_is_split_off_stays_as_confidential_as_it_was(by_ivo: Actor, dana: User, ada: User, now: datetime) -> None:
    services = [factories.service(), factories.service("Reports")]
    outage = factories.incident(by_ivo, now, services=services)
    outage = make_confidential(outage, reason=WHY, by=by_ivo, now=now)
    grant(outage, person=dana, reason="Writes to customers", by=by_ivo, now=now)
    part = [outage.affected.get(service__name="Reports").pk]
    new = split(outage, part, title="Reports leak", severity="SEV2", reason="Apart", by=by_ivo, now=now + MINUTE)
    assert names(new, dana, ada) == {"Dana"}
