"""Requests to executives are read and answered where executives are: on the review pages."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client

from crisisdesk.core import clock
from crisisdesk.core.actors import Actor
from crisisdesk.core.models import User
from incidents.asking import ask_executives
from incidents.models import ExecutiveRequest
from tests import factories

SignIn = Callable[[User], Client]


@pytest.fixture
def asked(by_ivo: Actor) -> ExecutiveRequest:
    """Asked an hour ago; the answer is overdue since half an hour."""
    at = clock.now() - timedelta(hours=1)
    return ask_executives(factories.incident(by_ivo, at), "Two engineers, tonight.", minutes=30, by=by_ivo, now=at)


def test_an_executive_sees_it_on_the_overview_and_answers(
    asked: ExecutiveRequest, mira: User, signed_in: SignIn
) -> None:
    browser = signed_in(mira)
    overview = browser.get("/review/").content.decode()
    assert "Two engineers, tonight." in overview
    assert "no answer since" in overview

    answer = browser.post(f"/review/requests/{asked.pk}/", {"decision": "granted", "answer": "Take them."}, follow=True)

    assert "Answered. Ivo Brandt" in answer.content.decode()
    asked.refresh_from_db()
    assert (asked.decision, asked.answered_by_name) == ("granted", "Mira Sato")
    assert "Two engineers" not in browser.get("/review/").content.decode()


def test_a_refused_answer_keeps_its_words(asked: ExecutiveRequest, mira: User, dana: User, signed_in: SignIn) -> None:
    url = f"/review/requests/{asked.pk}/"
    assert signed_in(mira).post(url, {"decision": "declined", "answer": ""}).status_code == 400
    refused = signed_in(dana).post(url, {"decision": "granted", "answer": "Go ahead."})
    assert refused.status_code == 403
    assert "Go ahead." not in signed_in(dana).get("/review/requests/").content.decode()
    signed_in(mira).post(url, {"decision": "granted"})
    late = signed_in(mira).post(url, {"decision": "declined", "answer": "No, wait."})
    assert late.status_code == 409
    assert "Mira Sato answered at" in late.content.decode()


def test_only_executives_have_the_buttons(asked: ExecutiveRequest, ivo: User, mira: User, signed_in: SignIn) -> None:
    assert "Grant it" in signed_in(mira).get("/review/requests/").content.decode()
    assert "Grant it" not in signed_in(ivo).get("/review/requests/").content.decode()


def test_customer_success_reads_no_review(asked: ExecutiveRequest, cleo: User, signed_in: SignIn) -> None:
    assert signed_in(cleo).get("/review/requests/").status_code == 403
