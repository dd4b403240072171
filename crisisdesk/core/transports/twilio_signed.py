"""Whether a request comes from a Twilio account: its signature is made with the account's token."""

from __future__ import annotations

import hmac

from django.conf import settings
from django.http import HttpRequest
from twilio.request_validator import RequestValidator


def refusal_of(request: HttpRequest, account: str, token: str) -> str:
    """Why a POST is not this account's; "" when it is. Nothing passes without a token.

    See https://www.twilio.com/docs/usage/webhooks/webhooks-security.
    """
    # The address as Twilio was told it: a proxy may have changed scheme and host on the way here.
    url = settings.BASE_URL + request.get_full_path()
    given = request.headers.get("X-Twilio-Signature", "")
    if not token:
        return "No account is set up."
    expected = RequestValidator(token).compute_signature(url, request.POST)
    if not hmac.compare_digest(expected.encode(), given.encode("utf-8", "replace")):
        return "The signature is not Twilio's."
    if not hmac.compare_digest(request.POST.get("AccountSid", "").encode(), account.encode()):
        return "This is another account."
    return ""
