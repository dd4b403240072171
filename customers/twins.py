"""Contacts of one customer that look like one person, and saying that they are not (screens 6).

Two are proposed when they share a mailbox but for what follows a plus, a telephone number, or a name together with a
similar address. Nothing is merged by itself: `joining.join` does it.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import combinations, groupby
from typing import NamedTuple

from django.db import transaction
from rapidfuzz import fuzz

from crisisdesk.core import audit
from crisisdesk.core.access import Act, require
from crisisdesk.core.actors import Actor
from crisisdesk.core.refusals import InvalidInput, WrongState
from customers.addresses import mailbox_of
from customers.duplicates import Pair
from customers.joining import part_of_the_other
from customers.models import Contact, PersonVerdict

SIMILAR = 80.0
# A number that more of them share is the switchboard, a mailbox the desk of all: it says nothing of who they are.
LARGEST_GROUP = 3
CHUNK = 5_000


class _Row(NamedTuple):
    pk: int
    customer: int
    name: str
    email: str
    phone: str


def proposals(limit: int = 100) -> list[Pair]:
    """Pairs that nobody has judged yet, those with the most reasons first. Two queries, whatever the number."""
    rows = Contact.objects.active().order_by("customer_id", "pk")
    columns = rows.values_list("pk", "customer_id", "name", "email", "phone").iterator(chunk_size=CHUNK)
    found: dict[tuple[int, int], dict[str, None]] = defaultdict(dict)
    for _, of_customer in groupby(map(_Row._make, columns), key=lambda row: row.customer):
        members = list(of_customer)
        for one, other, reason in _alike(members) if len(members) > 1 else ():
            found[one.pk, other.pk][reason] = None
    judged = set(PersonVerdict.objects.filter(first__in={first for first, _ in found}).values_list("first", "second"))
    pairs = [Pair(*pair, tuple(reasons)) for pair, reasons in found.items() if pair not in judged]
    return sorted(pairs, key=lambda pair: (-len(pair.reasons), pair.first, pair.second))[:limit]


def _alike(members: Sequence[_Row]) -> Iterator[tuple[_Row, _Row, str]]:
    """Pairs of one customer's contacts, each with one reason."""
    mailboxes: dict[str, list[_Row]] = defaultdict(list)
    phones: dict[str, list[_Row]] = defaultdict(list)
    names: dict[str, list[_Row]] = defaultdict(list)
    for row in members:
        if row.email:
            mailboxes[mailbox_of(row.email)].append(row)
        if row.phone:
            phones[row.phone].append(row)
        names[_plain(row.name)].append(row)
    for one, other in _pairs(mailboxes):
        yield one, other, "the same mailbox"
    for one, other in _pairs(phones):
        yield one, other, "the same telephone number"
    for one, other in _pairs(names):
        if not one.email or not other.email:
            yield one, other, "the same name, one without an e-mail address"
        elif fuzz.ratio(one.email.lower(), other.email.lower()) >= SIMILAR or _local(one) == _local(other):
            yield one, other, "the same name at similar addresses"


def _pairs(groups: dict[str, list[_Row]]) -> Iterator[tuple[_Row, _Row]]:
    for members in groups.values():
        if 1 < len(members) <= LARGEST_GROUP:
            yield from combinations(members, 2)


def _local(row: _Row) -> str:
    return row.email.rpartition("@")[0].casefold()


def _plain(name: str) -> str:
    """A person's name without accents, signs, capitals and order: "Müller, Pat" is "muller pat"."""
    if name.isascii():
        letters = name.lower()
    else:
        apart = unicodedata.normalize("NFKD", name.casefold())
        letters = "".join(letter for letter in apart if not unicodedata.combining(letter))
    return " ".join(sorted(re.findall(r"\w+", letters)))


def keep_apart(one: Contact, other: Contact, *, by: Actor, now: datetime) -> None:
    """Record that two contacts are two people; they are not proposed again.

    Raises NotAllowed; InvalidInput for one contact twice; WrongState when they were merged.
    """
    require(by, Act.EDIT_CUSTOMERS)
    if one.pk == other.pk:
        raise InvalidInput("Choose two different contacts.")
    if parted := part_of_the_other(one, other):
        raise WrongState(parted)
    first, second = (one, other) if one.pk < other.pk else (other, one)
    verdict = PersonVerdict(first=first, second=second, at=now, by_name=by.name)
    with transaction.atomic():
        PersonVerdict.objects.bulk_create([verdict], ignore_conflicts=True)
        audit.record("contacts.kept_apart", by=by, now=now, on=first, data={"other": second.pk})
