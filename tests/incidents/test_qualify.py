"""Operations declares, declines or finds an alert too brief."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from crisisdesk.core.actors import Actor
from crisisdesk.core.models import AuditEntry, User
from crisisdesk.core.refusals import InvalidInput, NotAllowed, WrongState
from customers.affected import Scope
from incidents.models import AlertState, Incident, Notification, Status
from incidents.qualify import attach, declare, decline, mark_too_brief
from incidents.timeline import entries_of
from tests import factories


def test_it_declares_an_incident_from_an_alert(by_ivo: Actor, now: datetime) -> None:
    alert = factories.alert(now - timedelta(minutes=4))
    scopes = [Scope(factories.service().pk)]

    incident = declare([alert], title="Payments are failing", severity="SEV1", scopes=scopes, by=by_ivo, now=now)

    alert.refresh_from_db()
    assert (alert.state, alert.incident, alert.qualified_by_name) == (AlertState.DECLARED, incident, "Ivo Brandt")
    assert incident.status == Status.INVESTIGATING
    assert incident.started_at == now - timedelta(minutes=4)
    assert [row.service.name for row in incident.affected.all()] == ["Payments API"]
    assert "Declared SEV1" in entries_of(incident)[1].text
    assert incident.history.get().history_actor == "Ivo Brandt"
    assert AuditEntry.objects.get(action="incident.declared").incident == incident.reference


def test_it_tells_support_to_write_to_customers(by_ivo: Actor, dana: User, now: datetime) -> None:
    incident = factories.incident(by_ivo, now)

    (note,) = Notification.objects.filter(incident=incident)
    assert note.person == dana
    assert f"[WRITE] {incident.reference} SEV2 declared" in note.subject
    assert note.link == f"/admin/incidents/incident/{incident.pk}/change/"
    assert entries_of(incident)[0].text == "Support told to write to customers: Dana Reyes"


def test_it_lets_only_operations_decide(by_dana: Actor, by_mira: Actor, by_otto: Actor, now: datetime) -> None:
    alert = factories.alert(now)
    scopes = [Scope(factories.service().pk)]
    for actor in (by_dana, by_mira, by_otto):
        with pytest.raises(NotAllowed, match=r"This takes Operations\."):
            declare([alert], title="Payments", severity="SEV1", scopes=scopes, by=actor, now=now)
        with pytest.raises(NotAllowed, match=r"This takes Operations\."):
            decline(alert, reason="noise", by=actor, now=now)

    assert not Incident.objects.exists()


def test_it_names_everything_that_is_missing(by_ivo: Actor, now: datetime) -> None:
    with pytest.raises(InvalidInput) as refused:
        declare([factories.alert(now)], title=" ", severity="SEV9", scopes=[], by=by_ivo, now=now)

    assert set(refused.value.errors) == {"title", "severity", "scopes"}
    assert not Incident.objects.exists()


def test_it_declines_with_a_reason(by_ivo: Actor, now: datetime) -> None:
    alert = factories.alert(now)
    with pytest.raises(InvalidInput, match="Say why"):
        decline(alert, reason="  ", by=by_ivo, now=now)

    decline(alert, reason="A probe was misconfigured.", by=by_ivo, now=now)

    alert.refresh_from_db()
    assert (alert.state, alert.reason, alert.open_key) == (AlertState.DECLINED, "A probe was misconfigured.", None)


def test_it_decides_once(by_ivo: Actor, now: datetime) -> None:
    alert = factories.alert(now)
    decline(alert, reason="noise", by=by_ivo, now=now)

    with pytest.raises(WrongState, match="already declined by Ivo Brandt"):
        declare([alert], title="Payments", severity="SEV1", scopes=[Scope(factories.service().pk)], by=by_ivo, now=now)


def test_it_sends_a_brief_outage_straight_to_the_post_mortem(by_ivo: Actor, now: datetime) -> None:
    alert = factories.alert(now)

    incident = mark_too_brief(
        [alert],
        title="Payments blinked",
        severity="SEV3",
        scopes=[Scope(factories.service().pk)],
        reason="Back after 40 seconds.",
        by=by_ivo,
        now=now + timedelta(minutes=2),
    )

    assert (incident.status, incident.is_brief) == (Status.RESOLVED, True)
    assert incident.resolved_at == now + timedelta(minutes=2)


def test_it_adds_an_alert_to_an_open_incident(by_ivo: Actor, now: datetime) -> None:
    incident = factories.incident(by_ivo, now)
    another = factories.alert(now, "Checkout: latency")

    attach(another, incident, by=by_ivo, now=now)

    assert incident.alerts.count() == 2
    assert f"belongs to {incident.reference}" in entries_of(incident)[0].text
