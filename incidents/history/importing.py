"""Bringing past incidents in: rows as if the desk had been there, but no message and no delivery to anybody."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction

from crisisdesk.core import audit
from crisisdesk.core.access import Act, require
from crisisdesk.core.actors import Actor
from crisisdesk.core.refusals import WrongState
from incidents.history.record import PastIncident
from incidents.history.rows import add_affected, add_incidents, add_promises, add_timeline, add_updates
from incidents.history.services import match_services
from incidents.history.silence import had_silent_hour, promises_in, was_long
from incidents.models import Incident


@dataclass(frozen=True, slots=True)
class Report:
    """What was brought in, and what the record of all incidents given says. `long`: over an hour."""

    imported: int
    already_there: int
    messages: int
    services_created: int
    long: int
    with_silent_hour: int
    promises: int
    kept: int
    missed: int


def import_history(past: Sequence[PastIncident], *, by: Actor, now: datetime) -> Report:
    """Save what is not there yet, by external id, in one transaction; a second run changes nothing.

    Incidents arrive resolved, with their messages, the dated promises in them (kept or missed by the time of the
    message that followed) and a timeline at the times of the record. Nobody is written to: no `Message`, no
    `Delivery`, no deadline. Raises NotAllowed, WrongState.
    """
    require(by, Act.MANAGE_SETTINGS)
    ids = [record.external_id for record in past]
    known = set(Incident.objects.filter(external_id__in=ids).values_list("external_id", flat=True))
    fresh = [record for record in past if record.external_id not in known]
    created = 0
    if fresh:
        try:
            with transaction.atomic():
                created = _save(fresh, by=by, now=now)
        except IntegrityError as error:
            raise WrongState(
                "Somebody imported some of these incidents at the same moment; nothing was saved. Import again."
            ) from error
    return _report(past, fresh, created)


def _save(fresh: Sequence[PastIncident], *, by: Actor, now: datetime) -> int:
    services, created = match_services([name for record in fresh for name in record.components], by=by, now=now)
    pairs = add_incidents(fresh, by=by, now=now)
    add_affected(pairs, services, by=by, now=now)
    updates = add_updates(pairs, by=by, now=now)
    promises = add_promises(pairs, updates)
    add_timeline(pairs, updates, promises, by=by)
    data = {"incidents": len(pairs), "updates": sum(map(len, updates)), "services": created}
    audit.record("history.imported", by=by, now=now, data=data)
    return created


def _report(past: Sequence[PastIncident], fresh: Sequence[PastIncident], services_created: int) -> Report:
    found = [promise for record in past for promise in promises_in(record)]
    return Report(
        imported=len(fresh),
        already_there=len(past) - len(fresh),
        messages=sum(len(record.updates) for record in fresh),
        services_created=services_created,
        long=sum(map(was_long, past)),
        with_silent_hour=sum(map(had_silent_hour, past)),
        promises=len(found),
        kept=sum(promise.is_kept for promise in found),
        missed=sum(not promise.is_kept and not promise.is_released for promise in found),
    )
