"""The notifier hands over what people must be told, to a real mail server."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.db import OperationalError
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from crisisdesk.core import clock
from crisisdesk.core.actors import Actor
from crisisdesk.core.engine import loops
from crisisdesk.core.engine.loops import Pass
from crisisdesk.core.models import User
from crisisdesk.core.transports import Answer, Outcome
from incidents.alerts import report_problem
from incidents.models import Alert, Attempt, Notification, TimelineEntry
from incidents.oncall import outcome
from incidents.oncall.channels.mail import PAUSES
from incidents.oncall.hand_book import Book
from incidents.oncall.notify import Telling, notify, notify_all
from incidents.oncall.paging import acknowledge
from incidents.oncall.planning import plan_ready
from incidents.oncall.sender import send_ready
from tests import factories
from tests.incidents.oncall.postbox import Postbox, postbox

pytestmark = pytest.mark.django_db

IVO, DANA, PETRA, SAM = (f"{name}@vendor.example" for name in ("ivo", "dana", "petra", "sam"))


@dataclass
class Lease:
    """A lease in the hands of a test."""

    fence: int = 1
    is_held: bool = True

    def held(self) -> bool:
        return self.is_held

    def keep(self) -> bool:
        return self.is_held


@pytest.fixture
def box(settings: Settings) -> Iterator[Postbox]:
    with postbox() as box:
        settings.STAFF_MAIL_URL = box.url
        yield box


@pytest.fixture
def now() -> datetime:
    """The loop and the links go by the database's clock."""
    return clock.now()


@pytest.fixture
def alert(on_call: SimpleNamespace, by_mara: Actor, now: datetime) -> Alert:
    """A report that pages Dana and Ivo."""
    return report_problem(title="R&D <payments> fail", noticed_by="customer", by=by_mara, now=now)


def send(at: datetime, lease: Lease | None = None) -> int:
    return send_ready(Pass(at, lease or Lease()))


def row(person: User) -> Notification:
    return Notification.objects.filter(person=person).latest("id")


def way(person: User) -> Attempt:
    return Attempt.objects.filter(notification__person=person).latest("id")


def story() -> str:
    return "\n".join(TimelineEntry.objects.order_by("id").values_list("text", flat=True))


def test_it_sends_each_person_one_mail_that_says_what_to_do(
    box: Postbox, alert: Alert, on_call: SimpleNamespace, now: datetime
) -> None:
    assert send(now) == 4, "two people, whose ways are chosen and taken"
    assert sorted(box.recipients) == [DANA, IVO]
    mail = box.mails[box.recipients.index(IVO)]
    assert mail["Subject"] == "[PAGE] R&D <payments> fail — acknowledge"
    assert mail["To"].addresses[0].addr_spec == IVO
    assert mail["Auto-Submitted"] == "auto-generated"
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
    assert "R&D <payments> fail" in box.text_of(IVO)
    assert "&lt;" not in box.text_of(IVO), "plain text is not HTML"
    html = mail.get_body(("html",))
    assert html is not None
    assert "R&amp;D &lt;payments&gt; fail" in html.get_content()
    assert row(on_call.ivo).state == "sent"
    assert row(on_call.ivo).sent_at is not None
    assert send(now + timedelta(seconds=1)) == 0


def test_its_link_opens_the_page_of_the_reader(box: Postbox, alert: Alert, now: datetime) -> None:
    send(now)
    link = re.search(r"http\S+/ack/\S+", box.text_of(DANA))
    assert link
    page = Client().get(link[0].removeprefix("http://127.0.0.1:8000"))
    assert page.status_code == 200
    assert "Dana Reyes" in page.content.decode()
    stored = "".join(str(vars(row)) for row in Notification.objects.all())
    assert link[0].rsplit("/ack/", 1)[1].rstrip("/") not in stored, "the token is stored nowhere"


def test_it_tries_again_later_under_the_same_message_id(
    box: Postbox, alert: Alert, on_call: SimpleNamespace, now: datetime
) -> None:
    box.answers[IVO] = ["451 4.7.1 greylisted"]
    send(now)
    ivo = way(on_call.ivo)
    assert (ivo.state, ivo.tries, ivo.error) == ("waiting", 1, "451 4.7.1 greylisted")
    assert row(on_call.ivo).state == "sending"
    send(now + timedelta(seconds=1))
    assert IVO not in box.recipients
    send(ivo.next_attempt_at)
    assert box.recipients.count(IVO) == 1
    assert row(on_call.ivo).state == "sent"


