"""New alerts wake the people on call; when nobody answers, the circle widens."""

from collections import Counter
from datetime import datetime, timedelta
from types import SimpleNamespace

import pytest
from pytest_django import DjangoAssertNumQueries, Settings

from crisisdesk.core import deadlines
from crisisdesk.core.actors import Actor
from crisisdesk.core.models import AuditEntry, Deadline, User
from crisisdesk.core.refusals import InvalidInput, NotAllowed, WrongState
from customers.affected import Scope
from incidents.alerts import Signal, receive, report_problem
from incidents.intake.sources import create_source
from incidents.models import Alert, AlertSource, IncidentRole, Notification, Shift, TimelineEntry
from incidents.oncall.paging import acknowledge
from incidents.qualify import declare, decline
from tests.factories import service

pytestmark = pytest.mark.django_db


@pytest.fixture
def source(by_ada: Actor, now: datetime) -> AlertSource:
    return create_source("Production Alertmanager", by=by_ada, now=now)[0]


def signal(name: str, now: datetime, **more: object) -> Signal:
    values: dict[str, object] = {
        "fingerprint": name,
        "is_firing": True,
        "title": f"{name}: high error rate",
        "description": "5xx above 5 %",
        "labels": {"service": name},
        "annotations": {},
        "link": "",
        "started_at": now,
    }
    return Signal(**(values | more))  # type: ignore[arg-type]


def fire(source: AlertSource, now: datetime, *names: str, **more: object) -> list[Alert]:
    return list(receive(source, [signal(name, now, **more) for name in names], now=now).new)


def pages() -> Counter[str]:
    """How many pages each person got: about an alert, not about its incident."""
    return Counter(str(row.person) for row in Notification.objects.filter(incident=None).select_related("person"))


def subjects(person: User) -> list[str]:
    return list(Notification.objects.filter(person=person).order_by("id").values_list("subject", flat=True))


def story(alert: Alert) -> str:
    return "\n".join(TimelineEntry.objects.filter(alert=alert).order_by("id").values_list("text", flat=True))


def test_it_tells_both_people_on_call_at_once_and_each_once(
    on_call: SimpleNamespace, source: AlertSource, now: datetime
) -> None:
    (alert,) = fire(source, now, "Payments API")
    assert pages() == {"Ivo Brandt": 1, "Dana Reyes": 1}
    assert subjects(on_call.ivo) == ["[PAGE] Payments API: high error rate — acknowledge"]
    assert "Told Ivo Brandt (On-call operations). Told Dana Reyes (On-call support)." in story(alert)
    assert "Alert from Production Alertmanager" in story(alert)


def test_it_tells_a_person_with_two_roles_once(ivo: User, source: AlertSource, now: datetime) -> None:
    from_ivo_alone = [Shift(role_id=role, person=ivo, starts_at=now, ends_at=now + timedelta(1)) for role in roles()]
    Shift.objects.bulk_create(from_ivo_alone)
    fire(source, now, "Payments API")
    assert pages() == {"Ivo Brandt": 1}


def test_it_tells_the_whole_group_when_nobody_is_on_call_and_says_so(
    ivo: User, dana: User, source: AlertSource, now: datetime
) -> None:
    (alert,) = fire(source, now, "Payments API")
    assert pages() == {"Ivo Brandt": 1, "Dana Reyes": 1}
    assert "Nobody is on call as On-call operations; everybody in Operations was told instead." in story(alert)


def test_it_tells_administrators_when_no_role_has_anybody(source: AlertSource, ada: User, now: datetime) -> None:
    (alert,) = fire(source, now, "Payments API")
    assert pages() == {"Ada Novak": 1}
    assert "No role has anybody to page." in story(alert)


def test_it_does_not_page_again_for_a_repeat(on_call: SimpleNamespace, source: AlertSource, now: datetime) -> None:
    fire(source, now, "Payments API")
    fire(source, now + timedelta(seconds=90), "Payments API")
    assert pages() == {"Ivo Brandt": 1, "Dana Reyes": 1}
    assert Alert.objects.get().times_seen == 2


