"""A message about maintenance is headed so, and says nowhere that a problem is looked into; a correction is no news."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from crisisdesk.core.actors import Actor
from crisisdesk.core.models import User
from customers.delivery.rendered import ReaderClass
from customers.models import Contact, Delivery
from incidents.drafts import change_template, save_draft, start_draft
from incidents.greenlight import give_green_light
from incidents.letters import letter_of
from incidents.models import Incident, Template, Update
from incidents.public.progress import told
from incidents.publishing import send_update
from incidents.render import render_letter
from incidents.room.as_read import Eyes, page_as_read
from incidents.templates import approve, save_template, templates_for
from tests import factories as make

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]
# What is said of a problem, and must not be said here.
OF_A_PROBLEM = {
    "en": ("Investigating", "problem we are working on", "Likely resolution", "problem is over"),
    "de": ("Wird untersucht", "Störung betroffen", "Voraussichtliche Behebung", "Störung ist vorbei"),
    "fr": ("En cours d’analyse", "un incident peut vous toucher", "Résolution probable", "est terminé."),
}
UNDER_WAY = {
    "en": ("Maintenance under way", "maintenance is under way. Short interruptions are possible."),
    "de": ("Wartung läuft", "Wir führen eine Wartung durch. Kurze Unterbrechungen sind möglich."),
    "fr": ("Maintenance en cours", "une maintenance est en cours. De courtes interruptions sont possibles."),
}
FINISHED = {
    "en": ("Maintenance finished", "the maintenance is finished."),
    "de": ("Wartung abgeschlossen", "Die Wartung ist abgeschlossen."),
    "fr": ("Maintenance terminée", "la maintenance est terminée."),
}
NOT_RIGHT = {
    "en": "We told you something that was not right",
    "de": "etwas mitgeteilt, das nicht stimmte",
    "fr": "inexact",
}
LANGUAGES = ("en", "de", "fr")
SUFFIXES = ("", " (Deutsch)", " (Français)")


@pytest.fixture
def incident(by_ivo: Actor, by_mara: Actor, now: datetime) -> Incident:
    """Acme reads in three languages; the starter template "Maintenance" is approved in all of them."""
    acme = make.customer("Acme", make.service())
    for language in LANGUAGES:
        make.contact(acme, f"Pat {language}".replace(" ", "-"), language=language)
    for template in Template.objects.filter(is_maintenance=True):
        approve(template, by=by_mara, now=now)
    return make.incident(by_ivo, now, title="A new switch")


@pytest.fixture
def begun(incident: Incident, by_dana: Actor, now: datetime) -> Update:
    """The maintenance is announced with the starter template, as it stands."""
    template = Template.objects.get(name="Maintenance")
    draft = start_draft(incident, kind="initial", template=template, by=by_dana, now=now)
    draft = save_draft(draft, version=draft.version, by=by_dana, now=now, next_update_minutes=30)
    return send_update(incident, draft_version=draft.version, by=by_dana, now=now, key="first")


def read(update: Update, language: str) -> dict[str, str]:
    """The message in every way that a reader of this language gets it."""
    incident = Incident.objects.get(pk=update.incident_id)
    letter = letter_of(update, incident, sent_at=update.sent_at)
    mail = render_letter(letter, incident, ReaderClass(language, "UTC", "email"))
    sms = render_letter(letter, incident, ReaderClass(language, "UTC", "sms"))
    Delivery.objects.update(state="sent")
    contact = Contact.objects.get(language=language)
    found = told(contact, incident.reference)
    assert found is not None
    page = page_as_read(found, Eyes.of(contact, found.reason), update.sent_at)
    return {"mail": mail.html, "text": mail.text, "SMS": sms.text, "page": page}


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_is_headed_as_what_it_is_until_its_end(
    begun: Update, by_dana: Actor, by_ivo: Actor, now: datetime, language: str
) -> None:
    label, headline = UNDER_WAY[language]
    for way, text in read(begun, language).items():
        assert headline in text, way
        assert (label in text) == (way != "SMS")
        assert not [words for words in OF_A_PROBLEM[language] if words in text], way

    incident = Incident.objects.get()
    give_green_light(incident, note="The switch is in.", by=by_ivo, now=now + timedelta(minutes=20))
    now += timedelta(minutes=21)
    draft = start_draft(incident, kind="final", by=by_dana, now=now)
    final = send_update(incident, draft_version=draft.version, by=by_dana, now=now, key="last")
    label, headline = FINISHED[language]
    for way, text in read(final, language).items():
        assert headline in text, way
        assert (label in text) == (way != "SMS")
        assert not [words for words in OF_A_PROBLEM[language] if words in text], way


def test_what_turns_into_a_problem_is_said_to_be_one(begun: Update, by_dana: Actor, now: datetime) -> None:
    incident = Incident.objects.get()
    later = now + timedelta(minutes=10)
    draft = start_draft(incident, kind="progress", by=by_dana, now=later)
    assert draft.is_maintenance, "it goes on as it began"
    words = {"subject": "Longer than we thought", "body": make.BODY, "next_update_minutes": 30}
    draft = save_draft(draft, version=draft.version, by=by_dana, now=later, is_maintenance=False, **words)
    update = send_update(incident, draft_version=draft.version, by=by_dana, now=later, key="second")
    assert "still working on the problem" in read(update, "en")["mail"]
    assert not start_draft(incident, kind="progress", by=by_dana, now=later + timedelta(minutes=1)).is_maintenance


def test_another_template_takes_it_back(incident: Incident, by_dana: Actor, by_mara: Actor, now: datetime) -> None:
    first = approve(Template.objects.get(name="First alert"), by=by_mara, now=now)
    draft = start_draft(incident, kind="initial", template=first, by=by_dana, now=now)
    assert not draft.is_maintenance
    for name, expected in (("Maintenance", True), ("First alert", False)):
        draft = change_template(draft, Template.objects.get(name=name), version=draft.version, by=by_dana, now=now)
        assert draft.is_maintenance is expected


def test_compose_says_so_and_the_editor_shows_it(
    incident: Incident, signed_in: SignIn, dana: User, mara: User, by_dana: Actor, now: datetime
) -> None:
    start_draft(incident, kind="initial", template=Template.objects.get(name="Maintenance"), by=by_dana, now=now)
    page = signed_in(dana).get(reverse("admin:compose", args=[incident.pk])).content.decode()
    assert 'id="id_is_maintenance" checked' in page
    asked = {"subject": "S", "body": "B", "kind": "initial", "language": "de", "is_maintenance": "on", "way": "page"}
    shown = signed_in(mara).post(reverse("admin:template_preview"), asked).content.decode()
    assert "Wartung läuft" in shown
    assert "Wird untersucht" not in shown


def test_words_about_maintenance_are_the_first_choice_only_there(
    begun: Update, by_ivo: Actor, by_mara: Actor, now: datetime
) -> None:
    approve(Template.objects.get(name="End of the outage"), by=by_mara, now=now)
    outage = make.incident(by_ivo, now)
    assert next(row.name for row in templates_for(begun.incident, "final")) == "End of the maintenance"
    assert next(row.name for row in templates_for(outage, "final")) == "End of the outage"


def test_translations_follow_their_original(by_mara: Actor, now: datetime) -> None:
    names = {f"{name}{suffix}" for name in ("Maintenance", "End of the maintenance") for suffix in SUFFIXES}
    assert set(Template.objects.filter(is_maintenance=True).values_list("name", flat=True)) == names
    german = Template.objects.get(name="Maintenance (Deutsch)")
    german.is_maintenance = False
    assert save_template(german, by=by_mara, now=now).is_maintenance


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_correction_does_not_lead_with_the_problem_as_news(
    incident: Incident, by_dana: Actor, now: datetime, language: str
) -> None:
    make.send(incident, "initial", by_dana, now)
    update = make.send(incident, "correction", by_dana, now + timedelta(minutes=5), minutes=None)
    for way, text in read(update, language).items():
        if way != "page":
            assert NOT_RIGHT[language] in text, way
            assert OF_A_PROBLEM[language][1] not in text, way
