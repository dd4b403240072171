"""Writing and approving the internal report."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from crisisdesk.core.access import Group
from crisisdesk.core.actors import Actor
from crisisdesk.core.models import AuditEntry, User
from crisisdesk.core.refusals import InvalidInput, NotAllowed, WrongState
from incidents.changes import reopen
from incidents.models import Incident, Notification
from postmortems.admin.forms import CauseForm
from postmortems.models import Cause, Postmortem, State
from postmortems.report import (
    approve_report,
    choose_cause,
    mark,
    mark_of_causes,
    missing,
    publish_internally,
    save_report,
    sign_off,
    withdraw_approval,
)
from tests.conftest import make_person
from tests.postmortems.conftest import Reported, approved, cause, promise_action


def test_it_saves_sections_with_their_author(postmortem: Postmortem, by_ivo: Actor, now: datetime) -> None:
    saved = save_report(postmortem, version=1, lucky="It was night.", time_zone="Europe/Berlin", by=by_ivo, now=now)

    assert (saved.version, saved.lucky, saved.time_zone) == (2, "It was night.", "Europe/Berlin")
    latest = postmortem.history.first()
    assert (latest.history_actor, latest.history_change_reason) == ("Ivo Brandt", "changed: lucky, time_zone")


def test_saving_nothing_new_leaves_no_trace(postmortem: Postmortem, by_ivo: Actor, now: datetime) -> None:
    before = AuditEntry.objects.count()
    assert save_report(postmortem, version=1, lucky="", by=by_ivo, now=now).version == 1
    assert AuditEntry.objects.count() == before


def test_two_who_write_at_once_lose_nothing(postmortem: Postmortem, by_ivo: Actor, now: datetime) -> None:
    save_report(postmortem, version=1, lucky="It was night.", by=by_ivo, now=now)

    with pytest.raises(WrongState, match="Nothing was saved: Ivo Brandt changed the report of INC-"):
        save_report(postmortem, version=1, lucky="It was a holiday.", by=by_ivo, now=now)
    postmortem.refresh_from_db()
    assert postmortem.lucky == "It was night."


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"time_zone": "Mars/Olympus"}, "Use an IANA name"),
        ({"summary": "x" * 50_001}, "“Summary” has 50,001 characters; 50,000 is the most"),
    ],
)
def test_it_refuses_what_it_cannot_keep(
    postmortem: Postmortem, by_ivo: Actor, now: datetime, fields: dict[str, str], text: str
) -> None:
    with pytest.raises(InvalidInput, match=text):
        save_report(postmortem, version=1, by=by_ivo, now=now, **fields)


def test_it_is_led_by_operations(postmortem: Postmortem, dana: User, by_ivo: Actor, now: datetime) -> None:
    with pytest.raises(InvalidInput, match="Dana Reyes is not in Operations"):
        save_report(postmortem, version=1, lead=dana, by=by_ivo, now=now)


def test_a_new_lead_is_told_unless_they_took_it(
    postmortem: Postmortem, ivo: User, by_ivo: Actor, now: datetime
) -> None:
    nora = make_person("Nora Vogt", Group.OPERATIONS)
    changed = save_report(postmortem, version=1, lead=nora, by=by_ivo, now=now)
    told = Notification.objects.get(person=nora)
    assert "you lead the post-mortem now" in told.subject
    assert "Ivo Brandt gave you" in told.body
    before = Notification.objects.count()
    save_report(changed, version=2, lead=ivo, by=by_ivo, now=now)
    assert Notification.objects.count() == before


@pytest.mark.parametrize("who", ["by_dana", "by_mara", "by_mira", "by_ada", "by_otto"])
def test_only_operations_write_and_approve(
    postmortem: Postmortem, now: datetime, who: str, request: pytest.FixtureRequest
) -> None:
    actor = request.getfixturevalue(who)
    refusals: list[Callable[[], object]] = [
        lambda: save_report(postmortem, version=1, lucky="x", by=actor, now=now),
        lambda: choose_cause(postmortem, cause(), by=actor, now=now),
        lambda: approve_report(postmortem, version=1, by=actor, now=now),
        lambda: withdraw_approval(postmortem, reason="x", by=actor, now=now),
        lambda: publish_internally(postmortem, by=actor, now=now),
    ]
    for refused in refusals:
        with pytest.raises(NotAllowed, match=r"This takes Operations\."):
            refused()


def test_it_is_not_approved_half_done(postmortem: Postmortem, by_ivo: Actor, now: datetime) -> None:
    with pytest.raises(InvalidInput) as refusal:
        approve_report(postmortem, version=1, by=by_ivo, now=now)

    assert set(refusal.value.errors) == {"root_cause", "cause", "actions"}
    assert "Add an action with owner and date, or say why nothing will be done." in str(refusal.value)


def test_a_reason_may_stand_for_an_action(postmortem: Postmortem, by_ivo: Actor, now: datetime) -> None:
    choose_cause(postmortem, cause("dependency"), by=by_ivo, now=now)
    saved = save_report(
        postmortem, version=1, root_cause="Their network.", no_action_reason="We leave them in May.", by=by_ivo, now=now
    )

    assert missing(saved) == {}
    assert approve_report(saved, version=2, by=by_ivo, now=now).state == State.APPROVED


def test_it_is_approved_by_name(postmortem: Postmortem, ivo: User, by_ivo: Actor, now: datetime) -> None:
    done = approved(postmortem, ivo, by_ivo, now)

    assert (done.state, done.approved_by_name, done.approved_at) == (State.APPROVED, "Ivo Brandt", now)
    with pytest.raises(WrongState, match=r"is approved \(by Ivo Brandt\); Operations takes the approval back"):
        save_report(done, version=done.version, lucky="x", by=by_ivo, now=now)
    with pytest.raises(WrongState, match="approve it again"):
        approve_report(done, version=done.version, by=by_ivo, now=now)


def test_it_is_not_approved_over_somebodys_change(
    postmortem: Postmortem, ivo: User, by_ivo: Actor, now: datetime
) -> None:
    choose_cause(postmortem, cause(), by=by_ivo, now=now)
    promise_action(postmortem, ivo, by_ivo, now)
    save_report(postmortem, version=1, root_cause="The pool.", by=by_ivo, now=now)
    with pytest.raises(WrongState, match="since you opened it"):
        approve_report(postmortem, version=1, by=by_ivo, now=now)


def test_nobody_puts_a_name_to_a_cause_that_was_not_on_the_page(
    postmortem: Postmortem, ivo: User, by_ivo: Actor, by_mira: Actor, now: datetime
) -> None:
    choose_cause(postmortem, cause(), by=by_ivo, now=now)
    promise_action(postmortem, ivo, by_ivo, now)
    report = save_report(postmortem, version=1, root_cause="The pool ran dry.", by=by_ivo, now=now)
    page = mark(report)
    report = choose_cause(report, cause("unknown"), reason="It was not full.", by=by_ivo, now=now)
    with pytest.raises(WrongState, match="its cause was changed since you opened the page"):
        approve_report(report, version=report.version, seen=page, by=by_ivo, now=now)

    report = approve_report(report, version=report.version, seen=mark(report), by=by_ivo, now=now)
    page = mark(report)
    report = choose_cause(report, cause(), reason="It was full after all.", by=by_ivo, now=now)
    with pytest.raises(WrongState, match="then sign it off"):
        sign_off(report, seen=page, by=by_mira, now=now)
    assert sign_off(report, seen=mark(report), by=by_mira, now=now).signed_off_at == now


def test_two_who_choose_causes_at_once_lose_nothing(postmortem: Postmortem, by_ivo: Actor, now: datetime) -> None:
    page = mark_of_causes(postmortem)
    first = choose_cause(postmortem, cause(), contributing=[cause("monitoring")], seen=page, by=by_ivo, now=now)
    with pytest.raises(WrongState, match="somebody chose other causes"):
        choose_cause(postmortem, cause(), contributing=[], seen=page, by=by_ivo, now=now)
    assert list(first.contributing.all()) == [cause("monitoring")]


def test_a_cause_that_was_retired_since_stays_chosen(postmortem: Postmortem, by_ivo: Actor, now: datetime) -> None:
    found = choose_cause(postmortem, cause(), contributing=[cause("monitoring")], by=by_ivo, now=now)
    Cause.objects.filter(slug="monitoring").update(is_active=False)
    form = CauseForm({"cause": cause().pk, "contributing": [cause("monitoring").pk]}, postmortem=found)
    assert form.is_valid()
    assert list(form.cleaned_data["contributing"]) == [cause("monitoring")]


def test_it_is_not_approved_while_the_outage_is_back(
    resolved: Incident, postmortem: Postmortem, by_ivo: Actor, now: datetime
) -> None:
    reopen(resolved, reason="Again.", by=by_ivo, now=now)
    with pytest.raises(WrongState, match="is open again; approve its post-mortem when it is resolved"):
        approve_report(postmortem, version=1, by=by_ivo, now=now)


def test_an_approval_can_be_taken_back_with_a_reason(
    postmortem: Postmortem, ivo: User, by_ivo: Actor, now: datetime
) -> None:
    done = approved(postmortem, ivo, by_ivo, now)
    with pytest.raises(InvalidInput, match="Say what has to change"):
        withdraw_approval(done, reason=" ", by=by_ivo, now=now)

    back = withdraw_approval(done, reason="The cause is another.", by=by_ivo, now=now)

    assert (back.state, back.approved_at, back.approved_by_name) == (State.DRAFTING, None, "")
    with pytest.raises(WrongState, match="only an approved one that is not published can go back"):
        withdraw_approval(back, reason="x", by=by_ivo, now=now)


def test_a_reclassified_cause_takes_a_reason_and_stays_in_the_history(
    postmortem: Postmortem, by_ivo: Actor, now: datetime
) -> None:
    later = now + timedelta(days=9)
    choose_cause(postmortem, cause("unknown"), by=by_ivo, now=now)
    with pytest.raises(InvalidInput, match="Say why the cause is no longer “Unknown”"):
        choose_cause(postmortem, cause("capacity"), by=by_ivo, now=later)

    choose_cause(
        postmortem, cause("capacity"), contributing=[cause("monitoring")], reason="Graphs found.", by=by_ivo, now=later
    )

    history = [(row.cause.slug, row.history_actor) for row in postmortem.history.filter(cause__isnull=False)]
    assert history == [("capacity", "Ivo Brandt"), ("unknown", "Ivo Brandt")]
    assert [row.cause.slug for row in postmortem.history.first().contributing.all()] == ["monitoring"]
    entry = AuditEntry.objects.get(action="postmortem.cause_reclassified")
    assert (entry.data["before"], entry.data["cause"], entry.at) == ("unknown", "capacity", later)


def test_a_retired_cause_cannot_be_chosen(postmortem: Postmortem, by_ivo: Actor, now: datetime) -> None:
    retired = cause()
    retired.is_active = False
    retired.save()
    with pytest.raises(InvalidInput, match="“Capacity” is no longer in use"):
        choose_cause(postmortem, retired, by=by_ivo, now=now)


def test_a_report_nobody_was_alerted_of_is_published_internally(
    reported: Reported, ivo: User, by_ivo: Actor, now: datetime
) -> None:
    postmortem = reported(now - timedelta(days=1), None)
    with pytest.raises(WrongState, match="it is published once, after its approval"):
        publish_internally(postmortem, by=by_ivo, now=now)

    done = publish_internally(approved(postmortem, ivo, by_ivo, now), by=by_ivo, now=now)

    assert (done.state, done.published_update, done.published_by_name) == (State.PUBLISHED, None, "Ivo Brandt")


def test_a_report_customers_were_alerted_of_is_not_kept_inside(
    postmortem: Postmortem, ivo: User, by_ivo: Actor, now: datetime
) -> None:
    done = approved(postmortem, ivo, by_ivo, now)
    with pytest.raises(WrongState, match="Support sends the customer edition"):
        publish_internally(done, by=by_ivo, now=now)


def test_executives_sign_off_by_name(
    postmortem: Postmortem, ivo: User, by_ivo: Actor, by_mira: Actor, now: datetime
) -> None:
    with pytest.raises(WrongState, match="is being written; sign it off when Operations has approved it"):
        sign_off(postmortem, by=by_mira, now=now)
    done = approved(postmortem, ivo, by_ivo, now)
    with pytest.raises(NotAllowed, match=r"This takes Executives\."):
        sign_off(done, by=by_ivo, now=now)

    assert sign_off(done, by=by_mira, now=now).signed_off_by_name == "Mira Sato"
    with pytest.raises(WrongState, match="Mira Sato signed off the report on INC-"):
        sign_off(done, by=by_mira, now=now)


def test_the_database_keeps_states_and_facts_together(postmortem: Postmortem) -> None:
    for change in ({"state": "approved"}, {"state": "published"}, {"signed_off_at": postmortem.opened_at}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Postmortem.objects.filter(pk=postmortem.pk).update(**change)
