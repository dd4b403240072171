"""Incident types: what is at hand at the declaration, the checklist by phase, and another type later."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.conf import LazySettings
from django.test import Client

from crisisdesk.core.actors import Actor
from crisisdesk.core.models import AuditEntry, User
from crisisdesk.core.refusals import InvalidInput, NotAllowed, WrongState
from customers.models import Channel, Delivery
from incidents.changes import set_severity, set_type
from incidents.checklists import items_of, phase_of, tick
from incidents.greenlight import give_green_light
from incidents.models import ChecklistItem, Incident, IncidentRole, IncidentType, Notification, Phase
from tests import factories
from tests.incidents.oncall.cast import put_on_call

SignIn = Callable[[User], Client]
SIX = {
    "Regional outage",
    "Degraded performance",
    "Data loss",
    "Security incident",
    "Third-party provider",
    "Failed release",
}


@pytest.fixture
def outage(db: None) -> IncidentType:
    """The starter type for a region that is down."""
    return IncidentType.objects.get(name="Regional outage")


@pytest.fixture
def _phones(settings: LazySettings) -> None:
    """SMS is set up; nothing is sent in these tests."""
    settings.TWILIO_ACCOUNT_SID, settings.TWILIO_AUTH_TOKEN = "AC123", "token"
    settings.TWILIO_FROM, settings.TWILIO_API_URL = "+15005550006", "http://127.0.0.1:9"


@pytest.fixture
def incident(outage: IncidentType, by_ivo: Actor, now: datetime) -> Incident:
    """A declared regional outage."""
    return factories.incident(by_ivo, now, incident_type=outage)


def item(kind: IncidentType, phase: Phase) -> ChecklistItem:
    """The first point of a phase."""
    return kind.items.filter(phase=phase)[0]


@pytest.mark.django_db
def test_a_fresh_desk_has_six_types_with_a_point_for_every_phase() -> None:
    kinds = IncidentType.objects.all()

    assert {kind.name for kind in kinds} == SIX
    for kind in kinds:
        assert {point.phase for point in kind.items.all()} == set(Phase.values)


def test_it_tells_who_leads_and_who_is_to_know_where_people_meet(
    outage: IncidentType, by_ivo: Actor, mira: User, now: datetime
) -> None:
    outage.bridge_url = "https://meet.example/bridge"
    outage.save()
    outage.told_roles.set(IncidentRole.objects.filter(slug="executive-sponsor"))
    put_on_call(mira, "executive-sponsor", now)

    factories.incident(by_ivo, now, incident_type=outage)

    note = Notification.objects.get(person=mira)
    assert "Regional outage declared" in note.subject
    assert "https://meet.example/bridge" in note.body


@pytest.mark.usefixtures("_phones")
@pytest.mark.parametrize(
    ("sms_from", "severity", "by_sms"),
    [("SEV2", "SEV2", True), ("SEV2", "SEV3", False), ("SEV1", "SEV2", False), ("", "SEV1", False)],
)
def test_it_sends_sms_from_the_severity_that_the_type_names_to_those_who_asked(
    outage: IncidentType, by_ivo: Actor, by_dana: Actor, now: datetime, sms_from: str, severity: str, by_sms: bool
) -> None:
    IncidentType.objects.filter(pk=outage.pk).update(sms_from=sms_from)
    acme = factories.customer("Acme", factories.service())
    asked = factories.contact(acme, "Ana", phone="+15550001111", wants_sms=True)
    factories.contact(acme, "Bob", phone="+15550002222", wants_sms=False)
    incident = factories.incident(by_ivo, now, incident_type=outage)
    if severity != incident.severity:
        incident = set_severity(incident, severity, reason="More than we thought.", by=by_ivo, now=now)

    factories.send(incident, "initial", by_dana, now)

    sent = Delivery.objects.filter(channel=Channel.SMS)
    assert [delivery.contact for delivery in sent] == ([asked] if by_sms else [])


def test_the_checklist_follows_the_phases(incident: Incident, by_ivo: Actor, by_dana: Actor, now: datetime) -> None:
    assert phase_of(incident) == Phase.INVESTIGATING
    factories.contact(factories.customer("Acme", factories.service()))
    factories.send(incident, "initial", by_dana, now)
    incident = give_green_light(incident, note="Back.", by=by_ivo, now=now)
    assert phase_of(incident) == Phase.RESOLVED
    factories.send(incident, "final", by_dana, now, minutes=None)
    incident.refresh_from_db()
    assert phase_of(incident) == Phase.AFTER


def test_it_ticks_and_unticks_by_name_in_audit_and_timeline(
    incident: Incident, outage: IncidentType, by_dana: Actor, by_ivo: Actor, now: datetime
) -> None:
    point = item(outage, Phase.INVESTIGATING)

    tick(incident, point, by=by_dana, now=now)
    tick(incident, point, by=by_ivo, now=now)  # done already: Dana's it stays

    found = items_of(incident).get(pk=point.pk)
    assert (found.done_at, found.done_by_name) == (now, "Dana Reyes")  # type: ignore[attr-defined]
    tick(incident, point, by=by_ivo, now=now + timedelta(minutes=1), is_done=False)
    assert items_of(incident).get(pk=point.pk).done_at is None  # type: ignore[attr-defined]
    texts = list(incident.timeline.filter(text__startswith="Checklist").order_by("pk").values_list("text", flat=True))
    assert texts == [f"Checklist: done: {point}", f"Checklist: open again: {point}"]
    assert AuditEntry.objects.filter(action__startswith="checklist.", incident=incident.reference).count() == 2


def test_who_may_not_write_in_the_timeline_ticks_nothing(
    incident: Incident, outage: IncidentType, by_otto: Actor, now: datetime
) -> None:
    with pytest.raises(NotAllowed, match="This takes"):
        tick(incident, item(outage, Phase.INVESTIGATING), by=by_otto, now=now)


def test_it_ticks_nothing_that_is_not_on_the_list(incident: Incident, by_dana: Actor, now: datetime) -> None:
    other = item(IncidentType.objects.get(name="Data loss"), Phase.INVESTIGATING)

    with pytest.raises(WrongState, match="not on the checklist"):
        tick(incident, other, by=by_dana, now=now)


def test_another_type_brings_its_checklist_and_keeps_the_ticks(
    incident: Incident, outage: IncidentType, by_ivo: Actor, now: datetime
) -> None:
    done, left = outage.items.filter(phase=Phase.INVESTIGATING)[:2]
    tick(incident, done, by=by_ivo, now=now)
    loss = IncidentType.objects.get(name="Data loss")

    changed = set_type(incident, loss, reason="Rows are gone.", by=by_ivo, now=now)

    shown = set(items_of(changed))
    assert set(loss.items.all()) <= shown
    assert done in shown
    assert left not in shown
    assert incident.timeline.filter(text="Type Regional outage → Data loss: Rows are gone.").exists()
    assert AuditEntry.objects.filter(action="incident.type_changed").exists()


def test_whom_only_the_new_type_names_is_told_once(
    incident: Incident, outage: IncidentType, mira: User, by_ivo: Actor, now: datetime
) -> None:
    loss = IncidentType.objects.get(name="Data loss")
    sponsor = IncidentRole.objects.get(slug="executive-sponsor")
    loss.lead_role = sponsor
    loss.save()
    put_on_call(mira, "executive-sponsor", now)

    for kind in (loss, outage, loss):
        incident = set_type(incident, kind, reason="Rows are gone.", by=by_ivo, now=now)
        now += timedelta(minutes=1)

    (note,) = Notification.objects.filter(person=mira, key=f"type:{incident.pk}:{loss.pk}:{mira.pk}")
    assert note.subject.endswith(f"Data loss: you lead it as {sponsor}")
    assert incident.timeline.filter(text__startswith="Told of the new type: Mira").count() == 1


def test_another_type_takes_operations_and_a_reason(
    incident: Incident, by_dana: Actor, by_ivo: Actor, now: datetime
) -> None:
    loss = IncidentType.objects.get(name="Data loss")
    with pytest.raises(NotAllowed):
        set_type(incident, loss, reason="Rows are gone.", by=by_dana, now=now)
    with pytest.raises(InvalidInput):
        set_type(incident, loss, reason=" ", by=by_ivo, now=now)


def test_the_room_ticks_and_changes_the_type(
    incident: Incident, outage: IncidentType, ivo: User, dana: User, cleo: User, signed_in: SignIn
) -> None:
    point = item(outage, Phase.INVESTIGATING)
    address = f"/admin/incidents/{incident.pk}/checklist/{point.pk}/"

    answer = signed_in(dana).post(address, {"done": "1"}, follow=True)

    page = answer.content.decode()
    assert f'id="tick-{point.pk}" name="done" value="" aria-pressed="true"' in page
    assert "Dana Reyes, " in page
    assert signed_in(cleo).post(address, {"done": "1"}).status_code == 403
    loss = IncidentType.objects.get(name="Data loss")
    form = {"incident_type": loss.pk, "reason": "Rows are gone."}
    assert signed_in(ivo).post(f"/admin/incidents/{incident.pk}/do/type/", form).status_code == 302
    incident.refresh_from_db()
    assert incident.incident_type == loss


def test_an_administrator_writes_a_type_with_its_checklist(signed_in: SignIn, ada: User, outage: IncidentType) -> None:
    url = f"/admin/incidents/incidenttype/{outage.pk}/change/"
    assert "yes, to those who asked" in signed_in(ada).get(url).content.decode()
    form = {"name": "Regional outage", "default_severity": "SEV1", "next_update_minutes": "30", "is_active": "on"}
    form |= {"sms_from": "SEV1", "holding_most_in_a_row": "2", "items-TOTAL_FORMS": "1", "items-INITIAL_FORMS": "0"}
    form |= {
        "items-0-phase": "after",
        "items-0-position": "90",
        "items-0-text": "Bring cake",
        "items-0-is_active": "on",
    }

    answer = signed_in(ada).post(url, form)

    assert answer.status_code == 302
    assert outage.items.filter(phase="after").last().text == "Bring cake"  # type: ignore[union-attr]
    refused = signed_in(ada).post(url, form | {"next_update_minutes": "90"})
    assert "at least every 60 minutes" in refused.content.decode()


def test_a_type_says_how_bad_it_is_where_nobody_does(
    signed_in: SignIn, ivo: User, outage: IncidentType, now: datetime
) -> None:
    alert = factories.alert(now)
    form = {"decision": "declare", "declare-title": "Down", "declare-severity": "", "declare-incident_type": outage.pk}
    form |= {"declare-scope-TOTAL_FORMS": "1", "declare-scope-INITIAL_FORMS": "0"}
    form |= {"declare-scope-0-service": factories.service().pk}

    answer = signed_in(ivo).post(f"/admin/alerts/{alert.pk}/qualify/", form | {"declare-incident_type": ""})
    assert "Choose a severity, or a type that names one." in answer.content.decode()

    assert signed_in(ivo).post(f"/admin/alerts/{alert.pk}/qualify/", form).status_code == 302
    assert Incident.objects.get().severity == "SEV1"
