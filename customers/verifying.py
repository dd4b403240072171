"""How we know that a contact's e-mail address works: they said so, mail was taken there, it bounced, or nobody tried.

Support can ask a person by a mail with a link; the link shows a page, and only its button confirms.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import css_inline
from django.conf import settings
from django.db import models, transaction
from django.db.models import Exists, Max, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Lower
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import get_language_bidi, gettext

from crisisdesk.core import audit
from crisisdesk.core.access import Act, require
from crisisdesk.core.actors import Actor
from crisisdesk.core.plain_text import render_text
from crisisdesk.core.refusals import NotAllowed, WrongState
from customers import links
from customers.delivery.compose import queue_message
from customers.delivery.consent import CONFIRMATION
from customers.delivery.rendered import ReaderClass, Rendered
from customers.models import (
    ACCEPTED_STATES,
    AddressConfirmation,
    Channel,
    Contact,
    Delivery,
    Message,
    Preference,
    Suppression,
)

THREAD = "confirm-"
# After every message about an outage.
PRIORITY = 900
# Nobody is asked twice in a row.
PAUSE = timedelta(minutes=10)
IMPORTED = "Imported from"
TOKENS = ("progress_url", "preferences_url", "contact_name", "customer_name")
_inliner = css_inline.CSSInliner(keep_style_tags=True, load_remote_stylesheets=False)


class Proof(models.TextChoices):
    """What is known of an address, the strongest first."""

    BOUNCED = "bounced", "bounced"
    CONFIRMED = "confirmed", "confirmed by the person"
    TAKEN = "taken", "mail was taken there"
    ASKED = "asked", "asked, no answer yet"
    UNTRIED = "untried", "never tried"


@dataclass(frozen=True, slots=True)
class Known:
    """A proof and when it came about; `imported` when the contact came with a file."""

    proof: Proof
    at: datetime | None
    imported: bool = False

    @property
    def icon(self) -> str:
        """A shape beside the words."""
        return {Proof.BOUNCED: "alert", Proof.CONFIRMED: "check-circle", Proof.TAKEN: "check"}.get(self.proof, "circle")

    @property
    def words(self) -> str:
        """For people, without the moment."""
        if self.proof == Proof.UNTRIED:
            return "imported, never tried" if self.imported else "never tried"
        return str(self.proof.label)


def with_proof(rows: QuerySet[Contact]) -> QuerySet[Contact]:
    """With all that `known_of` reads, in the same query."""
    mine = AddressConfirmation.objects.filter(contact=OuterRef("pk"), address=Lower(OuterRef("email")))
    taken = _taken().order_by().values("contact").annotate(at=Max("sent_at")).values("at")
    versions = Contact.history.filter(id=OuterRef("pk"), history_type="+").order_by("history_id")
    return rows.annotate(
        _confirmed_at=Subquery(mine.values("confirmed_at")[:1]),
        _asked_at=Subquery(mine.values("asked_at")[:1]),
        _taken_at=Subquery(taken[:1]),
        _bounced_at=Subquery(_bounced().values("at")[:1]),
        _came_by=Subquery(versions.values("history_change_reason")[:1]),
    )


def known_of(contact: Contact) -> Known | None:
    """How we know that the address of a row of `with_proof` works; None for somebody without one."""
    if not contact.email:
        return None
    row: Any = contact
    moments = (
        (Proof.BOUNCED, row._bounced_at),
        (Proof.CONFIRMED, row._confirmed_at),
        (Proof.TAKEN, row._taken_at),
        (Proof.ASKED, row._asked_at),
    )
    for proof, at in moments:
        if at is not None:
            return Known(proof, at)
    return Known(Proof.UNTRIED, None, imported=(row._came_by or "").startswith(IMPORTED))


def proven(rows: QuerySet[Contact], proof: str) -> QuerySet[Contact]:
    """Those of whose e-mail address exactly this is known."""
    mine = AddressConfirmation.objects.filter(contact=OuterRef("pk"), address=Lower(OuterRef("email")))
    found = {
        Proof.BOUNCED: Exists(_bounced()),
        Proof.CONFIRMED: Exists(mine.filter(confirmed_at__isnull=False)),
        Proof.TAKEN: Exists(_taken()),
        Proof.ASKED: Exists(mine),
    }
    rows = rows.exclude(email="")
    for stronger, exists in found.items():
        if stronger == proof:
            return rows.filter(exists)
        rows = rows.filter(~exists)
    return rows


def _bounced() -> QuerySet[Suppression]:
    return Suppression.objects.filter(channel=Channel.EMAIL, address=Lower(OuterRef("email")), lifted_at=None)


def _taken() -> QuerySet[Delivery]:
    """Messages that a mail system took for the address the contact has now; a drill goes elsewhere."""
    taken = Delivery.objects.alias(lower=Lower("address")).filter(
        contact=OuterRef("pk"), channel=Channel.EMAIL, is_drill=False, state__in=ACCEPTED_STATES, sent_at__isnull=False
    )
    return taken.filter(lower=Lower(OuterRef("email")))


def ask(contact: Contact, *, by: Actor, now: datetime) -> Message:
    """Send the contact one mail with a link by which they confirm their address.

    Only a person of Support does this, one contact at a time: no job, no drill. Raises NotAllowed; WrongState when the
    contact would not get it, has confirmed this address already or was asked less than ten minutes ago.
    """
    require(by, Act.SEND_UPDATE)
    if by.kind != "person":
        raise NotAllowed(f"{by.name} may not ask anybody to confirm an address: a person of Support decides that.")
    with transaction.atomic():
        contact = Contact.objects.select_for_update(of=("self",)).select_related("customer").get(pk=contact.pk)
        _would_get_it(contact)
        address = contact.email.lower()
        row, _ = AddressConfirmation.objects.get_or_create(
            contact=contact, address=address, defaults={"asked_at": now - PAUSE, "asked_by_name": by.name}
        )
        if row.confirmed_at is not None:
            raise WrongState(f"{contact} confirmed this address on {row.confirmed_at:%d %B %Y}. Nothing to ask.")
        if row.asked_at > now - PAUSE:
            raise WrongState(f"{contact} was asked a moment ago, by {row.asked_by_name}. Give them ten minutes.")
        row.asked_at, row.asked_by_name = now, by.name
        row.save(update_fields=["asked_at", "asked_by_name"])
        audit.record("contact.asked_to_confirm", by=by, now=now, on=contact)
        return queue_message(
            thread_key=f"{THREAD}{row.pk}",
            kind=CONFIRMATION,
            priority=PRIORITY,
            is_drill=False,
            recipients=Contact.objects.filter(pk=contact.pk).annotate(reason=Value("asked to confirm the address")),
            render=_render,
            link_purpose=links.CONFIRM,
            by=by,
            now=now,
        )


def _would_get_it(contact: Contact) -> None:
    """Raise WrongState with the reason when a mail to the contact could not leave."""
    who = str(contact)
    if not contact.is_active or not contact.customer.is_active:
        raise WrongState(f"{who} is not written to any more. Make contact and customer active first.")
    if not contact.email or not contact.wants_email:
        raise WrongState(f"{who} gets no e-mail. Enter an address and choose “wants e-mail” first.")
    if contact.preference == Preference.NONE:
        raise WrongState(f"{who} chose to get no messages at all. Ask them in person.")
    if Suppression.objects.filter(channel=Channel.EMAIL, address=contact.email.lower(), lifted_at=None).exists():
        raise WrongState(f"The address of {who} bounced. Take it back on the customer's page first.")


def confirmable(link: links.SignedLink) -> AddressConfirmation | None:
    """What a link of `ask` confirms; None when the contact has another address by now."""
    number = link.subject.removeprefix(THREAD)
    rows = AddressConfirmation.objects.filter(contact=link.contact, address=link.contact.email.lower())
    return rows.filter(pk=int(number)).first() if number.isdecimal() else None


def confirm(row: AddressConfirmation, *, now: datetime) -> AddressConfirmation:
    """The person says that the address is theirs; a second time changes nothing. The link's holder is the actor."""
    by = Actor("token", f"contact {row.contact_id}", row.contact_id)
    with transaction.atomic():
        changed = AddressConfirmation.objects.filter(pk=row.pk, confirmed_at=None).update(confirmed_at=now)
        if changed:
            audit.record("contact.address_confirmed", by=by, now=now, on=row.contact)
    row.refresh_from_db()
    return row


def _render(reader: ReaderClass) -> Rendered:
    """The mail, in the reader's language."""
    with translation.override(reader.language):
        subject = gettext("Please confirm this address for messages about outages")
        context = {
            "language": translation.get_language(),
            "text_direction": "rtl" if get_language_bidi() else "ltr",
            "subject": subject,
            "product": settings.PRODUCT_NAME,
            "vendor": settings.VENDOR_NAME,
            **{name: f"[[{name}]]" for name in TOKENS},
        }
        html = _inliner.inline(render_to_string("emails/confirm.html", context))
        return Rendered(f"[{settings.PRODUCT_NAME}] {subject}", render_text("emails/confirm.txt", context) + "\n", html)
