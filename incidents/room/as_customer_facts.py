"""What one customer's people see of an incident: for each the messages that went to them, and the draft."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone

from customers.delivery.rendered import Rendered
from customers.languages import language_name
from customers.models import Channel, Contact, Customer, Delivery, DeliveryState, Preference
from incidents.drafts import open_draft
from incidents.models import Draft, Incident, Update
from incidents.public.progress import told
from incidents.recipients import recipients
from incidents.room.as_read import WAYS, Eyes, content_as_read, draft_as_read, note, page_as_read

PEOPLE = 50
DRAFT = "draft"


@dataclass(frozen=True, slots=True)
class Asked:
    """Who is looked through (None: nobody is there), at what ("draft", or an update's number), and which way."""

    contact: Contact | None
    what: str
    way: str


def people_of(customer: Customer) -> list[Contact]:
    """The contacts that a message can be for, by name."""
    rows = customer.contacts.filter(is_active=True).select_related("customer").order_by("name", "pk")
    return list(rows[:PEOPLE])


def why_told(draft: Draft | None, incident: Incident, customer: Customer) -> dict[int, str]:
    """Contact id -> why the draft would go there; those it would not go to are missing."""
    if draft is None:
        return {}
    found: dict[int, str] = {}
    for several in recipients(incident, draft.kind, draft.corrects):
        for row in several.filter(customer=customer):
            found.setdefault(row.pk, row.reason)  # type: ignore[attr-defined]
    return found


def as_customer_facts(incident: Incident, customer: Customer, wanted: Mapping[str, str]) -> dict[str, Any]:
    """{asked, draft, people [{contact, state, chosen, query}], letters [{title, at, chosen, query}], ways}.

    Five reads, six where a draft goes to those who were told as well.
    """
    draft = open_draft(incident)
    why = why_told(draft, incident, customer)
    people = people_of(customer)
    sent = _sent(incident, customer)
    asked = _asked(wanted, people, why, sent, draft)
    return {
        "asked": asked,
        "draft": draft,
        "people": [_person(row, asked, why, sent, draft) for row in people],
        "letters": _messages(asked, sent, draft),
        "ways": [
            {"label": label, "chosen": way == asked.way, "query": _query(asked, way=way)} for way, label in WAYS.items()
        ],
        "zone": f"{language_name(asked.contact.language)}, {asked.contact.time_zone}" if asked.contact else "",
        "query": _query(asked),
    }


def document(incident: Incident, customer: Customer, wanted: Mapping[str, str], now: datetime) -> str:
    """What was asked for, as the contact sees it; or a note that says why there is nothing to see."""
    draft = open_draft(incident)
    why = why_told(draft, incident, customer)
    sent = _sent(incident, customer)
    asked = _asked(wanted, people_of(customer), why, sent, draft)
    contact = asked.contact
    if contact is None:
        return note("Nobody is recorded at this customer: they hear of it by telephone.", "en")
    if asked.what == DRAFT:
        return _draft(draft, incident, contact, why.get(contact.pk), asked.way, now)
    if asked.way == "page":
        found = told(contact, incident.reference)
        if found is None:
            return note("Nothing has reached them yet, so they have no page.", "en")
        return page_as_read(found, Eyes.of(contact, found.reason), now)
    channel = Channel.SMS if asked.way == "sms" else Channel.EMAIL
    row = next((row for number, row in sent.get(contact.pk, ()) if str(number) == asked.what), None)
    delivery = Delivery.objects.filter(message=row.message_id, contact=contact, channel=channel) if row else None
    found_row = delivery.select_related("content").first() if delivery is not None else None
    if found_row is None:
        return note(f"They were not sent this message by {channel.label}.", "en")
    content = found_row.content
    return content_as_read(
        Rendered(content.subject, content.text, content.html), Eyes.of(contact, found_row.reason), asked.way
    )


def _draft(draft: Draft | None, incident: Incident, contact: Contact, why: str | None, way: str, now: datetime) -> str:
    if draft is None:
        return note("There is no draft: it was sent or thrown away.", "en")
    if why is None:
        return note(f"The draft does not go to {contact.name}: they use nothing that is affected.", "en")
    before = told(contact, incident.reference)
    return draft_as_read(draft, incident, Eyes.of(contact, why), way, now, before.updates if before else ())


Sent = Mapping[int, list[tuple[int, Delivery]]]


def _sent(incident: Incident, customer: Customer) -> dict[int, list[tuple[int, Delivery]]]:
    """Contact id -> (number of the update, delivery) of what was queued for them, the newest first."""
    rows = (
        Delivery.objects.filter(contact__customer=customer, message__thread_key=incident.reference)
        .select_related("message__update")
        .order_by("-message_id", "channel")
    )
    found: dict[int, list[tuple[int, Delivery]]] = {}
    for row in rows:
        update: Update | None = getattr(row.message, "update", None)
        if update is not None:
            found.setdefault(row.contact_id, []).append((update.number, row))
    return found


def _asked(
    wanted: Mapping[str, str], people: list[Contact], why: Mapping[int, str], sent: Sent, draft: Draft | None
) -> Asked:
    """What was asked for; what was not said is the first that shows something."""
    named = next((row for row in people if str(row.pk) == wanted.get("contact")), None)
    contact = (
        named or next((row for row in people if row.pk in why or row.pk in sent), None) or next(iter(people), None)
    )
    numbers = [str(number) for number, _ in sent.get(contact.pk, ())] if contact else []
    what = wanted.get("what", "")
    if what not in (*numbers, *([DRAFT] if draft else [])):
        what = DRAFT if draft is not None or not numbers else numbers[0]
    way = wanted.get("way", "")
    return Asked(contact, what, way if way in WAYS else "html")


def _query(asked: Asked, **other: str) -> str:
    values = {"contact": str(asked.contact.pk) if asked.contact else "", "what": asked.what, "way": asked.way, **other}
    return "&".join(f"{name}={value}" for name, value in values.items())


def _person(row: Contact, asked: Asked, why: Mapping[int, str], sent: Sent, draft: Draft | None) -> dict[str, Any]:
    if row.preference == Preference.NONE:
        state = "wants no messages"
    elif row.pk in why:
        state = f"gets it: {why[row.pk]}" if row.email and row.wants_email else "no e-mail: on the call list"
    elif draft is not None:
        state = "does not get the draft"
    else:
        state = "was told" if row.pk in sent else "was told nothing"
    chosen = asked.contact is not None and row.pk == asked.contact.pk
    return {"contact": row, "state": state, "chosen": chosen, "query": _query(asked, contact=str(row.pk))}


def _messages(asked: Asked, sent: Sent, draft: Draft | None) -> list[dict[str, Any]]:
    lines = []
    if draft is not None:
        title = f"{draft.get_kind_display().capitalize()}, not sent yet"
        lines.append(
            {"title": title, "at": "the draft", "chosen": asked.what == DRAFT, "query": _query(asked, what=DRAFT)}
        )
    seen = set()
    for number, row in sent.get(asked.contact.pk, ()) if asked.contact else ():
        if number in seen:
            continue
        seen.add(number)
        update = row.message.update
        at = f"{timezone.localtime(update.sent_at):%H:%M %Z}, {DeliveryState(row.state).label}"
        title = update.get_kind_display().capitalize()
        chosen = asked.what == str(number)
        lines.append({"title": title, "at": at, "chosen": chosen, "query": _query(asked, what=str(number))})
    return lines
