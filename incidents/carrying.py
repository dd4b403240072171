"""What customers were told goes over from one incident to another: who was told, what was said last, the promise.

Rows only, inside the transaction of the merge or the split; nobody is written to.
"""

from __future__ import annotations

from datetime import datetime

from django.db import connection
from django.db.models import Count, QuerySet

from crisisdesk.core.actors import Actor
from crisisdesk.core.history import stamp
from customers.models import Contact
from incidents import promises
from incidents.models import PROMISING_KINDS, CarriedOver, Incident, Promise, Update, UpdateKind
from incidents.models.said import TRANSLATED

# The beginning of the keys of updates that stand for what was said in another incident.
CARRIED = "carried:"
_INSERT = """
INSERT INTO incidents_carriedover (incident_id, contact_id, came_from_id, is_gone, reason, at)
SELECT %s, r.id, %s, %s, COALESCE(r.reason, ''), %s FROM ({contacts}) r WHERE NOT EXISTS (
  SELECT 1 FROM incidents_carriedover c WHERE c.incident_id = %s AND c.contact_id = r.id)
"""


def carry(contacts: QuerySet[Contact], *, from_: Incident, into: Incident, is_gone: bool, now: datetime) -> None:
    """Write down that these contacts, annotated `reason`, count as told under `into`; in one statement.

    `is_gone`: they hear no more of `from_`. Whoever was carried over into it before stays as they are.
    """
    columns = ("id", "reason")
    rows: QuerySet[Contact, tuple[int, str]] = contacts.order_by().values_list(*columns)
    if rows.query.is_empty():
        return
    sql, params = rows.query.sql_with_params()
    moment = connection.ops.adapt_datetimefield_value(now)
    before = [into.pk, from_.pk, is_gone, moment]
    with connection.cursor() as cursor:
        cursor.execute(_INSERT.format(contacts=sql), [*before, *params, into.pk])


def say_again(words: Incident, *, into: Incident, due_at: datetime, by: Actor, now: datetime) -> Update | None:
    """Let what was said last in `words` stand in `into`, with a promise for `due_at`; None where nothing was said.

    No mail leaves: the readers have it already. The open promise of `into`, if any, has been released.
    """
    last = words.updates.filter(kind__in=PROMISING_KINDS).select_related("template").order_by("-number").first()
    if last is None:
        return None
    carried = CarriedOver.objects.filter(incident=into).exclude(came_from=into)
    counts = carried.aggregate(contacts=Count("pk"), customers=Count("contact__customer", distinct=True))
    update = Update(
        incident=into,
        number=into.updates.count() + 1,
        kind=UpdateKind.PROGRESS,
        status=into.status,
        **{name: getattr(last, name) for name in (*TRANSLATED, "template", "translations", "is_maintenance")},
        next_update_at=due_at,
        contacts_count=counts["contacts"],
        customers_count=counts["customers"],
        sent_at=now,
        sent_by_id=last.sent_by_id,
        sent_by_name=last.sent_by_name,
        key=f"{CARRIED}{last.pk}:{into.pk}:{into.version}",
    )
    stamp(update, by=by, now=now)
    update.save()
    promises.make(update, now=now)
    return update


def open_promise(incident: Incident) -> Promise | None:
    """The promise that stands, if one does."""
    return Promise.objects.open().filter(incident=incident).first()
