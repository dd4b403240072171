"""Who is on call as a calendar to subscribe to (RFC 5545), behind a signed link that can be revoked."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef
from icalendar import Calendar, Event, vDuration, vText

from crisisdesk.core import audit
from crisisdesk.core.access import Act, Group, may, require
from crisisdesk.core.actors import Actor
from crisisdesk.core.models import User
from crisisdesk.core.refusals import NotAllowed, WrongState
from crisisdesk.core.signed import BadToken, make_token, read_token
from incidents.models import IncidentRole, PublishedCalendar, Rank
from incidents.schedules.rules import RANKS
from incidents.schedules.standing import Held, Plan, plan_of

PURPOSE = "on-call calendar"
LIFETIME = timedelta(days=400)
BEHIND, AHEAD = timedelta(days=14), timedelta(days=90)
# Turns that began longer ago than they last are not needed; what is read earlier only gives the first its true start.
MARGIN = timedelta(days=28)


@dataclass(frozen=True, slots=True)
class Served:
    """A calendar as bytes, and the tag that changes with them."""

    body: bytes
    tag: str


def publish(role: IncidentRole | None, *, by: Actor, now: datetime) -> PublishedCalendar:
    """A calendar of a role, or (None) of the actor's own shifts; there is one of each for everybody."""
    require(by, Act.VIEW_SETTINGS)
    if by.person_id is None:
        raise NotAllowed("A calendar belongs to a person: sign in as one.")
    person = None if role else by.person_id
    with transaction.atomic():
        rows = PublishedCalendar.objects.filter(made_by=by.person_id, role=role, person=person)
        known = rows.filter(revoked_at=None, expires_at__gt=now).first()
        if known is not None:
            return known
        row = PublishedCalendar.objects.create(
            role=role, person_id=person, made_by_id=by.person_id, made_at=now, expires_at=now + LIFETIME
        )
        audit.record("oncall.calendar_published", by=by, now=now, on=row, data={"role": role.slug if role else ""})
    return row


def revoke(row: PublishedCalendar, *, by: Actor, now: datetime) -> None:
    """From now on its link opens nothing. Whoever made it may, and administrators."""
    require(by, Act.VIEW_SETTINGS)
    with transaction.atomic():
        row = PublishedCalendar.objects.select_for_update().get(pk=row.pk)
        if row.made_by_id != by.person_id and not may(by, Act.MANAGE_SETTINGS):
            raise NotAllowed("This calendar is somebody else's; they or an administrator may revoke it.")
        if row.revoked_at is not None:
            raise WrongState("This calendar is revoked already.")
        row.revoked_at = now
        row.save(update_fields=["revoked_at"])
        audit.record("oncall.calendar_revoked", by=by, now=now, on=row)


def path_of(row: PublishedCalendar) -> str:
    """The path of its link; always the same one."""
    return f"/on-call/{make_token(PURPOSE, [row.pk], expires_at=row.expires_at)}.ics"


def calendar_of(token: str, *, now: datetime) -> PublishedCalendar:
    """The calendar that a link opens; BadToken, also when it was revoked or its maker has left or has no group."""
    pk, *_ = read_token(token, PURPOSE, now=now)
    rows = PublishedCalendar.objects.filter(pk=pk, revoked_at=None, made_by__is_active=True)
    belongs = User.groups.through.objects.filter(user=OuterRef("made_by"), group__name__in=list(Group))
    row = rows.filter(Exists(belongs)).select_related("role", "person").first()
    if row is None:
        raise BadToken
    return row


def serve(row: PublishedCalendar, *, now: datetime) -> Served:
    """The calendar from two weeks ago to three months ahead; the same bytes until something in it changes."""
    today = datetime.combine(now.astimezone(UTC).date(), time(), UTC)
    start, end = today - BEHIND, today + AHEAD
    roles = [row.role] if row.role else list(IncidentRole.objects.all())
    plan = plan_of(roles, start - MARGIN, end)
    body = _render(row, [held for held in _held(plan, row.person) if held.until > start])
    return Served(body, f'"{hashlib.sha256(body).hexdigest()[:32]}"')


def _held(plan: Plan, person: User | None) -> list[Held]:
    found = [held for role in plan.roles for rank in RANKS for held in plan.turns(role, rank)]
    return sorted(
        (h for h in found if person is None or h.person == person), key=lambda h: (h.since, h.rank, h.person.pk)
    )


def _render(row: PublishedCalendar, turns: list[Held]) -> bytes:
    calendar = Calendar()
    calendar.add("prodid", "-//CrisisDesk//On call//EN")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("x-wr-calname", vText(f"On call: {row.role}" if row.role else f"On call: {row.person}"))
    # How often to look again: RFC 7986 §5.7, and what came before it.
    calendar.add("refresh-interval", vDuration(timedelta(hours=1)), parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", vText("PT1H"))
    for held in turns:
        event = Event()
        event.add("uid", _uid(held))
        # Without METHOD it is the time of the last revision; one moment for all, so that nothing changes by being read.
        event.add("dtstamp", row.made_at.astimezone(UTC).replace(microsecond=0))
        event.add("dtstart", held.since.astimezone(UTC))
        event.add("dtend", held.until.astimezone(UTC))
        rank = Rank(held.rank).label.lower()
        event.add("summary", f"{held.role} ({rank}): {held.person}" if row.role else f"{held.role} ({rank})")
        event.add("transp", "TRANSPARENT")
        if held.layer in ("override", "swap"):
            event.add("description", f"By {held.layer}.")
        calendar.add_component(event)
    rendered: bytes = calendar.to_ical()
    return rendered


def _uid(held: Held) -> str:
    """Follows from who, what and when it begins: a longer turn is the same event, changed."""
    words = f"{held.role.slug}|{held.rank}|{held.person.pk}|{held.since.astimezone(UTC).isoformat()}"
    return f"{hashlib.sha256(words.encode()).hexdigest()[:32]}@{settings.MAIL_DOMAIN}"
