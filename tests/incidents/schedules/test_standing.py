"""Who is on call by windows, feeds, shifts, swaps and overrides, and where nobody is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from crisisdesk.core.models import User
from incidents.models import CalendarFeed, FeedName, FeedSpan, IncidentRole, Override, Rank, Shift, Swap, SwapState
from incidents.oncall.who import find
from incidents.schedules.standing import gaps, gaps_of, plan_of
from tests.incidents.schedules.cast import role, window

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def names(now: datetime, whom: str = "primary") -> list[str]:
    return [person.first_name for person in find([role()], now, whom)[0].people]


def override(person: User, now: datetime, **fields: object) -> Override:
    span = {"starts_at": now - HOUR, "ends_at": now + HOUR}
    values = {"role": role(), "person": person, "reason": "ill", "made_by_name": "Ada", "made_at": now} | span | fields
    return Override.objects.create(**values)


def swap(asker: User, partner: User, now: datetime, state: str = SwapState.ACCEPTED) -> Swap:
    return Swap.objects.create(
        role=role(),
        asker=asker,
        partner=partner,
        gives_from=now - HOUR,
        gives_until=now + HOUR,
        takes_from=now + 7 * DAY - HOUR,
        takes_until=now + 7 * DAY + HOUR,
        state=state,
        asked_at=now,
    )


def feed(now: datetime, *, person: User | None = None, named: User | None = None) -> CalendarFeed:
    made = CalendarFeed.objects.create(name="Rota", role=role(), next_read_at=now, person=person)
    name = FeedName.objects.create(feed=made, name="petra@vendor.example", person=named)
    FeedSpan.objects.create(feed=made, name=name, starts_at=now - HOUR, ends_at=now + HOUR)
    return made


def test_the_people_of_a_window_take_turns(ivo: User, petra: User, now: datetime) -> None:
    window(ivo, petra)
    handover = datetime(2026, 3, 16, 8, tzinfo=UTC)
    assert names(now) == ["Petra"]
    assert names(handover - timedelta(microseconds=1)) == ["Petra"]
    assert names(handover) == ["Ivo"]


def test_override_before_swap_before_shift_before_feed_before_window(
    ivo: User, petra: User, noor: User, ada: User, now: datetime
) -> None:
    window(ivo)
    assert names(now) == ["Ivo"]
    feed(now, named=petra)
    assert names(now) == ["Petra"]
    Shift.objects.create(role=role(), person=noor, starts_at=now - HOUR, ends_at=now + HOUR)
    assert names(now) == ["Noor"]
    swap(noor, ivo, now)
    assert names(now) == ["Ivo"]
    override(petra, now)
    assert names(now) == ["Petra"]
    assert names(now + HOUR) == ["Ivo"], "after all of them the window holds again"


def test_both_halves_of_a_swap_hold_and_only_when_it_was_accepted(ivo: User, petra: User, now: datetime) -> None:
    window(petra, ivo)  # Ivo this week, Petra the next
    asked = swap(ivo, petra, now, SwapState.ASKED)
    assert names(now) == ["Ivo"]
    Swap.objects.filter(pk=asked.pk).update(state=SwapState.ACCEPTED)
    assert names(now) == ["Petra"]
    assert names(now + 7 * DAY) == ["Ivo"]
    assert names(now + 7 * DAY + HOUR) == ["Petra"]


def test_what_is_over_withdrawn_or_switched_off_does_not_hold(ivo: User, petra: User, now: datetime) -> None:
    held = window(ivo)
    override(petra, now, withdrawn_at=now)
    override(petra, now, starts_at=now - 2 * HOUR, ends_at=now)
    source = feed(now, named=petra)
    source.is_active = False
    source.save()
    assert names(now) == ["Ivo"]
    held.is_active = False
    held.save()
    assert find([role()], now, "primary")[0].detour.endswith("everybody in Operations was told instead.")


def test_a_feed_of_one_person_is_theirs_whatever_its_events_are_called(ivo: User, petra: User, now: datetime) -> None:
    feed(now, person=ivo, named=petra)
    assert names(now) == ["Ivo"]


def test_an_event_whose_name_means_nobody_leaves_the_window_in_force(ivo: User, now: datetime) -> None:
    window(ivo)
    feed(now)
    assert names(now) == ["Ivo"]


def test_people_who_have_left_do_not_hold_and_the_next_rule_does(ivo: User, petra: User, now: datetime) -> None:
    window(petra)
    window(ivo, rank=Rank.BACKUP)
    override(ivo, now)
    swap(petra, ivo, now)
    ivo.is_active = False
    ivo.save()
    assert names(now) == ["Petra"]
    petra.is_active, ivo.is_active = False, True
    petra.save()
    ivo.save()
    Override.objects.all().delete()
    Swap.objects.all().delete()
    call = find([role()], now, "primary")[0]
    assert [person.first_name for person in call.people] == ["Ivo"]
    assert "the backup was told instead" in call.detour


def test_it_asks_the_database_three_times_for_any_number_of_roles(
    ivo: User, petra: User, noor: User, dana: User, now: datetime, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    window(ivo, petra)
    window(petra, ivo, rank=Rank.BACKUP)
    window(dana, slug="liaison")
    feed(now, named=noor)
    override(noor, now, rank=Rank.BACKUP)
    swap(ivo, petra, now)
    roles = list(IncidentRole.objects.all())
    with django_assert_max_num_queries(3):
        calls = find(roles, now, "primary")
    assert len(calls) == len(roles) > 4
    with django_assert_max_num_queries(3):
        plan = plan_of(roles, now, now + 28 * DAY)
    assert {held.person for held in plan.held(role(), Rank.PRIMARY)} == {ivo, petra, noor}


def test_gaps_say_when_nobody_is_on_call_and_when_nobody_backs_them_up(ivo: User, petra: User, now: datetime) -> None:
    window(ivo, weekdays="12345")
    window(petra, rank=Rank.BACKUP, weekdays="123")
    found = [(gap.rank, f"{gap.start:%a %H:%M}", f"{gap.end:%a %H:%M}") for gap in gaps(role(), now, now + 7 * DAY)]
    assert found == [
        ("primary", "Sat 08:00", "Mon 08:00"),
        ("backup", "Thu 08:00", "Mon 08:00"),
    ]
    override(petra, now, starts_at=now, ends_at=now + 14 * DAY)
    assert [gap.rank for gap in gaps(role(), now, now + 2 * DAY)] == ["backup"], "a primary is nobody's backup"


def test_a_role_without_any_rule_is_one_gap(db: None, now: datetime) -> None:
    assert [(gap.start, gap.end) for gap in gaps(role(), now, now + DAY)] == [(now, now + DAY)] * 2
    assert set(gaps_of([role()], now, now + DAY)) == {role().pk}


@pytest.mark.parametrize("rule", ["window", "shift", "override", "feed", "name of a feed", "swap"])
def test_people_who_left_the_group_do_not_hold_and_the_gap_says_why(
    ivo: User, petra: User, now: datetime, rule: str
) -> None:
    if rule in ("window", "swap"):
        window(petra if rule == "window" else ivo)
    if rule == "swap":
        swap(ivo, petra, now)
    elif rule == "shift":
        Shift.objects.create(role=role(), person=petra, starts_at=now - HOUR, ends_at=now + HOUR)
    elif rule == "override":
        override(petra, now)
    elif rule != "window":
        feed(now, **{"person" if rule == "feed" else "named": petra})
    assert names(now) == ["Petra"]

    petra.groups.clear()

    assert names(now) == ["Ivo"], "by what stood before the swap, or as one of the group"
    found = [gap for gap in gaps(role(), now, now + HOUR) if gap.rank == Rank.PRIMARY]
    assert [gap.left for gap in found] == ([] if rule == "swap" else [(petra,)])
    past = plan_of([role()], now, now + HOUR, with_left=True)
    assert [held.person for held in past.held(role(), Rank.PRIMARY)] == [petra]
