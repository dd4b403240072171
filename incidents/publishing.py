"""Sending a message to customers by hand: what may go out now, and with which promise (Steps 3 to 6)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from crisisdesk.core.access import Act, require
from crisisdesk.core.actors import Actor
from crisisdesk.core.refusals import InvalidInput, WrongState
from customers.delivery.ledger import went_to
from incidents import emergencies, promises
from incidents.cadence import Gaps, refuse_gap
from incidents.correcting import owed_to
from incidents.drafts import open_draft
from incidents.issuing import publish, put_on_pages, sent_before
from incidents.letters import time_of, words_of
from incidents.lifecycle import refuse_kind, refuse_writing
from incidents.lint import findings
from incidents.locking import locked, position_of
from incidents.models import PROMISING_KINDS, Draft, Incident, Status, Update, UpdateKind


def send_update(
    incident: Incident,
    *,
    draft_version: int,
    by: Actor,
    now: datetime,
    key: str,
    short_gap_confirmed: bool = False,
) -> Update:
    """Send the open draft to whom it concerns and return the update.

    `key` is the idempotency key of this press of the button: the same key again returns the same update.
    `draft_version` is the version the sender has seen. `short_gap_confirmed` answers "are you sure?" for a next update
    sooner than the policy's shortest gap. Raises NotAllowed, WrongState (stale or sent draft, status, green light,
    template not approved) and InvalidInput (text, next update, nobody to tell).
    """
    require(by, Act.SEND_UPDATE)
    with transaction.atomic():
        incident = locked(incident)
        if sent := sent_before(incident, key):
            return sent
        draft = _draft_to_send(incident, draft_version)
        next_update_at = _check(incident, draft, now, short_confirmed=short_gap_confirmed)
        update = Update(
            incident=incident,
            kind=draft.kind,
            corrects=draft.corrects,
            was_wrong=draft.was_wrong.strip(),
            article_url=draft.article_url.strip(),
            is_maintenance=draft.is_maintenance,
            status=_status_after(incident, draft),
            subject=draft.subject.strip(),
            body=draft.body.strip(),
            translations={code: draft.translations[code] for code in draft.languages() if code != draft.language},
            likely_resolution=draft.likely_resolution.strip(),
            workaround=draft.workaround.strip(),
            next_update_at=next_update_at,
            template=draft.template,
            key=key,
        )
        Draft.objects.filter(pk=draft.pk).update(closed_at=now)
        publish(update, incident, by=by, now=now, audience=owed_to(update.corrects) or None)
        if draft.template is not None and not draft.template.is_approved:
            emergencies.report(update, draft.template, draft.emergency_reason, by=by, now=now)
        return update


def _draft_to_send(incident: Incident, version: int) -> Draft:
    draft = open_draft(incident)
    if draft is None:
        last = incident.updates.order_by("-number").first()
        if last is None:
            raise WrongState(f"{incident.reference} has no draft to send; write one first.")
        raise WrongState(
            f"Nothing was sent: {last.sent_by_name} sent this message at {last.sent_at:%H:%M:%S} UTC already."
        )
    if draft.version != version:
        raise WrongState(
            f"Nothing was sent: {draft.saved_by_name} changed the draft since you opened it. "
            "Look at it again, then send."
        )
    return draft


def _check(incident: Incident, draft: Draft, now: datetime, *, short_confirmed: bool) -> datetime | None:
    """Raise the first refusal; else return the time to promise, None for kinds that make no promise."""
    if refusal := refuse_writing(position_of(incident), draft.kind):
        raise WrongState(refusal)
    if draft.template is not None and not draft.template.is_approved and not draft.emergency_reason:
        raise WrongState(
            f"The template “{draft.template}” is not approved (it was edited since). Ask Marketing communications to "
            "approve it, start from another one, or say why it can't wait."
        )
    errors = [finding.text for finding in findings(words_of(draft, incident)) if finding.level == "error"]
    if errors:
        raise InvalidInput(" ".join(errors))
    if draft.kind == UpdateKind.CORRECTION and draft.corrects is None:
        raise WrongState(f"{incident.reference}: no message went out by mail, so there is none to correct.")
    if draft.kind not in PROMISING_KINDS:
        return time_of(draft, incident, now)
    next_update_at = draft.next_update_from(now)
    policy = promises.policy_of(incident)
    gaps = Gaps(policy.longest_gap_minutes, policy.shortest_gap_minutes) if policy else Gaps()
    refusal = refuse_gap(
        now, next_update_at, gaps, long_path=bool(incident.long_path_reason), short_confirmed=short_confirmed
    )
    if refusal:
        raise InvalidInput({"next_update": refusal})
    return next_update_at


def _status_after(incident: Incident, draft: Draft) -> str:
    if draft.kind == UpdateKind.FINAL:
        return Status.RESOLVED
    return incident.status if draft.status == Status.RESOLVED else draft.status


def send_postmortem(
    incident: Incident,
    *,
    subject: str,
    body: str,
    by: Actor,
    now: datetime,
    key: str,
    by_mail: bool = True,
    like: Sequence[Update] = (),
) -> Update:
    """Send the customer edition of a post-mortem to exactly those who were alerted (Step 6).

    Without `by_mail` it is put on their progress pages only. With `like` it goes to exactly those whom one of these
    earlier accounts went to. It makes no promise and leaves the status alone. The same key again returns the same
    update. Raises NotAllowed, WrongState, InvalidInput.
    """
    require(by, Act.SEND_CUSTOMER_EDITION)
    with transaction.atomic():
        incident = locked(incident)
        if sent := sent_before(incident, key):
            return sent
        if refusal := refuse_kind(position_of(incident), UpdateKind.POSTMORTEM):
            raise WrongState(refusal)
        if not subject.strip() or not body.strip():
            raise InvalidInput({"body": "The customer edition needs a heading and a text."})
        update = Update(
            incident=incident,
            kind=UpdateKind.POSTMORTEM,
            status=incident.status,
            subject=subject.strip(),
            body=body.strip(),
            key=key,
        )
        if not by_mail:
            return put_on_pages(update, incident, by=by, now=now)
        audience = [went_to(update.message) for update in like if update.message is not None] or None
        return publish(update, incident, by=by, now=now, audience=audience)
