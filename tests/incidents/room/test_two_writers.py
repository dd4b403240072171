"""Two people write one message: nobody overwrites what they have not seen, and nobody is stuck."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from crisisdesk.core import clock
from crisisdesk.core.access import Group
from crisisdesk.core.actors import Actor
from crisisdesk.core.models import User
from incidents.drafts import save_draft, start_draft
from incidents.models import Draft
from tests import factories as make
from tests.conftest import make_person

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]


@pytest.fixture
def draft(dana: User, ivo: User) -> Draft:
    """Dana has it open in version 1; Sam has kept version 2 since."""
    make.contact(make.customer("Acme", make.service()), "Ana")
    incident = make.incident(by=Actor.person(ivo), now=clock.now())
    draft = start_draft(incident, kind="initial", by=Actor.person(dana), now=clock.now())
    sam = Actor.person(make_person("Sam Ortiz", Group.SUPPORT))
    return save_draft(draft, version=draft.version, by=sam, now=clock.now(), body="What Sam wrote.")


def keep(client: Client, draft: Draft, version: str, action: str) -> HttpResponse:
    """What the browser posts for Dana."""
    form = {"kind": "initial", "status": "investigating", "key": "k", "body": "What Dana wrote."}
    url = reverse("admin:compose", args=[draft.incident_id])
    return client.post(url, {**form, "version": version, "action": action})  # type: ignore[return-value]


def test_keeping_by_itself_never_takes_over_a_version_nobody_saw(signed_in: SignIn, dana: User, draft: Draft) -> None:
    client = signed_in(dana)
    version = "1"
    for _ in range(2):
        answer = keep(client, draft, version, "autosave")
        assert answer.status_code == 409
        shown = re.search(r'data-version="(\d+)"', answer.content.decode())
        assert shown is not None
        version = shown[1]
    draft.refresh_from_db()
    assert draft.body == "What Sam wrote."


def test_who_has_seen_both_texts_saves_again(signed_in: SignIn, dana: User, draft: Draft) -> None:
    client = signed_in(dana)
    answer = keep(client, draft, "1", "keep")
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "Sam Ortiz saved this draft meanwhile" in page
    assert "What Sam wrote." in page
    assert "What Dana wrote." in page
    shown = re.search(r'name="version" value="(\d+)"', page)
    assert shown is not None
    assert keep(client, draft, shown[1], "keep").status_code == 302
    draft.refresh_from_db()
    assert draft.body == "What Dana wrote."
