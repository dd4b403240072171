"""Sending a message to customers: one transaction that decides, freezes, promises and queues (Steps 3 to 6)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from crisisdesk.core import audit
from crisisdesk.core.access import Act, require
from crisisdesk.core.actors import Actor
from crisisdesk.core.history import stamp
from crisisdesk.core.refusals import InvalidInput, WrongState
from customers.delivery.compose import queue_message
from customers.delivery.ledger import nobody_was_at, went_to
from customers.delivery.rendered import ReaderClass, Rendered
from customers.models import Channel, Contact, Message
from incidents import emergencies, owed, promises
from incidents.cadence import Gaps, refuse_gap
from incidents.correcting import owed_to
from incidents.drafts import open_draft
from incidents.letters import letter_of, time_of, words_of
from incidents.lifecycle import refuse_kind, refuse_writing
from incidents.lint import findings
from incidents.locking import locked, position_of, save
from incidents.models import (
    MADE_KINDS,
    PROMISING_KINDS,
    ComponentStatus,
    Draft,
    Incident,
    Severity,
    Status,
    Update,
    UpdateKind,
)
from incidents.recipients import recipient_counts, recipients
from incidents.render import render_letter
from incidents.scope import audience_of
from incidents.timeline import Kind, entry

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
# They say something beside the updates: no promise is kept or made by them.
STANDING_ASIDE = MADE_KINDS | {UpdateKind.CORRECTION}
# Of an incident without a type.
SMS_SEVERITIES = frozenset({Severity.SEV1, Severity.SEV2})


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
            return _put_on_pages(update, incident, by=by, now=now)
        audience = [went_to(update.message) for update in like if update.message is not None] or None
        return publish(update, incident, by=by, now=now, audience=audience)


def _put_on_pages(update: Update, incident: Incident, *, by: Actor, now: datetime) -> Update:
    """Write an update that no mail carries: everybody who was told of the incident finds it on their page."""
    update.number = incident.updates.count() + 1
    update.sent_at, update.sent_by_id, update.sent_by_name = now, by.person_id, by.name
    counts = recipient_counts(incident, update.kind)
    update.contacts_count, update.customers_count = counts.contacts, counts.customers
    stamp(update, by=by, now=now)
    update.save()
    _write_down(update, incident, by=by, now=now)
    return update


def sent_before(incident: Incident, key: str) -> Update | None:
    """The update that this idempotency key sent; None when it has sent none. Raises InvalidInput for a bad key."""
    if not 0 < len(key) <= 255:
        raise InvalidInput("The request carries no idempotency key of 1 to 255 characters; reload the page.")
    sent = Update.objects.filter(key=key).select_related("incident").first()
    if sent is not None and sent.incident_id != incident.pk:
        raise InvalidInput("This idempotency key belongs to another incident; reload the page.")
    return sent


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


def publish(
    update: Update,
    incident: Incident,
    *,
    by: Actor,
    now: datetime,
    audience: list[QuerySet[Contact]] | None = None,
) -> Update:
    """Write an update with its message, settle and make promises, move the incident: all or nothing.

    Rows only. The caller has locked the incident and checked that the update may go. `audience` takes the place of
    the `recipients` of its kind.
    """
    update.number = incident.updates.count() + 1
    update.sent_at, update.sent_by_id, update.sent_by_name = now, by.person_id, by.name
    update.message = _queue(update, incident, audience, by=by, now=now)
    update.contacts_count = update.message.total
    update.customers_count = update.message.deliveries.values("contact__customer_id").distinct().count()
    stamp(update, by=by, now=now)
    update.save()
    if update.kind not in STANDING_ASIDE:
        promises.settle(incident, update, now=now)
        owed.settle(incident, now=now)
    if update.kind in PROMISING_KINDS:
        promises.make(update, now=now)
    _move(incident, update, by=by, now=now)
    _write_down(update, incident, by=by, now=now)
    return update


def _queue(
    update: Update, incident: Incident, audience: list[QuerySet[Contact]] | None, *, by: Actor, now: datetime
) -> Message:
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


def _move(incident: Incident, update: Update, *, by: Actor, now: datetime) -> None:
    if update.kind in MADE_KINDS:
        return
    incident.first_told_at = incident.first_told_at or now
    incident.likely_resolution, incident.workaround = update.likely_resolution, update.workaround
    incident.article_url = update.article_url
    if incident.liaison_id is None and by.person_id is not None:
        incident.liaison_id = by.person_id
    if update.kind == UpdateKind.FINAL:
        incident.status, incident.resolved_at, incident.resolved_by_name = Status.RESOLVED, now, by.name
        incident.alerts.update(open_key=None)
        for row in incident.affected.filter(until=None):
            row.component_status = ComponentStatus.OPERATIONAL
            stamp(row, by=by, now=now, reason="resolved")
            row.save()
    save(incident, by=by, now=now, reason=f"{update.get_kind_display()} sent")


def _write_down(update: Update, incident: Incident, *, by: Actor, now: datetime) -> None:
    whom = f"{update.contacts_count} contacts at {update.customers_count} customers"
    how = "sent automatically to" if update.is_automatic else "sent to"
    if update.message is None:
        how = "put on the progress pages of"
    text = f"{update.get_kind_display().capitalize()} {how} {whom}: {update.subject}"
    data = {"update": update.pk, "number": update.number}
    entry(Kind.MESSAGE, text, incident=incident, by=by, now=now, data=data)
    audit.record(
        "update.sent",
        by=by,
        now=now,
        on=update,
        incident=incident.reference,
        data={
            "kind": update.kind,
            "automatic": update.is_automatic,
            "number": update.number,
            "contacts": update.contacts_count,
            "customers": update.customers_count,
            "next_update_at": update.next_update_at.isoformat() if update.next_update_at else None,
        },
        is_drill=incident.is_drill,
    )
