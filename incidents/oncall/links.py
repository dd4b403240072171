"""The link in a page: it says who answers which alert. It is made when the mail is, and stored nowhere."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from crisisdesk.core.models import User
from crisisdesk.core.signed import BadToken, make_token, read_token
from incidents.models import Alert

# Stands in a notification for the reader's own link.
ACKNOWLEDGE = "/ack/"
PURPOSE = "acknowledge"
LIFETIME = timedelta(hours=48)


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
