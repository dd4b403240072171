"""Two incidents are one: one continues for both, nobody hears twice, and nobody waits longer than was promised."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from crisisdesk.core.actors import Actor
from crisisdesk.core.models import AuditEntry, Deadline, User
from crisisdesk.core.refusals import InvalidInput, NotAllowed, WrongState
from customers.models import Delivery
from incidents import changes, command, greenlight, ledger, ledger_customers, owed, promises
from incidents.asking import ask_executives
from incidents.catching_up import catch_up
from incidents.drafts import open_draft, start_draft
from incidents.merging import merge
from incidents.models import Incident, Notification, Outcome, Promise, Status, Update
from incidents.periods import Period
from incidents.recipients import newly_affected, told_of
from incidents.scope import adjust_audience
from incidents.timeline import entries_of
from postmortems.impact import impact_of
from postmortems.opening import owed as reports_owed
from postmortems.selection import Selection
from tests import factories

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
WHY = "The same disk array failed"


@pytest.fixture
def payments(by_ivo: Actor, now: datetime) -> Incident:
    """Payments API fails; Acme's Pat and Initech's Sam use it, Sam uses Reports as well."""
    factories.contact(factories.customer("Acme", factories.service()), "Pat")
    both = factories.customer("Initech", factories.service(), factories.service("Reports"))
    factories.contact(both, "Sam")
    return factories.incident(by_ivo, now)


@pytest.fixture
def reports(payments: Incident, by_ivo: Actor, now: datetime) -> Incident:
    """Reports fails five minutes later; Globex's Robin uses it."""
    factories.contact(factories.customer("Globex", factories.service("Reports")), "Robin")
    later = now + 5 * MINUTE
    return factories.incident(by_ivo, later, services=[factories.service("Reports")], title="Reports are empty")


def read(update: Update) -> set[str]:
    return set(Delivery.objects.filter(message=update.message).values_list("contact__name", flat=True))


def told(incident: Incident) -> set[str]:
    return set(told_of(incident).values_list("name", flat=True))


def new_to(incident: Incident) -> int:
    last = incident.updates.order_by("-number").first()
    return newly_affected(incident, last, incident.affected.filter(until=None)).contacts


def the_promise(incident: Incident) -> Promise:
    return Promise.objects.open().get(incident=incident)


def test_whoever_was_told_by_either_stays_until_the_end_and_nobody_hears_twice(
    payments: Incident, reports: Incident, by_ivo: Actor, by_dana: Actor, now: datetime
) -> None:
    factories.send(payments, "initial", by_dana, now + 6 * MINUTE)
    factories.send(reports, "initial", by_dana, now + 7 * MINUTE)
    into = merge(reports, payments, reason=WHY, by=by_ivo, now=now + 10 * MINUTE)
    assert told(into) == {"Pat", "Sam", "Robin"}
    assert new_to(into) == 1, "Sam had both first alerts already"
    assert read(catch_up(into, by=by_dana, now=now + 11 * MINUTE, key="once")) == {"Robin"}
    assert new_to(into) == 0
    assert read(factories.send(into, "progress", by_dana, now + 20 * MINUTE)) == {"Pat", "Sam", "Robin"}
    greenlight.give_green_light(into, note="Array replaced.", by=by_ivo, now=now + 30 * MINUTE)
    assert read(factories.send(into, "final", by_dana, now + 31 * MINUTE, minutes=None)) == {"Pat", "Sam", "Robin"}


def test_those_who_were_told_stay_although_the_scope_narrows_afterwards(
    payments: Incident, reports: Incident, by_ivo: Actor, by_dana: Actor, now: datetime
) -> None:
    factories.send(payments, "initial", by_dana, now + 6 * MINUTE)
    factories.send(reports, "initial", by_dana, now + 7 * MINUTE)
    into = merge(reports, payments, reason=WHY, by=by_ivo, now=now + 10 * MINUTE)
    into.affected.filter(service__name="Reports").update(until=now + 12 * MINUTE)
    assert read(factories.send(into, "progress", by_dana, now + 20 * MINUTE)) == {"Pat", "Sam", "Robin"}


