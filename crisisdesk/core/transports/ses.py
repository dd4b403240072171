"""Amazon SES by its HTTP interface (version 2), for anymail: without boto3, which anymail's own backend needs.

One mail for one recipient as raw MIME. The metadata stands in `X-Metadata`, where anymail's webhook looks for it.
https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html
"""

from __future__ import annotations

import json
from base64 import b64encode
from typing import Any

from anymail.backends.base_requests import AnymailRequestsBackend, RequestsPayload
from anymail.exceptions import AnymailUnsupportedFeature
from anymail.message import AnymailRecipientStatus
from anymail.utils import get_anymail_setting
from django.core.mail import EmailMessage
from requests import Response

from crisisdesk.core.transports.sigv4 import Credentials, SigV4

ESP_NAME = "Amazon SES"
# https://docs.aws.amazon.com/ses/latest/dg/quotas.html: 40 MB with the encoding of attachments.
LARGEST = 40 * 1024 * 1024


class EmailBackend(AnymailRequestsBackend):  # type: ignore[misc]  # anymail is not typed
    """Settings in ANYMAIL: AMAZON_SES_REGION, _ACCESS_KEY_ID, _SECRET_ACCESS_KEY, and where wanted _SESSION_TOKEN,
    _CONFIGURATION_SET_NAME, _API_URL.
    """

    esp_name = ESP_NAME

    def __init__(self, **kwargs: Any) -> None:
        """Raises AnymailConfigurationError, an ImproperlyConfigured, when a setting is missing."""

        def setting(name: str, **more: Any) -> str:
            return str(get_anymail_setting(name, esp_name=ESP_NAME, kwargs=kwargs, **more) or "")

        self.region = setting("region")
        self.credentials = Credentials(
            key_id=setting("access_key_id"),
            secret=setting("secret_access_key"),
            region=self.region,
            service="ses",
            token=setting("session_token", default=""),
        )
        self.configuration_set_name = setting("configuration_set_name", default="")
        api_url = setting("api_url", default=f"https://email.{self.region}.amazonaws.com")
        super().__init__(api_url.rstrip("/") + "/", **kwargs)

    def build_message_payload(self, message: EmailMessage, defaults: dict[str, Any]) -> Payload:
        """See anymail."""
        return Payload(message, defaults, self)

    def parse_recipient_status(
        self, response: Response, payload: Payload, message: EmailMessage
    ) -> dict[str, AnymailRecipientStatus]:
        """See anymail."""
        answered = self.deserialize_json_response(response, payload, message)
        given = answered.get("MessageId") if isinstance(answered, dict) else None
        status = AnymailRecipientStatus(message_id=given, status="queued" if given else "unknown")
        return dict.fromkeys(payload.recipients, status)


class Payload(RequestsPayload):  # type: ignore[misc]
    """The request for one mail. What MIME holds anyway is not taken from anymail's attributes."""

    def __init__(self, message: EmailMessage, defaults: dict[str, Any], backend: EmailBackend) -> None:
        self.recipients: list[str] = []
        self.sender = ""
        self.metadata = ""
        headers = {"Content-Type": "application/json"}
        super().__init__(message, defaults, backend, headers=headers, auth=SigV4(backend.credentials))

    def get_api_endpoint(self) -> str:
        """Below the API's address."""
        return "v2/email/outbound-emails"

    def serialize_data(self) -> str:
        """The body of the request; raises AnymailUnsupportedFeature for a mail that SES cannot carry."""
        content: bytes = getattr(self.message, "raw_content", None) or self.message.message().as_bytes(linesep="\r\n")
        if len(content) * 4 // 3 > LARGEST:
            raise AnymailUnsupportedFeature("mails above 40 MB", email_message=self.message, payload=self)
        head = f"X-Metadata: {self.metadata}\r\n".encode() if self.metadata else b""
        data: dict[str, Any] = {
            "FromEmailAddress": self.sender,
            "Destination": {"ToAddresses": self.recipients},
            "Content": {"Raw": {"Data": b64encode(head + content).decode()}},
        }
        if self.backend.configuration_set_name:
            data["ConfigurationSetName"] = self.backend.configuration_set_name
        return str(self.serialize_json(data))

    def init_payload(self) -> None:
        """Nothing to begin with."""

    def set_from_email(self, email: Any) -> None:
        """The verified sender."""
        self.sender = email.format(use_rfc2047=True, idna_encode=self.backend.idna_encode)

    def set_recipients(self, recipient_type: str, emails: list[Any]) -> None:
        """Who gets it; raises AnymailUnsupportedFeature, since SES does not know SMTPUTF8."""
        if not all(email.username.isascii() for email in emails):
            self.unsupported_feature("addresses with other letters than ASCII before the @")
        self.recipients += [email.format_addr_spec(idna_encode=self.backend.idna_encode) for email in emails]

    def set_metadata(self, metadata: dict[str, Any]) -> None:
        """Comes back with each event."""
        self.metadata = json.dumps(metadata)

    def set_subject(self, subject: str) -> None:
        """In the MIME."""

    def set_reply_to(self, emails: list[Any]) -> None:
        """In the MIME."""

    def set_extra_headers(self, headers: dict[str, str]) -> None:
        """In the MIME."""

    def set_text_body(self, body: str) -> None:
        """In the MIME."""

    def set_html_body(self, body: str) -> None:
        """In the MIME."""