def test_it_tells_the_backup_at_once_when_an_address_is_refused(
    box: Postbox, alert: Alert, on_call: SimpleNamespace, now: datetime
) -> None:
    box.answers[IVO] = ["550 5.1.1 no such user"]
    send(now)
    assert row(on_call.ivo).state == "failed"
    send(clock.now())
    assert sorted(box.recipients) == [DANA, PETRA]
    assert box.text_of(PETRA).count("Ivo Brandt could not be reached by e-mail, so you are told.") == 1
    assert "Ivo Brandt could not be reached by e-mail; told Petra Weiss instead." in story()


def test_it_says_so_when_nobody_is_left(box: Postbox, alert: Alert, on_call: SimpleNamespace, now: datetime) -> None:
    box.answers |= {IVO: ["550 5.1.1 no"], PETRA: ["550 5.1.1 no"]}
    send(now)
    send(clock.now())
    assert "Petra Weiss could not be reached by e-mail; nobody else is left to tell." in story()


def test_it_wakes_nobody_instead_when_somebody_has_answered(
    box: Postbox, alert: Alert, on_call: SimpleNamespace, by_dana: Actor, now: datetime
) -> None:
    acknowledge(alert, by=by_dana, now=now)
    box.answers[IVO] = ["550 5.1.1 no such user"]
    send(now)
    assert not Notification.objects.filter(person=on_call.petra).exists()


def test_it_repeats_an_unknown_outcome_once_and_then_tells_somebody_else(
    box: Postbox, alert: Alert, on_call: SimpleNamespace, now: datetime
) -> None:
    box.answers[IVO] = ["hang up", "hang up", "hang up"]
    send(now)
    assert way(on_call.ivo).error == "outcome unknown"
    send(way(on_call.ivo).next_attempt_at)
    send(way(on_call.ivo).next_attempt_at + timedelta(hours=1))
    assert box.recipients.count(IVO) == 2
    ids = {mail["Message-ID"] for mail, who in zip(box.mails, box.recipients, strict=True) if who == IVO}
    assert len(ids) == 1, "a mailbox recognises the repeat"
    assert row(on_call.ivo).state == "failed"
    assert Notification.objects.filter(person=on_call.petra).exists()


def test_it_sends_once_more_what_a_killed_sender_held(
    box: Postbox, alert: Alert, on_call: SimpleNamespace, now: datetime
) -> None:
    plan_ready(now)
    Attempt.objects.filter(notification__person=on_call.ivo).update(state="sending", tries=1, claimed_fence=1)
    send(now, Lease(fence=2))
    assert box.recipients == [DANA]
    send(way(on_call.ivo).next_attempt_at, Lease(fence=2))
    assert sorted(box.recipients) == [DANA, IVO]
    assert row(on_call.ivo).state == "sent"


