"""What the demonstration puts into an empty database, and leaves alone at a second start."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from crisisdesk.core.access import Group
from crisisdesk.core.models import User
from crisisdesk.demonstration.alarm import ALARMS, payload
from crisisdesk.demonstration.live import TITLE, start_incident
from crisisdesk.demonstration.on_call import NOT_AT_WEEKENDS
from crisisdesk.demonstration.past import our_past, renamed, shift_for, with_dates_moved
from crisisdesk.demonstration.people import WHO_SIGN_IN
from crisisdesk.demonstration.prepare import Cast, alert_source, prepare
from crisisdesk.demonstration.reviews import cause_in, plans_in
from customers.models import Contact, Customer, Delivery, Service
from incidents.history.record import PastIncident, read_record
from incidents.intake.alertmanager import signals
from incidents.intake.sources import source_of
from incidents.models import Incident, IncidentRole, Notification, Promise, Rank, Template, WeeklyWindow
from incidents.schedules.standing import plan_of
from postmortems.models import Action, Postmortem
from tests.incidents.history.samples import line

PASSWORDS = {person.username: f"pass-of-{person.username}-x" for person in WHO_SIGN_IN}


def filled(now: datetime) -> Cast:
    """The demonstration's data, with few customers."""
    return prepare(PASSWORDS, now=now, say=lambda text: None, size="small")


@pytest.mark.sqlite
@pytest.mark.django_db
def test_it_makes_people_vendor_past_and_post_mortems_once(now: datetime) -> None:
    cast = filled(now)
    assert cast.people["dana"].check_password(PASSWORDS["dana"])
    assert not cast.people["noor"].has_usable_password()
    for person in WHO_SIGN_IN:
        assert [group.name for group in cast.people[person.username].groups.all()] == [person.group]
    assert Customer.objects.count() == 24
    assert Incident.objects.count() == 389
    assert not Template.objects.filter(approved_at=None, is_active=True).exists()
    assert set(Template.objects.values_list("approved_by_name", flat=True)) == {"Mara Lindqvist"}
    newest = Incident.objects.latest("resolved_at")
    assert timedelta(days=6) <= now - newest.resolved_at < timedelta(days=13)  # type: ignore[operator]
    assert Postmortem.objects.filter(state="approved").count() == 35
    assert Postmortem.objects.get(state="drafting").incident == newest
    assert Action.objects.overdue(now.date()).exists()
    assert Action.objects.filter(state="done").exists()
    # The past wakes nobody; the schedule has its own notes.
    assert set(Notification.objects.values_list("purpose", flat=True)) == {"briefing"}
    assert not Delivery.objects.exists()

    counts = [model.objects.count() for model in (User, Contact, WeeklyWindow, Postmortem, Incident)]
    filled(now + timedelta(hours=1))
    assert counts == [model.objects.count() for model in (User, Contact, WeeklyWindow, Postmortem, Incident)]


@pytest.mark.sqlite
@pytest.mark.django_db
def test_somebody_and_a_backup_are_on_call_for_every_role_now_and_after_a_month(now: datetime) -> None:
    filled(now)
    for moment in (now, now + timedelta(days=30)):
        filled(moment)
        for role in IncidentRole.objects.exclude(slug__in=NOT_AT_WEEKENDS):
            plan = plan_of([role], moment, moment + timedelta(minutes=1))
            assert [len(plan.held(role, rank)) for rank in Rank] == [1, 1], role


@pytest.mark.sqlite
@pytest.mark.django_db
def test_it_starts_one_outage_whose_customers_have_been_told(now: datetime) -> None:
    cast = filled(now)
    source, _ = alert_source("", now=now)
    incident = start_incident(source, ivo=cast.people["ivo"], dana=cast.people["dana"], now=now)
    assert incident is not None
    assert incident.title == TITLE
    assert incident.commander == cast.people["ivo"]
    assert incident.liaison == cast.people["dana"]
    assert Promise.objects.open().get().due_at == now + timedelta(minutes=25)
    told = Delivery.objects.filter(state="queued")
    assert told.count() > 0
    assert "Payments API" in told.first().reason  # type: ignore[union-attr]
    paged = {note.person.username for note in Notification.objects.filter(purpose="page")}
    assert paged == {"ivo", "dana"}
    # While it goes on, a second start adds no other.
    assert start_incident(source, ivo=cast.people["ivo"], dana=cast.people["dana"], now=now) is None


