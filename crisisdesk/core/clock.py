"""One clock for everybody: the database's."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta

from django.db import connection
from django.db.models import DateTimeField, Expression, Func, Value
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone
from django.utils.timesince import timesince
from django.utils.translation import gettext

# The moment of the request that is being answered: [] before its first reading, then [moment].
_request: ContextVar[list[datetime] | None] = ContextVar("request", default=None)


def now() -> datetime:
    """The time (UTC) by the database's clock; on SQLite the machine's, which is the same clock.

    Read it once where work enters (a view, a pass of a loop, a command) and pass it inward. While a request is
    answered, every reading gives the same moment, so that a page does not contradict itself.
    """
    held = _request.get()
    if held is None:
        return _read()
    if not held:
        held.append(_read())
    return held[0]


def ago(then: datetime, now: datetime) -> str:
    """How long before `now` something was, in words: "just now" within the first minute, then "5 minutes ago"."""
    if now - then < timedelta(minutes=1):
        return gettext("just now")
    return gettext("%(span)s ago") % {"span": timesince(then, now)}


def column() -> Expression:
    """The database's time as a column of any query, for `hold`: NULL on SQLite, where it is the machine's."""
    if connection.vendor != "postgresql":
        return Value(None, output_field=DateTimeField())
    return Func(function="clock_timestamp", output_field=DateTimeField())


def hold(moment: datetime | None) -> datetime:
    """Take a moment that a query of this request has brought along as the request's; None: as `now()`.

    For a page that may not afford a read for the time alone. The first reading of a request stands.
    """
    held = _request.get()
    if moment is None or held:
        return now()
    utc = moment.astimezone(UTC)
    if held is not None:
        held.append(utc)
    return utc


def one_moment(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Callable[[HttpRequest], HttpResponseBase]:
    """Middleware: one request, one moment."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        token = _request.set([])
        try:
            return get_response(request)
        finally:
            _request.reset(token)

    return answer


def _read() -> datetime:
    if connection.vendor != "postgresql":
        return timezone.now()
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        row = cursor.fetchone()
    value: datetime = row[0]
    return value.astimezone(UTC)
