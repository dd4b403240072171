"""What runs by itself: opening post-mortems and reviews, the steps of due days, and what is printed."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from functools import partial

from crisisdesk.core import clock, deadlines
from crisisdesk.core.engine.loops import Loop, Pass, register
from incidents import alike
from incidents.oncall import attaching
from postmortems import (
    action_reminders,
    covering,
    keeping,
    opening,
    packs,
    printouts,
    reminders,
    review,
    similar,
    thresholds,
)
from postmortems.models import Printout
from postmortems.printing import CannotPrint
from postmortems.views.papers import make

logger = logging.getLogger(__name__)


def open_owed(work: Pass) -> int:
    """Open what is owed, renew what a relapse has outdated, open reviews past a threshold; how many were handled.

    One that fails is logged and looked at again in the next pass; it holds up nobody else.
    """
    handled = 0
    for subject, act in _due(work):
        try:
            done = act()
        except Exception:
            # Whatever is wrong with this one, the others are still owed theirs.
            logger.exception("%s could not be settled", subject)
        else:
            handled += done not in (None, 0, False)
        if not work.lease.keep():
            break
    return handled


def _due(work: Pass) -> Iterator[tuple[str, Callable[[], object]]]:
    """What is owed, with the act that settles it; an act that found nothing to do returns None, 0 or False."""
    yield "The pack of the quarter", partial(packs.order_due, work.now)
    yield "What PDFs are no longer kept", partial(keeping.prune, now=work.now)
    for incident in opening.owed():
        yield incident.reference, partial(opening.open_postmortem, incident, by=opening.OPENER, now=work.now)
    for postmortem in opening.outdated():
        yield str(postmortem), partial(opening.renew, postmortem, by=opening.OPENER, now=work.now)
    for postmortem in covering.owed():
        yield str(postmortem), partial(covering.cover, postmortem, by=opening.OPENER, now=work.now)
    for postmortem in covering.to_hand_over():
        yield str(postmortem), partial(covering.hand_over, postmortem, by=opening.OPENER, now=work.now)
    for crossing in thresholds.owed(work.now):
        opened = partial(review.open_by_threshold, crossing, by=opening.OPENER, now=work.now)
        yield f"Review of cause {crossing.cause_id}", opened
    for printout in printouts.owed(work.now):
        yield f"Printout {printout.pk}", partial(printouts.ring_again, printout, work.now)
    for printout in packs.unmailed():
        yield f"Printout {printout.pk}", partial(packs.mail, printout, now=work.now)


def print_out(printout_id: int) -> None:
    """Make one PDF; the task that an order rings for. A second ring for the same order does nothing."""
    row = printouts.claim(printout_id, clock.now())
    if row is None:
        return
    try:
        printed = make(row)
    except CannotPrint as problem:
        _failed(row, str(problem))
    except Exception:
        logger.exception("Printout %s can't be made", row.pk)
        _failed(row, "This page can't be printed; the log of the worker says why.")
    else:
        row = printouts.finish(row, printed, now=clock.now())
        if row.due_on is not None:
            packs.mail(row, now=clock.now())


def _failed(row: Printout, problem: str) -> None:
    printouts.fail(row, problem)
    if row.due_on is not None:
        row.problem = problem
        packs.tell_failed(row, now=clock.now())


def set_up() -> None:
    """Register the loop and the handlers; called once the models are loaded."""
    register(Loop(name="post-mortem opener", run_pass=open_owed, idle_seconds=1.5))
    deadlines.register(reminders.KIND, reminders.fire)
    deadlines.register(action_reminders.KIND, action_reminders.fire)
    alike.register(similar.PastOutages())
    attaching.register(packs.OCCASION, packs.attachment)
