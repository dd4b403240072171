"""In which order one person is told."""

from __future__ import annotations

from incidents.oncall.order import ACCOUNT, Step, Way, order_of

SMS, CALL, CHAT = Way("sms", 1), Way("voice", 2), Way("chat", 3)
MINE = [Step(SMS), Step(CALL, 120), Step(CALL, 300)]


def test_nobody_is_told_by_nothing() -> None:
    assert order_of([], []) == [Step(ACCOUNT)]
    assert order_of([Step(SMS)], []) == [Step(ACCOUNT)]


def test_it_follows_the_persons_own_order() -> None:
    assert order_of([*reversed(MINE)], [SMS, CALL]) == MINE


def test_what_comes_first_now_starts_when_the_person_wanted_to_be_told_first() -> None:
    assert order_of(MINE, [CALL]) == [Step(CALL), Step(CALL, 180)]
    assert order_of([Step(SMS, 60), Step(CALL, 120)], [CALL]) == [Step(CALL, 60)]


def test_an_occasion_may_want_other_kinds_first() -> None:
    assert order_of(MINE, [SMS, CALL], ["voice"]) == [Step(CALL), Step(SMS), Step(CALL, 120), Step(CALL, 300)]
    assert order_of(MINE, [SMS, CALL], ["sms"]) == MINE
    assert order_of([], [CHAT], ["email", "chat"]) == [Step(ACCOUNT), Step(CHAT)]


def test_kinds_that_the_person_has_not_change_nothing() -> None:
    assert order_of(MINE, [SMS, CALL], ["chat", "push"]) == MINE
