"""What an outage cost customers, computed from the record (Step 6)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count

from customers.delivery.ledger import ever_told
from incidents.models import Incident
from incidents.scope import audience_of


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
        ever_told(incident.reference)
        .order_by()
        .aggregate(customers=Count("customer_id", distinct=True), contacts=Count("pk", distinct=True))
    )
    customers, contacts = told["customers"], told["contacts"]
    if not contacts:
        counts = audience_of(incident).counts()
        customers, contacts = counts.customers, counts.contacts
    minutes = max(0, int(incident.lasted_seconds(now) // 60))
    return Impact(customers, contacts, customers * minutes)
