"""Command: bring in past incidents and say how customers were kept informed."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from crisisdesk.core import clock
from crisisdesk.core.actors import Actor
from crisisdesk.core.refusals import Refusal
from incidents.history.importing import Report, import_history
from incidents.history.reading import read_history


def _day(text: str) -> datetime:
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError as error:
        raise ArgumentTypeError(f"“{text}” is not a day such as 2024-01-31") from error


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise ArgumentTypeError(f"“{text}” is not a number from 1")
    return int(text)


class Command(BaseCommand):
    """Import a history of incidents in JSON lines; a second run changes nothing, a bad file changes nothing."""

    help = (
        "Import past incidents from JSON lines (plain or gzip): id, title, started_at, resolved_at, impact, "
        "components, updates[{at, status, message}]. Nobody is written to. Prints how customers were kept informed."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("file", type=Path, help="the file")
        parser.add_argument("--since", type=_day, help="leave out what began before this day, UTC (2024-01-31)")
        parser.add_argument("--limit", type=_count, help="only the newest so many")

    def handle(self, *args: Any, **options: Any) -> None:
        """Read, import, report."""
        started = monotonic()
        try:
            history = read_history(options["file"], since=options["since"], limit=options["limit"])
            report = import_history(history.incidents, by=Actor.job("history import"), now=clock.now())
        except Refusal as refusal:
            raise CommandError(str(refusal)) from refusal
        for reason, count in history.skipped.items():
            self.stdout.write(f"{count} left out: {reason}.")
        for line in _lines(report):
            self.stdout.write(line)
        self.stdout.write(f"{monotonic() - started:.1f} s.")


def _lines(report: Report) -> list[str]:
    told = f"Imported {report.imported} incidents with {report.messages} messages"
    there = f"; {report.already_there} were there already" if report.already_there else ""
    made = f"; {report.services_created} services created" if report.services_created else ""
    lines = [f"{told}{there}{made}."]
    if report.long:
        lines.append(
            f"Of {report.long} longer than an hour, {report.with_silent_hour} had an hour of silence "
            f"({_share(report.with_silent_hour, report.long)})."
        )
    if report.promises:
        lines.append(
            f"Of {report.promises} dated promises of the next update, {report.kept} were kept and {report.missed} "
            f"broken ({_share(report.missed, report.promises)})."
        )
    else:
        lines.append("No message named the time of the next one.")
    return lines


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.0f} %"
