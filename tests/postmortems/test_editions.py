"""The customer edition: who writes, who approves, who sends, and to whom it goes."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from crisisdesk.core.actors import Actor
from crisisdesk.core.models import AuditEntry, User
from crisisdesk.core.refusals import InvalidInput, NotAllowed, WrongState
from customers.models import Delivery, Message
from incidents.changes import reopen
from incidents.greenlight import give_green_light
from incidents.models import Incident, Promise, Update
from postmortems.editions import (
    approve_customer_edition,
    draft_customer_edition,
    save_customer_edition,
)
from postmortems.looking import findings
from postmortems.models import Postmortem, State
from postmortems.opening import renew
from postmortems.publication import begin_correction, publish_customer_edition
from postmortems.report import save_report, withdraw_approval
from tests import factories
from tests.postmortems.conftest import Reported, approved

pytestmark = pytest.mark.later

SUBJECT = "What happened on 10 March"
BODY = "Payments failed for 90 minutes. We have doubled our capacity."


@pytest.fixture
def report(postmortem: Postmortem, ivo: User, by_ivo: Actor, now: datetime) -> Postmortem:
    """The report, approved."""
    return approved(postmortem, ivo, by_ivo, now)


@pytest.fixture
def edition(report: Postmortem, by_dana: Actor, now: datetime) -> Postmortem:
    """Its customer edition, written by Dana, not approved."""
    begun = draft_customer_edition(report, by=by_dana, now=now)
    return save_customer_edition(begun, version=begun.edition_version, subject=SUBJECT, body=BODY, by=by_dana, now=now)


@pytest.fixture
def ready(edition: Postmortem, by_ivo: Actor, now: datetime) -> Postmortem:
    """The same, approved by Ivo."""
    return approve_customer_edition(edition, version=edition.edition_version, by=by_ivo, now=now)


def test_it_begins_with_the_chosen_sections(report: Postmortem, by_mara: Actor, now: datetime) -> None:
    begun = draft_customer_edition(report, sections=["root_cause", "summary", "actions"], by=by_mara, now=now)

    assert begun.edition_sections == ["summary", "root_cause", "actions"]
    assert begun.edition_subject == "What happened on 10 March 2026: Payments are failing"
    headings = [line for line in begun.edition_body.splitlines() if line.startswith("## ")]
    assert headings == ["## What happened", "## Why it happened", "## What we will change"]
    assert "- Double the pool (by 31 March 2026)" in begun.edition_body
    assert begun.edition_edited_by_name == "Mara Lindqvist"


@pytest.mark.parametrize(
    ("sections", "text"), [([], "at least one section"), (["lucky"], "“lucky” is not a section that customers")]
)
def test_it_refuses_sections_that_stay_inside(
    report: Postmortem, by_mara: Actor, now: datetime, sections: list[str], text: str
) -> None:
    with pytest.raises(InvalidInput, match=text):
        draft_customer_edition(report, sections=sections, by=by_mara, now=now)


@pytest.mark.parametrize("who", ["by_ivo", "by_mira", "by_ada", "by_otto"])
def test_only_support_and_communications_write_it(
    edition: Postmortem, now: datetime, who: str, request: pytest.FixtureRequest
) -> None:
    actor = request.getfixturevalue(who)
    with pytest.raises(NotAllowed, match=r"This takes Support or Marketing communications\."):
        draft_customer_edition(edition, by=actor, now=now)
    with pytest.raises(NotAllowed, match=r"This takes Support or Marketing communications\."):
        save_customer_edition(edition, version=2, subject="x", body="y", by=actor, now=now)


@pytest.mark.parametrize("who", ["by_dana", "by_mara", "by_mira", "by_otto"])
def test_only_operations_approve_it(
    edition: Postmortem, now: datetime, who: str, request: pytest.FixtureRequest
) -> None:
    with pytest.raises(NotAllowed, match=r"This takes Operations\."):
        approve_customer_edition(edition, version=2, by=request.getfixturevalue(who), now=now)


@pytest.mark.parametrize("who", ["by_ivo", "by_mara", "by_mira", "by_otto"])
def test_only_support_send_it(ready: Postmortem, now: datetime, who: str, request: pytest.FixtureRequest) -> None:
    with pytest.raises(NotAllowed, match=r"This takes Support\."):
        publish_customer_edition(ready, by=request.getfixturevalue(who), now=now)
    assert not Update.objects.filter(kind="postmortem").exists()


def test_it_waits_for_the_report(postmortem: Postmortem, by_dana: Actor, by_ivo: Actor, now: datetime) -> None:
    begun = draft_customer_edition(postmortem, by=by_dana, now=now)
    with pytest.raises(WrongState, match="is being written; approve it before its customer edition"):
        approve_customer_edition(begun, version=begun.edition_version, by=by_ivo, now=now)


def test_there_must_be_one_to_approve(report: Postmortem, by_ivo: Actor, now: datetime) -> None:
    with pytest.raises(WrongState, match="has no customer edition yet; Support or Marketing communications writes it"):
        approve_customer_edition(report, version=0, by=by_ivo, now=now)


def test_an_empty_one_is_not_approved(edition: Postmortem, by_dana: Actor, by_ivo: Actor, now: datetime) -> None:
    empty = save_customer_edition(edition, version=2, subject="", body="", by=by_dana, now=now)
    with pytest.raises(InvalidInput, match="needs a heading and a text"):
        approve_customer_edition(empty, version=3, by=by_ivo, now=now)


def test_flagged_words_take_a_second_look(edition: Postmortem, by_dana: Actor, by_ivo: Actor, now: datetime) -> None:
    named = save_customer_edition(
        edition, version=2, subject=SUBJECT, body="Ivo Brandt restarted db-prod-03.", by=by_dana, now=now
    )
    assert [slip.word for slip in findings(named)] == ["Ivo Brandt", "db-prod-03"]
    with pytest.raises(InvalidInput, match="Customers would read “Ivo Brandt”, “db-prod-03”"):
        approve_customer_edition(named, version=3, by=by_ivo, now=now)

    done = approve_customer_edition(named, version=3, accepted=["Ivo Brandt", "db-prod-03"], by=by_ivo, now=now)

    assert done.edition_approved_by_name == "Ivo Brandt"
    assert AuditEntry.objects.get(action="postmortem.edition_approved").data["flagged"] == 2


def test_a_change_ends_the_approval(ready: Postmortem, by_mara: Actor, by_dana: Actor, now: datetime) -> None:
    changed = save_customer_edition(ready, version=2, subject=SUBJECT, body="Other words.", by=by_mara, now=now)

    assert not changed.has_approved_edition
    with pytest.raises(WrongState, match="is not approved; Operations approves it before it leaves"):
        publish_customer_edition(changed, by=by_dana, now=now)


def test_two_who_write_at_once_lose_nothing(edition: Postmortem, by_mara: Actor, by_dana: Actor, now: datetime) -> None:
    save_customer_edition(edition, version=2, subject=SUBJECT, body="Mara's words.", by=by_mara, now=now)
    with pytest.raises(WrongState, match="Mara Lindqvist changed the customer edition"):
        save_customer_edition(edition, version=2, subject=SUBJECT, body="Dana's words.", by=by_dana, now=now)


def test_beginning_anew_replaces_no_words_unseen(edition: Postmortem, by_dana: Actor, now: datetime) -> None:
    version = edition.edition_version
    save_customer_edition(edition, version=version, subject="What happened", body="Our words.", by=by_dana, now=now)

    with pytest.raises(WrongState, match="Nothing was saved"):
        draft_customer_edition(edition, sections=["summary"], version=version, by=by_dana, now=now)

    edition.refresh_from_db()
    assert edition.edition_body == "Our words."
    anew = draft_customer_edition(edition, sections=["summary"], version=version + 1, by=by_dana, now=now)
    assert anew.edition_body.startswith("## What happened")


def test_no_text_is_sent_that_the_sender_has_not_seen(ready: Postmortem, by_dana: Actor, now: datetime) -> None:
    with pytest.raises(WrongState, match="the customer edition of INC-"):
        publish_customer_edition(ready, version=ready.edition_version - 1, by=by_dana, now=now)
    assert publish_customer_edition(ready, version=ready.edition_version, by=by_dana, now=now).published_at == now


def test_it_is_not_approved_over_somebodys_change(
    edition: Postmortem, by_mara: Actor, by_ivo: Actor, now: datetime
) -> None:
    save_customer_edition(edition, version=2, subject=SUBJECT, body="Mara's words.", by=by_mara, now=now)
    with pytest.raises(WrongState, match="since you opened it"):
        approve_customer_edition(edition, version=2, by=by_ivo, now=now)


def test_it_goes_to_exactly_those_who_were_alerted(ready: Postmortem, by_dana: Actor, now: datetime) -> None:
    newcomer = factories.customer("Initech", factories.service())
    factories.contact(newcomer, "Nel")

    sent = publish_customer_edition(ready, by=by_dana, now=now + timedelta(days=2))

    update = sent.published_update
    assert update is not None
    assert (sent.state, sent.published_by_name) == (State.PUBLISHED, "Dana Reyes")
    assert (update.kind, update.subject, update.body) == ("postmortem", SUBJECT, BODY)
    deliveries = Delivery.objects.filter(message=update.message)
    assert {row.contact.name for row in deliveries} == {"Pat", "Sam"}
    assert "doubled our capacity" in deliveries[0].content.text


def test_it_promises_nothing_and_lets_urgent_mail_pass(ready: Postmortem, by_dana: Actor, now: datetime) -> None:
    before = Promise.objects.count()
    sent = publish_customer_edition(ready, by=by_dana, now=now)

    assert Promise.objects.count() == before
    assert sent.published_update is not None
    assert sent.published_update.next_update_at is None
    message = sent.published_update.message
    assert message is not None
    assert message.priority > max(Message.objects.exclude(pk=message.pk).values_list("priority", flat=True))


def test_pressed_twice_it_goes_out_once(ready: Postmortem, by_dana: Actor, now: datetime) -> None:
    publish_customer_edition(ready, by=by_dana, now=now)
    with pytest.raises(WrongState, match="was published by Dana Reyes; begin a correction before you send"):
        publish_customer_edition(ready, by=by_dana, now=now)
    assert Update.objects.filter(kind="postmortem").count() == 1


def test_what_was_sent_stays(ready: Postmortem, by_dana: Actor, by_ivo: Actor, now: datetime) -> None:
    sent = publish_customer_edition(ready, by=by_dana, now=now)
    with pytest.raises(WrongState, match="begin a correction before you change the customer edition"):
        save_customer_edition(sent, version=2, subject="x", body="y", by=by_dana, now=now)
    with pytest.raises(WrongState, match="only an approved one that is not published can go back"):
        withdraw_approval(sent, reason="x", by=by_ivo, now=now)


def test_there_is_none_when_nobody_was_alerted(reported: Reported, by_dana: Actor, now: datetime) -> None:
    postmortem = reported(now - timedelta(days=1))
    with pytest.raises(WrongState, match="Operations publishes the report internally"):
        draft_customer_edition(postmortem, by=by_dana, now=now)
    with pytest.raises(WrongState, match="No customer was alerted of INC-"):
        publish_customer_edition(postmortem, by=by_dana, now=now)


def test_taking_the_reports_approval_back_ends_the_editions_too(
    ready: Postmortem, by_ivo: Actor, by_dana: Actor, now: datetime
) -> None:
    back = withdraw_approval(ready, reason="The cause is another.", by=by_ivo, now=now)
    assert not back.has_approved_edition
    with pytest.raises(WrongState, match="is not approved"):
        publish_customer_edition(back, by=by_dana, now=now)


def test_after_a_relapse_a_second_account_follows(
    resolved: Incident, ready: Postmortem, ivo: User, by_ivo: Actor, by_dana: Actor, now: datetime
) -> None:
    first = publish_customer_edition(ready, by=by_dana, now=now).published_update
    reopen(resolved, reason="Again.", by=by_ivo, now=now + timedelta(days=1))
    give_green_light(resolved, note="Doubled.", by=by_ivo, now=now + timedelta(days=1, hours=1))
    later = now + timedelta(days=1, hours=2)
    factories.send(resolved, "final", by_dana, later, minutes=None, body="It works again, for good.")
    again = renew(ready, by=by_ivo, now=later)
    again = save_report(again, version=again.version, root_cause="The pool, twice.", by=by_ivo, now=later)
    again = approved(again, ivo, by_ivo, later)

    again = approve_customer_edition(again, version=again.edition_version, by=by_ivo, now=later)
    second = publish_customer_edition(again, by=by_dana, now=later).published_update

    assert second != first
    assert Update.objects.filter(kind="postmortem").count() == 2


def test_a_correction_of_the_second_account_reaches_who_joined_in_the_relapse(
    resolved: Incident, ready: Postmortem, ivo: User, by_ivo: Actor, by_dana: Actor, now: datetime
) -> None:
    publish_customer_edition(ready, by=by_dana, now=now)
    reopen(resolved, reason="Again.", by=by_ivo, now=now + timedelta(days=1))
    factories.contact(factories.customer("Acme"), "Newcomer")
    factories.send(resolved, "progress", by_dana, now + timedelta(days=1, minutes=5), minutes=60)
    give_green_light(resolved, note="Doubled.", by=by_ivo, now=now + timedelta(days=1, minutes=30))
    later = now + timedelta(days=1, hours=1)
    factories.send(resolved, "final", by_dana, later, minutes=None, body="It works again, for good.")
    again = renew(ready, by=by_ivo, now=later)
    again = save_report(again, version=again.version, root_cause="The pool, twice.", by=by_ivo, now=later)
    again = approved(again, ivo, by_ivo, later)
    again = approve_customer_edition(again, version=again.edition_version, by=by_ivo, now=later)
    again = publish_customer_edition(again, by=by_dana, now=later)
    text = begin_correction(again, what="The end was given wrongly.", by=by_dana, now=later)
    text = approve_customer_edition(text, version=text.edition_version, by=by_ivo, now=later)
    publish_customer_edition(text, by=by_dana, now=later)

    accounts = Update.objects.filter(kind="postmortem").order_by("number")
    reached = [{row.contact.name for row in Delivery.objects.filter(message=each.message)} for each in accounts]
    assert reached == [{"Pat", "Sam"}, {"Pat", "Sam", "Newcomer"}, {"Pat", "Sam", "Newcomer"}]


def test_what_a_correction_says_was_wrong_is_looked_through_too(
    ready: Postmortem, by_ivo: Actor, by_dana: Actor, now: datetime
) -> None:
    sent = publish_customer_edition(ready, by=by_dana, now=now)
    text = begin_correction(sent, what="It was db-prod-03, not the pool.", by=by_dana, now=now)

    assert [slip.word for slip in findings(text)] == ["db-prod-03"]
    with pytest.raises(InvalidInput, match="Customers would read “db-prod-03”"):
        approve_customer_edition(text, version=text.edition_version, by=by_ivo, now=now)
