"""When a person is signed out: so long after their last act, and so long after they signed in (OWASP ASVS 5.0, 7.3).

A page that keeps itself fresh is no act of anybody: its requests say so. Times are this machine's clock, as Django's
own end of a session is; sessions are short, and a clock that jumps ends one too early or too late, nothing else.
"""

from __future__ import annotations

from collections.abc import Callable
from time import time
from typing import Any

from django.conf import settings
from django.contrib.auth import SESSION_KEY, logout
from django.http import HttpRequest
from django.http.response import HttpResponseBase

# Requests that a page makes by itself carry this header (`static/console/live.js`).
BY_ITSELF = "X-By-Itself"
BEGAN, ACTED = "signed_in_at", "acted_at"
# An act is written down so often, not with every request: a session that ends this much early harms nobody.
NOTE_SECONDS = 60


def begin(request: HttpRequest, **_: Any) -> None:
    """Somebody has signed in; receiver of Django's own `user_logged_in`."""
    request.session[BEGAN] = request.session[ACTED] = int(time())


def end_when_idle(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Middleware: sign out whoever did nothing for SESSION_IDLE_SECONDS, or signed in SESSION_COOKIE_AGE ago."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        if settings.SESSION_COOKIE_NAME in request.COOKIES and SESSION_KEY in request.session:
            _look(request)
        return get_response(request)

    return answer


def _look(request: HttpRequest) -> None:
    now, session = time(), request.session
    began, acted = session.get(BEGAN), session.get(ACTED)
    if began is None or acted is None:
        # Signed in before there was a limit.
        session[BEGAN] = session[ACTED] = int(now)
    elif now - began >= settings.SESSION_COOKIE_AGE or _is_idle(now - acted):
        logout(request)
    elif now - acted >= NOTE_SECONDS and BY_ITSELF not in request.headers:
        session[ACTED] = int(now)


def _is_idle(seconds: float) -> bool:
    limit: int = settings.SESSION_IDLE_SECONDS
    return 0 < limit <= seconds
