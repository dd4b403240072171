"""What a worker tells Python's collector, in a process of its own: it holds until the process ends."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import gc
from crisisdesk.core.engine import memory
memory.settle()
first = gc.get_freeze_count()
made = [[] for _ in range(1_000)]
memory.settle()
print(first > 1_000, gc.get_freeze_count() <= first, gc.get_threshold()[0], gc.isenabled())
"""


def test_what_stands_at_the_first_run_is_looked_through_no_more() -> None:
    said = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    assert said.stdout.split() == ["True", "True", "20000", "True"]


WEB = """
import gc
from crisisdesk.core.engine import memory
memory.settle_web()
kept, counts = [], []
for _ in range(memory.LATE_SETTLINGS + 1):
    kept.append([[] for _ in range(1_000)])
    gc.collect()
    counts.append(gc.get_freeze_count())
print(*(after - before > 900 for before, after in zip(counts, counts[1:])), len(gc.callbacks))
"""


def test_a_web_process_sets_aside_what_it_loads_late_a_few_times_and_then_no_more() -> None:
    said = subprocess.run([sys.executable, "-c", WEB], capture_output=True, text=True, check=True)
    assert said.stdout.split() == ["True"] * 4 + ["False", "0"]
