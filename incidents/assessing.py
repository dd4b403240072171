"""Impact assessment: for one customer, what of theirs is affected, since when, how badly, and what is known (Step 3).

Written from the rows as they are now, so that Support can read it out or paste it. It says no more than customers
were told or may know: services, states, times, workaround, likely resolution, the promised time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext

from customers.models import ACCEPTED_STATES, Customer, Delivery, Subscription
from incidents.models import AffectedService, ComponentStatus, Incident, Promise
from incidents.render import local_time, utc_time
from incidents.scope import audience_of

if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations

    from customers.affected import Reasoned

    Use = WithAnnotations[Subscription, Reasoned]

# The worst last.
_ORDER = list(ComponentStatus)


@dataclass(frozen=True, slots=True)
class Touched:
    """One thing the customer uses: in words with what it fails through, how badly, since when (UTC)."""

    reason: str
    service: str
    status: ComponentStatus
    since: datetime


@dataclass(frozen=True, slots=True)
class Assessment:
    """What stands for one customer at `at` (UTC). `touched` is empty when nothing of theirs is affected."""

    incident: Incident
    customer: Customer
    at: datetime
    touched: tuple[Touched, ...]
    next_update_at: datetime | None
    last_told_at: datetime | None

    @property
    def is_late(self) -> bool:
        """Whether the promised time has passed."""
        return self.next_update_at is not None and self.next_update_at <= self.at


def assess(incident: Incident, customer: Customer, *, now: datetime) -> Assessment:
    """The assessment of one customer (about eight queries)."""
    rows = list(incident.affected.filter(until=None).order_by("id"))
    found = audience_of(incident, rows)
    uses = found.subscriptions().filter(customer=customer).select_related("service") if found.failures else []
    causes = {failure.service_id: (failure.path or (failure.service_id,))[-1] for failure in reversed(found.failures)}
    promise = Promise.objects.open().filter(incident=incident).first()
    told = Delivery.objects.filter(
        message__thread_key=incident.reference, contact__customer=customer, state__in=ACCEPTED_STATES
    )
    return Assessment(
        incident=incident,
        customer=customer,
        at=now,
        touched=tuple(_touched(uses, causes, rows)),
        next_update_at=promise.due_at if promise else None,
        last_told_at=told.order_by("-message").values_list("sent_at", flat=True).first(),
    )


def as_text(found: Assessment) -> str:
    """The assessment in the customer's language and time zone, with UTC, ready to be read out or pasted."""
    with translation.override(found.customer.language):
        zone = ZoneInfo(found.customer.time_zone)
        incident = found.incident
        lines = [f"{settings.PRODUCT_NAME}: {incident.title} ({incident.reference})"]
        if not found.touched:
            return "\n".join([*lines, gettext("Nothing that you use is affected.")])
        lines += [f"{gettext('Affected')}: {_named(found.touched)}"]
        lines += [f"{gettext('Since')}: {_time(min(one.since for one in found.touched), zone)}"]
        if incident.is_open:
            known = incident.likely_resolution or gettext("not yet known")
            lines += [f"{gettext('Likely resolution')}: {known}"]
        if incident.workaround:
            lines += [f"{gettext('Workaround')}: {incident.workaround}"]
        if incident.article_url:
            lines += [f"{gettext('Document')}: {incident.article_url}"]
        if found.next_update_at is not None:
            lines += [f"{gettext('Next update by')}: {_time(found.next_update_at, zone)}"]
        return "\n".join(lines)


def status_words(status: str) -> str:
    """The state of a service in the reader's language."""
    return {
        ComponentStatus.OPERATIONAL: gettext("operational"),
        ComponentStatus.DEGRADED_PERFORMANCE: gettext("degraded performance"),
        ComponentStatus.PARTIAL_OUTAGE: gettext("partial outage"),
        ComponentStatus.MAJOR_OUTAGE: gettext("major outage"),
        ComponentStatus.UNDER_MAINTENANCE: gettext("under maintenance"),
    }[ComponentStatus(status)]


def _named(touched: Iterable[Touched]) -> str:
    return "; ".join(dict.fromkeys(f"{one.service} ({status_words(one.status)})" for one in touched))


def _time(moment: datetime, zone: ZoneInfo) -> str:
    local, utc = local_time(moment, zone), utc_time(moment)
    return local if utc in local else f"{local} ({utc})"


def _touched(uses: Iterable[Use], causes: Mapping[int, int], rows: Iterable[AffectedService]) -> Iterable[Touched]:
    by_service: dict[int, list[AffectedService]] = {}
    for row in rows:
        by_service.setdefault(row.service_id, []).append(row)
    for use in uses:
        service = use.service
        hit = by_service.get(causes.get(service.pk, service.pk), [])
        if hit:
            yield Touched(
                reason=use.reason.removeprefix("uses "),
                service=service.name,
                status=max((ComponentStatus(row.component_status) for row in hit), key=_ORDER.index),
                since=min(row.since for row in hit),
            )
