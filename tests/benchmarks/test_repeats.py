"""The benchmark of similar outages: what it counts, and a run over the published history."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from benchmarks import repeats
from benchmarks.__main__ import main

BASE = Path(__file__).resolve().parents[2]
HISTORY = BASE / "data" / "github-incidents-2022-2024.jsonl.gz"


def write(folder: Path, key: str, title: str, text: str, label: str) -> None:
    row = {"id": key, "title": title, "text": text, "label": label}
    (folder / f"{key}.json").write_text(json.dumps(row), encoding="utf-8")


def test_it_counts_the_repeats_that_their_words_give_away(tmp_path: Path) -> None:
    write(tmp_path, "1", "Login fails", "The certificate had expired.", "certificate")
    write(tmp_path, "2", "Gateway refuses connections", "An expired certificate.", "certificate")
    write(tmp_path, "3", "Slow pages", "The disk was full.", "disk")
    write(tmp_path, "4", "Uploads lost", "A volume ran out of space.", "disk")
    write(tmp_path, "5", "Search is stale", "The indexer had stopped.", "search")

    found = repeats.run(tmp_path)

    # The two about disks share no word; the one about search has no relative and is not asked for.
    assert (found.value, found.details["texts"], found.details["repeats"], found.details["labels"]) == (0.5, 5, 4, 3)
    assert found.details["found_first"] == 0.5


@pytest.mark.parametrize(
    ("relatives", "others", "expected"), [(1, 10, 0.5), (10, 10, 1.0), (0, 10, 0.0), (1, 3, 1.0), (5, 10, 1 - 1 / 252)]
)
def test_chance_is_what_blind_picks_would_find(relatives: int, others: int, expected: float) -> None:
    assert repeats._by_chance(relatives, others) == pytest.approx(expected)


def test_it_says_what_is_wrong_with_the_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (["repeats"], ["repeats", str(tmp_path / "none")], ["repeats", str(tmp_path)]):
        with pytest.raises(SystemExit):
            main(arguments)
    assert "holds no two texts with the same label" in capsys.readouterr().err
    (tmp_path / "1.json").write_text('{"id": 1, "title": "x"}', encoding="utf-8")
    with pytest.raises(ValueError, match=r"1\.json lacks label, text"):
        repeats.run(tmp_path)
    (tmp_path / "1.json").write_text("{", encoding="utf-8")
    with pytest.raises(ValueError, match=r"1\.json is no JSON"):
        repeats.run(tmp_path)


def test_it_beats_chance_on_a_published_history(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The vendor names one component for each outage; that is the label, and titles, which repeat it, are left out."""
    with gzip.open(HISTORY, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    for row in rows:
        text = " ".join(update["message"] for update in row["updates"])
        if len(row.get("components") or ()) == 1 and len(text) > 300:
            write(tmp_path, row["id"], "", text, row["components"][0])

    main(["repeats", str(tmp_path)])

    line = json.loads(capsys.readouterr().out)
    assert line["id"] == "REPEATS"
    assert line["repeats"] > 50
    assert line["value"] > line["by_chance"]
