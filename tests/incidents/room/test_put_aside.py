"""Words that were thrown away or replaced by a template come back with one press."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from crisisdesk.core.actors import Actor
from crisisdesk.core.models import User
from incidents.drafts import change_template, discard_draft, save_draft, start_draft
from incidents.models import Draft, Template
from incidents.publishing import send_update
from incidents.put_aside import last_aside
from incidents.templates import approve
from tests import factories as make
from tests.incidents.room.test_two_writers import keep

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]


@pytest.fixture
def draft(by_dana: Actor, by_ivo: Actor, now: datetime) -> Draft:
    """Of a first alert, in Dana's words, in version 2."""
    make.contact(make.customer("Acme", make.service()), "Ana")
    draft = start_draft(make.incident(by_ivo, now), kind="initial", by=by_dana, now=now)
    return save_draft(draft, version=draft.version, by=by_dana, now=now, body="What Dana typed.")


@pytest.fixture
def words(by_mara: Actor, now: datetime) -> Callable[[str], Template]:
    """An approved template with this text."""

    def made(body: str) -> Template:
        row = Template.objects.create(name=body, kind="initial", subject="Cards fail", body=body, language="en")
        return approve(row, by=by_mara, now=now)

    return made


def test_what_was_thrown_away_is_taken_up_again(signed_in: SignIn, dana: User, draft: Draft) -> None:
    client, url = signed_in(dana), reverse("admin:compose", args=[draft.incident_id])
    assert keep(client, draft, "2", "discard").status_code == 302
    assert "What Dana typed." in client.get(url).content.decode()
    assert client.post(url, {"action": "back", "aside": str(draft.pk)}).status_code == 302
    draft.refresh_from_db()
    assert (draft.closed_at, draft.body) == (None, "What Dana typed.")
    # The page from before it was thrown away is stale now.
    assert keep(client, draft, "2", "autosave").status_code == 409


def test_words_that_a_template_replaced_are_put_back(
    signed_in: SignIn, dana: User, draft: Draft, words: Callable[[str], Template]
) -> None:
    client, url = signed_in(dana), reverse("admin:compose", args=[draft.incident_id])
    template = words("Cards may fail in eu-west.")
    assert keep(client, draft, "2", "template", template=str(template.pk)).status_code == 302
    draft.refresh_from_db()
    assert draft.body == "Cards may fail in eu-west."
    page = client.get(url).content.decode()
    assert "Put these words back" in page
    aside = re.search(r'name="aside" value="(\d+)"', page)
    assert aside is not None
    assert keep(client, draft, str(draft.version), "back", aside=aside[1]).status_code == 302
    draft.refresh_from_db()
    assert draft.body == "What Dana typed."


def test_a_template_that_replaces_nothing_of_ones_own_puts_nothing_aside(
    draft: Draft, words: Callable[[str], Template], by_dana: Actor, now: datetime
) -> None:
    one = words("Cards may fail.")
    other = words("Cards fail.")
    draft = change_template(draft, one, version=2, by=by_dana, now=now)
    before = Draft.objects.count()
    change_template(draft, other, version=3, by=by_dana, now=now)
    assert Draft.objects.count() == before


def test_what_was_put_aside_before_a_message_went_out_is_not_offered_for_the_next(
    draft: Draft, by_dana: Actor, now: datetime
) -> None:
    discard_draft(draft, version=2, by=by_dana, now=now)
    assert last_aside(draft.incident) == draft
    draft = start_draft(draft.incident, kind="initial", by=by_dana, now=now)
    draft = save_draft(
        draft, version=draft.version, by=by_dana, now=now, subject="Cards fail", body=make.BODY, next_update_minutes=30
    )
    send_update(draft.incident, draft_version=draft.version, by=by_dana, now=now + timedelta(seconds=1), key="k")
    assert last_aside(draft.incident) is None
