"""Write down what people of the vendor must be told; the loop "notifier" sends it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain

from django.urls import reverse

from crisisdesk.core.engine import rings
from crisisdesk.core.models import User
from incidents.knowing import who_know
from incidents.models import Alert, ContactKind, Incident, IncidentRole, Notification, Promise

LOOP = "notifier"


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """An occasion, its words and whom to tell.

    `key` names the occasion: whoever was told of it already is not told again. `link` is a path on the desk;
    `links.ACKNOWLEDGE` stands for the reader's own acknowledge link. `role` is what they are told as; one that
    is not stored lends its name. `channels` are values of `ContactKind` to be used first, in that order; none: the
    person's own order.
    """

    people: Sequence[User]
    key: str
    purpose: Notification.Purpose
    subject: str
    body: str
    link: str = ""
    link_label: str = ""
    alert: Alert | None = None
    incident: Incident | None = None
    promise: Promise | None = None
    role: IncidentRole | None = None
    is_drill: bool = False
    channels: Sequence[str] = ()

    def rows(self, now: datetime) -> list[Notification]:
        """One unsaved row for each person. ValueError for a kind of channel that does not exist.

        Who may not know of a confidential incident is told that one needs them, and by whom to be let in.
        """
        known = who_know(self.incident, self.people) if self.incident else None
        return [row if known is None or row.person_id in known else self._discreet(row) for row in self._rows(now)]

    def _discreet(self, row: Notification) -> Notification:
        named = (
            [person for person in (self.incident.commander, self.incident.liaison) if person] if self.incident else []
        )
        who = " or ".join(map(str, named)) or "Operations"
        urgent = "[ESCALATION] " if row.purpose == Notification.Purpose.ESCALATION else ""
        row.subject = f"{urgent}A confidential incident needs you{f' as {self.role}' if self.role else ''}"[:250]
        row.body = (
            f"Few may know of it, and you are not named yet. Ask {who} to let you in; speak of it with nobody else."
        )
        row.link, row.link_label = reverse("admin:index"), "Open the command centre"
        return row

    def _rows(self, now: datetime) -> list[Notification]:
        channels = [ContactKind(kind).value for kind in self.channels]
        stored = self.role if self.role and self.role.pk else None
        return [
            Notification(
                key=key_of(self.key, person.pk),
                purpose=self.purpose,
                person=person,
                channels=channels,
                role=stored,
                told_as=self.role.name if self.role else "",
                subject=" ".join(self.subject.split())[:250],
                body=self.body,
                link=self.link,
                link_label=self.link_label[:60],
                alert=self.alert,
                incident=self.incident,
                promise=self.promise,
                is_drill=self.is_drill,
                created_at=now,
                next_attempt_at=now,
            )
            for person in dict.fromkeys(self.people)
        ]


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
    role: IncidentRole | None = None,
    is_drill: bool = False,
    channels: Sequence[str] = (),
) -> list[Notification]:
    """One row for each person, inside the caller's transaction; returns those of this call and of earlier ones.

    The arguments are those of `Telling`. Raises ValueError for a channel that does not exist.
    """
    telling = Telling(
        people=tuple(people),
        key=key,
        purpose=purpose,
        subject=subject,
        body=body,
        link=link,
        link_label=link_label,
        alert=alert,
        incident=incident,
        promise=promise,
        role=role,
        is_drill=is_drill,
        channels=channels,
    )
    if not notify_all([telling], now=now):
        return []
    keys = [key_of(key, person.pk) for person in telling.people]
    return list(Notification.objects.filter(key__in=keys).select_related("person").order_by("id"))


def notify_all(tellings: Iterable[Telling], *, now: datetime) -> bool:
    """Write many occasions in one insert, inside the caller's transaction; False when there was nobody to tell."""
    rows = list(chain.from_iterable(telling.rows(now) for telling in tellings))
    if not rows:
        return False
    Notification.objects.bulk_create(rows, ignore_conflicts=True)
    rings.wake(LOOP)
    return True


def key_of(occasion: str, person_id: int) -> str:
    """The key of the row that tells one person of an occasion."""
    return f"{occasion}:{person_id}"


def occasion_of(notification: Notification) -> str:
    """The occasion that a row was made for."""
    return notification.key.rpartition(":")[0]
