"""A mail to staff as bytes.

Written from the parts that customers' mail is made of: the standard library takes four times as long, and hundreds may
be owed at one moment.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from email import encoders
from email.mime.base import MIMEBase
from email.policy import SMTP

from customers.delivery.mime import clean_text, header_text, quoted_printable
from incidents.oncall.attaching import File


def as_bytes(head: Sequence[tuple[str, str]], *, subject: str, text: str, html: str, file: File | None) -> bytes:
    """The mail with both its texts, CRLF throughout. `head`: headers whose values are ready to stand in one.

    The boundary follows from the head and the texts, so that a repeat is the same mail, byte for byte.
    """
    lines = [*(f"{name}: {value}" for name, value in head if value), f"Subject: {header_text('Subject', subject)}"]
    boundary = "=_" + hashlib.sha256("\n".join((*lines, text, html)).encode("utf-8", "replace")).hexdigest()[:32]
    content = _multipart("alternative", boundary, [_text("plain", text), _text("html", html)])
    if file is not None:
        content = _multipart("mixed", boundary.replace("_", "__", 1), [content, _attached(file)])
    return "\r\n".join((*lines, "MIME-Version: 1.0", "")).encode() + content


def _multipart(subtype: str, boundary: str, parts: Sequence[bytes]) -> bytes:
    line = f"\r\n--{boundary}".encode()
    head = f'Content-Type: multipart/{subtype};\r\n boundary="{boundary}"\r\n'.encode()
    return head + b"".join(line + b"\r\n" + part for part in parts) + line + b"--\r\n"


def _text(subtype: str, text: str) -> bytes:
    head = f"Content-Type: text/{subtype}; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
    return head.encode() + quoted_printable(clean_text(text))


def _attached(file: File) -> bytes:
    main, _, sub = file.content_type.partition("/")
    part = MIMEBase(main, sub)
    part.set_payload(file.data)
    encoders.encode_base64(part)
    part.add_header("Content-Disposition", "attachment", filename=file.name)
    return part.as_bytes(policy=SMTP)
