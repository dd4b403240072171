"""What was promised to each customer counts for it, however incidents widen, narrow, merge and split."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from crisisdesk.core.actors import Actor
from customers.affected import Scope
from customers.delivery.consent import CHOSE_START_AND_END
from customers.models import Customer, Delivery, DeliveryState
from incidents import greenlight, ledger
from incidents.catching_up import catch_up
from incidents.ledger_customers import kept_for, per_customer
from incidents.merging import merge
from incidents.models import Incident, Update
from incidents.periods import Period
from incidents.room.customer_story import story
from incidents.scope import adjust_audience, change_scope
from incidents.splitting import split
from tests import factories

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
WHY = "The same disk array failed"
# Far enough that everything promised is past.
LATER = timedelta(hours=6)


@pytest.fixture
def payments(by_ivo: Actor, now: datetime) -> Incident:
    """Acme's Pat uses Payments API, Globex's Robin Reports, Initech's Sam both; Payments API fails."""
    api, reports = factories.service(), factories.service("Reports")
    factories.contact(factories.customer("Acme", api), "Pat")
    factories.contact(factories.customer("Globex", reports), "Robin")
    factories.contact(factories.customer("Initech", api, reports), "Sam")
    return factories.incident(by_ivo, now)


@pytest.fixture
def reports(payments: Incident, by_ivo: Actor, now: datetime) -> Incident:
    """Reports fails as well."""
    return factories.incident(by_ivo, now, services=[factories.service("Reports")], title="Reports are empty")


def taken(update: Update, *, but: str = "") -> Update:
    """Every mail system took the message at once, but that of one contact."""
    mine = Delivery.objects.filter(message=update.message)
    mine.exclude(contact__name=but).update(state=DeliveryState.SENT, sent_at=update.sent_at)
    mine.filter(contact__name=but).update(state=DeliveryState.BOUNCED)
    return update


def kept(now: datetime) -> dict[str, tuple[int, int]]:
    """Of each customer: promises kept to it, and made to it. Alone, all at once and on its page are the same."""
    rows = ledger.promises(ledger.Asked(Period("all", None, None)))
    at_once = {row.customer: row.kept for row in per_customer(rows, now + LATER)}
    found = {}
    for customer in Customer.objects.order_by("name"):
        alone = kept_for(rows, customer, now + LATER)
        assert at_once.get(customer.pk, ledger.Kept(0, 0)) == alone, customer
        told = story(customer, now + LATER)["promises"]
        assert (told["kept"], told["settled"]) == (alone.kept, alone.total), customer
        found[customer.name] = (alone.kept, alone.total)
    return found


def widen(incident: Incident, by: Actor, now: datetime) -> None:
    both = [Scope(factories.service().pk), Scope(factories.service("Reports").pk)]
    change_scope(incident, both, by=by, now=now)


def test_the_newly_affected_were_promised_what_their_catch_up_says(
    payments: Incident, by_ivo: Actor, by_dana: Actor, now: datetime
) -> None:
    """The time was promised twice to others before: only the promise that stood then is theirs."""
    taken(factories.send(payments, "initial", by_dana, now, minutes=30))
    taken(factories.send(payments, "progress", by_dana, now + 10 * MINUTE, minutes=20))
    widen(payments, by_ivo, now + 11 * MINUTE)
    taken(catch_up(payments, by=by_dana, now=now + 12 * MINUTE, key="once"))
    taken(factories.send(payments, "progress", by_dana, now + 29 * MINUTE, minutes=30))
    assert kept(now) == {"Acme": (2, 3), "Globex": (1, 2), "Initech": (2, 3)}, "of the last one nothing came"


def test_a_catch_up_that_bounced_promised_nothing(
    payments: Incident, by_ivo: Actor, by_dana: Actor, now: datetime
) -> None:
    taken(factories.send(payments, "initial", by_dana, now, minutes=30))
    widen(payments, by_ivo, now + MINUTE)
    taken(catch_up(payments, by=by_dana, now=now + 2 * MINUTE, key="once"), but="Robin")
    assert kept(now) == {"Acme": (0, 1), "Globex": (0, 0), "Initech": (0, 1)}


