"""Places in the reader's language, also where the reason was frozen in English."""

from __future__ import annotations

import pytest
from django.utils import translation

from incidents.places import Place, in_words, maybe_name, reason_for, reason_in_words

PLACES = (
    Place("Payments API"),
    Place("Payments API", "eu-west"),
    Place("Payments API", "eu-west", "cell 3, left"),
    Place("Payments API", instance="cell 3"),
)


def test_a_french_sentence_names_the_region_in_french() -> None:
    with translation.override("fr"):
        assert in_words(PLACES[:2]) == "Payments API, Payments API (région eu-west)"


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("language", ["en", "de", "fr"])
def test_a_frozen_reason_reads_like_the_place_itself(language: str, place: Place) -> None:
    reason = reason_for([place])
    with translation.override(language):
        assert reason_in_words(reason) == in_words([place])
        through = f"{reason}, which depends on Queue, which depends on Store through 4 other services"
        said = reason_in_words(through)
    assert ("which depends" in said) == (language == "en")
    assert "Queue" in said
    assert "4" in said


def test_a_name_with_in_is_no_region() -> None:
    with translation.override("fr"):
        assert reason_in_words("uses Walk in closet", ["Walk in closet"]) == "Walk in closet"
        assert reason_in_words("added by Dana: they asked") == ""
    assert maybe_name("uses Walk in closet, instance 3") == "Walk in closet"
    assert maybe_name("added by Dana: they asked") == ""
