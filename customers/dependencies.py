"""What fails when something fails: pure reasoning over the graph of services.

A service that depends on a failed one fails with it, in the same region; which instance failed does not carry over.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scope:
    """One affected thing: a service, in one region (None: everywhere), on one instance (None: all of them)."""

    service_id: int
    region_id: int | None = None
    instance_id: int | None = None


@dataclass(frozen=True, slots=True)
class Failure:
    """A service that fails, where, and why: `path` are the services it fails through, the root last.

    A path that is empty means it was named itself. `region_id` None means everywhere.
    """

    service_id: int
    region_id: int | None = None
    instance_id: int | None = None
    path: tuple[int, ...] = ()

    @property
    def depth(self) -> int:
        """How far from what was named: 0 for the named service itself."""
        return len(self.path)


def failures(scopes: Iterable[Scope], dependents: Mapping[int, Collection[int]]) -> list[Failure]:
    """Everything that fails with `scopes`, the most direct first; circles in the graph do no harm.

    `dependents` maps a service to those that depend on it. Of several paths to one service and region the shortest is
    kept, among equals that of the lower ids. Give scopes of an instance with the instance's own region.
    """
    named = sorted({Failure(s.service_id, s.region_id, s.instance_id) for s in scopes}, key=_order)
    found = list(named)
    # An instance does not speak for its whole service, so it does not keep the service from being reached again.
    reached = {(failure.service_id, failure.region_id) for failure in named if failure.instance_id is None}
    level = named
    while level:
        candidates = sorted(
            (
                Failure(dependent, failure.region_id, path=(failure.service_id, *failure.path))
                for failure in level
                for dependent in dependents.get(failure.service_id, ())
            ),
            key=_order,
        )
        level = []
        for failure in candidates:
            place = (failure.service_id, failure.region_id)
            if place in reached or (failure.service_id, None) in reached:
                continue
            reached.add(place)
            level.append(failure)
        found += level
    return found


def _order(failure: Failure) -> tuple[int, tuple[int, ...], int, int, int]:
    """Most direct first, then wider places before narrower ones, then by id: the same every time."""
    return (failure.depth, failure.path, failure.service_id, failure.region_id or 0, failure.instance_id or 0)
