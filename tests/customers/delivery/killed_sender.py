"""Senders in processes of their own, to be killed; started by test_killed.

Each line on the standard input makes one, forked as django-q forks its workers, so that Django is loaded once. The
standard output says the process's id, then "running" when it holds the lease.
"""

from __future__ import annotations

import os
import sys
import traceback
from time import sleep

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crisisdesk.settings")
django.setup()

from crisisdesk.core import clock  # noqa: E402
from crisisdesk.core.engine import leases  # noqa: E402
from crisisdesk.core.engine.loops import Pass  # noqa: E402
from customers.delivery.send import run_pass  # noqa: E402


def main() -> None:
    """Make senders until nobody asks for more; reap each before the next."""
    for _ in sys.stdin:
        pid = os.fork()
        if pid == 0:
            try:
                send()
            except Exception:  # noqa: BLE001 - the test shows its log
                traceback.print_exc()
            finally:
                os._exit(1)
        say(str(pid))
        os.waitpid(pid, 0)
        say("gone")


def send() -> None:
    """Hold the lease, make passes until it is lost."""
    lease = None
    while lease is None:
        lease = leases.acquire("sender")
        sleep(0.1)
    say("running")
    while lease.keep():
        if not run_pass(Pass(clock.now(), lease)):
            sleep(0.05)


def say(word: str) -> None:
    """One line, at once."""
    os.write(sys.stdout.fileno(), f"{word}\n".encode())


if __name__ == "__main__":
    main()
