"""Command: watch the watcher; started by `run`."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from crisisdesk.core.engine import watchman


class Command(BaseCommand):
    """Look at the loops from outside until it is ended."""

    help = "Ping DEADMAN_URL while all loops run, mail ADMIN_MAIL when one is late. `run` starts it by itself."

    def handle(self, *args: Any, **options: Any) -> None:
        """Watch."""
        watchman.watch_for_ever()
