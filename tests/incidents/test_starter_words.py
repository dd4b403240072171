"""The words to begin with: in three languages, without gaps where nobody has to write, and an SMS that stays short."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from html import unescape
from itertools import pairwise

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from crisisdesk.core.models import User
from crisisdesk.core.transports.segments import count
from customers.delivery.rendered import ReaderClass
from incidents.models import Incident, Template, UpdateKind
from incidents.places import Place
from incidents.render import Letter, render_letter
from incidents.room.as_read import WAYS
from incidents.templates import SAMPLE_PLACE, SAMPLE_STARTED, sample_values, substitute

pytestmark = pytest.mark.django_db
# What was wrong is for a person to say.
TO_BE_FILLED_IN = {UpdateKind.CORRECTION}


def test_every_starter_speaks_three_languages_and_says_when_to_use_it() -> None:
    originals = Template.objects.originals()

    assert originals.count() >= 11
    for one in originals:
        assert {row.language for row in one.translations.all()} == {"de", "fr"}, one
        assert one.guidance, one
        assert not one.is_approved, one


def test_words_that_nobody_has_to_complete_have_no_gaps() -> None:
    for one in Template.objects.exclude(kind__in=TO_BE_FILLED_IN):
        lines = [line.rstrip() for line in one.body.splitlines() if line.strip()]
        assert not lines[-1].endswith(":"), one
        assert not [ours for ours, theirs in pairwise(lines) if ours.endswith(":") and theirs.endswith(":")], one


@pytest.mark.parametrize("status", ["investigating", "identified", "monitoring"])
@pytest.mark.parametrize("language", ["en", "de", "fr"])
def test_an_sms_of_each_is_two_segments_at_most(language: str, status: str) -> None:
    # A French August has a letter that the alphabet of text messages lacks.
    sent_at = datetime(2026, 8, 22, 14, 30, tzinfo=UTC)
    incident = Incident(pk=42, title="Payments are slow", started_at=SAMPLE_STARTED)
    for one in Template.objects.filter(language=language):
        with translation.override(language):
            values = sample_values()
        letter = Letter(
            one.kind,
            status,
            substitute(one.subject, values),
            substitute(one.body, values),
            (SAMPLE_PLACE,),
            sent_at,
            next_update_at=sent_at,
            workaround=values["workaround"],
            language=language,
            is_maintenance=one.is_maintenance,
        )
        text = render_letter(letter, incident, ReaderClass(language, "UTC", "sms")).text

        assert count(text.replace("[[progress_url]]", "x" * 40)).count <= 2, (one, text)


def test_a_text_message_says_how_far_the_work_is() -> None:
    incident = Incident(pk=42, title="Payments are slow", started_at=SAMPLE_STARTED)
    said = set()
    for kind, status in (
        ("initial", "investigating"),
        ("progress", "investigating"),
        ("progress", "identified"),
        ("progress", "monitoring"),
        ("final", "resolved"),
    ):
        letter = Letter(kind, status, "Payments are slow", "Words.", (Place("Payments API"),), SAMPLE_STARTED)
        said.add(render_letter(letter, incident, ReaderClass("en", "UTC", "sms")).text)
    assert len(said) == 5


def test_a_colon_never_begins_a_line_in_french() -> None:
    incident = Incident(pk=42, title="Payments are slow", started_at=SAMPLE_STARTED)
    letter = Letter(
        "initial", "investigating", "Incident : API", "Voici :\n\nOui ?", (Place("API"),), SAMPLE_STARTED, language="fr"
    )
    html = unescape(render_letter(letter, incident, ReaderClass("fr", "UTC", "email")).html)
    for apart in ("Incident\u00a0: API", "Voici\u00a0:", "Oui\u00a0?", "API\u00a0: un incident"):
        assert apart in html, apart


def test_words_of_one_status_are_shown_under_it(mara: User, signed_in: Callable[[User], Client]) -> None:
    found = Template.objects.get(name="Progress, cause found")
    words = {name: getattr(found, name) for name in ("subject", "body", "kind", "language", "status")}
    shown = signed_in(mara).post(reverse("admin:template_preview"), {**words, "way": "html"}).content.decode()
    assert "Cause identified" in shown
    assert "the cause of the problem is found" in shown


def test_the_sample_speaks_the_readers_language() -> None:
    with translation.override("de"):
        assert sample_values()["started_at"] == "10. März 2026 um 14:02 UTC"


def test_the_preview_shows_each_in_every_way(mara: User, signed_in: Callable[[User], Client]) -> None:
    browser = signed_in(mara)
    for one in Template.objects.all():
        words = {name: getattr(one, name) for name in ("subject", "body", "kind", "language")}
        words |= {"is_maintenance": "on"} if one.is_maintenance else {}
        for way in WAYS:
            shown = browser.post(reverse("admin:template_preview"), {**words, "way": way}).content.decode()
            assert "{{" not in shown, (one, way)
            assert "[[" not in shown, (one, way)
            assert 'role="alert"' not in shown, (one, way)
            assert "Payments" in shown or one.kind == UpdateKind.POSTMORTEM or way == "sms", (one, way)