def test_the_first_alert_is_not_sent_again_where_only_the_merged_one_was_told(
    payments: Incident, reports: Incident, by_ivo: Actor, by_dana: Actor, now: datetime
) -> None:
    factories.send(reports, "initial", by_dana, now + 7 * MINUTE, minutes=30, body="Reports stay empty. " * 5)
    into = merge(reports, payments, reason=WHY, by=by_ivo, now=now + 10 * MINUTE)
    with pytest.raises(WrongState, match="first alert was sent already"):
        factories.send(into, "initial", by_dana, now + 11 * MINUTE)
    assert the_promise(into).due_at == now + 37 * MINUTE, "what was promised to Reports' readers"
    assert new_to(into) == 1, "the others know these words"
    update = catch_up(into, by=by_dana, now=now + 11 * MINUTE, key="once")
    assert (read(update), update.body) == ({"Pat"}, ("Reports stay empty. " * 5).strip())
    assert read(factories.send(into, "progress", by_dana, now + 20 * MINUTE)) == {"Pat", "Sam", "Robin"}


def test_words_that_a_reopened_one_takes_over_are_not_sent_to_those_who_have_them(
    payments: Incident, reports: Incident, by_ivo: Actor, by_dana: Actor, now: datetime
) -> None:
    factories.send(payments, "initial", by_dana, now + 6 * MINUTE)
    greenlight.give_green_light(payments, note="Restored.", by=by_ivo, now=now + 6 * MINUTE)
    factories.send(payments, "final", by_dana, now + 7 * MINUTE, minutes=None)
    factories.send(reports, "initial", by_dana, now + 8 * MINUTE, body="Reports stay empty. " * 5)
    changes.reopen(payments, reason="It is back.", by=by_ivo, now=now + 9 * MINUTE)
    into = merge(reports, payments, reason=WHY, by=by_ivo, now=now + 10 * MINUTE)
    assert new_to(into) == 0, "Robin has the words that stand"


def test_of_two_promises_the_earlier_one_stands(
    payments: Incident, reports: Incident, by_ivo: Actor, by_dana: Actor, now: datetime
) -> None:
    factories.send(payments, "initial", by_dana, now + 6 * MINUTE, minutes=60)
    factories.send(reports, "initial", by_dana, now + 7 * MINUTE, minutes=20)
    into = merge(reports, payments, reason=WHY, by=by_ivo, now=now + 10 * MINUTE)
    assert the_promise(into).due_at == now + 27 * MINUTE
    assert Promise.objects.filter(outcome=Outcome.RELEASED).count() == 2, "both of before"
    assert Deadline.objects.filter(kind=promises.KIND, closed_at=None).count() == 1
    newest = into.updates.order_by("-number")[0]
    assert (newest.message, newest.body) == (None, factories.BODY), "the continuing one's words stand"
    factories.send(into, "progress", by_dana, now + 26 * MINUTE)
    assert Promise.objects.get(due_at=now + 27 * MINUTE, incident=into).outcome == Outcome.KEPT


def test_a_later_promise_of_the_merged_one_ends_with_the_reason(
    payments: Incident, reports: Incident, by_ivo: Actor, by_dana: Actor, now: datetime
) -> None:
    factories.send(payments, "initial", by_dana, now + 6 * MINUTE, minutes=20)
    factories.send(reports, "initial", by_dana, now + 7 * MINUTE, minutes=60)
    into = merge(reports, payments, reason=WHY, by=by_ivo, now=now + 10 * MINUTE)
    assert the_promise(into).due_at == now + 26 * MINUTE
    assert reports.promises.get().outcome == Outcome.RELEASED
    assert into.updates.count() == 1
    assert f"{into.reference} writes by {now + 26 * MINUTE:%H:%M} UTC" in entries_of(reports)[0].text


