"""Business days by holiday calendars, at their edges."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from pytest_django import Settings

from postmortems.business_days import (
    business_days_after,
    business_days_before,
    calendar,
    calendars,
    is_business_day,
    local_day,
    morning_of,
)
from postmortems.checks import check_holiday_countries, check_own_days
from postmortems.opening import due_day


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2026, 3, 12), date(2026, 3, 13)),  # Thursday -> Friday
        (date(2026, 3, 13), date(2026, 3, 16)),  # Friday -> Monday
        (date(2026, 3, 14), date(2026, 3, 16)),  # Saturday -> Monday
        (date(2026, 3, 15), date(2026, 3, 16)),  # Sunday -> Monday
        (date(2026, 3, 16), date(2026, 3, 17)),  # Monday -> Tuesday
    ],
)
def test_it_steps_over_a_weekend(day: date, expected: date) -> None:
    assert business_days_after(day, 1, calendars(["US"])) == expected


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2026, 11, 24), date(2026, 11, 25)),  # the day before Thanksgiving still counts
        (date(2026, 11, 25), date(2026, 11, 27)),  # Thanksgiving is stepped over
        (date(2026, 11, 26), date(2026, 11, 27)),  # from the holiday itself
        (date(2026, 11, 27), date(2026, 11, 30)),  # then the weekend
    ],
)
def test_it_steps_over_a_holiday(day: date, expected: date) -> None:
    assert business_days_after(day, 1, calendars(["US"])) == expected


def test_it_counts_days_on_which_every_country_works() -> None:
    # 3 April 2026 is Good Friday, 6 April Easter Monday: Germany rests on both, the United States on neither.
    assert business_days_after(date(2026, 4, 2), 1, calendars(["US"])) == date(2026, 4, 3)
    assert business_days_after(date(2026, 4, 2), 1, calendars(["US", "DE"])) == date(2026, 4, 7)


def test_it_knows_parts_of_countries() -> None:
    epiphany = date(2026, 1, 6)
    assert is_business_day(epiphany, calendars(["DE"]))
    assert not is_business_day(epiphany, calendars(["DE-BY"]))


def test_it_counts_five_days_into_the_next_week_and_back() -> None:
    assert business_days_after(date(2026, 3, 10), 5, calendars(["US"])) == date(2026, 3, 17)
    assert business_days_before(date(2026, 3, 17), 5, calendars(["US"])) == date(2026, 3, 10)
    assert business_days_before(date(2026, 3, 16), 2, calendars(["US"])) == date(2026, 3, 12)


def test_it_works_monday_to_friday_without_a_calendar() -> None:
    assert business_days_after(date(2026, 12, 24), 1, ()) == date(2026, 12, 25)


@pytest.mark.parametrize("count", [0, -1])
def test_it_refuses_to_count_no_day(count: int) -> None:
    with pytest.raises(ValueError, match="at least one business day"):
        business_days_after(date(2026, 3, 10), count, ())
    with pytest.raises(ValueError, match="at least one business day"):
        business_days_before(date(2026, 3, 10), count, ())


@pytest.mark.parametrize("code", ["XX", "DE-QQ", ""])
def test_it_names_a_calendar_that_nobody_knows(code: str, settings: Settings) -> None:
    with pytest.raises(ValueError, match="No holiday calendar is known"):
        calendar(code)
    settings.HOLIDAY_COUNTRIES = [code]
    (problem,) = check_holiday_countries()
    assert problem.id == "postmortems.E001"


def test_it_counts_from_the_vendors_own_day(settings: Settings) -> None:
    late_friday = datetime(2026, 3, 13, 23, 30, tzinfo=UTC)
    assert due_day(late_friday) == date(2026, 3, 20)
    settings.TIME_ZONE = "Asia/Tokyo"  # where it is Saturday already
    assert local_day(late_friday, "Asia/Tokyo") == date(2026, 3, 14)
    assert due_day(late_friday) == date(2026, 3, 20)
    late_sunday = datetime(2026, 3, 15, 23, 30, tzinfo=UTC)
    assert due_day(late_sunday) == date(2026, 3, 23)
    settings.TIME_ZONE = "UTC"
    assert due_day(late_sunday) == date(2026, 3, 20)


def test_it_steps_over_the_vendors_own_days(settings: Settings) -> None:
    own = ["12-24", "2026-12-28"]
    known = calendars(["US"], own)
    # Thursday 24 December is the vendor's, the 25th a holiday, then a weekend, Monday the vendor's once.
    assert business_days_after(date(2026, 12, 23), 1, known) == date(2026, 12, 29)
    assert business_days_before(date(2026, 12, 29), 1, known) == date(2026, 12, 23)
    assert is_business_day(date(2027, 12, 28), known)
    assert not is_business_day(date(2029, 12, 24), known)  # a Monday, some year
    settings.HOLIDAY_OWN_DAYS, settings.POSTMORTEM_BUSINESS_DAYS = own, 1
    assert due_day(datetime(2026, 12, 23, 12, tzinfo=UTC)) == date(2026, 12, 29)


def test_own_days_leave_weekends_to_the_countries() -> None:
    sunday = date(2026, 3, 15)
    assert is_business_day(sunday, calendars(["IL"], ["12-24"])) == is_business_day(sunday, calendars(["IL"]))
    assert not is_business_day(sunday, calendars([], ["12-24"]))
    assert is_business_day(date(2026, 3, 16), calendars([], ["12-24"]))


@pytest.mark.parametrize("day", ["", "24.12.", "2026-02-30", "13-01", "26-12-24"])
def test_it_names_an_own_day_that_is_none(day: str, settings: Settings) -> None:
    settings.HOLIDAY_OWN_DAYS = ["02-29", day]
    (problem,) = check_own_days()
    assert problem.id == "postmortems.E004"
    assert f"“{day}”" in problem.msg


def test_it_reminds_at_nine_in_summer_and_in_winter() -> None:
    assert morning_of(date(2026, 7, 1), "Europe/Berlin").astimezone(UTC).hour == 7
    assert morning_of(date(2026, 1, 15), "Europe/Berlin").astimezone(UTC).hour == 8
