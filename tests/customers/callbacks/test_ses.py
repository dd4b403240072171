"""Amazon SES: a mail by its API, what SNS posts about it, and the thread that a reader sees."""

from __future__ import annotations

import hashlib
import json
from base64 import b64encode
from collections.abc import Iterator
from email import message_from_string
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from pytest_django import Settings

from crisisdesk.core.certificates import BadCertificate, rsa_key_of
from customers.callbacks import sns
from customers.models import Delivery, ProviderEvent, Suppression
from tests.customers.callbacks.conftest import desk, now, queue
from tests.customers.delivery.conftest import Queue, one_pass
from tests.factories import contact, customer
from tests.providers import SES_KEY, SES_REGION, SES_SECRET, Provider, amazon_ses

__all__ = ["desk", "now", "queue"]
pytestmark = pytest.mark.django_db

# A certificate of the tests' own, and the private exponent of its key.
CERTIFICATE = """
-----BEGIN CERTIFICATE-----
MIICFjCCAX+gAwIBAgIUGMYjiY3bmYrhW7i6OjTa2R4iA10wDQYJKoZIhvcNAQEL
BQAwHDEaMBgGA1UEAwwRc25zLmFtYXpvbmF3cy5jb20wIBcNMjYxMTIyMTU1NjI0
WhgPMjEyNjEwMjkxNTU2MjRaMBwxGjAYBgNVBAMMEXNucy5hbWF6b25hd3MuY29t
MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDUSjXGT+NOhxvGSnWsPD1G47MO
6VSqIjnuq3EdOlQ7w3jqe0mWxHILxBgv7OtM9PD6jGl0BJR3w/cw/dECdq+Oycz5
Pg6CreJU8YCntP3bRdyASUgDT+CABOsAMh2GfIW0Wupplu9NErtAFIoy6pwxor4v
qgXcjwKJa3hcxV5yfQIDAQABo1MwUTAdBgNVHQ4EFgQUzotWEE28/GbKx313Zb8U
0G/+xh8wHwYDVR0jBBgwFoAUzotWEE28/GbKx313Zb8U0G/+xh8wDwYDVR0TAQH/
BAUwAwEB/zANBgkqhkiG9w0BAQsFAAOBgQArQ3N8qYWbNRZ96lpMmeVliKS7GcfK
XKpp4xH2vwUV1XOQ1PYovLIXDT7/AcNqlIm4gO3CNWqYRh2xO5ARtE1S18L7Rpna
VVpGORiuE/d4XFWbph1+i3MVYFIA9y6+I6IMXyE4pcHDQiuZ6kKT7hFySE6kIu+C
dZVUuEeaFhyJUA==
-----END CERTIFICATE-----
"""
PRIVATE = int(
    "8be14623a0da27113184ebe5339311d15711d21e7ef207d1626947043a3dec8f356a53c83e76bcaaf20ff9ec437316e6"
    "7e40ecef4c6143b53578eb95bfe8d26db068d66960a32bb5865d418354fe4c16f7be3b02c2be917c9a6d8448684355e9"
    "708cd68305bebae8a303999e75748c3ab1249a98c675147327bc6ea8a373a1c5",
    16,
)
TOPIC = "arn:aws:sns:eu-central-1:123456789012:ses-reports"
URL = "https://sns.eu-central-1.amazonaws.com/SimpleNotificationService-0123456789abcdef.pem"
PATH = "/anymail/amazon_ses/tracking/"
_INFO = {"sha1": "3021300906052b0e03021a05000414", "sha256": "3031300d060960864801650304020105000420"}


@pytest.fixture(autouse=True)
def _certificate(monkeypatch: pytest.MonkeyPatch) -> None:
    """SNS's certificate is at its address, and no other."""
    keys = {URL: rsa_key_of(CERTIFICATE)}
    monkeypatch.setattr(sns, "key_at", keys.__getitem__)


