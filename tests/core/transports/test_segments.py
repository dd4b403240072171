"""How many SMS a text is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crisisdesk.core.transports.segments import BASIC, EXTENSION, Segments, count

GSM = st.text(st.sampled_from(sorted(BASIC | EXTENSION)), max_size=700)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", Segments("GSM-7", 0, 1)),
        ("a" * 160, Segments("GSM-7", 160, 1)),
        ("a" * 161, Segments("GSM-7", 161, 2)),
        ("a" * 306, Segments("GSM-7", 306, 2)),
        ("a" * 307, Segments("GSM-7", 307, 3)),
        ("€" * 80, Segments("GSM-7", 160, 1)),
        ("€" * 81, Segments("GSM-7", 162, 2)),
        # The escape and its character stay together: 152 of the 153 places are used.
        ("a" * 152 + "€" + "a" * 152, Segments("GSM-7", 306, 3)),
        ("ж" * 70, Segments("UCS-2", 70, 1)),
        ("ж" * 71, Segments("UCS-2", 71, 2)),
        ("ж" * 134, Segments("UCS-2", 134, 2)),
        ("ж" * 135, Segments("UCS-2", 135, 3)),
        ("a" * 159 + "😀", Segments("UCS-2", 161, 3)),
        ("😀" * 35, Segments("UCS-2", 70, 1)),
        # A pair of surrogates is not split: 66 of the 67 places are used.
        ("😀" * 36, Segments("UCS-2", 72, 2)),
        ("ç", Segments("UCS-2", 1, 1)),  # only the capital one is in GSM-7
        ("Ç", Segments("GSM-7", 1, 1)),
    ],
)
def test_it_counts_as_the_standard_says(text: str, expected: Segments) -> None:
    assert count(text) == expected


def test_the_alphabet_is_complete() -> None:
    # 128 places, one of which is the escape to the table of ten more.
    assert (len(BASIC), len(EXTENSION)) == (127, 10)


@given(GSM)
def test_a_text_of_the_alphabet_needs_as_many_segments_as_its_septets(text: str) -> None:
    found = count(text)
    septets = len(text) + sum(character in EXTENSION for character in text)
    assert (found.alphabet, found.units) == ("GSM-7", septets)
    assert found.count == 1 if septets <= 160 else -(-septets // 153) <= found.count <= -(-septets // 152)


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=400))
def test_any_text_fits_into_its_segments(text: str) -> None:
    found = count(text)
    alone, each = (160, 153) if found.alphabet == "GSM-7" else (70, 67)
    assert found.count == 1 if found.units <= alone else (found.count - 1) * (each - 1) < found.units
    assert found.units <= max(alone, found.count * each)
    if found.alphabet == "UCS-2":
        assert found.units == len(text.encode("utf-16-le")) // 2


@given(GSM, GSM)
def test_more_text_is_never_fewer_segments(one: str, other: str) -> None:
    assert count(one + other).count >= max(count(one).count, count(other).count)
