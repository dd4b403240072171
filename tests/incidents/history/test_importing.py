"""Past incidents come in as if the desk had been there, and nobody is written to."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from crisisdesk.core.actors import Actor
from crisisdesk.core.models import AuditEntry, Deadline
from crisisdesk.core.refusals import NotAllowed
from customers.models import Delivery, Message, Service
from incidents.history.importing import Report, import_history
from incidents.history.record import PastIncident, read_record
from incidents.models import Incident, Outcome, Promise, Severity, Status, TimelineEntry, Update, UpdateKind
from incidents.timeline import entries_of
from tests.incidents.history.samples import line

pytestmark = pytest.mark.django_db


def record(**changes: Any) -> PastIncident:
    """The past incident of a sample line."""
    found = read_record(line(**changes))
    assert isinstance(found, PastIncident)
    return found


def imported(*records: PastIncident, by: Actor, now: datetime) -> Report:
    """Import the records given, or the sample."""
    return import_history(records or (record(),), by=by, now=now)


def at(hour: int, minute: int = 0) -> datetime:
    """On 10 March 2026."""
    return datetime(2026, 3, 10, hour, minute, tzinfo=UTC)


def test_it_brings_in_a_resolved_incident_with_its_messages(by_ada: Actor, now: datetime) -> None:
    imported(by=by_ada, now=now)
    incident = Incident.objects.get(external_id="77")
    assert (incident.status, incident.severity) == (Status.RESOLVED, Severity.SEV2)
    assert (incident.started_at, incident.first_told_at, incident.resolved_at) == (at(14), at(14), at(15, 30))
    assert [str(row) for row in incident.affected.all()] == ["Payments API"]
    assert [(row.number, row.kind, row.sent_at) for row in incident.updates.all()] == [
        (1, UpdateKind.INITIAL, at(14)),
        (2, UpdateKind.PROGRESS, at(15)),
        (3, UpdateKind.FINAL, at(15, 30)),
    ]
    assert incident.history.get().history_actor == by_ada.name


def test_it_judges_each_promise_by_the_message_that_followed(by_ada: Actor, now: datetime) -> None:
    imported(by=by_ada, now=now)
    late, kept = Promise.objects.order_by("made_at")
    assert (late.outcome, late.due_at, late.missed_at, late.late_seconds) == (
        Outcome.MISSED,
        at(14, 30),
        at(14, 30),
        1800,
    )
    assert (kept.outcome, kept.due_at, kept.closed_at) == (Outcome.KEPT, at(16), at(15, 30))
    assert not Promise.objects.open().exists()


@pytest.mark.parametrize(
    ("followed_at", "outcome"),
    [("14:29:59", Outcome.KEPT), ("14:30:00", Outcome.KEPT), ("14:30:01", Outcome.MISSED)],
)
def test_it_counts_a_promise_as_kept_up_to_its_very_second(
    followed_at: str, outcome: Outcome, by_ada: Actor, now: datetime
) -> None:
    messages = line()["updates"]
    messages[1] = {"at": f"2026-03-10T{followed_at}Z", "status": "Identified", "message": "Found it."}
    imported(record(updates=messages), by=by_ada, now=now)
    assert Promise.objects.get().outcome == outcome


@pytest.mark.parametrize(
    ("resolved_at", "outcome"), [("14:20", Outcome.RELEASED), ("14:30", Outcome.RELEASED), ("14:31", Outcome.MISSED)]
)
def test_it_releases_a_promise_when_the_outage_ends_first_without_a_message(
    resolved_at: str, outcome: Outcome, by_ada: Actor, now: datetime
) -> None:
    past = record(updates=line()["updates"][:1], resolved_at=f"2026-03-10T{resolved_at}:00Z")
    imported(past, by=by_ada, now=now)
    promise = Promise.objects.get()
    assert (promise.outcome, promise.closed_by) == (outcome, None)


def test_its_timeline_tells_the_outage_at_the_times_of_the_record(by_ada: Actor, now: datetime) -> None:
    imported(by=by_ada, now=now)
    incident = Incident.objects.get()
    told = [(entry.at, entry.text) for entry in entries_of(incident).order_by("at", "id")]
    assert told == [
        (at(14), "Declared SEV2: Payments are slow"),
        (at(14), "First alert published: Payments are slow"),
        (at(14, 30), "Promise missed: the update promised for 14:30:00 UTC was not sent."),
        (at(15), "Progress update published: Payments are slow"),
        (at(15, 30), "Final message published: Payments are slow"),
    ]


def test_it_writes_to_nobody_and_plans_nothing(by_ada: Actor, now: datetime) -> None:
    imported(by=by_ada, now=now)
    assert not Message.objects.exists()
    assert not Delivery.objects.exists()
    assert not Deadline.objects.exists()
    assert Update.objects.exclude(message=None).count() == 0


def test_a_second_run_changes_nothing(by_ada: Actor, now: datetime) -> None:
    imported(by=by_ada, now=now)
    before = (Incident.objects.count(), Update.objects.count(), TimelineEntry.objects.count())
    report = imported(record(), record(id="78"), by=by_ada, now=now)
    assert (report.imported, report.already_there) == (1, 1)
    report = imported(record(), record(id="78"), by=by_ada, now=now)
    assert (report.imported, report.already_there) == (0, 2)
    assert before == (1, 3, 5)
    assert (Incident.objects.count(), Update.objects.count()) == (2, 6)
    assert AuditEntry.objects.filter(action="history.imported").count() == 2


def test_it_knows_a_service_by_name_or_short_name_and_makes_the_others(by_ada: Actor, now: datetime) -> None:
    Service.objects.create(slug="payments-api", name="Payments")
    Service.objects.create(slug="search", name="Search")
    report = imported(record(components=["Payments API", "SEARCH", "Brand new"]), by=by_ada, now=now)
    assert report.services_created == 1
    assert sorted(str(row) for row in Incident.objects.get().affected.all()) == ["Brand new", "Payments", "Search"]


def test_it_reports_silence_and_promises(by_ada: Actor, now: datetime) -> None:
    silent = line(id="78")["updates"][::2]
    report = imported(record(), record(id="78", updates=silent), by=by_ada, now=now)
    assert (report.long, report.with_silent_hour) == (2, 1)
    assert (report.promises, report.kept, report.missed) == (3, 1, 2)


def test_only_an_administrator_may_import(by_dana: Actor, by_ivo: Actor, now: datetime) -> None:
    for actor in (by_dana, by_ivo):
        with pytest.raises(NotAllowed, match="This takes Administrators"):
            imported(by=actor, now=now)
    assert not Incident.objects.exists()


def test_the_command_prints_what_the_record_says(tmp_path: Path) -> None:
    path = tmp_path / "history.jsonl"
    path.write_text(json.dumps(line()) + "\n" + json.dumps(line(id="78", impact="maintenance")) + "\n")
    out = StringIO()
    call_command("import_history", str(path), stdout=out)
    assert "1 left out: maintenance." in out.getvalue()
    assert "Imported 1 incidents with 3 messages; 1 services created." in out.getvalue()
    assert "Of 2 dated promises of the next update, 1 were kept and 1 broken (50 %)." in out.getvalue()


def test_the_command_saves_nothing_of_a_bad_file(tmp_path: Path) -> None:
    path = tmp_path / "history.jsonl"
    path.write_text(json.dumps(line()) + "\n{\n")
    with pytest.raises(CommandError, match="Line 2: it is not JSON"):
        call_command("import_history", str(path))
    assert not Incident.objects.exists()


def test_the_file_that_comes_with_the_project_is_imported_whole() -> None:
    out = StringIO()
    call_command("import_history", "data/github-incidents-2022-2024.jsonl.gz", stdout=out)
    assert "10 left out: maintenance." in out.getvalue()
    assert "Imported 389 incidents with 2133 messages" in out.getvalue()
    assert "Of 186 longer than an hour, 68 had an hour of silence (37 %)." in out.getvalue()
    assert "Of 24 dated promises of the next update, 14 were kept and 10 broken (42 %)." in out.getvalue()
