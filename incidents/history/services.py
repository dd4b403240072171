"""The services that a history names: found by name or short name, made when nobody knows them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from django.utils.text import slugify

from crisisdesk.core.actors import Actor
from crisisdesk.core.history import stamp
from customers.models import Service
from incidents.plain import one_line


def match_services(names: Iterable[str], *, by: Actor, now: datetime) -> tuple[Mapping[str, Service], int]:
    """A service for each name, and how many had to be made. Upper and lower case make no difference."""
    known = {key: service for service in Service.objects.all() for key in (service.slug, service.name.casefold())}
    found: dict[str, Service] = {}
    created = 0
    for name in dict.fromkeys(names):
        service = known.get(name.casefold()) or known.get(slugify(name))
        if service is None:
            service = _create(name, {row.slug for row in known.values()}, by=by, now=now)
            known[service.slug] = known[name.casefold()] = service
            created += 1
        found[name] = service
    return found, created


def _create(name: str, taken: set[str], *, by: Actor, now: datetime) -> Service:
    stem = slugify(name)[:40] or "service"
    slug, number = stem, 1
    while slug in taken:
        number += 1
        slug = f"{stem}-{number}"
    service = Service(slug=slug, name=one_line(name, 100))
    stamp(service, by=by, now=now, reason="named by an imported history")
    service.save()
    return service
