"""One clock, read once for a request."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from pytest_django import DjangoAssertNumQueries

from crisisdesk.core import clock
from crisisdesk.core.models import User
from crisisdesk.core.signed_in import Backend


@pytest.mark.django_db
def test_it_gives_one_moment_to_each_request_and_goes_on_outside() -> None:
    seen: list[datetime] = []

    def view(request: HttpRequest) -> HttpResponse:
        seen.extend([clock.now(), clock.now()])
        return HttpResponse()

    answer = clock.one_moment(view)
    for _ in range(2):
        answer(RequestFactory().get("/"))

    assert seen[0] == seen[1] < seen[2] == seen[3]
    assert clock.now() > seen[3]
    assert clock.now().utcoffset() is not None


@pytest.mark.django_db
def test_the_time_comes_with_who_is_signed_in(dana: User, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    seen: list[datetime] = []

    def view(request: HttpRequest) -> HttpResponse:
        with django_assert_num_queries(1):
            Backend().get_user(dana.pk)
            seen.append(clock.now())
        return HttpResponse()

    before = clock.now()
    clock.one_moment(view)(RequestFactory().get("/"))

    assert before < seen[0] < clock.now()
    assert seen[0].utcoffset() == timedelta(0)


@pytest.mark.django_db
def test_it_forgets_the_moment_when_a_request_fails() -> None:
    def view(request: HttpRequest) -> HttpResponse:
        clock.now()
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        clock.one_moment(view)(RequestFactory().get("/"))

    assert clock.now() < clock.now()


def test_what_came_in_within_the_minute_is_just_now(now: datetime) -> None:
    assert clock.ago(now - timedelta(seconds=59), now) == "just now"
    assert clock.ago(now - timedelta(seconds=60), now) == "1\xa0minute ago"