def test_a_correction_repeats_the_promise_and_keeps_none(payments: Incident, by_dana: Actor, now: datetime) -> None:
    """Pat's mail system refused the message that made it, and took the correction, which names its time."""
    taken(factories.send(payments, "initial", by_dana, now, minutes=30), but="Pat")
    Delivery.objects.filter(contact__name="Pat").update(state=DeliveryState.UNCONFIRMED)
    taken(factories.send(payments, "correction", by_dana, now + 5 * MINUTE, minutes=None))
    assert kept(now) == {"Acme": (0, 1), "Globex": (0, 0), "Initech": (0, 1)}


def test_a_narrower_audience_is_still_owed_the_update(
    payments: Incident, by_ivo: Actor, by_dana: Actor, now: datetime
) -> None:
    widen(payments, by_ivo, now)
    taken(factories.send(payments, "initial", by_dana, now, minutes=30))
    change_scope(payments, [Scope(factories.service().pk)], by=by_ivo, now=now + MINUTE)
    initech = factories.customer("Initech").contacts.get()
    adjust_audience(payments, initech, is_included=False, reason="Asked for", by=by_dana, now=now + 2 * MINUTE)
    greenlight.give_green_light(payments, note="Well.", by=by_ivo, now=now + 20 * MINUTE)
    taken(factories.send(payments, "progress", by_dana, now + 21 * MINUTE, minutes=30))
    assert kept(now) == {"Acme": (1, 2), "Globex": (1, 2), "Initech": (0, 1)}, "who is left out hears nothing"
    taken(factories.send(payments, "final", by_dana, now + 29 * MINUTE, minutes=None))
    assert kept(now) == {"Acme": (2, 2), "Globex": (2, 2), "Initech": (1, 1)}, "the end comes to everybody in time"


@pytest.mark.parametrize(("after", "expected"), [(31, (1, 1)), (32, (0, 1))])
def test_a_promise_that_ended_with_a_merge_is_kept_by_the_incident_that_continues(
    payments: Incident,
    reports: Incident,
    by_ivo: Actor,
    by_dana: Actor,
    now: datetime,
    after: int,
    expected: tuple[int, int],
) -> None:
    """Payments writes sooner, so its promise stands; Robin was told a later time, and hears by it, or does not."""
    taken(factories.send(payments, "initial", by_dana, now, minutes=20))
    taken(factories.send(reports, "initial", by_dana, now, minutes=30))
    into = merge(reports, payments, reason=WHY, by=by_ivo, now=now + 10 * MINUTE)
    taken(factories.send(into, "progress", by_dana, now + after * MINUTE, minutes=20))
    found = kept(now)
    assert found["Globex"] == (expected[0], 2)
    assert found["Acme"] == (0, 2)


def test_a_catch_up_after_a_merge_is_the_update_and_repeats_the_promise_that_stands(
    payments: Incident, reports: Incident, by_ivo: Actor, by_dana: Actor, now: datetime
) -> None:
    taken(factories.send(payments, "initial", by_dana, now, minutes=20))
    taken(factories.send(reports, "initial", by_dana, now, minutes=30))
    into = merge(reports, payments, reason=WHY, by=by_ivo, now=now + 10 * MINUTE)
    taken(catch_up(into, by=by_dana, now=now + 11 * MINUTE, key="once"))
    assert kept(now) == {"Acme": (0, 1), "Globex": (1, 2), "Initech": (0, 2)}


def test_what_reached_a_reader_of_both_before_the_merge_keeps_nothing(
    payments: Incident, reports: Incident, by_ivo: Actor, by_dana: Actor, now: datetime
) -> None:
    taken(factories.send(reports, "initial", by_dana, now, minutes=30))
    taken(factories.send(payments, "initial", by_dana, now + MINUTE, minutes=20))
    merge(reports, payments, reason=WHY, by=by_ivo, now=now + 10 * MINUTE)
    assert kept(now)["Initech"] == (0, 2)


