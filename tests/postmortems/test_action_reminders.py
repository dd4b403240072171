"""Reminders of actions climb; what was done and did not help opens again by itself."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.test import Client

from crisisdesk.core import deadlines
from crisisdesk.core.actors import Actor
from crisisdesk.core.models import AuditEntry, Deadline, User
from incidents.confidential import make_confidential
from incidents.models import Notification
from postmortems.actions import close_action, move_action, reopen_action
from postmortems.models import Action, Cause, Postmortem
from postmortems.report import approve_report, choose_cause, save_report
from tests.postmortems.conftest import Reported, cause, promise_action

DAY, TICK = timedelta(days=1), timedelta(seconds=1)


def at(day: int, month: int = 3, hour: int = 9) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=UTC)


def subjects(person: User) -> list[str]:
    found = Notification.objects.filter(person=person, key__startswith="action:").order_by("id")
    return list(found.values_list("subject", flat=True))


def approve(postmortem: Postmortem, by: Actor, now: datetime) -> Postmortem:
    postmortem = save_report(
        postmortem,
        version=postmortem.version,
        summary="Payments failed.",
        root_cause="The pool ran dry.",
        no_action_reason="What was promised before is opened again.",
        by=by,
        now=now,
    )
    return approve_report(postmortem, version=postmortem.version, by=by, now=now)


def test_it_reminds_the_owner_and_climbs_to_the_executives(
    postmortem: Postmortem, ivo: User, mira: User, by_ivo: Actor, now: datetime
) -> None:
    promise_action(postmortem, ivo, by_ivo, now)  # due on Tuesday, 31 March

    deadlines.fire_due(at(27) - TICK)
    assert subjects(ivo) == []
    deadlines.fire_due(at(27))
    assert subjects(ivo) == ["[REMINDER] “Double the pool” is due on Tuesday, 31 March"]
    deadlines.fire_due(at(31))
    assert subjects(ivo)[1:] == ["[REMINDER] “Double the pool” is due today"]
    deadlines.fire_due(at(1, 4) - TICK)
    assert subjects(mira) == []
    deadlines.fire_due(at(1, 4))
    assert subjects(mira) == ["[LATE] “Double the pool” was due on Tuesday, 31 March"]
    deadlines.fire_due(at(8, 4))
    assert subjects(mira)[-1] == subjects(ivo)[-1] == "[LATE] “Double the pool” is more than a week overdue"


def test_holidays_and_weekends_are_left_to_rest(
    postmortem: Postmortem, ivo: User, mira: User, by_ivo: Actor, now: datetime
) -> None:
    # Saturday, 23 May; Monday the 25th is Memorial Day.
    promise_action(postmortem, ivo, by_ivo, now, due_on=date(2026, 5, 23))

    deadlines.fire_due(at(22, 5))
    assert subjects(ivo) == ["[REMINDER] “Double the pool” is due on Saturday, 23 May"]
    deadlines.fire_due(at(26, 5) - TICK)
    assert subjects(mira) == []
    deadlines.fire_due(at(26, 5))
    assert subjects(mira) == ["[LATE] “Double the pool” was due on Saturday, 23 May"]


def test_nobody_is_reminded_of_what_is_done(postmortem: Postmortem, ivo: User, by_ivo: Actor, now: datetime) -> None:
    action = promise_action(postmortem, ivo, by_ivo, now)
    close_action(action, proof="Load test.", by=by_ivo, now=now)

    assert not Deadline.objects.filter(kind="action", closed_at=None).exists()
    deadlines.fire_due(at(8, 4))
    assert subjects(ivo) == []


def test_a_moved_day_is_reminded_of_anew(postmortem: Postmortem, ivo: User, by_ivo: Actor, now: datetime) -> None:
    action = promise_action(postmortem, ivo, by_ivo, now)
    deadlines.fire_due(at(31))
    move_action(action, due_on=date(2026, 4, 30), reason="The supplier is late.", by=by_ivo, now=at(31, hour=10))

    deadlines.fire_due(at(1, 4))
    assert subjects(ivo) == ["[REMINDER] “Double the pool” is due today"]
    deadlines.fire_due(at(28, 4))
    assert subjects(ivo)[1:] == ["[REMINDER] “Double the pool” is due on Thursday, 30 April"]


def test_one_opened_after_its_day_is_late_on_the_next_business_day(
    postmortem: Postmortem, ivo: User, mira: User, by_ivo: Actor, now: datetime
) -> None:
    action = promise_action(postmortem, ivo, by_ivo, now)
    close_action(action, proof="Load test.", by=by_ivo, now=now)
    reopen_action(action, reason="The test was wrong.", by=by_ivo, now=at(15, 4))

    deadlines.fire_due(at(16, 4) - TICK)
    assert subjects(mira) == []
    deadlines.fire_due(at(16, 4))
    assert subjects(mira) == ["[LATE] “Double the pool” was due on Tuesday, 31 March"]


def test_when_the_owner_left_the_lead_is_reminded(
    postmortem: Postmortem, ivo: User, otto: User, by_ivo: Actor, now: datetime
) -> None:
    promise_action(postmortem, otto, by_ivo, now)
    otto.is_active = False
    otto.save()
    Postmortem.objects.filter(pk=postmortem.pk).update(lead=ivo)

    deadlines.fire_due(at(31))
    assert (len(subjects(otto)), len(subjects(ivo))) == (0, 1)


@pytest.fixture
def done(reported: Reported, ivo: User, by_ivo: Actor, now: datetime) -> Action:
    """After an outage of capacity forty days ago the pool was doubled, thirty days ago."""
    postmortem = reported(now - 40 * DAY, "capacity")
    action = promise_action(postmortem, ivo, by_ivo, now - 39 * DAY, due_on=(now - 25 * DAY).date())
    return close_action(action, proof="Load test.", by=by_ivo, now=now - 30 * DAY)


def test_it_opens_again_when_its_cause_returns(
    done: Action, reported: Reported, ivo: User, mira: User, by_ivo: Actor, now: datetime
) -> None:
    again = reported(now - DAY, "capacity")
    done.refresh_from_db()
    assert not done.is_open

    approve(again, by_ivo, now)

    done.refresh_from_db()
    assert (done.is_open, done.came_back_with, done.came_back_at) == (True, again, now)
    assert done.due_on == date(2026, 3, 17)
    assert done.proof == "Load test."
    ref = again.incident.reference
    assert subjects(ivo) == subjects(mira) == [f"[CAME BACK] “Double the pool” did not prevent {ref}"]
    entry = AuditEntry.objects.get(action="postmortem.action_came_back")
    assert (entry.actor_name, entry.data["with"], entry.data["from"]) == ("post-mortem opener", ref, "2026-02-13")
    assert done.history.first().history_change_reason == f"the cause came back with {ref}"


@pytest.mark.parametrize(
    ("change", "opens"),
    [
        ({}, True),
        ({"kind": "detect"}, False),
        ({"kind": "mitigate"}, False),
        # Done while the new outage was under way, or at its very beginning: it could not have prevented it.
        ({"closed_at": datetime(2026, 3, 9, 9, 0, tzinfo=UTC)}, False),
        ({"closed_at": datetime(2026, 3, 9, 8, 59, tzinfo=UTC)}, True),
    ],
)
def test_only_what_should_have_prevented_it_opens_again(
    done: Action, reported: Reported, by_ivo: Actor, now: datetime, change: dict[str, object], opens: bool
) -> None:
    Action.objects.filter(pk=done.pk).update(**change)
    approve(reported(datetime(2026, 3, 9, 9, 0, tzinfo=UTC), "capacity"), by_ivo, now)
    done.refresh_from_db()
    assert done.is_open is opens


def test_another_cause_or_one_outside_the_window_opens_nothing(
    done: Action, reported: Reported, by_ivo: Actor, now: datetime, settings: object
) -> None:
    approve(reported(now - DAY, "deployment"), by_ivo, now)
    settings.REPEAT_WINDOW_DAYS = 30  # type: ignore[attr-defined]
    approve(reported(now - 2 * DAY, "capacity"), by_ivo, now)
    done.refresh_from_db()
    assert not done.is_open


def test_a_confidential_outage_opens_nothing_that_would_name_it(
    done: Action, reported: Reported, by_ivo: Actor, now: datetime
) -> None:
    again = reported(now - DAY, "capacity")
    make_confidential(again.incident, reason="The police asked for silence", by=by_ivo, now=now)
    approve(Postmortem.objects.get(pk=again.pk), by_ivo, now)
    done.refresh_from_db()
    assert not done.is_open


def test_a_cause_that_does_not_count_as_a_repeat_opens_nothing(
    done: Action, reported: Reported, by_ivo: Actor, now: datetime
) -> None:
    Cause.objects.filter(slug="capacity").update(can_repeat=False)
    approve(reported(now - DAY, "capacity"), by_ivo, now)
    done.refresh_from_db()
    assert not done.is_open


def test_a_reclassified_report_opens_it_again_too(
    done: Action, reported: Reported, by_ivo: Actor, now: datetime
) -> None:
    report = approve(reported(now - DAY, "deployment"), by_ivo, now)
    choose_cause(report, cause("capacity"), reason="The release was fine.", by=by_ivo, now=now + DAY)
    done.refresh_from_db()
    assert done.came_back_with == report


def test_both_pages_link_to_the_outage_that_showed_it(
    done: Action, reported: Reported, mira: User, ivo: User, by_ivo: Actor, now: datetime, client: Client
) -> None:
    again = approve(reported(now - DAY, "capacity"), by_ivo, now)
    client.force_login(mira)

    page = client.get(f"/review/causes/{again.cause_id}/").content.decode()
    assert f"came back with {again.incident.reference}" in page
    assert (
        f"opened “Double the pool” again, due on 17 March 2026: the cause came back with {again.incident.reference}"
        in page
    )
    page = client.get(f"/admin/postmortems/postmortem/{done.postmortem_id}/change/").content.decode()
    assert f"It did not prevent {again.incident.reference}; opened again on 10 March 2026." in page