def test_a_burst_takes_few_round_trips(
    box: Postbox,
    by_ivo: Actor,
    petra: User,
    settings: Settings,
    now: datetime,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    purpose = Notification.Purpose.REMINDER
    incident = factories.incident(by_ivo, now)
    notify_all(
        [
            Telling(people=[petra], key=f"promise:{number}", purpose=purpose, subject="a", body="b", incident=incident)
            for number in range(50)
        ],
        now=now,
    )
    # Some look whether the next batch is due: how many depends on how busy the machine is.
    with django_assert_max_num_queries(60):
        assert send(now) == 100, "50 planned and 50 taken"
    assert box.recipients == ["petra@vendor.example"] * 50
    sent = Attempt.objects.filter(state="sent", sent_at__gte=now, error="").count()
    assert sent == Notification.objects.filter(state="sent", sent_at__gte=now).count() == 50
    assert story().count("The e-mail to Petra Weiss about the promised update was handed over.") == 50
    assert list(settings.JOURNAL_DIR.glob("staff/*")) == [], "all of it stands in the database"


def test_of_a_killed_sender_it_repeats_only_what_was_in_the_air(
    box: Postbox, ivo: User, dana: User, petra: User, now: datetime
) -> None:
    purpose = Notification.Purpose.REMINDER
    notify([ivo, dana, petra], key="x", purpose=purpose, subject="a", body="b", now=now)
    plan_ready(now)
    Attempt.objects.update(state="sending", tries=1, claimed_fence=1)
    book = Book(1)
    book.begun(way(dana))
    book.begun(way(petra))
    book.answered(way(petra), Answer(Outcome.ACCEPTED, "250", "OK", "staff"))
    book.close(is_recorded=False)

    send(now, Lease(fence=2))

    assert box.recipients == [IVO], "it never left"
    assert (way(petra).state, way(petra).tries) == ("sent", 1)
    assert (way(dana).state, way(dana).error) == ("waiting", "outcome unknown")


def test_it_wakes_people_also_when_the_disk_takes_nothing(
    box: Postbox, alert: Alert, settings: Settings, tmp_path: Path, now: datetime
) -> None:
    (tmp_path / "file").touch()
    settings.JOURNAL_DIR = tmp_path / "file"
    send(now)
    assert sorted(box.recipients) == [DANA, IVO]


def test_it_keeps_in_memory_what_came_of_many_while_the_database_is_away(
    box: Postbox, alert: Alert, on_call: SimpleNamespace, monkeypatch: pytest.MonkeyPatch, now: datetime
) -> None:
    def away(*_: object, **__: object) -> None:
        raise OperationalError("the server closed the connection")

    with monkeypatch.context() as patch:
        patch.setattr(outcome, "write_entries", away)
        with pytest.raises(OperationalError):
            send(now)
    assert way(on_call.ivo).state == "sending"
    send(now)
    assert {way(on_call.ivo).state, way(on_call.dana).state} == {"sent"}
    assert sorted(box.recipients) == [DANA, IVO]


def test_it_keeps_everything_while_the_mail_server_is_away_and_gives_up_in_the_end(
    alert: Alert, on_call: SimpleNamespace, settings: Settings, now: datetime
) -> None:
    settings.STAFF_MAIL_URL = "smtp://127.0.0.1:9"
    plan_ready(now)
    assert send(now) == 1, "the others wait for the next pass"
    assert way(on_call.dana).tries + way(on_call.ivo).tries == 1
    for _ in range(len(PAUSES) + 2):
        Attempt.objects.update(next_attempt_at=now)
        send(now)
        send(now)
    assert {row(on_call.dana).state, row(on_call.ivo).state} == {"failed"}
    assert Notification.objects.filter(person=on_call.petra).exists()
    assert "No connection to the mail server" in row(on_call.ivo).error


def test_it_sets_poison_aside_and_sends_the_rest(
    box: Postbox, alert: Alert, on_call: SimpleNamespace, now: datetime
) -> None:
    User.objects.filter(pk=on_call.dana.pk).update(email="not an address")
    send(now)
    assert row(on_call.dana).state == "failed"
    assert box.recipients == [IVO]
    send(clock.now())
    assert SAM in box.recipients


def test_it_sends_nothing_without_the_lease(
    box: Postbox, alert: Alert, on_call: SimpleNamespace, now: datetime
) -> None:
    send(now, Lease(is_held=False))
    assert box.mails == []
    assert way(on_call.ivo).state == "waiting"


def test_it_tells_nobody_twice_of_one_occasion(ivo: User, dana: User, now: datetime) -> None:
    purpose = Notification.Purpose.REMINDER
    first = notify([ivo], key="promise:1:step:2", purpose=purpose, subject="a", body="b", now=now)
    again = notify([ivo, dana], key="promise:1:step:2", purpose=purpose, subject="c", body="d", now=now)
    assert [note.person for note in again] == [ivo, dana]
    assert again[0].pk == first[0].pk
    assert again[0].subject == "a"


def test_a_line_end_in_a_subject_adds_no_header(box: Postbox, ivo: User, now: datetime) -> None:
    purpose = Notification.Purpose.REMINDER
    notify([ivo], key="x", purpose=purpose, subject="Write\r\nBcc: all@example.com", body="b\r\n.\r\nc", now=now)
    send(now)
    assert box.mails[0]["Bcc"] is None
    assert box.mails[0]["Subject"] == "Write Bcc: all@example.com"


def test_it_runs_as_a_leased_loop() -> None:
    loop = loops.get("notifier")
    assert loop is not None
    assert loop.run_pass is send_ready
    assert loop.idle_seconds <= 0.25
    assert loops.get("deadlines") is not None
    assert loops.get("sealer") is not None


def test_an_occasion_may_name_the_channels_to_use_first(ivo: User, now: datetime) -> None:
    purpose = Notification.Purpose.ESCALATION
    told = notify([ivo], key="x", purpose=purpose, subject="a", body="b", now=now, channels=["voice", "sms"])
    assert told[0].channels == ["voice", "sms"]
    with pytest.raises(ValueError, match="pigeon"):
        notify([ivo], key="y", purpose=purpose, subject="a", body="b", now=now, channels=["pigeon"])
