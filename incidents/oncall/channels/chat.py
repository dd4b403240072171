"""Chat and push by Apprise, which speaks the language of each service.

An Apprise URL holds secrets and may name a host. So: only services from a list (none that reads files or speaks
anything but HTTP), reached through a session that refuses inside addresses and redirects, and nothing of Apprise's
own log, which repeats URLs.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Sequence
from threading import local
from types import TracebackType
from typing import Any

import requests
from apprise import Apprise, AppriseAsset, NotifyFormat
from apprise.plugins import NotifyBase
from django.conf import settings

from crisisdesk.core.refusals import InvalidInput
from crisisdesk.core.transports import Answer, Envelope, Fault, Outcome
from crisisdesk.core.transports.envelope import WITHHELD, always
from crisisdesk.core.transports.outgoing import GuardedSession, InsideAddress
from incidents.models import Attempt, ContactKind, ContactMethod
from incidents.oncall.channels.base import Channel
from incidents.oncall.short import chat_words, code_words

NAME = "apprise"
# By the schemes of their URLs. What Apprise can do beyond: mail and SMS (they have their own channels), protocols that
# are not HTTP, files and programs of this machine, and services that post in public.
# fmt: off
SERVICES = frozenset(
    {
        "slack", "discord", "gchat", "workflows", "mmost", "mmosts", "rocket", "rockets", "tgram", "matrix",
        "matrixs", "wxteams", "zulip", "flock", "guilded", "twist", "ryver", "lark", "feishu", "dingtalk", "wecombot",
        "nctalk", "nctalks", "ringcentral", "zoom", "cliq", "synology", "synologys", "stackfield", "line", "spike",
        "threema", "ntfy", "ntfys", "gotify", "gotifys", "pover", "pbul", "prowl", "bark", "barks", "pushy", "pushed",
        "pushsafer", "pushsafers", "signal", "signals", "join", "push", "opsgenie", "pagerduty", "squadcast", "ilert",
        "goalert", "goalerts", "json", "jsons", "form", "forms", "xml", "xmls",
    }
)
# fmt: on

logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)
# Below this it writes the path of each request, which is the secret of many services.
logging.getLogger("urllib3.connectionpool").setLevel(logging.INFO)
_asset = AppriseAsset(
    app_id="CrisisDesk", app_desc="CrisisDesk", app_url="", async_mode=False, secure_logging=True, plugin_paths=None
)
_seen = local()


class _Requests:
    """Stands in for `requests` inside Apprise: the same names, but what is sent goes through a guarded session."""

    def __getattr__(self, name: str) -> Any:
        return getattr(requests, name)

    def __getattribute__(self, name: str) -> Any:
        if name in {"get", "post", "put", "patch", "delete", "head", "options"}:
            return lambda url, **options: _request(name, url, **options)
        if name == "request":
            return _request
        if name in {"Session", "session"}:
            return _Session
        return object.__getattribute__(self, name)


class _Session(GuardedSession):
    """Remembers for its thread what the other side said last."""

    def __init__(self) -> None:
        super().__init__(settings.INSIDE_HOSTS)

    def request(self, method: str | bytes, url: str | bytes, *args: Any, **options: Any) -> requests.Response:
        """As the parent's."""
        try:
            answer = super().request(method, url, *args, **options)
        except requests.RequestException as error:
            _seen.last = error
            raise
        _seen.last = answer
        return answer


def _request(method: str, url: str, **options: Any) -> requests.Response:
    with _Session() as session:
        return session.request(method, url, **options)


def _guard() -> None:
    """Give every module of Apprise the guarded `requests`. Its plugins are loaded as they are needed."""
    for name, module in list(sys.modules.items()):
        if name.startswith("apprise.") and getattr(module, "requests", None) is requests:
            setattr(module, "requests", _guarded)  # noqa: B010 - the type of a module has no such name


_guarded = _Requests()


def service_of(url: str) -> NotifyBase:
    """The service that an Apprise URL names. Raises InvalidInput, with a text that does not repeat the URL."""
    scheme, between, _ = url.strip().partition("://")
    if not between:
        raise InvalidInput("Write an Apprise URL, such as ntfys://host/topic or slack://…; see the guide.")
    if scheme.lower() not in SERVICES:
        raise InvalidInput(f"“{scheme[:20]}” is not a chat or push service that the desk uses; see the guide.")
    service = Apprise.instantiate(url.strip(), asset=_asset)
    if service is None:
        raise InvalidInput(f"This {scheme} URL is not complete, or has a part that its service does not take.")
    _guard()
    return service


