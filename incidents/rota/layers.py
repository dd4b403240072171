"""Which of several rules holds: override, then swap, then single shift, then calendar feed, then weekly window."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import IntEnum
from itertools import pairwise


class Layer(IntEnum):
    """Where a duty comes from; the smallest that has anybody holds."""

    OVERRIDE = 0
    SHIFT = 1
    FEED = 2
    WINDOW = 3


@dataclass(frozen=True, slots=True)
class Duty:
    """One rule's word: this person, in [start, end). `source` names the row it comes from."""

    person: int
    start: datetime
    end: datetime
    layer: Layer
    source: int = 0


@dataclass(frozen=True, slots=True)
class Exchange:
    """In [start, end) both change places: half of a swap. Overrides stand above it.

    The taker does what the giver would have done; where the taker would have been the backup, the giver is.
    """

    giver: int
    taker: int
    start: datetime
    end: datetime
    source: int = 0


@dataclass(frozen=True, slots=True)
class Piece:
    """What holds in [start, end): the duty that gave it, and the person as changed by a swap (then `swap` names it)."""

    person: int
    start: datetime
    end: datetime
    duty: Duty
    swap: int | None = None


def resolve(duties: Sequence[Duty], exchanges: Sequence[Exchange], start: datetime, end: datetime) -> list[Piece]:
    """What holds for one role and rank in everything that overlaps [start, end), by start.

    Several people of the same layer hold together. A piece is cut only where another rule begins or ends, so its
    start depends on the rules and not on what was asked for.
    """
    held: dict[tuple[Duty, int], Piece] = {}
    done: list[Piece] = []
    # Only those under way are looked at in each stretch: a year of daily turns must not be walked for each day.
    coming = deque(sorted(duties, key=lambda duty: duty.start))
    here: list[Duty] = []
    for opens, closes in pairwise(_edges(duties, exchanges)):
        while coming and coming[0].start <= opens:
            here.append(coming.popleft())
        here = [duty for duty in here if duty.end >= closes]
        now = {(piece.duty, piece.person): piece for piece in _at(here, exchanges, opens, closes)}
        for key, piece in held.items():
            if key not in now:
                done.append(piece)
        held = {key: replace(held[key], end=closes) if key in held else piece for key, piece in now.items()}
    pieces = [*done, *held.values()]
    return sorted((p for p in pieces if p.start < end and p.end > start), key=lambda p: (p.start, p.person))


def gaps(pieces: Iterable[Piece], start: datetime, end: datetime) -> list[tuple[datetime, datetime]]:
    """The times in [start, end) that no piece covers, in order."""
    found, reached = [], start
    for piece in sorted(pieces, key=lambda piece: piece.start):
        if piece.start >= end:
            break
        if piece.start > reached:
            found.append((reached, piece.start))
        reached = max(reached, piece.end)
    return [*found, (reached, end)] if reached < end else found


def lacking(
    primary: Iterable[Piece], backup: Iterable[Piece], start: datetime, end: datetime
) -> list[tuple[datetime, datetime]]:
    """The times in [start, end) without a backup who is somebody else than every primary, in order."""
    primary = list(primary)
    parts = [
        part for piece in backup for part in _cut(piece, [other for other in primary if other.person == piece.person])
    ]
    return gaps(parts, start, end)


def _cut(piece: Piece, away: Iterable[Piece]) -> Iterator[Piece]:
    reached = piece.start
    for other in sorted(away, key=lambda other: other.start):
        if other.end <= reached or other.start >= piece.end:
            continue
        if other.start > reached:
            yield replace(piece, start=reached, end=other.start)
        reached = max(reached, other.end)
    if reached < piece.end:
        yield replace(piece, start=reached)


def _edges(duties: Sequence[Duty], exchanges: Sequence[Exchange]) -> list[datetime]:
    rows: list[Duty | Exchange] = [*duties, *exchanges]
    return sorted({moment for row in rows for moment in (row.start, row.end)})


def _at(here: Sequence[Duty], exchanges: Sequence[Exchange], opens: datetime, closes: datetime) -> Iterator[Piece]:
    """What holds between two edges that follow each other, of the duties that cover both."""
    if not here:
        return
    top = min(duty.layer for duty in here)
    swapped: dict[int, tuple[int, int]] = {}
    for swap in exchanges:
        if swap.start <= opens and swap.end >= closes and top != Layer.OVERRIDE:
            swapped[swap.giver] = (swap.taker, swap.source)
            swapped[swap.taker] = (swap.giver, swap.source)
    for duty in here:
        if duty.layer == top:
            person, source = swapped.get(duty.person, (duty.person, None))
            yield Piece(person, opens, closes, duty, source)
