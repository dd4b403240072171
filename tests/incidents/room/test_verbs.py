"""What can be pressed in the room: nothing goes too far with one press, and what was a mistake is taken back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
from django.test import Client
from django.urls import reverse

from crisisdesk.core.access import Group
from crisisdesk.core.actors import Actor
from crisisdesk.core.models import User
from customers.affected import Scope
from incidents.command import release_role, take_role
from incidents.models import Incident, Status
from incidents.room.verbs import HANDFUL, arranged, verbs_of
from incidents.scope import change_scope, scopes_of
from incidents.timeline import Kind, entry
from tests import factories as make
from tests.conftest import make_person

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]


@pytest.fixture
def incident(by_ivo: Actor, now: datetime) -> Incident:
    return make.incident(by_ivo, now)


def press(client: Client, incident: Incident, name: str) -> int:
    answer = client.post(reverse("admin:room_press", args=[incident.pk, name]))
    incident.refresh_from_db()
    return answer.status_code


def test_a_status_set_by_mistake_is_taken_back_step_by_step(signed_in: SignIn, ivo: User, incident: Incident) -> None:
    client, room = signed_in(ivo), reverse("admin:incidents_incident_change", args=[incident.pk])
    assert press(client, incident, "monitoring") == 302
    assert "Back to identified" in client.get(room).content.decode()
    assert press(client, incident, "identified") == 302
    assert "Back to investigating" in client.get(room).content.decode()
    assert press(client, incident, "investigating") == 302
    assert incident.status == Status.INVESTIGATING


def test_one_service_is_not_split_and_the_room_says_why(
    signed_in: SignIn, ivo: User, incident: Incident, by_ivo: Actor, now: datetime
) -> None:
    client, room = signed_in(ivo), reverse("admin:incidents_incident_change", args=[incident.pk])
    page = client.get(reverse("admin:room_split", args=[incident.pk])).content.decode()
    assert "affects one service at most" in page
    assert "<textarea" not in page
    assert "affects one service at most" in client.get(room).content.decode()
    change_scope(incident, [*scopes_of(incident), Scope(make.service("Reports").pk)], by=by_ivo, now=now)
    assert "affects one service at most" not in client.get(room).content.decode()


def test_what_is_rare_is_folded_away_and_keeps_its_key(incident: Incident, by_ivo: Actor) -> None:
    found = arranged(verbs_of(incident, None, by_ivo))
    assert len(found["verbs"]) <= HANDFUL
    assert {"merge", "split", "confidential"} <= {verb.name for verb in found["more_verbs"]}
    assert all(verb.key for verb in [*found["verbs"], *found["more_verbs"]])


def test_a_handful_stays_together(incident: Incident, by_dana: Actor) -> None:
    assert arranged(verbs_of(incident, None, by_dana))["more_verbs"] == []


def test_the_lead_is_taken_from_somebody_on_a_page_that_asks(
    signed_in: SignIn, ivo: User, incident: Incident, by_ivo: Actor, now: datetime
) -> None:
    bea = make_person("Bea Lund", Group.OPERATIONS)
    take_role(incident, "commander", ivo, by=by_ivo, now=now)
    client = signed_in(bea)
    page = client.get(reverse("admin:incidents_incident_change", args=[incident.pk])).content.decode()
    assert "Take over as commander from Ivo Brandt…" in page
    asked = client.get(f"{reverse('admin:room_act', args=[incident.pk, 'hand-over'])}?role=commander&person={bea.pk}")
    assert f'<option value="{bea.pk}" selected>' in asked.content.decode()
    # From a page that was opened while the role was vacant.
    assert press(client, incident, "commander") == 409
    assert incident.commander == ivo


def test_a_vacant_role_is_taken_with_one_press(
    signed_in: SignIn, ivo: User, incident: Incident, by_ivo: Actor, now: datetime
) -> None:
    if incident.commander is not None:
        release_role(incident, "commander", by=by_ivo, now=now)
    assert press(signed_in(ivo), incident, "commander") == 302
    assert incident.commander == ivo


def test_what_only_says_that_mail_was_handed_over_takes_one_line(
    signed_in: SignIn, dana: User, incident: Incident, by_ivo: Actor, now: datetime
) -> None:
    for name in ("Ivo", "Dana"):
        text = f"The e-mail to {name} was handed over."
        entry(Kind.NOTIFICATION, text, incident=incident, by=by_ivo, now=now, data={"attempt": 1})
    entry(Kind.NOTIFICATION, "The e-mail to Mira was refused.", incident=incident, by=by_ivo, now=now, data={})
    page = signed_in(dana).get(reverse("admin:incidents_incident_change", args=[incident.pk])).content.decode()
    assert "<summary>2 messages to the team were handed over.</summary>" in page
    assert "The e-mail to Ivo was handed over." in page
    assert '<div class="timeline__text"><p>The e-mail to Mira was refused.</p></div>' in page


def test_compose_names_the_time_that_sending_now_would_promise(
    signed_in: SignIn, dana: User, incident: Incident
) -> None:
    make.contact(make.customer("Acme", make.service()), "Ana")
    client = signed_in(dana)
    client.post(reverse("admin:compose_start", args=[incident.pk, "initial"]))
    page = client.get(reverse("admin:compose", args=[incident.pk])).content.decode()
    assert 'it promises the next update for <strong class="num" data-in="30">' in page
