"""On-call, policies and types in the console, and what a fresh installation starts with."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
from django.test import Client

from crisisdesk.core.models import User
from incidents.models import IncidentRole, IncidentType, PolicyStep, PromisePolicy, Shift
from tests.incidents.oncall.cast import put_on_call

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]
PAGES = ["incidentrole", "shift", "incidenttype", "promisepolicy", "pagingpolicy", "alertsource"]


def shift_form(person: User, role: str = "operations-on-call") -> dict[str, str]:
    return {
        "role": str(IncidentRole.objects.get(slug=role).pk),
        "person": str(person.pk),
        "rank": "primary",
        "starts_at_0": "2026-03-10",
        "starts_at_1": "08:00:00",
        "ends_at_0": "2026-03-10",
        "ends_at_1": "20:00:00",
    }


@pytest.mark.parametrize("page", PAGES)
def test_everybody_with_a_role_reads_and_only_administrators_write(
    page: str, signed_in: SignIn, ada: User, ivo: User, otto: User
) -> None:
    assert signed_in(ivo).get(f"/admin/incidents/{page}/").status_code == 200
    assert signed_in(ivo).get(f"/admin/incidents/{page}/add/").status_code == 403
    assert signed_in(otto).get(f"/admin/incidents/{page}/").status_code in (302, 403)
    assert signed_in(ada).get(f"/admin/incidents/{page}/").status_code == 200
    assert signed_in(ada).get(f"/admin/incidents/{page}/add/").status_code == 200


def test_an_administrator_puts_somebody_on_call(signed_in: SignIn, ada: User, ivo: User) -> None:
    response = signed_in(ada).post("/admin/incidents/shift/add/", shift_form(ivo))
    assert response.status_code == 302
    shift = Shift.objects.get()
    assert shift.person == ivo
    assert shift.history.get().history_actor


def test_it_refuses_a_shift_for_somebody_outside_the_group(signed_in: SignIn, ada: User, dana: User) -> None:
    response = signed_in(ada).post("/admin/incidents/shift/add/", shift_form(dana))
    assert "Dana Reyes is not in Operations, which On-call operations takes." in response.content.decode()
    assert not Shift.objects.exists()


def test_it_refuses_a_shift_that_ends_before_it_starts(signed_in: SignIn, ada: User, ivo: User) -> None:
    form = shift_form(ivo) | {"ends_at_1": "07:00:00"}
    response = signed_in(ada).post("/admin/incidents/shift/add/", form)
    assert "The shift must end after it starts." in response.content.decode()


@pytest.mark.parametrize(("when", "shown"), [("now", True), ("later", False), ("over", False)])
def test_the_list_says_who_is_on_call_now(signed_in: SignIn, ada: User, ivo: User, when: str, shown: bool) -> None:
    put_on_call(ivo, "operations-on-call", datetime.now().astimezone())
    page = signed_in(ada).get(f"/admin/incidents/shift/?when={when}")
    assert ("Ivo Brandt" in page.content.decode().split("<tbody>")[-1]) is shown


def test_an_administrator_changes_the_steps_of_a_policy(signed_in: SignIn, ada: User, ivo: User) -> None:
    policy = PromisePolicy.objects.get(severity="")
    where = f"/admin/incidents/promisepolicy/{policy.pk}/change/"
    form = {"name": "Default", "severity": "", "longest_gap_minutes": "60", "shortest_gap_minutes": "15"}
    form |= {"steps-TOTAL_FORMS": "6", "steps-INITIAL_FORMS": "5"}
    for number, step in enumerate(policy.steps.all()):
        form |= {f"steps-{number}-{name}": str(getattr(step, name)) for name in ("id", "offset_seconds", "action")}
        form |= {f"steps-{number}-role": str(step.role_id), f"steps-{number}-whom": step.whom}
        form |= {f"steps-{number}-policy": str(policy.pk)}
    sponsor = str(IncidentRole.objects.get(slug="executive-sponsor").pk)
    new = {"offset_seconds": "-60", "action": "miss", "role": sponsor, "whom": "primary", "policy": str(policy.pk)}
    form |= {f"steps-5-{name}": value for name, value in new.items()}
    response = signed_in(ada).post(where, form)
    assert "A miss can only be told at or after the due time." in response.content.decode()
    assert signed_in(ada).post(where, form | {"steps-5-offset_seconds": "600"}).status_code == 302
    assert policy.steps.count() == 6
    assert signed_in(ivo).post(where, form).status_code == 403


def test_a_fresh_installation_has_roles_a_policy_and_types(db: None) -> None:
    paged = IncidentRole.objects.filter(paged_on_alert=True)
    assert {(role.slug, role.group) for role in paged} == {
        ("operations-on-call", "Operations"),
        ("support-on-call", "Support"),
    }
    assert all(role.responsibilities for role in IncidentRole.objects.all())
    steps = PolicyStep.objects.filter(policy__severity="").order_by("offset_seconds", "role__slug")
    assert [(step.offset_seconds, step.action, step.role.slug, step.whom) for step in steps] == [
        (-600, "remind", "liaison", "primary"),
        (-300, "escalate", "commander", "primary"),
        (-300, "escalate", "liaison", "backup"),
        (-120, "escalate", "support-on-call", "group"),
        (0, "miss", "executive-sponsor", "primary"),
    ]
    assert IncidentType.objects.count() == 6
    assert all(15 <= kind.next_update_minutes <= 60 for kind in IncidentType.objects.all())
