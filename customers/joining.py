"""Making one of two contacts of a customer who are the same person.

One row stays, the other is no longer written to and says whose part it is: what was sent to it, calls and answers stand
where they were. Consent is never widened: a "no" of either counts. Other parts add what they know with `register`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from crisisdesk.core import audit
from crisisdesk.core.access import Act, require
from crisisdesk.core.actors import Actor
from crisisdesk.core.history import stamp
from crisisdesk.core.refusals import InvalidInput, WrongState
from customers.models import AddressConfirmation, Channel, Contact, Delivery, Preference, Suppression
from customers.models.delivery import OPEN_STATES

Joiner = Callable[[Contact, Contact, Actor, datetime], None]
_joiners: list[Joiner] = []
# From the widest to the strictest.
_STRICTNESS = (Preference.ALL, Preference.START_AND_END, Preference.NONE)


def register(joiner: Joiner) -> None:
    """Have `joiner(keep, gone, by, now)` carry over what another part knows, in the transaction and before anything
    else is done in it: there it takes its locks. Called when an app is ready.
    """
    if joiner not in _joiners:
        _joiners.append(joiner)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How the one who stays would be reached."""

    phone: str
    wants_email: bool
    wants_sms: bool
    preference: str


def outcome(keep: Contact, gone: Contact) -> Outcome:
    """What becomes of the one who stays: a missing number is taken over, and of two wishes the stricter one counts.

    Whether somebody wants a channel is asked of those only who have an address for it. Pure.
    """
    return Outcome(
        phone=keep.phone or gone.phone,
        wants_email=_agreed((keep.email, keep.wants_email), (gone.email, gone.wants_email)),
        wants_sms=_agreed((keep.phone, keep.wants_sms), (gone.phone, gone.wants_sms)),
        preference=max(keep.preference, gone.preference, key=lambda one: _STRICTNESS.index(Preference(one))),
    )


def refusal(keep: Contact, gone: Contact) -> str:
    """Why `gone` can't become a part of `keep` as things are; "" when it can."""
    if parted := part_of_the_other(keep, gone):
        return parted
    for row in (keep, gone):
        if not row.is_active:
            return f"{row} is not active, so nothing is sent there and there is nothing to merge."
    if not keep.customer.is_active:
        return f"{keep.customer} is no longer served, so there is nothing to merge."
    if keep.customer_id != gone.customer_id:
        return "They are at two customers. Merge the customers, or let each hear of their own."
    if gone.email and not keep.email:
        return f"{keep} has no e-mail address here. Let the one with {gone.email} stay; the number is taken over."
    return _silence(keep, gone)


def part_of_the_other(one: Contact, other: Contact) -> str:
    """That two contacts are one person by now, in words; "" while they are not."""
    for row, of in ((one, other), (other, one)):
        if row.merged_into_id == of.pk and not row.is_active:
            return f"{row} ({row.email or row.phone}) is part of {of} by now: somebody has merged them."
    return ""


def _silence(keep: Contact, gone: Contact) -> str:
    """Why nobody would be told any more; "" when somebody would."""
    rows = Suppression.objects.filter(address__in=_addresses(keep) | _addresses(gone), lifted_at=None)
    suppressed = set(rows.values_list("channel", "address"))
    after = outcome(keep, gone)
    wanted = _channels(keep.email, after.phone, after)
    before = {channel for row in (keep, gone) for channel in _channels(row.email, row.phone, row)}
    if wanted - suppressed or not before - suppressed:
        return ""
    if wanted:
        return f"Nothing is taken for {_listed(wanted)} any more. Let the other one stay, or take that address back."
    others = keep.customer.contacts.reachable().exclude(pk__in=(keep.pk, gone.pk))
    if others.exists():
        return ""
    return (
        f"Nobody at {keep.customer} could be told any more: what one of the two does not want, the one who stays does "
        "not get. Ask them, write it down on one of the two, then merge."
    )


