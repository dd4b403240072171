"""People rename roles in the console: whoever comes next is found all the same, and called by the new name."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from types import SimpleNamespace

import pytest
from django.test import Client

from crisisdesk.core import deadlines
from crisisdesk.core.actors import Actor
from crisisdesk.core.models import User
from incidents.models import Incident, IncidentRole, Notification, Rank
from incidents.oncall.instead import tell_instead
from tests import factories
from tests.incidents.oncall.cast import put_on_call

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


def test_whoever_comes_next_is_told_for_a_role_that_was_renamed(
    on_call: SimpleNamespace, by_ivo: Actor, now: datetime
) -> None:
    rename()
    factories.incident(by_ivo, now)
    note = Notification.objects.get(person=on_call.dana, key__startswith="write:")

    assert note.role == "The liaison"
    assert people(tell_instead(note, by_what="e-mail", now=now)) == ["Sam"]


def test_a_new_name_in_the_console_goes_to_whom_have_been_told(
    incident: Incident, on_call: SimpleNamespace, ada: User, signed_in: SignIn, now: datetime
) -> None:
    role = IncidentRole.objects.get(slug="liaison")
    form = {"name": "Night desk", "group": role.group, "responsibilities": "Write."}
    signed_in(ada).post(f"/admin/incidents/incidentrole/{role.pk}/change/", form)

    note = Notification.objects.get(person=on_call.dana, key__startswith="write:")
    assert note.role == "Night desk"
    assert people(tell_instead(note, by_what="e-mail", now=now)) == ["Sam"]


def test_what_climbs_names_the_roles_as_they_are_called_now(incident: Incident, now: datetime) -> None:
    rename()
    deadlines.fire_due(now + timedelta(hours=2))

    climbed = Notification.objects.filter(key__startswith="owed:")
    assert set(climbed.values_list("role", flat=True)) == {"The liaison", "The commander"}
