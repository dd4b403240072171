"""The pages of the tray, as text. Everything from a mail is escaped; its HTML is shown in a frame of its own."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from email.message import EmailMessage
from html import escape
from urllib.parse import urlencode

from crisisdesk.demonstration.tray.store import Mail

PAGE = 50
_HEAD = re.compile(r"<head\b[^>]*>", re.IGNORECASE)


def list_page(mails: Sequence[Mail], *, total: int, search: str, before: int | None) -> str:
    """The list alone; the newest page without a search renews itself."""
    body = _list(mails, total=total, search=search, before=before, selected=None)
    hint = (
        '<section class="empty"><h2>Choose a mail</h2><p>Everything that the desk sends arrives here, to customers and '
        "to staff. Nothing leaves this machine.</p></section>"
    )
    return _page("Mail tray", body + hint, renews=not search and before is None, is_list=True)


def mail_page(mail: Mail, message: EmailMessage, mails: Sequence[Mail], *, total: int, search: str) -> str:
    """One mail beside the list."""
    html, text = body_of(message, "html"), body_of(message, "plain")
    parts = [
        f"<h2>{escape(mail.subject) or '(no subject)'}</h2>",
        f'<dl class="who"><dt>To</dt><dd>{escape(header(message, "To") or mail.recipient)}</dd>'
        f"<dt>From</dt><dd>{escape(header(message, 'From') or mail.sender)}</dd>"
        f"<dt>Received</dt><dd>{_moment(mail.at)}</dd></dl>",
    ]
    if html is not None:
        parts.append(
            f'<iframe title="The mail as HTML" src="/mail/{mail.id}/html" '
            'sandbox="allow-popups allow-popups-to-escape-sandbox" referrerpolicy="no-referrer"></iframe>'
        )
    opened = " open" if html is None else ""
    parts += [
        f"<details{opened}><summary>As plain text</summary><pre>{escape(text or '(no text part)')}</pre></details>",
        f"<details><summary>Headers</summary>{_headers(message)}</details>",
        f'<p><a href="/mail/{mail.id}/source">The whole mail as it came ({mail.size:,} bytes)</a></p>',
    ]
    body = _list(mails, total=total, search=search, before=None, selected=mail.id)
    return _page(mail.subject or "(no subject)", body + f'<article class="mail">{"".join(parts)}</article>')


def html_document(message: EmailMessage) -> str:
    """The HTML of a mail, with its links opening outside the frame."""
    html = body_of(message, "html") or ""
    base = '<base target="_blank">'
    found = _HEAD.search(html)
    return html[: found.end()] + base + html[found.end() :] if found else base + html


def body_of(message: EmailMessage, subtype: str) -> str | None:
    """The text of the part text/`subtype`, or None."""
    part = message.get_body(preferencelist=(subtype,))
    if part is None:
        return None
    try:
        return str(part.get_content())
    except (LookupError, ValueError, KeyError):
        payload = part.get_payload(decode=True)
        return payload.decode("utf-8", "replace") if isinstance(payload, bytes) else str(payload)


def header(message: EmailMessage, name: str) -> str:
    """A header's decoded text, "" when it is missing or can't be read."""
    try:
        return str(message[name] or "")
    except (ValueError, LookupError, TypeError, IndexError):
        return "(can't be read)"


def _headers(message: EmailMessage) -> str:
    rows = "".join(f"<tr><th>{escape(name)}</th><td>{escape(value)}</td></tr>" for name, value in _header_rows(message))
    return f'<div class="scroll"><table class="headers"><tbody>{rows}</tbody></table></div>'


def _header_rows(message: EmailMessage) -> Iterable[tuple[str, str]]:
    for name, value in message.raw_items():
        yield str(name), " ".join(str(value).split())


def _list(mails: Sequence[Mail], *, total: int, search: str, before: int | None, selected: int | None) -> str:
    rows = "".join(_row(mail, search, selected) for mail in mails)
    if not rows:
        rows = '<li class="none">Nothing here' + (f" for “{escape(search)}”" if search else " yet") + ".</li>"
    links = []
    if before is not None:
        links.append(f'<a href="{_address("/", search)}">Newest</a>')
    if len(mails) == PAGE:
        links.append(f'<a href="{_address("/", search, before=mails[-1].id)}">Older</a>')
    count = f"{total:,} mail" if total == 1 else f"{total:,} mails"
    return (
        '<nav class="list" aria-label="Mails"><form method="get" action="/" role="search">'
        f'<label for="q">Recipient or subject</label><input id="q" type="search" name="q" value="{escape(search)}">'
        f'<button>Search</button></form><p class="count">{count}, newest first</p>'
        f'<ol>{rows}</ol><p class="pages">{" ".join(links)}</p></nav>'
    )


def _row(mail: Mail, search: str, selected: int | None) -> str:
    current = ' aria-current="true"' if mail.id == selected else ""
    return (
        f'<li><a href="{_address(f"/mail/{mail.id}", search)}"{current}>'
        f'<span class="to">{escape(mail.recipient)}</span>'
        f'<time datetime="{mail.at.isoformat()}">{_clock(mail.at)}</time>'
        f'<span class="subject">{escape(mail.subject) or "(no subject)"}</span></a></li>'
    )


def _address(path: str, search: str, *, before: int | None = None) -> str:
    query = {"q": search} if search else {}
    if before is not None:
        query["before"] = str(before)
    return escape(path + (f"?{urlencode(query)}" if query else ""))


def _moment(at: datetime) -> str:
    return f"{at.astimezone():%d %B %Y, %H:%M:%S %Z} ({at.astimezone(UTC):%H:%M:%S} UTC)"


def _clock(at: datetime) -> str:
    local, today = at.astimezone(), datetime.now().astimezone().date()
    return f"{local:%H:%M:%S}" if local.date() == today else f"{local:%d %b, %H:%M}"


def _page(title: str, body: str, *, renews: bool = False, is_list: bool = False) -> str:
    renewal = '<meta http-equiv="refresh" content="5">' if renews else ""
    kind = "only-list" if is_list else "with-mail"
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta name="color-scheme" content="light dark">{renewal}<link rel="icon" href="data:,">'
        f'<title>{escape(title)} · Mail tray</title><link rel="stylesheet" href="/tray.css"></head>'
        '<body><header><h1><a href="/">Mail tray</a></h1><p>Demonstration: what CrisisDesk sends, kept on this machine'
        f'</p></header><main class="{kind}">{body}</main></body></html>'
    )
