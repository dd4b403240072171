"""What is said over one SMTP connection, without the connection: bytes in, bytes out. Pure.

Where the server offers PIPELINING, MAIL, RCPT and DATA go out together, and those of the next mail travel with the end
of this one's content (RFC 2920 §3.1): one write and one round trip for a mail. The content of a mail never leaves
before the one ahead of it is answered, so at most one mail of a connection can be in doubt.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection
from dataclasses import dataclass
from enum import Enum
from typing import Generic, Protocol, TypeVar

from crisisdesk.core.transports.addresses import needs_smtputf8
from crisisdesk.core.transports.answers import Answer, Fault, Outcome, Stage, classify, split_reply
from crisisdesk.core.transports.envelope import Envelope

LONGEST_REPLY = 64 * 1024
NO_SMTPUTF8 = b"5.6.7 the mail server takes no international addresses (SMTPUTF8)"

Ticket = TypeVar("Ticket")


@dataclass(slots=True, eq=False)
class Parcel(Generic[Ticket]):
    """A written mail on its way, and what its owner knows it by. `tried`: it has lost a connection before."""

    ticket: Ticket
    envelope: Envelope
    tried: bool = False


class Counter(Protocol[Ticket]):
    """Where a dialogue fetches mails and reports what became of them."""

    def take(self) -> Parcel[Ticket] | None:
        """The next mail, written; None when there is none for this connection now."""

    def may_begin(self, parcel: Parcel[Ticket]) -> bool:
        """Asked right before the content leaves; from True on it counts as begun."""

    def withheld(self, parcel: Parcel[Ticket]) -> None:
        """The permit was gone: nothing of the content has left."""

    def again(self, parcel: Parcel[Ticket]) -> None:
        """To be tried over another connection: this one ended before the content was all out."""

    def answered(self, parcel: Parcel[Ticket], answer: Answer) -> None:
        """What came of it."""


def _ends(code: int) -> bool:
    """Whether the reply ends what was asked, well or not (RFC 5321 §4.2.1)."""
    return 200 <= code < 300 or 400 <= code < 600


class _Step(Enum):
    """What a reply that is waited for belongs to."""

    MAIL = Stage.MAIL
    RCPT = Stage.RCPT
    DATA = Stage.DATA
    CONTENT = "content"
    # RSET, or the dot that ends an empty content: the reply means nothing to a mail.
    ASIDE = "aside"


_INTRODUCTION = (_Step.MAIL, _Step.RCPT, _Step.DATA)


class Dialogue(Generic[Ticket]):
    """One connection after EHLO. `out` is what has to be written; `sent` tells how much of it was.

    `replies` counts the whole ones heard, `contents` those that began to leave.
    """

    def __init__(self, features: Collection[str], counter: Counter[Ticket], *, name: str) -> None:
        """`features`: keywords of EHLO in lower case. `name` stands in the answers."""
        self.out = bytearray()
        self.is_open = True
        self.replies = self.contents = 0
        self._features = features
        self._pipelines = "pipelining" in features
        self._counter = counter
        self._name = name
        self._expected: deque[_Step] = deque()
        self._unsaid: deque[tuple[bytes, _Step]] = deque()
        self._introduced: Parcel[Ticket] | None = None
        self._refusal: tuple[Stage, int, bytes] | None = None
        self._handed: Parcel[Ticket] | None = None
        self._left_until_handed = 0
        self._answered = 0
        self._input = b""
        self._lines: list[bytes] = []

    @property
    def is_idle(self) -> bool:
        """Nothing is waited for."""
        return not self._expected and not self._unsaid

    @property
    def awaits_content_answer(self) -> bool:
        """Whether the next reply is the one to a whole mail, for which servers take their time."""
        return bool(self._expected) and self._expected[0] is _Step.CONTENT

    @property
    def holds_content(self) -> bool:
        """Whether a content is on its way or unanswered."""
        return self._handed is not None

    def start(self) -> None:
        """Begin with the next mail, if there is one; for an idle dialogue."""
        while self.is_open and self._introduced is None and (parcel := self._counter.take()) is not None:
            if self._introduce(parcel):
                return

    def sent(self, count: int) -> None:
        """So many bytes of `out` were written."""
        del self.out[:count]
        self._left_until_handed -= count

    def receive(self, data: bytes) -> None:
        """Take in what the server said."""
        lines = (self._input + data).split(b"\n")
        self._input = lines.pop()
        for line in lines:
            line = line.removesuffix(b"\r")
            self._lines.append(line[4:])
            if line[3:4] != b"-":
                text, self._lines = b"\n".join(self._lines), []
                self._reply(int(line[:3]) if line[:3].isdigit() else -1, text)
                if not self.is_open:
                    return
        if len(self._input) > LONGEST_REPLY or len(self._lines) > LONGEST_REPLY // 4:
            self.lost()

    def lost(self) -> None:
        """The connection is gone."""
        self.is_open = False
        handed, introduced, self._handed, self._introduced = self._handed, self._introduced, None, None
        was_used = self._answered > 0
        if handed is not None and self._left_until_handed <= 0:
            # The last dot is out: only the server knows.
            self._tell(handed, Outcome.UNKNOWN, Fault.CONNECTION, "", "The connection was lost before the answer.")
        elif handed is not None:
            self._not_sent(handed, was_used=was_used)
        if introduced is not None and self._refusal is not None:
            # What it said before it hung up.
            self._refuse(introduced, *self._refusal)
        elif introduced is not None:
            self._not_sent(introduced, was_used=was_used or handed is not None)

    def take_back(self, answer: Answer) -> None:
        """End without writing `out`: the mail that was about to leave gets this answer."""
        self.is_open = False
        if self._handed is not None and self._left_until_handed <= 0:
            self.lost()
            return
        handed, introduced, self._handed, self._introduced = self._handed, self._introduced, None, None
        if handed is not None:
            self._counter.answered(handed, answer)
        if introduced is not None:
            self._counter.withheld(introduced)

    def _not_sent(self, parcel: Parcel[Ticket], *, was_used: bool) -> None:
        """A kept-open connection that the server has ended meanwhile is no fault of the mail; tried once more."""
        if was_used and not parcel.tried:
            parcel.tried = True
            self._counter.again(parcel)
        else:
            self._tell(parcel, Outcome.DEFERRED, Fault.CONNECTION, "", "The connection was lost.")

    def _introduce(self, parcel: Parcel[Ticket]) -> bool:
        """MAIL, RCPT and DATA; False when the server cannot take this mail at all."""
        envelope = parcel.envelope
        options = f" SIZE={len(envelope.content)}" if "size" in self._features else ""
        if needs_smtputf8(envelope.sender, envelope.recipient):
            if "smtputf8" not in self._features:
                self._refuse(parcel, Stage.RCPT, 553, NO_SMTPUTF8)
                return False
            options += " SMTPUTF8 BODY=8BITMIME"
        mail, rcpt = f"MAIL FROM:<{envelope.sender}>{options}\r\n", f"RCPT TO:<{envelope.recipient}>\r\n"
        self._introduced, self._refusal = parcel, None
        if self._pipelines:
            self.out += f"{mail}{rcpt}DATA\r\n".encode()
            self._expected.extend(_INTRODUCTION)
        else:
            self._unsaid.extend(zip((mail.encode(), rcpt.encode(), b"DATA\r\n"), _INTRODUCTION, strict=True))
            self._say_next()
        return True

    def _say_next(self) -> None:
        """Without pipelining: one command, when nothing is waited for."""
        if self._unsaid and not self._expected:
            command, step = self._unsaid.popleft()
            self.out += command
            self._expected.append(step)

    def _reply(self, code: int, text: bytes) -> None:
        self.replies += 1
        if not self._expected:
            # Unasked: the server says that it ends, or does not know what it says.
            self.lost()
            return
        step = self._expected.popleft()
        if step is _Step.CONTENT:
            self._content_answered(code, text)
        elif step is _Step.ASIDE:
            if not _ends(code) or code == 421:
                self.lost()
        else:
            self._introduction_answered(step, code, text)
        if self.is_open:
            self._say_next()

    def _introduction_answered(self, step: _Step, code: int, text: bytes) -> None:
        goes_on = code == 354 if step is _Step.DATA else 200 <= code < 300
        if not goes_on and not 400 <= code < 600:
            # Neither yes nor no, as 250 to DATA: what it answers is not what was asked.
            self.lost()
            return
        if not goes_on and self._refusal is None:
            self._refusal = Stage(step.value), code, text
        if not goes_on and not self._pipelines:
            self._unsaid.clear()
            self._take_back_introduction(open_data=False)
        elif step is _Step.DATA and self._refusal is not None:
            self._take_back_introduction(open_data=goes_on)
        elif step is _Step.DATA:
            self._hand_over()

    def _take_back_introduction(self, *, open_data: bool) -> None:
        """Leave the connection fit for the next mail, or end it. An opened DATA is ended empty (RFC 2920 §3.1)."""
        parcel, refusal = self._introduced, self._refusal
        assert parcel is not None and refusal is not None  # noqa: S101, PT018 - the steps say so
        self._introduced = None
        self.is_open = refusal[1] != 421
        if self.is_open:
            for command in (b".\r\n", b"RSET\r\n") if open_data else (b"RSET\r\n",):
                self._unsaid.append((command, _Step.ASIDE))
            if self._pipelines:
                while self._unsaid:
                    command, step = self._unsaid.popleft()
                    self.out += command
                    self._expected.append(step)
        self._refuse(parcel, *refusal)
        self.start()

    def _hand_over(self) -> None:
        parcel, self._introduced = self._introduced, None
        assert parcel is not None  # noqa: S101 - the steps say so
        if not self._counter.may_begin(parcel):
            # Only closing the connection takes DATA back.
            self.is_open = False
            self._counter.withheld(parcel)
            return
        self.contents += 1
        content = parcel.envelope.content
        if b"\r\n." in content or content.startswith(b"."):
            content = (b"\r\n" + content).replace(b"\r\n.", b"\r\n..")[2:]
        self.out += content
        self.out += b".\r\n" if content.endswith(b"\r\n") else b"\r\n.\r\n"
        self._left_until_handed = len(self.out)
        self._handed = parcel
        self._expected.append(_Step.CONTENT)
        if self._pipelines:
            self.start()

    def _content_answered(self, code: int, text: bytes) -> None:
        parcel = self._handed
        assert parcel is not None  # noqa: S101 - the steps say so
        if not _ends(code) or (200 <= code < 300 and self._left_until_handed > 0):
            # No answer to a mail, or a yes to one that has not all left: they have lost step.
            self.lost()
            return
        self._handed = None
        if 200 <= code < 300:
            self._tell(parcel, Outcome.ACCEPTED, Fault.NONE, *split_reply(code, text))
        else:
            self._refuse(parcel, Stage.DATA, code, text)
        self._answered += 1
        if code == 421:
            self.lost()
        else:
            self.start()

    def _refuse(self, parcel: Parcel[Ticket], stage: Stage, code: int, text: bytes) -> None:
        outcome, fault = classify(stage, code, text)
        if outcome is Outcome.DEFERRED and fault is Fault.CONNECTION and self._answered and not parcel.tried:
            parcel.tried = True
            self._counter.again(parcel)
        else:
            self._tell(parcel, outcome, fault, *split_reply(code, text))

    def _tell(self, parcel: Parcel[Ticket], outcome: Outcome, fault: Fault, code: str, text: str) -> None:
        self._counter.answered(parcel, Answer(outcome, code, text, self._name, fault=fault))