class AppriseTransport:
    """One message to one Apprise URL. May be used by several threads."""

    name = NAME
    repeats_safely = False

    def __enter__(self) -> AppriseTransport:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing is kept open."""

    def send(self, envelope: Envelope, *, may_send: Callable[[], bool] = always) -> Answer:
        """Hand one message over; the first line of `envelope.content` is its title."""
        try:
            service = service_of(envelope.recipient)
        except InvalidInput as error:
            return Answer(Outcome.REJECTED, "", str(error), self.name, fault=Fault.ADDRESS)
        title, _, body = envelope.content.decode().partition("\n")
        if not may_send():
            return Answer(Outcome.DEFERRED, WITHHELD, "", self.name)
        _seen.last = None
        try:
            is_taken = service.notify(body=body, title=title, body_format=NotifyFormat.TEXT)
        except Exception as error:  # noqa: BLE001 - a plugin may raise anything, and its words may hold the URL
            return Answer(Outcome.UNKNOWN, "", f"The service failed ({type(error).__name__}).", self.name)
        return Answer(Outcome.ACCEPTED, "", "", self.name) if is_taken else _judge(_seen.last)


def _judge(last: object) -> Answer:
    """What came of it, by the last answer or the last fault; the texts of both may hold the URL, so none is kept."""
    if isinstance(last, InsideAddress):
        return _not_taken(Outcome.REJECTED, Fault.POLICY, "", "Its address is inside; INSIDE_HOSTS lists it not.")
    if isinstance(last, requests.exceptions.SSLError):
        return _not_taken(Outcome.REJECTED, Fault.TLS, "", "The service's certificate is not valid.")
    if isinstance(last, requests.ReadTimeout):
        return _not_taken(Outcome.UNKNOWN, Fault.CONNECTION, "", "The service did not answer in time.")
    if isinstance(last, requests.ConnectionError):
        was_lost = "aborted" in str(last) or "reset" in str(last).lower()
        outcome = Outcome.UNKNOWN if was_lost else Outcome.DEFERRED
        return _not_taken(outcome, Fault.CONNECTION, "", "The connection was lost." if was_lost else "No connection.")
    if not isinstance(last, requests.Response):
        return _not_taken(Outcome.REJECTED, Fault.OTHER, "", "The service did not take it.")
    code = f"HTTP {last.status_code}"
    if last.status_code in (429, 503):
        return _not_taken(Outcome.DEFERRED, Fault.THROTTLE, code, "The service is busy.")
    if last.status_code >= 500:
        return _not_taken(Outcome.UNKNOWN, Fault.CONNECTION, code, "The service failed while it had the message.")
    if 300 <= last.status_code < 400:
        return _not_taken(
            Outcome.REJECTED, Fault.POLICY, code, "The service sent us elsewhere, which we do not follow."
        )
    return _not_taken(Outcome.REJECTED, Fault.OTHER, code, "The service refused it.")


def _not_taken(outcome: Outcome, fault: Fault, code: str, text: str) -> Answer:
    return Answer(outcome, code, text, NAME, fault=fault)


def compose(attempt: Attempt, folded: Sequence[Attempt]) -> Envelope:
    """Title, link and words of one notification, or of several."""
    if attempt.method is None:
        raise ValueError("Chat needs a contact method.")
    text = chat_words(attempt.notification, [other.notification for other in folded])
    return Envelope("", attempt.method.address, text.encode(), "", str(attempt.pk))


def compose_code(method: ContactMethod, code: str) -> Envelope:
    """The message that carries a code."""
    return Envelope("", method.address, f"CrisisDesk\n{code_words(code)}".encode(), "", "")


CHANNEL = Channel(
    loop="notifier chat",
    kinds=(ContactKind.CHAT, ContactKind.PUSH),
    open=AppriseTransport,
    compose=compose,
    code=compose_code,
    is_set_up=lambda: bool(settings.STAFF_CHAT),
    slots=6,
    pauses=(3, 10, 30),
    fold_seconds=10,
    idle_seconds=0.5,
)
