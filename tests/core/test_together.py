"""Rows of several tables come in one statement, as they would by themselves."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from pytest_django import DjangoAssertNumQueries

from crisisdesk.core.models import User
from crisisdesk.core.together import Together
from customers.models import Customer
from incidents.models import Alert, Shift
from tests import factories
from tests.incidents.schedules.cast import window

pytestmark = pytest.mark.django_db
AT = datetime(2026, 3, 1, 9, 30, 15, 123456, tzinfo=UTC)


def test_they_come_in_one_statement(ivo: User, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    role = window(ivo).role
    Shift.objects.create(role=role, person=ivo, starts_at=AT, ends_at=AT + timedelta(hours=8))
    for name in ("Acme", "Globex “Ω” \\ %s"):
        factories.customer(name)
    together = Together()
    shifts = together.rows(Shift.objects.all(), "role_id", "starts_at", "ends_at")
    customers = together.rows(Customer.objects.order_by("name"), "name", "is_active")
    nobody = together.rows(User.objects.none(), "first_name")
    assert connection.features.supports_json_field  # SQLite is asked once in the life of a process

    with django_assert_num_queries(1):
        together.read()
        together.read()

    assert [(row.role_id, row.starts_at, row.ends_at) for row in shifts] == [(role.pk, AT, AT + timedelta(hours=8))]
    assert shifts[0] == Shift.objects.get()
    assert sorted(row.name for row in customers) == ["Acme", "Globex “Ω” \\ %s"]
    assert [row.is_active for row in customers] == [True, True]
    assert nobody == []


def test_a_column_that_was_not_asked_for_is_read_when_it_is_needed(ivo: User) -> None:
    together = Together()
    people = together.rows(User.objects.filter(pk=ivo.pk), "first_name")
    together.read()

    assert people[0].last_name == ivo.last_name


def test_what_json_does_not_carry_whole_is_refused(now: datetime) -> None:
    with pytest.raises(TypeError, match=r"JSON does not carry Alert\.labels whole"):
        Together().rows(Alert.objects.all(), "labels")
    with pytest.raises(TypeError, match="Alert has no column 'incident'"):
        Together().rows(Alert.objects.all(), "incident")
