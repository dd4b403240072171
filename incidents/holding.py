"""The automatic holding message: when it has to start, and who stands behind it (Step 4).

A deadline of its own, beside that of the promise. A send locks the incident and then closes the promise's deadline;
the keeper holds the deadline that it fires and then locks the incident. Were both deadlines one, the two could wait
for each other. So no send touches this one: it fires, finds the promise settled, and does nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import takewhile

from django.db.models import Max, Q

from crisisdesk.core import deadlines
from customers.models import Message, MessageState
from incidents.cadence import holding_moment, holding_seconds
from incidents.models import Incident, Promise, PromisePolicy, Update

KIND = "holding message"
STEP = "holding"
# Earlier sends to an audience between a quarter and four times as large tell how long this one takes.
SIMILAR = 4
MEASURED = 5
# They stand beside the updates and break no row.
BESIDE = ("correction", "catchup", "postmortem")


def plan(promise: Promise, update: Update, *, now: datetime) -> datetime | None:
    """Plan the holding message of a promise that was just made, and return its moment; None when none is allowed.

    Part of the send's transaction. Whether it may go is judged when it is due: a template can lose its approval.
    """
    kind = promise.incident.incident_type
    if kind is None or not kind.holding_allowed:
        return None
    lead = holding_seconds(update.contacts_count, hand_over_seconds(update.contacts_count), kind.holding_lead_seconds)
    moment = holding_moment(promise.made_at, promise.due_at, lead)
    step = deadlines.Step(STEP, moment)
    deadlines.set_deadline(kind=KIND, key=str(promise.pk), due_at=promise.due_at, steps=[step], now=now)
    return moment


def hand_over_seconds(contacts: int) -> float | None:
    """How long the slowest of the last sends to an audience of that size took, scaled to it; None without any.

    From the decision to the last acceptance among first attempts: a mailbox that makes us wait is not our pace.
    """
    similar = Q(total__gte=contacts / SIMILAR, total__lte=contacts * SIMILAR)
    sent = Message.objects.filter(similar, state=MessageState.FINISHED, is_drill=False, total__gt=0)
    newest = list(sent.order_by("-id").values_list("pk", flat=True)[:MEASURED])
    last = Max("deliveries__sent_at", filter=Q(deliveries__attempts=1))
    rows = Message.objects.filter(pk__in=newest).annotate(last=last).values_list("created_at", "last", "total")
    paces = [(end - start) / timedelta(seconds=1) * contacts / total for start, end, total in rows if end is not None]
    return max(paces, default=None)


def next_minutes(incident: Incident, policy: PromisePolicy | None) -> int:
    """What an automatic message promises: the type's own rhythm, never beyond an hour or the policy's limits."""
    longest = min(60, policy.longest_gap_minutes) if policy else 60
    shortest = min(longest, policy.shortest_gap_minutes) if policy else 1
    wanted = incident.incident_type.next_update_minutes if incident.incident_type else 30
    return max(1, shortest, min(wanted, longest))


def automatic_in_a_row(incident: Incident) -> int:
    """How many automatic messages stand at the end, corrections and catch-ups aside."""
    told = incident.updates.exclude(kind__in=BESIDE).order_by("-number")
    return sum(1 for _ in takewhile(bool, told.values_list("is_automatic", flat=True)[:1000].iterator()))


def ends_with(told: Iterable[Update]) -> int:
    """As `automatic_in_a_row`, of updates that were read already."""
    newest_first = sorted(told, key=lambda update: update.number, reverse=True)
    return sum(
        1 for _ in takewhile(lambda one: one.is_automatic, (one for one in newest_first if one.kind not in BESIDE))
    )
