"""A post-mortem opens by itself, and again after a relapse."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import pytest

from crisisdesk.core import deadlines
from crisisdesk.core.actors import Actor
from crisisdesk.core.engine import loops
from crisisdesk.core.models import AuditEntry, Deadline, User
from crisisdesk.core.refusals import NotAllowed, WrongState
from customers.affected import Scope
from incidents.changes import reopen
from incidents.greenlight import give_green_light
from incidents.models import Incident, Notification
from incidents.qualify import mark_too_brief
from postmortems.actions import close_action
from postmortems.models import Postmortem, State
from postmortems.opening import open_postmortem
from postmortems.report import withdraw_approval
from postmortems.tasks import open_owed
from tests import factories
from tests.incidents.schedules.cast import window
from tests.postmortems.conftest import Past, approved, promise_action

DAY = timedelta(days=1)


@dataclass
class Lease:
    """A lease that is held."""

    fence: int = 1

    def held(self) -> bool:
        return True

    def keep(self) -> bool:
        return True


def run(now: datetime) -> int:
    """One pass of the opener's loop."""
    return open_owed(loops.Pass(now, Lease()))


def subjects(person: User) -> list[str]:
    """What the desk told somebody about post-mortems, oldest first."""
    rows = Notification.objects.filter(person=person, key__startswith="postmortem:")
    return list(rows.order_by("id").values_list("subject", flat=True))


def test_it_opens_when_an_incident_is_resolved(resolved: Incident, ivo: User, now: datetime) -> None:
    assert run(now) == 1

    postmortem = Postmortem.objects.get()
    assert (postmortem.incident, postmortem.state, postmortem.lead) == (resolved, State.DRAFTING, ivo)
    assert postmortem.due_on == date(2026, 3, 17)  # Tuesday, five business days later
    assert "Payments are failing" in postmortem.summary
    assert "Failed over to the second region." in postmortem.summary
    assert "Noticed first by monitoring" in postmortem.detection
    assert "Customers were first told 36 minutes after it began." in postmortem.detection
    assert (postmortem.customers_count, postmortem.contacts_count, postmortem.customer_minutes) == (1, 2, 90)
    assert subjects(ivo) == [f"{resolved.reference}: you lead the post-mortem, due on Tuesday, 17 March"]
    assert AuditEntry.objects.filter(action="postmortem.opened", actor_name="post-mortem opener").count() == 1


def test_it_opens_each_only_once(resolved: Incident, by_ivo: Actor, now: datetime) -> None:
    first = open_postmortem(resolved, by=by_ivo, now=now)

    assert run(now) == 0
    assert open_postmortem(resolved, by=by_ivo, now=now) == first
    assert AuditEntry.objects.filter(action="postmortem.opened").count() == 1


def test_it_waits_while_the_incident_is_open(by_ivo: Actor, now: datetime) -> None:
    incident = factories.incident(by_ivo, now)

    assert run(now) == 0
    with pytest.raises(WrongState, match="is still open; its post-mortem opens when it is resolved"):
        open_postmortem(incident, by=by_ivo, now=now)


def test_it_opens_for_an_outage_too_brief_to_alert(by_ivo: Actor, ivo: User, now: datetime) -> None:
    scopes = [Scope(factories.service().pk)]
    mark_too_brief(
        [factories.alert(now)], title="Blip", severity="SEV4", scopes=scopes, reason="10 s", by=by_ivo, now=now
    )

    assert run(now) == 1
    assert "Found too brief to alert" in Postmortem.objects.get().detection


def test_it_opens_none_for_a_drill_or_for_imported_history(past: Past, by_ivo: Actor, now: datetime) -> None:
    drill = past(now - DAY, is_drill=True)
    past(now - DAY, external_id="old-1")

    assert run(now) == 0
    with pytest.raises(WrongState, match="is a drill; it ends in its score"):
        open_postmortem(drill, by=by_ivo, now=now)


