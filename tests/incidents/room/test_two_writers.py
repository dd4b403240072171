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
from incidents.drafts import discard_draft, save_draft, start_draft
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


def keep(client: Client, draft: Draft, version: str, action: str, **more: str) -> HttpResponse:
    """What the browser posts for Dana."""
    form = {"kind": "initial", "status": "investigating", "key": "k", "body": "What Dana wrote."}
    url = reverse("admin:compose", args=[draft.incident_id])
    return client.post(url, {**form, "draft": str(draft.pk), "version": version, "action": action, **more})  # type: ignore[return-value]


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
    assert "What <del>Dana </del><ins>Sam </ins>wrote." in page
    assert "What Dana wrote." in page
    shown = re.search(r'name="version" value="(\d+)"', page)
    assert shown is not None
    assert keep(client, draft, shown[1], "keep").status_code == 302
    draft.refresh_from_db()
    assert draft.body == "What Dana wrote."


def test_a_refused_save_shows_word_by_word_what_the_other_kept(signed_in: SignIn, dana: User, draft: Draft) -> None:
    answer = keep(signed_in(dana), draft, "1", "autosave")
    page = answer.content.decode()
    assert 'data-part="changed"' in page
    assert "Sam Ortiz kept version 2" in page
    assert "<del>Dana </del><ins>Sam </ins>" in page


def test_who_chooses_their_own_words_writes_over_the_version_they_saw_and_no_newer_one(
    signed_in: SignIn, dana: User, draft: Draft
) -> None:
    client = signed_in(dana)
    sam = Actor.person(User.objects.get(username="sam"))
    save_draft(draft, version=2, by=sam, now=clock.now(), body="What Sam wrote last.")
    assert keep(client, draft, "1", "keep", over="2").status_code == 409
    assert keep(client, draft, "1", "keep", over="3").status_code == 302
    draft.refresh_from_db()
    assert draft.body == "What Dana wrote."


def test_an_open_page_hears_who_else_writes_and_that_the_text_changed(
    signed_in: SignIn, dana: User, draft: Draft
) -> None:
    sam = User.objects.get(username="sam")
    seen = keep(signed_in(sam), draft, "2", "here", typing="yes").content.decode()
    assert "Dana" not in seen
    assert "kept version" not in seen

    heard = keep(signed_in(dana), draft, "1", "here").content.decode()
    assert "Sam Ortiz is writing here, too" in heard
    assert "Sam Ortiz kept version 2" in heard
    assert "Dana Reyes has it open" in keep(signed_in(sam), draft, "2", "here").content.decode()
    draft.refresh_from_db()
    assert (draft.version, draft.body) == (2, "What Sam wrote.")


def test_who_only_reads_is_not_shown_as_a_writer(signed_in: SignIn, ivo: User, dana: User, draft: Draft) -> None:
    keep(signed_in(ivo), draft, "2", "here")
    assert "Ivo" not in keep(signed_in(dana), draft, "2", "here").content.decode()


def test_a_page_whose_draft_was_sent_is_told_by_whom(signed_in: SignIn, dana: User, draft: Draft) -> None:
    sam = signed_in(User.objects.get(username="sam"))
    words = {"body": make.BODY, "subject": "Cards fail", "preset": "30", "confirm": "yes"}
    assert keep(sam, draft, "2", "send", **words).status_code == 302
    for action in ("here", "autosave"):
        answer = keep(signed_in(dana), draft, "2", action)
        assert answer.status_code == 409
        assert "Sam Ortiz sent this message at" in answer.content.decode()


def test_a_page_of_an_earlier_draft_never_writes_into_the_next(signed_in: SignIn, dana: User, draft: Draft) -> None:
    """The versions may be the same number: the page says which draft it is of."""
    by_dana = Actor.person(dana)
    discard_draft(draft, version=draft.version, by=by_dana, now=clock.now())
    following = start_draft(draft.incident, kind="initial", by=by_dana, now=clock.now())
    answer = keep(signed_in(dana), draft, str(following.version), "autosave")
    assert answer.status_code == 409
    assert "thrown away" in answer.content.decode()
    following.refresh_from_db()
    assert following.body != "What Dana wrote."


def test_nothing_is_called_kept_while_a_field_cannot_be_read(signed_in: SignIn, dana: User, draft: Draft) -> None:
    answer = keep(signed_in(dana), draft, "2", "autosave", article_url="not a link")
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "data-version" not in page
    assert "Not kept. Document in the knowledge base: Enter a valid URL." in page
    draft.refresh_from_db()
    assert draft.body == "What Sam wrote."


def test_a_stale_page_throws_nothing_away(signed_in: SignIn, dana: User, draft: Draft) -> None:
    answer = keep(signed_in(dana), draft, "1", "discard")
    assert answer.status_code == 409
    assert "so it was not thrown away" in answer.content.decode()
    draft.refresh_from_db()
    assert draft.closed_at is None