@pytest.fixture
def server(desk: Settings) -> Iterator[Provider]:
    """Mail goes by SES, and its reports come from our topic."""
    with Provider(amazon_ses) as made:
        desk.CUSTOMER_MAIL_URL = "anymail+amazon_ses://"
        desk.ANYMAIL = {
            "AMAZON_SES_API_URL": made.url,
            "AMAZON_SES_REGION": SES_REGION,
            "AMAZON_SES_ACCESS_KEY_ID": SES_KEY,
            "AMAZON_SES_SECRET_ACCESS_KEY": SES_SECRET,
            "AMAZON_SES_TOPIC_ARN": TOPIC,
        }
        yield made


@pytest.fixture
def taken(server: Provider, queue: Queue) -> Delivery:
    """Pat at Acme's delivery, taken by SES."""
    contact(customer("Acme"), "Pat", email="pat@acme.example")
    message = queue()
    one_pass()
    return message.deliveries.get()


def signature(data: str, digest: str = "sha256") -> str:
    key = rsa_key_of(CERTIFICATE)
    length = (key.modulus.bit_length() + 7) // 8
    info = bytes.fromhex(_INFO[digest]) + hashlib.new(digest, data.encode()).digest()
    padded = b"\x00\x01" + b"\xff" * (length - len(info) - 3) + b"\x00" + info
    return b64encode(pow(int.from_bytes(padded), PRIVATE, key.modulus).to_bytes(length)).decode()


def posted(event: dict[str, Any] | str, *, version: str = "2", **more: str) -> dict[str, str]:
    """A post of SNS, signed; `more` are fields of it."""
    text = event if isinstance(event, str) else json.dumps(event)
    post = {
        "Type": "Notification",
        "MessageId": "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324",
        "TopicArn": TOPIC,
        "Message": text,
        "Timestamp": "2026-03-10T14:05:00.000Z",
        "SignatureVersion": version,
        "SigningCertURL": URL,
        **more,
    }
    names = ["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"]
    if post["Type"] != "Notification":
        names = ["Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"]
    signed = "".join(f"{name}\n{post[name]}\n" for name in names if name in post)
    return post | {"Signature": signature(signed, "sha1" if version == "1" else "sha256")}


def send(post: dict[str, str]) -> HttpResponse:
    headers = {"x-amz-sns-message-type": post["Type"], "x-amz-sns-message-id": post["MessageId"]}
    client = Client(raise_request_exception=False)
    return client.post(PATH, json.dumps(post), content_type="text/plain", headers=headers)  # type: ignore[return-value]


def event(taken: Delivery, kind: str, /, **more: Any) -> dict[str, Any]:
    """As https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-examples.html shows them."""
    metadata = {"name": "X-Metadata", "value": json.dumps({"delivery": str(taken.pk)})}
    mail = {"messageId": taken.provider_id, "destination": ["pat@acme.example"], "headers": [metadata]}
    return {"eventType": kind, "mail": mail, **more}


def bounce(delivery: Delivery, kind: str = "Permanent", said: str = "smtp; 550 5.1.1 user unknown") -> dict[str, Any]:
    recipient = (
        {"emailAddress": "pat@acme.example", "diagnosticCode": said} if said else {"emailAddress": "pat@acme.example"}
    )
    return event(
        delivery, "Bounce", bounce={"bounceType": kind, "bounceSubType": "General", "bouncedRecipients": [recipient]}
    )


def test_a_delivery_is_reported(taken: Delivery) -> None:
    assert taken.state == "sent"
    delivered = {"recipients": ["pat@acme.example"], "smtpResponse": "250 2.6.0 Message received"}
    assert send(posted(event(taken, "Delivery", delivery=delivered))).status_code == 200
    assert send(posted(event(taken, "Delivery", delivery=delivered), version="1")).status_code == 200
    taken.refresh_from_db()
    assert taken.state == "delivered"
    assert ProviderEvent.objects.count() == 1


@pytest.mark.parametrize(
    ("kind", "said", "suppressed"),
    [
        ("Permanent", "smtp; 550 5.1.1 user unknown", 1),
        ("Permanent", "", 1),
        ("Transient", "smtp; 452 4.2.2 mailbox full", 0),
    ],
)
def test_bounces_are_told_apart(taken: Delivery, kind: str, said: str, suppressed: int) -> None:
    assert send(posted(bounce(taken, kind, said))).status_code == 200
    taken.refresh_from_db()
    assert taken.state == "bounced"
    assert Suppression.objects.count() == suppressed


