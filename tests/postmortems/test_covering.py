"""The report of a merged outage ends, covered by the other's, and nothing that stood in it is lost."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.test import Client

from crisisdesk.core import deadlines
from crisisdesk.core.actors import Actor
from crisisdesk.core.models import AuditEntry, Deadline, User
from crisisdesk.core.refusals import WrongState
from incidents.changes import reopen
from incidents.greenlight import give_green_light
from incidents.merging import merge
from incidents.models import Incident, Notification
from incidents.splitting import split
from postmortems import action_reminders, hiding, reminders
from postmortems.attachments import attach
from postmortems.models import Postmortem, State
from postmortems.report import approve_report, choose_cause, save_report, sign_off
from postmortems.timeline import compiled, shown_to
from tests import factories
from tests.postmortems.conftest import approved, cause, promise_action
from tests.postmortems.test_opening import run

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
WHY = "The same disk array failed"
SignIn = Callable[[User], Client]

pytestmark = pytest.mark.django_db


def look(now: datetime) -> None:
    """The opener's loop, twice: what one pass makes possible, the next one does."""
    for _ in range(2):
        run(now)


@pytest.fixture
def written(postmortem: Postmortem, ivo: User, by_ivo: Actor, now: datetime) -> Postmortem:
    """A report with a cause, an action, a file, a moment added and one left out; then the outage comes back."""
    choose_cause(postmortem, cause(), by=by_ivo, now=now)
    promise_action(postmortem, ivo, by_ivo, now)
    attach(postmortem, "graph.csv", b"minute,errors\n1,20\n", by=by_ivo, now=now)
    hiding.add(postmortem, happened_at=now - MINUTE, text="Somebody rang the provider", by=by_ivo, now=now)
    hidden = next(moment for moment in compiled(postmortem.incident) if moment.key)
    hiding.hide(postmortem, hidden.key, reason="Names a person", by=by_ivo, now=now)
    postmortem.refresh_from_db()
    saved = save_report(postmortem, version=postmortem.version, root_cause="The pool ran dry.", by=by_ivo, now=now)
    reopen(saved.incident, reason="Errors again", by=by_ivo, now=now + MINUTE)
    return saved


@pytest.fixture
def other(written: Postmortem, by_ivo: Actor, now: datetime) -> Incident:
    """The outage that turns out to be the same one, still open."""
    return factories.incident(by_ivo, now + 2 * MINUTE, title="Everything is slow")


def merged(written: Postmortem, other: Incident, by: Actor, now: datetime) -> Postmortem:
    written.incident.refresh_from_db()
    merge(written.incident, other, reason=WHY, by=by, now=now)
    look(now)
    written.refresh_from_db()
    return written


def resolve(incident: Incident, by_ivo: Actor, by_dana: Actor, now: datetime) -> Postmortem:
    incident.refresh_from_db()
    give_green_light(incident, note="Array replaced.", by=by_ivo, now=now)
    factories.send(incident, "final", by_dana, now + MINUTE, minutes=None, body="All works again. We are sorry.")
    look(now + 2 * MINUTE)
    return Postmortem.objects.get(incident=incident)


def test_its_reminders_end_and_its_lead_is_told(
    written: Postmortem, other: Incident, by_ivo: Actor, now: datetime
) -> None:
    written = merged(written, other, by_ivo, now + 5 * MINUTE)
    assert (written.state, written.covered_at, written.covered_by) == (State.COVERED, now + 5 * MINUTE, None)
    assert not Deadline.objects.filter(kind=reminders.KIND, closed_at=None).exists()
    told = Notification.objects.get(key__contains=":covered:")
    assert told.subject == f"{written.incident.reference}: its post-mortem is covered by that of {other.reference}"
    deadlines.fire_due(now + 30 * DAY)
    assert not Notification.objects.filter(subject__contains="post-mortem was due").exists()


def test_what_stood_in_it_goes_over_when_the_other_report_opens(
    written: Postmortem, other: Incident, by_ivo: Actor, by_dana: Actor, now: datetime
) -> None:
    written = merged(written, other, by_ivo, now + 5 * MINUTE)
    assert written.actions.count() == 1, "until then it stays where it was"
    into = resolve(other, by_ivo, by_dana, now + 60 * MINUTE)
    written.refresh_from_db()
    assert written.covered_by == into
    assert into.root_cause == f"From {written.incident.reference}: The pool ran dry."
    assert written.root_cause == "The pool ran dry.", "and is still read there"
    assert f"From {written.incident.reference}" not in into.summary, "the desk's own first words are not said twice"
    assert into.cause == cause()
    action = into.actions.get()
    assert action.title == "Double the pool"
    assert Deadline.objects.get(kind=action_reminders.KIND, key=str(action.pk)).closed_at is None
    assert [row.name for row in into.attachments.all()] == ["graph.csv"]
    timeline = shown_to(into)
    assert "Somebody rang the provider" in [moment.text for moment in timeline.shown]
    assert [row.reason for row in timeline.hidden] == ["Names a person"]
    assert AuditEntry.objects.get(action="postmortem.took_over").data["actions"] == 1
    look(now + 70 * MINUTE)
    into.refresh_from_db()
    assert into.root_cause.count("The pool ran dry.") == 1


