"""Pages that cannot be shown say so in plain words, in the look of the customers' pages."""

from __future__ import annotations

import pytest
from django.http import HttpResponseBase
from django.template.loader import render_to_string
from django.test import Client
from pytest_django import Settings

from crisisdesk.core.models import User


@pytest.fixture(autouse=True)
def _names(settings: Settings) -> None:
    settings.PRODUCT_NAME, settings.VENDOR_NAME = "Example Cloud", "Example Inc."


def page_of(response: HttpResponseBase, status: int) -> str:
    assert response.status_code == status
    page: str = response.content.decode()  # type: ignore[attr-defined]
    assert "public/public.css" in page
    assert "Example Cloud" in page
    assert "<style" not in page
    assert " style=" not in page
    return page


def test_an_address_that_leads_nowhere_says_what_to_do() -> None:
    page = page_of(Client().get("/nowhere/"), 404)
    assert "There is no page at this address" in page
    assert "the newest has a link that works" in page


@pytest.mark.django_db
def test_a_form_that_stood_open_too_long_says_that_nothing_was_changed() -> None:
    page = page_of(Client(enforce_csrf_checks=True).post("/admin/login/", {"username": "dana"}), 403)
    assert "Nothing was changed" in page
    assert "CSRF" not in page


@pytest.mark.django_db
def test_what_a_person_may_not_see_says_who_can_change_that(ada: User) -> None:
    client = Client()
    client.force_login(ada)
    page = page_of(client.get("/admin/customers/message/"), 403)
    assert "You may not see this page" in page
    assert "An administrator can add you" in page


def test_a_crash_asks_no_database(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crisisdesk.core.health.check", lambda: 1 / 0)
    page = page_of(Client(raise_request_exception=False).get("/healthz"), 500)
    assert "Something broke on our side" in page


def test_the_page_of_a_crash_needs_no_context() -> None:
    assert "Something broke on our side" in render_to_string("500.html")
