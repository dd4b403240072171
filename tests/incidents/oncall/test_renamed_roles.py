"""People rename roles, anywhere: whoever comes next is found all the same, and called by the new name."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from importlib import import_module
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.test import Client

from crisisdesk.core import deadlines
from crisisdesk.core.actors import Actor
from crisisdesk.core.models import User
from incidents.models import Incident, IncidentRole, Notification, Rank, Urgency
from incidents.oncall.instead import tell_instead
from incidents.oncall.planning import urgency_of
from tests import factories
from tests.incidents.oncall.cast import put_on_call

link = import_module("incidents.migrations.0023_link_notifications_to_roles").link
pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]


@pytest.fixture(autouse=True)
def _liaisons(on_call: SimpleNamespace, now: datetime) -> None:
    """Dana writes to customers, Sam backs her up."""
    put_on_call(on_call.dana, "liaison", now)
    put_on_call(on_call.sam, "liaison", now, rank=Rank.BACKUP)


@pytest.fixture
def incident(_liaisons: None, by_ivo: Actor, now: datetime) -> Incident:
    """Declared by Ivo."""
    return factories.incident(by_ivo, now)


def rename() -> None:
    """Every role at once, as the console saves them."""
    for role in IncidentRole.objects.all():
        role.name = f"The {role.slug}"
        role.save()


def people(notes: list[Notification]) -> list[str]:
    return [note.person.first_name for note in notes]


def told(person: User) -> Notification:
    return Notification.objects.get(person=person, key__startswith="write:")


def test_whoever_comes_next_is_told_for_a_role_that_was_renamed(
    on_call: SimpleNamespace, by_ivo: Actor, now: datetime
) -> None:
    rename()
    factories.incident(by_ivo, now)
    note = told(on_call.dana)

    assert note.role_name == note.told_as == "The liaison"
    assert people(tell_instead(note, by_what="e-mail", now=now)) == ["Sam"]


def test_a_role_renamed_in_one_statement_loses_nobody(
    incident: Incident, on_call: SimpleNamespace, now: datetime
) -> None:
    IncidentRole.objects.filter(slug="liaison").update(name="Night desk")
    note = told(on_call.dana)

    assert (note.role_name, note.told_as) == ("Night desk", "Customer liaison")
    instead = tell_instead(note, by_what="e-mail", now=now)
    assert people(instead) == ["Sam"]
    assert instead[0].role_name == "Night desk"


def test_a_quiet_role_stays_quiet_under_a_new_name(
    incident: Incident, on_call: SimpleNamespace, by_ivo: Actor, now: datetime
) -> None:
    IncidentRole.objects.filter(slug="liaison").update(name="Night desk", quiet=True)
    quiet = set(IncidentRole.objects.filter(quiet=True).values_list("pk", flat=True))

    assert urgency_of(told(on_call.dana), quiet) == Urgency.BRIEFING


def test_pages_call_people_by_the_new_name(
    incident: Incident, on_call: SimpleNamespace, ada: User, signed_in: SignIn
) -> None:
    role = IncidentRole.objects.get(slug="liaison")
    form = {"name": "Night desk", "group": role.group, "responsibilities": "Write."}
    signed_in(ada).post(f"/admin/incidents/incidentrole/{role.pk}/change/", form)

    page = signed_in(on_call.dana).get(f"/admin/incidents/notification/{told(on_call.dana).pk}/change/")
    assert "Night desk" in page.content.decode()
    assert "Customer liaison" not in page.content.decode()


def test_what_climbs_names_the_roles_as_they_are_called_now(incident: Incident, now: datetime) -> None:
    rename()
    deadlines.fire_due(now + timedelta(hours=2))

    climbed = Notification.objects.filter(key__startswith="owed:")
    assert set(climbed.values_list("role__name", flat=True)) == {"The liaison", "The commander"}


def test_what_was_told_under_a_name_finds_its_role_by_it(incident: Incident, on_call: SimpleNamespace) -> None:
    """Before roles were referred to, names were all there was; some were changed since, some never belonged to one."""
    roles = IncidentRole.objects.in_bulk(["liaison", "commander"], field_name="slug")
    roles["liaison"].name = "Night desk"
    roles["liaison"].save()
    roles["commander"].name = "Customer liaison"
    roles["commander"].save()
    stored = Notification.objects.filter(pk=told(on_call.dana).pk)
    expected = {
        "Night desk": "liaison",
        "Customer liaison": "commander",
        "Incident commander": "commander",
        "communications": "communications",
        "Nightwatch": None,
        "": None,
    }
    for name, slug in expected.items():
        stored.update(role=None, told_as=name)
        link(apps, None)
        note = stored.select_related("role").get()
        assert note.role.slug == slug if note.role else slug is None, name
        assert note.told_as == name
