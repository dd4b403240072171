"""Promises of the next update: made, kept, missed, and what the desk does before and after (Step 4).

A promise is fulfilled for the incident when the next send is committed by its due time. Whoever gets the deadline's
lock first decides: a send that closes it, or the keeper's pass that records the miss.
"""

from __future__ import annotations

from datetime import datetime

from django.urls import reverse

from crisisdesk.core import audit, deadlines
from crisisdesk.core.actors import Actor
from crisisdesk.core.models import DeadlineStep
from incidents import holding
from incidents.cadence import TICK, lateness_seconds, planned
from incidents.models import Incident, Outcome, PolicyStep, Promise, PromisePolicy, StepAction, Update
from incidents.oncall.notify import notify
from incidents.oncall.who import on_call
from incidents.timeline import Kind, entry
from incidents.wording import step_words

KIND = "promise"
MISS = "miss"
KEEPER = Actor.job("promise keeper")


def policy_of(incident: Incident) -> PromisePolicy | None:
    """The policy that holds for the incident: its type's, else its severity's, else the default."""
    policies = {
        policy.severity: policy for policy in PromisePolicy.objects.filter(severity__in=["", incident.severity])
    }
    return incident.policy_from(policies)


def make(update: Update, *, now: datetime) -> Promise:
    """Record that the next update comes by `update.next_update_at`, and plan the policy's steps.

    Part of the send's transaction; the earlier promise has been settled by `settle`.
    """
    if update.next_update_at is None:
        raise ValueError("an update without the time of the next makes no promise")
    promise = Promise.objects.create(
        incident=update.incident, made_by=update, made_at=now, due_at=update.next_update_at
    )
    policy = policy_of(update.incident)
    steps = list(policy.steps.all()) if policy else []
    moments = dict(planned(promise.due_at, [step.offset_seconds for step in steps], now))
    deadlines.set_deadline(
        kind=KIND,
        key=str(promise.pk),
        due_at=promise.due_at,
        steps=[
            deadlines.Step(MISS, promise.due_at + TICK, always=True),
            *(
                deadlines.Step(f"step {step.pk}", moments[step.offset_seconds], {"step": step.pk})
                for step in steps
                if step.offset_seconds in moments
            ),
        ],
        now=now,
    )
    holding.plan(promise, update, now=now)
    return promise


def settle(incident: Incident, update: Update, *, now: datetime) -> Promise | None:
    """Close the open promise with the update that is being sent, and return it; None when there was none.

    Part of the send's transaction. In time, it is kept; past the due time it is a miss, recorded here if the keeper
    has not done so, with how late the update came.
    """
    open_promise = Promise.objects.open().filter(incident=incident).first()
    if open_promise is None:
        return None
    # The deadline first, then the promise: the keeper locks in the same order.
    deadlines.close(kind=KIND, key=str(open_promise.pk), now=now)
    promise = Promise.objects.select_for_update(no_key=True).get(pk=open_promise.pk)
    promise.incident = incident
    if promise.outcome == Outcome.PENDING and promise.is_due(now):
        _record_miss(promise, now=now)
        for step in _steps_told_at_the_miss(incident):
            _tell(promise, step, now=now)
    if promise.outcome == Outcome.PENDING:
        promise.outcome, promise.is_automatic = Outcome.KEPT, update.is_automatic
    else:
        promise.late_seconds = lateness_seconds(promise.due_at, now)
    promise.closed_at, promise.closed_by = now, update
    promise.save()
    return promise


def fire(step: DeadlineStep, now: datetime) -> None:
    """What the leased loop does when a step of a promise is due; runs in the transaction that marks the step."""
    promise = (
        Promise.objects.select_for_update(of=("self",), no_key=True)
        .select_related("incident__incident_type__policy")
        .get(pk=int(step.deadline.key))
    )
    if promise.closed_at is not None:
        return
    if step.name == MISS:
        _record_miss(promise, now=now)
        promise.save()
    else:
        rule = PolicyStep.objects.select_related("role").filter(pk=step.data["step"]).first()
        if rule is not None:
            _tell(promise, rule, now=now)


def _record_miss(promise: Promise, *, now: datetime) -> None:
    """Record the miss once, on a locked promise that the caller saves."""
    if promise.outcome != Outcome.PENDING:
        return
    promise.outcome, promise.missed_at = Outcome.MISSED, now
    incident = promise.incident
    text = f"Promise missed: the update promised for {promise.due_at:%H:%M:%S} UTC was not sent."
    entry(Kind.PROMISE, text, incident=incident, by=KEEPER, now=now, data={"promise": promise.pk})
    audit.record(
        "promise.missed",
        by=KEEPER,
        now=now,
        on=promise,
        incident=incident.reference,
        data={"late_seconds": round((now - promise.due_at).total_seconds(), 3)},
        is_drill=incident.is_drill,
    )


def _steps_told_at_the_miss(incident: Incident) -> list[PolicyStep]:
    policy = policy_of(incident)
    return list(policy.steps.filter(action=StepAction.MISS, offset_seconds=0).select_related("role")) if policy else []


def _tell(promise: Promise, rule: PolicyStep, *, now: datetime) -> None:
    """Notify whom the policy names and put it into the timeline; each step of a promise tells a person once."""
    incident = promise.incident
    people = on_call(rule.role.slug, now, rule.whom)
    if rule.role.slug == "liaison" and rule.whom == "primary" and incident.liaison is not None:
        people = [incident.liaison]
    if rule.role.slug == "commander" and rule.whom == "primary" and incident.commander is not None:
        people = [incident.commander]
    words = step_words(incident, promise, rule, now)
    told = notify(
        people,
        key=f"promise:{promise.pk}:step:{rule.pk}",
        purpose=words.purpose,
        subject=words.subject,
        body=words.body,
        link=reverse("admin:compose", args=[incident.pk])
        if rule.action != StepAction.MISS
        else reverse("admin:incidents_incident_change", args=[incident.pk]),
        link_label="Write the update" if rule.action != StepAction.MISS else "Open the incident room",
        incident=incident,
        promise=promise,
        role=rule.role.name,
        now=now,
        is_drill=incident.is_drill,
    )
    names = ", ".join(str(note.person) for note in told) or "nobody (no one holds the role)"
    text = f"{words.purpose.label}: {rule.role} told about the promised update: {names}"
    entry(Kind.NOTIFICATION, text, incident=incident, by=KEEPER, now=now, data={"promise": promise.pk})
