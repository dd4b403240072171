"""The state of each affected service: set by Operations, kept with its times, shown on the map."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.test import Client

from crisisdesk.core.actors import Actor
from crisisdesk.core.models import User
from crisisdesk.core.refusals import InvalidInput, NotAllowed, WrongState
from customers.affected import Scope
from customers.models import Instance, Region, ServiceDependency
from incidents.models import ComponentStatus, Incident
from incidents.scope import change_scope
from incidents.states import failing_now, set_states, spells
from tests import factories

MINUTE = timedelta(minutes=1)


@pytest.fixture
def incident(by_ivo: Actor, now: datetime) -> Incident:
    factories.contact(factories.customer("Acme", factories.service()), "Pat")
    return factories.incident(by_ivo, now)


def test_each_state_is_kept_with_its_times(incident: Incident, by_ivo: Actor, now: datetime) -> None:
    row = incident.affected.get()
    set_states(incident, {row.pk: "major_outage"}, by=by_ivo, now=now + 5 * MINUTE)
    set_states(incident, {row.pk: "degraded_performance"}, by=by_ivo, now=now + 20 * MINUTE)
    set_states(incident, {row.pk: "operational"}, by=by_ivo, now=now + 30 * MINUTE)
    found = [(spell.status.value, spell.since, spell.until) for spell in spells(row.service)]
    assert found == [
        ("degraded_performance", now + 20 * MINUTE, now + 30 * MINUTE),
        ("major_outage", now + 5 * MINUTE, now + 20 * MINUTE),
        ("partial_outage", now, now + 5 * MINUTE),
    ]
    assert "State of services: Payments API: operational" in incident.timeline.order_by("-pk")[0].text


def test_the_worst_of_several_incidents_counts(incident: Incident, by_ivo: Actor, now: datetime) -> None:
    other = factories.incident(by_ivo, now)
    row = other.affected.get()
    set_states(other, {row.pk: "major_outage"}, by=by_ivo, now=now)
    factories.incident(by_ivo, now, is_drill=True, services=[factories.service("Reports")])
    assert failing_now().worst == {row.service_id: ComponentStatus.MAJOR_OUTAGE}


def test_the_same_state_changes_nothing(incident: Incident, by_ivo: Actor, now: datetime) -> None:
    row = incident.affected.get()
    assert set_states(incident, {row.pk: row.component_status}, by=by_ivo, now=now) == []


def test_what_can_not_be_set_is_refused(incident: Incident, by_ivo: Actor, by_dana: Actor, now: datetime) -> None:
    row = incident.affected.get()
    with pytest.raises(NotAllowed):
        set_states(incident, {row.pk: "major_outage"}, by=by_dana, now=now)
    with pytest.raises(InvalidInput, match="no state called broken"):
        set_states(incident, {row.pk: "broken"}, by=by_ivo, now=now)
    scope = [Scope(factories.service("Reports").pk)]
    change_scope(incident, scope, by=by_ivo, now=now)
    with pytest.raises(WrongState, match="left the scope"):
        set_states(incident, {row.pk: "major_outage"}, by=by_ivo, now=now)


def test_operations_sets_it_on_a_page(
    incident: Incident, ivo: User, dana: User, signed_in: Callable[[User], Client]
) -> None:
    row, url = incident.affected.get(), f"/admin/incidents/{incident.pk}/states/"
    assert signed_in(dana).post(url, {f"state-{row.pk}": "major_outage"}).status_code == 403
    client = signed_in(ivo)
    assert "How bad is it" in client.get(url).content.decode()
    assert client.post(url, {f"state-{row.pk}": "major_outage"}).status_code == 302
    row.refresh_from_db()
    assert row.component_status == "major_outage"


def test_the_map_shows_what_is_hit_and_around_one_service(
    incident: Incident, ivo: User, signed_in: Callable[[User], Client]
) -> None:
    payments, checkout = factories.service(), factories.service("Checkout")
    factories.service("Reports")
    ServiceDependency.objects.create(service=checkout, depends_on=payments)
    client = signed_in(ivo)
    page = client.get("/admin/services/map/").content.decode()
    assert "service-map__box--partial_outage" in page
    assert page.count("<text") == 3
    assert "service-map__box--through" in page
    assert "affected through Payments API" in page
    page = client.get("/admin/services/map/", {"service": payments.pk}).content.decode()
    assert page.count("<text") == 2
    assert "States it was in" in page
    assert "No instances" in page
    assert client.get("/admin/services/map/", {"service": "x' OR 1"}).status_code == 200


def test_the_map_names_instances_and_where_they_run(
    by_ivo: Actor, ivo: User, now: datetime, signed_in: Callable[[User], Client]
) -> None:
    payments, region = factories.service(), Region.objects.create(slug="eu-west", name="Europe")
    for name in ("7", "8"):
        Instance.objects.create(service=payments, region=region, name=name)
    hit = Instance.objects.get(name="7")
    change_scope(factories.incident(by_ivo, now), [Scope(payments.pk, region.pk, hit.pk)], by=by_ivo, now=now)
    client = signed_in(ivo)
    assert "eu-west, 2 instances" in client.get("/admin/services/map/").content.decode()
    page = client.get("/admin/services/map/", {"service": payments.pk}).content.decode()
    table = page.partition("Where it runs")[2].partition("</table>")[0]
    assert ["affected" in row for row in table.split("<tr>")[2:]] == [True, False]


def test_the_map_keeps_a_secret(by_ivo: Actor, dana: User, now: datetime, signed_in: Callable[[User], Client]) -> None:
    incident = factories.incident(by_ivo, now)
    Incident.objects.filter(pk=incident.pk).update(confidential_at=now)
    assert "service-map__box--partial_outage" not in signed_in(dana).get("/admin/services/map/").content.decode()
