"""One search over incidents, customers, contacts, services and messages: what the person who asks may see."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet
from django.db.models.functions import Lower

from crisisdesk.core.access import Act, may
from crisisdesk.core.actors import Actor
from crisisdesk.core.asked import LONGEST, spellings
from customers.addresses import number_asked_for
from customers.models import Contact, Customer, Service
from incidents.knowing import known_to
from incidents.models import Incident, Update

SHORTEST = 2
EACH = 8
_REFERENCE = re.compile(r"(?:inc)?[-\s#]*(\d{1,9})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Found:
    """Rows of one kind, at most `EACH`; `more` says that there are others."""

    kind: str
    rows: tuple[Any, ...]
    more: bool


def search(asked: str, by: Actor) -> list[Found]:
    """What matches, by kind, the kinds without a match left out; one query for each kind the person may see.

    Every word must occur. An e-mail address, a telephone number however written and a customer's reference find theirs.
    """
    words = asked.strip()[:LONGEST].split()
    if sum(map(len, words)) < SHORTEST:
        return []
    found: list[Found] = []
    if may(by, Act.VIEW_INCIDENTS):
        found.append(_first("incident", _incidents(words, by)))
    if may(by, Act.VIEW_CUSTOMERS):
        customers = Customer.objects.filter(_every(words, "name") | Q(reference__iexact=" ".join(words)))
        found.append(_first("customer", customers.order_by("-is_active", "name", "pk")))
        found.append(_first("contact", _contacts(words)))
    if may(by, Act.VIEW_SETTINGS):
        services = Service.objects.filter(_every(words, "name") | Q(slug__iexact="-".join(words)))
        found.append(_first("service", services.order_by("-is_active", "name", "pk")))
    if may(by, Act.VIEW_DELIVERIES):
        messages = Update.objects.filter(known_to(by, "incident__"), _every(words, "subject", "body")).select_related(
            "incident"
        )
        found.append(_first("message", messages.order_by("-pk")))
    return [one for one in found if one.rows]


def incident_named(asked: str, by: Actor) -> Incident | None:
    """The incident, if nothing but its reference was asked for, such as "INC-42" or "42", and `by` may know of it."""
    match = _REFERENCE.fullmatch(asked.strip())
    return Incident.objects.filter(known_to(by), pk=int(match[1])).first() if match else None


def _incidents(words: list[str], by: Actor) -> QuerySet[Incident]:
    return Incident.objects.filter(known_to(by), _every(words, "title", "summary")).order_by("-pk")


def _contacts(words: list[str]) -> QuerySet[Contact]:
    rows = Contact.objects.select_related("customer").filter(erased_at=None)
    if len(words) == 1 and "@" in words[0]:
        # By the index on the lower-case address.
        by_address = rows.annotate(lower=Lower("email")).filter(lower__startswith=words[0].lower())
        return by_address.order_by("-is_active", "name", "pk")
    if number := number_asked_for(" ".join(words)):
        return rows.filter(phone__endswith=number).order_by("-is_active", "name", "pk")
    return rows.filter(_every(words, "name")).order_by("-is_active", "name", "pk")


def _every(words: list[str], *fields: str) -> Q:
    """Each word occurs in one of the fields."""
    condition = Q()
    for word in words:
        somewhere = Q()
        for field in fields:
            for written in spellings(word):
                somewhere |= Q(**{f"{field}__icontains": written})
        condition &= somewhere
    return condition


def _first(kind: str, rows: QuerySet[Any]) -> Found:
    several = tuple(rows[: EACH + 1])
    return Found(kind, several[:EACH], len(several) > EACH)
