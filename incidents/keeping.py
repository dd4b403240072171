"""What happens just before a promise would break: an approved holding message, or people are told harder (Step 4)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.urls import reverse

from crisisdesk.core import deadlines
from crisisdesk.core.access import Act, require
from crisisdesk.core.actors import Actor
from crisisdesk.core.models import DeadlineStep, User
from crisisdesk.core.refusals import InvalidInput, Refusal, WrongState
from incidents import holding
from incidents.issuing import publish, sent_before
from incidents.lifecycle import refuse_kind
from incidents.lint import Words, findings
from incidents.locking import locked, position_of
from incidents.models import Incident, Notification, Promise, Template, Update, UpdateKind, Whom
from incidents.oncall.notify import notify
from incidents.oncall.who import on_call
from incidents.promise_steps import KEEPER
from incidents.promises import policy_of
from incidents.templates import fill, fill_translations, is_maintenance_in, proposed_for
from incidents.timeline import Kind, entry
from incidents.wording import span


def send_holding(promise: Promise, *, by: Actor, now: datetime) -> Update:
    """Send the holding message that keeps a promise, marked automatic; one for each promise.

    Rows only, so it may run inside the keeper's transaction. Raises NotAllowed; WrongState when the promise is
    settled or past, its incident's type does not allow it (any more), too many went out in a row, the green light is
    given (a holding message would say that the work goes on), or no approved template is at hand; InvalidInput for a
    text that is not ready or an audience of nobody.
    """
    require(by, Act.SEND_UPDATE)
    with transaction.atomic():
        incident = locked(promise.incident)
        key = f"holding:{promise.pk}"
        if sent := sent_before(incident, key):
            return sent
        template = _template(promise, incident, now)
        filled = fill(template, incident)
        words = Words(UpdateKind.HOLDING, filled.subject, filled.body, incident.likely_resolution, has_next_update=True)
        if errors := [finding.text for finding in findings(words) if finding.level == "error"]:
            raise InvalidInput(f"The template “{template}” is not ready to go by itself. {' '.join(errors)}")
        update = Update(
            incident=incident,
            kind=UpdateKind.HOLDING,
            status=incident.status,
            subject=filled.subject.strip()[:150],
            body=filled.body.strip(),
            translations=fill_translations(template, incident),
            likely_resolution=incident.likely_resolution,
            workaround=incident.workaround,
            article_url=incident.article_url,
            is_maintenance=is_maintenance_in(incident, template),
            next_update_at=now + timedelta(minutes=holding.next_minutes(incident, policy_of(incident))),
            template=template,
            is_automatic=True,
            key=key,
        )
        return publish(update, incident, by=by, now=now)


def fire(step: DeadlineStep, now: datetime) -> None:
    """The handler of the deadline: send it, or tell people why it can't go; nothing once the promise is settled."""
    promise = Promise.objects.select_related("incident").get(pk=int(step.deadline.key))
    deadlines.close(kind=holding.KIND, key=step.deadline.key, now=now)
    promise.incident = locked(promise.incident)
    promise.refresh_from_db(fields=["outcome", "closed_at", "due_at"])
    if promise.closed_at is not None or promise.is_due(now):
        # Settled meanwhile, or too late after downtime: the miss is told by its own step.
        return
    try:
        update = send_holding(promise, by=KEEPER, now=now)
    except Refusal as refusal:
        _tell_harder(promise, str(refusal), now=now)
    else:
        _tell_sent(promise, update, now=now)


@dataclass(frozen=True, slots=True)
class Outlook:
    """What will happen just before the promise would break: a message by itself at `at`, or none for `reason`."""

    at: datetime | None
    reason: str = ""


def outlook(incident: Incident, promise: Promise | None, told: Iterable[Update], now: datetime) -> Outlook | None:
    """When the automatic message goes, as the room shows it; None where the type allows none or nothing is promised.

    `told` are the incident's updates. Two reads, and none where no message can go. It says what would happen now:
    the message itself asks everything again.
    """
    kind = incident.incident_type
    if kind is None or not kind.holding_allowed or promise is None or promise.is_due(now):
        return None
    if incident.has_green_light:
        return Outlook(None, "the green light is given, and a holding message would say that the work goes on.")
    if holding.ends_with(told) >= kind.holding_most_in_a_row:
        return Outlook(None, f"{kind.holding_most_in_a_row} went out in a row; the next words must be a person's.")
    step = DeadlineStep.objects.filter(deadline__kind=holding.KIND, deadline__key=str(promise.pk), state="pending")
    moment = step.values_list("fire_at", flat=True).first()
    if moment is None:
        return Outlook(None, "none is planned for this promise.")
    if proposed_for(incident, UpdateKind.HOLDING) is None:
        return Outlook(None, "no holding template is approved; Marketing communications approves one.")
    return Outlook(moment)