@pytest.mark.full
@pytest.mark.postgres
@pytest.mark.django_db
@pytest.mark.parametrize(
    "filled",
    [test_it_makes_people_vendor_past_and_post_mortems_once, test_it_starts_one_outage_whose_customers_have_been_told],
)
def test_it_is_so_on_postgresql_too(filled: Callable[[datetime], None], now: datetime) -> None:
    filled(now)


@pytest.mark.django_db
def test_its_alert_source_keeps_its_token_and_replaces_one_that_was_lost(now: datetime, ada: User) -> None:
    source, token = alert_source("", now=now)
    assert alert_source(token, now=now) == (source, token)
    assert source_of(f"Bearer {token}", source.kind) == source
    _, fresh = alert_source("", now=now)
    assert source_of(f"Bearer {token}", source.kind) is None
    assert source_of(f"Bearer {fresh}", source.kind) == source


@pytest.mark.parametrize("name", sorted(ALARMS))
def test_each_alarm_is_what_alertmanager_would_post(name: str, now: datetime) -> None:
    (firing,) = signals(payload(name, now=now), now)
    (over,) = signals(payload(name, now=now, resolved=True), now)
    assert firing.is_firing
    assert not over.is_firing
    assert firing.fingerprint == over.fingerprint
    assert firing.title


@pytest.mark.sqlite
@pytest.mark.django_db
def test_each_alarm_names_a_service_of_the_vendor(now: datetime) -> None:
    filled(now)
    for alarm in ALARMS.values():
        assert Service.objects.filter(slug=alarm["service"]).exists()


def test_the_past_moves_by_whole_weeks_and_keeps_its_gaps(now: datetime) -> None:
    record = read_record(line(components=["Copilot"], title="Incident with Copilot"))
    assert isinstance(record, PastIncident)
    (ours,) = our_past([record], newest_before=now + timedelta(days=100))
    shift = ours.started_at - record.started_at
    assert shift % timedelta(weeks=1) == timedelta()
    assert [update.at - shift for update in ours.updates] == [update.at for update in record.updates]
    assert (ours.title, ours.components) == ("Incident with Search", ("Search",))


@pytest.mark.parametrize(("days", "weeks"), [(6, 0), (12, 0), (13, 1), (19, 1), (20, 2)])
def test_the_newest_past_outage_is_six_to_thirteen_days_old(days: int, weeks: int, now: datetime) -> None:
    assert shift_for(now - timedelta(days=days), now) == timedelta(weeks=weeks)


@pytest.mark.parametrize(
    ("text", "moved"),
    [
        ("On July 18th, 2024 at 22:38 UTC", "On 25 July 2024 at 22:38 UTC"),
        ("from 19 Sep 20:57 UTC", "from 26 September 20:57 UTC"),
        ("on Monday, March 28th from 12:00", "on Monday, 4 April from 12:00"),
        ("On December 31, 2023, all", "On 7 January 2024, all"),
        ("Beginning at 2023-10-25 09:13 UTC", "Beginning at 2023-11-01 09:13 UTC"),
        ("It may take 30 minutes; see RFC 2024-1", "It may take 30 minutes; see RFC 2024-1"),
        ("On February 30th", "On February 30th"),
    ],
)
def test_dates_in_a_text_move_with_it(text: str, moved: str) -> None:
    said_at = datetime(2024, 7, 19, tzinfo=UTC)
    assert with_dates_moved(text, said_at, timedelta(weeks=1)) == moved


def test_a_text_speaks_of_our_products() -> None:
    assert renamed("GitHub Actions and Codespaces are degraded on github.com") == (
        "Payments API and Storefront are degraded on our web site"
    )


@pytest.mark.parametrize(
    ("account", "cause"),
    [
        ("Errors rose. This was due to a certificate that had expired. We deployed a new one.", "configuration"),
        ("We rolled back a release that caused timeouts.", "deployment"),
        ("Our upstream provider had an outage.", "dependency"),
        ("A spike in traffic exhausted the pool.", "capacity"),
        ("This incident has been resolved.", "unknown"),
    ],
)
def test_a_cause_is_read_from_the_words_of_the_account(account: str, cause: str) -> None:
    assert cause_in(account) == cause


def test_promised_work_is_read_from_the_account() -> None:
    account = "We rolled back. We are working to improve our alerting, and are adding a second pair of hosts in future."
    assert plans_in(account) == ["Improve our alerting", "Add a second pair of hosts"]


def test_everybody_who_signs_in_has_a_group_of_their_own() -> None:
    assert sorted(person.group for person in WHO_SIGN_IN) == sorted(Group)
