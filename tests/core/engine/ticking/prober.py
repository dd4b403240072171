"""Queues a small numbered task four times a second until it is killed: `python -m … loops`."""

from __future__ import annotations

import itertools
import sys
import time

import django


def main(cluster: str) -> None:
    """The task is `ticking.apps.note`; when each was queued goes to the same file."""
    django.setup()
    from django_q.tasks import async_task  # noqa: PLC0415 - after setup

    from tests.core.engine.ticking.apps import write  # noqa: PLC0415

    for number in itertools.count(1):
        async_task("tests.core.engine.ticking.apps.note", number, q_options={"cluster": cluster})
        write("sent", number)
        time.sleep(0.25)


if __name__ == "__main__":
    main(sys.argv[1])
