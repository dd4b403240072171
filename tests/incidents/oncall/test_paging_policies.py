"""How long a page waits: by the severity of the alert, as people set it in the console."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client

from crisisdesk.core import deadlines
from crisisdesk.core.actors import Actor
from crisisdesk.core.models import AuditEntry, Deadline, User
from incidents.alerts import report_problem
from incidents.models import AlertSource, Notification, PagingPolicy
from incidents.oncall.paging import acknowledge
from incidents.oncall.plans import in_words, plan_by, standard
from tests.incidents.oncall.test_paging import fire, pages, source

__all__ = ["source"]
pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]
WHERE = "/admin/incidents/pagingpolicy/"
MINUTE, TICK = timedelta(minutes=1), timedelta(milliseconds=1)
FORM = {
    "alerts": "critical",
    "is_active": "on",
    "backup_minutes": "2",
    "group_minutes": "4",
    "again_minutes": "3",
    "longest_pause_minutes": "12",
    "channels": ["voice"],
}


def policy(alerts: str, **more: Any) -> PagingPolicy:
    values = {"backup_minutes": 2, "group_minutes": 4, "again_minutes": 3, "longest_pause_minutes": 12}
    return PagingPolicy.objects.create(alerts=alerts, **values | more)


def critical(source: AlertSource, now: datetime, name: str = "Payments API") -> None:
    fire(source, now, name, labels={"severity": "Critical"})


def test_a_critical_page_widens_by_its_own_policy(on_call: SimpleNamespace, source: AlertSource, now: datetime) -> None:
    policy("critical", channels=["voice"])
    critical(source, now)
    deadlines.fire_due(now + 2 * MINUTE - TICK)
    assert pages() == {"Ivo Brandt": 1, "Dana Reyes": 1}
    deadlines.fire_due(now + 2 * MINUTE)
    assert pages() == {"Ivo Brandt": 1, "Dana Reyes": 1, "Petra Weiss": 1, "Sam Ortiz": 1}
    assert {tuple(row.channels) for row in Notification.objects.all()} == {("voice",)}
    first = Notification.objects.filter(person=on_call.ivo).get()
    assert f"{now + 2 * MINUTE:%H:%M:%S} UTC, the backup is told" in first.body


def test_everybody_hears_again_with_pauses_up_to_the_longest(
    on_call: SimpleNamespace, source: AlertSource, now: datetime
) -> None:
    policy("critical")
    critical(source, now)
    at = now + 4 * MINUTE
    for moment in (now + 2 * MINUTE, at):
        deadlines.fire_due(moment)
    assert pages()["Ivo Brandt"] == 1
    for number, pause in enumerate((3, 6, 12, 12), 2):
        deadlines.fire_due(at + pause * MINUTE - TICK)
        assert pages()["Ivo Brandt"] == number - 1
        at += pause * MINUTE
        deadlines.fire_due(at)
        assert pages()["Ivo Brandt"] == number


@pytest.mark.parametrize(
    ("labels", "minutes"),
    [({"severity": "warning"}, 30), ({"severity": "page"}, 8), ({}, 8), ({"severity": ["x"]}, 8)],
)
def test_other_alerts_go_by_theirs_or_by_that_for_all_others(
    on_call: SimpleNamespace, source: AlertSource, now: datetime, labels: dict[str, Any], minutes: int
) -> None:
    policy("warning", backup_minutes=30, group_minutes=60)
    policy("other", backup_minutes=8, group_minutes=16)
    policy("info", backup_minutes=3, is_active=False)
    fire(source, now, "Payments API", labels=labels)
    assert Deadline.objects.get(kind="acknowledge").due_at == now + minutes * MINUTE


def test_without_a_policy_the_setting_holds(on_call: SimpleNamespace, source: AlertSource, now: datetime) -> None:
    policy("critical", is_active=False)
    critical(source, now)
    assert Deadline.objects.get(kind="acknowledge").due_at == now + 5 * MINUTE


def test_what_people_report_has_a_policy_too(on_call: SimpleNamespace, by_dana: Actor, now: datetime) -> None:
    policy("reported", backup_minutes=3)
    report_problem(title="Acme cannot pay", description="", noticed_by="customer", by=by_dana, now=now)
    assert Deadline.objects.get(kind="acknowledge").due_at == now + 3 * MINUTE


def test_a_more_urgent_alert_does_not_join_a_page_that_waits_longer(
    on_call: SimpleNamespace, source: AlertSource, now: datetime
) -> None:
    policy("critical")
    policy("info", backup_minutes=30, group_minutes=60)
    fire(source, now, "Search", labels={"severity": "info"})
    critical(source, now + 10 * TICK)
    assert Deadline.objects.filter(kind="acknowledge").count() == 2, "a page of its own"
    fire(source, now + 20 * TICK, "Reports", labels={"severity": "info"})
    assert Deadline.objects.filter(kind="acknowledge").count() == 2, "the less urgent one joins"
    deadlines.fire_due(now + 2 * MINUTE + 10 * TICK)
    told = Notification.objects.filter(person=on_call.petra).get()
    assert all(name in told.subject + told.body for name in ("Search", "Payments API", "Reports", "3 alerts"))


def test_alerts_of_one_delivery_go_by_the_most_urgent(
    on_call: SimpleNamespace, source: AlertSource, now: datetime
) -> None:
    policy("critical")
    policy("info", backup_minutes=30, group_minutes=60)
    fire(source, now, "Search", "Payments API", labels={"severity": "info"})
    assert Deadline.objects.get(kind="acknowledge").due_at == now + 30 * MINUTE


def test_an_edit_leaves_alone_what_is_under_way_and_an_answer_ends_it(
    on_call: SimpleNamespace, source: AlertSource, by_ivo: Actor, now: datetime
) -> None:
    row = policy("critical")
    critical(source, now)
    row.group_minutes, row.again_minutes, row.longest_pause_minutes = 60, 60, 60
    row.save()
    for minutes in (2, 4, 7):
        deadlines.fire_due(now + minutes * MINUTE)
    assert pages()["Ivo Brandt"] == 2, "again after the three minutes that it began with"
    alert = Notification.objects.filter(person=on_call.ivo)[0].alert
    assert alert is not None
    acknowledge(alert, by=by_ivo, now=now + 8 * MINUTE)
    deadlines.fire_due(now + 60 * MINUTE)
    assert Notification.objects.filter(person=on_call.ivo, purpose="page").count() == 2


def test_an_administrator_makes_one_and_reads_what_it_means(signed_in: SignIn, ada: User, ivo: User) -> None:
    client = signed_in(ada)
    empty = client.get(WHERE).content.decode()
    assert "Every alert, until there is a policy" in empty
    assert "After 5 min" in empty
    assert client.post(f"{WHERE}add/", FORM).status_code == 302
    row = PagingPolicy.objects.get()
    assert (row.backup_minutes, row.channels) == (2, ["voice"])
    assert row.history.get().history_actor == "Ada Novak"
    entry = AuditEntry.objects.get(action="oncall.paging_policy_made")
    assert entry.data["alerts"] == "critical"
    page = signed_in(ivo).get(f"{WHERE}{row.pk}/change/").content.decode()
    assert "after 3 min, 6 min, then every 12 min, until somebody acknowledges" in page
    assert "Every other alert" in signed_in(ivo).get(WHERE).content.decode()
    assert signed_in(ivo).post(f"{WHERE}{row.pk}/change/", FORM).status_code == 403
    assert client.post(f"{WHERE}{row.pk}/change/", FORM | {"alerts": "other"}).status_code == 302
    assert "ACKNOWLEDGE_SECONDS" not in client.get(WHERE).content.decode()


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"backup_minutes": "1"}, "Give the first ones at least 2 minutes to answer."),
        ({"group_minutes": "2"}, "The group is told after the backup, and within 8 hours."),
        ({"group_minutes": "481"}, "The group is told after the backup, and within 8 hours."),
        ({"again_minutes": "0"}, "The longest pause is at least the first one, and at most 24 hours."),
        ({"longest_pause_minutes": "2"}, "The longest pause is at least the first one, and at most 24 hours."),
        ({"longest_pause_minutes": "1441"}, "The longest pause is at least the first one, and at most 24 hours."),
        ({"channels": ["pigeon"]}, "pigeon is not one of the available choices"),
    ],
)
def test_what_makes_no_sense_is_refused(signed_in: SignIn, ada: User, wrong: dict[str, Any], words: str) -> None:
    answer = signed_in(ada).post(f"{WHERE}add/", FORM | wrong)
    assert words in answer.content.decode()
    assert not PagingPolicy.objects.exists()


def test_one_policy_is_in_use_for_each_kind(signed_in: SignIn, ada: User) -> None:
    policy("critical", is_active=False)
    client = signed_in(ada)
    assert client.post(f"{WHERE}add/", FORM).status_code == 302
    assert "Change that one." in client.post(f"{WHERE}add/", FORM).content.decode()


def test_the_clock_in_words() -> None:
    assert [line[0] for line in in_words(standard())] == ["At once", "After 5 min", "After 10 min", "Then again"]
    assert in_words(standard())[-1][1] == "after 10 min, 20 min, 40 min, then every 1 h, until somebody acknowledges"
    made = PagingPolicy(alerts="info", again_minutes=2, longest_pause_minutes=90)
    assert in_words(plan_by(made))[-1][1].startswith("after 2 min, 4 min, 8 min, and so on, then every 1 h 30 min")
    made.again_minutes = 90
    assert in_words(plan_by(made))[-1][1].startswith("every 1 h 30 min")
