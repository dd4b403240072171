"""How long PDFs are kept, and what of them goes when a person is erased. The row stays: who ordered what, when."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet

from crisisdesk.core import clockwatch
from customers.models import Contact
from incidents.models import Answer
from postmortems.models import Printed, Printout, PrintoutContent, PrintState

AT_ONCE = 20
OLD = "It is no longer kept; order it again."
ERASED = "Taken out: it may have named a person whose data was erased since. Order it again without them."
# Lists that name contacts of customers.
NAMING = ("answers", "told")


def prune(*, now: datetime, limit: int = AT_ONCE) -> int:
    """Let go of PDFs made more than PRINTOUT_DAYS ago, the oldest first; returns how many. 0 days keep all.

    None goes while the clock cannot be trusted.
    """
    if settings.PRINTOUT_DAYS <= 0 or clockwatch.open_hold() is not None:
        return 0
    before = now - timedelta(days=settings.PRINTOUT_DAYS)
    old = Printout.objects.filter(state=PrintState.READY, ready_at__lt=before).order_by("ready_at")
    return _let_go(Printout.objects.filter(pk__in=list(old.values_list("pk", flat=True)[:limit])), OLD)


def forget(contact: Contact) -> None:
    """Let go of the PDFs that may hold the contact's name or words. In the eraser's transaction.

    Packs and outages show what contacts answered; lists of answers and of whom a message went to name them.
    """
    answers = Answer.objects.filter(contact=contact)
    about = Q(kind=Printed.ROWS, listing__in=NAMING)
    if answers.exists():
        about |= Q(kind=Printed.PACK)
        about |= Q(kind=Printed.INCIDENT, object_id__in=answers.values("incident_id"))
    _let_go(Printout.objects.filter(about, state=PrintState.READY), ERASED)


def _let_go(rows: QuerySet[Printout], why: str) -> int:
    with transaction.atomic():
        keys = list(rows.values_list("pk", flat=True))
        PrintoutContent.objects.filter(printout__in=keys).delete()
        return Printout.objects.filter(pk__in=keys).update(state=PrintState.GONE, problem=why)
