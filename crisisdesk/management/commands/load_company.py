"""Command: invent a vendor of any size."""

from __future__ import annotations

from argparse import ArgumentParser
from time import monotonic
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from crisisdesk.core import clock
from crisisdesk.core.actors import Actor
from crisisdesk.core.refusals import Refusal
from customers.company import SIZES, load_company


class Command(BaseCommand):
    """Load an invented vendor: services, regions, instances, customers, contacts and what they use."""

    help = (
        "Load an invented vendor of any size, for demonstrations and measurements. Reaches nobody: reserved addresses."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument(
            "--size", default="demo", help=f"{', '.join(SIZES)} or the number of customers (default: demo)"
        )
        parser.add_argument("--seed", type=int, default=1, help="same seed, same vendor (default: 1)")
        parser.add_argument("--add", action="store_true", help="add to the customers that exist already")
        parser.add_argument("--history", action="store_true", help="also write the history of each record")

    def handle(self, *args: Any, **options: Any) -> None:
        """Load, and say what was loaded."""
        started = monotonic()
        try:
            loaded = load_company(
                size=options["size"],
                seed=options["seed"],
                add=options["add"],
                history=options["history"],
                by=Actor.job("demonstration"),
                now=clock.now(),
            )
        except Refusal as refusal:
            raise CommandError(str(refusal)) from refusal
        self.stdout.write(
            f"Loaded {loaded.customers:,} customers with {loaded.contacts:,} contacts and {loaded.subscriptions:,} "
            f"subscriptions to {loaded.services} services on {loaded.instances:,} instances "
            f"in {monotonic() - started:.1f} s."
        )