@pytest.mark.parametrize(("after", "outcome"), [(27, Outcome.RELEASED), (28, Outcome.MISSED)])
def test_a_promise_that_was_broken_before_the_merge_stays_broken(
    payments: Incident,
    reports: Incident,
    by_ivo: Actor,
    by_dana: Actor,
    now: datetime,
    after: int,
    outcome: Outcome,
) -> None:
    factories.send(payments, "initial", by_dana, now + 6 * MINUTE, minutes=60)
    factories.send(reports, "initial", by_dana, now + 7 * MINUTE, minutes=20)
    merge(reports, payments, reason=WHY, by=by_ivo, now=now + after * MINUTE)
    row = reports.promises.get()
    assert (row.outcome, row.closed_at) == (outcome, now + after * MINUTE)


def test_alerts_requests_and_additions_go_over_and_the_clocks_of_the_merged_one_stop(
    payments: Incident, reports: Incident, by_ivo: Actor, by_dana: Actor, now: datetime
) -> None:
    extra = factories.contact(factories.customer("Umbrella"), "Kim")
    adjust_audience(reports, extra, is_included=True, reason="Asked to be told", by=by_dana, now=now + 6 * MINUTE)
    request = ask_executives(reports, "A second array", minutes=30, by=by_dana, now=now + 6 * MINUTE)
    start_draft(reports, kind="initial", by=by_dana, now=now + 6 * MINUTE)
    alert = reports.alerts.get()
    into = merge(reports, payments, reason=WHY, by=by_ivo, now=now + 10 * MINUTE)
    alert.refresh_from_db()
    request.refresh_from_db()
    assert alert.incident == request.incident == into
    assert open_draft(reports) is None
    assert into.adjustments.get().contact == extra
    running = Deadline.objects.filter(closed_at=None, key=str(reports.pk), kind__in=[owed.KIND, command.KIND])
    assert not running.exists()
    reports.refresh_from_db()
    assert (reports.status, reports.merged_into) == (Status.RESOLVED, into)


def test_it_stands_in_both_timelines_and_in_the_audit(
    payments: Incident, reports: Incident, by_ivo: Actor, dana: User, by_dana: Actor, now: datetime
) -> None:
    command.take_role(reports, "liaison", dana, by=by_dana, now=now + 6 * MINUTE)
    into = merge(reports, payments, reason=WHY, by=by_ivo, now=now + 10 * MINUTE)
    assert f"Merged into {into.reference}" in entries_of(reports)[0].text
    told_here = [row.text for row in entries_of(into)]
    assert any(f"{reports.reference} (Reports are empty) merged into this incident: {WHY}" in row for row in told_here)
    assert any("Dana Reyes is liaison" in row for row in told_here), "what was noted there is read here"
    actions = set(AuditEntry.objects.filter(data__reason=WHY).values_list("action", "incident"))
    assert actions == {("incident.merged", reports.reference), ("incident.absorbed", into.reference)}
    assert Notification.objects.filter(person=dana, key__startswith="merged:").count() == 1


def test_the_ledger_and_the_report_count_one_outage(
    payments: Incident, reports: Incident, by_ivo: Actor, by_dana: Actor, now: datetime
) -> None:
    factories.send(payments, "initial", by_dana, now + 6 * MINUTE, minutes=20)
    factories.send(reports, "initial", by_dana, now + 7 * MINUTE, minutes=20)
    into = merge(reports, payments, reason=WHY, by=by_ivo, now=now + 10 * MINUTE)
    assert reports_owed() == [], "the continuing one gets the report"
    greenlight.give_green_light(into, note="Array replaced.", by=by_ivo, now=now + 14 * MINUTE)
    factories.send(into, "final", by_dana, now + 15 * MINUTE, minutes=None)
    into.refresh_from_db()
    assert reports_owed() == [into]
    assert impact_of(into, now + 15 * MINUTE).contacts == 3
    assert list(Selection(now + MINUTE * 20).incidents()) == [into]
    found = ledger.counts(ledger.promises(ledger.Asked(Period("all", None, None))))
    assert (found["missed"], found["released"], found["early"]) == (0, 1, 1)


