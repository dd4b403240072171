"""Benchmarks as commands, each ending in one JSON line. See docs/benchmarks.md.

python -m benchmarks s5 [--full] [--database sqlite|postgres]
python -m benchmarks repeats FOLDER
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

import django
from django.core.management import call_command
from django.db import connections

from benchmarks import repeats
from benchmarks.result import Result, Run
from benchmarks.setting_up import DATABASES, place

# Name -> what it measures; each is a module of this package with `run(run: Run) -> Result`.
BENCHMARKS = {
    "s1": "mails per second beside smtp-source, django-post-office and django-mailer; every mail compared (PostgreSQL)",
    "s2": "the same on SQLite",
    "s3": "Send to the first mail accepted, Pause to the last; resume and stop exact",
    "s4": "lateness of promise actions, beside django-q2's schedules and a polling loop",
    "s5": "audience with reasons: count, page, freeze",
    "s6": "queries and milliseconds of every console and review page over a long record",
    "s8": "a storm of alerts into one web process",
    "repeats": "known repeats found by their words among the labelled texts of FOLDER; no database",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one benchmark on a database of its own; 0 when its bar is met, else 1."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="One benchmark, one JSON line.")
    listed = "; ".join(f"{name}: {text}" for name, text in BENCHMARKS.items())
    parser.add_argument("name", choices=BENCHMARKS, help=listed)
    parser.add_argument("folder", nargs="?", type=Path, help="repeats: the folder of labelled texts")
    parser.add_argument("--full", action="store_true", help="at the size of the bar; otherwise a small one")
    parser.add_argument("--database", choices=DATABASES, help="default: postgres, for s2 sqlite")
    parser.add_argument("--plain", action="store_true", help="s1, s2, s3: mail servers offer no pipelining")
    parser.add_argument("--names", action="version", version=" ".join(BENCHMARKS), help="list the names and end")
    chosen = parser.parse_args(arguments)
    if chosen.name == "repeats":
        return _repeats(parser, chosen.folder)
    database = chosen.database or ("sqlite" if chosen.name == "s2" else "postgres")
    before, start = os.getloadavg(), time.monotonic()
    with place(database) as folder:
        django.setup()
        call_command("migrate", verbosity=0)
        try:
            asked = Run(chosen.full, database, folder, chosen.plain)
            result: Result = import_module(f"benchmarks.{chosen.name}").run(asked)
        finally:
            connections.close_all()
    line = {
        "id": chosen.name.upper(),
        "value": result.value,
        "bar": result.bar,
        "ok": result.ok,
        "unit": result.unit,
        "size": "full" if chosen.full else "small",
        "database": database,
        "load_average": {"before": round(before[0], 1), "after": round(os.getloadavg()[0], 1)},
        "processors": os.cpu_count(),
        "seconds": round(time.monotonic() - start),
        **result.details,
    }
    print(json.dumps(line), flush=True)
    return 0 if result.ok else 1


def _repeats(parser: argparse.ArgumentParser, folder: Path | None) -> int:
    """The benchmark that reads texts and nothing else."""
    if folder is None or not folder.is_dir():
        parser.error("repeats takes a folder with one JSON file for each text.")
    try:
        result: Result = repeats.run(folder)
    except ValueError as error:
        parser.error(str(error))
    shown = {"id": "REPEATS", "value": result.value, "bar": result.bar, "ok": result.ok, "unit": result.unit}
    print(json.dumps({**shown, **result.details}), flush=True)
    return 0 if result.ok else 1


if __name__ == "__main__":
    sys.exit(main())
