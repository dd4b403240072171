"""Whether a request comes from a Twilio account: its signature is made with the account's token."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from functools import wraps

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from twilio.request_validator import RequestValidator

View = Callable[[HttpRequest], HttpResponse]


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


def signed_by(account: Callable[[], tuple[str, str]]) -> Callable[[View], View]:
    """Refuse what the account (its id and token, asked at each request) has not signed; only POST, without CSRF."""

    def decorate(view: View) -> View:
        @csrf_exempt
        @require_POST
        @wraps(view)
        def checked(request: HttpRequest) -> HttpResponse:
            if refusal := refusal_of(request, *account()):
                return HttpResponse(refusal, status=403, content_type="text/plain")
            return view(request)

        return checked

    return decorate
