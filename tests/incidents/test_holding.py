"""Just before a promise would break, an approved holding message goes out by itself, or people hear why it can't."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.test import Client

from crisisdesk.core import clock, deadlines
from crisisdesk.core.actors import Actor
from crisisdesk.core.models import AuditEntry, User
from crisisdesk.core.refusals import NotAllowed, WrongState
from customers.models import Delivery, DeliveryState, Message, MessageState
from incidents import holding
from incidents.cadence import holding_moment, holding_seconds
from incidents.drafts import start_draft
from incidents.greenlight import give_green_light
from incidents.keeping import Outlook, outlook, send_holding
from incidents.models import Incident, IncidentType, Notification, Outcome, Promise, PromisePolicy, Template, Update
from incidents.promise_steps import KEEPER
from incidents.templates import approve
from tests import factories

pytestmark = pytest.mark.django_db

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
# One contact, nothing measured: a minute, and 1/500 s.
LEAD = timedelta(seconds=60.002)


@pytest.fixture
def template(by_mara: Actor, now: datetime) -> Template:
    """The approved holding message."""
    return approve(Template.objects.get(name="Holding message"), by=by_mara, now=now)


@pytest.fixture
def kind() -> IncidentType:
    """A type that allows two automatic messages in a row and promises every 30 minutes."""
    row = IncidentType.objects.get(name="Regional outage")
    row.holding_allowed = True
    row.save()
    return row


@pytest.fixture
def incident(kind: IncidentType, by_ivo: Actor, by_dana: Actor, now: datetime) -> Incident:
    """An incident of that type; one contact was told, the next update is promised in 30 minutes."""
    factories.contact(factories.customer("Acme", factories.service()))
    incident = factories.incident(by_ivo, now, incident_type=kind)
    factories.send(incident, "initial", by_dana, now, minutes=30)
    return incident


def automatic() -> list[Update]:
    """What went out by itself."""
    return list(Update.objects.filter(is_automatic=True).order_by("number"))


def told_harder() -> set[str]:
    """Who was told that no message goes out by itself."""
    rows = Notification.objects.filter(key__contains=":no-holding:")
    return set(rows.values_list("person__first_name", flat=True))


def test_it_keeps_the_promise_by_itself_exactly_once(incident: Incident, template: Template, now: datetime) -> None:
    due = now + 30 * MINUTE
    deadlines.fire_due(due - LEAD - SECOND)
    assert automatic() == []

    moment = due - LEAD
    for _ in range(3):
        deadlines.fire_due(moment)

    (update,) = automatic()
    assert (update.kind, update.sent_by_name, update.sent_by) == ("holding", "promise keeper", None)
    assert "Payments API" in update.body
    assert Delivery.objects.filter(message=update.message).count() == 1
    kept, following = Promise.objects.order_by("id")
    assert (kept.outcome, kept.is_automatic, kept.closed_at) == (Outcome.KEPT, True, moment)
    assert (following.outcome, following.due_at) == (Outcome.PENDING, moment + 30 * MINUTE)
    assert incident.timeline.filter(text__contains="sent automatically to 1 contacts").count() == 1
    assert AuditEntry.objects.get(action="update.sent", actor_name="promise keeper").data["automatic"] is True
    told = Notification.objects.filter(key__contains=":automatic:").values_list("person__first_name", flat=True)
    assert set(told) == {"Dana", "Ivo"}


def test_it_records_no_miss_afterwards(incident: Incident, template: Template, now: datetime) -> None:
    deadlines.fire_due(now + 30 * MINUTE - LEAD)
    deadlines.fire_due(now + 30 * MINUTE + SECOND)

    assert Promise.objects.order_by("id")[0].outcome == Outcome.KEPT
    assert not Promise.objects.filter(outcome=Outcome.MISSED).exists()


@pytest.mark.parametrize("before", [LEAD, LEAD + SECOND, 20 * MINUTE])
def test_it_stays_quiet_once_somebody_has_written(
    incident: Incident, template: Template, by_dana: Actor, now: datetime, before: timedelta
) -> None:
    due = now + 30 * MINUTE
    factories.send(incident, "progress", by_dana, due - before, minutes=60)

    deadlines.fire_due(due - LEAD)
    deadlines.fire_due(due + SECOND)

    assert automatic() == []
    assert told_harder() == set()


def test_it_does_not_send_after_the_due_time(incident: Incident, template: Template, now: datetime) -> None:
    deadlines.fire_due(now + 30 * MINUTE + SECOND)

    assert automatic() == []
    assert Promise.objects.get().outcome == Outcome.MISSED


def test_it_sends_in_the_last_moment_before_it(incident: Incident, template: Template, now: datetime) -> None:
    deadlines.fire_due(now + 30 * MINUTE)

    assert len(automatic()) == 1
    assert Promise.objects.order_by("id")[0].outcome == Outcome.KEPT


def test_it_stops_after_two_in_a_row_and_tells_people_harder(
    incident: Incident, template: Template, mira: User, now: datetime
) -> None:
    moment = now
    for _ in range(3):
        moment = Promise.objects.open().get().due_at - LEAD
        deadlines.fire_due(moment)

    assert len(automatic()) == 2
    assert told_harder() == {"Dana", "Ivo", "Mira"}
    assert incident.timeline.filter(text__contains="2 automatic messages went out in a row").count() == 1
    deadlines.fire_due(moment + 2 * MINUTE)
    assert Promise.objects.order_by("-id")[0].outcome == Outcome.MISSED


def test_it_counts_anew_after_a_person_wrote(
    incident: Incident, template: Template, by_dana: Actor, now: datetime
) -> None:
    for _ in range(2):
        deadlines.fire_due(Promise.objects.open().get().due_at - LEAD)
    factories.send(incident, "progress", by_dana, Promise.objects.open().get().due_at - LEAD - SECOND)

    deadlines.fire_due(Promise.objects.open().get().due_at - LEAD)

    assert len(automatic()) == 3


def test_it_sends_nothing_with_an_unapproved_template_but_tells_people(
    incident: Incident, mira: User, now: datetime
) -> None:
    deadlines.fire_due(now + 30 * MINUTE - LEAD)

    assert automatic() == []
    assert told_harder() == {"Dana", "Ivo", "Mira"}
    assert "no approved holding template" in Notification.objects.filter(key__contains=":no-holding:")[0].body


def test_it_does_not_say_that_work_goes_on_after_the_green_light(
    incident: Incident, template: Template, by_ivo: Actor, now: datetime
) -> None:
    give_green_light(incident, note="The primary was replaced.", by=by_ivo, now=now + MINUTE)

    deadlines.fire_due(now + 30 * MINUTE - LEAD)

    assert automatic() == []
    assert "send the final message" in Notification.objects.filter(key__contains=":no-holding:")[0].body


def test_it_plans_nothing_for_a_type_that_does_not_allow_it(
    kind: IncidentType, template: Template, by_ivo: Actor, by_dana: Actor, now: datetime
) -> None:
    kind.holding_allowed = False
    kind.save()
    factories.contact(factories.customer("Acme", factories.service()))
    factories.send(factories.incident(by_ivo, now, incident_type=kind), "initial", by_dana, now)

    deadlines.fire_due(now + 30 * MINUTE - LEAD)

    assert automatic() == []
    assert told_harder() == set()


def test_it_never_writes_to_customers_in_a_drill(
    kind: IncidentType, template: Template, by_ivo: Actor, by_dana: Actor, now: datetime
) -> None:
    pat = factories.contact(factories.customer("Acme", factories.service()))
    drill = factories.incident(by_ivo, now, incident_type=kind, is_drill=True)
    factories.send(drill, "initial", by_dana, now)

    deadlines.fire_due(now + 30 * MINUTE - LEAD)

    assert len(automatic()) == 1
    assert not Delivery.objects.filter(address__iexact=pat.email).exists()
    assert set(Delivery.objects.values_list("is_drill", flat=True)) == {True}


def test_it_leaves_the_open_draft_alone(incident: Incident, template: Template, by_dana: Actor, now: datetime) -> None:
    draft = start_draft(incident, kind="progress", by=by_dana, now=now + MINUTE)

    deadlines.fire_due(now + 30 * MINUTE - LEAD)

    draft.refresh_from_db()
    assert (draft.closed_at, len(automatic())) == (None, 1)


def test_it_is_the_keeper_s_act_alone(incident: Incident, template: Template, by_ivo: Actor, now: datetime) -> None:
    promise = Promise.objects.get()
    with pytest.raises(NotAllowed, match="Ivo Brandt may not send messages"):
        send_holding(promise, by=by_ivo, now=now)


def test_it_returns_the_same_message_when_asked_again(incident: Incident, template: Template, now: datetime) -> None:
    promise = Promise.objects.get()

    first = send_holding(promise, by=KEEPER, now=now + 29 * MINUTE)

    assert send_holding(promise, by=KEEPER, now=now + 30 * MINUTE) == first
    assert len(automatic()) == 1


def test_it_refuses_for_a_promise_that_is_settled(
    incident: Incident, template: Template, by_dana: Actor, now: datetime
) -> None:
    promise = Promise.objects.get()
    factories.send(incident, "progress", by_dana, now + MINUTE)

    with pytest.raises(WrongState, match="settled or past"):
        send_holding(promise, by=KEEPER, now=now + 2 * MINUTE)


@pytest.mark.parametrize(("minutes", "promised"), [(45, 45), (240, 60), (0, 15)])
def test_it_promises_the_next_within_the_limits(
    incident: Incident, kind: IncidentType, minutes: int, promised: int
) -> None:
    kind.next_update_minutes = minutes
    kind.save()
    incident.refresh_from_db()

    assert holding.next_minutes(incident, PromisePolicy.objects.get(severity="")) == promised


@pytest.mark.parametrize(
    ("contacts", "measured", "at_least", "seconds"),
    [(0, None, None, 60), (100_000, None, None, 260), (100_000, 40.0, None, 100), (10, None, 300, 300), (10, 9, 5, 69)],
)
def test_it_starts_early_enough_for_its_audience(
    contacts: int, measured: float | None, at_least: int | None, seconds: float
) -> None:
    assert holding_seconds(contacts, measured, at_least) == pytest.approx(seconds, abs=0.1)


def test_it_leaves_half_of_the_time_to_people() -> None:
    made = datetime(2026, 3, 10, 14, 0, tzinfo=UTC)

    assert holding_moment(made, made + 20 * MINUTE, 3600) == made + 10 * MINUTE
    assert holding_moment(made, made + 20 * MINUTE, 90) == made + 18.5 * MINUTE


@pytest.mark.parametrize(
    ("zone", "local"),
    [
        ("Europe/Berlin", datetime(2026, 3, 29, 1, 45)),  # noqa: DTZ001 - the zone is set below
        ("Europe/Berlin", datetime(2026, 10, 25, 2, 45)),  # noqa: DTZ001
        ("Asia/Kathmandu", datetime(2026, 3, 10, 23, 50)),  # noqa: DTZ001
        ("Australia/Lord_Howe", datetime(2026, 4, 5, 1, 50)),  # noqa: DTZ001
    ],
)
def test_it_counts_real_minutes_when_clocks_change(zone: str, local: datetime) -> None:
    made = local.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    due = made + 30 * MINUTE

    moment = holding_moment(made.astimezone(ZoneInfo(zone)), due.astimezone(ZoneInfo(zone)), 60)

    assert moment.astimezone(UTC) == due - MINUTE


def sent(contacts: int, seconds: float, at: datetime, *, attempts: int = 1) -> Message:
    """A finished message whose last first-attempt acceptance came after so many seconds."""
    message = Message.objects.create(
        thread_key="INC-0",
        kind="progress",
        priority=30,
        from_address="support@vendor.example",
        link_purpose="progress",
        link_expires_at=at,
        created_at=at,
        created_by_name="Dana",
        state=MessageState.FINISHED,
        state_at=at,
        total=contacts,
    )
    content = message.contents.create(language="en", time_zone="UTC", channel="email", subject="s", text="t", html="h")
    Delivery.objects.create(
        message=message,
        contact=factories.contact(factories.customer("Acme")),
        channel="email",
        address="pat@acme.example",
        content=content,
        reason="test",
        state=DeliveryState.SENT,
        mail_id=f"<{message.pk}@vendor.example>",
        attempts=attempts,
        next_attempt_at=at,
        give_up_at=at,
        sent_at=at + timedelta(seconds=seconds),
    )
    return message


def test_it_measures_the_hand_over_of_audiences_of_that_size(now: datetime) -> None:
    assert holding.hand_over_seconds(1000) is None
    sent(1000, 10, now)
    sent(2000, 50, now)
    sent(10, 500, now)
    sent(1000, 900, now, attempts=2)

    assert holding.hand_over_seconds(1000) == pytest.approx(25)
    assert holding.hand_over_seconds(4000) == pytest.approx(100)


def seen(incident: Incident, at: datetime) -> Outlook | None:
    """What the room says."""
    incident = Incident.objects.select_related("incident_type").get(pk=incident.pk)
    promise = Promise.objects.open().filter(incident=incident).first()
    return outlook(incident, promise, incident.updates.all(), at)


def test_the_room_says_when_it_will_go(
    incident: Incident,
    template: Template,
    now: datetime,
    dana: User,
    signed_in: Callable[[User], Client],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    moment = Promise.objects.get().due_at - LEAD

    assert seen(incident, now) == Outlook(moment)
    deadlines.fire_due(moment)
    assert len(automatic()) == 1
    assert seen(incident, moment) == Outlook(Promise.objects.open().get().due_at - LEAD)
    monkeypatch.setattr(clock, "now", lambda: moment)
    page = signed_in(dana).get(f"/admin/incidents/incident/{incident.pk}/change/").content.decode()
    assert "goes out by itself at" in page


def test_the_room_says_why_none_will_go(
    incident: Incident, kind: IncidentType, by_ivo: Actor, by_mara: Actor, now: datetime
) -> None:
    assert (told := seen(incident, now)) is not None
    assert "no holding template is approved" in told.reason

    approve(Template.objects.get(name="Holding message"), by=by_mara, now=now)
    for _ in range(2):
        deadlines.fire_due(Promise.objects.open().get().due_at - LEAD)
    at = Promise.objects.open().get().made_at
    assert (told := seen(incident, at)) is not None
    assert (told.at, "2 went out in a row" in told.reason) == (None, True)

    give_green_light(incident, note="fixed", by=by_ivo, now=at)
    assert (told := seen(incident, at)) is not None
    assert "green light" in told.reason

    assert seen(incident, at + 90 * MINUTE) is None
    kind.holding_allowed = False
    kind.save()
    assert seen(incident, at) is None
