"""The newly affected are told what they missed (Step 3).

When the scope widens after the first alert, those who come in have heard nothing. A catch-up brings them the last
message, to them alone, and repeats the promise that stands: it makes none, keeps none and moves none.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from crisisdesk.core.access import Act, require
from crisisdesk.core.actors import Actor
from crisisdesk.core.refusals import WrongState
from incidents.issuing import publish, sent_before
from incidents.lifecycle import refuse_kind
from incidents.locking import locked, position_of
from incidents.models import PROMISING_KINDS, Incident, Promise, Update, UpdateKind


def catch_up(incident: Incident, *, by: Actor, now: datetime, key: str) -> Update:
    """Send the last update to the affected who were told nothing yet, and return the catch-up.

    `key` is the idempotency key of this press: the same key again returns the same update. Raises NotAllowed;
    WrongState when the incident is resolved, nothing was sent yet, or the promised update is overdue (that one reaches
    them as well); InvalidInput when nobody is newly affected.
    """
    require(by, Act.SEND_UPDATE)
    with transaction.atomic():
        incident = locked(incident)
        if sent := sent_before(incident, key):
            return sent
        if refusal := refuse_kind(position_of(incident), UpdateKind.CATCH_UP):
            raise WrongState(refusal)
        return publish(repeated(incident, now=now, key=key), incident, by=by, now=now)


def repeated(incident: Incident, *, now: datetime, key: str = "") -> Update:
    """The catch-up as it would go now, not saved. Raises WrongState."""
    promise = Promise.objects.open().filter(incident=incident).first()
    last = incident.updates.filter(kind__in=PROMISING_KINDS).select_related("template").order_by("-number").first()
    if last is None or promise is None:
        raise WrongState(f"{incident.reference}: no update stands that could be repeated; write one instead.")
    if last.corrections.exists():
        raise WrongState(
            f"{incident.reference}: the last update was corrected, so it can't be repeated to others. Send a new one; "
            "it goes to the newly affected as well."
        )
    if promise.is_due(now):
        raise WrongState(
            f"{incident.reference}: the update promised for {promise.due_at:%H:%M} UTC is overdue. Send it now; "
            "it goes to the newly affected as well."
        )
    return Update(
        incident=incident,
        kind=UpdateKind.CATCH_UP,
        status=incident.status,
        subject=last.subject,
        body=last.body,
        translations=last.translations,
        likely_resolution=last.likely_resolution,
        workaround=last.workaround,
        article_url=last.article_url,
        is_maintenance=last.is_maintenance,
        next_update_at=promise.due_at,
        template=last.template,
        key=key,
    )
