"""Opening a post-mortem at the end of an outage, and again after a relapse (Step 6)."""

from __future__ import annotations

from datetime import date, datetime

from django.conf import settings
from django.db import IntegrityError, transaction

from crisisdesk.core.access import Act, Group, require
from crisisdesk.core.actors import Actor
from crisisdesk.core.models import User
from crisisdesk.core.refusals import WrongState
from incidents.models import Incident, IncidentRole, Rank, Status, reference_of
from incidents.schedules.standing import TICK, plan_of
from postmortems import reminders, returning
from postmortems.business_days import business_days_after, calendars, local_day
from postmortems.impact import Impact, impact_of, take_over
from postmortems.locking import back_to_drafting, locked, save, tell_room, write_down
from postmortems.models import Postmortem
from postmortems.models.postmortem import RESOLVED_AGAIN
from postmortems.prefill import detection_text, impact_text, summary_of

# What customers read above an account that follows a relapse.
SECOND_ACCOUNT = "The problem came back after it; this tells all of it."
OPENER = Actor.job("post-mortem opener")


def open_postmortem(incident: Incident, *, by: Actor, now: datetime) -> Postmortem:
    """Open the post-mortem of a resolved incident: lead, due day, first words, reminders.

    A second call returns the one that is there. Raises NotAllowed, and WrongState while the incident is open or when
    it was a drill (a drill ends in its score).
    """
    require(by, Act.EDIT_POSTMORTEM)
    _refuse(incident)
    try:
        with transaction.atomic():
            postmortem = _create(incident, by, now)
    except IntegrityError:
        return Postmortem.objects.get(incident=incident)
    return postmortem


def renew(postmortem: Postmortem, *, by: Actor, now: datetime) -> Postmortem:
    """Send the report back to be written on, because the outage came back and was resolved again.

    Approvals and sign-off end (their history stays) and the due day is counted from the new end. Does nothing when
    the report covers the present resolution. Raises NotAllowed, WrongState.
    """
    require(by, Act.EDIT_POSTMORTEM)
    with transaction.atomic():
        postmortem = locked(postmortem)
        incident = postmortem.incident
        _refuse(incident)
        if not postmortem.needs_renewal(incident.resolved_at):
            return postmortem
        back_to_drafting(postmortem)
        _cover(postmortem, now)
        postmortem.version += 1
        # What was sent before stays sent; the next edition is another one.
        postmortem.edition_version += postmortem.has_edition
        if postmortem.versions.exists():
            postmortem.edition_correction = SECOND_ACCOUNT
        save(postmortem, by=by, now=now, reason="resolved again after a relapse")
        reminders.plan(postmortem, now=now)
        returning.open_again(postmortem, found=returning.after_relapse(postmortem), by=by, now=now)
        tell_room(f"{postmortem} is due again by {postmortem.due_on}", postmortem, by=by, now=now)
        write_down("renewed", postmortem, by=by, now=now, data={"due_on": postmortem.due_on.isoformat()})
    return postmortem


def owed() -> list[Incident]:
    """Resolved incidents without a post-mortem, the oldest first.

    Neither drills, nor history that was imported, nor what was merged: the one that continued has the report.
    """
    ended = Incident.objects.real().filter(status=Status.RESOLVED, merged_into=None)
    found = ended.filter(postmortem=None, external_id="")
    return list(found.order_by("resolved_at")[:50])


def outdated() -> list[Postmortem]:
    """Post-mortems whose incident was resolved again since."""
    ended = Postmortem.objects.real().filter(incident__status=Status.RESOLVED, incident__merged_into=None)
    found = ended.filter(RESOLVED_AGAIN)
    return list(found.select_related("incident").order_by("pk")[:50])


def due_day(resolved_at: datetime) -> date:
    """The last day in time for an outage that ended then, by the vendor's calendars and zone."""
    known = calendars(settings.HOLIDAY_COUNTRIES, settings.HOLIDAY_OWN_DAYS)
    return business_days_after(local_day(resolved_at, settings.TIME_ZONE), settings.POSTMORTEM_BUSINESS_DAYS, known)


def _refuse(incident: Incident) -> None:
    if incident.is_drill:
        raise WrongState(f"{incident.reference} is a drill; it ends in its score, not in a post-mortem.")
    if incident.is_open:
        raise WrongState(f"{incident.reference} is still open; its post-mortem opens when it is resolved.")
    if incident.merged_into_id is not None:
        continuing = reference_of(incident.merged_into_id)
        raise WrongState(f"{incident.reference} continues as {continuing}, whose post-mortem covers both.")


def _create(incident: Incident, by: Actor, now: datetime) -> Postmortem:
    postmortem = Postmortem(incident=incident, opened_at=now, lead=_lead(incident, now))
    postmortem.time_zone = settings.TIME_ZONE
    impact = _cover(postmortem, now)
    rows = incident.affected.select_related("service", "region", "instance").order_by("id")
    services = list(dict.fromkeys(str(row) for row in rows))
    postmortem.summary = summary_of(incident)
    postmortem.impact = impact_text(impact, services)
    postmortem.detection = detection_text(incident)
    save(postmortem, by=by, now=now, reason="opened")
    reminders.plan(postmortem, now=now)
    lead = f", led by {postmortem.lead}" if postmortem.lead else ""
    tell_room(
        f"Post-mortem opened{lead}, due by {postmortem.due_on.day} {postmortem.due_on:%B %Y}",
        postmortem,
        by=by,
        now=now,
    )
    write_down("opened", postmortem, by=by, now=now, data={"due_on": postmortem.due_on.isoformat()})
    reminders.tell_opened(postmortem, now=now)
    return postmortem


def _cover(postmortem: Postmortem, now: datetime) -> Impact:
    incident = postmortem.incident
    end = incident.resolved_at or now
    impact = impact_of(incident, now)
    postmortem.covers_until, postmortem.due_on = end, due_day(end)
    take_over(postmortem, impact)
    return impact


def _lead(incident: Incident, now: datetime) -> User | None:
    """The commander, or whoever of Operations is on call now, primary before backup."""
    if incident.commander is not None and incident.commander.is_active:
        return incident.commander
    roles = IncidentRole.objects.filter(group=Group.OPERATIONS).order_by("pk")
    # Windows, overrides, swaps and feeds count, not shifts alone.
    plan = plan_of(roles, now, now + TICK)
    ranks = (Rank.PRIMARY, Rank.BACKUP)
    held = (turn.person for rank in ranks for role in plan.roles for turn in plan.held(role, rank))
    return next((person for person in held if person.is_active), None)
