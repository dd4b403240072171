"""The page “On call” and its forms, as people use them."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from crisisdesk.core.actors import Actor
from crisisdesk.core.models import User
from incidents.models import IncidentRole, Override, Rank, Swap, SwapState
from incidents.schedules import swapping
from tests.incidents.schedules.cast import role, window

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]
SignIn = Callable[[User], Client]
PAGE = "/admin/on-call/"
NEXT_WEEK = (datetime(2026, 3, 16, 8, tzinfo=UTC), datetime(2026, 3, 23, 8, tzinfo=UTC))


@pytest.fixture(autouse=True)
def _on_tuesday(now: datetime) -> object:
    with time_machine.travel(now, tick=False):
        yield


def text(client: Client, address: str = PAGE) -> str:
    response = client.get(address)
    assert response.status_code == 200
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def test_it_says_who_is_on_call_now_and_next(signed_in: SignIn, ivo: User, petra: User, mira: User) -> None:
    window(ivo, petra)
    page = text(signed_in(mira))
    assert "On-call operations Petra Weiss until Mon 16 Mar 08:00 Backup none Next Ivo Brandt, Mon 16 Mar 08:00" in page
    assert "On-call support Nobody Everybody in Support is told instead." in page


def test_gaps_are_plain_and_lead_administrators_to_mend_them(
    signed_in: SignIn, ivo: User, ada: User, mira: User
) -> None:
    window(ivo, weekdays="12345")
    page = text(signed_in(mira), f"{PAGE}?role={role().slug}")
    assert "On-call operations , Sat 14 Mar 08:00 – Mon 16 Mar 08:00" in page
    assert "08:00–00:00 Gap" in page
    assert "Put somebody on call" not in page
    answer = signed_in(ada).get(PAGE).content.decode()
    link = re.search(r'href="(/admin/on-call/override/\?role=operations-on-call[^"]+)"', answer)
    assert link is not None
    form = signed_in(ada).get(link[1].replace("&amp;", "&")).content.decode()
    assert 'value="2026-03-14T08:00"' in form


def test_times_are_the_readers_own(signed_in: SignIn, ivo: User) -> None:
    ivo.time_zone = "Asia/Kathmandu"
    ivo.save()
    window(ivo)
    page = text(signed_in(ivo))
    assert "Mon 9 Mar 13:45 – Mon 16 Mar 13:45" in page
    assert "Asia/Kathmandu" in page


@pytest.mark.parametrize("weeks", ["2", "4", "nonsense"])
def test_it_shows_two_or_four_weeks_from_any_day(signed_in: SignIn, ivo: User, weeks: str) -> None:
    window(ivo)
    page = text(signed_in(ivo), f"{PAGE}?weeks={weeks}&from=2026-04-01&role=operations-on-call")
    assert "30 Mar – 5 Apr 2026" in page
    assert ("20 Apr – 26 Apr 2026" in page) is (weeks == "4")


@pytest.mark.parametrize("start", ["x", "0001-01-01", "9999-12-31", "2026-13-40", ""])
def test_a_day_that_is_none_is_this_week(signed_in: SignIn, ivo: User, start: str) -> None:
    assert "9 Mar – 15 Mar 2026" in text(signed_in(ivo), f"{PAGE}?from={start}")


def test_it_needs_few_queries_however_much_there_is(
    signed_in: SignIn,
    ivo: User,
    petra: User,
    noor: User,
    ada: User,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    for one in IncidentRole.objects.filter(group="Operations"):
        window(ivo, petra, noor, slug=one.slug)
        window(petra, noor, ivo, slug=one.slug, rank=Rank.BACKUP)
    for client in (signed_in(ada), signed_in(ivo)):
        client.get(PAGE)
        with django_assert_max_num_queries(15):
            client.get(f"{PAGE}?weeks=4")


def test_otto_may_not_look(signed_in: SignIn, otto: User) -> None:
    assert signed_in(otto).get(PAGE).status_code in (302, 403)


def test_ivo_asks_petra_accepts_and_the_calendar_shows_it(signed_in: SignIn, ivo: User, petra: User) -> None:
    window(ivo, petra)
    asking = signed_in(ivo)
    page = asking.get(PAGE).content.decode()
    link = re.search(r'href="(/admin/on-call/swap/[^"]+)"', page)
    assert link is not None
    address = link[1].replace("&amp;", "&")
    form = asking.get(address).content.decode()
    offer = re.search(r'name="takes" value="([^"]*2026-03-23[^"]*)"', form)
    assert offer is not None
    values = {"gives_from": "2026-03-16T08:00", "gives_until": "2026-03-23T08:00", "takes": offer[1], "reason": "x"}
    assert asking.post(address, values).status_code == 302
    assert "You asked Petra Weiss for a swap" in text(asking)
    swap = Swap.objects.get()
    assert swap.partner == petra
    answering = signed_in(petra)
    assert "Ivo Brandt asks you for a swap as On-call operations" in text(answering)
    assert answering.get(f"{PAGE}swap/{swap.pk}/accept/").status_code == 405, "nothing acts on GET"
    assert asking.post(f"{PAGE}swap/{swap.pk}/accept/").status_code == 403
    assert answering.post(f"{PAGE}swap/{swap.pk}/accept/").status_code == 302
    assert answering.post(f"{PAGE}swap/{swap.pk}/accept/").status_code == 409
    assert "Ivo Brandt ↔ Petra Weiss, On-call operations" in text(asking)
    assert "Petra Weiss (swap)" in text(asking)


def test_a_swap_form_that_lacks_something_keeps_what_was_typed(signed_in: SignIn, ivo: User, petra: User) -> None:
    window(ivo, petra)
    address = f"{PAGE}swap/?role=operations-on-call"
    values = {"gives_from": "2026-03-16T08:00", "gives_until": "2026-03-17T08:00", "reason": "A wedding"}
    response = signed_in(ivo).post(address, values)
    assert response.status_code == 422
    page = response.content.decode()
    assert "Choose who takes it" in page
    assert "A wedding" in page
    assert signed_in(ivo).get(f"{PAGE}swap/?role=none").status_code == 404
    assert signed_in(ivo).post(f"{PAGE}swap/1/accept/").status_code == 404


def test_an_override_is_made_refused_and_ended_on_the_page(
    signed_in: SignIn, ivo: User, petra: User, dana: User, ada: User
) -> None:
    window(ivo)
    values = {"role": role().slug, "rank": "primary", "person": str(petra.pk), "reason": "Flu"}
    values |= {"starts_at": "2026-03-10T16:00", "ends_at": "2026-03-10T20:00"}
    refused = signed_in(dana).post(f"{PAGE}override/", values)
    assert refused.status_code == 403
    assert "Flu" in refused.content.decode(), "nothing typed is lost"
    wrong = signed_in(ada).post(f"{PAGE}override/", values | {"ends_at": "2026-03-10T15:00"})
    assert wrong.status_code == 422
    assert "The end must be after the start." in wrong.content.decode()
    assert signed_in(ivo).post(f"{PAGE}override/", values).status_code == 302
    row = Override.objects.get()
    page = text(signed_in(petra))
    assert "Petra Weiss, On-call operations (Primary) Tue 10 Mar 16:00 – Tue 10 Mar 20:00. Flu (Ivo Brandt)" in page
    assert signed_in(petra).post(f"{PAGE}override/{row.pk}/end/").status_code == 403
    assert signed_in(ada).post(f"{PAGE}override/{row.pk}/end/").status_code == 302
    assert signed_in(ada).post(f"{PAGE}override/{row.pk}/end/").status_code == 409


def test_a_shift_that_has_begun_can_be_handed_over_and_one_to_come_swapped(
    signed_in: SignIn, ivo: User, petra: User, by_ivo: Actor, now: datetime
) -> None:
    window(petra, ivo)
    page = text(signed_in(ivo))
    assert "Mon 9 Mar 08:00 – Mon 16 Mar 08:00 now On-call operations, primary Hand over" in page
    assert "Mon 23 Mar 08:00 – Mon 30 Mar 07:00 On-call operations, primary Ask for a swap" in page
    first, until = datetime(2026, 3, 23, 8, tzinfo=UTC), datetime(2026, 3, 24, 8, tzinfo=UTC)
    swapping.ask(role(), petra, gives=(first, until), by=by_ivo, now=now)
    with time_machine.travel(first + timedelta(hours=1), tick=False):
        assert "asks you for a swap" not in text(signed_in(petra)), "nobody can answer it any more"
    assert Swap.objects.get().state == SwapState.ASKED


@pytest.mark.parametrize("page", ["override/", "swap/?role=operations-on-call"])
def test_the_forms_lead_back_to_the_calendar(signed_in: SignIn, ivo: User, ada: User, page: str) -> None:
    shown = signed_in(ada if page == "override/" else ivo).get(f"/admin/on-call/{page}").content.decode()
    (way,) = re.findall(r'<div class="breadcrumbs">(.*?)</div>', shown, re.DOTALL)
    assert re.sub(r"<[^>]+>|\s+|&rsaquo;", " ", way).split()[:3] == ["Home", "On", "call"]
