"""Who is on call."""

from datetime import datetime, timedelta
from types import SimpleNamespace

import pytest

from crisisdesk.core.access import Group
from crisisdesk.core.models import User
from incidents.models import IncidentRole, Shift
from incidents.oncall import who
from incidents.oncall.who import find
from tests.conftest import make_person
from tests.incidents.oncall.cast import put_on_call

pytestmark = pytest.mark.django_db


def test_it_names_the_primary_and_the_backup(on_call: SimpleNamespace, now: datetime) -> None:
    assert names("operations-on-call", now, "primary") == ["Ivo Brandt"]
    assert names("operations-on-call", now, "backup") == ["Petra Weiss"]
    assert names("operations-on-call", now, "group") == ["Ivo Brandt", "Petra Weiss"]


def test_it_counts_the_start_of_a_shift_and_not_its_end(ivo: User, now: datetime) -> None:
    make_person("Petra Weiss", Group.OPERATIONS)
    shift = put_on_call(ivo, "operations-on-call", now)
    tick = timedelta(microseconds=1)
    assert names("operations-on-call", shift.starts_at, "primary") == ["Ivo Brandt"]
    assert names("operations-on-call", shift.ends_at - tick, "primary") == ["Ivo Brandt"]
    for outside in (shift.starts_at - tick, shift.ends_at):
        assert names("operations-on-call", outside, "primary") == ["Ivo Brandt", "Petra Weiss"], "the whole group"


def test_it_asks_the_backup_when_no_primary_is_on_call(on_call: SimpleNamespace, now: datetime) -> None:
    Shift.objects.filter(person=on_call.ivo).delete()
    call = find([IncidentRole.objects.get(slug="operations-on-call")], now, "primary")[0]
    assert [str(person) for person in call.people] == ["Petra Weiss"]
    assert call.detour == "No primary is on call as On-call operations; the backup was told instead."


def test_it_asks_the_whole_group_when_nobody_is_on_call(ivo: User, dana: User, now: datetime) -> None:
    call = find([IncidentRole.objects.get(slug="operations-on-call")], now, "primary")[0]
    assert [str(person) for person in call.people] == ["Ivo Brandt"]
    assert "everybody in Operations was told instead" in call.detour


def test_it_leaves_out_people_who_have_left(on_call: SimpleNamespace, now: datetime) -> None:
    on_call.ivo.is_active = False
    on_call.ivo.save()
    assert names("operations-on-call", now, "primary") == ["Petra Weiss"]
    assert names("operations-on-call", now, "group") == ["Petra Weiss"]


def test_it_finds_nobody_for_an_unknown_role_or_an_empty_group(db: None, now: datetime) -> None:
    assert who.on_call("no-such-role", now, "primary") == []
    assert who.on_call("operations-on-call", now, "primary") == []


def names(role: str, now: datetime, whom: str) -> list[str]:
    return [str(person) for person in who.on_call(role, now, whom)]
