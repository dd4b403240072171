"""django-q2's ORM broker, made to show whether its cluster works and to outlive a database that goes away.

As measured on django-q2 1.11: a worker or monitor killed while idle takes the lock of a shared queue with it, and
the cluster hangs without a word. So in a supervised cluster the pusher feeds, beside the tasks of the table, a probe
that nobody stores; it takes the way of every task (pusher, queue, worker, queue, monitor), and at its end the
supervisor is told.
"""

from __future__ import annotations

import logging
import time
from typing import Any

from django.db import DatabaseError, InterfaceError, connections
from django.utils import timezone
from django_q.brokers.orm import ORM
from django_q.conf import Conf
from django_q.signing import SignedPackage

from crisisdesk.core.engine import lifeline
from crisisdesk.core.engine.faults import place_of

logger = logging.getLogger(__name__)

PROBE_SECONDS = 0.5
AWAY_SECONDS = 0.5


def probe() -> None:
    """The task that has nothing to do."""


class Broker(ORM):  # type: ignore[misc, unused-ignore]
    """The ORM broker of this project (setting `Q_CLUSTER["broker_class"]`)."""

    def __init__(self, list_key: str | None = None) -> None:
        self._probes = lifeline.join()
        self._probe_at = 0.0
        super().__init__(list_key)

    def __setstate__(self, state: Any) -> None:
        self._probes, self._probe_at = lifeline.join(), 0.0
        super().__setstate__(state)

    def dequeue(self) -> list[tuple[Any, str]] | None:
        """The next tasks, or a probe. While the database is away none, instead of the pusher's end for ten seconds."""
        if self._probes and time.monotonic() >= self._probe_at:
            self._probe_at = time.monotonic() + PROBE_SECONDS
            return [(lifeline.PROBE, _probe_package())]
        try:
            tasks: list[tuple[Any, str]] | None = super().dequeue()
        except (DatabaseError, InterfaceError) as error:
            logger.warning("The queue “%s” cannot be read: %s", self.list_key, place_of(error))
            connections[Conf.ORM].close()
            time.sleep(AWAY_SECONDS)
            return None
        return tasks

    def acknowledge(self, task_id: Any) -> None:
        """Remove a finished task. If that fails it comes back after `retry`: our tasks bear being run twice."""
        if task_id == lifeline.PROBE:
            lifeline.say("ok")
            return
        for _attempt in range(2):
            try:
                super().acknowledge(task_id)
            except (DatabaseError, InterfaceError) as error:
                logger.warning("A finished task of “%s” stays queued: %s", self.list_key, place_of(error))
                connections[Conf.ORM].close()
            else:
                return


def _probe_package() -> str:
    package: str = SignedPackage.dumps(
        {
            "id": lifeline.PROBE,
            "name": lifeline.PROBE,
            "func": probe,
            "args": (),
            "kwargs": {},
            "started": timezone.now(),
            "save": False,
        }
    )
    return package
