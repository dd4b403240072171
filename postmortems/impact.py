"""What an outage cost customers: computed from the record, corrected by a person with a reason (Step 6)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Count

from crisisdesk.core.access import Act, require
from crisisdesk.core.actors import Actor
from crisisdesk.core.refusals import InvalidInput
from incidents.models import Incident
from incidents.recipients import told_of
from incidents.scope import audience_of
from postmortems.locking import locked, refuse_unless_drafting, save, write_down
from postmortems.models import Postmortem

# Of the columns that hold whole numbers; minutes have a larger one.
LARGEST = {"customers": 2_000_000_000, "contacts": 2_000_000_000, "customer_minutes": 10**15}


@dataclass(frozen=True, slots=True)
class Impact:
    """Customers and contacts concerned, and their number times the minutes it lasted."""

    customers: int
    contacts: int
    customer_minutes: int


def impact_of(incident: Incident, now: datetime) -> Impact:
    """Count who was ever alerted, or, where nobody was, who would have been.

    Customer-minutes count each customer for the whole of the outage, in whole minutes.
    """
    told = (
        told_of(incident)
        .order_by()
        .aggregate(customers=Count("customer_id", distinct=True), contacts=Count("pk", distinct=True))
    )
    customers, contacts = told["customers"], told["contacts"]
    if not contacts:
        counts = audience_of(incident).counts()
        customers, contacts = counts.customers, counts.contacts
    minutes = max(0, int(incident.lasted_seconds(now) // 60))
    return Impact(customers, contacts, customers * minutes)


def take_over(postmortem: Postmortem, impact: Impact) -> None:
    """Put computed numbers into an unsaved report, in place of any correction: it was about an earlier end."""
    postmortem.customers_count = postmortem.computed_customers = impact.customers
    postmortem.contacts_count = postmortem.computed_contacts = impact.contacts
    postmortem.customer_minutes = postmortem.computed_minutes = impact.customer_minutes
    postmortem.impact_corrected_at, postmortem.impact_corrected_by_name, postmortem.impact_reason = None, "", ""


def correct(
    postmortem: Postmortem,
    *,
    customers: int,
    contacts: int,
    customer_minutes: int,
    reason: str,
    by: Actor,
    now: datetime,
) -> Postmortem:
    """Say what it really was, and why the record has it wrong; the computed numbers stay beside.

    The computed numbers themselves take the correction back. Raises NotAllowed, WrongState, InvalidInput.
    """
    require(by, Act.EDIT_POSTMORTEM)
    wanted = {"customers": customers, "contacts": contacts, "customer_minutes": customer_minutes}
    if wrong := {
        name: f"Use a whole number from 0 to {LARGEST[name]:,}."
        for name, value in wanted.items()
        if not 0 <= value <= LARGEST[name]
    }:
        raise InvalidInput(wrong)
    if not reason.strip():
        raise InvalidInput({"reason": "Say how you know better than the record."})
    with transaction.atomic():
        postmortem = locked(postmortem)
        refuse_unless_drafting(postmortem, "correct its impact")
        before = _numbers(postmortem)
        # The same numbers for another reason are worth a word; where nothing is corrected there is none to give.
        said = postmortem.impact_corrected_at is None or postmortem.impact_reason == reason.strip()[:300]
        if before == wanted and said:
            return postmortem
        postmortem.customers_count, postmortem.contacts_count = customers, contacts
        postmortem.customer_minutes = customer_minutes
        computed = {
            "customers": postmortem.computed_customers,
            "contacts": postmortem.computed_contacts,
            "customer_minutes": postmortem.computed_minutes,
        }
        if wanted == computed:
            postmortem.impact_corrected_at, postmortem.impact_corrected_by_name, postmortem.impact_reason = None, "", ""
        else:
            postmortem.impact_corrected_at, postmortem.impact_corrected_by_name = now, by.name
            postmortem.impact_reason = reason.strip()[:300]
        postmortem.version += 1
        save(postmortem, by=by, now=now, reason=f"impact corrected: {reason.strip()}")
        data = {"before": before, "after": wanted, "computed": computed, "reason": reason.strip()[:300]}
        write_down("impact_corrected", postmortem, by=by, now=now, data=data)
    return postmortem


def _numbers(postmortem: Postmortem) -> dict[str, int]:
    return {
        "customers": postmortem.customers_count,
        "contacts": postmortem.contacts_count,
        "customer_minutes": postmortem.customer_minutes,
    }
