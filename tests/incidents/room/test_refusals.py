"""Who may not, and what does not fit the state: each refusal says why and changes nothing."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from crisisdesk.core import clock
from crisisdesk.core.actors import Actor
from crisisdesk.core.models import User
from incidents.drafts import start_draft
from incidents.models import Alert, AlertState, AudienceAdjustment, Draft, Incident, TimelineEntry
from tests import factories as make

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]


@pytest.fixture
def incident(ivo: User) -> Incident:
    """An incident on Payments API, which Acme uses."""
    make.contact(make.customer("Acme", make.service()), "Ana")
    return make.incident(by=Actor.person(ivo), now=clock.now())


def room_of(incident: Incident) -> str:
    return reverse("admin:incidents_incident_change", args=[incident.pk])


def test_the_room_says_why_support_has_no_green_light_to_give(
    signed_in: SignIn, dana: User, incident: Incident
) -> None:
    page = signed_in(dana).get(room_of(incident)).content.decode()
    assert "may not give or withdraw the green light. This takes Operations." in page


def test_support_cannot_give_the_green_light_by_a_crafted_request(
    signed_in: SignIn, dana: User, incident: Incident
) -> None:
    url = reverse("admin:room_act", args=[incident.pk, "green-light"])
    answer = signed_in(dana).post(url, {"note": "I say it is over."})
    page = answer.content.decode()
    assert answer.status_code == 403
    assert "This takes Operations." in page
    assert "I say it is over." in page
    incident.refresh_from_db()
    assert not incident.has_green_light


def test_operations_cannot_write_to_customers(signed_in: SignIn, ivo: User, incident: Incident) -> None:
    answer = signed_in(ivo).post(reverse("admin:compose_start", args=[incident.pk, "initial"]))
    assert answer.status_code == 403
    assert "may not edit the draft of a customer message" in answer.content.decode()
    assert not Draft.objects.exists()


def test_the_final_message_cannot_be_started_without_a_green_light(
    signed_in: SignIn, dana: User, incident: Incident
) -> None:
    make.send(incident, "initial", Actor.person(dana), clock.now())
    page = signed_in(dana).get(room_of(incident)).content.decode()
    assert "has no green light" in page
    answer = signed_in(dana).post(reverse("admin:compose_start", args=[incident.pk, "final"]), follow=True)
    assert "has no green light" in answer.content.decode()
    assert not Draft.objects.filter(closed_at=None).exists()


def test_a_refused_note_stays_in_the_box(signed_in: SignIn, ada: User, incident: Incident) -> None:
    answer = signed_in(ada).post(reverse("admin:room_note", args=[incident.pk]), {"text": "Look at the pool."})
    assert answer.status_code == 403
    assert "may not write in the timeline" in answer.content.decode()
    assert not TimelineEntry.objects.filter(kind="note").exists()


def test_a_note_is_shown_as_internal(signed_in: SignIn, ivo: User, incident: Incident) -> None:
    client = signed_in(ivo)
    client.post(reverse("admin:room_note", args=[incident.pk]), {"text": "The pool is exhausted <b>again</b>."})
    page = client.get(room_of(incident)).content.decode()
    assert "Internal note" in page
    assert "&lt;b&gt;again&lt;/b&gt;" in page


def test_support_sees_the_alert_and_reads_who_decides(signed_in: SignIn, dana: User) -> None:
    alert = make.alert(clock.now())
    page = signed_in(dana).get(reverse("admin:qualify", args=[alert.pk])).content.decode()
    assert "This takes Operations." in page
    assert "Declare the incident" not in page


def test_a_declaration_without_a_service_keeps_what_was_typed(signed_in: SignIn, ivo: User) -> None:
    alert = make.alert(clock.now())
    form = {
        "decision": "declare",
        "declare-title": "Half the cards fail",
        "declare-severity": "SEV2",
        "declare-scope-TOTAL_FORMS": "1",
        "declare-scope-INITIAL_FORMS": "0",
    }
    answer = signed_in(ivo).post(reverse("admin:qualify", args=[alert.pk]), form)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Name at least one affected service" in page
    assert "Half the cards fail" in page
    assert not Incident.objects.exists()


def test_declining_needs_a_reason_and_keeps_it(signed_in: SignIn, ivo: User) -> None:
    alert = make.alert(clock.now())
    url = reverse("admin:qualify", args=[alert.pk])
    client = signed_in(ivo)
    assert client.post(url, {"decision": "decline", "decline-reason": ""}).status_code == 422
    client.post(url, {"decision": "decline", "decline-reason": "A test of the probe."})
    row = Alert.objects.get()
    assert (row.state, row.reason) == (AlertState.DECLINED, "A test of the probe.")
    assert "A test of the probe." in client.get(url).content.decode()


def test_the_second_to_decide_reads_who_was_first(signed_in: SignIn, ivo: User) -> None:
    alert = make.alert(clock.now())
    url = reverse("admin:qualify", args=[alert.pk])
    client = signed_in(ivo)
    form = {"decision": "decline", "decline-reason": "Known."}
    client.post(url, form)
    answer = client.post(url, form)
    assert answer.status_code == 409
    assert "already declined by Ivo Brandt" in answer.content.decode()


def test_a_contact_is_left_out_with_a_reason_only(signed_in: SignIn, dana: User, incident: Incident) -> None:
    contact = make.contact(make.customer("Acme"), "Bob")
    url = reverse("admin:audience", args=[incident.pk])
    client = signed_in(dana)
    assert client.post(url, {"contact": contact.pk, "reason": ""}).status_code == 409
    client.post(url, {"contact": contact.pk, "reason": "Left the company"})
    page = client.get(url).content.decode()
    assert "Left the company" in page
    assert AudienceAdjustment.objects.get().is_included is False


def test_administrators_do_not_see_customers(signed_in: SignIn, ada: User, incident: Incident) -> None:
    answer = signed_in(ada).get(reverse("admin:audience", args=[incident.pk]))
    assert answer.status_code == 403
    assert "may not see customers" in answer.content.decode()


def test_an_unknown_incident_is_not_found(signed_in: SignIn, dana: User) -> None:
    assert signed_in(dana).get(reverse("admin:incidents_incident_change", args=[999])).status_code == 404


def test_a_group_that_may_not_is_forbidden_and_not_in_conflict(
    signed_in: SignIn, dana: User, ivo: User, mira: User, incident: Incident
) -> None:
    alert = make.alert(clock.now())
    contact = make.contact(make.customer("Acme"), "Bob")
    scope = {"scope-TOTAL_FORMS": "1", "scope-INITIAL_FORMS": "1", "scope-0-service": str(make.service().pk)}
    decline = {"decision": "decline", "decline-reason": "Known."}
    left_out = {"contact": contact.pk, "reason": "Left"}
    support, executive = signed_in(dana), signed_in(mira)
    forbidden = [
        support.post(reverse("admin:qualify", args=[alert.pk]), decline),
        executive.post(reverse("admin:qualify", args=[alert.pk]), {"decision": "acknowledge"}),
        executive.post(reverse("admin:scope", args=[incident.pk]), scope),
        executive.post(reverse("admin:audience", args=[incident.pk]), left_out),
        executive.post(reverse("admin:room_press", args=[incident.pk, "monitoring"])),
    ]
    assert [answer.status_code for answer in forbidden] == [403] * len(forbidden)


def test_operations_is_forbidden_to_send_what_support_writes(
    signed_in: SignIn, dana: User, ivo: User, incident: Incident
) -> None:
    draft = start_draft(incident, kind="initial", by=Actor.person(dana), now=clock.now())
    form = {"kind": "initial", "status": "investigating", "version": draft.version, "preset": "30", "confirm": "yes"}
    url = reverse("admin:compose", args=[incident.pk])
    for action in ("keep", "autosave", "send"):
        assert signed_in(ivo).post(url, {**form, "key": "k", "action": action}).status_code == 403
    draft.refresh_from_db()
    assert draft.version == 1


def test_a_title_forged_with_line_ends_is_kept_in_one_line(signed_in: SignIn, ivo: User) -> None:
    alert = make.alert(clock.now())
    form = {
        "decision": "declare",
        "declare-title": "Payments fail\r\nBcc: all@globex.example",
        "declare-severity": "SEV2",
        "declare-scope-TOTAL_FORMS": "1",
        "declare-scope-INITIAL_FORMS": "0",
        "declare-scope-0-service": str(make.service().pk),
    }
    assert signed_in(ivo).post(reverse("admin:qualify", args=[alert.pk]), form).status_code == 302
    assert Incident.objects.get().title == "Payments fail Bcc: all@globex.example"


def test_a_heading_forged_with_line_ends_is_kept_in_one_line(signed_in: SignIn, dana: User, incident: Incident) -> None:
    draft = start_draft(incident, kind="initial", by=Actor.person(dana), now=clock.now())
    form = {"kind": "initial", "status": "investigating", "version": draft.version, "key": "k"}
    typed = {"subject": "Payments\r\nfail", "likely_resolution": "by\n17:00", "body": "One.\n\nTwo."}
    url = reverse("admin:compose", args=[incident.pk])
    assert signed_in(dana).post(url, {**form, **typed, "action": "keep"}).status_code == 302
    draft.refresh_from_db()
    assert (draft.subject, draft.likely_resolution) == ("Payments fail", "by 17:00")
    assert draft.body.splitlines() == ["One.", "", "Two."]


def test_the_choice_to_declare_names_whom_it_tells(signed_in: SignIn, ivo: User, dana: User) -> None:
    url = reverse("admin:qualify", args=[make.alert(clock.now()).pk])
    client = signed_in(ivo)
    assert "Support is told to write to the affected customers (Dana Reyes)" in client.get(url).content.decode()
    dana.is_active = False
    dana.save()
    page = client.get(url).content.decode()
    assert "Support is told" not in page
    assert "Nobody of Support can be told" in page
