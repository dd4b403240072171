"""What readers decide behind a signed link, and who cannot."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.test import Client
from pytest_django import Settings

from crisisdesk.core.models import AuditEntry
from customers import links
from customers.models import Contact
from tests.factories import contact, customer

pytestmark = pytest.mark.django_db
PURPOSES = {"u": links.UNSUBSCRIBE, "c": links.PREFERENCES}


@pytest.fixture
def pat() -> Contact:
    """Pat of Acme."""
    return contact(customer("Acme"), "Pat")


@pytest.fixture
def later(now: datetime) -> datetime:
    """When the links of these tests end."""
    return now + timedelta(days=1)


def test_one_click_unsubscribe_acts_on_post_without_cookie_login_or_redirect(pat: Contact, later: datetime) -> None:
    token = links.make(links.UNSUBSCRIBE, pat, "", later)
    client = Client(enforce_csrf_checks=True)
    response = client.post(f"/u/{token}/", {"List-Unsubscribe": "One-Click"})
    assert response.status_code == 200
    assert "only when an incident begins and when it is over" in response.content.decode()
    pat.refresh_from_db()
    assert pat.preference == "start_and_end"
    assert pat.history.latest().history_actor == f"contact {pat.pk}"
    entry = AuditEntry.objects.get(action="contact.preference_chosen")
    assert entry.data == {"from": "all", "to": "start_and_end"}
    assert client.post(f"/u/{token}/").status_code == 200
    assert AuditEntry.objects.count() == 1


@pytest.mark.parametrize("path", ["u", "c"])
def test_following_a_link_changes_nothing(path: str, pat: Contact, later: datetime) -> None:
    response = Client().get(f"/{path}/{links.make(PURPOSES[path], pat, '', later)}/")
    assert response.status_code == 200
    assert pat.email in response.content.decode()
    assert response["Cache-Control"] == "no-store, private"
    assert response["Referrer-Policy"] == "no-referrer"
    pat.refresh_from_db()
    assert pat.preference == "all"


def test_whoever_chose_to_get_nothing_stays_with_that(pat: Contact, later: datetime) -> None:
    Contact.objects.filter(pk=pat.pk).update(preference="none")
    Client().post(f"/u/{links.make(links.UNSUBSCRIBE, pat, '', later)}/")
    pat.refresh_from_db()
    assert pat.preference == "none"


@pytest.mark.parametrize("choice", ["all", "start_and_end", "none"])
def test_a_reader_chooses_which_messages_to_get(choice: str, pat: Contact, later: datetime) -> None:
    token = links.make(links.PREFERENCES, pat, "", later)
    page = Client().post(f"/c/{token}/", {"preference": choice}).content.decode()
    assert "Saved" in page
    pat.refresh_from_db()
    assert pat.preference == choice


@pytest.mark.parametrize("path", PURPOSES)
def test_a_browser_that_tells_no_origin_can_save(path: str, pat: Contact, later: datetime) -> None:
    client = Client(enforce_csrf_checks=True, HTTP_ORIGIN="null")
    page = client.post(f"/{path}/{links.make(PURPOSES[path], pat, '', later)}/", {"preference": "start_and_end"})
    assert page.status_code == 200
    pat.refresh_from_db()
    assert pat.preference == "start_and_end"


def test_no_address_of_a_signed_page_is_logged(
    pat: Contact, later: datetime, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level("DEBUG")
    tokens = {path: links.make(purpose, pat, "", later) for path, purpose in PURPOSES.items()}
    client = Client(raise_request_exception=False)
    for path, token in tokens.items():
        assert client.get(f"/{path}/x{token}/").status_code == 404
        assert client.get(f"/{path}/{token}/more").status_code == 404
        assert client.put(f"/{path}/{token}/").status_code == 405
    assert client.post(f"/c/{tokens['c']}/", {"preference": "everything"}).status_code == 400
    monkeypatch.setattr("customers.views.links.read", lambda *_: 1 / 0)
    assert client.get(f"/c/{tokens['c']}/").status_code == 500
    told = [record.getMessage() for record in caplog.records]
    assert "Internal Server Error: /c/[token]/" in told
    assert not [text for text in told for token in tokens.values() if token in text]


def test_an_unknown_choice_is_refused(pat: Contact, later: datetime) -> None:
    response = Client().post(f"/c/{links.make(links.PREFERENCES, pat, '', later)}/", {"preference": "everything"})
    assert response.status_code == 400
    pat.refresh_from_db()
    assert pat.preference == "all"


def test_a_link_ends_with_its_time_its_version_and_its_contact(pat: Contact, now: datetime, later: datetime) -> None:
    token = links.make(links.UNSUBSCRIBE, pat, "INC-42", later)
    assert links.read(token, links.UNSUBSCRIBE, now) == links.SignedLink(pat, "INC-42")
    for bad_token, purpose, moment in [
        (token, links.UNSUBSCRIBE, later + timedelta(seconds=1)),
        (token, links.PREFERENCES, now),
        (token[:-1], links.UNSUBSCRIBE, now),
        ("x" + token, links.UNSUBSCRIBE, now),
        ("", links.UNSUBSCRIBE, now),
    ]:
        with pytest.raises(links.BadLink):
            links.read(bad_token, purpose, moment)
    Contact.objects.filter(pk=pat.pk).update(link_version=2)
    with pytest.raises(links.BadLink):
        links.read(token, links.UNSUBSCRIBE, now)
    Contact.objects.filter(pk=pat.pk).update(link_version=1, is_active=False)
    with pytest.raises(links.BadLink):
        links.read(token, links.UNSUBSCRIBE, now)


def test_keys_rotate_the_newest_signs_and_the_older_still_open(
    pat: Contact, now: datetime, later: datetime, desk: Settings
) -> None:
    old = links.make(links.UNSUBSCRIBE, pat, "", later)
    desk.LINK_KEYS = ["n" * 40, "k" * 40]
    new = links.make(links.UNSUBSCRIBE, pat, "", later)
    assert links.read(old, links.UNSUBSCRIBE, now).contact == pat
    desk.LINK_KEYS = ["n" * 40]
    assert links.read(new, links.UNSUBSCRIBE, now).contact == pat
    with pytest.raises(links.BadLink):
        links.read(old, links.UNSUBSCRIBE, now)


@pytest.mark.parametrize("path", ["/u/nonsense/", "/c/nonsense/"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_a_link_that_opens_nothing_says_what_to_do(path: str, method: str) -> None:
    response = getattr(Client(), method)(path)
    assert response.status_code == 404
    assert "The newest message we sent you has a link that works." in response.content.decode()


@pytest.mark.parametrize(("has_colleague", "words"), [(True, "Others at your company still hear"), (False, "only one")])
def test_whoever_is_the_only_one_is_not_told_that_others_hear(
    has_colleague: bool, words: str, pat: Contact, later: datetime
) -> None:
    contact(pat.customer, "Kim", preference="all" if has_colleague else "none")
    page = Client().get(f"/c/{links.make(links.PREFERENCES, pat, '', later)}/").content.decode()
    assert words in page
