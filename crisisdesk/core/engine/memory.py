"""What a worker process asks of Python's collector of cyclic garbage."""

from __future__ import annotations

import gc

# Objects made beyond those that ended until the youngest are looked through; then younger generations before older.
THRESHOLDS = (20_000, 50, 100)

_has_settled = False


def settle() -> None:
    """Once in each process, when all code is loaded: what stands now is never looked through again.

    A loop makes many small objects that end by themselves. Without this the collector walks through all of Django for
    them again and again: a sixth of a sender's processor time (`docs/benchmarks.md`, S1).
    """
    global _has_settled
    if _has_settled:
        return
    _has_settled = True
    gc.collect()
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)
