"""Invented organisations and people. Addresses and numbers are reserved ones that reach nobody.

E-mail: RFC 2606 (.example). Telephone: ranges that ATIS (+1 … 555 01xx in every area), Ofcom, Bundesnetzagentur,
Arcep and ACMA keep for fiction.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from random import Random
from unicodedata import normalize

from faker.providers.person import de_DE, en_GB, en_US, fr_FR


@dataclass(frozen=True, slots=True)
class Country:
    """Where an organisation is at home."""

    locale: str
    language: str
    zones: tuple[str, ...]
    regions: tuple[str, ...]
    endings: tuple[str, ...]
    phones: tuple[str, ...]  # each # becomes a digit
    weight: int


_CITIES = "201 202 206 212 213 214 303 305 312 313 404 412 415 503 512 602 612 617 702 713 801 816 901 919"
_AREAS = tuple(f"+1{area}55501##" for area in _CITIES.split())
COUNTRIES = (
    Country(
        "en_US",
        "en",
        ("America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles"),
        ("us-east", "us-west"),
        ("Inc", "LLC", "Group", "Corp"),
        _AREAS,
        40,
    ),
    Country(
        "en_GB",
        "en",
        ("Europe/London",),
        ("eu-west",),
        ("Ltd", "PLC", "& Co"),
        ("+447700900###", "+442079460###", "+441314960###"),
        18,
    ),
    Country(
        "de_DE",
        "de",
        ("Europe/Berlin",),
        ("eu-central", "eu-west"),
        ("GmbH", "AG", "KG"),
        ("+493023125###", "+496990009###", "+494066969###"),
        16,
    ),
    Country("fr_FR", "fr", ("Europe/Paris",), ("eu-west",), ("SA", "SARL", "SAS"), ("+3363998####",), 12),
    Country("en_GB", "en", ("Australia/Sydney",), ("ap-southeast",), ("Pty Ltd",), ("+61255501###", "+61355501###"), 6),
    Country("en_GB", "en", ("Asia/Kolkata",), ("ap-south",), ("Pvt Ltd", "Limited"), (), 5),
    Country("en_GB", "en", ("Asia/Kathmandu",), ("ap-south",), ("Pvt Ltd",), (), 1),
)
_PROVIDERS = {
    "en_US": en_US.Provider,
    "en_GB": en_GB.Provider,
    "de_DE": de_DE.Provider,
    "fr_FR": fr_FR.Provider,
}
_TRADES = (
    "Robotics",
    "Logistics",
    "Foods",
    "Energy",
    "Health",
    "Analytics",
    "Media",
    "Travel",
    "Textiles",
    "Insurance",
    "Optics",
    "Marine",
    "Tools",
    "Learning",
    "Mobility",
    "Retail",
    "Outdoor",
    "Labs",
    "Systems",
    "Studios",
    "Bikes",
    "Furniture",
    "Pharma",
    "Seeds",
    "Ceramics",
    "Print",
    "Games",
    "Music",
    "Rail",
    "Solar",
)


@cache
def given_names(locale: str) -> tuple[str, ...]:
    """Given names of Faker's pool for the locale, in a fixed order."""
    return tuple(sorted(set(_PROVIDERS[locale].first_names)))


@cache
def family_names(locale: str) -> tuple[str, ...]:
    """Family names of Faker's pool for the locale, in a fixed order."""
    return tuple(sorted(set(_PROVIDERS[locale].last_names)))


def organisation_name(country: Country, random: Random) -> str:
    """A name such as "Adler Robotics GmbH"; not unique by itself."""
    family = random.choice(family_names(country.locale))
    return f"{family} {random.choice(_TRADES)} {random.choice(country.endings)}"


class Telephones:
    """Numbers in E.164 from ranges kept for fiction, each drawn once until its country has no other left."""

    def __init__(self, random: Random, taken: Iterable[str] = ()) -> None:
        """`taken` are the numbers that somebody has already."""
        self._random = random
        self._taken = frozenset(taken)
        self._left: dict[tuple[str, ...], list[str]] = {}

    def draw(self, country: Country) -> str:
        """The next number, or "" where the country has none.

        A vendor with more people than a country has made-up numbers draws from them again.
        """
        if not self._left.get(country.phones):
            every = [number for pattern in country.phones for number in _numbers(pattern)]
            fresh = [number for number in every if number not in self._taken] or every
            self._random.shuffle(fresh)
            self._left[country.phones] = fresh
        left = self._left[country.phones]
        return left.pop() if left else ""


def _numbers(pattern: str) -> list[str]:
    """Every number of a pattern."""
    start, width = pattern.rstrip("#"), pattern.count("#")
    return [f"{start}{number:0{width}}" for number in range(10**width)]


def mailbox(name: str, taken: Iterable[str]) -> str:
    """The local part of an e-mail address for a name, different from those taken."""
    ascii_name = normalize("NFKD", name.replace("ß", "ss")).encode("ascii", "ignore").decode().lower()
    plain = ".".join("".join(filter(str.isalnum, part)) for part in ascii_name.split())
    local, number = plain, 1
    while local in taken:
        number += 1
        local = f"{plain}{number}"
    return local
