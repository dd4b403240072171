"""Numbers that strangers write."""

from __future__ import annotations

import pytest

from crisisdesk.core.numbers import whole_number


@pytest.mark.parametrize(("text", "number"), [("0", 0), ("42", 42), ("007", 7), ("9" * 18, 10**18 - 1)])
def test_it_reads_whole_numbers(text: str, number: int) -> None:
    assert whole_number(text) == number


@pytest.mark.parametrize("text", ["", "²", "٣", "1.5", "-1", " 1", "1_0", "one", "9" * 19, "9" * 5000])
def test_it_takes_nothing_else_for_a_number(text: str) -> None:
    assert whole_number(text) is None
