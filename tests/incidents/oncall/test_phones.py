"""SMS and calls to staff: what Twilio is asked, what it reports, what a key or a text answers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from html import unescape
from time import sleep
from types import SimpleNamespace

import pytest
from django.db import OperationalError
from django.test import Client
from pytest_django import Settings

from crisisdesk.core import clock
from crisisdesk.core.actors import Actor
from crisisdesk.core.engine.loops import Pass
from crisisdesk.core.transports import segments
from incidents.alerts import report_problem
from incidents.models import (
    Alert,
    AlertState,
    Attempt,
    IncidentRole,
    IncidentType,
    Notification,
    TimelineEntry,
    Urgency,
)
from incidents.oncall import claiming, outcome
from incidents.oncall.channels import phone
from incidents.oncall.notify import notify
from incidents.oncall.paging import acknowledge
from incidents.oncall.planning import plan_ready
from incidents.oncall.sender import loops, send_by
from tests import factories
from tests.incidents.oncall.phones import Lease, call_back, run, step_of, telephone, way_of
from tests.incidents.oncall.postbox import Postbox, postbox
from tests.providers import ACCOUNT, DROP, TOKEN, Provider, Reply, Request

pytestmark = pytest.mark.django_db
IVOS, DANAS = "+4915112345678", "+14155550123"
IVO, PETRA = "ivo@vendor.example", "petra@vendor.example"


@pytest.fixture
def box(settings: Settings) -> Iterator[Postbox]:
    with postbox() as box:
        settings.STAFF_MAIL_URL = box.url
        yield box


@pytest.fixture
def line(settings: Settings, box: Postbox) -> Iterator[Provider]:
    with Provider(telephone) as provider:
        settings.STAFF_TWILIO_ACCOUNT_SID, settings.STAFF_TWILIO_AUTH_TOKEN = ACCOUNT, TOKEN
        settings.STAFF_TWILIO_FROM, settings.STAFF_TWILIO_API_URL = "+15005550006", provider.url
        yield provider


@pytest.fixture
def now() -> datetime:
    return clock.now()


def report(by: Actor, now: datetime, title: str = "R&D <payments> fail — now") -> Alert:
    return report_problem(title=title, noticed_by="customer", by=by, now=now)


def ways(kind: str) -> list[Attempt]:
    return list(Attempt.objects.filter(kind=kind).order_by("id"))


def story() -> str:
    return "\n".join(TimelineEntry.objects.order_by("id").values_list("text", flat=True))


def test_an_sms_says_what_it_is_and_how_to_answer_in_two_segments(
    line: Provider, on_call: SimpleNamespace, by_mara: Actor, now: datetime
) -> None:
    way_of(on_call.ivo, "sms", IVOS, now, page=0)
    report(by_mara, now, "Payments — " + "fail “everywhere” " * 15)
    run(now)
    [request] = line.taken
    text = request.form["Body"]
    assert (request.form["To"], request.form["From"]) == (IVOS, "+15005550006")
    assert text.startswith('Payments - fail "everywhere"')
    assert segments.count(text).count <= 2
    note = Notification.objects.get(person=on_call.ivo)
    assert f"Reply OK or ACK {note.pk}" in text
    assert request.form["StatusCallback"] == f"http://127.0.0.1:8000/in/twilio/staff/sms/?delivery={ways('sms')[0].pk}"
    link = re.search(r"http://127.0.0.1:8000(/n/\S+)", text)
    assert link
    assert "Ivo Brandt" in Client().get(link[1]).content.decode()
    assert Client().get(f"{link[1][:-2]}x/").status_code == 404
    assert note.state == "sent"
    assert f"The SMS +49…5678 to {on_call.ivo} about the alert was handed over." in story()
    assert IVOS not in story()


def test_the_link_in_a_text_acknowledges_without_a_login(
    line: Provider, on_call: SimpleNamespace, by_mara: Actor, now: datetime
) -> None:
    way_of(on_call.ivo, "sms", IVOS, now, page=0)
    alert = report(by_mara, now)
    run(now)
    link = re.search(r"http://127.0.0.1:8000(/n/\S+)", line.taken[0].form["Body"])
    assert link
    Client().get(link[1])
    alert.refresh_from_db()
    assert alert.state == AlertState.OPEN, "scanners follow links"
    assert Client().post(link[1], {"up_to": str(alert.pk)}).status_code == 302
    alert.refresh_from_db()
    assert alert.acknowledged_by_name == "Ivo Brandt"
    assert "Acknowledged by Ivo Brandt, by the link" in story()


def test_a_call_reads_the_page_twice_and_key_1_acknowledges(
    line: Provider, on_call: SimpleNamespace, by_mara: Actor, now: datetime
) -> None:
    way_of(on_call.ivo, "voice", IVOS, now, page=0)
    alert = report(by_mara, now)
    run(now)
    [request] = line.taken
    spoken = unescape(request.form["Twiml"])
    assert spoken.count("R&D <payments> fail") >= 2
    assert 'language="en-US"' in spoken
    assert request.form["MachineDetection"] == "Enable"
    [call] = ways("voice")
    query = f"?delivery={call.pk}"
    assert f"http://127.0.0.1:8000/in/twilio/staff/key/{query}" in spoken

    again = call_back("staff_call_key", query, CallSid=call.provider_id, Digits="7").content.decode()
    assert "R&amp;D" in again
    assert "<Gather" in again
    alert.refresh_from_db()
    assert alert.state == AlertState.OPEN

    thanks = call_back("staff_call_key", query, CallSid=call.provider_id, Digits="1").content.decode()
    assert "acknowledged in your name" in thanks
    alert.refresh_from_db()
    assert alert.acknowledged_by == on_call.ivo
    assert "Acknowledged by Ivo Brandt, by telephone key" in story()
    twice = call_back("staff_call_key", query, CallSid=call.provider_id, Digits="1").content.decode()
    assert "answered already" in twice


def test_a_stranger_can_not_press_keys(line: Provider, on_call: SimpleNamespace, by_mara: Actor, now: datetime) -> None:
    way_of(on_call.ivo, "voice", IVOS, now, page=0)
    alert = report(by_mara, now)
    run(now)
    [call] = ways("voice")
    query = f"?delivery={call.pk}"
    assert call_back("staff_call_key", query, token="guessed", CallSid=call.provider_id, Digits="1").status_code == 403
    assert Client().post(f"/in/twilio/staff/key/{query}", {"Digits": "1"}).status_code == 403
    assert "answered already" in call_back("staff_call_key", query, CallSid="CAother", Digits="1").content.decode()
    alert.refresh_from_db()
    assert alert.state == AlertState.OPEN


def test_a_text_from_a_verified_number_acknowledges(
    line: Provider, on_call: SimpleNamespace, by_mara: Actor, now: datetime
) -> None:
    way_of(on_call.ivo, "sms", IVOS, now, page=0)
    alert = report(by_mara, now)
    run(now)
    number = Notification.objects.get(person=on_call.ivo).pk
    assert b"<Message>" not in call_back("staff_sms_answer", From="+4915199999999", Body="OK").content
    assert b"nothing to acknowledge" in call_back("staff_sms_answer", From=IVOS, Body=f"ACK {number + 99}").content
    alert.refresh_from_db()
    assert alert.state == AlertState.OPEN
    assert b"Acknowledged in your name" in call_back("staff_sms_answer", From=IVOS, Body=f"ack {number}").content
    assert b"answered already" in call_back("staff_sms_answer", From=IVOS, Body="OK!").content
    assert "Acknowledged by Ivo Brandt, by SMS" in story()
    assert b"<Message>" not in call_back("staff_sms_answer", From=IVOS, Body="OK, on my way to the office").content


def test_the_next_way_comes_when_its_time_has_come_and_nobody_has_answered(
    line: Provider, box: Postbox, on_call: SimpleNamespace, by_mara: Actor, by_dana: Actor, now: datetime
) -> None:
    way_of(on_call.ivo, "sms", IVOS, now, page=0)
    way_of(on_call.ivo, "voice", IVOS, now, page=2)
    report(by_mara, now)
    run(now)
    assert [request.path.rsplit("/")[-1] for request in line.taken] == ["Messages.json"]
    assert IVO not in box.recipients, "it is not in Ivo's order"
    run(now + timedelta(seconds=119))
    assert len(line.taken) == 1
    run(now + timedelta(seconds=121))
    assert [request.path.rsplit("/")[-1] for request in line.taken] == ["Messages.json", "Calls.json"]

    second = report(by_mara, now, "Another")
    run(clock.now() + timedelta(minutes=10))
    acknowledge(second, by=by_dana, now=now)
    count = len(line.taken)
    run(clock.now() + timedelta(minutes=30))
    assert len(line.taken) == count, "somebody answered"
    assert ways("voice")[-1].state == "skipped"


def test_what_no_way_delivers_climbs_at_once(
    line: Provider, box: Postbox, on_call: SimpleNamespace, by_mara: Actor, now: datetime
) -> None:
    way_of(on_call.ivo, "sms", "+4915100000000", now, page=0)
    way_of(on_call.ivo, "voice", IVOS, now, page=5)
    box.answers[IVO] = ["550 5.1.1 no such user"]
    report(by_mara, now)
    run(now)
    assert ways("sms")[0].state == "failed"
    run(clock.now())
    [call] = ways("voice")
    assert call.state == "sent", "the call need not wait for its minutes"
    query = f"?delivery={call.pk}"
    call_back("staff_call_status", query, CallSid=call.provider_id, CallStatus="no-answer")
    call_back("staff_call_status", query, CallSid=call.provider_id, CallStatus="no-answer")
    run(clock.now())
    assert Notification.objects.get(person=on_call.ivo).state == "failed"
    run(clock.now())
    assert box.recipients.count(PETRA) == 1
    assert "Ivo Brandt could not be reached by SMS and voice call and e-mail; told Petra Weiss instead." in story()
    assert "nobody picked up" in story()


def test_an_answering_machine_is_nobody(
    line: Provider, box: Postbox, on_call: SimpleNamespace, by_mara: Actor, now: datetime
) -> None:
    way_of(on_call.ivo, "voice", IVOS, now, page=0)
    report(by_mara, now)
    run(now)
    [call] = ways("voice")
    query = f"?delivery={call.pk}"
    call_back("staff_call_status", query, CallSid=call.provider_id, AnsweredBy="machine_start")
    call_back("staff_call_status", query, CallSid=call.provider_id, CallStatus="completed")
    call.refresh_from_db()
    assert (call.state, call.error) == ("failed", "an answering machine picked up")
    run(clock.now())
    assert IVO in box.recipients, "the mail of the account is always there"


def test_it_is_nobody_in_whatever_order_that_is_told(
    line: Provider, on_call: SimpleNamespace, by_mara: Actor, now: datetime
) -> None:
    way_of(on_call.ivo, "voice", IVOS, now, page=0)
    report(by_mara, now)
    run(now)
    [call] = ways("voice")
    query = f"?delivery={call.pk}"
    call_back("staff_call_status", query, CallSid=call.provider_id, CallStatus="completed")
    assert ways("voice")[0].state == "delivered"
    call_back("staff_call_status", query, CallSid=call.provider_id, AnsweredBy="machine_start")
    assert ways("voice")[0].state == "failed"


def test_reports_count_once_and_in_any_order(
    line: Provider, on_call: SimpleNamespace, by_mara: Actor, now: datetime
) -> None:
    way_of(on_call.ivo, "sms", IVOS, now, page=0)
    report(by_mara, now)
    run(now)
    [text] = ways("sms")
    for said in ("delivered", "sent", "failed", "delivered"):
        call_back("staff_sms_status", f"?delivery={text.pk}", MessageSid=text.provider_id, MessageStatus=said)
    text.refresh_from_db()
    assert text.state == "delivered"
    assert story().count("was delivered") == 1
    assert "did not arrive" not in story()


@pytest.mark.parametrize("kind", ["sms", "voice"])
def test_an_unknown_outcome_is_never_repeated(
    line: Provider, box: Postbox, on_call: SimpleNamespace, by_mara: Actor, now: datetime, kind: str
) -> None:
    line.rule = lambda number: DROP
    way_of(on_call.ivo, kind, IVOS, now, page=0)
    report(by_mara, now)
    run(now)
    assert ways(kind)[0].state == "unknown"
    run(clock.now() + timedelta(minutes=5))
    assert line.requests == 1
    assert IVO in box.recipients, "nobody knows, so the next way is taken"


def test_a_storm_is_one_call_and_one_text(
    line: Provider, on_call: SimpleNamespace, by_mara: Actor, now: datetime
) -> None:
    way_of(on_call.ivo, "voice", IVOS, now, page=0)
    way_of(on_call.dana, "sms", DANAS, now, page=0)
    alerts = [report(by_mara, now, f"Trouble {number}") for number in range(10)]
    run(now)
    run(now + timedelta(seconds=1))
    assert sorted(request.path.rsplit("/")[-1] for request in line.taken) == ["Calls.json", "Messages.json"]
    assert "And 9 more." in next(request.form["Twiml"] for request in line.taken if "Twiml" in request.form)
    assert "Trouble 0 - acknowledge (+9 more)" in next(r.form["Body"] for r in line.taken if "Body" in r.form)
    late = report(by_mara, now + timedelta(seconds=5), "After the call")
    run(now + timedelta(seconds=6))
    assert len(line.taken) == 2, "it waits until the pause is over"
    call = ways("voice")[0]
    call_back("staff_call_key", f"?delivery={call.pk}", CallSid=call.provider_id, Digits="1")
    assert {Alert.objects.get(pk=alert.pk).state for alert in alerts} == {AlertState.ACKNOWLEDGED}
    assert Alert.objects.get(pk=late.pk).state == AlertState.OPEN, "nobody has read it to Ivo"


def test_what_waits_for_a_busy_number_hides_no_page_to_another(
    line: Provider, on_call: SimpleNamespace, by_mara: Actor, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(claiming, "WINDOW", 3)
    way_of(on_call.ivo, "sms", IVOS, now, page=0)
    first = report(by_mara, now, "The first")
    run(now)
    assert len(line.taken) == 1
    for number in range(4):
        report(by_mara, now + timedelta(seconds=1), f"Trouble {number}")
    run(now + timedelta(seconds=2))
    assert len(line.taken) == 1, "the pause of this number"
    way_of(on_call.dana, "sms", DANAS, now, page=0)
    notify(
        [on_call.dana],
        key="of Dana alone",
        purpose=Notification.Purpose.PAGE,
        subject="For Dana",
        body="Look.",
        alert=first,
        now=now + timedelta(seconds=3),
    )
    run(now + timedelta(seconds=4))
    assert [request.form["To"] for request in line.taken] == [IVOS, DANAS]


def test_a_killed_loop_repeats_no_call(
    line: Provider, box: Postbox, on_call: SimpleNamespace, by_mara: Actor, now: datetime
) -> None:
    way_of(on_call.ivo, "voice", IVOS, now, page=1)
    report(by_mara, now)
    run(now)
    Attempt.objects.filter(kind="voice").update(state="sending", tries=1, claimed_fence=0)
    run(now)
    assert line.requests == 0
    assert ways("voice")[0].state == "unknown"
    run(clock.now())
    assert IVO in box.recipients


def test_a_quiet_role_only_gets_briefings(
    line: Provider, box: Postbox, on_call: SimpleNamespace, by_mara: Actor, now: datetime
) -> None:
    way_of(on_call.ivo, "voice", IVOS, now, page=0)
    IncidentRole.objects.filter(slug="operations-on-call").update(quiet=True)
    report(by_mara, now)
    run(now)
    assert line.requests == 0
    assert IVO in box.recipients


def test_a_policy_step_may_want_a_call_first(
    line: Provider, box: Postbox, on_call: SimpleNamespace, now: datetime
) -> None:
    way_of(on_call.ivo, "voice", IVOS, now)
    step_of(on_call.ivo, None, Urgency.PAGE, 0)
    purpose = Notification.Purpose.ESCALATION
    notify([on_call.ivo], key="x", purpose=purpose, subject="s", body="b", now=now, channels=["voice"])
    run(now)
    assert [request.path.rsplit("/")[-1] for request in line.taken] == ["Calls.json"]
    assert [way.kind for way in Attempt.objects.order_by("position")] == ["voice", "email"]


def test_the_bridge_link_is_in_what_people_get(
    line: Provider, box: Postbox, on_call: SimpleNamespace, by_ivo: Actor, now: datetime
) -> None:
    incident = factories.incident(by_ivo, now)
    IncidentType.objects.update(bridge_url="https://meet.example/bridge")
    incident.incident_type = IncidentType.objects.first()
    incident.save()
    Notification.objects.all().delete()
    way_of(on_call.dana, "sms", DANAS, now, page=0)
    purpose = Notification.Purpose.REMINDER
    people = [on_call.dana, on_call.ivo]
    notify(people, key="x", purpose=purpose, subject="Write", body="b", incident=incident, now=now)
    run(now)
    assert "Join: https://meet.example/bridge" in line.taken[-1].form["Body"]
    assert "https://meet.example/bridge" in box.text_of(IVO)


def test_a_seen_reminder_is_told_no_further(
    line: Provider, on_call: SimpleNamespace, by_ivo: Actor, now: datetime
) -> None:
    incident = factories.incident(by_ivo, now)
    Notification.objects.all().delete()
    way_of(on_call.dana, "sms", DANAS, now, page=0)
    way_of(on_call.dana, "voice", DANAS, now, page=2)
    purpose = Notification.Purpose.REMINDER
    notify([on_call.dana], key="x", purpose=purpose, subject="Write", body="b", incident=incident, now=now)
    run(now)
    link = re.search(r"(/n/\S+)", line.taken[0].form["Body"])
    assert link
    assert "I have seen it" in Client().get(link[1]).content.decode()
    Client().post(link[1])
    assert "You are told no further" in Client().get(link[1]).content.decode()
    run(clock.now() + timedelta(minutes=3))
    assert len(line.taken) == 1
    assert "Dana Reyes has seen it, by the link: Write" in story()


def test_a_slow_provider_costs_no_lease_and_every_channel_has_a_loop_of_its_own(
    line: Provider, on_call: SimpleNamespace, by_mara: Actor, now: datetime
) -> None:
    way_of(on_call.ivo, "voice", IVOS, now, page=0)
    report(by_mara, now)
    quick, lease = line.answer, Lease()

    def slow(provider: Provider, request: Request) -> Reply:
        sleep(0.7)
        return quick(provider, request)

    line.answer = slow
    plan_ready(now)
    send_by(phone.VOICE, Pass(now, lease))
    assert len(line.taken) == 1
    assert lease.kept >= 3
    assert len({loop.name for loop in loops()}) == 4


def test_what_came_of_a_call_is_written_down_when_the_database_is_back(
    line: Provider, on_call: SimpleNamespace, by_mara: Actor, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    way_of(on_call.ivo, "voice", IVOS, now, page=0)
    report(by_mara, now)
    plan_ready(now)

    def away(*_: object, **__: object) -> None:
        raise OperationalError("the server closed the connection")

    with monkeypatch.context() as patch:
        patch.setattr(outcome, "record", away)
        with pytest.raises(OperationalError):
            send_by(phone.VOICE, Pass(now, Lease()))
    assert ways("voice")[0].state == "sending"
    send_by(phone.VOICE, Pass(now, Lease()))
    assert ways("voice")[0].state == "sent"
    assert len(line.taken) == 1
