"""Several mails in one request, where a provider takes whole mails in a list: Postmark and Resend.

Each mail in it is for one recipient, with a content, a Message-ID and metadata of its own, as if it went alone. A
request holds no more than the provider allows, and no more than the mail URL says (`batch`).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin

from anymail.exceptions import AnymailError
from django.core.mail import EmailMessage

from crisisdesk.core.transports import providers
from crisisdesk.core.transports.answers import Answer, Fault, Outcome
from crisisdesk.core.transports.backend import BackendTransport, judge
from crisisdesk.core.transports.config import BATCHES, MailConfig
from crisisdesk.core.transports.envelope import WITHHELD, Envelope

MEGABYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Door:
    """A provider's address for lists: the most mails and bytes in one request.

    Amazon SES takes lists of one template only, and Mailgun of one content with variables; mails of ours differ in
    their headers too, so they go there one by one.
    """

    path: str
    mails: int
    size: int


# https://postmarkapp.com/developer/user-guide/send-email-with-api/batch-emails
# https://resend.com/docs/api-reference/emails/send-batch-emails
DOORS = {
    "postmark": Door("email/batch", BATCHES["postmark"], 50 * MEGABYTE),
    "resend": Door("emails/batch", BATCHES["resend"], 40 * MEGABYTE),
}
# What only says that the list as a whole was not taken; its mails are then tried one by one.
_ONE_IS_BAD = frozenset({400, 406, 413, 422})


def chunks(sizes: Sequence[int], *, mails: int, size: int) -> Iterator[range]:
    """Positions of what goes together, in order: at most `mails`, and `size` bytes unless a single one has more."""
    start, held = 0, 0
    for position, one in enumerate(sizes):
        if position > start and (position - start >= mails or held + one > size):
            yield range(start, position)
            start, held = position, 0
        held += one
    if start < len(sizes):
        yield range(start, len(sizes))


class _Request:
    """What anymail's `post_to_esp` asks of a payload, for several payloads of one provider."""

    def __init__(self, payloads: Sequence[Any], bodies: Sequence[str], path: str) -> None:
        self._payloads = payloads
        self._bodies = bodies
        self._path = path

    def get_request_params(self, api_url: str) -> dict[str, Any]:
        """The request of the first, with the bodies of all in a list."""
        params: dict[str, Any] = self._payloads[0].get_request_params(api_url)
        return params | {"url": urljoin(api_url, self._path), "data": f"[{','.join(self._bodies)}]"}


class BatchTransport(BackendTransport):
    """A provider that takes lists; `largest_batch` is how many mails a caller should bring at once."""

    def __init__(self, config: MailConfig) -> None:
        """Raises ImproperlyConfigured when the backend lacks its settings."""
        super().__init__(config)
        self._door = DOORS[config.provider]
        self.largest_batch = min(config.batch, self._door.mails)

    def send_batch(self, entries: Sequence[tuple[Envelope, Callable[[], bool]]]) -> list[Answer]:
        """Hand several mails over; an answer for each, in order. Each permit is asked right before its request."""
        payloads, bodies, messages = [], [], []
        for envelope, _ in entries:
            message = self._written(envelope)
            try:
                payload = self._backend.build_message_payload(message, self._backend.send_defaults)
                body = payload.serialize_data()
            except AnymailError as error:
                outcome, fault, code, text = judge(error)
                payloads.append(Answer(outcome, code, text, self.name, fault=fault))
                bodies.append("")
            else:
                payloads.append(payload)
                bodies.append(body)
            messages.append(message)
        answers: list[Answer] = []
        for chunk in chunks([len(body) + 1 for body in bodies], mails=self.largest_batch, size=self._door.size):
            answers += self._send_chunk(
                [entries[at] for at in chunk],
                [payloads[at] for at in chunk],
                [bodies[at] for at in chunk],
                messages[chunk[0]],
            )
        return answers

    def _send_chunk(
        self,
        entries: Sequence[tuple[Envelope, Callable[[], bool]]],
        payloads: Sequence[Any],
        bodies: Sequence[str],
        message: EmailMessage,
    ) -> list[Answer]:
        found: dict[int, Answer] = {at: one for at, one in enumerate(payloads) if isinstance(one, Answer)}
        for at, (_, may_send) in enumerate(entries):
            if at not in found and not may_send():
                found[at] = Answer(Outcome.DEFERRED, WITHHELD, "", self.name)
        going = [at for at in range(len(entries)) if at not in found]
        if going:
            request = _Request([payloads[at] for at in going], [bodies[at] for at in going], self._door.path)
            answers = self._post(request, len(going), message)
            if answers is None:
                # The list was refused as a whole, so nothing of it was taken: one of them is at fault. One by one takes
                # a while, in which a permit may end.
                answers = [self.send(entries[at][0], may_send=entries[at][1]) for at in going]
            found |= dict(zip(going, answers, strict=True))
        return [found[at] for at in range(len(entries))]

    def _post(self, request: _Request, count: int, message: EmailMessage) -> list[Answer] | None:
        """The answers to one request; None when it was refused for one of its mails."""
        try:
            if not self._is_open:
                self._backend.open()
                self._is_open = True
            response = self._backend.post_to_esp(request, message)
        except Exception as error:  # noqa: BLE001 - as for a single mail: every kind gets an answer
            if count > 1 and getattr(error, "status_code", None) in _ONE_IS_BAD:
                outcome, fault, code, text = judge(error)
                if outcome is not Outcome.BROKEN:
                    return None
            outcome, fault, code, text = judge(error)
            if fault in (Fault.CONNECTION, Fault.TLS, Fault.AUTHENTICATION):
                self.close()
            return [Answer(outcome, code, text, self.name, fault=fault)] * count
        if response.status_code in _ONE_IS_BAD:
            return None
        return self._read(response.text, count)

    def _read(self, text: str, count: int) -> list[Answer]:
        try:
            answered = json.loads(text)
            rows = answered["data"] if isinstance(answered, dict) else answered
            if len(rows) != count:
                raise ValueError("Not as many answers as mails.")
            return [self._answer_to_one(row) for row in rows]
        except (ValueError, LookupError, TypeError, AttributeError):
            said = "The provider's answer is not readable."
            return [Answer(Outcome.UNKNOWN, "", said, self.name, fault=Fault.OTHER)] * count

    def _answer_to_one(self, row: dict[str, Any]) -> Answer:
        code = row.get("ErrorCode", 0)
        given = str(row.get("MessageID") or row.get("id") or "")
        if code == 0 and given:
            return Answer(Outcome.ACCEPTED, "", "", self.name, given)
        outcome, fault, named, said = judge_postmark(code, str(row["Message"]))
        return Answer(outcome, named, said, self.name, fault=fault)


def judge_postmark(code: int, said: str) -> tuple[Outcome, Fault, str, str]:
    """What an ErrorCode of one mail in a list means: https://postmarkapp.com/developer/api/overview#error-codes."""
    named = f"Postmark {code}"
    if code == 406:
        return Outcome.REJECTED, Fault.MAILBOX, named, "The provider refuses this address."
    if code == 300 and "'To'" in said:
        return Outcome.REJECTED, Fault.ADDRESS, named, "The e-mail address is not usable."
    if code in providers.POSTMARK_OURS:
        return Outcome.BROKEN, Fault.POLICY, named, providers.REFUSES_US
    return Outcome.REJECTED, Fault.CONTENT if code == 300 else Fault.OTHER, named, "The provider refuses this mail."
