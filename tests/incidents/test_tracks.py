"""Diagnosis and mitigation: two tracks, kept by Operations, in the timeline."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.test import Client

from crisisdesk.core.actors import Actor
from crisisdesk.core.models import AuditEntry, User
from crisisdesk.core.refusals import InvalidInput, NotAllowed
from incidents.models import Finding, Incident
from incidents.tracks import add_finding, set_finding_state
from postmortems.timeline import compiled
from tests import factories

SignIn = Callable[[User], Client]


@pytest.fixture
def incident(by_ivo: Actor, now: datetime) -> Incident:
    """An incident in progress."""
    return factories.incident(by_ivo, now)


def test_a_finding_has_a_state_that_changes_and_both_stand_in_the_record(
    incident: Incident, by_ivo: Actor, now: datetime
) -> None:
    row = add_finding(incident, "diagnosis", "The  pool is full", by=by_ivo, now=now)
    set_finding_state(row, "ruled_out", by=by_ivo, now=now + timedelta(minutes=2))
    add_finding(incident, "mitigation", "Restart the pool", by=by_ivo, now=now, state="under_way")

    row.refresh_from_db()
    assert (row.text, row.state, row.changed_by_name) == ("The pool is full", "ruled_out", "Ivo Brandt")
    texts = [moment.text for moment in compiled(incident)]
    assert "Diagnosis, suspected: The pool is full" in texts
    assert "Diagnosis, suspected → ruled out: The pool is full" in texts
    assert "Mitigation, under way: Restart the pool" in texts
    assert AuditEntry.objects.filter(action="finding.changed", incident=incident.reference).count() == 1
    assert row.history.count() == 2


def test_only_operations_keeps_the_tracks(incident: Incident, by_dana: Actor, now: datetime) -> None:
    with pytest.raises(NotAllowed, match="This takes Operations"):
        add_finding(incident, "diagnosis", "A guess", by=by_dana, now=now)


@pytest.mark.parametrize(
    ("track", "text", "state"),
    [("cause", "x", ""), ("diagnosis", " ", ""), ("diagnosis", "x" * 201, ""), ("diagnosis", "x", "worked")],
)
def test_it_refuses_what_is_no_finding(
    incident: Incident, by_ivo: Actor, now: datetime, track: str, text: str, state: str
) -> None:
    with pytest.raises(InvalidInput):
        add_finding(incident, track, text, by=by_ivo, now=now, state=state)
    assert not Finding.objects.exists()


def test_the_room_has_both_columns_and_keeps_what_was_refused(
    incident: Incident, ivo: User, dana: User, signed_in: SignIn
) -> None:
    browser, address = signed_in(ivo), f"/admin/incidents/{incident.pk}/findings/"

    page = browser.post(f"{address}diagnosis/", {"text": "The pool is full"}, follow=True).content.decode()

    row = Finding.objects.get()
    assert f'id="finding-{row.pk}"' in page
    assert browser.post(f"{address}{row.pk}/", {"state": "confirmed"}).status_code == 302
    row.refresh_from_db()
    assert row.state == "confirmed"
    refused = signed_in(dana).post(f"{address}mitigation/", {"text": "Restart it"})
    assert refused.status_code == 403
    long = browser.post(f"{address}mitigation/", {"text": "y" * 201})
    assert long.status_code == 409
    assert "y" * 201 in long.content.decode()
