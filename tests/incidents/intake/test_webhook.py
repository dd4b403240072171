"""Alertmanager posts, the desk folds."""

from __future__ import annotations

from datetime import UTC, datetime
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from crisisdesk.core import clock
from crisisdesk.core.actors import Actor
from crisisdesk.core.models import AuditEntry, User
from crisisdesk.core.refusals import InvalidInput, NotAllowed
from customers.affected import Scope
from incidents.intake.sources import create_source, hashed, replace_token
from incidents.models import Alert, AlertSource, Incident, Notification, TimelineEntry
from incidents.qualify import declare, decline
from tests.factories import service
from tests.incidents.intake.conftest import Post, alert, webhook

pytestmark = pytest.mark.django_db


def test_it_takes_an_alert_as_alertmanager_sends_it(post: Post, source: AlertSource, ivo: User) -> None:
    response = post(webhook(alert()))
    assert (response.status_code, response.json()) == (200, {"new": 1, "repeated": 0, "resolved": 0})
    row = Alert.objects.get()
    assert row.title == "Payments API: high error rate"
    assert row.description == "5xx above 5 % for 2 minutes"
    assert row.labels["service"] == "payments"
    assert row.link == "http://prometheus.internal:9090/graph?g0.expr=up"
    assert row.started_at == datetime(2026, 3, 10, 13, 58, 2, 123456, tzinfo=UTC)
    assert row.ended_at is None
    assert row.source == source
    assert Notification.objects.get().person == ivo
    source.refresh_from_db()
    assert source.last_seen_at is not None


def test_it_folds_repeats_into_one_alert(post: Post) -> None:
    post(webhook(alert()))
    assert post(webhook(alert(), alert("other"))).json() == {"new": 1, "repeated": 1, "resolved": 0}
    assert dict(Alert.objects.values_list("fingerprint", "times_seen")) == {"c4a3b0d9f2e15a77": 2, "other": 1}


def test_it_folds_the_same_fingerprint_within_one_request(post: Post) -> None:
    assert post(webhook(alert(), alert(), alert())).json()["new"] == 1
    assert Alert.objects.get().times_seen == 3


def test_it_notes_that_an_alert_is_over_and_that_it_came_back(post: Post) -> None:
    post(webhook(alert()))
    over = alert(status="resolved", endsAt="2026-03-10T14:07:00Z")
    assert post(webhook(over, status="resolved")).json() == {"new": 0, "repeated": 0, "resolved": 1}
    row = Alert.objects.get()
    assert (row.is_firing, row.ended_at) == (False, datetime(2026, 3, 10, 14, 7, tzinfo=UTC))
    assert row.state == "open", "an end is no green light: somebody decides about it"
    post(webhook(over, status="resolved"))
    post(webhook(alert()))
    row.refresh_from_db()
    assert (row.is_firing, row.ended_at) == (True, None)
    texts = list(TimelineEntry.objects.filter(alert=row, kind="alert").order_by("id").values_list("text", flat=True))
    assert texts == [
        "Alert from Production Alertmanager",
        "Monitoring says that it is over (no green light)",
        "Monitoring says that it fires again",
    ]


def test_it_ignores_the_end_of_an_alert_it_never_saw(post: Post) -> None:
    assert post(webhook(alert(status="resolved"), status="resolved")).json()["resolved"] == 0
    assert not Alert.objects.exists()


def test_it_folds_into_a_declared_alert_while_the_incident_is_open(post: Post, by_ivo: Actor) -> None:
    post(webhook(alert()))
    incident = declared(by_ivo)
    assert post(webhook(alert())).json() == {"new": 0, "repeated": 1, "resolved": 0}
    Incident.objects.filter(pk=incident.pk).update(status="resolved", resolved_at=clock.now())
    assert post(webhook(alert())).json() == {"new": 1, "repeated": 0, "resolved": 0}
    assert Alert.objects.filter(incident=None).get().times_seen == 1


def test_it_opens_a_new_alert_after_one_was_declined(post: Post, by_ivo: Actor) -> None:
    post(webhook(alert()))
    decline(Alert.objects.get(), reason="Load test", by=by_ivo, now=clock.now())
    assert post(webhook(alert())).json()["new"] == 1
    over = alert(status="resolved")
    assert post(webhook(over, status="resolved")).json()["resolved"] == 1


