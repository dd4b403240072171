"""Command: import customers, contacts and what they use from a CSV or XLSX file."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from crisisdesk.core import clock
from crisisdesk.core.actors import Actor
from crisisdesk.core.models import User
from crisisdesk.core.refusals import Refusal
from customers.imports import ImportPlan, apply, mapping, plan, read, refusal
from customers.imports.reading import beginning


class Command(BaseCommand):
    """Show what a file would change, and change it, all or nothing."""

    help = "Import customers, contacts and what they use from a CSV or XLSX file. All of it, or nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("file", type=Path, help="a .csv (UTF-8) or .xlsx file")
        parser.add_argument("--dry-run", action="store_true", help="only show what would change")
        parser.add_argument("--by", default="", help="user name of the person who imports; needed to import")

    def handle(self, *args: Any, **options: Any) -> None:
        """Read, plan, show, and unless it is a dry run, apply."""
        path: Path = options["file"]
        try:
            content = path.read_bytes()
        except OSError as error:
            raise CommandError(f"{path} cannot be read: {error.strerror}.") from error
        try:
            known = mapping.known(beginning(content).headings)
            table = read(content, name=path.name, columns=known[0] if known else None)
            planned = plan(table)
            self._show(planned)
            if planned.problems:
                raise CommandError(refusal(planned))
            if options["dry_run"]:
                self.stdout.write("Dry run: nothing was changed.")
                return
            apply(table, shown=planned.digest, by=self._actor(options["by"]), now=clock.now())
        except Refusal as refused:
            raise CommandError(str(refused)) from refused
        self.stdout.write(self.style.SUCCESS("Imported. It can be undone in the console: Customers, Import."))

    def _actor(self, username: str) -> Actor:
        """Every change has an actor: the person named with --by."""
        person = User.objects.filter(username__iexact=username).first() if username else None
        if person is None:
            raise CommandError("Say who imports: --by with the user name of somebody in Support.")
        return Actor.person(person)

    def _show(self, planned: ImportPlan) -> None:
        """One line per bad or changed row, then the figures."""
        for row in planned.rows:
            who = " / ".join(filter(None, (row.customer, row.contact)))
            for problem in row.problems:
                self.stdout.write(self.style.ERROR(f"line {row.line}: {who}: {problem}"))
            if row.kind in ("new", "changed"):
                said = "; ".join(
                    f"{c.what}: {c.before} → {c.after}" if c.before else f"{c.what}: {c.after}" for c in row.changes
                )
                self.stdout.write(f"line {row.line}: {row.kind}: {who}: {said}")
        self.stdout.write(", ".join(f"{count} {kind}" for kind, count in planned.counts.items()) + ".")