def test_a_delay_is_shown_as_such(taken: Delivery) -> None:
    assert send(posted(event(taken, "DeliveryDelay", deliveryDelay={"delayType": "MailboxFull"}))).status_code == 200
    taken.refresh_from_db()
    assert (taken.state, taken.state_reason) == ("sent", "The provider goes on trying: MailboxFull")


@pytest.mark.parametrize(
    "forge",
    [
        lambda post: post | {"Message": post["Message"].replace("pat@", "ann@")},
        lambda post: post | {"Signature": ""},
        lambda post: post | {"Signature": "AAAA"},
        lambda post: post | {"SignatureVersion": "3"},
        lambda post: post | {"SigningCertURL": "https://sns.eu-central-1.amazonaws.com.evil.example/x.pem"},
        lambda post: post | {"SigningCertURL": URL.replace("https", "http")},
        lambda post: posted(post["Message"], TopicArn="arn:aws:sns:eu-central-1:666:elsewhere"),
        lambda post: {key: value for key, value in post.items() if key != "SigningCertURL"},
    ],
)
def test_what_sns_has_not_signed_for_our_topic_is_refused(taken: Delivery, forge: Any) -> None:
    assert send(forge(posted(bounce(taken)))).status_code == 400
    taken.refresh_from_db()
    assert taken.state == "sent"
    assert not ProviderEvent.objects.exists()


@pytest.mark.parametrize("body", ["", "[]", "null", '"x"', "{}", '{"Type": 1}', "[" * 5_000])
def test_what_is_no_post_of_sns_is_refused(server: Provider, body: str) -> None:
    client = Client(raise_request_exception=False)
    assert client.post(PATH, body, content_type="text/plain").status_code == 400


def test_without_a_topic_nothing_is_taken(taken: Delivery, desk: Settings) -> None:
    desk.ANYMAIL = desk.ANYMAIL | {"AMAZON_SES_TOPIC_ARN": "", "WEBHOOK_SECRET": "user:long"}
    assert send(posted(bounce(taken))).status_code == 403


def test_our_topic_is_subscribed_and_no_other_address_is_called(
    server: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    called: list[str] = []

    class Answer:
        def raise_for_status(self) -> None:
            pass

    def get(url: str, **_: Any) -> Answer:
        called.append(url)
        return Answer()

    monkeypatch.setattr("customers.callbacks.sns.requests.get", get)
    good = "https://sns.eu-central-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn=arn:aws:sns:x&Token=23ab"
    asks = {"Type": "SubscriptionConfirmation", "Token": "23ab"}
    assert send(posted("You have chosen to subscribe.", **asks, SubscribeURL=good)).status_code == 200
    assert send(posted("The same.", **asks, SubscribeURL="https://169.254.169.254/?x")).status_code == 400
    elsewhere = {"SubscribeURL": good, "TopicArn": "arn:aws:sns:eu-central-1:666:elsewhere"}
    assert send(posted("Another topic.", **asks, **elsewhere)).status_code == 400
    assert called == [good]


def test_later_mails_thread_on_the_message_id_that_the_reader_saw(
    taken: Delivery, server: Provider, queue: Queue
) -> None:
    seen = f"<{taken.provider_id}@eu-central-1.amazonses.com>"
    assert taken.received_as == seen
    queue(kind="progress")
    one_pass()
    first, second = (message_from_string(request.form["raw"]) for request in server.taken)
    assert first["In-Reply-To"] is None
    assert first["Message-ID"] == taken.mail_id
    assert (second["In-Reply-To"], second["References"]) == (seen, seen)


@pytest.mark.parametrize("text", ["", "no certificate", CERTIFICATE.replace("MIICFj", "AAAAAA"), CERTIFICATE[:400]])
def test_what_is_no_certificate_is_said_to_be_none(text: str) -> None:
    with pytest.raises(BadCertificate):
        rsa_key_of(text)
