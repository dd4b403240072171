"""How many known repeats are found from their words alone: a folder of labelled texts in, one JSON line out.

Each file of the folder is one JSON object, `{"id": "…", "title": "…", "text": "…", "label": "…"}`. Two texts with the
same label are a known repeat of one another; a text whose label no other has is only compared with. Each text with a
relative is asked for its five most alike; it is found when one of them has its label. No database is needed.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from benchmarks.result import Result
from incidents.likeness import Index

FIRST = 5
# Half of the repeats, named to somebody who did not look for them, are worth a place on the page; and more than chance.
BAR = 0.5


@dataclass(frozen=True, slots=True)
class Labelled:
    """One text with the label that tells which others are repeats of it."""

    id: str
    text: str
    label: str


def run(folder: Path) -> Result:
    """The share found in the first five, and in the first. Raises ValueError for a folder without repeats."""
    texts = read(folder)
    count = Counter(text.label for text in texts)
    asked = [place for place, text in enumerate(texts) if count[text.label] > 1]
    if not asked:
        raise ValueError(f"{folder} holds no two texts with the same label, so there is no repeat to find.")
    index = Index([text.text for text in texts])
    ranks = [_rank(index, texts, place) for place in asked]
    share = sum(rank is not None for rank in ranks) / len(asked)
    # What picking five of the others blindly would find.
    chance = sum(_by_chance(count[texts[place].label] - 1, len(texts) - 1) for place in asked) / len(asked)
    details = {
        "texts": len(texts),
        "repeats": len(asked),
        "labels": len(count),
        "found_first": round(sum(rank == 0 for rank in ranks) / len(asked), 3),
        "by_chance": round(chance, 3),
    }
    unit = f"share of known repeats found in the first {FIRST}"
    return Result(round(share, 3), BAR, share >= max(BAR, chance), unit, details)


def read(folder: Path) -> list[Labelled]:
    """The texts of the folder, by file name. Raises ValueError for a file that is not of the format."""
    found = []
    for path in sorted(folder.glob("*.json")):
        try:
            row = json.loads(path.read_text(encoding="utf-8"))
        except ValueError as error:
            raise ValueError(f"{path.name} is no JSON in UTF-8: {error}") from error
        missing = {"id", "title", "text", "label"} - set(row if isinstance(row, dict) else ())
        if missing:
            raise ValueError(f"{path.name} lacks {', '.join(sorted(missing))}.")
        found.append(Labelled(str(row["id"]), f"{row['title']} {row['title']} {row['text']}", str(row["label"])))
    return found


def _rank(index: Index, texts: list[Labelled], place: int) -> int | None:
    """The place of the first relative among the first five; None when there is none."""
    matches = index.like_place(place, first=FIRST)
    return next((rank for rank, match in enumerate(matches) if texts[match.place].label == texts[place].label), None)


def _by_chance(relatives: int, others: int) -> float:
    missed = 1.0
    for drawn in range(min(FIRST, others)):
        missed *= max(0, others - relatives - drawn) / (others - drawn)
    return 1 - missed
