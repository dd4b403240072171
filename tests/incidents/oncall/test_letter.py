"""What a mail to staff looks like to whoever reads it: nothing put in is lost, and nothing gets out of its place."""

from __future__ import annotations

from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest

from customers.delivery.mime import mailbox
from incidents.oncall.attaching import File
from incidents.oncall.channels.letter import as_bytes

HEAD = (("From", "<desk@vendor.example>"), ("To", "<ivo@vendor.example>"), ("References", ""))
PACK = File("Rückblick Q3.pdf", "application/pdf", bytes(range(256)) * 40)


def _read(content: bytes) -> EmailMessage:
    mail = message_from_bytes(content, policy=policy.default)
    assert isinstance(mail, EmailMessage)
    assert not mail.defects
    return mail


def _part(mail: EmailMessage, kind: str) -> str:
    part = mail.get_body((kind,))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


def _bytes(text: str = "Text.\n", subject: str = "Due", file: File | None = None) -> bytes:
    return as_bytes(HEAD, subject=subject, text=text, html=f"<p>{text}</p>\n", file=file)


@pytest.mark.parametrize(
    "text",
    [
        "Zeile 1\n.\n..\nFrom here on\n",
        "ä" * 3000 + "\n",
        "trailing blanks   \n\n\n",
        "=3D is no equals sign, --=_boundary no end\n",
    ],
)
def test_its_texts_come_out_as_they_were_put_in(text: str) -> None:
    content = _bytes(text)
    mail = _read(content)
    assert _part(mail, "plain") == text
    assert _part(mail, "html") == f"<p>{text}</p>\n"
    assert max(map(len, content.split(b"\r\n"))) <= 78
    assert content.count(b"\n") == content.count(b"\r\n")


@pytest.mark.parametrize("subject", ["[PAGE] Größe: 10 € — acknowledge", "x" * 300, "Update is due " * 20])
def test_its_subject_comes_out_whole(subject: str) -> None:
    assert _read(_bytes(subject=subject))["Subject"].split() == subject.split()


def test_a_line_end_in_a_subject_begins_no_header() -> None:
    mail = _read(_bytes(subject="Due\r\nBcc: otto@vendor.example\n\nbody"))
    assert mail["Bcc"] is None
    assert mail["Subject"] == "Due Bcc: otto@vendor.example body"


def test_a_name_with_a_comma_is_one_person() -> None:
    head = (("To", mailbox('Brandt, Ivo "IB"', "ivo@vendor.example")),)
    mail = _read(as_bytes(head, subject="Due", text="Text", html="<p>Text</p>", file=None))
    (person,) = mail["To"].addresses
    assert (person.display_name, person.addr_spec) == ('Brandt, Ivo "IB"', "ivo@vendor.example")


def test_an_empty_header_is_left_out() -> None:
    assert "References" not in _read(_bytes())


def test_a_file_is_attached_whole_beside_both_texts() -> None:
    mail = _read(_bytes(file=PACK))
    (file,) = mail.iter_attachments()
    assert file.get_filename() == PACK.name
    assert file.get_content_type() == PACK.content_type
    assert file.get_payload(decode=True) == PACK.data
    assert _part(mail, "plain") == "Text.\n"


def test_a_repeat_is_the_same_byte_for_byte() -> None:
    assert _bytes(file=PACK) == _bytes(file=PACK)
    assert _bytes("One.\n") != _bytes("Two.\n")
