"""The document page of a post-mortem: what each group can press, and what a refusal leaves behind."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from crisisdesk.core.actors import Actor
from crisisdesk.core.models import AuditEntry, User
from customers.models import Delivery
from incidents.models import Update
from incidents.notes import add_note
from postmortems import report, similar
from postmortems.editions import approve_customer_edition, draft_customer_edition, save_customer_edition
from postmortems.looking import findings
from postmortems.models import Action, Cause, Postmortem, State
from postmortems.publication import begin_correction, publish_customer_edition
from postmortems.report import choose_cause, save_report
from postmortems.sections import TEXTS
from tests.postmortems.conftest import Reported, approved, cause, promise_action

pytestmark = pytest.mark.later

SignIn = Callable[[User], Client]


def url(postmortem: Postmortem) -> str:
    return f"/admin/postmortems/postmortem/{postmortem.pk}/change/"


def press(client: Client, postmortem: Postmortem, verb: str, **data: object) -> tuple[int, str]:
    """Press a button; the status and the text of the page that answers, redirects followed."""
    response = client.post(url(postmortem), {"verb": verb, **data}, follow=True)
    return response.status_code, response.content.decode()


def report_data(postmortem: Postmortem, **change: object) -> dict[str, object]:
    """What the form of the report sends."""
    data: dict[str, object] = {name: getattr(postmortem, name) for name in (*TEXTS, "no_action_reason", "time_zone")}
    return data | {"version": postmortem.version, "lead": postmortem.lead_id or ""} | change


@pytest.mark.parametrize("who", ["ivo", "dana", "mara", "cleo", "mira"])
def test_they_read_it(signed_in: SignIn, postmortem: Postmortem, who: str, request: pytest.FixtureRequest) -> None:
    client = signed_in(request.getfixturevalue(who))
    page = client.get(url(postmortem)).content.decode()
    assert "Payments are failing" in page
    assert "times in UTC" in page
    assert client.get("/admin/postmortems/postmortem/").status_code == 200
    assert client.get("/admin/postmortems/action/").status_code == 200
    assert client.get("/admin/postmortems/cause/").status_code == 200


@pytest.mark.parametrize("who", ["ada", "otto"])
def test_others_do_not(signed_in: SignIn, postmortem: Postmortem, who: str, request: pytest.FixtureRequest) -> None:
    client = signed_in(request.getfixturevalue(who))
    assert client.get(url(postmortem)).status_code in (302, 403)
    assert client.post(url(postmortem), {"verb": "approve", "version": 1}).status_code in (302, 403)
    assert client.get("/admin/postmortems/postmortem/").status_code != 200


@pytest.mark.parametrize("number", ["999", "abc"])
def test_one_that_is_not_there(signed_in: SignIn, ivo: User, number: str) -> None:
    assert signed_in(ivo).get(f"/admin/postmortems/postmortem/{number}/change/").status_code == 404


def test_only_operations_get_the_form(signed_in: SignIn, ivo: User, dana: User, postmortem: Postmortem) -> None:
    assert 'value="save"' in signed_in(ivo).get(url(postmortem)).content.decode()
    page = signed_in(dana).get(url(postmortem)).content.decode()
    assert 'value="save"' not in page
    assert "Operations writes the report; you read it as it stands." in page


def test_a_button_that_cannot_be_pressed_says_why(
    signed_in: SignIn, ivo: User, dana: User, postmortem: Postmortem
) -> None:
    page = signed_in(ivo).get(url(postmortem)).content.decode()
    assert "Not yet: the report is not complete." in page
    assert "Add an action with owner and date, or say why nothing will be done." in page
    assert "Dana Reyes may not approve a post-mortem. This takes Operations." in (
        signed_in(dana).get(url(postmortem)).content.decode()
    )


def test_it_goes_from_the_first_word_to_the_readers_inbox(
    signed_in: SignIn, ivo: User, dana: User, mara: User, mira: User, postmortem: Postmortem
) -> None:
    operations, support = signed_in(ivo), signed_in(dana)

    def step(client: Client, verb: str, words: str, **data: object) -> None:
        status, page = press(client, postmortem, verb, **data)
        assert status == 200, re.sub(r"\s+", " ", page)[:2000]
        assert words in page
        postmortem.refresh_from_db()

    step(operations, "save", "Report saved.", **report_data(postmortem, root_cause="The pool ran dry."))
    chosen = {"cause": cause().pk, "contributing": [cause("monitoring").pk]}
    step(operations, "cause", "Cause: Capacity.", seen=report.mark_of_causes(postmortem), **chosen)
    due = (datetime.now(UTC) + timedelta(days=20)).date()
    action = {"title": "Double the pool", "kind": "prevent", "owner": ivo.pk, "due_on": due.isoformat(), "link": ""}
    step(operations, "add_action", "Promised: Double the pool by", **action)
    step(operations, "approve", "Report approved.", version=postmortem.version, seen=report.mark(postmortem))
    step(signed_in(mara), "begin_edition", "Customer edition begun", version=0, sections=["summary", "actions"])
    text = {"subject": "What happened", "body": "Our capacity was too small. It is doubled."}
    step(support, "save_edition", "Customer edition saved.", version=postmortem.edition_version, **text)
    step(operations, "approve_edition", "Customer edition approved", version=postmortem.edition_version)
    assert "Send to 2 contacts at 1 customer" in support.get(url(postmortem)).content.decode()
    step(support, "send_edition", "on its way to 2 contacts", version=postmortem.edition_version, confirm="yes")
    step(signed_in(mira), "sign_off", "Signed off.", seen=report.mark(postmortem))

    assert postmortem.state == State.PUBLISHED
    update = Update.objects.get(kind="postmortem")
    told = Delivery.objects.filter(message=update.message).values_list("contact__name", flat=True)
    assert sorted(told) == ["Pat", "Sam"]
    acts = (
        AuditEntry.objects.filter(action__startswith="postmortem.").order_by("id").values_list("action", "actor_name")
    )
    assert list(acts)[-5:] == [
        ("postmortem.edition_drafted", "Mara Lindqvist"),
        ("postmortem.edition_saved", "Dana Reyes"),
        ("postmortem.edition_approved", "Ivo Brandt"),
        ("postmortem.edition_sent", "Dana Reyes"),
        ("postmortem.signed_off", "Mira Sato"),
    ]


def test_sending_takes_a_second_deliberate_click(
    signed_in: SignIn, dana: User, ivo: User, by_ivo: Actor, by_dana: Actor, postmortem: Postmortem, now: datetime
) -> None:
    approved(postmortem, ivo, by_ivo, now)
    press(signed_in(dana), postmortem, "begin_edition", version=0, sections=["root_cause"])
    press(signed_in(ivo), postmortem, "approve_edition", version=1)

    status, page = press(signed_in(dana), postmortem, "send_edition")

    assert status == 400
    assert "Tick the box first: what is sent can&#x27;t be called back." in page
    assert not Update.objects.filter(kind="postmortem").exists()


def test_a_refusal_keeps_what_was_typed(
    signed_in: SignIn, ivo: User, by_ivo: Actor, postmortem: Postmortem, now: datetime
) -> None:
    data = report_data(postmortem, lucky="It was a holiday.")
    save_report(postmortem, version=1, lucky="It was night.", by=by_ivo, now=now)

    status, page = press(signed_in(ivo), postmortem, "save", **data)

    assert status == 409
    assert "Nothing was saved: Ivo Brandt changed the report" in page
    assert "It was a holiday." in page
    postmortem.refresh_from_db()
    assert postmortem.lucky == "It was night."


def test_what_is_wrong_is_said_at_its_field(signed_in: SignIn, ivo: User, postmortem: Postmortem) -> None:
    data = {"title": "Double the pool", "kind": "prevent", "owner": ivo.pk, "due_on": "2020-01-01", "link": ""}
    status, page = press(signed_in(ivo), postmortem, "add_action", **data)
    assert status == 400
    assert page.count("The day lies in the past; choose one from today on.") == 2
    assert 'value="Double the pool"' in page
    assert not Action.objects.exists()

    status, page = press(signed_in(ivo), postmortem, "add_action", **(data | {"due_on": "soon"}))
    assert (status, "Enter a valid date." in page) == (400, True)


@pytest.mark.parametrize(
    ("who", "verb", "group"),
    [
        ("dana", "save", "Operations"),
        ("mira", "cause", "Operations"),
        ("mara", "approve", "Operations"),
        ("cleo", "add_action", "Operations"),
        ("ivo", "begin_edition", "Support or Marketing communications"),
        ("mara", "send_edition", "Support"),
        ("ivo", "sign_off", "Executives"),
        ("dana", "publish", "Operations"),
        ("mara", "withdraw", "Operations"),
        ("mira", "approve_edition", "Operations"),
    ],
)
def test_a_crafted_request_is_refused_by_name(
    signed_in: SignIn,
    ivo: User,
    postmortem: Postmortem,
    who: str,
    verb: str,
    group: str,
    request: pytest.FixtureRequest,
) -> None:
    data = report_data(postmortem, lucky="x", cause=cause().pk, confirm="yes", sections=["summary"], reason="x")
    data |= {"title": "x", "kind": "prevent", "owner": ivo.pk, "due_on": "2099-01-01", "link": ""}
    before = AuditEntry.objects.count()

    status, page = press(signed_in(request.getfixturevalue(who)), postmortem, verb, **data)

    assert status == 403
    assert f"This takes {group}." in page
    assert AuditEntry.objects.count() == before


@pytest.mark.parametrize("data", [{"verb": "nothing"}, {}, {"verb": "approve"}, {"verb": "approve", "version": "x"}])
def test_a_broken_request_changes_nothing(
    signed_in: SignIn, ivo: User, postmortem: Postmortem, data: dict[str, str]
) -> None:
    assert signed_in(ivo).post(url(postmortem), data).status_code == 400


def test_an_action_is_moved_closed_and_reopened_on_the_page(
    signed_in: SignIn, ivo: User, by_ivo: Actor, postmortem: Postmortem
) -> None:
    now = datetime.now(UTC)
    action, client = promise_action(postmortem, ivo, by_ivo, now), signed_in(ivo)
    later = (now + timedelta(days=50)).date().isoformat()

    _, page = press(client, postmortem, "move_action", action=action.pk, due_on=later, reason="Launch.")
    assert "day moved once" in page
    _, page = press(client, postmortem, "close_action", action=action.pk, proof="Load test.")
    assert "Proof: Load test." in page
    _, page = press(client, postmortem, "reopen_action", action=action.pk, reason="It came back.")
    assert "Open again: Double the pool." in page
    assert client.get(f"/admin/postmortems/action/{action.pk}/change/")["Location"] == (
        f"{url(postmortem)}#action-{action.pk}"
    )


def test_an_action_of_another_report_is_out_of_reach(
    signed_in: SignIn, ivo: User, by_ivo: Actor, postmortem: Postmortem, reported: Reported, now: datetime
) -> None:
    other = promise_action(reported(now - timedelta(days=9)), ivo, by_ivo, now)
    status, page = press(signed_in(ivo), postmortem, "close_action", action=other.pk, proof="x")
    assert (status, "does not belong to the post-mortem" in page) == (409, True)


def test_a_report_of_which_nobody_was_told_has_no_customer_edition(
    signed_in: SignIn, ivo: User, by_ivo: Actor, reported: Reported, now: datetime
) -> None:
    postmortem = approved(reported(now - timedelta(days=1), None), ivo, by_ivo, now)
    page = signed_in(ivo).get(url(postmortem)).content.decode()
    assert "What customers read" not in page
    assert "Published internally." in press(signed_in(ivo), postmortem, "publish")[1]


def test_flagged_words_are_shown_beside_the_text(
    signed_in: SignIn, ivo: User, dana: User, by_ivo: Actor, postmortem: Postmortem, now: datetime
) -> None:
    approved(postmortem, ivo, by_ivo, now)
    press(signed_in(dana), postmortem, "begin_edition", version=0, sections=["root_cause"])
    press(signed_in(dana), postmortem, "save_edition", version=1, subject="x", body="<b>db-prod-03</b> was full.")

    page = signed_in(ivo).get(url(postmortem)).content.decode()

    assert "“db-prod-03” looks like an internal host." in page
    assert 'name="accepted" value="db-prod-03"' in page
    assert "<b>db-prod-03</b>" not in page
    status, page = press(signed_in(ivo), postmortem, "approve_edition", version=2)
    assert (status, "Customers would read “db-prod-03”" in page) == (400, True)
    assert press(signed_in(ivo), postmortem, "approve_edition", version=2, accepted="db-prod-03")[0] == 200


def test_the_taxonomy_is_edited_by_operations(signed_in: SignIn, ivo: User, dana: User) -> None:
    row = cause()
    page = f"/admin/postmortems/cause/{row.pk}/change/"
    data = {"name": "Capacity", "definition": "Too little of something.", "can_repeat": "on", "is_active": "on"}
    assert signed_in(dana).post(page, data).status_code == 403

    assert signed_in(ivo).post(page, data | {"slug": "other"}).status_code == 302

    row.refresh_from_db()
    assert (row.definition, row.slug) == ("Too little of something.", "capacity")
    assert row.history.first().history_actor == "Ivo Brandt"
    assert AuditEntry.objects.get(action="postmortem.cause_edited").data["cause"] == "capacity"
    above = cause("change")
    below = cause("deployment")
    circle = data | {"name": "Change", "parent": below.pk}
    answer = signed_in(ivo).post(f"/admin/postmortems/cause/{above.pk}/change/", circle)
    assert "This would put the cause under itself" in answer.content.decode()


def test_every_starter_cause_is_defined(db: None) -> None:
    assert Cause.objects.count() >= 10
    assert all(row.definition.endswith(".") for row in Cause.objects.all())


@pytest.mark.parametrize("length", [1, 25])
def test_the_page_reads_a_fixed_number_of_times(
    signed_in: SignIn,
    ivo: User,
    by_ivo: Actor,
    postmortem: Postmortem,
    now: datetime,
    length: int,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    for number in range(length):
        add_note(postmortem.incident, f"Note {number}", by=by_ivo, now=now)
        promise_action(postmortem, ivo, by_ivo, now, title=f"Action {number}")
    client = signed_in(ivo)
    client.get(url(postmortem))  # the first of the day is written down
    similar.forget()  # as a process begins; with an index that a change has made old it is one read more
    with django_assert_max_num_queries(14):
        client.get(url(postmortem))
    with django_assert_max_num_queries(15):
        client.get("/admin/postmortems/postmortem/")
    with django_assert_max_num_queries(15):
        client.get("/admin/postmortems/action/")


def test_the_page_reads_no_more_while_the_customer_edition_is_written_sent_and_corrected(
    signed_in: SignIn,
    ivo: User,
    mara: User,
    by_ivo: Actor,
    by_mara: Actor,
    by_dana: Actor,
    postmortem: Postmortem,
    now: datetime,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    clients = [signed_in(ivo), signed_in(mara)]

    def within_its_reads(row: Postmortem, words: str) -> Postmortem:
        for client in clients:
            client.get(url(row))  # the first of the day is written down, an index that a change made old is built
            with django_assert_max_num_queries(14):
                page = client.get(url(row)).content.decode()
            assert words in page
        return row

    # More words that could be names than one list of values used to hold.
    body = "Ivo Brandt of Acme restarted db-prod-03. " + " ".join(f"Name{n} of" for n in range(450))
    row = approved(postmortem, ivo, by_ivo, now)
    row = draft_customer_edition(row, by=by_mara, now=now)
    text = {"subject": "What happened", "body": body}
    row = save_customer_edition(row, version=row.edition_version, by=by_mara, now=now, **text)
    within_its_reads(row, "“db-prod-03” looks like an internal host")
    accepted = [slip.word for slip in findings(row)]
    assert set(accepted) == {"Ivo Brandt", "Acme", "db-prod-03"}
    row = approve_customer_edition(row, version=row.edition_version, accepted=accepted, by=by_ivo, now=now)
    within_its_reads(row, "2 contacts at 1 customer")
    row = within_its_reads(publish_customer_edition(row, by=by_dana, now=now), "2 contacts")
    begin_correction(row, what="It was the pool.", by=by_dana, now=now)
    within_its_reads(row, "Being corrected: It was the pool.")


def test_its_history_reads_no_more_with_more_versions(
    signed_in: SignIn,
    ivo: User,
    by_ivo: Actor,
    postmortem: Postmortem,
    now: datetime,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    for number in range(5):
        later = now + timedelta(minutes=number)
        others = [cause("monitoring")] if number % 2 == 0 else [cause("monitoring"), cause("configuration")]
        choose_cause(postmortem, cause(), contributing=others, by=by_ivo, now=later)
    client = signed_in(ivo)
    address = url(postmortem).replace("change", "history")
    client.get(address)

    with django_assert_max_num_queries(10):
        page = client.get(address).content.decode()

    names = [cause(slug).name for slug in ("configuration", "monitoring")]
    words = re.sub(r"<[^>]+>|\s+", " ", page)
    assert re.search(rf"Contributing: *\[{names[1]}\] *→ *\[{names[0]}, {names[1]}\]", words)


def test_the_lists_can_be_narrowed(
    signed_in: SignIn, ivo: User, by_ivo: Actor, reported: Reported, postmortem: Postmortem
) -> None:
    now = datetime.now(UTC)
    fresh = reported(now - timedelta(days=1), "capacity")
    promise_action(fresh, ivo, by_ivo, now, title="Promised today", due_on=now.date() + timedelta(days=3))
    promise_action(fresh, ivo, by_ivo, now - timedelta(days=9), title="Promised before", due_on=now.date())
    Action.objects.filter(title="Promised before").update(due_on=now.date() - timedelta(days=2))
    client = signed_in(ivo)

    def listed(path: str) -> str:
        return client.get(f"/admin/postmortems/{path}").content.decode()

    overdue = listed("postmortem/?standing=overdue")
    assert (postmortem.incident.reference in overdue, fresh.incident.reference in overdue) == (True, False)
    assert "(overdue)" in overdue
    assert fresh.incident.reference in listed("postmortem/?standing=drafting")
    assert "Promised before" in listed("action/?standing=overdue")
    assert "Promised today" not in listed("action/?standing=overdue")
    assert "Promised today" in listed("action/?standing=open")
    done = listed("action/?standing=done")
    assert ("Promised today" in done, "Promised before" in done) == (False, False)
