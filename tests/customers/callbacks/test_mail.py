"""What providers post about mails: forged refused, repeated and late without effect, bounces remembered."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from customers.delivery.control import retry
from customers.delivery.suppression import reinstate
from customers.models import Delivery, ProviderEvent, SendingTrouble, Suppression
from tests.customers.callbacks.conftest import AT, mailgun_event, post, postmark_bounce, postmark_event
from tests.factories import contact

pytestmark = pytest.mark.django_db
POSTMARK, MAILGUN, RESEND = (f"/anymail/{name}/tracking/" for name in ("postmark", "mailgun", "resend"))


def test_delivered_is_shown_as_delivered(taken: Delivery) -> None:
    assert post(POSTMARK, postmark_event(taken, "Delivery")).status_code == 200
    taken.refresh_from_db()
    assert (taken.state, taken.state_reason) == ("delivered", "")
    assert str(taken.events.last()).endswith("delivered 2.0.0")


def test_a_hard_bounce_suppresses_the_address(taken: Delivery) -> None:
    post(POSTMARK, postmark_bounce(taken))
    taken.refresh_from_db()
    assert taken.state == "bounced"
    assert taken.state_reason.startswith("The address does not exist: 5.1.1 ")
    suppression = Suppression.objects.get()
    assert (suppression.channel, suppression.address) == ("email", "pat@acme.example")


def test_a_full_mailbox_suppresses_nobody(taken: Delivery) -> None:
    post(POSTMARK, postmark_bounce(taken, kind="SoftBounce", Details="smtp;552 5.2.2 mailbox is full"))
    taken.refresh_from_db()
    assert taken.state == "bounced"
    assert not Suppression.objects.exists()


def test_a_complaint_suppresses_and_the_mail_counts_as_read(taken: Delivery) -> None:
    post(POSTMARK, postmark_bounce(taken, kind="SpamComplaint", RecordType="SpamComplaint", Details=""))
    taken.refresh_from_db()
    assert taken.state == "complained"
    assert Suppression.objects.get().reason == "The reader reported a message as unwanted."


def test_a_delay_at_the_provider_is_not_tried_again_by_us(taken: Delivery) -> None:
    post(POSTMARK, postmark_bounce(taken, kind="Transient", Details="smtp;451 4.2.1 later"))
    taken.refresh_from_db()
    assert taken.state == "sent"
    assert taken.state_reason.startswith("The provider goes on trying: 4.2.1")


def test_a_late_event_takes_nothing_back(taken: Delivery) -> None:
    post(POSTMARK, postmark_bounce(taken))
    post(POSTMARK, postmark_event(taken, "Delivery"))
    taken.refresh_from_db()
    assert taken.state == "bounced"


def test_a_repeated_event_counts_once(taken: Delivery) -> None:
    for _ in range(3):
        assert post(POSTMARK, postmark_bounce(taken)).status_code == 200
        assert post(POSTMARK, postmark_event(taken, "Delivery")).status_code == 200
    assert taken.events.filter(state="bounced").count() == 1
    assert ProviderEvent.objects.count() == 2


def test_mailgun_signs_a_repeat_anew_and_it_counts_once(taken: Delivery) -> None:
    for token in ("first", "second"):
        assert post(MAILGUN, mailgun_event(taken, "delivered", token=token)).status_code == 200
    taken.refresh_from_db()
    assert taken.state == "delivered"
    assert ProviderEvent.objects.count() == 1


def test_resend_names_no_delivery_and_is_found_by_its_own_id(taken: Delivery) -> None:
    event = {
        "type": "email.bounced",
        "created_at": "2026-03-10T14:05:00.000Z",
        "data": {
            "email_id": taken.provider_id,
            "to": ["pat@acme.example"],
            "bounce": {"type": "Permanent", "message": "The recipient's email provider sent a hard bounce message"},
        },
    }
    assert post(RESEND, event, **{"svix-id": "msg_1"}).status_code == 200
    taken.refresh_from_db()
    assert taken.state == "bounced"
    assert Suppression.objects.count() == 1


@pytest.mark.parametrize("secret", ["postmark:wrong", "", ":", "long and random"])
def test_an_event_without_the_secret_is_refused(taken: Delivery, secret: str) -> None:
    assert post(POSTMARK, postmark_bounce(taken), secret=secret).status_code == 400
    taken.refresh_from_db()
    assert taken.state == "sent"
    assert not ProviderEvent.objects.exists()


def test_an_event_with_a_forged_signature_is_refused(taken: Delivery, desk: Settings) -> None:
    assert post(MAILGUN, mailgun_event(taken, "complained", key="guessed")).status_code == 400
    altered = mailgun_event(taken, "delivered")
    altered["signature"]["timestamp"] = "1"
    assert post(MAILGUN, altered).status_code == 400
    assert not ProviderEvent.objects.exists()


def test_without_anything_to_check_by_nothing_is_taken(taken: Delivery, desk: Settings) -> None:
    desk.ANYMAIL = {key: value for key, value in desk.ANYMAIL.items() if key != "WEBHOOK_SECRET"}
    assert post(POSTMARK, postmark_bounce(taken)).status_code == 403
    # Mailgun signs.
    assert post(MAILGUN, mailgun_event(taken, "delivered")).status_code == 200


def test_a_provider_that_no_mail_goes_by_has_no_address_here(taken: Delivery, desk: Settings) -> None:
    desk.CUSTOMER_MAIL_URL = "smtp://127.0.0.1:25"
    assert post(POSTMARK, postmark_bounce(taken)).status_code == 404


def test_nothing_acts_on_get(taken: Delivery) -> None:
    assert Client().get(POSTMARK).status_code in (403, 405)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"null",
        b"{}",
        b'{"RecordType": 7, "Metadata": "x"}',
        b'{"RecordType": "Bounce", "Metadata": {"delivery": {"a": 1}}, "BouncedAt": "never"}',
        b'{"RecordType": "Delivery", "DeliveredAt": "2026-03-10T14:00:00Z", "Metadata": {"delivery": "\\u0000"}}',
        b'{"RecordType": "Delivery", "DeliveredAt": "2026-03-10T14:00:00Z", "MessageID": "\\u0000\\ud800"}',
        b'{"RecordType": "Delivery", "DeliveredAt": 5, "MessageID": "x"}',
        b"[" * 100_000,
        b"\xff\xfe",
        b'{"RecordType": "Delivery", "Metadata": {"delivery": "' + b"9" * 5000 + b'"}}',
    ],
)
def test_what_is_no_event_breaks_nothing(taken: Delivery, body: bytes) -> None:
    client = Client(raise_request_exception=False)
    answer = client.post(
        POSTMARK,
        body,
        content_type="application/json",
        headers={"authorization": "Basic cG9zdG1hcms6bG9uZyBhbmQgcmFuZG9t"},
    )
    assert answer.status_code in (200, 400)
    taken.refresh_from_db()
    assert taken.state == "sent"


def test_an_event_that_names_another_recipient_is_not_about_this_delivery(taken: Delivery) -> None:
    post(POSTMARK, postmark_event(taken, "Delivery", Recipient="eve@evil.example"))
    taken.refresh_from_db()
    assert taken.state == "sent"


def test_clicks_and_opens_are_no_news(taken: Delivery) -> None:
    for record in ("Open", "Click"):
        assert post(POSTMARK, postmark_event(taken, record)).status_code == 200
    assert not ProviderEvent.objects.exists()


def test_a_retry_by_a_person_begins_anew(taken: Delivery, by_dana: Any, now: Any) -> None:
    post(POSTMARK, postmark_bounce(taken, kind="SoftBounce", Details="smtp;552 5.2.2 full"))
    retry(taken.message, by=by_dana, now=now)
    # The old bounce comes again under another number: it is about the attempt before.
    post(POSTMARK, postmark_bounce(taken, 2, kind="SoftBounce", Details="smtp;552 5.2.2 full"))
    taken.refresh_from_db()
    assert taken.state == "queued"
    post(POSTMARK, postmark_event(taken, "Delivery", DeliveredAt=now.isoformat()))
    taken.refresh_from_db()
    assert taken.state == "delivered"


def test_an_old_bounce_does_not_undo_a_reinstatement(taken: Delivery, by_dana: Any, now: Any) -> None:
    post(POSTMARK, postmark_bounce(taken))
    reinstate(Suppression.objects.get(), by=by_dana, now=now)
    post(POSTMARK, postmark_bounce(taken, 2))
    assert not Suppression.objects.filter(lifted_at=None).exists()


def test_an_unsubscribe_at_the_provider_is_the_readers_choice_here(taken: Delivery) -> None:
    post(POSTMARK, postmark_event(taken, "SubscriptionChange", ChangedAt=AT, SuppressionReason="ManualSuppression"))
    taken.contact.refresh_from_db()
    assert taken.contact.preference == "start_and_end"


def policy(delivery: Delivery, number: int) -> dict[str, Any]:
    said = "smtp;550 5.7.1 Service unavailable, client host blocked"
    return postmark_bounce(delivery, number, kind="Blocked", Details=said, Email=delivery.address)


def test_a_refusal_of_us_is_told_and_several_pause_the_message(taken: Delivery, queue: Any, now: Any) -> None:
    for name in ("Quin", "Rae"):
        contact(taken.contact.customer, name)
    message = queue(thread="INC-43")
    rows = list(message.deliveries.order_by("pk"))
    post(POSTMARK, policy(rows[0], 1))
    trouble = SendingTrouble.objects.get(closed_at=None)
    assert (trouble.transport, trouble.fault) == ("Postmark (reports)", "policy")
    assert "5.7.1" in trouble.reason
    post(POSTMARK, policy(rows[0], 2))
    post(POSTMARK, policy(rows[1], 3))
    message.refresh_from_db()
    assert message.state == "sending"
    post(POSTMARK, policy(rows[2], 4))
    message.refresh_from_db()
    assert message.state == "paused"
    assert "refuse us" in message.state_reason
    assert not Suppression.objects.exists()
