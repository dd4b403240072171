"""One incident is two: a part goes over with whoever was told of it, and nobody hears anything twice."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from crisisdesk.core.actors import Actor
from crisisdesk.core.models import AuditEntry, Deadline
from crisisdesk.core.refusals import InvalidInput, NotAllowed, WrongState
from customers.affected import Scope
from customers.models import Contact, Delivery
from incidents import greenlight, owed
from incidents.catching_up import catch_up
from incidents.merging import merge
from incidents.models import Incident, Outcome, Promise, Update
from incidents.recipients import newly_affected, told_of
from incidents.scope import adjust_audience, change_scope
from incidents.splitting import split
from incidents.timeline import entries_of
from tests import factories

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
WHY = "Reports fail for a reason of their own."


@pytest.fixture
def outage(by_ivo: Actor, now: datetime) -> Incident:
    """Payments API (Acme's Pat), Reports (Globex's Robin); Initech's Sam uses both."""
    payments, reports = factories.service(), factories.service("Reports")
    factories.contact(factories.customer("Acme", payments), "Pat")
    factories.contact(factories.customer("Globex", reports), "Robin")
    factories.contact(factories.customer("Initech", payments, reports), "Sam")
    return factories.incident(by_ivo, now, services=[payments, reports])


def part(incident: Incident) -> list[int]:
    return list(incident.affected.filter(service__name="Reports").values_list("pk", flat=True))


def split_off(outage: Incident, by: Actor, now: datetime) -> Incident:
    return split(outage, part(outage), title="Reports are empty", severity="SEV3", reason=WHY, by=by, now=now)


def read(update: Update) -> set[str]:
    return set(Delivery.objects.filter(message=update.message).values_list("contact__name", flat=True))


def told(incident: Incident) -> set[str]:
    return set(told_of(incident).values_list("name", flat=True))


def test_the_told_of_that_part_go_over_and_nobody_is_written_to(
    outage: Incident, by_ivo: Actor, by_dana: Actor, now: datetime
) -> None:
    factories.send(outage, "initial", by_dana, now, minutes=30)
    before = Delivery.objects.count()
    new = split_off(outage, by_ivo, now + 10 * MINUTE)
    outage.refresh_from_db()
    assert Delivery.objects.count() == before
    assert (told(outage), told(new)) == ({"Pat", "Sam"}, {"Robin", "Sam"})
    for incident in (outage, new):
        last = incident.updates.order_by("-number").first()
        assert newly_affected(incident, last, incident.affected.filter(until=None)).contacts == 0
    assert read(factories.send(outage, "progress", by_dana, now + 20 * MINUTE)) == {"Pat", "Sam"}
    assert read(factories.send(new, "progress", by_dana, now + 20 * MINUTE)) == {"Robin", "Sam"}
    greenlight.give_green_light(new, note="Filled again.", by=by_ivo, now=now + 30 * MINUTE)
    assert read(factories.send(new, "final", by_dana, now + 31 * MINUTE, minutes=None)) == {"Robin", "Sam"}


def test_the_open_promise_holds_in_both(outage: Incident, by_ivo: Actor, by_dana: Actor, now: datetime) -> None:
    factories.send(outage, "initial", by_dana, now, minutes=30)
    new = split_off(outage, by_ivo, now + 10 * MINUTE)
    due = {row.incident_id: row.due_at for row in Promise.objects.open()}
    assert due == {outage.pk: now + 30 * MINUTE, new.pk: now + 30 * MINUTE}
    assert Deadline.objects.filter(kind="promise", closed_at=None).count() == 2
    carried = new.updates.get()
    assert (carried.message, carried.body, carried.contacts_count) == (None, factories.BODY, 2)
    factories.send(new, "progress", by_dana, now + 29 * MINUTE)
    assert Promise.objects.get(incident=new, due_at=now + 30 * MINUTE).outcome == Outcome.KEPT
    assert Promise.objects.get(incident=outage).outcome == Outcome.PENDING


def test_a_first_alert_is_owed_where_nobody_was_told(outage: Incident, by_ivo: Actor, now: datetime) -> None:
    new = split_off(outage, by_ivo, now + MINUTE)
    assert new.first_told_at is None
    assert not Promise.objects.exists()
    assert Deadline.objects.filter(kind=owed.KIND, key=str(new.pk), closed_at=None).exists()


@pytest.mark.parametrize(("after", "carried"), [(30, True), (31, False)])
def test_an_overdue_promise_is_not_made_again_but_a_message_is_owed(
    outage: Incident, by_ivo: Actor, by_dana: Actor, now: datetime, after: int, carried: bool
) -> None:
    factories.send(outage, "initial", by_dana, now, minutes=30)
    new = split_off(outage, by_ivo, now + after * MINUTE)
    assert Promise.objects.filter(incident=new).exists() == carried
    assert Deadline.objects.filter(kind=owed.KIND, key=str(new.pk), closed_at=None).exists() != carried


