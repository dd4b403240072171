"""Whether anything that a page shows has changed since it was last built: one read, whatever the page costs.

The version of a page is made from what grows with every change: the audit trail, the timeline, the draft, alerts,
notifications, outcomes of deliveries. It changes each minute as well, so that what follows from the clock alone, or
from an edit elsewhere (a customer, a shift), is a minute old at most.
"""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any

from django.db.models import (
    CharField,
    Count,
    Max,
    Model,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
)
from django.db.models.functions import Cast, Concat
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified

from crisisdesk.core import clock, health
from crisisdesk.core.actors import Actor
from crisisdesk.core.models import AuditEntry
from customers.models import CallRecord, Delivery, DeliveryEvent, DeliveryState, SendingTrouble
from incidents.models import Alert, Draft, Incident, Notification, NotificationState, TimelineEntry, Update

STALE_AFTER = timedelta(minutes=1)
_DONE = Count("pk", filter=Q(state__in=[NotificationState.SENT, NotificationState.FAILED]))


def room_version(pk: int, by: Actor, *more: object) -> str:
    """The version of an incident's room as this person sees it; empty when there is no such incident."""
    mine: dict[str, Any] = {"incident": OuterRef("pk")}
    by_alert: dict[str, Any] = {"alert__incident": OuterRef("pk")}
    alerts, draft = Alert.objects.filter(**mine), Draft.objects.filter(closed_at=None, **mine)
    told, paged = Notification.objects.filter(**mine), Notification.objects.filter(**by_alert)
    audit = AuditEntry.objects.filter(incident=Concat(Value("INC-"), Cast(OuterRef("pk"), CharField())))
    facts = {
        "audited": _one(audit, Max("pk")),
        "written": _one(TimelineEntry.objects.filter(**mine), Max("pk")),
        "of_alerts": _one(TimelineEntry.objects.filter(**by_alert), Max("pk")),
        "draft_id": _one(draft, Max("pk")),
        "draft_version": _one(draft, Max("version")),
        "seen": _one(alerts, Sum("times_seen")),
        "told": _one(told, Max("pk")),
        "told_well": _one(told, _DONE),
        "paged": _one(paged, Max("pk")),
        "paged_well": _one(paged, _DONE),
        "delivered": _newest(DeliveryEvent),
    }
    return _version(Incident.objects.filter(pk=pk).annotate(**facts).values("version", *facts), by, *more)


def deliveries_version(pk: int, by: Actor, *more: object) -> str:
    """The version of the page of a sent update's deliveries; empty when there is no such update."""
    mine = Delivery.objects.filter(message=OuterRef("message"))
    incident = {"message__thread_key": OuterRef("message__thread_key")}
    facts = {
        # What the sender has in hand, or puts off because its way is down, leaves no event.
        "claimed": _one(mine.filter(state=DeliveryState.SENDING), Count("pk")),
        "put_off": _one(mine.filter(state=DeliveryState.DEFERRED), Count("pk")),
        "delivered": _newest(DeliveryEvent),
        "called": _one(CallRecord.objects.filter(**incident), Max("pk")),
    }
    rows = Update.objects.filter(pk=pk, message__isnull=False).annotate(**facts)
    return _version(rows.values("message__state_at", "message__state", *facts), by, *more)


def centre_version(by: Actor) -> str:
    """The version of the command centre as this person sees it."""
    drafts = Draft.objects.filter(closed_at=None)
    facts = {
        "written": _newest(TimelineEntry),
        "alert": _newest(Alert),
        "waiting": _one(Alert.objects.unqualified(), Count("pk")),
        "drafts": _one(drafts, Sum("version")),
        "draft_id": _one(drafts, Max("pk")),
        "told": _newest(Notification),
        "troubles": _one(SendingTrouble.objects.filter(closed_at=None), Count("pk")),
    }
    return _version(AuditEntry.objects.annotate(**facts).order_by("-pk").values("pk", *facts), by)


def unchanged(request: HttpRequest, version: str) -> HttpResponse | None:
    """304 when the browser holds this version already, else None. An empty version is never unchanged."""
    if not version or request.headers.get("If-None-Match") != version:
        return None
    return stamped(HttpResponseNotModified(), version)


def stamped(response: HttpResponse, version: str) -> HttpResponse:
    """The answer with the version by which the next refresh asks."""
    if version:
        response["ETag"] = version
    return response


def _version(rows: QuerySet[Any, dict[str, Any]], by: Actor, *more: object) -> str:
    """Of the one row: with the minute, the person and the health of the desk."""
    row = rows.first()
    if row is None:
        return ""
    now = clock.now()
    loops = [(loop.name, loop.state) for loop in health.check().loops]
    minute = now.timestamp() // STALE_AFTER.total_seconds()
    text = repr((sorted(row.items()), minute, by.person_id, sorted(by.groups), loops, more))
    return f'"{hashlib.sha256(text.encode()).hexdigest()[:32]}"'


def _newest(model: type[Model]) -> Subquery:
    """The newest row of all, by the end of its index."""
    return Subquery(model._default_manager.order_by("-pk").values("pk")[:1])


def _one(rows: QuerySet[Any], value: Any) -> Subquery:
    """One figure about many rows."""
    return Subquery(rows.order_by().annotate(every=Value(1)).values("every").annotate(figure=value).values("figure"))
