"""A page of several alerts goes on, by every way, for those that are left when one of them was answered."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from types import SimpleNamespace

import pytest
from pytest_django import Settings

from crisisdesk.core import clock, deadlines
from crisisdesk.core.actors import Actor
from incidents.models import AlertSource, Attempt
from incidents.oncall.paging import acknowledge
from incidents.qualify import decline
from tests.incidents.oncall.phones import run, telephone, way_of
from tests.incidents.oncall.postbox import postbox
from tests.incidents.oncall.test_paging import fire, source
from tests.providers import ACCOUNT, TOKEN, Provider

pytestmark = pytest.mark.django_db
__all__ = ["source"]
PETRAS, IVOS = "+4915112345678", "+14155550123"


@pytest.fixture
def line(settings: Settings) -> Iterator[Provider]:
    with postbox() as box, Provider(telephone) as provider:
        settings.STAFF_MAIL_URL = box.url
        settings.STAFF_TWILIO_ACCOUNT_SID, settings.STAFF_TWILIO_AUTH_TOKEN = ACCOUNT, TOKEN
        settings.STAFF_TWILIO_FROM, settings.STAFF_TWILIO_API_URL = "+15005550006", provider.url
        yield provider


@pytest.fixture
def now() -> datetime:
    return clock.now()


def test_the_backup_is_texted_for_what_joined_an_answered_alert(
    line: Provider, on_call: SimpleNamespace, source: AlertSource, by_ivo: Actor, now: datetime
) -> None:
    way_of(on_call.petra, "sms", PETRAS, now, page=0)
    (first,) = fire(source, now, "Payments API")
    fire(source, now + timedelta(seconds=20), "Search")
    acknowledge(first, by=by_ivo, now=now + timedelta(seconds=30))
    deadlines.fire_due(now + timedelta(seconds=300))
    run(now + timedelta(seconds=301))
    assert [text.form["To"] for text in line.taken] == [PETRAS]


def test_a_call_still_comes_for_what_joined_a_declined_alert(
    line: Provider, on_call: SimpleNamespace, source: AlertSource, by_ivo: Actor, now: datetime
) -> None:
    way_of(on_call.ivo, "voice", IVOS, now, page=2)
    way_of(on_call.ivo, "sms", IVOS, now, page=0)
    (first,) = fire(source, now, "Payments API")
    fire(source, now + timedelta(seconds=20), "Search")
    run(now + timedelta(seconds=21))
    decline(first, reason="a probe", by=by_ivo, now=now + timedelta(seconds=30))
    run(now + timedelta(seconds=150))
    assert Attempt.objects.get(kind="voice").state == "sent"
