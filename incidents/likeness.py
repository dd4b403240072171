"""Which texts are alike, by the words they share: BM25 over stems, offline, explained word by word. Pure.

BM25 (Robertson and others, TREC-3, 1994) weighs a shared word by how rare it is among all texts and how much of the
text it makes up; `bm25s` computes it. A stem stands for its words ("payments", "payment").
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import snowballstemmer

if TYPE_CHECKING:
    import bm25s

# Words of the trade that stand in nearly every message about an outage and tell nothing apart.
COMMON = frozenset(
    {
        "customers",
        "customer",
        "currently",
        "degraded",
        "experiencing",
        "impact",
        "impacted",
        "incident",
        "incidents",
        "investigating",
        "issue",
        "issues",
        "monitoring",
        "operating",
        "outage",
        "reports",
        "resolved",
        "service",
        "services",
        "status",
        "still",
        "systems",
        "team",
        "update",
        "updates",
        "users",
    }
)
# When it was: two outages of one July have nothing in common by that.
_TIMES = (
    "january february march april may june july august september october november december"
    " jan feb mar apr jun jul aug sep sept oct nov dec"
    " monday tuesday wednesday thursday friday saturday sunday mon tue wed thu fri sat sun"
    " utc gmt cet cest est edt pst pdt am pm second seconds minute minutes hour hours day days today yesterday"
)
_WORD = re.compile(r"[^\W\d_][\w'’]*[^\W_]")
SHOWN_WORDS = 6
# A word in more than a fifth of the texts (the vendor's own name) explains nothing; among a few texts every word does.
OFTEN, FEW = 0.2, 10


@dataclass(frozen=True, slots=True)
class Match:
    """A text that is alike: its place in the list, how much (only good for comparing), and the words that did it."""

    place: int
    score: float
    words: tuple[str, ...]


@cache
def _stop() -> frozenset[str]:
    # With numpy a third of a second, which a process that compares nothing need not spend when it starts.
    # The whole first: two threads that begin at different parts of it would each meet the other's unfinished half.
    import bm25s  # noqa: F401, PLC0415
    from bm25s.stopwords import STOPWORDS_EN_PLUS  # noqa: PLC0415

    return COMMON | frozenset(_TIMES.split()) | frozenset(STOPWORDS_EN_PLUS)


def stems(text: str) -> list[str]:
    """The telling words of a text as stems, in their order."""
    return [stem for stem, _ in _stemmed(text)]


class Index:
    """Texts to compare with. Built once, asked often."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._texts = texts
        self._model: bm25s.BM25 | None = None
        tokens = [stems(text) for text in texts]
        if any(tokens):
            import bm25s  # noqa: PLC0415 - see `_stop`

            self._model = bm25s.BM25()
            self._model.index(tokens, show_progress=False)
            spread = Counter(stem for text in tokens for stem in set(text))
            most = max(FEW, len(texts) * OFTEN)
            self._known = frozenset(spread)
            self._telling = frozenset(stem for stem, count in spread.items() if count <= most)

    def like_place(self, place: int, *, first: int, without: frozenset[int] = frozenset()) -> list[Match]:
        """The texts most like the one at a place, itself left out."""
        return self.like(self._texts[place], first=first, without=without | {place})

    def like(self, text: str, *, first: int, without: frozenset[int] = frozenset()) -> list[Match]:
        """The `first` texts most alike, the best on top; those `without` are left out, as are those that share nothing.

        The score is the sum of the scores of the shared words; `Match.words` are the weightiest, as written in `text`.
        """
        if self._model is None:
            return []
        written: dict[str, str] = {}
        for stem, word in _stemmed(text):
            if stem in self._known:
                written.setdefault(stem, word)
        if not written:
            return []
        import numpy as np  # noqa: PLC0415 - see `_stop`

        names = list(written)
        weights = np.array([self._model.get_scores([name]) for name in names])
        total = weights.sum(axis=0)
        best = np.argsort(-total, kind="stable")
        found: list[Match] = []
        for place in best:
            if total[place] <= 0 or len(found) == first:
                break
            if int(place) in without:
                continue
            order = np.argsort(-weights[:, place], kind="stable")
            shared = [names[each] for each in order if weights[each, place] > 0]
            telling = [stem for stem in shared if stem in self._telling] or shared
            words = tuple(written[stem] for stem in telling[:SHOWN_WORDS])
            found.append(Match(int(place), float(total[place]), words))
        return found


def _stemmed(text: str) -> list[tuple[str, str]]:
    stop = _stop()
    words = [word for word in _WORD.findall(text.lower()) if len(word) > 2 and word not in stop]
    # A stemmer keeps state while it works, so each call has its own: threads may ask at once.
    return list(zip(snowballstemmer.stemmer("english").stemWords(words), words, strict=True))
