"""Numbers in forged requests: "²" is a digit to Python and no number; none of it is an error of ours."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from crisisdesk.core.models import User
from postmortems.models import Postmortem

SignIn = Callable[[User], Client]
STRANGE = ["²", "9" * 5000]


@pytest.mark.parametrize("number", STRANGE)
def test_it_finds_no_document_by_a_strange_number(signed_in: SignIn, ivo: User, number: str) -> None:
    address = f"/admin/postmortems/postmortem/{number}/change/"
    assert signed_in(ivo).get(address).status_code == 404


@pytest.mark.parametrize("number", STRANGE)
@pytest.mark.parametrize(
    ("verb", "name", "status"), [("save", "version", 400), ("approve", "version", 400), ("close_action", "action", 409)]
)
def test_a_button_with_a_strange_number_is_refused(
    signed_in: SignIn, ivo: User, postmortem: Postmortem, verb: str, name: str, status: int, number: str
) -> None:
    address = f"/admin/postmortems/postmortem/{postmortem.pk}/change/"
    answer = signed_in(ivo).post(address, {"verb": verb, "version": "1", name: number})
    assert answer.status_code == status


@pytest.mark.parametrize("number", STRANGE)
def test_a_strange_cause_narrows_no_list(signed_in: SignIn, mira: User, number: str) -> None:
    assert signed_in(mira).get("/review/rows/outages/", {"cause": number}).status_code == 200
