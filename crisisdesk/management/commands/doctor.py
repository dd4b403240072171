"""`manage.py doctor`: look at everything a message depends on."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from crisisdesk.doctor.dns import SystemResolver
from crisisdesk.doctor.examination import examine
from crisisdesk.doctor.finding import Level


class Command(BaseCommand):
    """Prints a line for each finding, with a hint below it; exit code 1 when one of them is a failure."""

    help = "Look at the sender's domain, the ways out, secrets, clock, worker, templates and people on call."
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        """Examine and report. Sends nothing and changes nothing."""
        styles = {Level.OK: self.style.SUCCESS, Level.WARN: self.style.WARNING, Level.FAIL: self.style.ERROR}
        counts: Counter[Level] = Counter()
        for finding in examine(SystemResolver()):
            counts[finding.level] += 1
            self.stdout.write(f"{styles[finding.level](f'{finding.level:<5}')} {finding.about}: {finding.text}")
            if finding.hint:
                self.stdout.write(f"      {finding.hint}")
        summary = f"{counts[Level.OK]} ok, {counts[Level.WARN]} to look at, {counts[Level.FAIL]} failed."
        if counts[Level.FAIL]:
            raise CommandError(summary)
        self.stdout.write(summary)
