"""Whatever a list of ways answers: no mail may have been taken by two of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from types import TracebackType

from hypothesis import given
from hypothesis import strategies as st

from crisisdesk.core.transports import Answer, Envelope, Fault, Outcome
from crisisdesk.core.transports.envelope import always
from crisisdesk.core.transports.failover import FailoverTransport, Way
from crisisdesk.core.transports.fuse import was_not_taken

ENVELOPE = Envelope("support@status.example.com", "jo@acme.example", b"", "<1.2@status.example.com>", "77")
ANSWERS = [
    (Outcome.ACCEPTED, Fault.NONE),
    (Outcome.DEFERRED, Fault.THROTTLE),
    (Outcome.DEFERRED, Fault.CONNECTION),
    (Outcome.REJECTED, Fault.ADDRESS),
    (Outcome.BROKEN, Fault.CONNECTION),
    (Outcome.BROKEN, Fault.POLICY),
    (Outcome.BROKEN, Fault.AUTHENTICATION),
    (Outcome.UNKNOWN, Fault.CONNECTION),
]
MAY_HAVE_BEEN_TAKEN = (Outcome.ACCEPTED, Outcome.UNKNOWN)


@dataclass
class Scripted:
    """A transport that answers as it is told, and remembers what it answered."""

    name: str
    script: list[tuple[Outcome, Fault]]
    repeats_safely: bool
    given: list[Answer] = field(default_factory=list)
    heard: Callable[[str, Answer], object] = lambda reference, answer: None

    def __enter__(self) -> Scripted:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass

    def send(self, envelope: Envelope, *, may_send: Callable[[], bool] = always) -> Answer:
        outcome, fault = self.script[len(self.given) % len(self.script)]
        self.given.append(Answer(outcome, "", "", self.name, fault=fault))
        self.heard(envelope.reference, self.given[-1])
        return self.given[-1]


scripts = st.lists(st.sampled_from(ANSWERS), min_size=1, max_size=6)
lists = st.lists(st.tuples(scripts, st.booleans()), min_size=2, max_size=4)


def ways(described: list[tuple[list[tuple[Outcome, Fault]], bool]]) -> tuple[list[Scripted], FailoverTransport]:
    made = [Scripted(f"way {number}", script, safely) for number, (script, safely) in enumerate(described)]
    opened = [Way(one.name, lambda one=one: one) for one in made]  # type: ignore[misc]
    return made, FailoverTransport("list", opened)


@given(lists)
def test_the_next_way_is_asked_only_about_what_was_certainly_not_taken(
    described: list[tuple[list[tuple[Outcome, Fault]], bool]],
) -> None:
    made, transport = ways(described)
    answer = transport.send(ENVELOPE)
    asked = [one for one in made if one.given]
    assert asked == made[: len(asked)]
    assert all(was_not_taken(one.given[0]) for one in asked[:-1])
    assert all(len(one.given) == 1 for one in asked)
    if not was_not_taken(asked[-1].given[0]):
        assert answer.outcome is asked[-1].given[0].outcome
        assert answer.transport == asked[-1].name


@given(lists, st.integers(1, 8))
def test_one_mail_may_have_been_taken_by_one_way_only_however_often_it_is_tried(
    described: list[tuple[list[tuple[Outcome, Fault]], bool]], attempts: int
) -> None:
    """The sender's rule in short: after an unknown outcome it is bound to its way, where that repeats safely."""
    made, transport = ways(described)
    envelope = ENVELOPE
    for _ in range(attempts):
        for way in transport._ways:
            way.fuse._open_until = 0.0
        answer = transport.send(envelope)
        if answer.outcome is Outcome.UNKNOWN:
            if not answer.is_repeatable:
                break
            envelope = replace(ENVELOPE, way=answer.transport)
        elif answer.outcome in (Outcome.ACCEPTED, Outcome.REJECTED):
            break
    taken = [one for one in made if any(answer.outcome in MAY_HAVE_BEEN_TAKEN for answer in one.given)]
    assert len(taken) <= 1
    assert all(one.repeats_safely for one in taken if sum(a.outcome in MAY_HAVE_BEEN_TAKEN for a in one.given) > 1)


@given(lists, st.integers(0, 3))
def test_a_mail_that_is_bound_to_a_way_is_seen_by_no_other(
    described: list[tuple[list[tuple[Outcome, Fault]], bool]], number: int
) -> None:
    made, transport = ways(described)
    answer = transport.send(replace(ENVELOPE, way=f"way {number}"))
    assert all(not one.given for one in made if one.name != f"way {number}")
    if number >= len(made):
        assert (answer.outcome, answer.is_repeatable) == (Outcome.UNKNOWN, False)
    # The list goes on for everybody else.
    assert answer.outcome is not Outcome.BROKEN or answer.fault is Fault.POLICY


@given(lists, st.integers(1, 7))
def test_of_several_mails_each_has_an_answer_and_none_may_have_been_taken_by_two_ways(
    described: list[tuple[list[tuple[Outcome, Fault]], bool]], count: int
) -> None:
    made, transport = ways(described)
    taken: list[tuple[str, str]] = []

    def hear(reference: str, answer: Answer) -> None:
        if answer.outcome in MAY_HAVE_BEEN_TAKEN:
            taken.append((reference, answer.transport))

    for one in made:
        one.heard = hear
    entries = [(replace(ENVELOPE, reference=str(number)), always) for number in range(count)]
    answers = transport.send_batch(entries)
    assert len(answers) == count
    assert len({reference for reference, _ in taken}) == len(taken)
    for number, answer in enumerate(answers):
        by = [name for reference, name in taken if reference == str(number)]
        assert bool(by) == (answer.outcome in MAY_HAVE_BEEN_TAKEN)
        assert not by or by == [answer.transport]


def test_connections_lost_over_mails_to_one_domain_leave_a_way_alone_for_none() -> None:
    (one, two), transport = ways([([ANSWERS[2]], True), ([ANSWERS[0]], True)])
    for _ in range(10):
        assert transport.send(ENVELOPE).transport == two.name
    assert len(one.given) == 10
    other = replace(ENVELOPE, recipient="sam@globex.example")
    assert transport.send(other).transport == two.name
    assert transport._ways[0].fuse.failures == 1
    assert transport.send(other).transport == two.name
    assert len(one.given) == 11


def test_a_mail_that_every_way_loses_its_connection_over_is_no_fault_of_the_ways() -> None:
    _, transport = ways([([ANSWERS[2]], True), ([ANSWERS[2]], True)])
    answer = transport.send(ENVELOPE)
    assert (answer.outcome, answer.fault) == (Outcome.DEFERRED, Fault.CONNECTION)
    assert [way.fuse.failures for way in transport._ways] == [0, 0]
