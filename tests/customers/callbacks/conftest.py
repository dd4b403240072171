"""A delivery that a provider has taken, and events about it as the providers post them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from pytest_django import Settings

from customers.models import Delivery
from tests.customers.delivery.conftest import Queue, desk, now, one_pass, queue
from tests.factories import contact, customer
from tests.providers import Provider, postmark

__all__ = ["desk", "now", "queue"]

SECRET = "postmark:long and random"
AT = "2026-03-10T14:05:00Z"


@pytest.fixture
def taken(queue: Queue, desk: Settings) -> Iterator[Delivery]:
    """Pat at Acme's delivery, taken by Postmark."""
    contact(customer("Acme"), "Pat", email="pat@acme.example")
    with Provider(postmark) as server:
        desk.CUSTOMER_MAIL_URL = "anymail+postmark:// anymail+mailgun:// anymail+resend://"
        desk.ANYMAIL = {
            "POSTMARK_API_URL": f"{server.url}/",
            "POSTMARK_SERVER_TOKEN": "postmark-token",
            "MAILGUN_API_KEY": "mailgun-key",
            "MAILGUN_WEBHOOK_SIGNING_KEY": "signing-key",
            "RESEND_API_KEY": "resend-key",
            "WEBHOOK_SECRET": SECRET,
        }
        message = queue()
        one_pass()
        delivery = message.deliveries.get()
        assert delivery.state == "sent"
        assert delivery.provider_id.startswith("b7bc2f4a")
        assert server.taken[0].form["Metadata"] == {"delivery": str(delivery.pk)}
        yield delivery


def post(path: str, body: dict[str, Any] | list[Any], *, secret: str = SECRET, **headers: str) -> HttpResponse:
    """Post an event as a provider does."""
    given = "Basic " + base64.b64encode(secret.encode()).decode()
    client = Client(raise_request_exception=False)
    return client.post(  # type: ignore[return-value]
        path, json.dumps(body), content_type="application/json", headers={"authorization": given, **headers}
    )


def postmark_event(delivery: Delivery, record: str, **more: Any) -> dict[str, Any]:
    """As https://postmarkapp.com/developer/webhooks documents them."""
    return {
        "RecordType": record,
        "MessageID": delivery.provider_id,
        "Recipient": "pat@acme.example",
        "DeliveredAt": AT,
        "Details": "250 2.0.0 OK",
        "Metadata": {"delivery": str(delivery.pk)},
        "MessageStream": "outbound",
        **more,
    }


def postmark_bounce(delivery: Delivery, number: int = 1, kind: str = "HardBounce", **more: Any) -> dict[str, Any]:
    """A bounce has an id and its own names for things."""
    event = postmark_event(delivery, "Bounce", Type=kind, ID=number, Email="pat@acme.example", BouncedAt=AT)
    event["Details"] = "smtp;550 5.1.1 The email account that you tried to reach does not exist."
    del event["DeliveredAt"], event["Recipient"]
    return event | more


def mailgun_event(delivery: Delivery, name: str, *, key: str = "signing-key", token: str = "t", **more: Any) -> Any:
    """As https://documentation.mailgun.com documents them, signed."""
    moment = str(int(datetime(2026, 3, 10, 14, 5, tzinfo=UTC).timestamp()))
    signature = hmac.new(key.encode(), f"{moment}{token}".encode(), hashlib.sha256).hexdigest()
    return {
        "signature": {"timestamp": moment, "token": token, "signature": signature},
        "event-data": {
            "event": name,
            "id": "W3X4JOhFT-OZidZGKKr9iA",
            "timestamp": float(moment),
            "recipient": "pat@acme.example",
            "message": {"headers": {"message-id": delivery.mail_id.strip("<>")}},
            "user-variables": {"delivery": str(delivery.pk)},
            **more,
        },
    }


Reload = Callable[[], Delivery]
