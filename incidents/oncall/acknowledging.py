"""Somebody answers: nobody else is woken, and the clock for the decision starts (Steps 1 and 2)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from crisisdesk.core import audit, deadlines
from crisisdesk.core.access import Act, require
from crisisdesk.core.actors import Actor
from crisisdesk.core.models import Deadline, DeadlineStep
from crisisdesk.core.refusals import WrongState
from incidents.models import Alert, AlertState, IncidentRole, Notification, Whom
from incidents.oncall import bursts as waking
from incidents.oncall import wording
from incidents.oncall.notify import notify
from incidents.oncall.repeating import again
from incidents.oncall.who import find
from incidents.timeline import Kind
from incidents.timeline_bulk import same_entry

QUALIFY = "qualify"
# Who is told when a decision is left open.
DECIDING_ROLES = ("commander", "operations-on-call")


def acknowledge(alert: Alert, *, by: Actor, now: datetime, way: str = "") -> Alert:
    """Answer one alert. Raises NotAllowed; WrongState names who was first, or what has been decided already.

    The same person may press twice.
    """
    answered = acknowledge_shown([alert], by=by, now=now, way=way)
    if answered:
        return answered[0]
    alert = Alert.objects.get(pk=alert.pk)
    if by.kind == "person" and alert.acknowledged_by_id == by.id:
        return alert
    raise WrongState(refusal_for(alert))


def acknowledge_shown(alerts: Sequence[Alert], *, by: Actor, now: datetime, way: str = "") -> list[Alert]:
    """Answer those of the alerts that nobody has answered, and return them. Raises NotAllowed.

    `way` completes "acknowledged by Ivo", such as "by telephone key".
    """
    require(by, Act.ACKNOWLEDGE_ALERT)
    with transaction.atomic():
        # The bursts first, then the alerts: their steps lock in the same order.
        bursts = list(Deadline.objects.select_for_update().filter(kind=waking.KIND, closed_at=None).order_by("pk"))
        rows = Alert.objects.select_for_update(of=("self",), no_key=True).unacknowledged()
        answered = list(rows.filter(pk__in=[alert.pk for alert in alerts]).order_by("pk"))
        if not answered:
            return []
        for alert in answered:
            alert.state, alert.acknowledged_at = AlertState.ACKNOWLEDGED, now
            alert.acknowledged_by_id, alert.acknowledged_by_name = by.person_id, by.name
        Alert.objects.filter(pk__in=[alert.pk for alert in answered]).update(
            state=AlertState.ACKNOWLEDGED,
            acknowledged_at=now,
            acknowledged_by=by.person_id,
            acknowledged_by_name=by.name,
        )
        text = f"Acknowledged by {by.name}" + (f", {way}" if way else "")
        same_entry(Kind.DECISION, text, alerts=answered, by=by, now=now)
        ids = [alert.pk for alert in answered]
        audit.record("alert.acknowledged", by=by, now=now, on=answered[0], data={"alerts": ids, "way": way})
        pages = Notification.objects.filter(person=by.person_id, alert__in=ids, acknowledged_at=None)
        pages.update(acknowledged_at=now, acknowledged_way=way[:30])
        _close_answered(bursts, now)
        _open_decision(answered, now)
    return answered


def refusal_for(alert: Alert) -> str:
    """Why an alert needs no answer any more: who was first."""
    if alert.state == AlertState.ACKNOWLEDGED:
        at = f" at {wording.clock(alert.acknowledged_at)}" if alert.acknowledged_at else ""
        return f"“{alert.title}” was acknowledged by {alert.acknowledged_by_name}{at}; they are on it."
    decided = alert.get_state_display().lower()
    return f"“{alert.title}” is already {decided} by {alert.qualified_by_name}; it needs no answer."


def fire_undecided(step: DeadlineStep, now: datetime) -> None:
    """The decision is still open: tell Operations until it is made; runs in the transaction that marks the step."""
    alerts = list(
        Alert.objects.unqualified().filter(pk__in=step.data["alerts"]).select_related("source").order_by("pk")
    )
    if not alerts:
        deadlines.close(kind=QUALIFY, key=step.deadline.key, now=now)
        return
    if step.name != "on call":
        deadlines.add_step(step.deadline, again(step, settings.QUALIFY_SECONDS, now))
    roles = list(IncidentRole.objects.filter(slug__in=DECIDING_ROLES).order_by("slug"))
    told: set[int] = set()
    sentences = []
    waited = (now - (alerts[0].acknowledged_at or alerts[0].first_seen_at)).total_seconds()
    words = wording.undecided(alerts, waited)
    for call in find(roles, now, Whom.PRIMARY if step.name == "on call" else Whom.GROUP):
        people = [person for person in call.people if person.pk not in told]
        told.update(person.pk for person in people)
        notify(
            people,
            key=f"qualify:{step.deadline_id}:{step.name}",
            purpose=Notification.Purpose.ESCALATION,
            subject=words.subject,
            body=words.body,
            link=reverse("admin:qualify", args=[alerts[0].pk]),
            link_label="Decide",
            alert=alerts[0],
            role=call.role,
            now=now,
        )
        sentences += [call.detour] if call.detour else []
        sentences += [f"Told {', '.join(map(str, people))} ({call.role})."] if people else []
    text = f"Not decided for {wording.minutes(waited)}. {' '.join(sentences) or 'Nobody is there to tell.'}"
    same_entry(Kind.NOTIFICATION, text, alerts=alerts, by=waking.PAGER, now=now, data={"step": step.name})


def _close_answered(bursts: Sequence[Deadline], now: datetime) -> None:
    """Close the bursts of which nothing is left unanswered; the others go on for what is left."""
    heads = Alert.objects.in_bulk([int(burst.key.removeprefix("burst:")) for burst in bursts])
    for burst in bursts:
        head = heads[int(burst.key.removeprefix("burst:"))]
        if not waking.unanswered(head).exists():
            deadlines.close(kind=waking.KIND, key=burst.key, now=now)


def _open_decision(alerts: Sequence[Alert], now: datetime) -> None:
    patience = timedelta(seconds=settings.QUALIFY_SECONDS)
    data = {"alerts": [alert.pk for alert in alerts]}
    deadlines.set_deadline(
        kind=QUALIFY,
        key=str(alerts[0].pk) if len(alerts) == 1 else f"{alerts[0].pk}+{len(alerts) - 1}",
        due_at=now + patience,
        steps=[deadlines.Step("on call", now + patience, data), deadlines.Step("group", now + 2 * patience, data)],
        now=now,
    )