@pytest.mark.parametrize(("after", "acme", "globex"), [(20, 1, 1), (25, 1, 0), (32, 0, 0)])
def test_each_audience_is_judged_by_the_time_it_was_told(
    payments: Incident,
    reports: Incident,
    by_ivo: Actor,
    by_dana: Actor,
    now: datetime,
    after: int,
    acme: int,
    globex: int,
) -> None:
    """Payments takes over the sooner promise of Reports; its own readers had been told a later time."""
    taken(factories.send(payments, "initial", by_dana, now, minutes=30))
    taken(factories.send(reports, "initial", by_dana, now, minutes=20))
    into = merge(reports, payments, reason=WHY, by=by_ivo, now=now + 10 * MINUTE)
    greenlight.give_green_light(into, note="Array replaced.", by=by_ivo, now=now + 15 * MINUTE)
    taken(factories.send(into, "final", by_dana, now + after * MINUTE, minutes=None))
    assert kept(now) == {"Acme": (acme, 1), "Globex": (globex, 1), "Initech": (acme + globex, 2)}


def test_whoever_was_carried_over_without_having_been_reached_was_promised_nothing(
    payments: Incident, reports: Incident, by_ivo: Actor, by_dana: Actor, now: datetime
) -> None:
    taken(factories.send(reports, "initial", by_dana, now, minutes=20), but="Robin")
    into = merge(reports, payments, reason=WHY, by=by_ivo, now=now + 10 * MINUTE)
    taken(factories.send(into, "progress", by_dana, now + 15 * MINUTE, minutes=30))
    assert kept(now) == {"Acme": (0, 1), "Globex": (0, 1), "Initech": (1, 2)}


def test_a_promise_taken_over_twice_counts_once(
    payments: Incident, reports: Incident, by_ivo: Actor, by_dana: Actor, now: datetime
) -> None:
    third = factories.incident(by_ivo, now, title="Everything is slow")
    taken(factories.send(reports, "initial", by_dana, now, minutes=30))
    merge(reports, payments, reason=WHY, by=by_ivo, now=now + 10 * MINUTE)
    third = merge(payments, third, reason=WHY, by=by_ivo, now=now + 12 * MINUTE)
    greenlight.give_green_light(third, note="Well.", by=by_ivo, now=now + 15 * MINUTE)
    taken(factories.send(third, "final", by_dana, now + 20 * MINUTE, minutes=None))
    assert kept(now) == {"Acme": (0, 0), "Globex": (1, 1), "Initech": (1, 1)}


@pytest.mark.parametrize(("writes", "globex", "initech"), [("new", (1, 1), (1, 2)), ("old", (0, 1), (1, 2))])
def test_a_split_gives_the_promise_to_the_incident_its_readers_went_to(
    payments: Incident,
    by_ivo: Actor,
    by_dana: Actor,
    now: datetime,
    writes: str,
    globex: tuple[int, int],
    initech: tuple[int, int],
) -> None:
    """Robin went over with Reports; Sam hears of both, and was promised an update on each."""
    widen(payments, by_ivo, now)
    taken(factories.send(payments, "initial", by_dana, now, minutes=30))
    part = payments.affected.filter(service__name="Reports").values_list("pk", flat=True)
    new = split(payments, part, title="Reports are empty", severity="SEV3", reason=WHY, by=by_ivo, now=now + MINUTE)
    one = new if writes == "new" else payments
    greenlight.give_green_light(one, note="Well.", by=by_ivo, now=now + 15 * MINUTE)
    taken(factories.send(one, "final", by_dana, now + 20 * MINUTE, minutes=None))
    assert kept(now) == {"Acme": (0 if writes == "new" else 1, 1), "Globex": globex, "Initech": initech}


def test_after_a_merge_start_and_end_only_still_means_that(
    payments: Incident, reports: Incident, by_ivo: Actor, by_dana: Actor, now: datetime
) -> None:
    taken(factories.send(payments, "initial", by_dana, now, minutes=20))
    taken(factories.send(reports, "initial", by_dana, now, minutes=30))
    into = merge(reports, payments, reason=WHY, by=by_ivo, now=now + 10 * MINUTE)
    update = taken(factories.send(into, "progress", by_dana, now + 15 * MINUTE, minutes=40))
    chosen = Delivery.objects.filter(message=update.message, contact__name="Robin")
    chosen.update(state=DeliveryState.SUPPRESSED, state_reason=CHOSE_START_AND_END, sent_at=None)
    assert kept(now)["Globex"] == (0, 0)
