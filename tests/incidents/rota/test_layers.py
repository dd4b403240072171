"""Which rule holds, and where nobody does."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from incidents.rota import Duty, Exchange, Layer, Piece, gaps, lacking, resolve

IVO, PETRA, NOOR, SAM = 1, 2, 3, 4
NOON = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
START, END = NOON - 12 * HOUR, NOON + 12 * HOUR


def duty(person: int, start: float, end: float, layer: Layer, source: int = 0) -> Duty:
    return Duty(person, NOON + start * HOUR, NOON + end * HOUR, layer, source)


def told(pieces: list[Piece]) -> list[tuple[int, float, float]]:
    return [(piece.person, (piece.start - NOON) / HOUR, (piece.end - NOON) / HOUR) for piece in pieces]


def test_the_nearer_rule_holds_where_it_says_something() -> None:
    rules = [
        duty(IVO, -12, 12, Layer.WINDOW),
        duty(PETRA, -4, 6, Layer.FEED),
        duty(NOOR, -2, 4, Layer.SHIFT),
        duty(SAM, 0, 2, Layer.OVERRIDE),
    ]
    assert told(resolve(rules, [], START, END)) == [
        (IVO, -12, -4),
        (PETRA, -4, -2),
        (NOOR, -2, 0),
        (SAM, 0, 2),
        (NOOR, 2, 4),
        (PETRA, 4, 6),
        (IVO, 6, 12),
    ]


def test_a_swap_stands_above_a_shift_and_below_an_override() -> None:
    rules = [duty(IVO, -12, 12, Layer.SHIFT), duty(SAM, 2, 3, Layer.OVERRIDE)]
    swap = Exchange(IVO, PETRA, NOON, NOON + 4 * HOUR, 7)
    pieces = resolve(rules, [swap], START, END)
    assert told(pieces) == [(IVO, -12, 0), (PETRA, 0, 2), (SAM, 2, 3), (PETRA, 3, 4), (IVO, 4, 12)]
    assert [piece.swap for piece in pieces] == [None, 7, None, 7, None]


def test_a_swap_changes_nothing_for_people_who_are_not_in_it() -> None:
    assert told(resolve([duty(NOOR, 0, 4, Layer.WINDOW)], [Exchange(IVO, PETRA, START, END)], START, END)) == [
        (NOOR, 0, 4)
    ]


def test_two_people_of_one_layer_hold_together() -> None:
    rules = [duty(IVO, 0, 4, Layer.SHIFT, 1), duty(PETRA, 2, 6, Layer.SHIFT, 2)]
    assert told(resolve(rules, [], START, END)) == [(IVO, 0, 4), (PETRA, 2, 6)]


def test_an_edge_belongs_to_what_begins() -> None:
    rules = [duty(IVO, 0, 2, Layer.WINDOW), duty(PETRA, 2, 4, Layer.WINDOW)]
    tick = timedelta(microseconds=1)
    edge = NOON + 2 * HOUR
    assert [p.person for p in resolve(rules, [], edge - tick, edge)] == [IVO]
    assert [p.person for p in resolve(rules, [], edge, edge + tick)] == [PETRA]
    assert resolve(rules, [], NOON + 4 * HOUR, END) == []


def test_it_finds_the_gaps_between_before_and_after() -> None:
    pieces = resolve([duty(IVO, -2, 0, Layer.WINDOW), duty(PETRA, 1, 2, Layer.WINDOW)], [], START, END)
    assert [((a - NOON) / HOUR, (b - NOON) / HOUR) for a, b in gaps(pieces, START, END)] == [(-12, -2), (0, 1), (2, 12)]
    assert gaps(pieces, NOON - 2 * HOUR, NOON) == []
    assert gaps([], START, END) == [(START, END)]
    assert gaps(pieces, NOON + 3 * HOUR, END) == [(NOON + 3 * HOUR, END)]


def test_a_backup_who_is_the_primary_backs_nobody_up() -> None:
    primary = resolve([duty(IVO, -12, 0, Layer.WINDOW), duty(PETRA, 0, 12, Layer.WINDOW)], [], START, END)
    backup = resolve([duty(PETRA, -12, 4, Layer.WINDOW)], [], START, END)
    assert lacking(primary, backup, START, END) == [(NOON, END)]
