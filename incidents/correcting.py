"""A correction: which message it is of, whom it goes to, and what it says of the promise (Step 4).

It goes to exactly those who got the wrong message, says what was wrong, and leaves the promise standing: it keeps
none, makes none, and repeats the time that was promised.
"""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q, QuerySet, Value

from customers.delivery.ledger import went_to
from customers.models import Contact
from incidents.models import Incident, Promise, Update, UpdateKind

# A correction of a correction is another message about what was wrong in the first place; a report has its own way.
NOT_CORRECTED = (UpdateKind.CORRECTION, UpdateKind.POSTMORTEM)


def correctable(incident: Incident) -> QuerySet[Update]:
    """The messages that a correction can be of, the newest first: those that went out by mail."""
    sent = incident.updates.exclude(message=None).exclude(kind__in=NOT_CORRECTED)
    return sent.select_related("message").order_by("-number")


def owed_to(update: Update | None) -> list[QuerySet[Contact]]:
    """Whom a correction of this message goes to, with the reason for each; nobody where it is of none."""
    if update is None or update.message is None:
        return []
    got = went_to(update.message)
    # Whoever was merged with another contact since is owed it as that one.
    stays = Contact.objects.filter(merged__in=got.filter(is_active=False).values("pk"), is_active=True).distinct()
    reason = Value("received the message as another contact")
    return [got.filter(Q(merged_into=None) | Q(is_active=True)), stays.annotate(reason=reason)]


def standing_time(incident: Incident, now: datetime) -> datetime | None:
    """When the next update is promised for; None when nothing is, or when it is overdue. One read."""
    promise = Promise.objects.open().filter(incident=incident).first()
    return promise.due_at if promise is not None and not promise.is_due(now) else None
