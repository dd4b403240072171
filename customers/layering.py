"""A picture of what depends on what: services in columns, the foundations at the right. Pure arithmetic."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

WIDTH, HEIGHT = 190, 34
ROW, COLUMN = 46, 270
MARGIN = 12
SWEEPS = 4


@dataclass(frozen=True, slots=True)
class Box:
    """Where a service stands, in pixels of the drawing."""

    key: int
    x: int
    y: int

    @property
    def entry(self) -> tuple[int, int]:
        """Where lines from dependents arrive."""
        return self.x, self.y + HEIGHT // 2

    @property
    def exit(self) -> tuple[int, int]:
        """Where lines to dependencies begin."""
        return self.x + WIDTH, self.y + HEIGHT // 2


@dataclass(frozen=True, slots=True)
class Line:
    """From a service to one that it depends on, as an SVG path; `closes_circle`: the one stands on the other too."""

    start: int
    end: int
    path: str
    closes_circle: bool = False


@dataclass(frozen=True, slots=True)
class Drawing:
    """The whole picture."""

    width: int
    height: int
    boxes: tuple[Box, ...]
    lines: tuple[Line, ...]


def around(key: int, depends_on: Mapping[int, Collection[int]]) -> set[int]:
    """A service, everything it stands on and everything that stands on it."""
    upward: dict[int, set[int]] = {}
    for service, below in depends_on.items():
        for one in below:
            upward.setdefault(one, set()).add(service)
    return _reach(key, depends_on) | _reach(key, upward)


def draw(keys: Collection[int], depends_on: Mapping[int, Collection[int]]) -> Drawing:
    """Place the services: each left of all it depends on, near its neighbours. A line that closes a circle leads back.

    `keys` in the order in which equals are placed.
    """
    chosen = set(keys)
    below = {key: [one for one in depends_on.get(key, ()) if one in chosen and one != key] for key in keys}
    depth = _depths(below)
    deepest = max(depth.values(), default=0)
    columns: list[list[int]] = [[] for _ in range(deepest + 1)]
    for key in keys:
        columns[deepest - depth[key]].append(key)
    _untangle(columns, below)
    boxes = {
        key: Box(key, MARGIN + column * COLUMN, MARGIN + row * ROW)
        for column, members in enumerate(columns)
        for row, key in enumerate(members)
    }
    lines = tuple(
        Line(key, one, _path(boxes[key], boxes[one]), closes_circle=depth[one] >= depth[key])
        for key in keys
        for one in below[key]
    )
    tallest = max((len(members) for members in columns), default=0)
    return Drawing(
        width=2 * MARGIN + deepest * COLUMN + WIDTH,
        height=2 * MARGIN + max(tallest, 1) * ROW - (ROW - HEIGHT),
        boxes=tuple(boxes[key] for key in keys),
        lines=lines,
    )


def _depths(below: Mapping[int, Collection[int]]) -> dict[int, int]:
    """How many layers of services each stands on; a service met again on its own way down counts as a foundation."""
    known: dict[int, int] = {}
    for root in below:
        path: list[int] = []
        todo: list[tuple[int, bool]] = [(root, False)]
        while todo:
            key, is_done = todo.pop()
            if is_done:
                path.pop()
                known[key] = 1 + max((known.get(one, -1) for one in below[key]), default=-1)
            elif key not in known and key not in path:
                path.append(key)
                todo.append((key, True))
                todo += [(one, False) for one in below[key]]
    return known


def _untangle(columns: list[list[int]], below: Mapping[int, Collection[int]]) -> None:
    """Order each column by the mean place of its neighbours, a few times to and fro."""
    neighbours: dict[int, list[int]] = {key: [] for members in columns for key in members}
    for key, several in below.items():
        for one in several:
            neighbours[key].append(one)
            neighbours[one].append(key)
    place = {key: row for members in columns for row, key in enumerate(members)}
    for sweep in range(SWEEPS):
        for members in columns if sweep % 2 else reversed(columns):
            members.sort(key=lambda key: _mean([place[one] for one in neighbours[key]], place[key]))
            place.update({key: row for row, key in enumerate(members)})


def _mean(places: Collection[int], otherwise: int) -> float:
    return sum(places) / len(places) if places else otherwise


def _path(start: Box, end: Box) -> str:
    (x1, y1), (x2, y2) = start.exit, end.entry
    middle = (x1 + x2) // 2
    return f"M{x1} {y1} C{middle} {y1} {middle} {y2} {x2} {y2}"


def _reach(key: int, edges: Mapping[int, Collection[int]]) -> set[int]:
    found, todo = {key}, [key]
    while todo:
        for one in edges.get(todo.pop(), ()):
            if one not in found:
                found.add(one)
                todo.append(one)
    return found
