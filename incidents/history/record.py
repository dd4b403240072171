"""One past incident as a line of JSON gives it: read strictly, without the database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from incidents.models import NoticedBy, Severity, Status, UpdateKind

# Impacts in the words of the Statuspage API. Maintenance is announced work, not an outage.
SEVERITIES: Mapping[str, str] = {
    "critical": Severity.SEV1,
    "major": Severity.SEV2,
    "minor": Severity.SEV3,
    "none": Severity.SEV4,
}
MAINTENANCE = "maintenance"
STATUSES: Mapping[str, str] = {
    "investigating": Status.INVESTIGATING,
    "identified": Status.IDENTIFIED,
    "monitoring": Status.MONITORING,
    "resolved": Status.RESOLVED,
    "postmortem": Status.RESOLVED,
}
LONGEST_TITLE = 200
LONGEST_ID = 80
LONGEST_TEXT = 100_000


class BadRecord(ValueError):
    """The line is no past incident; the text says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class PastUpdate:
    """A message as it was published: when (UTC), what kind, and the status it left."""

    at: datetime
    kind: str
    status: str
    text: str


@dataclass(frozen=True, slots=True)
class PastIncident:
    """An outage that is over, with every message about it in order of time. Times are UTC."""

    external_id: str
    title: str
    severity: str
    started_at: datetime
    resolved_at: datetime
    components: tuple[str, ...]
    updates: tuple[PastUpdate, ...]
    noticed_by: str = NoticedBy.UNKNOWN


@dataclass(frozen=True, slots=True)
class Skipped:
    """A line that is well-formed and not taken: maintenance, or an incident that is still open."""

    reason: str


def read_record(data: object) -> PastIncident | Skipped:
    """The past incident in a decoded line. Keys that are not known are ignored. Raises BadRecord."""
    if not isinstance(data, dict):
        raise BadRecord("it is not a JSON object")
    impact = _text(data, "impact", 40).lower()
    if impact == MAINTENANCE:
        return Skipped("maintenance")
    if impact not in SEVERITIES:
        raise BadRecord(f"impact “{impact}” is not one of {', '.join(SEVERITIES)}, {MAINTENANCE}")
    if data.get("resolved_at") is None:
        return Skipped("still open")
    started_at, resolved_at = _moment(data, "started_at"), _moment(data, "resolved_at")
    if resolved_at < started_at:
        raise BadRecord("it was resolved before it started")
    return PastIncident(
        external_id=_identifier(data),
        title=_text(data, "title", LONGEST_TITLE),
        severity=SEVERITIES[impact],
        started_at=started_at,
        resolved_at=resolved_at,
        components=_components(data),
        updates=_updates(data),
        noticed_by=_noticed_by(data),
    )


def _updates(data: Mapping[str, Any]) -> tuple[PastUpdate, ...]:
    rows = data.get("updates")
    if not isinstance(rows, list) or not rows:
        raise BadRecord("updates is not a list with at least one message")
    found: list[PastUpdate] = []
    status: str = Status.INVESTIGATING
    for number, row in enumerate(rows, start=1):
        if not isinstance(row, dict):
            raise BadRecord(f"update {number} is not a JSON object")
        try:
            at, word = _moment(row, "at"), _text(row, "status", 40).lower()
            # A word of another system ("Update", "Verifying") leaves the status as it is.
            status = STATUSES.get(word, status)
            found.append(PastUpdate(at, _kind(word, status, found), status, _text(row, "message", LONGEST_TEXT)))
        except BadRecord as error:
            raise BadRecord(f"update {number}: {error}") from error
        if len(found) > 1 and found[-2].at > at:
            raise BadRecord(f"update {number} is older than the one before it")
    return tuple(found)


def _kind(word: str, status: str, earlier: list[PastUpdate]) -> str:
    if word == "postmortem":
        return UpdateKind.POSTMORTEM
    if status == Status.RESOLVED:
        return UpdateKind.FINAL
    return UpdateKind.PROGRESS if earlier else UpdateKind.INITIAL


def _components(data: Mapping[str, Any]) -> tuple[str, ...]:
    names = data.get("components") or []
    if not isinstance(names, list) or not all(isinstance(name, str) and 0 < len(name.strip()) <= 80 for name in names):
        raise BadRecord("components is not a list of names of 1 to 80 characters")
    return tuple(dict.fromkeys(name.strip() for name in names))


def _noticed_by(data: Mapping[str, Any]) -> str:
    who = data.get("noticed_by", NoticedBy.UNKNOWN)
    if who not in NoticedBy.values:
        raise BadRecord(f"noticed_by “{who}” is not one of {', '.join(NoticedBy.values)}")
    return str(who)


def _identifier(data: Mapping[str, Any]) -> str:
    value = data.get("id")
    return _text({"id": str(value) if isinstance(value, int) else value}, "id", LONGEST_ID)


def _text(data: Mapping[str, Any], key: str, longest: int) -> str:
    value = data.get(key)
    if not isinstance(value, str) or not value.strip():
        raise BadRecord(f"{key} is missing or empty")
    text = value.strip()
    if len(text) > longest:
        raise BadRecord(f"{key} has {len(text)} characters; {longest} is the most")
    if "\x00" in text:
        raise BadRecord(f"{key} contains a NUL character")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise BadRecord(f"{key} contains half of a character (a lone surrogate)") from error
    return text


def _moment(data: Mapping[str, Any], key: str) -> datetime:
    try:
        moment = datetime.fromisoformat(_text(data, key, 40))
    except ValueError as error:
        raise BadRecord(f"{key} is not a time such as 2024-12-20T16:18:00Z") from error
    if moment.tzinfo is None:
        raise BadRecord(f"{key} has no time zone; write it as 2024-12-20T16:18:00Z")
    return moment.astimezone(UTC)
