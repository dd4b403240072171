"""What a long-lived process asks of Python's collector of cyclic garbage."""

from __future__ import annotations

import gc
from collections.abc import Mapping

# Objects made beyond those that ended until the youngest are looked through; then younger generations before older.
WORKER = (20_000, 50, 100)
# Rarer than Python's own, but never so much at once that a reader feels it.
WEB = (5_000, 10, 10)
# What a web process loads as pages are asked for (templates, charts) is left out of later collections so many times;
# not for ever, because garbage of a request that is under way at such a moment would stay.
LATE_SETTLINGS = 5

_has_settled = False


def settle() -> None:
    """In a worker, once, when all code is loaded: what stands now is never looked through again.

    A loop makes many small objects that end by themselves. Without this the collector walks through all of Django for
    them again and again: a sixth of a sender's processor time (`docs/benchmarks.md`, S1).
    """
    _settle(WORKER)


def settle_web() -> None:
    """The same in a web process, where a walk through all that is loaded held up a page by 0.15 to 0.35 seconds."""
    if _settle(WEB):
        gc.callbacks.append(_Late())


def _settle(thresholds: tuple[int, int, int]) -> bool:
    global _has_settled
    if _has_settled:
        return False
    _has_settled = True
    gc.collect()
    gc.freeze()
    gc.set_threshold(*thresholds)
    return True


class _Late:
    """Called by the collector: what survived a full collection is loaded code, compiled templates, caches."""

    def __init__(self) -> None:
        self._left = LATE_SETTLINGS

    def __call__(self, phase: str, info: Mapping[str, int]) -> None:
        if phase != "stop" or info["generation"] != 2:
            return
        gc.freeze()
        self._left -= 1
        if not self._left:
            gc.callbacks.remove(self)
