"""The customer edition: made from the report, edited, approved, sent to exactly those who were alerted (Step 6)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.db import transaction

from crisisdesk.core.access import Act, require
from crisisdesk.core.actors import Actor
from crisisdesk.core.models import User
from crisisdesk.core.refusals import InvalidInput, WrongState
from customers.models import Instance, Region, Service
from incidents import publishing
from incidents.models import Incident
from postmortems.locking import check_version, locked, save, write_down
from postmortems.models import ActionKind, Postmortem, State
from postmortems.sections import ACTIONS, ACTIONS_HEADING, BY_NAME, FOR_CUSTOMERS
from postmortems.slips import Slip, slips

CHOICES = (*FOR_CUSTOMERS, ACTIONS)
SUBJECT_LENGTH = 150


def draft_customer_edition(
    postmortem: Postmortem, *, sections: Sequence[str] = CHOICES, by: Actor, now: datetime
) -> Postmortem:
    """Make the customer edition from the chosen sections of the report, in place of the present text.

    `sections` are names of `CHOICES`. Raises NotAllowed, WrongState (nobody was alerted, sent already), InvalidInput.
    """
    require(by, Act.EDIT_CUSTOMER_EDITION)
    if unknown := [name for name in sections if name not in CHOICES]:
        raise InvalidInput({"sections": f"“{unknown[0]}” is not a section that customers can be given."})
    if not sections:
        raise InvalidInput({"sections": "Choose at least one section to begin with."})
    with transaction.atomic():
        postmortem = locked(postmortem)
        _refuse(postmortem, "write the customer edition")
        postmortem.edition_sections = [name for name in CHOICES if name in sections]
        postmortem.edition_subject = postmortem.edition_subject or subject_for(postmortem.incident)
        postmortem.edition_body = body_from(postmortem, postmortem.edition_sections)
        _edited(postmortem, by)
        save(postmortem, by=by, now=now, reason="customer edition begun")
        write_down("edition_drafted", postmortem, by=by, now=now, data={"sections": postmortem.edition_sections})
    return postmortem


def save_customer_edition(
    postmortem: Postmortem, *, version: int, subject: str, body: str, by: Actor, now: datetime
) -> Postmortem:
    """Save heading and text; an approval ends with it. `version` is the `edition_version` the writer has seen.

    Raises NotAllowed, WrongState, InvalidInput.
    """
    require(by, Act.EDIT_CUSTOMER_EDITION)
    if len(subject.strip()) > SUBJECT_LENGTH:
        raise InvalidInput({"subject": f"The heading is longer than {SUBJECT_LENGTH} characters."})
    with transaction.atomic():
        postmortem = locked(postmortem)
        _refuse(postmortem, "change the customer edition")
        check_version(postmortem, version, postmortem.edition_version, "the customer edition")
        if (subject.strip(), body.strip()) == (postmortem.edition_subject, postmortem.edition_body):
            return postmortem
        was_approved = postmortem.has_approved_edition
        postmortem.edition_subject, postmortem.edition_body = subject.strip(), body.strip()
        _edited(postmortem, by)
        save(postmortem, by=by, now=now, reason="customer edition changed")
        data = {"version": postmortem.edition_version, "approval_ended": was_approved}
        write_down("edition_saved", postmortem, by=by, now=now, data=data)
    return postmortem


def approve_customer_edition(
    postmortem: Postmortem, *, version: int, slips_accepted: bool = False, by: Actor, now: datetime
) -> Postmortem:
    """Operations vouches for what customers will read.

    `slips_accepted`: the words that `findings` lists may stand. Raises NotAllowed, WrongState, InvalidInput.
    """
    require(by, Act.APPROVE_POSTMORTEM)
    with transaction.atomic():
        postmortem = locked(postmortem)
        _refuse(postmortem, "approve the customer edition")
        ref = postmortem.incident.reference
        if postmortem.is_drafting:
            raise WrongState(f"The report on {ref} is being written; approve it before its customer edition.")
        if not postmortem.has_edition:
            raise WrongState(f"{ref} has no customer edition yet; Support or Marketing communications writes it.")
        if postmortem.has_approved_edition:
            raise WrongState(f"{postmortem.edition_approved_by_name} approved this text already.")
        check_version(postmortem, version, postmortem.edition_version, "the customer edition")
        if not postmortem.edition_subject or not postmortem.edition_body:
            raise InvalidInput({"body": "The customer edition needs a heading and a text."})
        flagged = findings(postmortem)
        if flagged and not slips_accepted:
            words = ", ".join(f"“{slip.word}”" for slip in flagged)
            raise InvalidInput(
                {"slips": f"Customers would read {words}. Take them out, or confirm that they may stand."}
            )
        postmortem.edition_approved_at = now
        postmortem.edition_approved_by_id, postmortem.edition_approved_by_name = by.person_id, by.name
        save(postmortem, by=by, now=now, reason="customer edition approved")
        data = {"version": postmortem.edition_version, "flagged": len(flagged)}
        write_down("edition_approved", postmortem, by=by, now=now, data=data)
    return postmortem


def send_customer_edition(postmortem: Postmortem, *, by: Actor, now: datetime) -> Postmortem:
    """Send it as an update of its own kind to exactly those who were ever alerted; it is published with that.

    Pressed twice, it goes out once. Raises NotAllowed, WrongState, InvalidInput.
    """
    require(by, Act.SEND_CUSTOMER_EDITION)
    with transaction.atomic():
        postmortem = locked(postmortem)
        _refuse(postmortem, "send the customer edition")
        incident = postmortem.incident
        if not postmortem.has_approved_edition:
            raise WrongState(
                f"The customer edition of {incident.reference} is not approved; "
                "Operations approves it before it leaves."
            )
        update = publishing.send_postmortem(
            incident,
            subject=postmortem.edition_subject,
            body=postmortem.edition_body,
            by=by,
            now=now,
            key=f"postmortem:{postmortem.pk}:{postmortem.edition_version}",
        )
        postmortem.state, postmortem.published_update = State.PUBLISHED, update
        postmortem.published_at, postmortem.published_by_name = now, by.name
        save(postmortem, by=by, now=now, reason="customer edition sent")
        data = {"update": update.pk, "contacts": update.contacts_count, "version": postmortem.edition_version}
        write_down("edition_sent", postmortem, by=by, now=now, data=data)
    return postmortem


def findings(postmortem: Postmortem) -> list[Slip]:
    """Internal names in the customer edition that somebody should look at again. Three reads."""
    people = [
        name
        for first, last in User.objects.values_list("first_name", "last_name")
        if (name := f"{first} {last}".strip())
    ]
    public = [settings.REPLY_TO, *Region.objects.values_list("slug", flat=True)]
    public += Service.objects.values_list("name", flat=True)
    names = set(
        Instance.objects.filter(service__affectedservice__incident=postmortem.incident_id).values_list(
            "name", flat=True
        )
    )
    text = f"{postmortem.edition_subject}\n{postmortem.edition_body}"
    return slips(text, people=people, code_names=names, public=public)


def subject_for(incident: Incident) -> str:
    """The heading that the edition begins with."""
    return f"What happened on {incident.started_at:%-d %B %Y}: {incident.title}"[:SUBJECT_LENGTH]


def body_from(postmortem: Postmortem, names: Sequence[str]) -> str:
    """Markdown made from sections of the report; empty ones are left out."""
    parts = []
    for name in names:
        text = _actions_text(postmortem) if name == ACTIONS else getattr(postmortem, name).strip()
        if text:
            heading = ACTIONS_HEADING if name == ACTIONS else BY_NAME[name].customer_heading
            parts.append(f"## {heading}\n\n{text}")
    return "\n\n".join(parts)


def _actions_text(postmortem: Postmortem) -> str:
    rows = postmortem.actions.exclude(kind=ActionKind.MITIGATE).order_by("due_on", "id")
    return "\n".join(f"- {row.title} ({'done' if not row.is_open else f'by {row.due_on:%-d %B %Y}'})" for row in rows)


def _edited(postmortem: Postmortem, by: Actor) -> None:
    postmortem.edition_version += 1
    postmortem.edition_edited_by_name = by.name
    postmortem.edition_approved_at = postmortem.edition_approved_by = None
    postmortem.edition_approved_by_name = ""


def _refuse(postmortem: Postmortem, what: str) -> None:
    incident = postmortem.incident
    if incident.first_told_at is None:
        raise WrongState(
            f"No customer was alerted of {incident.reference}, so there is nobody to send an edition to; "
            "Operations publishes the report internally."
        )
    if postmortem.state == State.PUBLISHED:
        raise WrongState(
            f"The customer edition of {incident.reference} was sent by {postmortem.published_by_name}; "
            f"you can no longer {what}."
        )
