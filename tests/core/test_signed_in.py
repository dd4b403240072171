"""Who is signed in is read with the groups, and as both are now."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.auth.models import Group as AuthGroup
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from crisisdesk.core.access import Group
from crisisdesk.core.actors import Actor
from crisisdesk.core.models import User
from crisisdesk.core.signed_in import Backend

SignIn = Callable[[User], Client]


@pytest.mark.django_db
def test_a_person_comes_with_every_group_in_one_read(
    dana: User, otto: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    dana.groups.add(AuthGroup.objects.get(name=Group.OPERATIONS))
    with django_assert_num_queries(2):
        people = [Backend().get_user(person.pk) for person in (dana, otto)]
        groups = [Actor.person(person).groups for person in people if person]
    assert groups == [{Group.SUPPORT, Group.OPERATIONS}, set()]


@pytest.mark.django_db
def test_what_is_taken_away_ends_with_the_next_page(signed_in: SignIn, dana: User) -> None:
    client = signed_in(dana)
    assert client.get("/admin/customers/customer/").status_code == 200
    dana.groups.clear()
    assert client.get("/admin/customers/customer/").status_code != 200
    dana.groups.add(AuthGroup.objects.get(name=Group.SUPPORT))
    assert client.get("/admin/customers/customer/").status_code == 200
    User.objects.filter(pk=dana.pk).update(is_active=False)
    assert client.get("/admin/customers/customer/").status_code == 302
    assert Backend().get_user(dana.pk) is None
    assert Backend().get_user(0) is None
