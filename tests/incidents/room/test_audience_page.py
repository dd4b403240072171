"""The audience's page: somebody is left out or taken in, each with a reason."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
from django.test import Client

from crisisdesk.core.actors import Actor
from crisisdesk.core.models import User
from tests import factories

pytestmark = pytest.mark.django_db


def test_somebody_who_is_not_affected_is_found_and_taken_in_with_a_reason(
    dana: User, by_ivo: Actor, now: datetime, signed_in: Callable[[User], Client]
) -> None:
    factories.contact(factories.customer("Acme", factories.service()), "Pat")
    gil = factories.contact(factories.customer("Globex"), "Gil")
    outage = factories.incident(by_ivo, now)
    page = f"/admin/incidents/{outage.pk}/audience/"
    browser = signed_in(dana)
    assert "Gil" not in browser.get(page).content.decode()

    found = browser.get(f"{page}?q=glob").content.decode()
    assert "Not in the audience" in found
    assert f'name="contact" value="{gil.pk}"' in found
    browser.post(page, {"contact": gil.pk, "change": "add", "reason": ""})
    assert not outage.adjustments.exists()
    browser.post(page, {"contact": gil.pk, "change": "add", "reason": "runs on Acme's account"})

    assert outage.adjustments.get().is_included
    after = browser.get(f"{page}?q=glob").content.decode()
    assert "runs on Acme" in after
    assert "Not in the audience" not in after
