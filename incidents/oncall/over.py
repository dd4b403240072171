"""Whether somebody still needs to be told."""

from __future__ import annotations

from incidents.models import AlertState, Notification
from incidents.oncall.bursts import is_unanswered

# Occasions that end when customers are written to.
_UNTIL_WRITTEN = ("write:", "owed:")


def is_over(notification: Notification) -> bool:
    """Acknowledged or settled: no further step is taken, nobody else is told. May read one row for each of some kinds.

    The notification is read with `links.WITH`.
    """
    row = notification
    if row.acknowledged_at is not None:
        return True
    if row.promise is not None:
        return row.promise.closed_at is not None
    if row.alert is not None:
        if row.purpose == Notification.Purpose.PAGE:
            return row.alert.state != AlertState.OPEN and not is_unanswered(row.alert)
        return not row.alert.is_unqualified
    if row.incident is not None:
        if row.incident.resolved_at is not None and row.created_at <= row.incident.resolved_at:
            return True
        if row.key.startswith(_UNTIL_WRITTEN):
            return row.incident.updates.filter(sent_at__gte=row.created_at).exists()
    return False