def join(keep: Contact, gone: Contact, *, by: Actor, now: datetime) -> Contact:
    """Make `gone` a part of `keep`. Whoever was told by either counts as told; nobody hears twice.

    Name, language, time zone and e-mail address of `keep` stay. A row made active again stands by itself as before.
    Raises NotAllowed; InvalidInput for one contact twice; WrongState as `refusal` says, or while a message to `gone` is
    on its way.
    """
    require(by, Act.EDIT_CUSTOMERS)
    if keep.pk == gone.pk:
        raise InvalidInput("Choose two different contacts.")
    with transaction.atomic():
        carry_over(keep, gone, by=by, now=now)
        # Leaves room for rows that refer to them (`no_key`): a send inserts such rows while it holds its incident.
        rows = Contact.objects.select_for_update(of=("self",), no_key=True).select_related("customer")
        locked = {row.pk: row for row in rows.filter(pk__in=(keep.pk, gone.pk)).order_by("pk")}
        keep, gone = locked[keep.pk], locked[gone.pk]
        if why := refusal(keep, gone):
            raise WrongState(why)
        if Delivery.objects.filter(contact=gone, state__in=OPEN_STATES).exists():
            raise WrongState(f"A message to {gone} is on its way. Wait until it has left, then merge.")
        took = take_over(keep, gone, by=by, now=now)
        retire(gone, into=keep, by=by, now=now)
        data = {"gone": gone.pk, "changed": took}
        audit.record("contact.merged", by=by, now=now, on=keep, data=data)
    return keep


def carry_over(keep: Contact, gone: Contact, *, by: Actor, now: datetime) -> None:
    """Let other parts carry over what they know of `gone`, inside the caller's transaction."""
    for joiner in _joiners:
        joiner(keep, gone, by, now)


def take_over(keep: Contact, gone: Contact, *, by: Actor, now: datetime) -> list[str]:
    """Write the outcome to `keep`, inside the caller's transaction; returns the names of what changed."""
    after = outcome(keep, gone)
    new = {name: getattr(after, name) for name in Outcome.__slots__}
    changed = [name for name, value in new.items() if getattr(keep, name) != value]
    for name in changed:
        setattr(keep, name, new[name])
    if changed:
        stamp(keep, by=by, now=now, reason="merged with another contact")
        keep.save()
    _take_confirmation(keep, gone)
    return changed


def retire(contact: Contact, *, into: Contact, by: Actor, now: datetime) -> None:
    """Let `contact` stand as a part of `into`, inside the caller's transaction, and so does what was part of it."""
    for row in [contact, *contact.merged.filter(is_active=False)]:
        row.is_active, row.merged_into = False, into
        stamp(row, by=by, now=now, reason="merged")
        # Only these: of an address in two spellings the database takes one more only as it stands.
        row.save(update_fields=["is_active", "merged_into"])


def _take_confirmation(keep: Contact, gone: Contact) -> None:
    """What the person said about the address that stays."""
    said = AddressConfirmation.objects.filter(address=keep.email.lower())
    theirs, mine = said.filter(contact=gone).first(), said.filter(contact=keep).first()
    if theirs is None or (mine is not None and mine.confirmed_at is not None):
        return
    if mine is None:
        theirs.contact = keep
        theirs.save(update_fields=["contact"])
    elif theirs.confirmed_at is not None:
        mine.confirmed_at = theirs.confirmed_at
        mine.save(update_fields=["confirmed_at"])


def _agreed(*said: tuple[str, bool]) -> bool:
    answers = [wants for address, wants in said if address]
    return bool(answers) and all(answers)


def _channels(email: str, phone: str, wants: Contact | Outcome) -> set[tuple[str, str]]:
    """The channels and addresses on which somebody with these wishes is written to."""
    if wants.preference == Preference.NONE:
        return set()
    both = ((Channel.EMAIL, email, wants.wants_email), (Channel.SMS, phone, wants.wants_sms))
    return {(str(channel), address.lower()) for channel, address, wanted in both if address and wanted}


def _addresses(contact: Contact) -> set[str]:
    return {address.lower() for address in (contact.email, contact.phone) if address}


def _listed(channels: Iterable[tuple[str, str]]) -> str:
    return " and ".join(sorted(address for _, address in channels))
