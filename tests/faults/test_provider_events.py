"""F7: what providers report, doubled, reordered, replayed and forged: one effect, and forged refused."""

from __future__ import annotations

import random
from typing import Any

import pytest
from django.test import Client

from customers.models import Delivery, ProviderEvent, Suppression
from tests.customers.callbacks.conftest import mailgun_event, post, postmark_bounce, postmark_event, taken
from tests.customers.callbacks.test_sms import STATUS, pat, phones, tell, texted
from tests.customers.callbacks.test_sms import post as post_sms

__all__ = ["pat", "phones", "taken", "texted"]

pytestmark = pytest.mark.django_db
POSTMARK, MAILGUN = "/anymail/postmark/tracking/", "/anymail/mailgun/tracking/"
Posted = tuple[str, dict[str, Any]]


def reported(delivery: Delivery) -> list[Posted]:
    """A history of one mail, as two providers may tell it."""
    return [
        (POSTMARK, postmark_event(delivery, "Delivery")),
        (POSTMARK, postmark_bounce(delivery, 1, "SoftBounce", Details="smtp;452 4.2.2 mailbox is full")),
        (POSTMARK, postmark_bounce(delivery, 2)),
        (MAILGUN, mailgun_event(delivery, "delivered")),
        (MAILGUN, mailgun_event(delivery, "complained", id="another")),
    ]


def forged(delivery: Delivery) -> list[tuple[Posted, str]]:
    """The worst of it, by somebody who knows neither secret nor key; with the secret that is shown."""
    return [
        ((POSTMARK, postmark_bounce(delivery, 9, "SpamComplaint", RecordType="SpamComplaint")), "postmark:guessed"),
        ((MAILGUN, mailgun_event(delivery, "complained", key="guessed", id="forged")), "postmark:long and random"),
    ]


@pytest.mark.parametrize("seed", range(8))
def test_doubled_reordered_and_replayed_reports_have_one_effect(taken: Delivery, seed: int) -> None:
    dice = random.Random(seed)
    events = reported(taken)
    storm = events * 2
    dice.shuffle(storm)
    answers = [post(path, body).status_code for path, body in storm]
    assert set(answers) == {200}
    refused = [post(*one, secret=secret).status_code for one, secret in forged(taken)]
    assert set(refused) == {400}
    # A replay, long after everything.
    assert {post(path, body).status_code for path, body in events} == {200}
    taken.refresh_from_db()
    assert taken.state == "complained", "whatever the order, the strongest word stands"
    assert ProviderEvent.objects.count() == len(events)
    assert taken.events.filter(state="bounced").count() == 2
    assert Suppression.objects.filter(lifted_at=None).count() == 1


def test_forged_reports_alone_change_nothing(taken: Delivery) -> None:
    for one, secret in forged(taken):
        assert post(*one, secret=secret).status_code == 400
    assert Client().get(POSTMARK).status_code in (403, 405)
    taken.refresh_from_db()
    assert taken.state == "sent"
    assert not ProviderEvent.objects.exists()
    assert not Suppression.objects.exists()


@pytest.mark.parametrize("seed", range(4))
def test_a_storm_of_statuses_of_a_text_has_one_effect(texted: Any, seed: int) -> None:
    dice = random.Random(seed)
    statuses = ["queued", "sent", "delivered", "undelivered"] * 2
    dice.shuffle(statuses)
    for status in statuses:
        assert tell(texted, status, **({"ErrorCode": "30003"} if status == "undelivered" else {})) == 204
    form = {"MessageSid": texted.provider_id, "MessageStatus": "undelivered", "ErrorCode": "30006"}
    assert post_sms(STATUS, form, token="guessed", query=f"?delivery={texted.pk}") == 403
    texted.refresh_from_db()
    assert texted.state == "bounced"
    assert texted.events.filter(state="bounced").count() == 1
    assert not Suppression.objects.exists(), "a telephone that was off exists"