def test_it_tells_the_backup_when_nobody_acknowledges_and_then_everybody(
    on_call: SimpleNamespace, source: AlertSource, ivo: User, now: datetime
) -> None:
    (alert,) = fire(source, now, "Payments API")
    just_before = now + timedelta(seconds=299)
    deadlines.fire_due(just_before)
    assert "Petra Weiss" not in pages()

    deadlines.fire_due(now + timedelta(seconds=300))
    assert pages() == {"Ivo Brandt": 1, "Dana Reyes": 1, "Petra Weiss": 1, "Sam Ortiz": 1}
    assert "Told Petra Weiss (On-call operations)." in story(alert)
    assert subjects(on_call.petra) == ["[PAGE] Payments API: high error rate: unanswered for 5 min — acknowledge"]

    Shift.objects.all().delete()
    deadlines.fire_due(now + timedelta(seconds=600))
    assert pages() == {"Ivo Brandt": 1, "Dana Reyes": 1, "Petra Weiss": 1, "Sam Ortiz": 1}, "all were told before"
    assert "Nobody else is left to tell." in story(alert)


def test_it_tells_everybody_again_until_somebody_acknowledges(
    on_call: SimpleNamespace, source: AlertSource, now: datetime
) -> None:
    (alert,) = fire(source, now, "Payments API")
    told = []
    for minute in range(1, 181):
        before = sum(pages().values())
        deadlines.fire_due(now + timedelta(minutes=minute))
        told += [(minute, sum(pages().values()) - before)] if sum(pages().values()) > before else []
    assert told == [(5, 2), (20, 4), (40, 4), (80, 4), (140, 4)]
    assert subjects(on_call.ivo)[-1].startswith("[PAGE] Payments API: high error rate: unanswered for 140 min")

    acknowledge(alert, by=Actor.person(on_call.sam), now=now + timedelta(minutes=181))
    deadlines.fire_due(now + timedelta(minutes=200))
    deadlines.fire_due(now + timedelta(hours=9))
    assert Notification.objects.filter(purpose="page").count() == 20


def test_it_asks_the_group_when_there_is_no_backup(
    ivo: User, dana: User, petra: User, sam: User, source: AlertSource, now: datetime
) -> None:
    Shift.objects.bulk_create(
        Shift(role_id=role, person=person, starts_at=now, ends_at=now + timedelta(1))
        for role, person in zip(roles(), (ivo, dana), strict=True)
    )
    (alert,) = fire(source, now, "Payments API")
    deadlines.fire_due(now + timedelta(seconds=300))
    assert pages() == {"Ivo Brandt": 1, "Dana Reyes": 1, "Petra Weiss": 1, "Sam Ortiz": 1}
    assert "No other On-call operations is on call; everybody in Operations is asked." in story(alert)


def test_it_wakes_nobody_else_once_somebody_has_acknowledged(
    on_call: SimpleNamespace, source: AlertSource, by_ivo: Actor, now: datetime
) -> None:
    (alert,) = fire(source, now, "Payments API")
    acknowledge(alert, by=by_ivo, now=now + timedelta(seconds=40))
    deadlines.fire_due(now + timedelta(seconds=300))
    deadlines.fire_due(now + timedelta(seconds=600))
    assert pages() == {"Ivo Brandt": 1, "Dana Reyes": 1}
    assert not Deadline.objects.filter(kind="acknowledge", closed_at=None).exists()


def test_it_wakes_nobody_else_for_an_alert_that_was_qualified_without_an_answer(
    on_call: SimpleNamespace, source: AlertSource, by_ivo: Actor, now: datetime
) -> None:
    (alert,) = fire(source, now, "Payments API")
    decline(alert, reason="A test of the load balancer", by=by_ivo, now=now + timedelta(seconds=10))
    deadlines.fire_due(now + timedelta(seconds=300))
    deadlines.fire_due(now + timedelta(seconds=600))
    assert pages() == {"Ivo Brandt": 1, "Dana Reyes": 1}


