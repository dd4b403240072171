"""Stop writing to an address, and take it back."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db import connection, transaction

from crisisdesk.core import audit
from crisisdesk.core.access import Act, require
from crisisdesk.core.actors import Actor
from crisisdesk.core.refusals import InvalidInput, WrongState
from customers.addresses import normalise_email
from customers.delivery.many import among_texts, listed_texts
from customers.models import Suppression

_IN_FORCE = "SELECT address, reason FROM customers_suppression WHERE channel = %s AND lifted_at IS NULL AND "


def suppress(channel: str, address: str, reason: str, *, now: datetime) -> None:
    """Write to the address no more; an address already suppressed stays as it is."""
    row = Suppression(channel=channel, address=normalise_email(address).lower(), reason=reason[:300], at=now)
    Suppression.objects.bulk_create([row], ignore_conflicts=True)


def in_force(channel: str, addresses: Collection[str]) -> dict[str, str]:
    """Those of the addresses, in lower case, that are not written to on the channel, and why."""
    # A delivery that was queued long ago may have its domain in another spelling.
    spelt = {address: normalise_email(address).lower() for address in addresses}
    with connection.cursor() as cursor:
        cursor.execute(_IN_FORCE + among_texts("address"), [channel, listed_texts({*spelt.values()})])
        found = dict(cursor.fetchall())
    return {address: found[kept] for address, kept in spelt.items() if kept in found}


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
