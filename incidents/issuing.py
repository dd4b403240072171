"""A message to customers becomes rows: frozen, promised, queued and written down in one transaction."""

from __future__ import annotations

from datetime import datetime

from django.db.models import QuerySet

from crisisdesk.core import audit
from crisisdesk.core.actors import Actor
from crisisdesk.core.history import stamp
from crisisdesk.core.refusals import InvalidInput
from customers.models import Contact
from incidents import owed, promises
from incidents.locking import save
from incidents.models import MADE_KINDS, PROMISING_KINDS, ComponentStatus, Incident, Status, Update, UpdateKind
from incidents.outgoing import queue
from incidents.recipients import recipient_counts
from incidents.timeline import Kind, entry

# They say something beside the updates: no promise is kept or made by them.
STANDING_ASIDE = MADE_KINDS | {UpdateKind.CORRECTION}


def sent_before(incident: Incident, key: str) -> Update | None:
    """The update that this idempotency key sent; None when it has sent none. Raises InvalidInput for a bad key."""
    if not 0 < len(key) <= 255:
        raise InvalidInput("The request carries no idempotency key of 1 to 255 characters; reload the page.")
    sent = Update.objects.filter(key=key).select_related("incident").first()
    if sent is not None and sent.incident_id != incident.pk:
        raise InvalidInput("This idempotency key belongs to another incident; reload the page.")
    return sent


def publish(
    update: Update,
    incident: Incident,
    *,
    by: Actor,
    now: datetime,
    audience: list[QuerySet[Contact]] | None = None,
) -> Update:
    """Write an update with its message, settle and make promises, move the incident: all or nothing.

    Rows only. The caller has locked the incident and checked that the update may go. `audience` takes the place of
    the `recipients` of its kind.
    """
    update.number = incident.updates.count() + 1
    update.sent_at, update.sent_by_id, update.sent_by_name = now, by.person_id, by.name
    update.message = queue(update, incident, audience, by=by, now=now)
    update.contacts_count = update.message.total
    update.customers_count = update.message.deliveries.values("contact__customer_id").distinct().count()
    stamp(update, by=by, now=now)
    update.save()
    if update.kind not in STANDING_ASIDE:
        promises.settle(incident, update, now=now)
        owed.settle(incident, now=now)
    if update.kind in PROMISING_KINDS:
        promises.make(update, now=now)
    _move(incident, update, by=by, now=now)
    _write_down(update, incident, by=by, now=now)
    return update


def put_on_pages(update: Update, incident: Incident, *, by: Actor, now: datetime) -> Update:
    """Write an update that no mail carries: everybody who was told of the incident finds it on their page."""
    update.number = incident.updates.count() + 1
    update.sent_at, update.sent_by_id, update.sent_by_name = now, by.person_id, by.name
    counts = recipient_counts(incident, update.kind)
    update.contacts_count, update.customers_count = counts.contacts, counts.customers
    stamp(update, by=by, now=now)
    update.save()
    _write_down(update, incident, by=by, now=now)
    return update


def _move(incident: Incident, update: Update, *, by: Actor, now: datetime) -> None:
    if update.kind in MADE_KINDS:
        return
    incident.first_told_at = incident.first_told_at or now
    incident.likely_resolution, incident.workaround = update.likely_resolution, update.workaround
    incident.article_url = update.article_url
    if incident.liaison_id is None and by.person_id is not None:
        incident.liaison_id = by.person_id
    if update.kind == UpdateKind.FINAL:
        incident.status, incident.resolved_at, incident.resolved_by_name = Status.RESOLVED, now, by.name
        incident.alerts.update(open_key=None)
        for row in incident.affected.filter(until=None):
            row.component_status = ComponentStatus.OPERATIONAL
            stamp(row, by=by, now=now, reason="resolved")
            row.save()
    save(incident, by=by, now=now, reason=f"{update.get_kind_display()} sent")


def _write_down(update: Update, incident: Incident, *, by: Actor, now: datetime) -> None:
    whom = f"{update.contacts_count} contacts at {update.customers_count} customers"
    how = "sent automatically to" if update.is_automatic else "sent to"
    if update.message is None:
        how = "put on the progress pages of"
    text = f"{update.get_kind_display().capitalize()} {how} {whom}: {update.subject}"
    data = {"update": update.pk, "number": update.number}
    entry(Kind.MESSAGE, text, incident=incident, by=by, now=now, data=data)
    audit.record(
        "update.sent",
        by=by,
        now=now,
        on=update,
        incident=incident.reference,
        data={
            "kind": update.kind,
            "automatic": update.is_automatic,
            "number": update.number,
            "contacts": update.contacts_count,
            "customers": update.customers_count,
            "next_update_at": update.next_update_at.isoformat() if update.next_update_at else None,
        },
        is_drill=incident.is_drill,
    )
