"""Write down what people of the vendor must be told; the loop "notifier" sends it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from crisisdesk.core.engine import rings
from crisisdesk.core.models import User
from incidents.models import Alert, ContactKind, Incident, Notification, Promise

LOOP = "notifier"


def notify(
    people: Iterable[User],
    *,
    key: str,
    purpose: Notification.Purpose,
    subject: str,
    body: str,
    link: str = "",
    link_label: str = "",
    now: datetime,
    alert: Alert | None = None,
    incident: Incident | None = None,
    promise: Promise | None = None,
    role: str = "",
    is_drill: bool = False,
    channels: Sequence[str] = (),
) -> list[Notification]:
    """One row for each person, inside the caller's transaction; returns those of this call and of earlier ones.

    `key` names the occasion: whoever was told of it already is not told again. `link` is a path on the desk;
    `links.ACKNOWLEDGE` stands for the reader's own acknowledge link. `role` is the name of the role they are told as.
    `channels` are values of `ContactKind` to be used first, in that order; none: the person's own order. Raises
    ValueError for a kind that does not exist.
    """
    first = [ContactKind(kind).value for kind in channels]
    told = {key_of(key, person.pk): person for person in people}
    rows = [
        Notification(
            key=row_key,
            purpose=purpose,
            person=person,
            channels=first,
            role=role[:80],
            subject=" ".join(subject.split())[:250],
            body=body,
            link=link,
            link_label=link_label[:60],
            alert=alert,
            incident=incident,
            promise=promise,
            is_drill=is_drill,
            created_at=now,
            next_attempt_at=now,
        )
        for row_key, person in told.items()
    ]
    if not rows:
        return []
    Notification.objects.bulk_create(rows, ignore_conflicts=True)
    rings.wake(LOOP)
    return list(Notification.objects.filter(key__in=told).select_related("person").order_by("id"))


def key_of(occasion: str, person_id: int) -> str:
    """The key of the row that tells one person of an occasion."""
    return f"{occasion}:{person_id}"


def occasion_of(notification: Notification) -> str:
    """The occasion that a row was made for."""
    return notification.key.rpartition(":")[0]
