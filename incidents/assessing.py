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
from django.utils.translation import gettext, ngettext

from customers.models import ACCEPTED_STATES, Customer, Delivery, Subscription
from incidents.models import AffectedService, ComponentStatus, Incident, Promise
from incidents.render import local_time, status_label, utc_time
from incidents.scope import audience_of

if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations

    from customers.affected import Reasoned

    Use = WithAnnotations[Subscription, Reasoned]

# So many services are read out; of more, how many there are besides.
READ_OUT = 8
# The worst last.
_ORDER = list(ComponentStatus)


@dataclass(frozen=True, slots=True)
class Touched:
    """One thing the customer uses: in words with what it fails through, how badly, since when (UTC).

    `region`, `instance` and `cause` (the service that failed, where it is another one) are "" where there is none.
    """

    reason: str
    service: str
    status: ComponentStatus
    since: datetime
    region: str = ""
    instance: str = ""
    cause: str = ""


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
    uses = (
        found.subscriptions().filter(customer=customer).select_related("service", "region", "instance")
        if found.failures
        else []
    )
    causes = {failure.service_id: (failure.path or (failure.service_id,))[-1] for failure in reversed(found.failures)}
    promise = Promise.objects.open().filter(incident=incident).first()
    told = Delivery.objects.filter(
        message__thread_key=incident.reference, contact__customer=customer, state__in=ACCEPTED_STATES
    )
    return Assessment(
        incident=incident,
        customer=customer,
        at=now,
        touched=tuple(_touched(uses, causes, rows, found.service_names)),
        next_update_at=promise.due_at if promise else None,
        last_told_at=told.order_by("-message").values_list("sent_at", flat=True).first(),
    )


def as_text(found: Assessment) -> str:
    """The assessment in the customer's language and time zone, with UTC, ready to be read out or pasted."""
    with translation.override(found.customer.language):
        zone = ZoneInfo(found.customer.time_zone)
        incident = found.incident
        drill = f"{gettext('DRILL')}: " if incident.is_drill else ""
        lines = [f"{drill}{settings.PRODUCT_NAME}: {incident.title} ({incident.reference})"]
        if not found.touched:
            return "\n".join([*lines, gettext("Nothing that you use is affected.")])
        since = _time(min(one.since for one in found.touched), zone)
        if incident.resolved_at is not None:
            return "\n".join(
                [
                    *lines,
                    gettext("This is over."),
                    _line(gettext("Was affected"), _named(found.touched, with_status=False)),
                    _line(gettext("From"), since),
                    _line(gettext("Until"), _time(incident.resolved_at, zone)),
                ]
            )
        lines += [_line(gettext("Affected"), _named(found.touched)), _line(gettext("Since"), since)]
        lines += [_line(gettext("Status"), status_label(incident.status))]
        lines += [_line(gettext("Likely resolution"), incident.likely_resolution or gettext("not yet known"))]
        if incident.workaround:
            lines += [_line(gettext("Workaround"), incident.workaround)]
        if incident.article_url:
            lines += [_line(gettext("Document"), incident.article_url)]
        if found.next_update_at is not None:
            lines += [_line(gettext("Next update by"), _time(found.next_update_at, zone))]
        return "\n".join(lines)


def _line(label: str, value: str) -> str:
    """ "Affected: Payments API", with the colon as the language writes it."""
    return f"{label}{gettext(':')} {value}"


def status_words(status: str) -> str:
    """The state of a service in the reader's language."""
    return {
        ComponentStatus.OPERATIONAL: gettext("operational"),
        ComponentStatus.DEGRADED_PERFORMANCE: gettext("degraded performance"),
        ComponentStatus.PARTIAL_OUTAGE: gettext("partial outage"),
        ComponentStatus.MAJOR_OUTAGE: gettext("major outage"),
        ComponentStatus.UNDER_MAINTENANCE: gettext("under maintenance"),
    }[ComponentStatus(status)]


def _named(touched: Iterable[Touched], *, with_status: bool = True) -> str:
    """What of theirs, where, how badly and through what: "Checkout, eu-west (major outage, through Payments API)"."""
    named: dict[str, None] = {}
    for one in touched:
        instance = gettext("instance %(name)s") % {"name": one.instance} if one.instance else ""
        through = gettext("through %(service)s") % {"service": one.cause} if one.cause else ""
        place = ", ".join(part for part in (one.service, one.region, instance) if part)
        more = ", ".join(part for part in (status_words(one.status) if with_status else "", through) if part)
        named[f"{place} ({more})" if more else place] = None
    said, left = list(named)[:READ_OUT], len(named) - READ_OUT
    if left > 0:
        said.append(ngettext("and %(count)d more", "and %(count)d more", left) % {"count": left})
    return "; ".join(said)


def _time(moment: datetime, zone: ZoneInfo) -> str:
    local, utc = local_time(moment, zone), utc_time(moment)
    return local if utc in local else f"{local} ({utc})"


def _touched(
    uses: Iterable[Use], causes: Mapping[int, int], rows: Iterable[AffectedService], names: Mapping[int, str]
) -> Iterable[Touched]:
    by_service: dict[int, list[AffectedService]] = {}
    for row in rows:
        by_service.setdefault(row.service_id, []).append(row)
    for use in uses:
        service = use.service
        cause = causes.get(service.pk, service.pk)
        hit = by_service.get(cause, [])
        if hit:
            yield Touched(
                reason=use.reason.removeprefix("uses "),
                service=service.name,
                status=max((ComponentStatus(row.component_status) for row in hit), key=_ORDER.index),
                since=min(row.since for row in hit),
                region=use.region.slug if use.region else "",
                instance=use.instance.name if use.instance else "",
                cause="" if cause == service.pk else names[cause],
            )
