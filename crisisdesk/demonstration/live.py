"""One outage in progress: from a real alert to a first message that is really sent, with a promise that ticks."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction

from crisisdesk.core.actors import Actor
from crisisdesk.core.history import stamp
from crisisdesk.core.models import User
from customers.affected import Scope
from customers.models import Region, Service
from incidents.alerts import Signal, receive
from incidents.asking import ask_executives
from incidents.changes import record_findings
from incidents.checklists import tick
from incidents.command import take_role
from incidents.drafts import save_draft, start_draft
from incidents.models import (
    AlertSource,
    ChecklistItem,
    ExecutiveRequest,
    Incident,
    IncidentType,
    Phase,
    Severity,
    UpdateKind,
)
from incidents.notes import add_note
from incidents.oncall.paging import acknowledge
from incidents.publishing import send_update
from incidents.qualify import declare
from incidents.tracks import add_finding, set_finding_state

TITLE = "Payments API answers slowly"
SERVICE, REGION = "payments-api", "eu-west"
PROMISE_MINUTES = 25


def start_incident(source: AlertSource, *, ivo: User, dana: User, now: datetime) -> Incident | None:
    """An incident of a few minutes ago of which customers have just been told; None while one is open already."""
    with transaction.atomic():
        return None if Incident.objects.unresolved().exists() else _start(source, ivo, dana, now)


def _start(source: AlertSource, ivo: User, dana: User, now: datetime) -> Incident:
    operations, support = Actor.person(ivo), Actor.person(dana)

    def ago(seconds: int) -> datetime:
        return now - timedelta(seconds=seconds)

    (alert,) = receive(source, [_signal(ago(430))], now=ago(370)).new
    alert = acknowledge(alert, by=operations, now=ago(340))
    service, region = Service.objects.get(slug=SERVICE), Region.objects.get(slug=REGION)
    incident = declare(
        [alert],
        title=TITLE,
        severity=Severity.SEV2,
        scopes=[Scope(service.pk, region.pk)],
        incident_type=_type(operations, ago(370)),
        by=operations,
        now=ago(200),
    )
    summary = "One in nine calls takes over two seconds since the primary database of eu-west ran short of connections."
    workaround = "Retry calls that time out after ten seconds."
    record_findings(incident, summary=summary, workaround=workaround, by=operations, now=ago(120))
    add_note(incident, "The primary's connection pool is full; looking for who holds it.", by=operations, now=ago(90))
    _work_on(incident, ivo, dana, ago)
    incident.refresh_from_db()
    draft = start_draft(incident, kind=UpdateKind.INITIAL, by=support, now=ago(45))
    draft = save_draft(draft, version=draft.version, next_update_minutes=PROMISE_MINUTES, by=support, now=ago(10))
    send_update(incident, draft_version=draft.version, key=f"demonstration:{incident.pk}", by=support, now=now)
    incident.refresh_from_db()
    return incident


def _type(by: Actor, now: datetime) -> IncidentType | None:
    """The type of the incident, with automatic holding messages and a bridge."""
    kind = IncidentType.objects.filter(name="Regional outage").first()
    if kind is not None and not kind.holding_allowed:
        kind.holding_allowed, kind.bridge_url = True, kind.bridge_url or "https://meet.example/bridge"
        stamp(kind, by=by, now=now, reason="demonstration")
        kind.save()
    return kind


def _work_on(incident: Incident, ivo: User, dana: User, ago: Callable[[int], datetime]) -> None:
    """What people did in the room: the checklist half ticked, both tracks begun, roles taken, executives asked."""
    operations, support = Actor.person(ivo), Actor.person(dana)
    for phase, count, by in ((Phase.QUALIFY, 3, operations), (Phase.INVESTIGATING, 2, support)):
        items = ChecklistItem.objects.filter(incident_type=incident.incident_type, phase=phase)
        for item in items.order_by("position", "pk")[:count]:
            tick(incident, item, by=by, now=ago(150))
    network = add_finding(incident, "diagnosis", "Packet loss between zones", by=operations, now=ago(180))
    set_finding_state(network, "ruled_out", by=operations, now=ago(140))
    pool = "The primary's connection pool is full since the 14:00 job"
    add_finding(incident, "diagnosis", pool, state="confirmed", by=operations, now=ago(100))
    add_finding(
        incident, "mitigation", "Stop the job that holds the connections", state="under_way", by=operations, now=ago(80)
    )
    add_finding(incident, "mitigation", "Send reads to the replica", by=operations, now=ago(70))
    take_role(incident, "liaison", dana, by=support, now=ago(130))
    if not ExecutiveRequest.objects.filter(incident=incident).exists():
        text = "May we pay the database vendor for emergency support, about 4,000 euros?"
        ask_executives(incident, text, minutes=30, by=operations, now=ago(60))


def _signal(started_at: datetime) -> Signal:
    labels = {"alertname": "PaymentsLatencyHigh", "service": SERVICE, "region": REGION, "severity": "critical"}
    return Signal(
        # Each start is an outbreak of its own.
        fingerprint=f"demonstration-{started_at:%Y%m%d%H%M%S}",
        is_firing=True,
        title="PaymentsLatencyHigh: 95th percentile of Payments API in eu-west over 2 s",
        description="The 95th percentile of answer times was 2.4 s over the last five minutes; the objective is 0.5 s.",
        labels=labels,
        annotations={"summary": "Payments API is slow in eu-west", "runbook": "https://runbooks.example/payments"},
        link="https://prometheus.example/graph",
        started_at=started_at,
    )
