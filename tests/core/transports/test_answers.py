"""What a reply of a mail server means."""

import pytest

from crisisdesk.core.transports.answers import Fault, Outcome, Stage, classify, split_reply


@pytest.mark.parametrize(
    ("stage", "code", "text", "outcome", "fault"),
    [
        (Stage.DATA, 250, b"2.0.0 Ok: queued as 4F1", Outcome.ACCEPTED, Fault.NONE),
        # the recipient
        (Stage.RCPT, 550, b"5.1.1 user unknown", Outcome.REJECTED, Fault.ADDRESS),
        (Stage.RCPT, 550, b"5.1.10 no such domain takes mail", Outcome.REJECTED, Fault.ADDRESS),
        (Stage.RCPT, 501, b"5.1.3 bad recipient syntax", Outcome.REJECTED, Fault.ADDRESS),
        (Stage.DATA, 550, b"5.1.1 user unknown after all", Outcome.REJECTED, Fault.ADDRESS),
        (Stage.RCPT, 550, b"5.2.1 mailbox disabled", Outcome.REJECTED, Fault.MAILBOX),
        (Stage.RCPT, 552, b"5.2.2 mailbox full", Outcome.REJECTED, Fault.MAILBOX),
        # without an enhanced code nobody can say that the address is wrong
        (Stage.RCPT, 550, b"no", Outcome.REJECTED, Fault.OTHER),
        (Stage.RCPT, 553, b"mailbox name not allowed", Outcome.REJECTED, Fault.OTHER),
        (Stage.DATA, 554, b"transaction failed", Outcome.REJECTED, Fault.OTHER),
        # the mail
        (Stage.MAIL, 552, b"5.3.4 too large", Outcome.REJECTED, Fault.CONTENT),
        (Stage.DATA, 552, b"too much", Outcome.REJECTED, Fault.CONTENT),
        (Stage.DATA, 554, b"5.6.0 malformed", Outcome.REJECTED, Fault.CONTENT),
        # later
        (Stage.RCPT, 450, b"4.2.0 greylisted, come back", Outcome.DEFERRED, Fault.MAILBOX),
        (Stage.RCPT, 451, b"4.7.1 greylisted", Outcome.DEFERRED, Fault.THROTTLE),
        (Stage.MAIL, 452, b"4.3.1 out of space", Outcome.DEFERRED, Fault.THROTTLE),
        (Stage.DATA, 452, b"try later", Outcome.DEFERRED, Fault.THROTTLE),
        (Stage.DATA, 421, b"4.3.2 closing", Outcome.DEFERRED, Fault.CONNECTION),
        # our own fault
        (Stage.RCPT, 550, b"5.7.1 relaying denied", Outcome.BROKEN, Fault.POLICY),
        (Stage.DATA, 550, b"5.7.515 not DMARC aligned", Outcome.BROKEN, Fault.POLICY),
        (Stage.MAIL, 553, b"5.1.8 sender domain unknown", Outcome.BROKEN, Fault.POLICY),
        (Stage.MAIL, 550, b"sender refused", Outcome.BROKEN, Fault.POLICY),
        (Stage.MAIL, 530, b"5.7.0 authentication required", Outcome.BROKEN, Fault.AUTHENTICATION),
        (Stage.AUTH, 535, b"5.7.8 bad password", Outcome.BROKEN, Fault.AUTHENTICATION),
        (Stage.AUTH, 454, b"4.7.0 temporary failure", Outcome.BROKEN, Fault.CONNECTION),
        (Stage.AUTH, 504, b"mechanism unknown", Outcome.BROKEN, Fault.AUTHENTICATION),
        (Stage.CONNECT, 554, b"5.7.1 blocked", Outcome.BROKEN, Fault.POLICY),
        (Stage.CONNECT, 421, b"busy", Outcome.BROKEN, Fault.CONNECTION),
        # not SMTP at all
        (Stage.CONNECT, -1, b"HTTP/1.1 400", Outcome.BROKEN, Fault.CONNECTION),
    ],
)
def test_it_reads_a_reply_by_its_code_and_enhanced_code(
    stage: Stage, code: int, text: bytes, outcome: Outcome, fault: Fault
) -> None:
    assert classify(stage, code, text) == (outcome, fault)


def test_it_shows_a_reply_on_one_line_without_repeating_the_enhanced_code() -> None:
    assert split_reply(550, b"5.1.1 No such user\n5.1.1 Learn more") == ("550 5.1.1", "No such user Learn more")


def test_it_shows_no_control_characters_and_no_endless_text() -> None:
    code, text = split_reply(450, b"later\x00\x1b[31m " + b"x" * 5000)
    assert code == "450"
    assert text.startswith("later[31m x")
    assert len(text) == 250
