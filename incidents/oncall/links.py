"""The links in what staff are told: who answers what. They are made when the message is, and stored nowhere."""

from __future__ import annotations

import base64
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.urls import reverse
from django.utils.crypto import salted_hmac

from crisisdesk.core.models import User
from crisisdesk.core.numbers import whole_number
from crisisdesk.core.signed import BadToken, make_token, read_token
from incidents.models import Alert, Notification

# Stands in a notification for the reader's own link.
ACKNOWLEDGE = "/ack/"
PURPOSE = "acknowledge"
LIFETIME = timedelta(hours=48)
# What a notification is read with, so that its words and its end can be told without further queries.
WITH = ("person", "role", "alert__source", "alert__incident__incident_type", "incident__incident_type", "promise")


@dataclass(frozen=True, slots=True)
class AcknowledgeLink:
    """Who answers what."""

    person: User
    alert: Alert


def acknowledge_path(person: User, alert: Alert, *, expires_at: datetime) -> str:
    """The path of the page on which this person acknowledges this alert, until `expires_at`."""
    return f"{ACKNOWLEDGE}{make_token(PURPOSE, [person.pk, alert.pk], expires_at=expires_at)}/"


def read_link(token: str, *, now: datetime) -> AcknowledgeLink:
    """Who and what a token names; raises BadToken, also when the person has left."""
    person_id, alert_id = read_token(token, PURPOSE, now=now)
    person = User.objects.filter(pk=person_id, is_active=True).first()
    alert = Alert.objects.filter(pk=alert_id).select_related("source", "incident").first()
    if person is None or alert is None:
        raise BadToken
    return AcknowledgeLink(person, alert)


def link_of(notification: Notification) -> str:
    """Where the button of a notification leads: the reader's own page to acknowledge, or a page of the desk."""
    path = notification.link
    if path == ACKNOWLEDGE and notification.alert:
        ends = notification.created_at + LIFETIME
        path = acknowledge_path(notification.person, notification.alert, expires_at=ends)
    return f"{settings.BASE_URL}{path}" if path.startswith("/") else path


def short_link(notification: Notification) -> str:
    """A link of few characters, for texts: the reader's own page about this notification, where it is answered."""
    return f"{settings.BASE_URL}{reverse('told', args=[short_token(notification)])}"


def short_token(notification: Notification) -> str:
    """The number of the notification and 128 bits of signature; its purpose, person and end follow from the row."""
    return f"{notification.pk}.{_signature(notification, settings.LINK_KEYS[0])}"


def read_short(token: str, *, now: datetime) -> Notification:
    """The notification that a short link names; raises BadToken, also after its time or when its person has left."""
    number, _, given = token[:60].partition(".")
    pk = whole_number(number)
    row = Notification.objects.filter(pk=pk, person__is_active=True).select_related(*WITH).first() if pk else None
    if row is None or now >= row.created_at + LIFETIME:
        raise BadToken
    if not any(hmac.compare_digest(_signature(row, key).encode(), given.encode()) for key in settings.LINK_KEYS):
        raise BadToken
    return row


def _signature(row: Notification, key: str) -> str:
    facts = f"{row.pk}|{row.person_id}|{row.created_at.timestamp():.6f}"
    made = salted_hmac("crisisdesk.link.told", facts, secret=key, algorithm="sha256").digest()[:16]
    return base64.urlsafe_b64encode(made).decode().rstrip("=")
