"""What a process handing mail to staff has begun and heard, kept on its own disk until the database has it.

One file per lease. Of what a killed process held, the next holder so knows what was taken, what may have been taken
and what never left, and repeats no more than the one mail that was in the air. A disk that can't be written does not
keep anybody from being woken: then it is as with a lost machine.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from django.conf import settings

from crisisdesk.core.transports import Answer
from customers.delivery.journal import Journal, Replay, owners_in, taken_over
from incidents.models import Attempt

logger = logging.getLogger(__name__)


class Book:
    """The file of one stretch under one lease."""

    def __init__(self, fence: int) -> None:
        self._journal: Journal | None = None
        try:
            journal = Journal(_directory(), str(fence))
            self._journal = journal if journal.open() else None
        except OSError:
            logger.warning("What is told to staff can't be noted down on this disk.", exc_info=True)

    def begun(self, attempt: Attempt) -> None:
        """Right before the content leaves."""
        if self._journal:
            with _best_effort():
                self._journal.begun(attempt.pk)

    def answered(self, attempt: Attempt, answer: Answer) -> None:
        """Right after the answer."""
        if self._journal:
            with _best_effort():
                self._journal.answered(attempt.pk, attempt.tries, answer)

    def close(self, *, is_recorded: bool) -> None:
        """Delete it when all it says stands in the database, else leave it to whoever recovers."""
        if self._journal:
            with _best_effort():
                if is_recorded:
                    self._journal.remove()
                else:
                    self._journal.release()


@contextmanager
def books_of_the_dead(*, is_kept: bool) -> Iterator[Mapping[int, Replay]]:
    """What the files say that no process holds any more, by fence; deleted when the block ends well.

    `is_kept`: whether the channel keeps books at all.
    """
    with ExitStack() as stack:
        found: dict[int, Replay] = {}
        for owner in owners_in(_directory()) if is_kept else ():
            replay = stack.enter_context(taken_over(_directory(), owner))
            if replay is not None and owner.isdecimal():
                found[int(owner)] = replay
        yield found


@contextmanager
def _best_effort() -> Iterator[None]:
    try:
        yield
    except OSError:
        logger.warning("What is told to staff can't be noted down on this disk.", exc_info=True)


def _directory() -> Path:
    return Path(settings.JOURNAL_DIR) / "staff"
