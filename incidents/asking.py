"""Requests to executives for resources, with a clock on the answer (Step 4)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.urls import reverse

from crisisdesk.core import audit, deadlines
from crisisdesk.core.access import Act, require
from crisisdesk.core.actors import Actor
from crisisdesk.core.models import DeadlineStep, User
from crisisdesk.core.refusals import InvalidInput, WrongState
from incidents.lifecycle import refuse_change
from incidents.locking import locked, position_of
from incidents.models import ExecutiveRequest, Incident, IncidentRole, Notification, Whom
from incidents.models.executive_request import Decision
from incidents.oncall.notify import notify
from incidents.oncall.who import role_and_people
from incidents.timeline import Kind, entry

KIND = "executive request"
SOON, DUE = "soon", "due"
SPONSOR = "executive-sponsor"
KEEPER = Actor.job("request keeper")
MINUTES = (15, 30, 60)
Purpose = Notification.Purpose


def ask_executives(incident: Incident, text: str, *, minutes: int, by: Actor, now: datetime) -> ExecutiveRequest:
    """Ask for resources; the sponsor on call is told at once, an answer is due in `minutes` (1 to 1440).

    At half of the time the backup is told as well, at the due time every executive.
    Raises NotAllowed, WrongState, InvalidInput.
    """
    require(by, Act.ASK_EXECUTIVES)
    if not text.strip():
        raise InvalidInput({"text": "Say what you need, and what it is for."})
    if not 1 <= minutes <= 1440:
        raise InvalidInput({"minutes": "Choose between a minute and a day for the answer."})
    with transaction.atomic():
        incident = locked(incident)
        if refusal := refuse_change(position_of(incident), "ask executives"):
            raise WrongState(refusal)
        due = now + timedelta(minutes=minutes)
        request = ExecutiveRequest.objects.create(
            incident=incident,
            text=text.strip(),
            asked_at=now,
            asked_by_id=by.person_id,
            asked_by_name=by.name,
            due_at=due,
        )
        steps = [deadlines.Step(SOON, now + (due - now) / 2), deadlines.Step(DUE, due, always=True)]
        deadlines.set_deadline(kind=KIND, key=str(request.pk), due_at=due, steps=steps, now=now)
        role, sponsors = role_and_people(SPONSOR, now, Whom.PRIMARY)
        told = _tell(request, sponsors, "asked", Purpose.ESCALATION, now, role=role)
        entry(
            Kind.DECISION,
            f"Asked executives, answer by {due:%H:%M} UTC: {request.text} ({_names(told)} told)",
            incident=incident,
            by=by,
            now=now,
            data={"request": request.pk},
        )
        _audit("executive_request.asked", request, by, now)
    return request


def answer_request(
    request: ExecutiveRequest, decision: str, answer: str, *, by: Actor, now: datetime
) -> ExecutiveRequest:
    """Grant or decline a request, with words; whoever asked, commander and liaison are told. Answered once.

    Raises NotAllowed, WrongState (answered already, or the incident is over), InvalidInput.
    """
    require(by, Act.ANSWER_REQUEST)
    if decision not in Decision.values:
        raise InvalidInput({"decision": "Grant or decline it."})
    if decision == Decision.DECLINED and not answer.strip():
        raise InvalidInput({"answer": "Say why not, and what to do instead."})
    with transaction.atomic():
        # The deadline first, then the request: the keeper locks in the same order.
        deadlines.close(kind=KIND, key=str(request.pk), now=now)
        row = ExecutiveRequest.objects.select_for_update(of=("self",), no_key=True).get(pk=request.pk)
        if row.answered_at is not None:
            raise WrongState(f"{row.answered_by_name} answered at {row.answered_at:%H:%M} UTC already: {row.decision}.")
        incident = Incident.objects.select_related("commander", "liaison").get(pk=row.incident_id)
        if not incident.is_open:
            raise WrongState(f"{incident.reference} is resolved, so the request has lapsed.")
        row.answered_at, row.answered_by_id, row.answered_by_name = now, by.person_id, by.name
        row.decision, row.answer = decision, answer.strip()
        row.save()
        row.incident = incident
        words = f": {row.answer}" if row.answer else ""
        text = f"Executives {row.decision} the request “{_short(row.text)}”{words}"
        entry(Kind.DECISION, text, incident=incident, by=by, now=now, data={"request": row.pk})
        _tell(row, _who_waits(row), "answered", Purpose.BRIEFING, now)
        _audit("executive_request.answered", row, by, now)
    return row


def fire(step: DeadlineStep, now: datetime) -> None:
    """The handler of the deadline: the backup sponsor at half time, everybody in Executives when it is due."""
    row = (
        ExecutiveRequest.objects.select_for_update(of=("self",), no_key=True)
        .select_related("incident__commander", "incident__liaison", "asked_by")
        .get(pk=int(step.deadline.key))
    )
    if row.answered_at is not None or not row.incident.is_open:
        return
    if step.name == SOON:
        role, sponsors = role_and_people(SPONSOR, now, Whom.BACKUP)
        told = _tell(row, sponsors, SOON, Purpose.REMINDER, now, role=role)
        text = f"Half of the time for an answer is over: “{_short(row.text)}” ({_names(told)} told)"
        entry(Kind.NOTIFICATION, text, incident=row.incident, by=KEEPER, now=now, data={"request": row.pk})
        return
    role, sponsors = role_and_people(SPONSOR, now, Whom.GROUP)
    told = _tell(row, [*sponsors, *_who_waits(row)], DUE, Purpose.ESCALATION, now, role=role)
    text = f"No answer from executives by {row.due_at:%H:%M} UTC: “{_short(row.text)}” ({_names(told)} told)"
    entry(Kind.NOTIFICATION, text, incident=row.incident, by=KEEPER, now=now, data={"request": row.pk})
    _audit("executive_request.unanswered", row, KEEPER, now)


def _tell(
    request: ExecutiveRequest,
    people: Iterable[User],
    occasion: str,
    purpose: Purpose,
    now: datetime,
    *,
    role: IncidentRole | None = None,
) -> list[Notification]:
    incident = request.incident
    due = f"{request.due_at:%H:%M} UTC"
    subject = {
        "asked": f"[REQUEST] {incident.reference} needs your answer by {due}",
        SOON: f"[REQUEST] {incident.reference} still waits for an answer, due {due}",
        DUE: f"[OVERDUE] {incident.reference}: a request to executives has no answer since {due}",
        "answered": f"{incident.reference}: executives {request.decision} the request",
    }[occasion]
    body = f"{request.asked_by_name} asks, about “{incident.title}”:\n\n{request.text}"
    if occasion == "answered":
        body = f"{request.answered_by_name} {request.decision} it.\n\n{request.answer}\n\n{body}"
    return notify(
        dict.fromkeys(people),
        key=f"executive-request:{request.pk}:{occasion}",
        purpose=purpose,
        subject=subject,
        body=body.strip(),
        link=reverse("admin:executive_request", args=[request.pk]),
        link_label="See the answer" if occasion == "answered" else "Answer the request",
        incident=incident,
        role=role,
        now=now,
        is_drill=incident.is_drill,
    )


def _who_waits(request: ExecutiveRequest) -> list[User]:
    people = [request.asked_by, request.incident.commander, request.incident.liaison]
    return list(dict.fromkeys(person for person in people if person is not None and person.is_active))


def _names(told: Iterable[Notification]) -> str:
    return ", ".join(str(note.person) for note in told) or "nobody could be"


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 80 else f"{line[:79]}…"


def _audit(action: str, request: ExecutiveRequest, by: Actor, now: datetime) -> None:
    incident = request.incident
    audit.record(
        action,
        by=by,
        now=now,
        on=request,
        incident=incident.reference,
        data={"due_at": request.due_at.isoformat(), "decision": request.decision},
        is_drill=incident.is_drill,
    )