def test_a_promise_that_was_taken_over_is_kept_to_those_it_was_made_to(
    payments: Incident, reports: Incident, by_ivo: Actor, by_dana: Actor, now: datetime
) -> None:
    factories.send(reports, "initial", by_dana, now + 6 * MINUTE, minutes=20)
    into = merge(reports, payments, reason=WHY, by=by_ivo, now=now + 10 * MINUTE)
    sent = factories.send(into, "progress", by_dana, now + 20 * MINUTE, minutes=60)
    Delivery.objects.update(state="sent", sent_at=sent.sent_at)
    rows, later = ledger.promises(ledger.Asked(Period("all", None, None))), now + 40 * MINUTE
    kept = {name: ledger_customers.kept_for(rows, factories.customer(name), later) for name in ("Globex", "Acme")}
    assert (kept["Globex"].kept, kept["Globex"].total) == (1, 1)
    assert kept["Acme"].total == 0, "it had been told nothing before"


def test_what_was_merged_takes_no_message_no_change_and_no_relapse(
    payments: Incident, reports: Incident, by_ivo: Actor, by_dana: Actor, now: datetime
) -> None:
    into = merge(reports, payments, reason=WHY, by=by_ivo, now=now + 10 * MINUTE)
    later = now + 11 * MINUTE
    for act in (
        lambda: factories.send(reports, "initial", by_dana, later),
        lambda: changes.reopen(reports, reason="Again", by=by_ivo, now=later),
        lambda: changes.set_severity(reports, "SEV1", reason="Worse", by=by_ivo, now=later),
        lambda: merge(reports, into, reason=WHY, by=by_ivo, now=later),
    ):
        with pytest.raises(WrongState, match=f"{reports.reference} continues as {into.reference}"):
            act()


def test_what_was_merged_into_the_merged_one_leads_to_the_end_of_the_chain(
    payments: Incident, reports: Incident, by_ivo: Actor, by_dana: Actor, now: datetime
) -> None:
    factories.send(reports, "initial", by_dana, now + 6 * MINUTE)
    third = factories.incident(by_ivo, now + 7 * MINUTE, title="Everything is slow")
    merge(reports, payments, reason=WHY, by=by_ivo, now=now + 10 * MINUTE)
    third = merge(payments, third, reason=WHY, by=by_ivo, now=now + 12 * MINUTE)
    reports.refresh_from_db()
    assert reports.merged_into == third
    assert told(third) == {"Robin", "Sam"}


def test_it_needs_operations_a_reason_and_two_that_fit(
    payments: Incident, reports: Incident, by_ivo: Actor, by_dana: Actor, now: datetime
) -> None:
    drill = factories.incident(by_ivo, now, title="Exercise", is_drill=True)
    with pytest.raises(NotAllowed, match="Operations"):
        merge(reports, payments, reason=WHY, by=by_dana, now=now)
    with pytest.raises(InvalidInput, match="how you know"):
        merge(reports, payments, reason="  ", by=by_ivo, now=now)
    with pytest.raises(WrongState, match="itself"):
        merge(reports, reports, reason=WHY, by=by_ivo, now=now)
    with pytest.raises(WrongState, match="is a drill"):
        merge(drill, payments, reason=WHY, by=by_ivo, now=now)
    greenlight.give_green_light(payments, note="Well", by=by_ivo, now=now)
    with pytest.raises(WrongState, match="has its green light; withdraw it first"):
        merge(reports, payments, reason=WHY, by=by_ivo, now=now)
    assert not Incident.objects.exclude(merged_into=None).exists()
