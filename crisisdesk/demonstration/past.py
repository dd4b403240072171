"""The invented vendor's past: a real vendor's public record under other names, moved close to today.

Times move by one constant, whole weeks, so that gaps, promises, clock times and weekdays stay as they were published;
dates that a text mentions move with them. See `data/README.md`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random

from incidents.history.record import PastIncident
from incidents.models import NoticedBy

FILE = Path(__file__).resolve().parents[2] / "data" / "github-incidents-2022-2024.jsonl.gz"
WEEK = timedelta(weeks=1)
# The newest outage of the past is at least this old, and less than a week older.
NEWEST_AGE = timedelta(days=6)

COMPONENTS: Mapping[str, str] = {
    "Actions": "Payments API",
    "API Requests": "Identity",
    "Codespaces": "Storefront",
    "Copilot": "Search",
    "Git Operations": "Object Storage",
    "Issues": "Reporting",
    "Packages": "Message Queue",
    "Pages": "Web Console",
    "Pull Requests": "Checkout",
    "Visit www": "Web Console",
    "Webhooks": "Webhooks",
}
# Longer words first; what is written in small letters means the thing, not the product.
_WORDS: Sequence[tuple[str, str]] = (
    (r"https?://\S*git\S*", "https://help.example.com/"),
    (r"\b(?:www\.)?github(?:status)?\.com\b", "our web site"),
    (r"\bGitHub[- ]Hosted Runners\b", "Payment Workers"),
    (r"\b(?:GitHub )?Enterprise (?:Cloud|Server)\b", "Example Enterprise"),
    (r"\bGitHub Actions\b|\bActions\b", "Payments API"),
    (r"\b(?:GitHub )?Codespaces?\b", "Storefront"),
    (r"\bcodespaces\b", "shops"),
    (r"\bcodespace\b", "shop"),
    (r"\b(?:GitHub )?Copilot(?: Chat)?\b|\bcopilot\b", "Search"),
    (r"\bGit(?: O|-o| o)perations?\b", "Object Storage"),
    (r"\bgit operations?\b", "storage operations"),
    (r"\bAPI Requests\b|\bAPI requests\b", "Identity"),
    (r"\b(?:GitHub )?Pages\b", "Web Console"),
    (r"\b(?:GitHub )?Packages\b", "Message Queue"),
    (r"\bPull Requests?\b|\bPRs?\b", "Checkout"),
    (r"\bpull requests\b", "payments"),
    (r"\bpull request\b", "payment"),
    (r"\bIssues(?= and\b|,|\.|$| service| search| are| were)", "Reporting"),
    (r"\bDiscussions?\b", "Reporting"),
    (r"\bmerge queues?\b", "payment queue"),
    (r"\brepositor(?:y|ies)\b", "accounts"),
    (r"\brepos?\b", "account"),
    (r"\b(?:[Hh]osted |[Ll]arger? )*[Rr]unners?\b", "payment workers"),
    (r"\bworkflow runs?\b|\bworkflows?\b|\bActions jobs\b", "payment runs"),
    (r"\bcommits?\b", "bookings"),
    (r"\bclon(?:e|ing)\b", "download"),
    (r"\bpush(?:es)?\b", "upload"),
    (r"\bOctoshift\b|\bEnterprise Importer\b", "Importer"),
    (r"\bdotcom\b", "web site"),
    (r"\b(?:VS ?Code|Claude|octocat)\b", "the client"),
    (r"\bmergeab\w+\b|\bmerge[ds]?\b", "booked"),
    (r"\bbranch(?:es)?\b", "branch office"),
    (r"\bIDEs?\b", "client"),
    (r" \(GHE[CS]\)", ""),
    (r"\bGHE[CS]\b", "Example Enterprise"),
    (r"\bGHCR\b|\bghcr\.io\b", "the registry"),
    (r"\bgit\b|\bGit(?!\w)", "storage"),
    (r"\bGit(?:RPC|hub|HUB)\b|\bGitHub(?:'s|’s)?", "Example Cloud"),
)
_REPLACED = [(re.compile(pattern), words) for pattern, words in _WORDS]

_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_MONTH = "|".join(rf"{name[:3]}(?:{name[3:]})?" if name != "May" else "May" for name in _MONTHS)
_DATE = re.compile(
    rf"\b(?P<iso>(?P<y>20\d\d)-(?P<m>\d\d)-(?P<d>\d\d))(?=\b|T)"
    rf"|\b(?P<month>{_MONTH})\.? (?P<day>[0-3]?\d)(?:st|nd|rd|th)?(?P<year>,? 20\d\d)?\b(?!:)"
    rf"|\b(?P<day_first>[0-3]?\d)(?:st|nd|rd|th)? (?P<month_second>{_MONTH})\b(?P<year_third>,? 20\d\d)?(?!:)"
)


def our_past(records: Iterable[PastIncident], *, newest_before: datetime, seed: int = 1) -> tuple[PastIncident, ...]:
    """The records under the invented vendor's names, the newest one to two weeks before `newest_before`.

    Who noticed first is not in the record; it is invented, the same for the same seed.
    """
    past = list(records)
    if not past:
        return ()
    random = Random(seed)  # noqa: S311 - invented, no secret
    shift = shift_for(max(record.resolved_at for record in past), newest_before)
    return tuple(_ours(record, shift, _noticed_by(random)) for record in past)


def shift_for(newest: datetime, now: datetime) -> timedelta:
    """Whole weeks that bring `newest` to an age of six days or up to a week more."""
    return ((now - NEWEST_AGE - newest) // WEEK) * WEEK


def renamed(text: str) -> str:
    """A published text with the names of the invented vendor's products."""
    for pattern, words in _REPLACED:
        text = pattern.sub(words, text)
    return text


