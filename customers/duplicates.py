"""Customers that look like one, and making one of them (screens 6).

Two are proposed when their names are the same or nearly so once legal forms, signs and capitals are put aside, or when
they share a telephone number or the mail domain of a firm. Nothing is merged by itself.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations

from django.db import transaction
from django.db.models import Max
from rapidfuzz import fuzz

from crisisdesk.core import audit
from crisisdesk.core.access import Act, require
from crisisdesk.core.actors import Actor
from crisisdesk.core.history import stamp
from crisisdesk.core.refusals import InvalidInput, WrongState
from customers import joining
from customers.models import Contact, Customer, Delivery, DuplicateVerdict, Subscription
from customers.models.delivery import OPEN_STATES

_FORMS = """ab ag as asa bv co company corp corporation gmbh group holding inc incorporated kg limited llc llp ltd
mbh nv oy plc pte pty sa sarl sas se spa srl the"""
_SHARED = """aol.com gmail.com gmx.de gmx.net googlemail.com hotmail.com icloud.com live.com mail.com me.com
outlook.com proton.me protonmail.com web.de yahoo.com"""
LEGAL_FORMS = frozenset(_FORMS.split())
# Where people of many firms have their mailbox.
SHARED_DOMAINS = frozenset(_SHARED.split())
NEARLY = 90.0
# Names are compared within groups that begin alike; a group or domain larger than this says nothing.
BEGINNING, LARGEST_GROUP = 4, 200


@dataclass(frozen=True, slots=True)
class Pair:
    """Two customers (the older first) and in words why they may be one."""

    first: int
    second: int
    reasons: tuple[str, ...]


def plain_name(name: str) -> str:
    """A firm's name without legal form, accents, signs and capitals: "Müller & Söhne GmbH" is "muller sohne"."""
    letters = unicodedata.normalize("NFKD", name.casefold())
    words = re.findall(r"\w+", "".join(letter for letter in letters if not unicodedata.combining(letter)))
    return " ".join(word for word in words if word not in LEGAL_FORMS) or " ".join(words)


def proposals(limit: int = 100) -> list[Pair]:
    """Pairs that nobody has judged yet, those with the most reasons first. Four queries, whatever the number."""
    found: dict[tuple[int, int], dict[str, None]] = defaultdict(dict)
    customers = dict(Customer.objects.active().order_by().values_list("pk", "name"))
    for pair, reason in [*_by_name(customers), *_by_address(set(customers))]:
        found[pair][reason] = None
    judged = set(DuplicateVerdict.objects.values_list("first", "second"))
    pairs = [Pair(*pair, tuple(reasons)) for pair, reasons in found.items() if pair not in judged]
    return sorted(pairs, key=lambda pair: (-len(pair.reasons), pair.first, pair.second))[:limit]


def _by_name(customers: dict[int, str]) -> Iterator[tuple[tuple[int, int], str]]:
    plain = {pk: plain_name(name) for pk, name in customers.items()}
    groups: dict[str, list[int]] = defaultdict(list)
    for pk, name in plain.items():
        groups[name[:BEGINNING]].append(pk)
    for pair in _pairs(groups.values()):
        one, other = plain[pair[0]], plain[pair[1]]
        if one == other:
            yield pair, "the same name"
        elif fuzz.ratio(one, other) >= NEARLY:
            yield pair, "nearly the same name"


def _by_address(active: set[int]) -> Iterator[tuple[tuple[int, int], str]]:
    domains: dict[str, set[int]] = defaultdict(set)
    phones: dict[str, set[int]] = defaultdict(set)
    rows = Contact.objects.filter(is_active=True).order_by().values_list("customer_id", "email", "phone")
    for customer, email, phone in rows.iterator(chunk_size=5000):
        if customer not in active:
            continue
        domain = email.rpartition("@")[2].lower()
        if domain and domain not in SHARED_DOMAINS:
            domains[domain].add(customer)
        if phone:
            phones[phone].add(customer)
    for domain, several in domains.items():
        for pair in _pairs([several]):
            yield pair, f"both at {domain}"
    for pair in _pairs(phones.values()):
        yield pair, "the same telephone number"


def _pairs(groups: Iterable[Iterable[int]]) -> Iterator[tuple[int, int]]:
    for group in groups:
        members = sorted(group)
        if 1 < len(members) <= LARGEST_GROUP:
            yield from combinations(members, 2)


def keep_apart(one: Customer, other: Customer, *, by: Actor, now: datetime) -> None:
    """Record that two customers are not the same; they are not proposed again. Raises NotAllowed, InvalidInput."""
    require(by, Act.EDIT_CUSTOMERS)
    first, second = _two(one, other)
    verdict = DuplicateVerdict(first=first, second=second, at=now, by_name=by.name)
    with transaction.atomic():
        DuplicateVerdict.objects.bulk_create([verdict], ignore_conflicts=True)
        audit.record("customers.kept_apart", by=by, now=now, on=first, data={"other": second.pk})


