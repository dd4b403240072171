"""One incident turns out to be two: a part of its scope goes to a new one, with whoever was told of it (Step 4)."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse

from crisisdesk.core import audit
from crisisdesk.core.access import Act, require
from crisisdesk.core.actors import Actor
from crisisdesk.core.history import stamp
from crisisdesk.core.refusals import InvalidInput, WrongState
from customers.affected import audience
from customers.models import Contact
from incidents.carrying import carry, open_promise, say_again
from incidents.command import watch_roles
from incidents.declared import tell_support
from incidents.lifecycle import refuse_split
from incidents.locking import locked, position_of, save
from incidents.models import AffectedService, Alert, CarriedOver, Clearance, Incident, Notification, Severity
from incidents.oncall.notify import notify
from incidents.owed import owe
from incidents.recipients import told_of
from incidents.scope import scopes_of
from incidents.timeline import Kind, entry

TAKEN_OVER = (
    *("status", "incident_type", "noticed_by", "is_drill", "started_at", "detected_at", "acknowledged_at"),
    *("commander", "liaison", "scribe", "long_path_reason", "workaround", "likely_resolution", "article_url"),
    *("confidential_at",),
)


def split(
    incident: Incident,
    part: Collection[int],
    *,
    title: str,
    severity: str,
    reason: str,
    alerts: Iterable[Alert] = (),
    by: Actor,
    now: datetime,
) -> Incident:
    """Give a part of the scope (ids of its `AffectedService` rows) to a new incident, and return that.

    Whoever was told and uses something of that part goes over: what they were told last stands there, with the time
    they were promised. Those who use only that part hear no more of the old incident; those who use both hear of both,
    told apart; those who were left out are left out of both. Nobody is written to. `alerts` of the old incident go
    over as well. Raises NotAllowed, WrongState, InvalidInput.
    """
    require(by, Act.CHANGE_INCIDENT)
    title, reason = " ".join(title.split()), reason.strip()
    _check(title, severity, reason)
    with transaction.atomic():
        incident = locked(incident)
        rows = list(incident.affected.filter(until=None).order_by("id"))
        going = [row for row in rows if row.pk in part]
        if refusal := refuse_split(position_of(incident), len(going), len(rows)):
            raise WrongState(refusal)
        new = _create(incident, title, severity, by, now)
        _give(going, new, by=by, now=now)
        incident.joined_at = now
        save(incident, by=by, now=now, reason=f"split: {new.reference}")
        incident.alerts.filter(pk__in=[alert.pk for alert in alerts]).update(incident=new)
        _leave_out(incident, new)
        _carry_the_told(incident, new, by=by, now=now)
        _write_down(incident, new, reason, ", ".join(str(row) for row in going), by=by, now=now)
        if new.first_told_at is None:
            tell_support(new, by=by, now=now)
        watch_roles(new, now=now)
    return new


def _check(title: str, severity: str, reason: str) -> None:
    errors = {}
    if not 0 < len(title) <= 150:
        errors["title"] = "Give the new incident a title of its own, up to 150 characters."
    if severity not in Severity.values:
        errors["severity"] = "Choose a severity, SEV1 to SEV4."
    if not reason:
        errors["reason"] = "Say how you know that these are two; it stands in both timelines."
    if errors:
        raise InvalidInput(errors)


def _create(incident: Incident, title: str, severity: str, by: Actor, now: datetime) -> Incident:
    new = Incident(
        title=title,
        severity=severity,
        declared_at=now,
        declared_by_id=by.person_id,
        declared_by_name=by.name,
        split_from=incident,
        joined_at=now,
        **{name: getattr(incident, name) for name in TAKEN_OVER},
    )
    stamp(new, by=by, now=now, reason=f"split from {incident.reference}")
    new.save()
    for row in incident.clearances.standing():
        Clearance.objects.create(
            incident=new,
            person=row.person,
            group=row.group,
            reason=row.reason,
            granted_at=now,
            granted_by_name=by.name,
        )
    return new


def _give(rows: Iterable[AffectedService], new: Incident, *, by: Actor, now: datetime) -> None:
    """The rows leave the old scope and stand in the new one, affected since the same time."""
    for row in rows:
        here = AffectedService(
            incident=new,
            service_id=row.service_id,
            region_id=row.region_id,
            instance_id=row.instance_id,
            component_status=row.component_status,
            since=row.since,
        )
        row.until = now
        for one in (row, here):
            stamp(one, by=by, now=now, reason=f"to {new.reference}")
            one.save()


def _carry_the_told(incident: Incident, new: Incident, *, by: Actor, now: datetime) -> None:
    """Who was told, the last words and the promise go over; where nobody was, the first message is owed."""
    # Whoever was told hears the end although they were left out since.
    told, staying = told_of(incident).filter(pk__in=_touched_by(new)), _touched_by(incident)
    carry(told.exclude(pk__in=staying), from_=incident, into=new, is_gone=True, now=now)
    # Of the others those who are carried over by now count as gone, and are left out of `told`.
    carry(told.filter(pk__in=staying), from_=incident, into=new, is_gone=False, now=now)
    if not CarriedOver.objects.filter(incident=new).exists():
        owe(new, now=now)
        return
    new.first_told_at = incident.first_told_at
    save(new, by=by, now=now, reason=f"told as {incident.reference}")
    promise = open_promise(incident)
    if promise is None or promise.is_due(now):
        owe(new, now=now)
        return
    say_again(incident, into=new, due_at=promise.due_at, by=by, now=now)


def _touched_by(incident: Incident) -> QuerySet[Contact, int]:
    """Who is affected or was added by hand, those who were left out among them."""
    added = {row.contact_id: row.reason for row in incident.adjustments.filter(is_included=True)}
    return audience(scopes_of(incident), include=added).members().order_by().values_list("pk", flat=True)


def _leave_out(incident: Incident, new: Incident) -> None:
    """Whoever was left out of the incident is left out of both."""
    for row in incident.adjustments.filter(is_included=False):
        row.pk, row.incident = None, new
        row.save(force_insert=True)


def _write_down(incident: Incident, new: Incident, reason: str, part: str, *, by: Actor, now: datetime) -> None:
    gone = f"Split: {part} continues as {new.reference} ({new.title}): {reason}"
    came = f"Split from {incident.reference} ({incident.title}) with {part}: {reason}"
    entry(Kind.DECISION, gone, incident=incident, by=by, now=now, data={"new": new.pk})
    entry(Kind.DECISION, came, incident=new, by=by, now=now, data={"from": incident.pk})
    carried = CarriedOver.objects.filter(incident=new).count()
    for action, row, other in (("incident.split", incident, new), ("incident.split_off", new, incident)):
        data = {"other": other.pk, "reason": reason[:300], "contacts": carried}
        audit.record(action, by=by, now=now, on=row, incident=row.reference, data=data, is_drill=row.is_drill)
    named = [incident.commander, incident.liaison, incident.scribe]
    notify(
        [person for person in dict.fromkeys(named) if person is not None and person.pk != by.person_id],
        key=f"split:{new.pk}",
        purpose=Notification.Purpose.BRIEFING,
        subject=f"{incident.reference} was split: {new.reference} is new",
        body=f"{by.name} gave {part} to “{new.title}”: {reason}. You hold your role in both; hand one over if need be.",
        link=reverse("admin:incidents_incident_change", args=[new.pk]),
        link_label="Open the new room",
        incident=new,
        now=now,
        is_drill=new.is_drill,
    )
