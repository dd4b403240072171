"""One table says who may do what."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group as AuthGroup

from crisisdesk.core.access import JOBS, TABLE, Act, Group, may, require
from crisisdesk.core.actors import Actor
from crisisdesk.core.models import User
from crisisdesk.core.refusals import NotAllowed


@pytest.mark.django_db
def test_it_has_every_group_in_the_database() -> None:
    assert set(AuthGroup.objects.values_list("name", flat=True)) == {group.value for group in Group}


def test_it_lists_every_act_once() -> None:
    assert set(TABLE) == set(Act)


def test_it_keeps_sending_and_the_green_light_apart() -> None:
    assert TABLE[Act.SEND_UPDATE] == {Group.SUPPORT}
    assert TABLE[Act.GREEN_LIGHT] == {Group.OPERATIONS}


def test_it_names_the_groups_that_may(by_dana: Actor) -> None:
    with pytest.raises(
        NotAllowed, match=r"Dana Reyes may not give or withdraw the green light. This takes Operations."
    ):
        require(by_dana, Act.GREEN_LIGHT)
    with pytest.raises(NotAllowed, match=r"This takes Operations or Executives\."):
        require(by_dana, Act.ASSIGN_FIX)


@pytest.mark.django_db
def test_it_gives_a_superuser_nothing_by_itself() -> None:
    root = User.objects.create_superuser("root", "root@vendor.example", "x")

    assert [act for act in Act if may(Actor.person(root), act)] == []


def test_it_gives_inactive_people_nothing(ivo: User) -> None:
    ivo.is_active = False

    assert not may(Actor.person(ivo), Act.QUALIFY)


def test_it_lets_a_job_do_only_what_is_listed_for_it() -> None:
    assert may(Actor.job("promise keeper"), Act.SEND_UPDATE)
    assert not may(Actor.job("promise keeper"), Act.GREEN_LIGHT)
    assert not any(may(Actor.job("a job nobody listed"), act) for act in Act)
    assert all(acts <= set(Act) for acts in JOBS.values())
