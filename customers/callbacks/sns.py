"""Amazon SES reports through SNS: each post is signed by SNS, and of our own topic.

https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html. Anymail checks a shared secret only,
and needs boto3; its reading of the events is used as it is.
"""

from __future__ import annotations

import logging
import re
from base64 import b64decode
from functools import lru_cache
from typing import Any

import requests
from anymail.exceptions import AnymailWebhookValidationFailure
from anymail.signals import AnymailTrackingEvent, EventType
from anymail.webhooks.amazon_ses import AmazonSESBaseWebhookView, AmazonSESTrackingWebhookView
from django.conf import settings
from django.http import HttpRequest

from crisisdesk.core.certificates import BadCertificate, RsaKey, rsa_key_of

logger = logging.getLogger(__name__)

_HOST = r"https://sns\.[a-z0-9-]{4,30}\.amazonaws\.com(?:\.cn)?/"
_CERTIFICATE = re.compile(_HOST + r"SimpleNotificationService-[A-Za-z0-9]{1,64}\.pem")
_SUBSCRIBE = re.compile(_HOST + r"\?Action=ConfirmSubscription&[\w=&:.%~-]+")
_DIGESTS = {"1": "sha1", "2": "sha256"}
_NOTIFICATION = ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type")
_CONFIRMATION = ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")
_SECONDS = 5
_LARGEST = 20_000


def check(post: Any) -> None:
    """Raises AnymailWebhookValidationFailure for what SNS has not signed, or signed for another topic.

    Raises requests.RequestException when the certificate cannot be had; SNS posts again then.
    """
    fields = _NOTIFICATION if post.get("Type") == "Notification" else _CONFIRMATION
    digest = _DIGESTS.get(str(post.get("SignatureVersion")))
    url = str(post.get("SigningCertURL", ""))
    if digest is None or not _CERTIFICATE.fullmatch(url):
        raise AnymailWebhookValidationFailure("This is not signed as SNS signs.")
    text = "".join(f"{name}\n{post[name]}\n" for name in fields if post.get(name) is not None)
    try:
        is_signed = key_at(url).has_signed(text.encode(), b64decode(str(post.get("Signature", ""))), digest)
    except (BadCertificate, ValueError) as error:
        raise AnymailWebhookValidationFailure("The signature cannot be read.") from error
    if not is_signed:
        raise AnymailWebhookValidationFailure("The signature is not of SNS.")
    # Anybody may point a topic of their own here, and SNS would sign it.
    if post.get("TopicArn") not in settings.ANYMAIL.get("AMAZON_SES_TOPIC_ARN", "").split(","):
        raise AnymailWebhookValidationFailure("This is another topic than AMAZON_SES_TOPIC_ARN.")


@lru_cache(maxsize=8)
def key_at(url: str) -> RsaKey:
    """The key of a certificate of SNS, fetched once. Raises requests.RequestException and BadCertificate."""
    answer = requests.get(url, timeout=_SECONDS, allow_redirects=False)
    answer.raise_for_status()
    if len(answer.content) > _LARGEST:
        raise BadCertificate("The certificate is too long.")
    return rsa_key_of(answer.text)


class SesTrackingView(AmazonSESTrackingWebhookView):  # type: ignore[misc]  # anymail is not typed
    """Anymail's view, with the signature checked and without boto3."""

    warn_if_no_basic_auth = False

    def __init__(self, **kwargs: Any) -> None:
        # Past the parent's own, which asks for boto3.
        super(AmazonSESBaseWebhookView, self).__init__(**kwargs)
        self.auto_confirm_enabled = True

    def validate_request(self, request: HttpRequest) -> None:
        """After anymail's checks of form: signature and topic."""
        post = self._parse_sns_message(request)
        if not isinstance(post, dict):
            raise AnymailWebhookValidationFailure("This is no message of SNS.")
        super().validate_request(request)
        check(post)

    def auto_confirm_sns_subscription(self, sns_message: dict[str, Any]) -> None:
        """Subscribe our topic, which the signature has shown to be ours, to this address."""
        url = str(sns_message.get("SubscribeURL", ""))
        if not _SUBSCRIBE.fullmatch(url):
            raise AnymailWebhookValidationFailure("The address to confirm is not one of SNS.")
        requests.get(url, timeout=_SECONDS, allow_redirects=False).raise_for_status()
        logger.info("The topic of Amazon SES reports is subscribed to.")

    def esp_to_anymail_events(
        self, ses_event: dict[str, Any], sns_message: dict[str, Any]
    ) -> list[AnymailTrackingEvent]:
        """As anymail reads them; it leaves out that SES goes on trying."""
        events: list[AnymailTrackingEvent] = super().esp_to_anymail_events(ses_event, sns_message)
        if ses_event.get("eventType") == "DeliveryDelay":
            for event in events:
                event.event_type = EventType.DEFERRED
                event.description = str(ses_event.get("deliveryDelay", {}).get("delayType", ""))
        return events
