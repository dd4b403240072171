"""Where something fails, in the reader's language: "Payments API in eu-west", "Payments API (région eu-west)"."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext

# The grammar of a reason that follows from what a customer uses (`customers.affected`), frozen with the delivery.
USES = "uses "
_REASON = re.compile(
    rf"{USES}(?P<service>.+?)(?: in (?P<region>[-\w]+))?(?:, instance (?P<instance>.+?))?"
    r"(?P<chain>(?:, which depends on .+)?)",
    re.DOTALL,
)
_STEP = ", which depends on "
_FAR = re.compile(r"(?P<service>.+) through (?P<count>\d+) other services", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Place:
    """A service, everywhere or in one region (slug) or on one instance (name)."""

    service: str
    region: str = ""
    instance: str = ""


def in_words(places: Iterable[Place]) -> str:
    """The places in the active language, one after another."""
    return ", ".join(_one(place) for place in places)


def reason_in_words(reason: str, services: Iterable[str] = ()) -> str:
    """What of a customer's is affected, in the active language, from the frozen English reason; "" for any other.

    `services` are the names that hold an "in" themselves: of a service "Walk in closet" no region is named.
    """
    found = _REASON.fullmatch(reason)
    if found is None:
        return ""
    service, region = found["service"], found["region"] or ""
    if (whole := f"{service} in {region}") in services:
        service, region = whole, ""
    return _one(Place(service, region, found["instance"] or "")) + _through(found["chain"])


def reason_for(places: Iterable[Place]) -> str:
    """The reason of somebody who uses the first of the places, as it would be frozen; "" without one."""
    for place in places:
        region = f" in {place.region}" if place.region else ""
        instance = f", instance {place.instance}" if place.instance else ""
        return f"{USES}{place.service}{region}{instance}"
    return ""


def maybe_name(reason: str) -> str:
    """What may be the name of a service with an "in", such as "Walk in closet"; or ""."""
    found = _REASON.fullmatch(reason)
    return f"{found['service']} in {found['region']}" if found and found["region"] else ""


def _one(place: Place) -> str:
    names = {"service": place.service, "region": place.region, "instance": place.instance}
    if place.region and place.instance:
        return gettext("%(service)s in %(region)s, instance %(instance)s") % names
    if place.region:
        return gettext("%(service)s in %(region)s") % names
    if place.instance:
        return gettext("%(service)s, instance %(instance)s") % names
    return place.service


def _through(chain: str) -> str:
    said = []
    for step in chain.split(_STEP)[1:]:
        if far := _FAR.fullmatch(step):
            text = gettext(", which depends on %(service)s through %(count)s other services")
            said.append(text % {"service": far["service"], "count": far["count"]})
        else:
            said.append(gettext(", which depends on %(service)s") % {"service": step})
    return "".join(said)
