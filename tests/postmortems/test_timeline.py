"""The timeline of a post-mortem: from the record, in order, nothing twice and nothing left out."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from crisisdesk.core.actors import Actor
from crisisdesk.core.history import stamp
from crisisdesk.core.models import User
from incidents.changes import set_severity
from incidents.models import Incident, Notification, Outcome, Promise
from incidents.notes import add_note
from incidents.timeline import Kind, entry
from postmortems import action_reminders
from postmortems.opening import open_postmortem
from postmortems.timeline import compiled, promise_text
from tests import factories
from tests.postmortems.conftest import Past, promise_action

MINUTE = timedelta(minutes=1)


def texts(incident: Incident) -> list[str]:
    return [moment.text for moment in compiled(incident)]


def test_it_tells_the_outage_in_order(resolved: Incident, by_ivo: Actor, now: datetime) -> None:
    moments = compiled(resolved)

    assert [moment.at for moment in moments] == sorted(moment.at for moment in moments)
    told = [moment.text for moment in moments]
    assert told[0] == "The outage began"
    for words in (
        "Declared SEV2: Payments are failing",
        "First alert to 2 contacts at 1 customer: Payments are failing",
        "Green light: Failed over to the second region.",
        "Final message to 2 contacts at 1 customer: Payments are failing",
    ):
        assert told.count(words) == 1, words
    assert any(text.startswith("Kept: the update promised for") for text in told)


def test_a_message_stands_there_once_with_its_words(resolved: Incident) -> None:
    messages = [moment for moment in compiled(resolved) if moment.family == "message"]
    assert [moment.detail for moment in messages] == [factories.BODY, "Payments work again. We are sorry."]


def test_a_change_that_was_written_down_stands_there_once(by_ivo: Actor, now: datetime) -> None:
    incident = factories.incident(by_ivo, now)
    set_severity(incident, "SEV1", reason="Spreads.", by=by_ivo, now=now + MINUTE)

    assert [text for text in texts(incident) if "SEV1" in text] == ["Severity SEV2 → SEV1: Spreads."]


def test_a_change_that_nobody_wrote_down_comes_from_the_history(past: Past, by_ivo: Actor, now: datetime) -> None:
    incident = past(now - timedelta(days=1))
    incident.severity = "SEV1"
    stamp(incident, by=by_ivo, now=now)
    incident.save()

    (moment,) = [moment for moment in compiled(incident) if moment.text == "Severity: SEV2 → SEV1"]
    assert (moment.who, moment.at) == ("Ivo Brandt", now)


def test_notes_are_there_and_the_reports_own_bookkeeping_is_not(
    resolved: Incident, by_ivo: Actor, now: datetime
) -> None:
    add_note(resolved, "The pool is full.", by=by_ivo, now=now - 70 * MINUTE)
    open_postmortem(resolved, by=by_ivo, now=now)

    told = texts(resolved)
    assert "The pool is full." in told
    assert not [text for text in told if "ost-mortem" in text]


def test_what_people_were_told_of_the_report_and_its_actions_is_not_the_outage(
    resolved: Incident, ivo: User, by_ivo: Actor, now: datetime
) -> None:
    report = open_postmortem(resolved, by=by_ivo, now=now)
    action = promise_action(report, ivo, by_ivo, now)
    before = texts(resolved)
    action_reminders.tell(
        action, [ivo], occasion="x", purpose=Notification.Purpose.REMINDER, subject="Due soon", body="x", now=now
    )
    for row in Notification.objects.filter(incident=resolved, key__regex="^(postmortem|action):"):
        text = f"The e-mail about {row.subject} was handed over."
        entry(Kind.NOTIFICATION, text, incident=resolved, by=by_ivo, now=now, data={"notification": row.pk})
    assert texts(resolved) == before


def test_a_missed_promise_says_so(by_ivo: Actor, by_dana: Actor, now: datetime) -> None:
    factories.contact(factories.customer("Acme", factories.service()))
    incident = factories.incident(by_ivo, now)
    factories.send(incident, "initial", by_dana, now, minutes=30)
    factories.send(incident, "progress", by_dana, now + 40 * MINUTE)

    promise = Promise.objects.order_by("id")[0]
    assert promise.outcome == Outcome.MISSED
    assert promise_text(promise) == "Missed: the update promised for 14:30 UTC came 10 minutes late"
    assert [moment for moment in compiled(incident) if moment.family == "missed"]


@pytest.mark.parametrize("notes", [1, 30])
def test_it_reads_as_often_however_long_it_was(
    resolved: Incident, by_ivo: Actor, now: datetime, notes: int, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(notes):
        add_note(resolved, f"Note {number}", by=by_ivo, now=now - MINUTE)
    with django_assert_max_num_queries(7):
        compiled(resolved)
