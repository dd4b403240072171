"""Small builders of rows for tests. Acme and Globex are customers; Payments API is what fails."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import count

from crisisdesk.core.actors import Actor
from customers.affected import Scope
from customers.models import Contact, Customer, Service, Subscription
from incidents.drafts import save_draft, start_draft
from incidents.models import Alert, Incident, NoticedBy, Template, Update
from incidents.publishing import send_update
from incidents.qualify import declare

_numbers = count(1)

WAS_WRONG = "We said that refunds work. They do not."
BODY = "Payments fail for some of your customers since 14:00. Our engineers are working on it now."


def service(name: str = "Payments API") -> Service:
    """A service by name; the same one for the same name."""
    slug = name.lower().replace(" ", "-")
    return Service.objects.get_or_create(slug=slug, defaults={"name": name})[0]


def customer(name: str, *services: Service) -> Customer:
    """A customer that uses the services given everywhere; the same one for the same name."""
    reference = name.lower().replace(" ", "-")[:64]
    row = Customer.objects.get_or_create(name=name, defaults={"reference": reference})[0]
    for used in services:
        Subscription.objects.get_or_create(customer=row, service=used)
    return row


def contact(of: Customer, name: str = "Pat", **fields: object) -> Contact:
    """A contact with an e-mail address of its own."""
    values = {"email": f"{name.lower()}.{next(_numbers)}@{of.reference}.example", **fields}
    return Contact.objects.create(customer=of, name=name, **values)


def alert(now: datetime, title: str = "Payments API: error rate above 5 %") -> Alert:
    """An open alert from monitoring."""
    number = next(_numbers)
    return Alert.objects.create(
        fingerprint=f"f{number}",
        open_key=f"test:{number}",
        title=title,
        noticed_by=NoticedBy.MONITORING,
        started_at=now,
        first_seen_at=now,
        last_seen_at=now,
    )


def incident(
    by: Actor, now: datetime, *, services: Sequence[Service] = (), title: str = "Payments are failing", **more: object
) -> Incident:
    """A declared incident of SEV2 on Payments API, unless told otherwise."""
    scopes = [Scope(row.pk) for row in services or [service()]]
    return declare([alert(now)], title=title, severity="SEV2", scopes=scopes, by=by, now=now, **more)  # type: ignore[arg-type]


def send(
    to: Incident,
    kind: str,
    by: Actor,
    now: datetime,
    *,
    minutes: int | None = 30,
    body: str = BODY,
    key: str = "",
    template: Template | None = None,
) -> Update:
    """Write a draft of a kind and send it."""
    draft = start_draft(to, kind=kind, template=template, by=by, now=now)
    words = {"subject": to.title, "body": body, "was_wrong": WAS_WRONG if kind == "correction" else ""}
    draft = save_draft(draft, version=draft.version, by=by, now=now, next_update_minutes=minutes, **words)
    return send_update(to, draft_version=draft.version, by=by, now=now, key=key or f"key-{next(_numbers)}")
