"""Command: fire an alarm at the running demonstration."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from crisisdesk.demonstration import alarm


class Command(BaseCommand):
    """Posts what Prometheus Alertmanager would post, with the token of the demonstration's alert source."""

    help = "Fire an alarm at the running demonstration (make demo), as Prometheus Alertmanager would."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("name", nargs="?", default="checkout", choices=sorted(alarm.ALARMS), help="which alarm")
        parser.add_argument("--resolved", action="store_true", help="say that it is over")
        parser.add_argument("--data-dir", type=Path, default=Path(settings.BASE_DIR) / "var" / "demo")

    def handle(self, *args: Any, **options: Any) -> None:
        """Post it and say what the desk made of it."""
        name, resolved = options["name"], options["resolved"]
        try:
            counts = alarm.fire(options["data_dir"], name, now=datetime.now(UTC), resolved=resolved)
        except alarm.NotRunning as error:
            raise CommandError(str(error)) from error
        what = alarm.ALARMS[name]["summary"]
        if counts.get("new"):
            text = f"“{what}”: the people on call are being told. Look into the mail tray."
        elif counts.get("resolved"):
            text = f"“{what}”: monitoring says that it is over. That is noted, and no green light."
        elif counts.get("repeated"):
            text = f"“{what}”: known already, folded into its alert."
        else:
            text = f"“{what}”: there was no such alert to end."
        self.stdout.write(text)
