"""The state of each affected service, in the words of status pages, and what it was when."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models.functions import Coalesce

from crisisdesk.core import audit
from crisisdesk.core.access import Act, require
from crisisdesk.core.actors import Actor
from crisisdesk.core.history import stamp
from crisisdesk.core.refusals import InvalidInput, WrongState
from customers.dependencies import Scope, failures
from customers.models import Service
from incidents.knowing import known_to
from incidents.lifecycle import refuse_change
from incidents.locking import locked, position_of, save
from incidents.models import AffectedService, ComponentStatus, Incident
from incidents.timeline import Kind, entry

# The worst last.
ORDER = list(ComponentStatus)
KEPT = 60


@dataclass(frozen=True, slots=True)
class Spell:
    """A time in one state. `until` None: it lasts. `status` is OPERATIONAL after it left the scope or was restored."""

    incident: Incident
    where: str
    status: ComponentStatus
    since: datetime
    until: datetime | None


def set_states(incident: Incident, wanted: Mapping[int, str], *, by: Actor, now: datetime) -> list[AffectedService]:
    """Set the state of affected services (row id -> state) and return those that changed.

    Raises NotAllowed; WrongState when the incident is resolved or a row left the scope meanwhile; InvalidInput for an
    unknown state.
    """
    require(by, Act.CHANGE_INCIDENT)
    if unknown := sorted(set(wanted.values()) - set(ComponentStatus.values)):
        raise InvalidInput(f"There is no state called {unknown[0]}; choose one of {', '.join(ComponentStatus.values)}.")
    with transaction.atomic():
        incident = locked(incident)
        if refusal := refuse_change(position_of(incident), "change the state of a service"):
            raise WrongState(refusal)
        rows = list(incident.affected.filter(until=None).select_related("service", "region", "instance").order_by("id"))
        if gone := set(wanted) - {row.pk for row in rows}:
            raise WrongState(f"{len(gone)} of the services left the scope meanwhile; look at the list again.")
        changed = [row for row in rows if wanted.get(row.pk, row.component_status) != row.component_status]
        for row in changed:
            row.component_status = wanted[row.pk]
            stamp(row, by=by, now=now, reason="state")
            row.save()
        if changed:
            words = "; ".join(f"{row}: {row.get_component_status_display()}" for row in changed)
            save(incident, by=by, now=now, reason="component states")
            entry(Kind.CHANGE, f"State of services: {words}", incident=incident, by=by, now=now)
            data = {str(row.pk): row.component_status for row in changed}
            audit.record(
                "incident.states_changed",
                by=by,
                now=now,
                on=incident,
                incident=incident.reference,
                data=data,
                is_drill=incident.is_drill,
            )
    return changed


@dataclass(frozen=True, slots=True)
class Failing:
    """What is out of order now: service id -> its worst state, and what fails in detail."""

    worst: Mapping[int, ComponentStatus]
    scopes: tuple[Scope, ...]

    def through(self, dependents: Mapping[int, Collection[int]]) -> dict[int, int]:
        """Service id -> the failed service that it stands on, of those with no worse state of their own.

        By the very rule that audiences follow (`customers.dependencies`): whose customers are told is marked.
        """
        found: dict[int, int] = {}
        for failure in failures(self.scopes, dependents):
            if failure.path and failure.service_id not in self.worst:
                found.setdefault(failure.service_id, failure.path[-1])
        return found


def failing_now(by: Actor | None = None) -> Failing:
    """What is out of order in the open incidents that are no drill, of those that `by` may know (one query)."""
    rows = AffectedService.objects.filter(
        known_to(by, "incident__"), until=None, incident__resolved_at=None, incident__is_drill=False
    ).exclude(component_status=ComponentStatus.OPERATIONAL)
    worst: dict[int, ComponentStatus] = {}
    scopes = []
    for service, region, instance, status in rows.values_list(
        "service", Coalesce("region", "instance__region"), "instance", "component_status"
    ):
        state = ComponentStatus(status)
        scopes.append(Scope(service, region, instance))
        if service not in worst or ORDER.index(state) > ORDER.index(worst[service]):
            worst[service] = state
    return Failing(worst, tuple(scopes))


def spells(service: Service, by: Actor | None = None) -> list[Spell]:
    """What states a service was in through which incident, newest first (the newest sixty), from the field history.

    Only incidents that `by` may know of.
    """
    rows = {
        row.pk: row
        for row in AffectedService.objects.filter(known_to(by, "incident__"), service=service, incident__is_drill=False)
        .select_related("incident", "service", "region", "instance")
        .order_by("-since", "-pk")[:KEPT]
    }
    versions: dict[int, list[tuple[datetime, str]]] = {pk: [] for pk in rows}
    history = AffectedService.history.filter(id__in=list(rows)).order_by("history_date", "history_id")
    for pk, at, status in history.values_list("id", "history_date", "component_status"):
        if not versions[pk] or versions[pk][-1][1] != status:
            versions[pk].append((at, status))
    found = [spell for pk, row in rows.items() for spell in _spells(row, versions[pk])]
    return sorted(found, key=lambda spell: spell.since, reverse=True)[:KEPT]


def _spells(row: AffectedService, versions: list[tuple[datetime, str]]) -> list[Spell]:
    """The row's states without the healthy ones: an end is said by `until`."""
    moments = versions or [(row.since, row.component_status)]
    moments[0] = (row.since, moments[0][1])
    ends: list[datetime | None] = [*(at for at, _ in moments[1:]), row.until]
    return [
        Spell(row.incident, str(row), ComponentStatus(status), at, end)
        for (at, status), end in zip(moments, ends, strict=True)
        if status != ComponentStatus.OPERATIONAL
    ]
