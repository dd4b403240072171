"""The whole way in the console's pages, as the people of each role press it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from crisisdesk.core import clock
from crisisdesk.core.actors import Actor
from crisisdesk.core.models import User
from incidents.drafts import start_draft
from incidents.models import Alert, AlertState, Draft, Incident, Outcome, Promise, Status, Update
from tests import factories as make

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]
BODY = "Card payments fail for most requests. We are rolling back a release; nothing that was accepted is lost."


def declare_form(**more: str) -> dict[str, str]:
    """What the browser posts when Operations declares."""
    service = make.service()
    return {
        "decision": "declare",
        "declare-title": "Payments are failing",
        "declare-severity": "SEV1",
        "declare-incident_type": "",
        "declare-scope-TOTAL_FORMS": "1",
        "declare-scope-INITIAL_FORMS": "0",
        "declare-scope-0-service": str(service.pk),
        "declare-scope-0-region": "",
        "declare-scope-0-instance": "",
        **more,
    }


def compose_form(draft: Draft, **more: str) -> dict[str, str]:
    """What the browser posts from the compose page."""
    return {
        "kind": draft.kind,
        "status": "investigating",
        "subject": "Card payments fail",
        "body": BODY,
        "likely_resolution": "",
        "workaround": "",
        "preset": "30",
        "at": "",
        "version": str(draft.version),
        "key": f"key-{draft.pk}",
        "action": "send",
        "confirm": "yes",
        **more,
    }


@pytest.fixture
def acme() -> None:
    """Acme uses what fails, Globex does not."""
    make.contact(make.customer("Acme", make.service()), "Ana")
    make.contact(make.customer("Globex", make.service("Search")), "Gus")


def test_an_outage_goes_from_report_to_final_message(
    signed_in: SignIn, dana: User, ivo: User, cleo: User, acme: None
) -> None:
    told = {"title": "Payments fail", "description": "Since ten.", "noticed_by": "customer"}
    signed_in(cleo).post(reverse("admin:report_problem"), told)
    alert = Alert.objects.get()
    assert (alert.title, alert.noticed_by) == ("Payments fail", "customer")

    operations, support = signed_in(ivo), signed_in(dana)
    qualify = reverse("admin:qualify", args=[alert.pk])
    operations.post(qualify, {"decision": "acknowledge"})
    alert.refresh_from_db()
    assert alert.state == AlertState.ACKNOWLEDGED
    operations.post(qualify, declare_form())
    incident = Incident.objects.get()
    room = reverse("admin:incidents_incident_change", args=[incident.pk])

    page = support.get(room).content.decode()
    assert "Customers know nothing yet" in page
    assert "Alert the affected customers" in page
    support.post(reverse("admin:compose_start", args=[incident.pk, "initial"]))
    compose = reverse("admin:compose", args=[incident.pk])
    page = support.get(compose).content.decode()
    assert "Send to 1 contact at 1 customer" in page
    assert "Globex" not in page
    assert support.post(compose, compose_form(Draft.objects.get())).status_code == 302
    update = Update.objects.get()
    assert (update.body, update.contacts_count) == (BODY, 1)
    assert "Next update in" in support.get(room).content.decode()

    operations.post(reverse("admin:room_press", args=[incident.pk, "monitoring"]))
    operations.post(reverse("admin:room_act", args=[incident.pk, "green-light"]), {"note": "Rolled back."})
    support.post(reverse("admin:compose_start", args=[incident.pk, "final"]))
    draft = Draft.objects.get(closed_at=None)
    done = support.post(compose, compose_form(draft, preset="", body=f"It is over. {BODY}"))
    assert done.status_code == 302
    incident.refresh_from_db()
    assert incident.status == Status.RESOLVED
    assert Promise.objects.get().outcome == Outcome.KEPT
    assert "Reopen" in operations.get(room).content.decode()


def test_it_shows_the_deliveries_with_who_was_reached(signed_in: SignIn, dana: User, ivo: User, acme: None) -> None:
    incident, update = _told(ivo, dana)
    page = signed_in(dana).get(reverse("admin:deliveries", args=[update.pk])).content.decode()
    assert "0 of 1" in page
    assert "waiting" in page
    assert incident.reference in page


def test_it_keeps_what_was_typed_when_a_send_is_refused(signed_in: SignIn, dana: User, ivo: User, acme: None) -> None:
    incident, draft = _drafted(ivo, dana)
    url = reverse("admin:compose", args=[incident.pk])
    answer = signed_in(dana).post(url, compose_form(draft, preset=""))
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "Say when the next update comes" in page
    assert "rolling back a release" in page
    assert not Update.objects.exists()


def test_it_sends_nothing_without_the_tick(signed_in: SignIn, dana: User, ivo: User, acme: None) -> None:
    incident, draft = _drafted(ivo, dana)
    url = reverse("admin:compose", args=[incident.pk])
    answer = signed_in(dana).post(url, compose_form(draft, confirm=""))
    assert "Tick that the preview" in answer.content.decode()
    assert not Update.objects.exists()


def test_pressing_send_twice_sends_one_message(signed_in: SignIn, dana: User, ivo: User, acme: None) -> None:
    incident, draft = _drafted(ivo, dana)
    url = reverse("admin:compose", args=[incident.pk])
    support = signed_in(dana)
    first, second = (support.post(url, compose_form(draft)) for _ in range(2))
    assert (first.status_code, second.status_code) == (302, 302)
    assert Update.objects.count() == 1


def test_the_second_of_two_writers_loses_no_word(
    signed_in: SignIn, dana: User, ivo: User, mara: User, acme: None
) -> None:
    incident, draft = _drafted(ivo, dana)
    url = reverse("admin:compose", args=[incident.pk])
    signed_in(mara).post(url, compose_form(draft, action="keep", body="Mara writes this."))
    answer = signed_in(dana).post(url, compose_form(draft, action="keep", body="Dana writes that."))
    page = answer.content.decode()
    assert "Mara Lindqvist saved this draft meanwhile" in page
    assert "Dana writes that." in page
    assert Draft.objects.get().body == "Mara writes this."


def test_autosave_keeps_the_draft_and_brings_the_preview(signed_in: SignIn, dana: User, ivo: User, acme: None) -> None:
    incident, draft = _drafted(ivo, dana)
    url = reverse("admin:compose", args=[incident.pk])
    answer = signed_in(dana).post(url, compose_form(draft, action="autosave"))
    assert 'data-version="2"' in answer.content.decode()
    assert Draft.objects.get().body == BODY
    shown = signed_in(dana).get(reverse("admin:compose_preview", args=[incident.pk]), {"way": "text"})
    assert "rolling back a release" in shown.content.decode()


def test_the_preview_is_a_document_with_a_policy_of_its_own(
    signed_in: SignIn, dana: User, ivo: User, acme: None
) -> None:
    incident, _draft = _drafted(ivo, dana)
    answer = signed_in(dana).get(reverse("admin:compose_preview", args=[incident.pk]))
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "sandbox" in policy
    assert "frame-ancestors 'self'" in policy
    assert answer.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert "Sample Ltd" in answer.content.decode()


def test_a_time_of_day_means_its_next_occurrence_where_the_writer_is(
    signed_in: SignIn, dana: User, ivo: User, acme: None
) -> None:
    dana.time_zone = "Asia/Kolkata"
    dana.save()
    incident, draft = _drafted(ivo, dana)
    soon = clock.now() + timedelta(minutes=40)
    there = soon + timedelta(hours=5, minutes=30)
    url = reverse("admin:compose", args=[incident.pk])
    signed_in(dana).post(url, compose_form(draft, action="keep", preset="at", at=f"{there:%H:%M}"))
    kept = Draft.objects.get().next_update_at
    assert kept == soon.replace(second=0, microsecond=0)


def test_so_soon_is_asked_once_more(signed_in: SignIn, dana: User, ivo: User, acme: None) -> None:
    incident, draft = _drafted(ivo, dana)
    url = reverse("admin:compose", args=[incident.pk])
    form = compose_form(draft, preset="other", next_update_minutes="5")
    answer = signed_in(dana).post(url, form)
    assert "So soon?" in answer.content.decode()
    assert not Update.objects.exists()
    draft.refresh_from_db()
    again = signed_in(dana).post(url, {**form, "version": str(draft.version), "short_gap": "yes"})
    assert again.status_code == 302
    assert Update.objects.get().next_update_at is not None


@pytest.mark.parametrize(("minutes", "words"), [("61.5", ""), ("90", "more than 60 minutes"), ("-5", ""), ("1e9", "")])
def test_a_crafted_request_cannot_promise_beyond_the_hour(
    signed_in: SignIn, dana: User, ivo: User, acme: None, minutes: str, words: str
) -> None:
    """Every word a form could carry is said: sure, confirmed, and a time no page offers."""
    incident, draft = _drafted(ivo, dana)
    url = reverse("admin:compose", args=[incident.pk])
    for how in ({"preset": minutes}, {"preset": "other", "next_update_minutes": minutes}):
        draft.refresh_from_db()
        form = compose_form(draft, **how)
        answer = signed_in(dana).post(url, {**form, "short_gap": "yes", "long_path_reason": "because"})
        assert answer.status_code != 302
        assert words in answer.content.decode()
    assert not Update.objects.exists()
    assert not Promise.objects.exists()


def test_get_changes_nothing(signed_in: SignIn, dana: User, ivo: User, acme: None) -> None:
    incident = make.incident(by=Actor.person(ivo), now=clock.now())
    support = signed_in(dana)
    for name in ("compose", "audience", "scope", "compose_preview", "room_live"):
        assert support.get(reverse(f"admin:{name}", args=[incident.pk])).status_code == 200
    for name, more in (("compose_start", "initial"), ("room_press", "monitoring")):
        assert support.get(reverse(f"admin:{name}", args=[incident.pk, more])).status_code == 405
    assert not Draft.objects.exists()


def _drafted(ivo: User, dana: User) -> tuple[Incident, Draft]:
    now = clock.now()
    incident = make.incident(by=Actor.person(ivo), now=now)
    return incident, start_draft(incident, kind="initial", by=Actor.person(dana), now=now)


def _told(ivo: User, dana: User) -> tuple[Incident, Update]:
    now = clock.now()
    incident = make.incident(by=Actor.person(ivo), now=now)
    return incident, make.send(incident, "initial", Actor.person(dana), now)
