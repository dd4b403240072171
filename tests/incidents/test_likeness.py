"""Which texts are alike, and by which words."""

from __future__ import annotations

import pytest

from incidents.likeness import Index, stems

TEXTS = [
    "Database connection pool exhausted, payments time out",
    "Certificate of the login page expired",
    "Payments time out because the connection pool ran dry",
    "Search results are stale after the index rebuild",
]


def test_the_words_tell_why() -> None:
    (first, second) = Index(TEXTS).like("Payment timeouts: the pool of connections is exhausted", first=2)
    assert (first.place, second.place) == (0, 2)
    assert set(first.words) == {"payment", "pool", "connections", "exhausted"}
    assert set(second.words) == {"payment", "pool", "connections"}
    assert first.score > second.score


def test_a_rare_word_weighs_more_than_a_frequent_one() -> None:
    texts = ["payments slow", "payments late", "payments down", "certificate late"]
    assert Index(texts).like("payments certificate", first=1)[0].place == 3


def test_what_shares_nothing_or_is_left_out_is_not_named() -> None:
    index = Index(TEXTS)
    assert index.like("Völlig andere Wörter", first=5) == []
    assert index.like("We are investigating an issue with our services", first=5) == []
    assert [match.place for match in index.like(TEXTS[0], first=5, without=frozenset({0}))] == [2]
    assert [match.place for match in index.like_place(2, first=5)] == [0]


def test_the_date_of_an_outage_is_nothing_in_common() -> None:
    texts = ["On 6 July, 14:00 UTC, search was stale for 40 minutes", "Logins failed on Monday", *TEXTS]
    assert Index(texts).like("On Monday, 7 July, 02:10 UTC, mail was late by 9 minutes", first=5) == []


@pytest.mark.parametrize("texts", [[], [""], ["the and of", "we are"]])
def test_without_telling_words_it_is_silent(texts: list[str]) -> None:
    assert Index(texts).like("Payments time out", first=5) == []


def test_the_same_question_has_the_same_answer() -> None:
    index = Index(["disk full"] * 4)
    assert [match.place for match in index.like("disk full", first=3)] == [0, 1, 2]


def test_numbers_and_small_words_tell_nothing() -> None:
    assert stems("We saw 503 errors on db-17 of the EU region") == ["saw", "error", "region"]


def test_the_name_that_stands_everywhere_explains_nothing() -> None:
    texts = [f"Acme Cloud trouble number {'x' * n}" for n in range(30)] + ["Acme Cloud certificate expired"]
    found = Index(texts).like("Acme Cloud: expired certificate", first=5)[0]
    assert (found.place, set(found.words)) == (30, {"expired", "certificate"})
