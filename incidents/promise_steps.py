"""What happens when steps of promises are due: the miss is recorded, people are told; many promises in one pass.

The caller has locked the deadlines (or closed one in the transaction of a send); here the promises are locked after
them. A pass takes a fixed number of statements, however many steps it settles.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from crisisdesk.core import audit
from crisisdesk.core.actors import Actor
from crisisdesk.core.models import AuditEntry, DeadlineStep
from incidents.models import Incident, IncidentRole, Outcome, PolicyStep, Promise, StepAction, TimelineEntry, Whom
from incidents.oncall.notify import Telling, notify_all
from incidents.oncall.who import Call, find
from incidents.timeline_bulk import incident_entry, write_entries
from incidents.wording import step_words

KEEPER = Actor.job("promise keeper")
MISS = "miss"
Kind = TimelineEntry.Kind


@dataclass(frozen=True, slots=True)
class DueStep:
    """A step of the policy whose moment has come for a locked promise."""

    promise: Promise
    rule: PolicyStep


def fire(steps: Sequence[DeadlineStep], now: datetime) -> None:
    """What the leased loop does with due steps of promises; runs in the transaction that marks them."""
    promises = _locked(int(step.deadline.key) for step in steps)
    rules = _rules(step.data["step"] for step in steps if step.name != MISS)
    owed = [(step, promises[int(step.deadline.key)]) for step in steps if int(step.deadline.key) in promises]
    record_misses([promise for step, promise in owed if step.name == MISS], now=now)
    tell(
        [DueStep(promise, rules[pk]) for step, promise in owed if (pk := step.data.get("step")) in rules],
        now=now,
    )


def record_misses(promises: Iterable[Promise], *, now: datetime) -> None:
    """Record each miss once, on locked promises: outcome, timeline and audit."""
    missed = [promise for promise in promises if promise.outcome == Outcome.PENDING]
    if not missed:
        return
    for promise in missed:
        promise.outcome, promise.missed_at = Outcome.MISSED, now
    pks = [promise.pk for promise in missed]
    Promise.objects.filter(pk__in=pks).update(outcome=Outcome.MISSED, missed_at=now)
    write_entries(_miss_entry(promise, now) for promise in missed)
    audit.record_all(_miss_audit(promise, now) for promise in missed)


def tell(due: Sequence[DueStep], *, now: datetime) -> None:
    """Notify whom the policy names and put it into the timeline; each step of a promise tells a person once."""
    calls = _calls(due, now)
    tellings, entries = [], []
    for step in due:
        call = _call_for(step, calls)
        telling = _telling(step, call, now)
        tellings.append(telling)
        names = ", ".join(str(person) for person in telling.people) or "nobody (no one holds the role)"
        text = f"{telling.purpose.label}: {step.rule.role} told about the promised update: {names}"
        data = {"promise": step.promise.pk}
        incident = step.promise.incident
        entries.append(incident_entry(Kind.NOTIFICATION, text, incident=incident, by=KEEPER, now=now, data=data))
    notify_all(tellings, now=now)
    write_entries(entries)


def _locked(pks: Iterable[int]) -> dict[int, Promise]:
    """The promises that are open still, locked in the order of their keys."""
    rows = (
        Promise.objects.open()
        .select_for_update(of=("self",), no_key=True)
        .select_related("incident__liaison", "incident__commander")
        .filter(pk__in=set(pks))
        .order_by("pk")
    )
    return {row.pk: row for row in rows}


def _rules(pks: Iterable[int]) -> dict[int, PolicyStep]:
    """Steps as the policy has them now: one that was deleted since tells nobody."""
    wanted = set(pks)
    return PolicyStep.objects.select_related("role").in_bulk(wanted) if wanted else {}


def _calls(due: Sequence[DueStep], now: datetime) -> dict[tuple[int, str], Call]:
    """Who is on call, asked once for each rank: (role, whom) -> people."""
    found: dict[tuple[int, str], Call] = {}
    for whom in dict.fromkeys(step.rule.whom for step in due):
        roles: dict[int, IncidentRole] = {
            step.rule.role_id: step.rule.role for step in due if step.rule.whom == whom and _named(step) is None
        }
        if roles:
            found |= {(call.role.pk, whom): call for call in find(roles.values(), now, whom)}
    return found


def _call_for(step: DueStep, calls: dict[tuple[int, str], Call]) -> Call:
    return _named(step) or calls[step.rule.role_id, step.rule.whom]


def _named(step: DueStep) -> Call | None:
    """The liaison or commander that the incident itself names stands before whoever is on call for the role."""
    rule, incident = step.rule, step.promise.incident
    if rule.whom != Whom.PRIMARY:
        return None
    person = {"liaison": incident.liaison, "commander": incident.commander}.get(rule.role.slug)
    return Call(rule.role, (person,)) if person is not None else None


def _telling(step: DueStep, call: Call, now: datetime) -> Telling:
    promise, rule, incident = step.promise, step.rule, step.promise.incident
    words = step_words(incident, promise, rule, now)
    is_miss = rule.action == StepAction.MISS
    page = "admin:incidents_incident_change" if is_miss else "admin:compose"
    return Telling(
        people=call.people,
        key=f"promise:{promise.pk}:step:{rule.pk}",
        purpose=words.purpose,
        subject=words.subject,
        body=words.body,
        link=reverse(page, args=[incident.pk]),
        link_label="Open the incident room" if is_miss else "Write the update",
        incident=incident,
        promise=promise,
        role=rule.role,
        is_drill=incident.is_drill,
        channels=rule.channels,
    )


def _miss_entry(promise: Promise, now: datetime) -> TimelineEntry:
    text = f"Promise missed: the update promised for {promise.due_at:%H:%M:%S} UTC was not sent."
    data = {"promise": promise.pk}
    return incident_entry(Kind.PROMISE, text, incident=promise.incident, by=KEEPER, now=now, data=data)


def _miss_audit(promise: Promise, now: datetime) -> AuditEntry:
    incident: Incident = promise.incident
    return audit.entry_of(
        "promise.missed",
        by=KEEPER,
        now=now,
        on=promise,
        incident=incident.reference,
        data={"late_seconds": round((now - promise.due_at).total_seconds(), 3)},
        is_drill=incident.is_drill,
    )
