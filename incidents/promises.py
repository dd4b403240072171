"""Promises of the next update: made, kept, missed, and what the desk does before and after (Step 4).

A promise is fulfilled for the incident when the next send is committed by its due time. Whoever gets the deadline's
lock first decides: a send that closes it, or the keeper's pass that records the miss.
"""

from __future__ import annotations

from datetime import datetime

from crisisdesk.core import deadlines
from incidents import holding
from incidents.cadence import TICK, lateness_seconds, planned
from incidents.models import Incident, Outcome, PolicyStep, Promise, PromisePolicy, StepAction, Update
from incidents.promise_steps import MISS, DueStep, record_misses, tell

KIND = "promise"


def policy_of(incident: Incident) -> PromisePolicy | None:
    """The policy that holds for the incident: its type's, else its severity's, else the default."""
    if incident.incident_type is not None and incident.incident_type.policy is not None:
        return incident.incident_type.policy
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
        record_misses([promise], now=now)
        tell([DueStep(promise, rule) for rule in _steps_told_at_the_miss(incident)], now=now)
    if promise.outcome == Outcome.PENDING:
        promise.outcome, promise.is_automatic = Outcome.KEPT, update.is_automatic
    else:
        promise.late_seconds = lateness_seconds(promise.due_at, now)
    promise.closed_at, promise.closed_by = now, update
    promise.save()
    return promise


def _steps_told_at_the_miss(incident: Incident) -> list[PolicyStep]:
    policy = policy_of(incident)
    return list(policy.steps.filter(action=StepAction.MISS, offset_seconds=0).select_related("role")) if policy else []


def release(promise: Promise, *, now: datetime) -> Promise:
    """End an open promise that another incident's takes the place of; past its due time it stays a miss.

    Part of the caller's transaction, which has locked the incident and writes the reason down.
    """
    deadlines.close(kind=KIND, key=str(promise.pk), now=now)
    row = Promise.objects.select_for_update(no_key=True).select_related("incident").get(pk=promise.pk)
    if row.outcome == Outcome.PENDING and row.is_due(now):
        record_misses([row], now=now)
        tell([DueStep(row, rule) for rule in _steps_told_at_the_miss(row.incident)], now=now)
    if row.outcome == Outcome.PENDING:
        row.outcome = Outcome.RELEASED
    row.closed_at = now
    row.save()
    return row