def _template(promise: Promise, incident: Incident, now: datetime) -> Template:
    """The template to use; raises WrongState with the first reason against it."""
    ref, kind = incident.reference, incident.incident_type
    promise = Promise.objects.get(pk=promise.pk)
    if promise.closed_at is not None or promise.is_due(now):
        raise WrongState(f"{ref}: this promise is settled or past; a holding message would not keep it.")
    if kind is None or not kind.holding_allowed:
        raise WrongState(f"{ref}: its incident type allows no automatic holding messages.")
    if incident.has_green_light:
        raise WrongState(f"{ref} has its green light, so no holding message goes out; send the final message.")
    if refusal := refuse_kind(position_of(incident), UpdateKind.HOLDING):
        raise WrongState(refusal)
    row = holding.automatic_in_a_row(incident)
    if row >= kind.holding_most_in_a_row:
        raise WrongState(f"{ref}: {row} automatic messages went out in a row; the next one needs a person's words.")
    template = proposed_for(incident, UpdateKind.HOLDING)
    if template is None:
        raise WrongState(f"{ref}: no approved holding template; Marketing communications approves one.")
    return template


def _tell_sent(promise: Promise, update: Update, *, now: datetime) -> None:
    incident = update.incident
    upcoming = f"{update.next_update_at:%H:%M} UTC" if update.next_update_at else "soon"
    notify(
        _leads(incident, now),
        key=f"promise:{promise.pk}:automatic",
        purpose=Notification.Purpose.BRIEFING,
        subject=f"{incident.reference}: a holding message went out by itself; the next update is due {upcoming}",
        body=(
            f"Nobody had written the update on “{incident.title}” that was promised for {promise.due_at:%H:%M} UTC, "
            f"so the desk sent the approved holding message and promised the next one by {upcoming}. Customers now "
            "wait for words of yours."
        ),
        link=reverse("admin:compose", args=[incident.pk]),
        link_label="Write the update",
        incident=incident,
        now=now,
        is_drill=incident.is_drill,
    )


def _tell_harder(promise: Promise, reason: str, *, now: datetime) -> None:
    """Everybody in Support and the executives: nothing stands between the promise and its breaking but them."""
    incident = promise.incident
    left = span(promise.remaining_seconds(now))
    people = [*on_call("support-on-call", now, Whom.GROUP), *on_call("executive-sponsor", now, Whom.GROUP)]
    told = notify(
        dict.fromkeys([*_leads(incident, now), *people]),
        key=f"promise:{promise.pk}:no-holding",
        purpose=Notification.Purpose.ESCALATION,
        subject=f"[ESCALATION] {incident.reference}: the promised update {left} and will not send itself",
        body=(
            f"Customers were told that the next update on “{incident.title}” comes by {promise.due_at:%H:%M} UTC; that "
            f"{left}. No automatic holding message goes out: {reason}\n\nWhoever reads this first writes the update."
        ),
        link=reverse("admin:compose", args=[incident.pk]),
        link_label="Write the update",
        incident=incident,
        promise=promise,
        now=now,
        is_drill=incident.is_drill,
    )
    text = f"No automatic holding message: {reason} {len(told)} people told."
    entry(Kind.NOTIFICATION, text, incident=incident, by=KEEPER, now=now, data={"promise": promise.pk})


def _leads(incident: Incident, now: datetime) -> list[User]:
    """Liaison and commander, or who is on call for it."""
    liaison = [incident.liaison] if incident.liaison else on_call("liaison", now, Whom.PRIMARY)
    commander = [incident.commander] if incident.commander else on_call("commander", now, Whom.PRIMARY)
    return list(dict.fromkeys([*liaison, *commander]))
