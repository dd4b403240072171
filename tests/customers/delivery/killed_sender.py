"""A sender in a process of its own, to be killed: passes until it is told to stop. Started by test_killed."""

from __future__ import annotations

import os
import sys
from time import sleep

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crisisdesk.settings")
django.setup()

from crisisdesk.core import clock  # noqa: E402
from crisisdesk.core.engine import leases  # noqa: E402
from crisisdesk.core.engine.loops import Pass  # noqa: E402
from customers.delivery.send import run_pass  # noqa: E402


def main() -> None:
    """Hold the lease, make passes, say so."""
    lease = None
    while lease is None:
        lease = leases.acquire("sender")
        sleep(0.1)
    sys.stdout.write("running\n")
    sys.stdout.flush()
    while lease.keep():
        if not run_pass(Pass(clock.now(), lease)):
            sleep(0.05)


if __name__ == "__main__":
    main()