def test_it_folds_a_storm_into_one_page(on_call: SimpleNamespace, source: AlertSource, now: datetime) -> None:
    fire(source, now, *(f"service-{number}" for number in range(40)))
    fire(source, now + timedelta(seconds=20), *(f"more-{number}" for number in range(5)))
    assert pages() == {"Ivo Brandt": 1, "Dana Reyes": 1}
    assert subjects(on_call.ivo) == ["[PAGE] 40 alerts: service-0: high error rate — acknowledge"]

    deadlines.fire_due(now + timedelta(seconds=60))
    assert subjects(on_call.ivo)[1:] == ["[PAGE] 5 alerts: more-0: high error rate — acknowledge"]
    deadlines.fire_due(now + timedelta(seconds=300))
    assert subjects(on_call.petra) == [
        "[PAGE] 45 alerts: service-0: high error rate: unanswered for 5 min — acknowledge"
    ]


def test_it_pages_anew_for_an_alert_that_comes_later(
    on_call: SimpleNamespace, source: AlertSource, now: datetime
) -> None:
    fire(source, now, "Payments API")
    fire(source, now + timedelta(seconds=61), "Search")
    assert pages() == {"Ivo Brandt": 2, "Dana Reyes": 2}


def test_it_pages_anew_when_the_earlier_page_was_answered(
    on_call: SimpleNamespace, source: AlertSource, by_ivo: Actor, now: datetime
) -> None:
    (alert,) = fire(source, now, "Payments API")
    acknowledge(alert, by=by_ivo, now=now + timedelta(seconds=5))
    fire(source, now + timedelta(seconds=10), "Search")
    assert pages() == {"Ivo Brandt": 2, "Dana Reyes": 2}


def test_it_keeps_waking_people_for_what_was_left_unanswered(
    on_call: SimpleNamespace, source: AlertSource, by_ivo: Actor, now: datetime
) -> None:
    (first,) = fire(source, now, "Payments API")
    fire(source, now + timedelta(seconds=20), "Search")
    acknowledge(first, by=by_ivo, now=now + timedelta(seconds=30))
    deadlines.fire_due(now + timedelta(seconds=60))
    assert subjects(on_call.ivo)[-1] == "[PAGE] Search: high error rate — acknowledge"
    deadlines.fire_due(now + timedelta(seconds=300))
    assert subjects(on_call.petra) == ["[PAGE] Search: high error rate: unanswered for 5 min — acknowledge"]


def test_it_never_folds_a_report_of_a_person(
    on_call: SimpleNamespace, source: AlertSource, by_dana: Actor, now: datetime
) -> None:
    fire(source, now, "Payments API")
    report_problem(
        title="Acme cannot pay",
        noticed_by="customer",
        by=by_dana,
        now=now + timedelta(seconds=5),
        description="since 2",
    )
    assert pages() == {"Ivo Brandt": 2, "Dana Reyes": 2}
    report = Alert.objects.get(source=None)
    assert report.noticed_by == "customer"
    assert "Reported by Dana Reyes (a customer told them)" in story(report)


def test_it_widens_the_circle_sooner_where_steps_are_seconds(
    on_call: SimpleNamespace, source: AlertSource, settings: Settings, now: datetime
) -> None:
    settings.ACKNOWLEDGE_SECONDS = 4
    fire(source, now, "Payments API")
    deadlines.fire_due(now + timedelta(seconds=4))
    assert pages()["Petra Weiss"] == 1


