"""What a receiving server took, compared with the ledger: everybody exactly once, nobody else, nothing of another."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from customers.models import Message


@dataclass(frozen=True, slots=True)
class Taken:
    """One accepted mail. `at` in seconds of this machine's clock."""

    at: float
    mail_id: str
    recipient: str
    canaries: frozenset[str]
    size: int


def taken(record: Path) -> list[Taken]:
    """Everything the server took, in order."""
    found = []
    for line in record.read_text().splitlines():
        at, mail_id, recipient, canaries, size = line.split(" ")
        found.append(Taken(float(at), mail_id, recipient, frozenset(canaries.split(",")), int(size)))
    return found


def compare(mails: list[Taken], message: Message) -> dict[str, int]:
    """Every accepted mail against every delivery of the message; all but `compared` and `accepted` must be 0."""
    rows = message.deliveries.values_list("mail_id", "address", "contact_id", "state")
    expected = {mail_id: (address, str(contact), state) for mail_id, address, contact, state in rows}
    copies = Counter(mail.mail_id for mail in mails)
    known = [mail for mail in mails if mail.mail_id in expected]
    return {
        "compared": len(expected),
        "accepted": len(mails),
        "missing": sum(1 for mail_id in expected if mail_id not in copies),
        "extra": len(mails) - len(known),
        "repeated": sum(count - 1 for count in copies.values()),
        "wrong_recipient": sum(mail.recipient != expected[mail.mail_id][0] for mail in known),
        "foreign_canary": sum(mail.canaries != {expected[mail.mail_id][1]} for mail in known),
        "not_sent_in_ledger": sum(state != "sent" for _, _, state in expected.values()),
    }


def is_exact(compared: dict[str, int]) -> bool:
    """Whether the ledger and the server say the same."""
    return compared["compared"] == compared["accepted"] and not any(
        count for name, count in compared.items() if name not in ("compared", "accepted")
    )
