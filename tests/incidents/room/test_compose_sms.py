"""What goes out as SMS, in which languages and at what cost, stands beside the message before it is sent."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from crisisdesk.core.actors import Actor
from crisisdesk.core.models import User
from incidents.drafts import save_draft, start_draft
from incidents.models import Draft, Incident
from incidents.recipients import recipients
from incidents.room.compose_sms import sms_facts
from tests import factories as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def draft(settings: Settings, by_ivo: Actor, by_dana: Actor, now: datetime) -> Draft:
    """Two at Acme read German and one French, and all want texts; Twilio is set up, and Germany has a price."""
    settings.TWILIO_ACCOUNT_SID, settings.TWILIO_AUTH_TOKEN, settings.TWILIO_FROM = "AC1", "token", "+15005550006"
    settings.SMS_PRICES, settings.SMS_CURRENCY = ["+49=0.10"], "EUR"
    acme = make.customer("Acme", make.service())
    make.contact(acme, "Ana", phone="+4915112345601", wants_sms=True, language="de")
    make.contact(acme, "Ben", phone="+4915112345602", wants_sms=True, language="de")
    make.contact(acme, "Fay", phone="+33612345678", wants_sms=True, language="fr")
    make.contact(acme, "Non", phone="+4915112345603", wants_sms=True, preference="none")
    make.contact(acme, "Mel")
    incident = make.incident(by_ivo, now)
    row = start_draft(incident, kind="initial", by=by_dana, now=now)
    return save_draft(
        row, version=row.version, by=by_dana, now=now, subject="Payments", body=make.BODY, next_update_minutes=30
    )


def test_segments_and_cost_are_shown_by_language(draft: Draft, now: datetime) -> None:
    facts = sms_facts(draft.incident, draft, now, recipients(draft.incident, draft.kind))
    assert facts is not None
    german, french = facts["rows"]
    assert (german["language"], german["readers"]) == ("Deutsch", "2 contacts")
    assert german["alphabet"] == "GSM-7"
    each = int(german["each"].split()[0])
    assert facts["readers"] == "3 contacts"
    assert facts["cost"] == f"EUR {2 * each * 0.1:.2f}"
    assert facts["unpriced"] == french["each"]
    assert "STOP beendet SMS" in german["text"]


def test_the_page_shows_it_and_keeps_it_fresh(draft: Draft, dana: User, signed_in: Callable[[User], Client]) -> None:
    browser, url = signed_in(dana), reverse("admin:compose", args=[draft.incident_id])
    page = browser.get(url).content.decode()
    assert "As SMS beside it" in page
    assert "STOP met fin aux SMS" in page
    typed = {"action": "autosave", "version": draft.version, "kind": "initial", "subject": "P", "body": "Text."}
    assert 'data-part="sms"' in browser.post(url, typed).content.decode()


@pytest.mark.parametrize("why", ["no account", "not grave", "a drill"])
def test_nothing_is_shown_where_no_text_would_go(draft: Draft, settings: Settings, now: datetime, why: str) -> None:
    incident = draft.incident
    if why == "no account":
        settings.TWILIO_AUTH_TOKEN = ""
    elif why == "not grave":
        incident.severity = "SEV3"
    else:
        incident.is_drill = True
    assert sms_facts(incident, draft, now, recipients(incident, draft.kind)) is None


def test_a_drill_shows_what_its_own_telephone_gets(draft: Draft, settings: Settings, now: datetime) -> None:
    settings.DRILL_PHONE = "+4915199999999"
    incident: Incident = draft.incident
    incident.is_drill = True
    facts = sms_facts(incident, draft, now, recipients(incident, draft.kind))
    assert facts is not None
    assert [row["readers"] for row in facts["rows"]] == ["1 contact"] * 3
