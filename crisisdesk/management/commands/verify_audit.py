"""`manage.py verify_audit`: recompute the chain over the audit trail."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from crisisdesk.core.audit.chain import verify


class Command(BaseCommand):
    """Prints the head of the chain, or says where it fails (exit code 1)."""

    help = "Verify the hash chain over the audit trail."

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the verification."""
        verdict = verify()
        if not verdict.ok:
            raise CommandError(f"The audit trail does not verify. {verdict.problem}")
        self.stdout.write(f"{verdict.sealed} entries verified, {verdict.unsealed} waiting for their seal.")
        self.stdout.write(f"head {verdict.head}")
