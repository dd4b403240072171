"""Reading a file of past incidents: all of it, or none with the reasons."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from crisisdesk.core.refusals import InvalidInput
from incidents.history.reading import read_history
from incidents.models import Severity, Status, UpdateKind
from tests.incidents.history.samples import line


def written(tmp_path: Path, *lines: Any) -> Path:
    """A file with these lines: objects as JSON, text as it is."""
    path = tmp_path / "history.jsonl"
    path.write_text("".join(f"{row if isinstance(row, str) else json.dumps(row)}\n" for row in lines))
    return path


def refusal(path: Path) -> str:
    """What is said about a file that is not taken."""
    with pytest.raises(InvalidInput) as raised:
        read_history(path)
    return str(raised.value)


def test_it_reads_an_incident_with_its_messages(tmp_path: Path) -> None:
    (incident,) = read_history(written(tmp_path, line())).incidents
    assert (incident.external_id, incident.severity, incident.components) == ("77", Severity.SEV2, ("Payments API",))
    assert [update.kind for update in incident.updates] == [UpdateKind.INITIAL, UpdateKind.PROGRESS, UpdateKind.FINAL]
    assert [update.status for update in incident.updates] == [
        Status.INVESTIGATING,
        Status.INVESTIGATING,
        Status.RESOLVED,
    ]


def test_it_reads_a_compressed_file_as_well(tmp_path: Path) -> None:
    path = tmp_path / "history.jsonl.gz"
    path.write_bytes(gzip.compress(json.dumps(line()).encode()))
    assert len(read_history(path).incidents) == 1


def test_it_leaves_out_maintenance_and_what_is_still_open(tmp_path: Path) -> None:
    path = written(tmp_path, line(id="1", impact="maintenance"), line(id="2", resolved_at=None), "", line(id="3"))
    history = read_history(path)
    assert [incident.external_id for incident in history.incidents] == ["3"]
    assert history.skipped == {"maintenance": 1, "still open": 1}


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("{", "it is not JSON"),
        ("[" * 100_000, "it is not JSON"),
        ("[]", "it is not a JSON object"),
        (line(id=""), "id is missing or empty"),
        (line(title=None), "title is missing or empty"),
        (line(title="x" * 201), "title has 201 characters; 200 is the most"),
        (line(title="a\x00b"), "title contains a NUL character"),
        (line(title="a\ud800"), "title contains half of a character (a lone surrogate)"),
        (line(impact="huge"), "impact “huge” is not one of critical, major, minor, none, maintenance"),
        (line(started_at="yesterday"), "started_at is not a time such as 2024-12-20T16:18:00Z"),
        (line(started_at="2026-03-10T14:00:00"), "started_at has no time zone"),
        (line(resolved_at="2026-03-10T13:00:00Z"), "it was resolved before it started"),
        (line(components="Payments API"), "components is not a list of names"),
        (line(updates=[]), "updates is not a list with at least one message"),
        (line(updates=[{"at": "2026-03-10T14:00:00Z", "status": "Investigating"}]), "update 1: message is missing"),
        (line(updates=list(reversed(line()["updates"]))), "update 2 is older than the one before it"),
        (line(noticed_by="the press"), "noticed_by “the press” is not one of monitoring, staff, customer"),
    ],
)
def test_it_names_the_bad_line_and_the_reason(tmp_path: Path, row: Any, reason: str) -> None:
    text = refusal(written(tmp_path, line(id="1"), row))
    assert "Nothing was imported" in text
    assert f"Line 2: {reason}" in text


def test_it_refuses_an_id_that_comes_twice(tmp_path: Path) -> None:
    assert "Line 3: id 77 is in line 1 already." in refusal(written(tmp_path, line(), "", line()))


def test_it_says_how_many_more_lines_are_bad(tmp_path: Path) -> None:
    text = refusal(written(tmp_path, *["{"] * 25))
    assert "Line 20:" in text
    assert "Line 21:" not in text
    assert "… and 5 more." in text


def test_it_says_why_a_file_cannot_be_read(tmp_path: Path) -> None:
    assert "No such file or directory" in refusal(tmp_path / "missing.jsonl")
    cut = tmp_path / "cut.gz"
    cut.write_bytes(gzip.compress(b"{}" * 1000)[:-10])
    assert "can't be read" in refusal(cut)


def test_it_takes_only_the_newest_or_those_since_a_day(tmp_path: Path) -> None:
    rows = [
        line(id=str(day), started_at=f"2026-03-{day:02d}T14:00:00Z", resolved_at=f"2026-03-{day:02d}T15:00:00Z")
        for day in (3, 1, 2)
    ]
    path = written(tmp_path, *rows)
    assert [row.external_id for row in read_history(path).incidents] == ["1", "2", "3"]
    newest = read_history(path, limit=2)
    assert [row.external_id for row in newest.incidents] == ["2", "3"]
    assert newest.skipped == {"over the limit": 1}
    since = read_history(path, since=datetime(2026, 3, 3, tzinfo=UTC))
    assert [row.external_id for row in since.incidents] == ["3"]
    assert since.skipped == {"before the chosen day": 2}
