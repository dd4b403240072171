"""The customer edition: made from the report, edited, approved (Step 6). `publication` sends it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from django.db import transaction

from crisisdesk.core.access import Act, require
from crisisdesk.core.actors import Actor
from crisisdesk.core.refusals import InvalidInput, WrongState
from incidents.models import Incident
from postmortems.locking import check_version, locked, refuse_covered, save, write_down
from postmortems.looking import findings
from postmortems.models import ActionKind, Postmortem
from postmortems.sections import ACTIONS, ACTIONS_HEADING, BY_NAME, FOR_CUSTOMERS

CHOICES = (*FOR_CUSTOMERS, ACTIONS)
SUBJECT_LENGTH = 150


def draft_customer_edition(
    postmortem: Postmortem,
    *,
    sections: Sequence[str] = CHOICES,
    version: int | None = None,
    by: Actor,
    now: datetime,
) -> Postmortem:
    """Make the customer edition from the chosen sections of the report, in place of the present text.

    `sections` are names of `CHOICES`; `version` is the `edition_version` on the page, so that nobody's words go unseen.
    Raises NotAllowed, WrongState (nobody was alerted, sent already, written by somebody since), InvalidInput.
    """
    require(by, Act.EDIT_CUSTOMER_EDITION)
    if unknown := [name for name in sections if name not in CHOICES]:
        raise InvalidInput({"sections": f"“{unknown[0]}” is not a section that customers can be given."})
    if not sections:
        raise InvalidInput({"sections": "Choose at least one section to begin with."})
    with transaction.atomic():
        postmortem = locked(postmortem)
        refuse(postmortem, "write the customer edition")
        if version is not None:
            check_version(postmortem, version, postmortem.edition_version, "the customer edition")
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
        refuse(postmortem, "change the customer edition")
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
    postmortem: Postmortem, *, version: int, accepted: Collection[str] = (), by: Actor, now: datetime
) -> Postmortem:
    """Operations vouches for what customers will read.

    `accepted`: those of the words in `findings` that may stand, each looked at. Raises NotAllowed, WrongState,
    InvalidInput.
    """
    require(by, Act.APPROVE_POSTMORTEM)
    with transaction.atomic():
        postmortem = locked(postmortem)
        refuse(postmortem, "approve the customer edition")
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
        flagged = [slip.word for slip in findings(postmortem)]
        if open_words := [word for word in flagged if word not in accepted]:
            words = ", ".join(f"“{word}”" for word in open_words)
            raise InvalidInput(
                {"slips": f"Customers would read {words}. Take them out, or confirm each one that may stand."}
            )
        postmortem.edition_approved_at = now
        postmortem.edition_approved_by_id, postmortem.edition_approved_by_name = by.person_id, by.name
        save(postmortem, by=by, now=now, reason="customer edition approved")
        data = {"version": postmortem.edition_version, "flagged": len(flagged), "accepted": flagged}
        write_down("edition_approved", postmortem, by=by, now=now, data=data)
    return postmortem


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
    promised = (row for row in postmortem.actions.all() if row.kind != ActionKind.MITIGATE)
    rows = sorted(promised, key=lambda row: (row.due_on, row.pk))
    return "\n".join(f"- {row.title} ({'done' if not row.is_open else f'by {row.due_on:%-d %B %Y}'})" for row in rows)


def _edited(postmortem: Postmortem, by: Actor) -> None:
    postmortem.edition_version += 1
    postmortem.edition_edited_by_name = by.name
    postmortem.edition_approved_at = postmortem.edition_approved_by = None
    postmortem.edition_approved_by_name = ""


def refuse(postmortem: Postmortem, what: str) -> None:
    """Raise WrongState when nobody was alerted, or when the edition is published and no correction was begun."""
    refuse_covered(postmortem)
    incident = postmortem.incident
    if incident.first_told_at is None:
        raise WrongState(
            f"No customer was alerted of {incident.reference}, so there is nobody to send an edition to; "
            "Operations publishes the report internally."
        )
    if not postmortem.edition_is_open:
        raise WrongState(
            f"The customer edition of {incident.reference} was published by {postmortem.published_by_name}; "
            f"begin a correction before you {what}."
        )