def test_it_asks_operations_again_and_again_when_nobody_decides(
    on_call: SimpleNamespace, source: AlertSource, by_dana: Actor, by_ivo: Actor, now: datetime
) -> None:
    (alert,) = fire(source, now, "Payments API")
    at = now + timedelta(seconds=30)
    acknowledge(alert, by=by_dana, now=at)
    deadlines.fire_due(at + timedelta(seconds=899))
    assert pages()["Ivo Brandt"] == 1
    deadlines.fire_due(at + timedelta(seconds=900))
    asked = Notification.objects.get(person=on_call.ivo, purpose="escalation")
    assert asked.subject.startswith("[DECIDE] Payments API: high error rate: open for 15 min")
    assert asked.link == f"/admin/qualify/{alert.pk}/" or str(alert.pk) in asked.link
    assert "Not decided for 15 min." in story(alert)
    for minutes in (30, 60, 119, 120, 179, 180):
        deadlines.fire_due(at + timedelta(minutes=minutes))
    assert story(alert).count("Not decided for") == 5, "after 15, 30, 60, 120 and 180 minutes"
    decline(alert, reason="A test of the monitoring.", by=by_ivo, now=at + timedelta(minutes=181))
    deadlines.fire_due(at + timedelta(minutes=240))
    assert story(alert).count("Not decided for") == 5


def test_it_asks_nobody_again_once_it_is_declared(
    on_call: SimpleNamespace, source: AlertSource, by_ivo: Actor, now: datetime
) -> None:
    (alert,) = fire(source, now, "Payments API")
    acknowledge(alert, by=by_ivo, now=now)
    scopes = [Scope(service().pk)]
    declare([alert], title="Payments fail", severity="SEV2", scopes=scopes, by=by_ivo, now=now + timedelta(seconds=60))
    deadlines.fire_due(now + timedelta(seconds=900))
    deadlines.fire_due(now + timedelta(seconds=1800))
    assert pages() == {"Ivo Brandt": 1, "Dana Reyes": 1}


def test_it_tells_the_second_person_who_was_first(
    on_call: SimpleNamespace, source: AlertSource, by_ivo: Actor, by_dana: Actor, now: datetime
) -> None:
    (alert,) = fire(source, now, "Payments API")
    acknowledge(alert, by=by_ivo, now=now)
    acknowledge(alert, by=by_ivo, now=now + timedelta(seconds=1))
    with pytest.raises(WrongState, match="was acknowledged by Ivo Brandt at 14:00:00 UTC"):
        acknowledge(alert, by=by_dana, now=now + timedelta(seconds=2))
    assert AuditEntry.objects.filter(action="alert.acknowledged").count() == 1


def test_it_lets_only_operations_and_support_acknowledge(
    on_call: SimpleNamespace, source: AlertSource, by_mara: Actor, now: datetime
) -> None:
    (alert,) = fire(source, now, "Payments API")
    with pytest.raises(NotAllowed, match="takes Operations or Support"):
        acknowledge(alert, by=by_mara, now=now)
    alert.refresh_from_db()
    assert alert.state == "open"


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"title": "  "}, "Say in a line what is wrong."),
        ({"title": "x" * 301}, "301 characters"),
        ({"noticed_by": "monitoring"}, "staff or a customer"),
        ({"description": "x" * 10_001}, "10,000 is the most"),
    ],
)
def test_it_refuses_a_report_that_says_nothing(
    by_cleo: Actor, now: datetime, fields: dict[str, str], text: str
) -> None:
    with pytest.raises(InvalidInput, match=text):
        report_problem(**({"title": "Slow", "noticed_by": "staff"} | fields), by=by_cleo, now=now)
    assert not Alert.objects.exists()


def test_it_refuses_a_report_of_somebody_without_a_role(by_otto: Actor, now: datetime) -> None:
    with pytest.raises(NotAllowed):
        report_problem(title="Slow", noticed_by="staff", by=by_otto, now=now)


def test_it_needs_no_more_queries_for_a_storm(
    on_call: SimpleNamespace,
    source: AlertSource,
    now: datetime,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    names = [f"service-{number}" for number in range(300)]
    with django_assert_max_num_queries(75):
        fire(source, now, *names)
    with django_assert_max_num_queries(8):
        fire(source, now, *names)


@pytest.fixture
def by_cleo(cleo: User) -> Actor:
    return Actor.person(cleo)


def roles() -> list[int]:
    slugs = ["operations-on-call", "support-on-call"]
    from_slugs = {role.slug: role.pk for role in IncidentRole.objects.filter(slug__in=slugs)}
    return [from_slugs[slug] for slug in slugs]