def test_it_keeps_two_sources_apart(post: Post) -> None:
    _, other = create_source("Staging", by=Actor.job("command line"), now=clock.now())
    post(webhook(alert()))
    assert post(webhook(alert()), authorization=f"Bearer {other}").json()["new"] == 1
    assert Alert.objects.count() == 2


@pytest.mark.parametrize("authorization", ["", "Bearer", "Bearer short", "Bearer " + "x" * 43, "Bearer " + "é" * 30])
def test_it_refuses_a_request_without_a_known_token(post: Post, authorization: str) -> None:
    response = post(webhook(alert()), authorization=authorization)
    assert response.status_code == 401
    assert "Authorization: Bearer" in response.json()["error"]
    assert not Alert.objects.exists()


def test_it_refuses_basic_credentials_and_a_source_that_was_switched_off(
    post: Post, source: AlertSource, token: str
) -> None:
    assert post(webhook(alert()), authorization=f"Basic {token}").status_code == 401
    AlertSource.objects.update(is_active=False)
    assert post(webhook(alert())).status_code == 401


def test_it_ends_a_token_that_was_replaced(post: Post, source: AlertSource, by_ada: Actor) -> None:
    token = replace_token(source, by=by_ada, now=clock.now())
    assert post(webhook(alert())).status_code == 401
    assert post(webhook(alert()), authorization=f"Bearer {token}").status_code == 200


def test_it_takes_post_only(token: str) -> None:
    response = Client().get("/in/alertmanager/", headers={"authorization": f"Bearer {token}"})
    assert response.status_code == 405


def test_it_stores_the_token_as_a_hash_and_writes_it_nowhere(by_ada: Actor, now: datetime) -> None:
    source, token = create_source("Staging", by=by_ada, now=now)
    assert source.token_hash == hashed(token)
    assert len(token) >= 43, "256 random bits"
    entry = AuditEntry.objects.get(action="alert_source.created")
    assert token not in str(entry.data)
    with pytest.raises(InvalidInput, match="already"):
        create_source("Staging", by=by_ada, now=now)


def test_it_lets_only_administrators_make_sources(by_ivo: Actor, now: datetime) -> None:
    with pytest.raises(NotAllowed, match="Administrators"):
        create_source("Mine", by=by_ivo, now=now)


def test_the_command_prints_the_token_alone(db: None, post: Post) -> None:
    out, notes = StringIO(), StringIO()
    call_command("create_alert_source", "Staging", stdout=out, stderr=notes)
    token = out.getvalue().strip()
    assert post(webhook(alert()), authorization=f"Bearer {token}").status_code == 200
    assert token not in notes.getvalue()
    with pytest.raises(CommandError, match="already"):
        call_command("create_alert_source", "Staging", stdout=StringIO(), stderr=StringIO())


def test_the_console_shows_the_token_once(ada: User, signed_in: object) -> None:
    client = signed_in(ada)  # type: ignore[operator]
    response = client.post("/admin/incidents/alertsource/add/", {"name": "Staging", "kind": "alertmanager"})
    source = AlertSource.objects.get(name="Staging")
    token = next(made for _, made in response.context["made"])
    assert hashed(token) == source.token_hash
    assert token in response.content.decode()
    assert "no-store" in response["Cache-Control"]
    assert token not in client.get(f"/admin/incidents/alertsource/{source.pk}/change/").content.decode()
    assert client.get(f"/admin/incidents/alertsource/{source.pk}/history/").status_code == 200


def test_the_console_refuses_a_source_made_by_operations(ivo: User, signed_in: object) -> None:
    client = signed_in(ivo)  # type: ignore[operator]
    response = client.post("/admin/incidents/alertsource/add/", {"name": "Mine", "kind": "alertmanager"})
    assert response.status_code == 403
    assert not AlertSource.objects.filter(name="Mine").exists()


def declared(by: Actor) -> Incident:
    scopes = [Scope(service().pk)]
    return declare(
        list(Alert.objects.all()), title="Payments fail", severity="SEV2", scopes=scopes, by=by, now=clock.now()
    )
