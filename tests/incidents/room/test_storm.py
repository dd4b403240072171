"""A storm of alerts: its true size on the front page, who was told, and one decision for many."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from crisisdesk.core import clock
from crisisdesk.core.access import Group
from crisisdesk.core.actors import Actor
from crisisdesk.core.models import User
from incidents.models import Alert, AlertState, Incident
from incidents.oncall.bursts import page_for
from incidents.qualify import decline
from incidents.room import bulk
from tests import factories as make
from tests.conftest import make_person
from tests.incidents.oncall.cast import put_on_call

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]
LIST = "admin:incidents_alert_changelist"


def storm(count: int, now: datetime) -> list[Alert]:
    """So many alerts, a second apart, the last one now."""
    found = []
    for number in range(count):
        alert = make.alert(now - timedelta(seconds=count - 1 - number), title=f"Probe {number} fails")
        found.append(alert)
    return found


def front(client: Client) -> str:
    """The front page, blanks folded."""
    return re.sub(r"\s+", " ", client.get(reverse("admin:index")).content.decode())


def choose(client: Client, action: str, alerts: list[Alert]) -> str:
    """Tick alerts in the list and choose what to do; the page that asks."""
    chosen = {"action": action, "_selected_action": [alert.pk for alert in alerts]}
    answer = client.post(reverse(LIST), chosen)
    assert answer.status_code == 200
    return answer.content.decode()


def ids(alerts: list[Alert]) -> str:
    """As the page that asks carries them."""
    return ",".join(str(alert.pk) for alert in alerts)


def messages_of(client: Client, url: str) -> str:
    """What the next page says."""
    return client.get(url).content.decode()


def test_the_front_page_counts_the_whole_storm(signed_in: SignIn, ivo: User) -> None:
    now = clock.now()
    first = storm(21, now)[0]
    fields = {field.attname: getattr(first, field.attname) for field in Alert._meta.concrete_fields}
    del fields["id"]
    Alert.objects.bulk_create(Alert(**{**fields, "open_key": f"storm:{number}"}) for number in range(1484))
    client = signed_in(ivo)
    page = front(client)
    assert '<span class="panel__count num">1,505</span>' in page
    assert "Showing the oldest 20 of 1,505." in page
    where = re.search(r'href="([^"]*decision=waiting)"', page)
    assert where is not None
    assert "1505 alerts" in client.get(where[1]).content.decode()


def test_a_few_alerts_are_shown_whole(signed_in: SignIn, ivo: User) -> None:
    storm(2, clock.now())
    assert "Showing the oldest" not in front(signed_in(ivo))


def test_an_alert_that_joined_a_page_was_told_with_the_others(signed_in: SignIn, ivo: User) -> None:
    now = clock.now()
    put_on_call(ivo, "operations-on-call", now)
    for alert in storm(3, now):
        page_for([alert], now=alert.first_seen_at)
    page = front(signed_in(ivo))
    assert page.count("Told: Ivo Brandt") == 1
    assert page.count("Told with the others: Ivo Brandt") == 2
    assert "Nobody was told" not in page


def test_a_joined_alert_names_the_page_that_told_of_it(signed_in: SignIn, ivo: User) -> None:
    now = clock.now()
    put_on_call(ivo, "operations-on-call", now)
    head, joined = storm(2, now)
    for alert in (head, joined):
        page_for([alert], now=alert.first_seen_at)
    client = signed_in(ivo)
    assert "on the page of “Probe 0 fails”" in client.get(reverse("admin:qualify", args=[joined.pk])).content.decode()
    assert "on the page of" not in client.get(reverse("admin:qualify", args=[head.pk])).content.decode()


def test_it_does_not_claim_that_others_were_told_when_nobody_was(
    signed_in: SignIn, mira: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = clock.now()
    for alert in storm(2, now):
        page_for([alert], now=alert.first_seen_at)
    assert front(signed_in(mira)).count("Nobody was told") == 2


def test_operations_declines_many_with_one_reason(signed_in: SignIn, ivo: User) -> None:
    alerts = storm(12, clock.now())
    client = signed_in(ivo)
    page = choose(client, "decline_chosen", alerts)
    assert "12 alerts" in page
    assert "and 2 more alerts" in page
    url = reverse("admin:alerts_bulk", args=["decline"])
    answer = client.post(url, {"alerts": ids(alerts), "reason": "A test of the probes."})
    assert "12 alerts declined." in messages_of(client, answer["Location"])
    assert set(Alert.objects.values_list("state", "reason")) == {(AlertState.DECLINED, "A test of the probes.")}


def test_many_are_added_to_one_incident(signed_in: SignIn, ivo: User) -> None:
    incident = make.incident(by=Actor.person(ivo), now=clock.now())
    alerts = storm(3, clock.now())
    client = signed_in(ivo)
    assert incident.title in choose(client, "attach_chosen", alerts)
    client.post(reverse("admin:alerts_bulk", args=["attach"]), {"alerts": ids(alerts), "incident": incident.pk})
    assert incident.alerts.count() == 4


def test_what_was_decided_meanwhile_is_named_and_holds_nothing_up(signed_in: SignIn, ivo: User) -> None:
    alerts = storm(3, clock.now())
    petra = make_person("Petra Weiss", Group.OPERATIONS)
    decline(alerts[1], reason="Known.", by=Actor.person(petra), now=clock.now())
    client = signed_in(ivo)
    answer = client.post(
        reverse("admin:alerts_bulk", args=["decline"]), {"alerts": ids(alerts), "reason": "A test of the probes."}
    )
    page = messages_of(client, answer["Location"])
    assert "2 alerts declined." in page
    assert "“Probe 1 fails” is already declined by Petra Weiss" in page
    alerts[1].refresh_from_db()
    assert alerts[1].reason == "Known."


def test_one_reason_is_needed_and_the_choice_is_kept(signed_in: SignIn, ivo: User) -> None:
    alerts = storm(2, clock.now())
    url = reverse("admin:alerts_bulk", args=["decline"])
    answer = signed_in(ivo).post(url, {"alerts": ids(alerts), "reason": " "})
    assert answer.status_code == 422
    assert f'value="{ids(alerts)}"' in answer.content.decode()
    assert Alert.objects.unqualified().count() == 2


def test_it_takes_the_oldest_first_and_says_what_is_left(
    signed_in: SignIn, ivo: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "MOST", 2)
    alerts = storm(5, clock.now())
    page = choose(signed_in(ivo), "decline_chosen", alerts)
    assert f'value="{ids(alerts[:2])}"' in page
    assert "3 alerts are left for the next time" in page


def test_support_is_offered_no_decision_and_can_forge_none(signed_in: SignIn, dana: User) -> None:
    alerts = storm(2, clock.now())
    client = signed_in(dana)
    assert "decline_chosen" not in client.get(reverse(LIST)).content.decode()
    url = reverse("admin:alerts_bulk", args=["decline"])
    assert client.post(url, {"alerts": ids(alerts), "reason": "No."}).status_code == 403
    assert Alert.objects.unqualified().count() == 2


def test_nothing_is_decided_by_looking_or_by_a_strange_number(signed_in: SignIn, ivo: User) -> None:
    client = signed_in(ivo)
    url = reverse("admin:alerts_bulk", args=["decline"])
    assert client.get(url).status_code == 405
    assert client.post(url, {"alerts": "²", "reason": "No."}).status_code == 404
    assert client.post(reverse("admin:alerts_bulk", args=["nothing"]), {"alerts": "1"}).status_code == 404


def test_without_an_open_incident_it_says_what_to_do_first(signed_in: SignIn, ivo: User) -> None:
    page = choose(signed_in(ivo), "attach_chosen", storm(1, clock.now()))
    assert "No incident is open. Declare one from an alert first" in page
    assert not Incident.objects.exists()
