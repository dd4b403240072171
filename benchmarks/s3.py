"""S3: from the press of Send to the first mail accepted, from Pause to the last; resume and stop exact to the reader.

A server that writes down the moment of each acceptance tells both; the desk runs and is idle when Send is pressed.
"""

from __future__ import annotations

import time
from pathlib import Path

from benchmarks.mailing import CONNECTIONS, make_readers, press_send
from benchmarks.people import make_people
from benchmarks.processes import desk, recording_sink, wait_for
from benchmarks.received import compare, is_exact, taken
from benchmarks.result import Result, Run, say
from crisisdesk.core import clock
from crisisdesk.core.access import Group
from crisisdesk.core.actors import Actor
from customers.delivery.control import pause, resume, stop
from customers.models import DeliveryState, Message, MessageState

PAUSE_SECONDS = 1.0
QUIET_SECONDS = 3.0


def run(run: Run) -> Result:
    """The value is the worst of the moments as a share of its bar."""
    readers = run.sized(10_000, 100_000)
    bar = run.sized(2, 4)
    make_readers(readers)
    people = make_people()
    operator = Actor.person(people[Group.SUPPORT])
    record = run.folder / "accepted"
    with (
        recording_sink(record, plain=run.plain) as mail,
        desk(run.folder, f"{mail}?connections={CONNECTIONS}", "--no-web"),
    ):
        first = _first_accepted(record)
        message, pressed = first
        started = taken(record)[0].at - pressed
        say(f"first accepted after {started:.2f} s")
        _wait_for_mails(record, readers // 10)
        paused = time.time()
        pause(message, by=operator, now=clock.now())
        time.sleep(QUIET_SECONDS)
        stopped_after = max(0.0, taken(record)[-1].at - paused)
        held = len(taken(record))
        say(f"last accepted {stopped_after:.2f} s after the pause, {held:,} of {readers:,} by then")
        _settled(message)
        exact_while_paused = message.deliveries.filter(state=DeliveryState.SENT).count() == held
        resume(message, by=operator, now=clock.now())
        wait_for(lambda: _state(message) == MessageState.FINISHED, "the end of the mailing", seconds=900)
        compared = compare(taken(record), message)
        stop_exact = _stopped(record, readers, operator)
    details = {
        "readers": readers,
        "send_to_first_accepted_s": round(started, 2),
        "pause_to_last_accepted_s": round(stopped_after, 2),
        "bars": {"first_accepted_s": bar, "pause_s": PAUSE_SECONDS},
        "accepted_when_paused": held,
        "exact_while_paused": exact_while_paused,
        "ledger_after_resume": compared,
        "stop_exact": stop_exact,
    }
    worst = max(started / bar, stopped_after / PAUSE_SECONDS)
    ok = worst <= 1 and exact_while_paused and is_exact(compared) and stop_exact
    return Result(round(worst, 2), 1.0, ok, "worst moment as a share of its bar", details)


def _first_accepted(record: Path) -> tuple[Message, float]:
    time.sleep(2)  # until the loops are idle
    pressed = time.time()
    message = press_send()
    say(f"frozen and committed after {time.time() - pressed:.2f} s")
    _wait_for_mails(record, 1)
    return message, pressed


def _wait_for_mails(record: Path, count: int) -> None:
    wait_for(lambda: record.exists() and record.read_bytes().count(b"\n") >= count, "the first mails")


def _state(message: Message) -> str:
    message.refresh_from_db(fields=["state"])
    return message.state


def _settled(message: Message) -> None:
    in_hand = message.deliveries.filter(state=DeliveryState.SENDING)
    wait_for(lambda: not in_hand.exists(), "what was in hand")


def _stopped(record: Path, readers: int, operator: Actor) -> bool:
    """Stop another message in its middle: what the server took is sent in the ledger, all else is withdrawn."""
    before = len(taken(record))
    message = press_send(thread="INC-2")
    _wait_for_mails(record, before + readers // 10)
    stop(message, by=operator, now=clock.now())
    time.sleep(QUIET_SECONDS)
    _settled(message)
    accepted = {mail.mail_id for mail in taken(record)[before:]}
    sent = set(message.deliveries.filter(state=DeliveryState.SENT).values_list("mail_id", flat=True))
    withdrawn = message.deliveries.filter(state=DeliveryState.SUPPRESSED).count()
    say(f"stopped: {len(sent):,} sent, {withdrawn:,} withdrawn")
    return accepted == sent and len(sent) + withdrawn == readers
