"""One outage in progress: from a real alert to a first message that is really sent, with a promise that ticks."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from crisisdesk.core.actors import Actor
from crisisdesk.core.models import User
from customers.affected import Scope
from customers.models import Region, Service
from incidents.alerts import Signal, receive
from incidents.changes import record_findings
from incidents.drafts import save_draft, start_draft
from incidents.models import AlertSource, Incident, IncidentType, Severity, UpdateKind
from incidents.notes import add_note
from incidents.oncall.paging import acknowledge
from incidents.publishing import send_update
from incidents.qualify import declare

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
        incident_type=IncidentType.objects.filter(name="Regional outage").first(),
        by=operations,
        now=ago(200),
    )
    summary = "One in nine calls takes over two seconds since the primary database of eu-west ran short of connections."
    workaround = "Retry calls that time out after ten seconds."
    record_findings(incident, summary=summary, workaround=workaround, by=operations, now=ago(120))
    add_note(incident, "The primary's connection pool is full; looking for who holds it.", by=operations, now=ago(90))
    incident.refresh_from_db()
    draft = start_draft(incident, kind=UpdateKind.INITIAL, by=support, now=ago(45))
    draft = save_draft(draft, version=draft.version, next_update_minutes=PROMISE_MINUTES, by=support, now=ago(10))
    send_update(incident, draft_version=draft.version, key=f"demonstration:{incident.pk}", by=support, now=now)
    incident.refresh_from_db()
    return incident


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
