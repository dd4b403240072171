"""The list of whom one message went to."""

from __future__ import annotations

from crisisdesk.core.numbers import whole_number
from customers.models import Contact, Delivery
from incidents.knowing import known_to
from incidents.models import Update
from postmortems.listings.shape import Cell, Listing, Params
from postmortems.selection import Selection


def told(selection: Selection, params: Params) -> Listing:
    """The deliveries of a message of an outage, by customer, each with what became of it, whatever the period."""
    key = whole_number(params.get("update", "")) or 0
    sent = Update.objects.filter(known_to(selection.reader, "incident__"), incident__is_drill=False)
    update = sent.filter(pk=key).select_related("incident").first()
    if update is None or update.message_id is None:
        return Listing("Whom a message went to", COLUMNS, Delivery.objects.none(), _cells)
    rows = Delivery.objects.filter(message=update.message_id).select_related("contact__customer")
    title = f"{update.incident.reference}, message {update.number}: whom it went to"
    return Listing(title, COLUMNS, rows.order_by("contact__customer__name", "contact__name", "pk"), _cells)


COLUMNS = ("Customer", "Contact", "By", "What became of it", "Why they are told")


def _cells(row: Delivery) -> list[Cell]:
    contact: Contact = row.contact
    state = " ".join(filter(None, (row.get_state_display(), row.state_reason)))
    return [
        Cell(contact.customer.name),
        Cell(contact.name),
        Cell(row.get_channel_display()),
        Cell(state),
        Cell(row.reason),
    ]
