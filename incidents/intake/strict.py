"""JSON from strangers: what cannot be stored or walked safely is refused before anything looks at it."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from math import isfinite
from typing import Any, NoReturn

from crisisdesk.core.refusals import InvalidInput

MAX_BYTES = 1_000_000
MAX_DEPTH = 16
# PostgreSQL stores neither: NUL in text and JSON, and half of a surrogate pair in UTF-8.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_CALENDAR = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)")

Json = dict[str, Any]


def parse(body: bytes) -> Json:
    """The JSON object (RFC 8259) in a request's body; raises InvalidInput with what is wrong with it."""
    try:
        value = json.loads(body.decode("utf-8"), parse_constant=_refuse_constant, parse_float=_finite)
    except UnicodeDecodeError as error:
        raise InvalidInput(f"The body is not UTF-8 (byte {error.start}).") from error
    except RecursionError as error:
        raise InvalidInput(f"The body is nested more than {MAX_DEPTH} levels deep.") from error
    except json.JSONDecodeError as error:
        raise InvalidInput(f"The body is not JSON: {error.msg} at character {error.pos}.") from error
    except ValueError as error:
        # Python refuses whole numbers of more than 4,300 digits.
        raise InvalidInput("The body has a number that is too long.") from error
    _walk(value)
    if not isinstance(value, dict):
        raise InvalidInput(f"The body must be a JSON object, not {_kind(value)}.")
    return value


def _refuse_constant(name: str) -> NoReturn:
    raise InvalidInput(f"{name} is not JSON (RFC 8259 §6).")


def _finite(text: str) -> float:
    value = float(text)
    if not isfinite(value):
        raise InvalidInput(f"The number {text[:20]} is too large.")
    return value


def _walk(value: Any) -> None:
    """Look at every value without recursion: depth, and characters that no database takes."""
    level = [value]
    for _ in range(MAX_DEPTH + 1):
        deeper: list[Any] = []
        for item in level:
            if isinstance(item, str):
                _check_text(item)
            elif isinstance(item, dict):
                for name in item:
                    _check_text(name)
                deeper.extend(item.values())
            elif isinstance(item, list):
                deeper.extend(item)
        if not deeper:
            return
        level = deeper
    raise InvalidInput(f"The body is nested more than {MAX_DEPTH} levels deep.")


def _check_text(text: str) -> None:
    if found := _UNSTORABLE.search(text):
        what = "a NUL character" if found[0] == "\x00" else "half of a surrogate pair"
        raise InvalidInput(f"A text holds {what}, which can't be stored.")


class Reader:
    """Typed access to one JSON object; every complaint names the place, such as alerts[3].labels.job."""

    def __init__(self, value: Any, place: str) -> None:
        if not isinstance(value, dict):
            raise InvalidInput(f"{place or 'The body'} must be an object, not {_kind(value)}.")
        self._value: Json = value
        self._prefix = f"{place}." if place else ""

    def text(self, name: str, *, limit: int = 10_000, required: bool = False) -> str:
        """A string of at most `limit` characters; "" when absent or null unless it is required."""
        value = self._get(name, str, "a string", required=required)
        if value is None:
            return ""
        if required and not value:
            raise InvalidInput(f"{self._prefix}{name} is empty.")
        if len(value) > limit:
            raise InvalidInput(f"{self._prefix}{name} has {len(value)} characters; {limit} is the most.")
        return str(value)

    def texts(self, name: str) -> dict[str, str]:
        """An object whose values are strings; {} when absent or null."""
        found = self._get(name, dict, "an object") or {}
        for key, value in found.items():
            if not isinstance(value, str):
                raise InvalidInput(f"{self._prefix}{name}.{key[:60]} must be a string, not {_kind(value)}.")
        return dict(found)

    def each(self, name: str) -> list[Reader]:
        """A required list of objects."""
        found = self._get(name, list, "a list", required=True)
        return [Reader(value, f"{self._prefix}{name}[{index}]") for index, value in enumerate(found)]

    def whole(self, name: str) -> int:
        """A whole number; 0 when absent or null."""
        value = self._get(name, int, "a whole number")
        return 0 if value is None else int(value)

    def moment(self, name: str, *, required: bool = False) -> datetime | None:
        """An RFC 3339 time, in UTC; None when absent, null, or Go's zero time 0001-01-01T00:00:00Z."""
        text = self.text(name, limit=40, required=required)
        if not text:
            return None
        if not _CALENDAR.fullmatch(text):
            raise InvalidInput(f"{self._prefix}{name} is not an RFC 3339 time such as 2026-03-10T14:00:00Z.")
        try:
            moment = datetime.fromisoformat(text.upper())
            return None if moment.year == 1 else moment.astimezone(UTC)
        except (ValueError, OverflowError) as error:
            raise InvalidInput(f"{self._prefix}{name} is no possible time.") from error

    def one_of(self, name: str, choices: tuple[str, ...]) -> str:
        """A required string out of `choices`."""
        value = self.text(name, required=True)
        if value not in choices:
            raise InvalidInput(f"{self._prefix}{name} must be {' or '.join(choices)}, not “{value[:40]}”.")
        return value

    def _get(self, name: str, kind: type, words: str, *, required: bool = False) -> Any:
        value = self._value.get(name)
        if value is None:
            if required:
                raise InvalidInput(f"{self._prefix}{name} is missing.")
            return None
        if not isinstance(value, kind) or isinstance(value, bool):
            raise InvalidInput(f"{self._prefix}{name} must be {words}, not {_kind(value)}.")
        return value


def _kind(value: Any) -> str:
    names: dict[type, str] = {
        dict: "an object",
        list: "a list",
        str: "a string",
        bool: "true or false",
        int: "a number",
        float: "a number",
    }
    return names.get(type(value), "null")
