"""What is said over one connection: a mail in one round trip, and never two contents in doubt."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from crisisdesk.core.transports import Answer, Envelope, Outcome
from crisisdesk.core.transports.dialogue import Dialogue, Parcel

HELLO = b"From: x\r\n\r\nHello\r\n"
INTRODUCED = b"250 ok\r\n250 ok\r\n354 go on\r\n"


def introduction(name: str) -> bytes:
    return f"MAIL FROM:<desk@status.example>\r\nRCPT TO:<{name}@acme.example>\r\nDATA\r\n".encode()


@dataclass
class Desk:
    """Hands out mails to these readers, and notes what is said about them."""

    readers: list[str]
    may: bool = True
    begun: list[str] = field(default_factory=list)
    told: list[tuple[str, str]] = field(default_factory=list)

    def take(self) -> Parcel[str] | None:
        if not self.readers:
            return None
        name = self.readers.pop(0)
        return Parcel(name, Envelope("desk@status.example", f"{name}@acme.example", HELLO, f"<{name}@x>"))

    def may_begin(self, parcel: Parcel[str]) -> bool:
        self.begun += [parcel.ticket] if self.may else []
        return self.may

    def withheld(self, parcel: Parcel[str]) -> None:
        self.told.append((parcel.ticket, "withheld"))

    def again(self, parcel: Parcel[str]) -> None:
        self.told.append((parcel.ticket, "again"))

    def answered(self, parcel: Parcel[str], answer: Answer) -> None:
        self.told.append((parcel.ticket, answer.outcome.value))


def dialogue(desk: Desk, *features: str) -> Dialogue[str]:
    return Dialogue(features, desk, name="mx")


def said(one: Dialogue[str]) -> bytes:
    """What it wants to write; written at once."""
    out = bytes(one.out)
    one.sent(len(out))
    return out


def test_the_next_mail_is_introduced_in_the_write_that_ends_this_one() -> None:
    desk = Desk(["pat", "kim", "lee"])
    one = dialogue(desk, "pipelining")
    one.start()
    assert said(one) == introduction("pat")
    one.receive(INTRODUCED)
    assert said(one) == HELLO + b".\r\n" + introduction("kim")
    assert desk.begun == ["pat"]
    one.receive(b"250 taken\r\n" + INTRODUCED)
    assert said(one) == HELLO + b".\r\n" + introduction("lee")
    assert desk.told == [("pat", "accepted")]
    one.receive(b"250 taken\r\n" + INTRODUCED + b"250 taken\r\n")
    assert one.is_idle


def test_the_second_content_waits_for_the_answer_to_the_first() -> None:
    desk = Desk(["pat", "kim"])
    one = dialogue(desk, "pipelining")
    one.start()
    one.receive(INTRODUCED)
    said(one)
    for part in (b"250 ta", b"ken\r", b"\n250 ok\r\n250 ok\r\n"):
        one.receive(part)
    assert (said(one), desk.begun) == (b"", ["pat"])
    one.receive(b"354 go on\r\n")
    assert desk.begun == ["pat", "kim"]


def test_without_pipelining_each_command_waits_for_its_answer() -> None:
    desk = Desk(["pat"])
    one = dialogue(desk, "size")
    one.start()
    heard = [said(one)]
    for reply in (b"250 ok\r\n", b"250-two\r\n250 lines\r\n", b"354 go on\r\n"):
        one.receive(reply)
        heard.append(said(one))
    size = f" SIZE={len(HELLO)}".encode()
    mail, rcpt, data = introduction("pat").splitlines(keepends=True)
    assert heard == [mail.replace(b">", b">" + size), rcpt, data, HELLO + b".\r\n"]


@pytest.mark.parametrize("features", [("pipelining",), ()])
def test_a_refused_recipient_is_taken_back_and_the_next_mail_goes(features: tuple[str, ...]) -> None:
    desk = Desk(["pat", "kim"])
    one = dialogue(desk, *features)
    one.start()
    said(one)
    one.receive(b"250 ok\r\n")
    said(one)
    one.receive(b"550 5.1.1 unknown\r\n" + (b"554 no\r\n" if features else b""))
    assert said(one).startswith(b"RSET\r\n")
    one.receive(b"250 reset\r\n")
    for _ in range(4):
        said(one)
        one.receive(INTRODUCED if features and not desk.begun else b"250 ok\r\n" if not desk.begun else b"")
        if not features and said(one) == b"DATA\r\n":
            one.receive(b"354 go on\r\n")
    assert desk.told[0] == ("pat", "rejected")
    assert desk.begun == ["kim"]


def test_a_lost_connection_leaves_one_mail_in_doubt_and_the_introduced_one_untouched() -> None:
    desk = Desk(["pat", "kim"])
    one = dialogue(desk, "pipelining")
    one.start()
    one.receive(INTRODUCED)
    said(one)
    one.lost()
    assert desk.told == [("pat", Outcome.UNKNOWN), ("kim", "again")]


def test_a_content_of_which_the_end_was_not_written_is_not_in_doubt() -> None:
    desk = Desk(["pat"])
    one = dialogue(desk, "pipelining")
    one.start()
    said(one)
    one.receive(INTRODUCED)
    one.sent(len(one.out) - 1)
    one.lost()
    assert desk.told == [("pat", Outcome.DEFERRED)]


def test_a_permit_that_is_gone_ends_the_connection_instead_of_the_content() -> None:
    desk = Desk(["pat"], may=False)
    one = dialogue(desk, "pipelining")
    one.start()
    said(one)
    one.receive(INTRODUCED)
    assert (said(one), one.is_open, desk.told) == (b"", False, [("pat", "withheld")])


def test_what_a_full_disk_keeps_from_leaving_is_answered_and_what_has_left_stays_in_doubt() -> None:
    broken = Answer(Outcome.BROKEN, "", "disk", "mx")
    for written, outcome in ((0, Outcome.BROKEN), (len(HELLO) + 3, Outcome.UNKNOWN)):
        desk = Desk(["pat", "kim"])
        one = dialogue(desk, "pipelining")
        one.start()
        said(one)
        one.receive(INTRODUCED)
        one.sent(written)
        one.take_back(broken)
        assert desk.told[0] == ("pat", outcome)
        assert not one.is_open


@pytest.mark.parametrize("replies", [b"250 ok\r\n250 ok\r\n250 ok\r\n", b"354 go on\r\n", b"250 ok\r\n354 go on\r\n"])
def test_a_server_that_has_lost_step_is_left_and_nothing_counts_as_sent(replies: bytes) -> None:
    desk = Desk(["pat"])
    one = dialogue(desk, "pipelining")
    one.start()
    said(one)
    one.receive(replies)
    assert (one.is_open, desk.begun, desk.told) == (False, [], [("pat", Outcome.DEFERRED)])


def test_a_yes_before_the_last_dot_is_out_is_no_acceptance() -> None:
    desk = Desk(["pat"])
    one = dialogue(desk, "pipelining")
    one.start()
    said(one)
    one.receive(INTRODUCED)
    one.sent(len(HELLO))
    one.receive(b"250 taken\r\n")
    assert (one.is_open, desk.told) == (False, [("pat", Outcome.DEFERRED)])


@pytest.mark.parametrize("code", [b"354 go on\r\n", b"what?\r\n"])
def test_an_answer_to_a_content_that_is_none_leaves_it_in_doubt(code: bytes) -> None:
    desk = Desk(["pat"])
    one = dialogue(desk, "pipelining")
    one.start()
    said(one)
    one.receive(INTRODUCED)
    said(one)
    one.receive(code)
    assert (one.is_open, desk.told) == (False, [("pat", Outcome.UNKNOWN)])


def test_a_refused_recipient_whose_data_is_opened_gets_an_empty_content_and_the_next_mail_goes() -> None:
    desk = Desk(["pat", "kim"])
    one = dialogue(desk, "pipelining")
    one.start()
    said(one)
    one.receive(b"250 ok\r\n550 5.1.1 unknown\r\n354 go on\r\n")
    assert said(one) == b".\r\nRSET\r\n" + introduction("kim")
    one.receive(b"554 no valid recipients\r\n250 reset\r\n" + INTRODUCED)
    assert (desk.told, desk.begun) == ([("pat", "rejected")], ["kim"])


def test_a_refused_recipient_after_which_the_server_hangs_up_stays_refused() -> None:
    desk = Desk(["pat"])
    one = dialogue(desk, "pipelining")
    one.start()
    said(one)
    one.receive(b"250 ok\r\n550 5.1.1 unknown\r\n")
    one.lost()
    assert desk.told == [("pat", "rejected")]


def test_a_server_that_ends_between_two_mails_costs_neither() -> None:
    desk = Desk(["pat", "kim"])
    one = dialogue(desk, "pipelining")
    one.start()
    one.receive(INTRODUCED)
    said(one)
    one.receive(b"250 taken\r\n421 4.3.2 closing\r\n")
    one.lost()
    assert (desk.told, desk.begun) == ([("pat", "accepted"), ("kim", "again")], ["pat"])


def test_a_refusal_that_ends_the_connection_lets_the_introduced_mail_go_another_way() -> None:
    desk = Desk(["pat", "kim"])
    one = dialogue(desk, "pipelining")
    one.start()
    one.receive(INTRODUCED)
    said(one)
    one.receive(b"421 4.3.2 closing\r\n")
    assert (one.is_open, desk.told) == (False, [("pat", Outcome.DEFERRED), ("kim", "again")])


def test_leading_dots_are_doubled() -> None:
    desk = Desk([])
    one = dialogue(desk, "pipelining")
    content = b".first\r\n.second\r\nthird.\r\n"
    parcel = Parcel("pat", Envelope("desk@status.example", "pat@acme.example", content, "<1@x>"))
    desk.take = lambda: parcel if not desk.begun and one.is_idle else None  # type: ignore[method-assign]
    one.start()
    said(one)
    one.receive(INTRODUCED)
    assert said(one) == b"..first\r\n..second\r\nthird.\r\n.\r\n"


def test_endless_words_are_no_reply() -> None:
    desk = Desk(["pat"])
    one = dialogue(desk, "pipelining")
    one.start()
    one.receive(b"2" * 100_000)
    assert (one.is_open, desk.told) == (False, [("pat", Outcome.DEFERRED)])
