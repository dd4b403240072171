"""Years of incidents in minutes: 10 updates, 200 deliveries and 200 rows of history and audit for each.

The newest incident is the worst case: open, ten messages to every contact, a long timeline, an open draft.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from django.db.models import Count, OuterRef, Subquery
from django.db.models.functions import Coalesce

from benchmarks.copying import analyse, copy_history, empty_json, insert_from, moment, numbers
from benchmarks.people import loader, make_people, put_on_call
from benchmarks.result import say
from crisisdesk.core.access import Group
from crisisdesk.core.models import AuditEntry, User
from customers.company.load import load_company
from customers.models import Contact, Customer, Delivery, Message, MessageContent, Region, Service
from incidents.models import (
    AffectedService,
    Alert,
    Draft,
    Incident,
    Notification,
    Outcome,
    Promise,
    Severity,
    TimelineEntry,
    Update,
)
from postmortems.models import Action, Cause, Postmortem

UPDATES = 10
OPEN = 22
DAYS = 1000
BATCH = 2000
BODY = "Payments fail for some of your customers. Our engineers are working on it now. " * 3
KINDS = ("initial", *["progress"] * 8, "final")
ACTOR = "Ivo Brandt"


@dataclass(frozen=True, slots=True)
class Loaded:
    """The people and how many rows of each sort there are."""

    people: Mapping[Group, User]
    worst: Incident
    rows: Mapping[str, int]


def load(incidents: int, now: datetime) -> Loaded:
    """Write the record; deterministic but for `now`."""
    people = make_people()
    put_on_call(people, now)
    load_company(size=2 * incidents, by=loader(), now=now)
    say("vendor loaded")
    rows = _incidents(incidents, now, people)
    _surroundings(rows, now, people)
    updates = _updates(rows)
    _promises(rows, updates)
    _reports(rows, now, people)
    say("incidents written")
    analyse()
    deliveries = _deliveries(rows[-1], updates)
    _write_totals()
    say(f"{deliveries:,} deliveries written")
    history = _history(now)
    _timeline(rows[-1], now, incidents)
    say(f"{history:,} rows of history and audit written")
    analyse()
    counted = {
        "incidents": incidents,
        "updates": len(updates),
        "deliveries": deliveries,
        "history_and_audit": history,
        "contacts": Contact.objects.count(),
    }
    return Loaded(people, rows[-1], counted)


def _incidents(count: int, now: datetime, people: Mapping[Group, User]) -> list[Incident]:
    random = Random(6)
    made = []
    for number in range(count):
        at = now - timedelta(days=DAYS * (count - number) / count, minutes=5)
        is_open = number >= count - OPEN
        if is_open:
            at = now - timedelta(minutes=20 + 5 * (count - number))
        resolved = None if is_open else at + timedelta(minutes=random.randint(20, 300))
        made.append(
            Incident(
                title=f"Payments are failing, outage {number + 1}",
                summary=BODY,
                status="identified" if is_open else "resolved",
                severity=random.choice(Severity.values),
                noticed_by=random.choice(("monitoring", "monitoring", "staff", "customer")),
                is_drill=is_open and number % 10 == 0,
                started_at=at,
                detected_at=at + timedelta(minutes=2),
                acknowledged_at=at + timedelta(minutes=4),
                declared_at=at + timedelta(minutes=6),
                declared_by=people[Group.OPERATIONS],
                declared_by_name=ACTOR,
                first_told_at=at + timedelta(minutes=9),
                resolved_at=resolved,
                resolved_by_name="Dana Reyes" if resolved else "",
                green_light_at=resolved,
                commander=people[Group.OPERATIONS],
                liaison=people[Group.SUPPORT],
            )
        )
    return Incident.objects.bulk_create(made, BATCH)


def _surroundings(rows: Sequence[Incident], now: datetime, people: Mapping[Group, User]) -> None:
    """Scopes, alerts, notifications and drafts."""
    services = list(Service.objects.order_by("pk"))
    regions = list(Region.objects.order_by("pk"))
    scopes = [
        AffectedService(
            incident=row,
            service=services[(row.pk + nth) % len(services)],
            region=None if row == rows[-1] else regions[row.pk % len(regions)],
            since=row.declared_at,
        )
        for row in rows
        for nth in range(2)
    ]
    AffectedService.objects.bulk_create(scopes, BATCH)
    alerts = [_alert(f"{row.pk}-{nth}", row.started_at, row) for row in rows for nth in range(2)]
    alerts += [_alert(f"new-{nth}", now - timedelta(minutes=nth), None) for nth in range(40)]
    Alert.objects.bulk_create(alerts, BATCH)
    staff = list(people.values())
    notes = [
        Notification(
            key=f"load:{row.pk}:{nth}",
            purpose="reminder",
            person=staff[nth % len(staff)],
            subject="The update is due in ten minutes",
            body=BODY,
            incident=row,
            state="sent",
            created_at=row.declared_at,
            next_attempt_at=row.declared_at,
            sent_at=row.declared_at,
        )
        for row in rows
        for nth in range(10)
    ]
    Notification.objects.bulk_create(notes, BATCH)
    drafts = [_draft(row, closed_at=row.declared_at) for row in rows for _ in range(3)]
    drafts += [_draft(row, closed_at=None) for row in rows[-10:]]
    Draft.objects.bulk_create(drafts, BATCH)


def _draft(incident: Incident, *, closed_at: datetime | None) -> Draft:
    return Draft(
        incident=incident,
        kind="progress",
        status=incident.status,
        subject=incident.title,
        body=BODY,
        next_update_minutes=30,
        saved_at=incident.declared_at,
        saved_by_name="Dana Reyes",
        closed_at=closed_at,
    )


def _alert(name: str, at: datetime, incident: Incident | None) -> Alert:
    return Alert(
        fingerprint=name,
        title=f"Payments API: error rate above 5 % ({name})",
        started_at=at,
        first_seen_at=at,
        last_seen_at=at,
        state="declared" if incident else "open",
        incident=incident,
        open_key=None if incident else f"load:{name}",
    )


def _updates(rows: Sequence[Incident]) -> list[Update]:
    """Messages with their content, and the updates they carry."""
    messages = []
    for row in rows:
        for number in range(UPDATES):
            at = row.declared_at + timedelta(minutes=1 + number)
            messages.append(
                Message(
                    thread_key=row.reference,
                    kind=KINDS[number],
                    priority=1,
                    is_drill=row.is_drill,
                    from_address="support@status.example.com",
                    link_purpose="progress",
                    link_expires_at=at + timedelta(days=90),
                    created_at=at,
                    created_by_name="Dana Reyes",
                    state="finished",
                    state_at=at,
                )
            )
    Message.objects.bulk_create(messages, BATCH)
    contents = [
        MessageContent(message=row, language="en", time_zone="UTC", channel="email", subject="Payments", text=BODY)
        for row in messages
    ]
    MessageContent.objects.bulk_create(contents, BATCH)
    written = iter(messages)
    updates = [
        Update(
            incident=row,
            number=number + 1,
            kind="progress" if row.is_open and number else KINDS[number],
            status=row.status,
            subject=row.title,
            body=BODY,
            next_update_at=row.declared_at + timedelta(minutes=32 + number),
            message=next(written),
            customers_count=12,
            contacts_count=14,
            sent_at=row.declared_at + timedelta(minutes=1 + number),
            sent_by_name="Dana Reyes",
            key=f"load:{row.pk}:{number}",
        )
        for row in rows
        for number in range(UPDATES)
    ]
    return Update.objects.bulk_create(updates, BATCH)


def _promises(rows: Sequence[Incident], updates: Sequence[Update]) -> None:
    """Each update but the last of a resolved incident promised the next; one in fifteen was missed."""
    still_open = {row.pk for row in rows if row.is_open}
    made = []
    for update in updates:
        is_last = update.number == UPDATES
        if is_last and update.incident_id not in still_open:
            continue
        due, missed = update.next_update_at, update.incident_id % 15 == update.number
        if due is None:
            continue
        made.append(
            Promise(
                incident_id=update.incident_id,
                made_by=update,
                made_at=update.sent_at,
                due_at=due,
                outcome=Outcome.PENDING if is_last else Outcome.MISSED if missed else Outcome.KEPT,
                missed_at=due if missed and not is_last else None,
                late_seconds=90 if missed and not is_last else None,
                closed_at=None if is_last else due,
            )
        )
    Promise.objects.bulk_create(made, BATCH)


def _reports(rows: Sequence[Incident], now: datetime, people: Mapping[Group, User]) -> None:
    """A post-mortem with two actions for every resolved outage."""
    causes = list(Cause.objects.order_by("pk"))
    reports = []
    for row in rows:
        if row.resolved_at is None or row.is_drill:
            continue
        drafting = row.resolved_at > now - timedelta(days=10)
        done = None if drafting else row.resolved_at + timedelta(days=3)
        reports.append(
            Postmortem(
                incident=row,
                state="drafting" if drafting else "approved",
                lead=people[Group.OPERATIONS],
                opened_at=row.resolved_at,
                covers_until=row.resolved_at,
                due_on=(row.resolved_at + timedelta(days=7)).date(),
                summary=BODY,
                root_cause=BODY,
                cause=causes[row.pk * 7 % len(causes)],
                customers_count=12,
                contacts_count=14,
                approved_at=done,
                approved_by_name=ACTOR if done else "",
            )
        )
    Postmortem.objects.bulk_create(reports, BATCH)
    actions = []
    for number, report in enumerate(reports):
        for nth in range(2):
            open_still = (number + nth) % 12 == 0
            closed = None if open_still else report.opened_at + timedelta(days=20)
            actions.append(
                Action(
                    postmortem=report,
                    kind=("prevent", "detect")[nth],
                    title=f"Alarm on the error rate of outage {number}",
                    owner=people[Group.OPERATIONS],
                    due_on=(report.opened_at + timedelta(days=30)).date(),
                    state="open" if open_still else "done",
                    proof="" if open_still else "Deployed.",
                    created_at=report.opened_at,
                    created_by_name=ACTOR,
                    closed_at=closed,
                )
            )
    Action.objects.bulk_create(actions, BATCH)


def _deliveries(worst: Incident, updates: Sequence[Update]) -> int:
    """Each message of the worst incident to every contact, every other one to fourteen."""
    heavy = min(update.message_id or 0 for update in updates if update.incident_id == worst.pk)
    first, count = Contact.objects.order_by("pk").values_list("pk", flat=True)[0], Contact.objects.count()
    at = moment(worst.declared_at)
    values = {
        "message": "m.id",
        "contact": "c.id",
        "channel": "'email'",
        # A drill's deliveries carry no contact's address.
        "address": "CASE WHEN m.is_drill THEN 'drill@status.example.com' ELSE c.email END",
        "content": "mc.id",
        "reason": "'uses Payments API in eu-west'",
        "state": "CASE c.id %% 50 WHEN 0 THEN 'bounced' WHEN 1 THEN 'failed' ELSE 'delivered' END",
        "state_reason": "CASE WHEN c.id %% 50 < 2 THEN '550 5.1.1 no such user' ELSE '' END",
        "mail_id": "'<' || CAST(m.id AS varchar(20)) || '.' || CAST(c.id AS varchar(20)) || '@status.example.com>'",
        "provider_id": "''",
        "is_drill": "m.is_drill",
        "attempts": "1",
        "unknowns": "0",
        "next_attempt_at": "%s",
        "give_up_at": "%s",
        "claimed_by": "''",
        "sent_at": "%s",
    }
    written = "customers_message m JOIN customers_messagecontent mc ON mc.message_id = m.id"
    to_all = f"{written} CROSS JOIN customers_contact c WHERE m.id >= {heavy}"
    to_some = (
        f"{written} CROSS JOIN {numbers(14)} AS n "
        f"JOIN customers_contact c ON c.id = {first} + (m.id * 37) %% {count - 14} + n.column1 "
        f"WHERE m.id < {heavy}"
    )
    return sum(insert_from(source, Delivery, values, [at, at, at]) for source in (to_all, to_some))


def _write_totals() -> None:
    """How many deliveries each message has."""
    own = Delivery.objects.filter(message=OuterRef("pk")).order_by().values("message")
    Message.objects.update(total=Coalesce(Subquery(own.annotate(count=Count("pk")).values("count")), 0))


def _history(now: datetime) -> int:
    """About 140 history rows and 60 audit entries for each incident."""
    models = {Incident: 10, Update: 1, AffectedService: 2, Postmortem: 6, Action: 4, Contact: 15, Customer: 6}
    kept = sum(copy_history(model, times, now, ACTOR) for model, times in models.items())
    acts = [
        ("incidents_incident", "incidents.incident", "incident.status_changed", "id", 50),
        ("postmortems_postmortem", "postmortems.postmortem", "postmortem.cause_chosen", "incident_id", 8),
        ("postmortems_action", "postmortems.action", "postmortem.action_moved", "postmortem_id", 1),
    ]
    return kept + sum(_audit(*act, now=now) for act in acts)


def _audit(table: str, kind: str, action: str, incident: str, times: int, *, now: datetime) -> int:
    values = {
        "at": "%s",
        "actor_kind": "'person'",
        "actor_id": "1",
        "actor_name": "'Ivo Brandt'",
        "action": f"'{action}'",
        "object_type": f"'{kind}'",
        "object_id": "CAST(t.id AS varchar(20))",
        "incident": f"'INC-' || CAST(t.{incident} AS varchar(20))",
        "data": empty_json(),
        "is_drill": "false",
    }
    return insert_from(f"{table} t CROSS JOIN {numbers(times)} AS n", AuditEntry, values, [moment(now)])


def _timeline(worst: Incident, now: datetime, incidents: int) -> None:
    """Twenty entries for each incident and many for the worst."""
    values = {
        "incident": "t.id",
        "at": "%s",
        "kind": "'change'",
        "text": "'Severity: SEV2 to SEV1'",
        "actor_kind": "'person'",
        "actor_name": "'Ivo Brandt'",
        "data": empty_json(),
    }
    every = f"incidents_incident t CROSS JOIN {numbers(20)} AS n"
    many = f"incidents_incident t CROSS JOIN {numbers(max(100, incidents * 2 // 5))} AS n WHERE t.id = {worst.pk}"
    for source in (every, many):
        insert_from(source, TimelineEntry, values, [moment(now)])
