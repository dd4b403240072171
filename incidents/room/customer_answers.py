"""What a customer's contacts said of how they were kept informed, for the customer's page."""

from __future__ import annotations

from typing import Any

from django.db.models import Count
from django.urls import reverse

from crisisdesk.core.actors import Actor
from customers.models import Customer
from incidents.knowing import known_to
from incidents.models import Answer, Informed

SHOWN = 12
TONES = {Informed.YES: "green", Informed.PARTLY: "amber", Informed.NO: "red"}


def answers_of(customer: Customer, by: Actor | None) -> dict[str, Any]:
    """How many of each answer, and the newest twelve with their comments. Two reads; one where there are none."""
    rows = Answer.objects.real().filter(known_to(by, "incident__"), contact__customer=customer)
    counted = dict(rows.order_by().values_list("informed").annotate(count=Count("pk")))
    total = sum(counted.values())
    newest = rows.select_related("incident", "contact").order_by("-at", "-pk")[:SHOWN] if total else []
    return {
        "total": total,
        "counts": [(label, counted.get(value, 0)) for value, label in Informed.choices],
        "lines": [
            {
                "informed": row.get_informed_display(),
                "tone": TONES[Informed(row.informed)],
                "comment": row.comment,
                "contact": row.contact.name,
                "at": row.at,
                "incident": row.incident.reference,
                "incident_url": reverse("admin:incidents_incident_change", args=[row.incident_id]),
            }
            for row in newest
        ],
    }
