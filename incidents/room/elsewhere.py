"""Contacts and customers whom another open incident concerns as well: told apart, wherever they are looked at."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from typing import Any

from django.db.models import Count, QuerySet
from django.urls import reverse

from crisisdesk.core.actors import Actor
from customers.affected import Audience
from customers.models import Delivery, DeliveryState
from incidents.knowing import known_to
from incidents.models import Incident, UpdateKind, reference_of
from incidents.room.reach import amount

# By these a contact hears of an incident for the first time.
FIRST_WORDS = (UpdateKind.INITIAL, UpdateKind.CATCH_UP)
_INCIDENT = "message__update__incident"


def also_in(incident: Incident, audience: Audience, by: Actor) -> list[dict[str, str]]:
    """Other open incidents of which some of the affected were told: [{text ("12 of these"), reference, title, url}].

    One read; it looks at nothing while no other incident goes on.
    """
    rows = _told_elsewhere(incident, by).filter(contact__in=audience.members().order_by().values("pk"))
    found: Any = rows.order_by().values_list(_INCIDENT, f"{_INCIDENT}__title")
    return [
        {
            "text": f"{amount(count, 'contact')} of these",
            "reference": reference_of(pk),
            "title": title,
            "url": reverse("admin:incidents_incident_change", args=[pk]),
        }
        for pk, title, count in found.annotate(count=Count("contact", distinct=True)).order_by("-count", _INCIDENT)
    ]


def customers_elsewhere(incident: Incident, customers: Collection[int], by: Actor) -> dict[int, list[str]]:
    """Customer id -> references of the other open incidents of which its contacts were told. One read."""
    rows: Any = _told_elsewhere(incident, by).filter(contact__customer__in=customers).order_by()
    found: dict[int, list[str]] = defaultdict(list)
    for customer, pk in rows.values_list("contact__customer", _INCIDENT).distinct().order_by(_INCIDENT):
        found[customer].append(reference_of(pk))
    return found


def _told_elsewhere(incident: Incident, by: Actor) -> QuerySet[Delivery]:
    others = Incident.objects.unresolved().filter(known_to(by), is_drill=incident.is_drill).exclude(pk=incident.pk)
    told = Delivery.objects.exclude(state=DeliveryState.SUPPRESSED)
    return told.filter(message__kind__in=FIRST_WORDS, message__update__incident__in=others.values("pk"))
