"""Did we keep you well informed? One answer of each contact about each incident (Step 5)."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext

from crisisdesk.core import audit
from crisisdesk.core.actors import Actor
from crisisdesk.core.history import stamp
from crisisdesk.core.refusals import InvalidInput, WrongState
from customers.models import Contact
from incidents.models import Answer, Incident, Informed

LONGEST = 2_000


def answer(contact: Contact, incident: Incident, informed: str, comment: str = "", *, now: datetime) -> Answer:
    """Record what the holder of the signed link says; a later answer takes the place of the earlier one.

    The caller has read the link and knows that the contact was told of the incident. Raises InvalidInput, and
    WrongState for a drill, of which no customer is asked.
    """
    if informed not in Informed.values:
        raise InvalidInput({"informed": gettext("Choose one of the three answers.")})
    # A NUL is no text: a database may refuse it.
    comment = comment.replace("\0", "").strip()
    if len(comment) > LONGEST:
        text = gettext("The comment is longer than %(most)d characters. Shorten it and send it again.")
        raise InvalidInput({"comment": text % {"most": LONGEST}})
    if incident.is_drill:
        raise WrongState(f"{incident.reference} is a drill; no customer is asked about it.")
    by = Actor("token", f"contact {contact.pk}", contact.pk)
    with transaction.atomic():
        # The lock on the contact makes two presses at once one after the other.
        Contact.objects.select_for_update(of=("self",)).get(pk=contact.pk)
        row = Answer.objects.filter(incident=incident, contact=contact).first()
        if row is not None and (row.informed, row.comment) == (informed, comment):
            return row
        before = row.informed if row else None
        row = row or Answer(incident=incident, contact=contact, first_at=now)
        row.informed, row.comment, row.at = informed, comment, now
        stamp(row, by=by, now=now, reason="changed behind the link" if before else "given behind the link")
        row.save()
        data = {"informed": informed, "before": before, "has_comment": bool(comment)}
        audit.record("answer.given", by=by, now=now, on=row, incident=incident.reference, data=data)
    return row
