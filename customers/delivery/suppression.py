"""Stop writing to an address, and take it back."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from crisisdesk.core import audit
from crisisdesk.core.access import Act, require
from crisisdesk.core.actors import Actor
from crisisdesk.core.refusals import InvalidInput, WrongState
from customers.models import Suppression


def suppress(channel: str, address: str, reason: str, *, now: datetime) -> None:
    """Write to the address no more; an address already suppressed stays as it is."""
    row = Suppression(channel=channel, address=address.lower(), reason=reason[:300], at=now)
    Suppression.objects.bulk_create([row], ignore_conflicts=True)


def reinstate(suppression: Suppression, *, reason: str = "", by: Actor, now: datetime) -> None:
    """Write to the address again; `reason` goes into the audit trail, so it names nobody.

    Raises NotAllowed, InvalidInput for a reason with an address in it, and WrongState when that is already so.
    """
    require(by, Act.CONTROL_DELIVERY)
    if "@" in reason:
        raise InvalidInput({"reason": "Leave addresses out of the reason: it is kept for good."})
    with transaction.atomic():
        in_force = Suppression.objects.filter(pk=suppression.pk, lifted_at=None)
        if not in_force.update(lifted_at=now, lifted_by_name=by.name):
            raise WrongState("This address is written to again already; there is nothing to lift.")
        data = {"reason": reason.strip()[:200]} if reason.strip() else {}
        audit.record("suppression.lifted", by=by, now=now, on=suppression, data=data)