def with_dates_moved(text: str, said_at: datetime, shift: timedelta) -> str:
    """A text whose dates ("July 18th, 2024", "19 Sep", "2024-01-21") moved by `shift`; `said_at` is the old time.

    A date without a year is the one nearest to `said_at`.
    """
    return _DATE.sub(lambda match: _moved(match, said_at.date(), shift), text)


def _ours(record: PastIncident, shift: timedelta, noticed_by: str) -> PastIncident:
    def text(words: str, at: datetime) -> str:
        return renamed(with_dates_moved(words, at, shift))

    updates = tuple(replace(row, at=row.at + shift, text=text(row.text, row.at)) for row in record.updates)
    title = text(record.title, record.started_at)
    components = tuple(COMPONENTS.get(name, name) for name in record.components) or tuple(
        name for name in COMPONENTS.values() if name in title
    )
    return replace(
        record,
        title=title,
        started_at=record.started_at + shift,
        resolved_at=record.resolved_at + shift,
        components=tuple(dict.fromkeys(components)),
        updates=updates,
        noticed_by=noticed_by,
    )


def _noticed_by(random: Random) -> str:
    choices: list[str] = [NoticedBy.MONITORING, NoticedBy.STAFF, NoticedBy.CUSTOMER]
    return random.choices(choices, (70, 10, 20))[0]


def _moved(match: re.Match[str], near: date, shift: timedelta) -> str:
    if match["iso"]:
        moved = _shifted(int(match["y"]), int(match["m"]), int(match["d"]), shift)
        return moved.isoformat() if moved else match[0]
    name, year = match["month"] or match["month_second"], match["year"] or match["year_third"]
    month = next(number for number, full in enumerate(_MONTHS, start=1) if full.startswith(name[:3]))
    day = int(match["day"] or match["day_first"])
    years = [int(year[-4:])] if year else [near.year - 1, near.year, near.year + 1]
    found = [moved for each in years if (moved := _shifted(each, month, day, shift)) is not None]
    if not found:
        return match[0]
    moved = min(found, key=lambda each: abs(each - shift - near))
    return f"{moved.day} {_MONTHS[moved.month - 1]}{f' {moved.year}' if year else ''}"


def _shifted(year: int, month: int, day: int, shift: timedelta) -> date | None:
    try:
        return (datetime(year, month, day, tzinfo=UTC) + shift).date()
    except ValueError:
        return None