def test_who_becomes_affected_later_gets_what_was_said_before_the_split(
    outage: Incident, by_ivo: Actor, by_dana: Actor, now: datetime
) -> None:
    factories.send(outage, "initial", by_dana, now, minutes=30)
    new = split_off(outage, by_ivo, now + 10 * MINUTE)
    search = factories.service("Search")
    factories.contact(factories.customer("Umbrella", search), "Kim")
    wider = [Scope(factories.service("Reports").pk), Scope(search.pk)]
    change_scope(new, wider, by=by_ivo, now=now + 11 * MINUTE)
    assert read(catch_up(new, by=by_dana, now=now + 12 * MINUTE, key="once")) == {"Kim"}


def test_whoever_went_over_comes_back_when_the_old_one_touches_them_again(
    outage: Incident, by_ivo: Actor, by_dana: Actor, now: datetime
) -> None:
    factories.send(outage, "initial", by_dana, now, minutes=30)
    split_off(outage, by_ivo, now + 10 * MINUTE)
    both = [Scope(factories.service().pk), Scope(factories.service("Reports").pk)]
    change_scope(outage, both, by=by_ivo, now=now + 12 * MINUTE)
    factories.send(outage, "progress", by_dana, now + 20 * MINUTE)
    change_scope(outage, both[:1], by=by_ivo, now=now + 21 * MINUTE)
    outage.refresh_from_db()
    assert told(outage) == {"Pat", "Robin", "Sam"}, "told here anew: nobody is left without the end"


def test_whoever_went_over_hears_the_end_when_the_two_are_one_again(
    outage: Incident, by_ivo: Actor, by_dana: Actor, now: datetime
) -> None:
    factories.send(outage, "initial", by_dana, now, minutes=30)
    new = split_off(outage, by_ivo, now + 10 * MINUTE)
    merge(new, outage, reason="One after all.", by=by_ivo, now=now + 12 * MINUTE)
    greenlight.give_green_light(outage, note="Filled again.", by=by_ivo, now=now + 13 * MINUTE)
    final = factories.send(outage, "final", by_dana, now + 14 * MINUTE, minutes=None)
    assert read(final) == {"Pat", "Robin", "Sam"}


def test_whoever_was_left_out_is_left_out_of_both_until_the_end(
    outage: Incident, by_ivo: Actor, by_dana: Actor, now: datetime
) -> None:
    factories.send(outage, "initial", by_dana, now, minutes=30)
    sam = Contact.objects.get(name="Sam")
    adjust_audience(outage, sam, is_included=False, reason="We call Sam.", by=by_dana, now=now + MINUTE)
    for incident, other in ((split_off(outage, by_ivo, now + 10 * MINUTE), "Robin"), (outage, "Pat")):
        assert read(factories.send(incident, "progress", by_dana, now + 20 * MINUTE)) == {other}
        incident.refresh_from_db()
        assert told(incident) == {other, "Sam"}


def test_scope_alerts_and_roles_go_over_and_both_timelines_say_so(
    outage: Incident, by_ivo: Actor, now: datetime
) -> None:
    alert = outage.alerts.get()
    new = split(
        outage,
        part(outage),
        title="Reports are empty",
        severity="SEV3",
        reason=WHY,
        alerts=[alert],
        by=by_ivo,
        now=now + MINUTE,
    )
    assert [str(row) for row in outage.affected.filter(until=None)] == ["Payments API"]
    assert [str(row) for row in new.affected.filter(until=None)] == ["Reports"]
    assert (new.severity, new.split_from, new.commander) == ("SEV3", outage, outage.commander)
    assert new.alerts.get() == alert
    assert f"Reports continues as {new.reference} (Reports are empty): {WHY}" in entries_of(outage)[0].text
    assert any(row.text.startswith(f"Split from {outage.reference}") for row in entries_of(new))
    assert AuditEntry.objects.filter(action__in=["incident.split", "incident.split_off"]).count() == 2


def test_it_needs_operations_words_and_something_on_either_side(
    outage: Incident, by_ivo: Actor, by_dana: Actor, now: datetime
) -> None:
    everything = list(outage.affected.values_list("pk", flat=True))
    with pytest.raises(NotAllowed, match="Operations"):
        split_off(outage, by_dana, now)
    with pytest.raises(InvalidInput) as refused:
        split(outage, part(outage), title=" ", severity="SEV9", reason="", by=by_ivo, now=now)
    assert set(refused.value.errors) == {"title", "severity", "reason"}
    for some, words in (([], "choose what goes over"), (everything, "something must stay")):
        with pytest.raises(WrongState, match=words):
            split(outage, some, title="Reports", severity="SEV3", reason=WHY, by=by_ivo, now=now)
    assert Incident.objects.count() == 1
