"""500 customers as a spreadsheet: which of them use what fails is known beforehand."""

from __future__ import annotations

import csv
from pathlib import Path

# What customer n uses, by n modulo 5. Checkout depends on Payments API.
USES = ("payments-api", "reports", "checkout@eu-west", "reports", "reports")
AFFECTED = (True, False, True, False, False)
ZONES = ("Europe/Berlin", "America/New_York", "Asia/Kathmandu", "UTC", "Australia/Sydney")
LANGUAGES = ("en", "de", "fr")


def write(path: Path, count: int = 500) -> set[str]:
    """Write `count` customers with two contacts each; return the addresses of those that Payments API affects."""
    affected = set()
    with path.open("w", newline="", encoding="utf-8-sig") as file:
        writer = csv.writer(file)
        writer.writerow(
            ["customer_reference", "customer", "tier", "contact_name", "email", "language", "time_zone", "services"]
        )
        for n in range(count):
            for who in ("ops", "owner"):
                address = f"{who}@customer-{n:04}.example"
                writer.writerow(
                    [
                        f"C-{n:04}",
                        f"Customer {n:04} GmbH & Co",
                        "business",
                        f"{who.title()} of {n:04}",
                        address,
                        LANGUAGES[n % 3],
                        ZONES[n % 5],
                        USES[n % 5],
                    ]
                )
                if AFFECTED[n % 5]:
                    affected.add(address)
    return affected


def language_of(address: str) -> str:
    """The language of a contact of the file."""
    return LANGUAGES[int(address.partition("@customer-")[2][:4]) % len(LANGUAGES)]
