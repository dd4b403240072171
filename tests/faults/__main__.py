"""The long faults, each ending in one JSON line; kept in var/faults as well. See docs/reference/faults.md.

python -m tests.faults kills --from 0 --to 100 [--database sqlite]
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import time
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

import django
from django.core.management import call_command
from django.db import connections

from benchmarks.setting_up import DATABASES, place

RESULTS = Path(os.environ.get("FAULTS_RESULTS") or Path(__file__).resolve().parents[2] / "var" / "faults")
SCENARIOS = ("kills", "restarts", "machines")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one scenario on a database of its own; 0 when everything held."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description="One fault, one JSON line.")
    parser.add_argument("name", choices=SCENARIOS)
    parser.add_argument("--from", dest="first", type=int, default=0, help="the first seed")
    parser.add_argument("--to", dest="last", type=int, default=40, help="the seed after the last")
    parser.add_argument("--database", choices=DATABASES, default="postgres")
    chosen = parser.parse_args(arguments)
    # Told to end, it ends what it started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    load, began = os.getloadavg()[0], time.monotonic()
    with place(chosen.database) as folder:
        django.setup()
        call_command("migrate", verbosity=0)
        try:
            scenario = import_module(f"tests.faults.{chosen.name}")
            summary: dict[str, object] = scenario.run(folder, range(chosen.first, chosen.last))
        finally:
            connections.close_all()
    summary |= {
        "from": chosen.first,
        "to": chosen.last,
        "database": chosen.database,
        "seconds": round(time.monotonic() - began),
        "load_average": [round(load, 1), round(os.getloadavg()[0], 1)],
        "processors": os.cpu_count(),
    }
    line = json.dumps(summary)
    RESULTS.mkdir(parents=True, exist_ok=True)
    with (RESULTS / f"{chosen.name}.jsonl").open("a") as file:
        file.write(line + "\n")
    print(line, flush=True)  # noqa: T201
    return 0 if summary["ok"] else 1


if __name__ == "__main__":
    sys.exit(main())
