"""What the sender does with answers: record them in batches, and take care when the way out does not work."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from time import monotonic

from crisisdesk.core import clockwatch
from crisisdesk.core.transports import Answer, Fault, Outcome
from crisisdesk.core.transports.answers import OUR_OWN_FAULTS
from crisisdesk.core.transports.envelope import WITHHELD
from customers.delivery import trouble
from customers.delivery.breaker import Breaker, is_transport_down
from customers.delivery.claim import Owner, defer, give_back
from customers.delivery.finishing import finish_done
from customers.delivery.limits import domain_of
from customers.delivery.outlets import Outlet
from customers.delivery.record import PUT_OFF, Answered, record
from customers.delivery.stopping import give_up_overdue, withdraw_from_stopped
from customers.delivery.verdict import quote
from customers.models import Channel

RECORD_SECONDS = 0.2
RECORD_AT = 200
# Whether a message has come to its end is asked so often, and at the end of a pass.
FINISH_SECONDS = 0.2
# So many refusals by policy without an acceptance between them are about us, not about a recipient.
POLICY_IN_A_ROW = 3
# Seconds for which mails to a slow domain are put off: few steps, so that many wait by one statement.
PUT_OFF_STEPS = (2, 5, 10, 20, 40, 80, 160, 300)
WHAT_FAILS = {
    Fault.AUTHENTICATION: "The mail server does not accept our sign-in",
    Fault.TLS: "The mail server's encryption cannot be trusted",
    Fault.POLICY: "The mail server refuses us as a sender",
}


class Results:
    """Answers on their way to the ledger; main thread only."""

    def __init__(self, breaker: Breaker, outlet: Outlet) -> None:
        self.unrecorded: list[Answered] = []
        self._breaker = breaker
        self._transport_name = outlet.name
        self._repeats_safely = outlet.repeats_safely
        # A message is paused as a whole: only its main channel may do that.
        self._may_pause = outlet.channel == Channel.EMAIL
        self._channel = outlet.channel
        self._record_at = self._finish_at = 0.0
        self._may_be_done: set[int] = set()
        self._policy_in_a_row = 0
        self._may_be_in_trouble = True  # an earlier run may have left a row open

    def take(self, answered: Sequence[Answered], *, owner: Owner, now: datetime) -> None:
        """Sort new answers: unattempted ones go back to the queue at once, the rest wait to be recorded."""
        if not answered:
            return
        if not self.unrecorded:
            self._record_at = monotonic() + RECORD_SECONDS
        unattempted, put_off, down = [], [], []
        for one in answered:
            if one.answer.code == WITHHELD:
                unattempted.append(one)
            elif one.answer.code == PUT_OFF:
                put_off.append(one)
            elif is_transport_down(one.answer):
                down.append(one)
            else:
                self.unrecorded.append(one)
            if self._breaker.note(one.answer, domain_of(one.claimed.address)):
                self._tell(one, now)
            self._watch_policy(one, now)
        if not (came_back := {one.claimed.message_id for one in (*unattempted, *put_off, *down)}):
            return
        give_back(owner, [one.claimed.id for one in unattempted])
        self._put_off(owner, put_off, now)
        self._defer(owner, down, now)
        withdraw_from_stopped(came_back, now=now)

    def record_when_due(self, owner: Owner, *, now: datetime, force: bool = False) -> int:
        """Write a batch when it is large or old enough; returns how many answers were written."""
        count = len(self.unrecorded)
        if not count or not (force or count >= RECORD_AT or monotonic() >= self._record_at):
            return 0
        record(owner.name, self.unrecorded, repeats_safely=self._repeats_safely, now=now)
        self._may_be_done.update(one.claimed.message_id for one in self.unrecorded)
        if self._may_be_in_trouble and any(one.answer.outcome is Outcome.ACCEPTED for one in self.unrecorded):
            trouble.close_all(self._transport_name, now=now)
            self._may_be_in_trouble = False
        self.unrecorded = []
        return count

    def finish_when_due(self, *, now: datetime, force: bool = False) -> None:
        """End the messages of which nothing is open any more, among those whose answers were written."""
        if self._may_be_done and (force or monotonic() >= self._finish_at):
            finish_done(self._may_be_done, now=now)
            self._may_be_done = set()
            self._finish_at = monotonic() + FINISH_SECONDS

    def _put_off(self, owner: Owner, put_off: Sequence[Answered], now: datetime) -> None:
        alike = defaultdict(list)
        for one in put_off:
            step = next((step for step in PUT_OFF_STEPS if step >= one.wait), PUT_OFF_STEPS[-1])
            alike[step, domain_of(one.claimed.address)].append(one.claimed.id)
        for (step, domain), ids in alike.items():
            reason = f"{domain} takes mail slowly; others go first meanwhile."
            defer(owner, ids, reason, until=now + timedelta(seconds=step))

    def _defer(self, owner: Owner, down: Sequence[Answered], now: datetime) -> None:
        by_reason = defaultdict(list)
        for one in down:
            by_reason[one.answer.text or quote(one.answer)].append(one.claimed.id)
        until = now + timedelta(seconds=self._breaker.pause_seconds)
        for reason, ids in by_reason.items():
            defer(owner, ids, reason, until=until)
        overdue = {one.claimed.message_id: quote(one.answer) for one in down if one.claimed.standing.give_up_at <= now}
        # While the clock has jumped, nobody can say what is too old.
        if overdue and clockwatch.open_hold() is None:
            for message_id, why in overdue.items():
                give_up_overdue(message_id, self._channel, why, now=now)
            self._may_be_done.update(overdue)

    def _tell(self, one: Answered, now: datetime) -> None:
        """The fuse has opened: say so when it is no passing matter, and pause what only a person can mend."""
        answer = one.answer
        if answer.fault in OUR_OWN_FAULTS and self._breaker.must_tell:
            self._pause(one, now)
        elif answer.fault in OUR_OWN_FAULTS or self._breaker.must_tell:
            self._may_be_in_trouble = True
            trouble.note(self._transport_name, answer.fault, _explained(answer), now=now)

    def _watch_policy(self, one: Answered, now: datetime) -> None:
        if one.answer.outcome is Outcome.ACCEPTED:
            self._policy_in_a_row = 0
        elif one.answer.outcome is Outcome.BROKEN and one.answer.fault is Fault.POLICY:
            self._policy_in_a_row += 1
            if self._policy_in_a_row >= POLICY_IN_A_ROW:
                self._pause(one, now)

    def _pause(self, one: Answered, now: datetime) -> None:
        self._may_be_in_trouble = True
        answer = one.answer
        if not self._may_pause:
            trouble.note(self._transport_name, answer.fault, _explained(answer), now=now)
            return
        trouble.pause_for(one.claimed.message_id, self._transport_name, answer.fault, _explained(answer), now=now)


def _explained(answer: Answer) -> str:
    what = WHAT_FAILS.get(answer.fault)
    said = quote(answer)
    return f"{what}: {said}" if what else said