def test_what_was_approved_and_not_published_is_covered_as_well(
    postmortem: Postmortem, ivo: User, by_ivo: Actor, by_dana: Actor, now: datetime
) -> None:
    row = approved(postmortem, ivo, by_ivo, now)
    reopen(row.incident, reason="Errors again", by=by_ivo, now=now + MINUTE)
    other = factories.incident(by_ivo, now + 2 * MINUTE, title="Everything is slow")
    row = merged(row, other, by_ivo, now + 5 * MINUTE)
    assert (row.state, row.approved_by_name) == (State.COVERED, "Ivo Brandt")
    into = resolve(other, by_ivo, by_dana, now + 60 * MINUTE)
    assert "The pool of connections ran dry." in into.root_cause


def test_an_account_that_was_published_stays_published(
    postmortem: Postmortem, by_ivo: Actor, mira: User, signed_in: SignIn, now: datetime
) -> None:
    Postmortem.objects.filter(pk=postmortem.pk).update(
        state=State.PUBLISHED, approved_at=now, published_at=now, cause=cause()
    )
    reopen(postmortem.incident, reason="Errors again", by=by_ivo, now=now + MINUTE)
    other = factories.incident(by_ivo, now + 2 * MINUTE, title="Everything is slow")
    row = merged(postmortem, other, by_ivo, now + 5 * MINUTE)
    assert row.state == State.PUBLISHED
    page = signed_in(mira).get(f"/review/incidents/{other.pk}/").content.decode()
    assert "its report is published; what came after is told here" in page


def test_a_report_that_takes_over_and_is_covered_itself_hands_everything_on(
    written: Postmortem, other: Incident, by_ivo: Actor, by_dana: Actor, now: datetime
) -> None:
    written = merged(written, other, by_ivo, now + 5 * MINUTE)
    second = resolve(other, by_ivo, by_dana, now + 60 * MINUTE)
    reopen(second.incident, reason="And again", by=by_ivo, now=now + 70 * MINUTE)
    third = factories.incident(by_ivo, now + 71 * MINUTE, title="The provider is down")
    second = merged(second, third, by_ivo, now + 75 * MINUTE)
    last = resolve(third, by_ivo, by_dana, now + 120 * MINUTE)
    assert "The pool ran dry." in last.root_cause
    assert last.actions.get().title == "Double the pool"
    assert set(last.covers.all()) == {second}


def test_nobody_writes_on_a_covered_report(
    written: Postmortem, other: Incident, ivo: User, by_ivo: Actor, by_mira: Actor, now: datetime
) -> None:
    row, later = merged(written, other, by_ivo, now + 5 * MINUTE), now + 6 * MINUTE
    for act in (
        lambda: save_report(row, version=row.version, summary="More", by=by_ivo, now=later),
        lambda: choose_cause(row, cause("change"), reason="No", by=by_ivo, now=later),
        lambda: approve_report(row, version=row.version, by=by_ivo, now=later),
        lambda: promise_action(row, ivo, by_ivo, later, title="More"),
        lambda: attach(row, "more.csv", b"a,b\n", by=by_ivo, now=later),
        lambda: sign_off(row, by=by_mira, now=later),
    ):
        with pytest.raises(WrongState, match=f"continues as {other.reference}, whose report covers it"):
            act()


def test_both_pages_say_which_report_tells_of_it(
    written: Postmortem,
    other: Incident,
    ivo: User,
    mira: User,
    by_ivo: Actor,
    by_dana: Actor,
    signed_in: SignIn,
    now: datetime,
) -> None:
    row = merged(written, other, by_ivo, now + 5 * MINUTE)
    operations = signed_in(ivo)
    page = operations.get(f"/admin/postmortems/postmortem/{row.pk}/change/").content.decode()
    assert f"Covered by the report of {other.reference}" in page
    assert "its report opens when it is resolved and tells of both" in page
    assert 'value="add_action"' not in page
    into = resolve(other, by_ivo, by_dana, now + 60 * MINUTE)
    page = operations.get(f"/admin/postmortems/postmortem/{into.pk}/change/").content.decode()
    assert "its report is covered by this one, and was taken over" in page
    listed = operations.get("/admin/postmortems/postmortem/?standing=covered").content.decode()
    assert row.incident.title in listed
    executive = signed_in(mira)
    page = executive.get(f"/review/incidents/{row.incident_id}/").content.decode()
    assert "by the report of the outage that continues" in page
    assert "sign off" not in page
    assert "its report is covered by this one" in executive.get(f"/review/incidents/{other.pk}/").content.decode()
    counted = executive.get("/review/rows/postmortems/?period=all").context["page"].paginator.count
    assert counted == 1, "one outage, one report"


def test_a_split_names_the_report_of_the_one_it_came_from(
    written: Postmortem, mira: User, by_ivo: Actor, by_dana: Actor, signed_in: SignIn, now: datetime
) -> None:
    incident = written.incident
    incident.refresh_from_db()
    factories.contact(factories.customer("Globex", factories.service("Reports")), "Robin")
    from_there = incident.affected.create(service=factories.service("Reports"), since=now)
    new = split(incident, [from_there.pk], title="Reports are empty", severity="SEV3", reason=WHY, by=by_ivo, now=now)
    look(now + MINUTE)
    written.refresh_from_db()
    assert (written.state, written.actions.count()) == (State.DRAFTING, 1), "what stands there stays there"
    executive = signed_in(mira)
    assert "its report is being written" in executive.get(f"/review/incidents/{new.pk}/").content.decode()
    page = executive.get(f"/review/incidents/{incident.pk}/").content.decode()
    assert "its own report opens when it is resolved" in page
