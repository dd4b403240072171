"""Invented organisations and people. Addresses and numbers are reserved ones that reach nobody.

E-mail: RFC 2606 (.example). Telephone: ranges that ATIS (+1 … 555 01xx), Ofcom, Bundesnetzagentur, Arcep and ACMA
keep for fiction.
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
    phone: str  # each # becomes a digit
    weight: int


COUNTRIES = (
    Country(
        "en_US",
        "en",
        ("America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles"),
        ("us-east", "us-west"),
        ("Inc", "LLC", "Group", "Corp"),
        "+141555501##",
        40,
    ),
    Country("en_GB", "en", ("Europe/London",), ("eu-west",), ("Ltd", "PLC", "& Co"), "+447700900###", 18),
    Country("de_DE", "de", ("Europe/Berlin",), ("eu-central", "eu-west"), ("GmbH", "AG", "KG"), "+493023125###", 16),
    Country("fr_FR", "fr", ("Europe/Paris",), ("eu-west",), ("SA", "SARL", "SAS"), "+3363998####", 12),
    Country("en_GB", "en", ("Australia/Sydney",), ("ap-southeast",), ("Pty Ltd",), "+61491570###", 6),
    Country("en_GB", "en", ("Asia/Kolkata",), ("ap-south",), ("Pvt Ltd", "Limited"), "", 5),
    Country("en_GB", "en", ("Asia/Kathmandu",), ("ap-south",), ("Pvt Ltd",), "", 1),
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


def telephone(country: Country, random: Random) -> str:
    """A number in E.164 from a range kept for fiction, or "" where the country has none."""
    return "".join(random.choice("0123456789") if sign == "#" else sign for sign in country.phone)


def mailbox(name: str, taken: Iterable[str]) -> str:
    """The local part of an e-mail address for a name, different from those taken."""
    ascii_name = normalize("NFKD", name.replace("ß", "ss")).encode("ascii", "ignore").decode().lower()
    plain = ".".join("".join(filter(str.isalnum, part)) for part in ascii_name.split())
    local, number = plain, 1
    while local in taken:
        number += 1
        local = f"{plain}{number}"
    return local
