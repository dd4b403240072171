"""Readers get the words in their own language where somebody prepared them, and the writer's where nobody did."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
from django.test import Client

from crisisdesk.core.actors import Actor
from crisisdesk.core.models import User
from crisisdesk.core.refusals import InvalidInput
from customers.models import MessageContent
from incidents.drafts import save_draft, start_draft
from incidents.letters import words_of
from incidents.lint import findings
from incidents.models import Incident, Template
from incidents.publishing import send_update
from incidents.templates import approve, save_template, templates_for
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def approved(by_mara: Actor, now: datetime) -> Template:
    for template in Template.objects.filter(name__startswith="First alert ("):
        approve(template, by=by_mara, now=now)
    return approve(Template.objects.get(name="First alert"), by=by_mara, now=now)


@pytest.fixture
def incident(by_ivo: Actor, now: datetime) -> Incident:
    """An incident on what Acme uses, where Hans reads German and Sam English."""
    acme = factories.customer("Acme", factories.service())
    factories.contact(acme, "Hans", language="de")
    factories.contact(acme, "Sam")
    return factories.incident(by_ivo, now)


def send(incident: Incident, by: Actor, now: datetime, **changes: object) -> dict[str, str]:
    draft = start_draft(incident, kind="initial", by=by, now=now)
    draft = save_draft(draft, version=draft.version, by=by, now=now, **changes)
    update = send_update(incident, draft_version=draft.version, by=by, now=now, key="once")
    return dict(MessageContent.objects.filter(message=update.message).values_list("language", "text"))


def test_a_german_reader_gets_the_german_words(
    incident: Incident, approved: Template, by_dana: Actor, now: datetime
) -> None:
    texts = send(incident, by_dana, now)
    assert "gibt es eine Störung" in texts["de"]
    assert "There has been a problem" in texts["en"]
    assert "Störung" not in texts["en"]


def test_without_words_of_their_own_readers_get_the_writers(
    incident: Incident, approved: Template, by_dana: Actor, now: datetime
) -> None:
    texts = send(incident, by_dana, now, translations={"de": {"subject": "", "body": ""}})
    assert "There has been a problem" in texts["de"]


def test_half_a_translation_stops_the_send_and_says_how_to_go_on(
    incident: Incident, approved: Template, by_dana: Actor, now: datetime
) -> None:
    with pytest.raises(InvalidInput, match="Deutsch has only a heading or only a text; mend it, or clear both"):
        send(incident, by_dana, now, translations={"de": {"subject": "Störung", "body": ""}})


def test_a_place_left_open_stops_the_send(incident: Incident, by_dana: Actor, now: datetime) -> None:
    body = "We look into it and know a little more now.\n\nWhat we do next: "
    with pytest.raises(InvalidInput, match="“What we do next:” has nothing after it"):
        send(incident, by_dana, now, subject="Slow", body=body)


def test_an_unapproved_translation_is_not_used(
    incident: Incident, by_dana: Actor, by_mara: Actor, now: datetime
) -> None:
    approve(Template.objects.get(name="First alert"), by=by_mara, now=now)
    assert "There has been a problem" in send(incident, by_dana, now)["de"]


def test_a_translation_comes_with_its_original_and_is_not_offered_by_itself(
    incident: Incident, approved: Template
) -> None:
    assert list(templates_for(incident, "initial")) == [approved]


def test_a_translation_is_of_an_original_in_another_language(by_mara: Actor, now: datetime) -> None:
    original = Template.objects.get(name="First alert")
    german = Template.objects.get(name="First alert (Deutsch)")
    with pytest.raises(InvalidInput, match="Choose the original"):
        save_template(
            Template(name="x", language="fr", translation_of=german, subject="s", body="b"), by=by_mara, now=now
        )
    with pytest.raises(InvalidInput, match="written in this language already"):
        save_template(
            Template(name="x", language="en", translation_of=original, subject="s", body="b"), by=by_mara, now=now
        )


def test_a_translation_follows_its_original_in_what_it_is_for(by_mara: Actor, now: datetime) -> None:
    german = Template.objects.get(name="First alert (Deutsch)")
    german.kind = "final"
    assert save_template(german, by=by_mara, now=now).kind == "initial"


def test_words_written_for_an_earlier_text_are_pointed_out(
    incident: Incident, approved: Template, by_dana: Actor, now: datetime
) -> None:
    draft = start_draft(incident, kind="initial", by=by_dana, now=now)
    assert not [found for found in findings(words_of(draft, incident)) if "Deutsch" in found.text]
    draft = save_draft(draft, version=1, by=by_dana, now=now, body="Card payments fail; we have found out why.")
    (found,) = [found for found in findings(words_of(draft, incident)) if "Deutsch" in found.text]
    assert found.level == "warning"
    assert "earlier text" in found.text


def test_the_compose_page_keeps_what_is_written_in_another_language(
    incident: Incident,
    approved: Template,
    by_dana: Actor,
    dana: User,
    now: datetime,
    signed_in: Callable[[User], Client],
) -> None:
    draft = start_draft(incident, kind="initial", by=by_dana, now=now)
    client, url = signed_in(dana), f"/admin/incidents/{incident.pk}/compose/"
    assert "gibt es eine Störung" in client.get(url).content.decode()
    typed = {
        "kind": "initial",
        "status": "investigating",
        "subject": "Slow",
        "body": "Payments are slow today.",
        "key": "k",
    }
    german = {"subject_de": "Langsam", "body_de": "Zahlungen sind heute langsam.", "subject_fr": "", "body_fr": ""}
    client.post(url, {**typed, **german, "key": "k", "action": "keep", "preset": "30", "version": 1})
    draft.refresh_from_db()
    assert draft.said_in("de").body == "Zahlungen sind heute langsam."
    assert draft.languages() == ["en", "de"]
