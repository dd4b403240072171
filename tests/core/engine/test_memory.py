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