def merge(keep: Customer, gone: Customer, *, by: Actor, now: datetime) -> Customer:
    """Make one customer of two: contacts and what they use go to `keep`; `gone` stays as a row that is not served.

    Of two contacts with the same address the active one stays in use; of two active ones the one written to last, so
    that whoever was told of an outage hears of its end. Raises NotAllowed; InvalidInput for the same one twice;
    WrongState when one of them is no longer served, when nobody could be told any more, or while a message to `gone` is
    on its way.
    """
    require(by, Act.EDIT_CUSTOMERS)
    with transaction.atomic():
        first, second = _two(keep, gone)
        locked = {
            row.pk: row
            for row in Customer.objects.select_for_update().filter(pk__in=[first.pk, second.pk]).order_by("pk")
        }
        keep, gone = locked[keep.pk], locked[gone.pk]
        for row in (keep, gone):
            if not row.is_active:
                raise WrongState(f"{row} is no longer served, so there is nothing to merge.")
        if Delivery.objects.filter(contact__customer=gone, state__in=OPEN_STATES).exists():
            raise WrongState(f"A message to {gone} is on its way. Wait until it has left, then merge.")
        was_told = Contact.objects.reachable().filter(customer__in=(keep, gone)).exists()
        moved = _move_contacts(keep, gone, by=by, now=now)
        if was_told and not keep.contacts.reachable().exists():
            raise WrongState(
                f"Nobody at {keep} could be told any more: whoever is at both wants no messages as one of the two, and "
                "that counts. Ask them, write it down at both customers, then merge."
            )
        _move_uses(keep, gone, by=by, now=now)
        gone.is_active, gone.merged_into = False, keep
        stamp(gone, by=by, now=now, reason=f"merged into {keep.reference}")
        gone.save()
        audit.record("customers.merged", by=by, now=now, on=keep, data={"gone": gone.pk, "contacts": moved})
    return keep


def _two(one: Customer, other: Customer) -> tuple[Customer, Customer]:
    if one.pk == other.pk:
        raise InvalidInput("Choose two different customers.")
    return (one, other) if one.pk < other.pk else (other, one)


def _move_contacts(keep: Customer, gone: Customer, *, by: Actor, now: datetime) -> int:
    here = {contact.email.lower(): contact for contact in keep.contacts.exclude(email="")}
    moving = list(gone.contacts.order_by("pk"))
    last = dict(
        Delivery.objects.filter(contact__customer__in=[keep, gone])
        .order_by()
        .values_list("contact")
        .annotate(last=Max("pk"))
    )
    for contact in moving:
        twin = here.get(contact.email.lower()) if contact.email else None
        if twin is None:
            _save(contact, keep, by=by, now=now)
        elif contact.is_active and (not twin.is_active or last.get(contact.pk, 0) > last.get(twin.pk, 0)):
            _change_places(contact, twin, keep, gone, by=by, now=now)
        else:
            _become_part(contact, twin, by=by, now=now)
    return len(moving)


def _change_places(used: Contact, old: Contact, keep: Customer, gone: Customer, *, by: Actor, now: datetime) -> None:
    # A customer has an address once, so the old one lets go of it for a moment.
    address = old.email
    Contact.objects.filter(pk=old.pk).update(email=f"moving-{old.pk}@moving.invalid")
    _save(used, keep, by=by, now=now)
    old.email = address
    _save(old, gone, by=by, now=now)
    _become_part(old, used, by=by, now=now)


def _become_part(contact: Contact, of: Contact, *, by: Actor, now: datetime) -> None:
    """Of two with one address: whoever was told by either counts as told, and a "no" of either counts."""
    if contact.is_active:
        joining.carry_over(of, contact, by=by, now=now)
        joining.take_over(of, contact, by=by, now=now)
        joining.retire(contact, into=of, by=by, now=now)


def _save(contact: Contact, keep: Customer, *, by: Actor, now: datetime) -> None:
    contact.customer = keep
    stamp(contact, by=by, now=now, reason="merged")
    contact.save()


def _move_uses(keep: Customer, gone: Customer, *, by: Actor, now: datetime) -> None:
    known = {(row.service_id, row.region_id, row.instance_id) for row in keep.subscriptions.all()}
    for row in Subscription.objects.filter(customer=gone).order_by("pk"):
        if (row.service_id, row.region_id, row.instance_id) not in known:
            row.customer = keep
            stamp(row, by=by, now=now, reason="merged")
            row.save()
