"""The small parts of a mail: clean text, header words, quoted-printable. Pure.

Whatever is put in, no control character reaches a header, so nothing can be injected; bidirectional overrides, which
can make a text read as another, are taken out everywhere.
"""

from __future__ import annotations

import re
from binascii import b2a_qp
from email.header import Header
from email.utils import parseaddr

from crisisdesk.core.transports.addresses import travelling

# Embeddings, overrides and isolates (Unicode Bidirectional Algorithm, UAX #9); single marks are harmless and stay.
_OVERRIDES = re.compile("[\u202a-\u202e\u2066-\u2069]")
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_BREAKS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_NEWLINES = re.compile("\r\n|\r|\n|\u2028|\u2029")
_PLAIN_WORD = re.compile(r"^[\x20-\x7e]*$")
FOLD_AT = 76


def clean_line(value: str) -> str:
    """One line of text: controls and line ends become a blank, overrides go."""
    if value.isascii() and value.isprintable():
        return value.strip()
    return _OVERRIDES.sub("", _BREAKS.sub(" ", _sound(value))).strip()


def clean_text(value: str) -> str:
    """Text of many lines, each ended by LF; other controls and overrides go."""
    return _CONTROLS.sub("", _OVERRIDES.sub("", _NEWLINES.sub("\n", _sound(value))))


def _sound(value: str) -> str:
    # A lone surrogate cannot be encoded.
    return value.encode("utf-8", "replace").decode("utf-8")


def header_text(name: str, value: str) -> str:
    """The value of an unstructured header such as Subject, encoded by RFC 2047 where needed, and folded."""
    line = clean_line(value)
    if _PLAIN_WORD.match(line) and "=?" not in line:
        if len(name) + 2 + len(line) <= FOLD_AT:
            return line
        return Header(line, "us-ascii", maxlinelen=FOLD_AT, header_name=name).encode(linesep="\r\n")
    return Header(line, "utf-8", maxlinelen=FOLD_AT, header_name=name).encode(linesep="\r\n")


def mailbox(name: str, address: str) -> str:
    """`"Name" <address>` for From, To and Reply-To. Raises UnusableAddress."""
    target = f"<{travelling(address)}>"
    line = clean_line(name)
    if not line:
        return target
    if _PLAIN_WORD.match(line) and "=?" not in line:
        escaped = line.replace("\\", "\\\\").replace('"', '\\"')
        shown = f'"{escaped}"'
    else:
        shown = Header(line, "utf-8", maxlinelen=FOLD_AT, header_name="Reply-To").encode(linesep="\r\n")
    last_line = len(shown.rpartition("\r\n")[2])
    return f"{shown}\r\n {target}" if last_line + len(target) > FOLD_AT else f"{shown} {target}"


def split_mailbox(value: str) -> tuple[str, str]:
    """(name, address) of a setting such as "Example Support <support@example.com>"."""
    return parseaddr(value)


def quoted_printable(value: str) -> bytes:
    """Clean text in quoted-printable (RFC 2045 §6.7): ASCII only, lines of at most 76, ended by CRLF."""
    # Given CRLF, b2a_qp would end its own soft breaks by the kind of the first line end, or by LF where there is none.
    return b2a_qp(value.encode("utf-8"), istext=True).replace(b"\n", b"\r\n")
