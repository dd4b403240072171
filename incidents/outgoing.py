"""How a message leaves: to whom, by which channels, in which order, and the queue it waits in."""

from __future__ import annotations

from datetime import datetime

from django.db.models import QuerySet

from crisisdesk.core.actors import Actor
from crisisdesk.core.refusals import InvalidInput
from customers.delivery.compose import queue_message
from customers.delivery.ledger import nobody_was_at
from customers.delivery.rendered import ReaderClass, Rendered
from customers.models import Channel, Contact, Message
from incidents.letters import letter_of
from incidents.models import Incident, Severity, Update, UpdateKind
from incidents.recipients import recipients
from incidents.render import render_letter
from incidents.scope import audience_of

LINK_PURPOSE = "progress"
# The lower, the earlier: the first alert of a new incident overtakes a long update or a post-mortem mailing.
PRIORITIES = {
    UpdateKind.INITIAL: 10,
    UpdateKind.CATCH_UP: 10,
    UpdateKind.FINAL: 20,
    UpdateKind.CORRECTION: 20,
    UpdateKind.POSTMORTEM: 90,
}
PRIORITY = 30
# Of an incident without a type.
SMS_SEVERITIES = frozenset({Severity.SEV1, Severity.SEV2})


def queue(
    update: Update, incident: Incident, audience: list[QuerySet[Contact]] | None, *, by: Actor, now: datetime
) -> Message:
    """Render an update for each class of reader and put it in the queue: rows only.

    `audience` takes the place of the `recipients` of its kind. Raises InvalidInput when nobody would hear of it.
    """
    letter = letter_of(update, incident, sent_at=now)

    def render(reader: ReaderClass) -> Rendered:
        return render_letter(letter, incident, reader)

    message = queue_message(
        thread_key=incident.reference,
        kind=update.kind,
        priority=PRIORITIES.get(UpdateKind(update.kind), PRIORITY),
        is_drill=incident.is_drill,
        recipients=audience or recipients(incident, update.kind),
        render=render,
        link_purpose=LINK_PURPOSE,
        by=by,
        now=now,
        channels=channels_for(incident, update.kind),
        nobody_at=_nobody_at(incident, update),
    )
    if message.total == 0:
        raise InvalidInput(
            f"Nobody would hear of it: no contact that can be written to is affected by {incident.reference}. "
            "Check its services, or add contacts with a reason."
        )
    return message


def _nobody_at(incident: Incident, update: Update) -> list[int]:
    """Affected customers, now or when an earlier message went out, who have nobody to write to: people phone them."""
    if incident.is_drill or update.kind == UpdateKind.POSTMORTEM:
        return []
    return list(audience_of(incident).unreachable(also=nobody_was_at(incident.reference)).values_list("pk", flat=True))


def channels_for(incident: Incident, kind: str) -> tuple[Channel, ...]:
    """E-mail always; SMS from the severity that its type names, and never for a report. Consent is asked later."""
    of = incident.incident_type
    is_grave = of.sends_sms_at(incident.severity) if of else incident.severity in SMS_SEVERITIES
    by_sms = is_grave and kind != UpdateKind.POSTMORTEM
    return (Channel.EMAIL, Channel.SMS) if by_sms else (Channel.EMAIL,)