def test_it_lets_only_operations_open_one_by_hand(resolved: Incident, by_dana: Actor, now: datetime) -> None:
    with pytest.raises(NotAllowed, match=r"may not write a post-mortem\. This takes Operations\."):
        open_postmortem(resolved, by=by_dana, now=now)


def test_it_asks_all_of_operations_when_nobody_leads(past: Past, ivo: User, now: datetime) -> None:
    incident = past(now - DAY)
    run(now)

    assert Postmortem.objects.get().lead is None
    assert subjects(ivo) == [f"{incident.reference}: the post-mortem has no lead; it is due on Monday, 16 March"]


def test_one_that_fails_holds_up_no_other(
    past: Past, now: datetime, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    poison, fine = past(now - 2 * DAY), past(now - DAY)
    real = open_postmortem

    def poisoned(incident: Incident, *, by: Actor, now: datetime) -> Postmortem:
        if incident == poison:
            raise RuntimeError
        return real(incident, by=by, now=now)

    monkeypatch.setattr("postmortems.opening.open_postmortem", poisoned)

    assert run(now) == 1
    assert Postmortem.objects.get().incident == fine
    assert f"{poison.reference} could not be settled" in caplog.text


def test_a_pack_that_fails_holds_up_no_report(past: Past, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    def poisoned(_now: datetime) -> None:
        raise RuntimeError

    past(now - DAY)
    monkeypatch.setattr("postmortems.packs.order_due", poisoned)
    assert run(now) == 1
    assert Postmortem.objects.exists()


def test_it_reminds_and_climbs_until_it_is_approved(
    resolved: Incident, ivo: User, mira: User, by_ivo: Actor, now: datetime
) -> None:
    run(now)
    at = {day: datetime(2026, 3, day, 9, tzinfo=now.tzinfo) for day in (13, 17, 18, 25)}
    tick = timedelta(seconds=1)

    deadlines.fire_due(at[13] - tick)
    assert len(subjects(ivo)) == 1
    deadlines.fire_due(at[13])
    assert subjects(ivo)[1:] == [f"[REMINDER] {resolved.reference}: the post-mortem is due on Tuesday, 17 March"]
    deadlines.fire_due(at[17])
    deadlines.fire_due(at[17] + tick)
    assert subjects(ivo)[2:] == [f"[REMINDER] {resolved.reference}: the post-mortem is due today"]
    assert subjects(mira) == []
    deadlines.fire_due(at[18])
    assert subjects(mira) == [f"[LATE] {resolved.reference}: the post-mortem was due on Tuesday, 17 March"]

    approved(Postmortem.objects.get(), ivo, by_ivo, at[18] + tick)
    assert not Deadline.objects.filter(kind="postmortem", closed_at=None).exists()
    deadlines.fire_due(at[25])
    assert len(subjects(mira)) == 1


def test_a_report_taken_back_after_its_day_is_reminded_of_again(
    resolved: Incident, ivo: User, mira: User, by_ivo: Actor, now: datetime
) -> None:
    run(now)
    report = approved(Postmortem.objects.get(), ivo, by_ivo, now)
    late = datetime(2026, 4, 20, 12, tzinfo=now.tzinfo)

    withdraw_approval(report, reason="The pool was not the cause.", by=by_ivo, now=late)

    tick, morning = timedelta(seconds=1), datetime(2026, 4, 21, 9, tzinfo=now.tzinfo)
    deadlines.fire_due(morning - tick)
    assert subjects(mira) == []
    deadlines.fire_due(morning)
    assert subjects(mira) == [f"[LATE] {resolved.reference}: the post-mortem was due on Tuesday, 17 March"]
    deadlines.fire_due(datetime(2026, 4, 28, 9, tzinfo=now.tzinfo))
    assert len(subjects(mira)) == 2


def test_nobody_is_reminded_of_an_outage_that_continues_elsewhere(
    resolved: Incident, ivo: User, by_ivo: Actor, now: datetime
) -> None:
    run(now)
    told = subjects(ivo)
    other = factories.incident(by_ivo, now)
    Incident.objects.filter(pk=resolved.pk).update(merged_into=other)
    deadlines.fire_due(datetime(2026, 3, 25, 9, tzinfo=now.tzinfo))
    assert subjects(ivo) == told


def test_it_is_owed_again_after_a_relapse(
    resolved: Incident, postmortem: Postmortem, ivo: User, by_ivo: Actor, by_dana: Actor, now: datetime
) -> None:
    approved(postmortem, ivo, by_ivo, now)
    reopen(resolved, reason="The pool ran dry again.", by=by_ivo, now=now + DAY)
    assert run(now + DAY) == 0
    give_green_light(resolved, note="Doubled it.", by=by_ivo, now=now + 2 * DAY)
    factories.send(resolved, "final", by_dana, now + 2 * DAY, minutes=None, body="It works again, for good.")

    assert run(now + 2 * DAY) == 1
    assert run(now + 2 * DAY) == 0
    postmortem.refresh_from_db()
    assert (postmortem.state, postmortem.approved_by_name) == (State.DRAFTING, "")
    assert postmortem.due_on == date(2026, 3, 19)
    assert Deadline.objects.filter(kind="postmortem", closed_at=None).count() == 1


def test_what_was_done_before_a_relapse_did_not_help(
    resolved: Incident, postmortem: Postmortem, ivo: User, mira: User, by_ivo: Actor, by_dana: Actor, now: datetime
) -> None:
    fix = approved(postmortem, ivo, by_ivo, now).actions.get()
    early = close_action(fix, proof="Release 12", by=by_ivo, now=now + DAY)
    reopen(resolved, reason="The pool ran dry again.", by=by_ivo, now=now + 2 * DAY)
    late = promise_action(postmortem, ivo, by_ivo, now + 2 * DAY, title="Triple the pool")
    close_action(late, proof="Release 13", by=by_ivo, now=now + 2.1 * DAY)
    give_green_light(resolved, note="Tripled it.", by=by_ivo, now=now + 2.5 * DAY)
    factories.send(resolved, "final", by_dana, now + 3 * DAY, minutes=None, body="It works again, for good.")

    run(now + 3 * DAY)

    early.refresh_from_db()
    assert (early.is_open, early.came_back_with) == (True, postmortem)
    late.refresh_from_db()
    assert not late.is_open
    said = Notification.objects.get(person=mira, key__startswith=f"action:{early.pk}:came back")
    assert said.subject == f"[CAME BACK] “{early}” did not prevent {resolved.reference}"
    assert "“Payments are failing” came back after that" in said.body


def test_a_week_late_everybody_hears_of_it(
    resolved: Incident, ivo: User, mira: User, dana: User, now: datetime
) -> None:
    run(now)
    deadlines.fire_due(datetime(2026, 3, 18, 9, tzinfo=now.tzinfo))
    deadlines.fire_due(datetime(2026, 3, 25, 8, 59, tzinfo=now.tzinfo))
    assert len(subjects(mira)) == 1
    deadlines.fire_due(datetime(2026, 3, 25, 9, tzinfo=now.tzinfo))

    late = f"[LATE] {resolved.reference}: the post-mortem is more than a week overdue"
    assert subjects(mira)[-1] == subjects(ivo)[-1] == late
    assert subjects(dana) == []


def test_after_a_long_night_only_the_newest_reminder_goes_out(resolved: Incident, ivo: User, now: datetime) -> None:
    run(now)
    deadlines.fire_due(datetime(2026, 3, 18, 12, tzinfo=now.tzinfo))
    assert subjects(ivo)[1:] == [f"[LATE] {resolved.reference}: the post-mortem was due on Tuesday, 17 March"]


def test_who_holds_a_weekly_window_of_operations_leads(past: Past, ivo: User, now: datetime) -> None:
    window(ivo)
    past(now - timedelta(hours=2))
    run(now)
    assert Postmortem.objects.get().lead == ivo
