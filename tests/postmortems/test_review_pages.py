"""The review as its readers see it: who may, what the figures say, and the rows behind each of them."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from crisisdesk.core.actors import Actor
from crisisdesk.core.models import User
from incidents.models import Incident, Outcome, Promise, Update
from postmortems import charts
from postmortems.figures import figures
from postmortems.metrics import actions_by_age, aged, counts, standing
from postmortems.models import Action, Postmortem
from postmortems.report import mark
from postmortems.selection import Selection
from tests import factories
from tests.postmortems.conftest import Past, Reported, approved, promise_action

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
SignIn = Callable[[User], Client]
PAGES = ("/review/", "/review/rows/outages/", "/review/charts/outages.svg")


@pytest.fixture
def today() -> datetime:
    """The real present, which the pages read for themselves."""
    return datetime.now(UTC).replace(microsecond=0)


def promised(incident: Incident, outcome: str) -> Promise:
    """A settled promise of the incident."""
    at = incident.started_at
    number = incident.updates.count() + 1
    update = Update.objects.create(
        incident=incident, number=number, kind="initial", status="investigating", subject="x", body="y",
        next_update_at=at, sent_at=at, sent_by_name="Dana", key=f"import:{incident.pk}:{number}",
    )  # fmt: skip
    missed_at = at + 30 * MINUTE if outcome == Outcome.MISSED else None
    return Promise.objects.create(
        incident=incident, made_by=update, made_at=at, due_at=at + 30 * MINUTE, outcome=outcome, missed_at=missed_at,
        closed_at=at + 31 * MINUTE,
    )  # fmt: skip


@pytest.mark.parametrize("path", PAGES)
def test_strangers_are_asked_to_sign_in(client: Client, db: None, path: str) -> None:
    response = client.get(path)
    assert response.status_code == 302
    assert response["Location"].startswith("/admin/login/")


@pytest.mark.parametrize("who", ["ivo", "dana", "mara", "mira"])
@pytest.mark.parametrize("path", PAGES)
def test_its_readers_read_it(signed_in: SignIn, path: str, who: str, request: pytest.FixtureRequest) -> None:
    assert signed_in(request.getfixturevalue(who)).get(path).status_code == 200


@pytest.mark.parametrize("who", ["cleo", "ada", "otto"])
@pytest.mark.parametrize("path", PAGES)
def test_others_learn_which_roles_may(signed_in: SignIn, path: str, who: str, request: pytest.FixtureRequest) -> None:
    response = signed_in(request.getfixturevalue(who)).get(path)
    assert response.status_code == 403
    assert "may not see the executive review. This takes Operations, Support, Marketing communications or " in (
        response.content.decode()
    )


def test_it_puts_what_came_back_first(signed_in: SignIn, mira: User, reported: Reported, today: datetime) -> None:
    reported(today - 3 * DAY, "capacity")
    reported(today - 30 * DAY, "capacity")

    page = signed_in(mira).get("/review/").content.decode()

    assert "Second time in 180 days</a>. Nothing was promised after the earlier ones." in page
    assert page.index("What came back") < page.index("Headline figures</h2>")
    assert "no-store" in signed_in(mira).get("/review/")["Cache-Control"]


def test_an_empty_desk_says_what_will_be_there(signed_in: SignIn, mira: User) -> None:
    page = signed_in(mira).get("/review/").content.decode()
    assert "No cause made two outages within the window." in page
    assert "No outage began in this period." in page


def test_the_figures_count_what_happened(past: Past, reported: Reported, now: datetime) -> None:
    first = past(now - 5 * DAY, severity="SEV1", noticed_by="customer", first_told_at=now - 5 * DAY + 22 * MINUTE)
    second = past(now - 6 * DAY, severity="SEV3", first_told_at=now - 6 * DAY + 12 * MINUTE)
    past(now - 91 * DAY, severity="SEV1")
    past(now - DAY, is_drill=True)
    for incident, outcome in ((first, "kept"), (first, "missed"), (second, "kept"), (second, "released")):
        promised(incident, outcome)

    found = counts(Selection(now))

    assert found.outages == {"SEV1": 1, "SEV2": 0, "SEV3": 1, "SEV4": 0}
    assert (found.kept, found.missed, round(found.promises_kept or 0)) == (2, 1, 67)
    assert found.noticed_first == 50
    # Detected two minutes after the start: 20 and 10 minutes.
    assert found.middles["first-message"].wait == 15 * MINUTE
    assert counts(Selection(now, "365")).total == 3


def test_the_median_of_an_odd_number_is_the_middle(past: Past, now: datetime) -> None:
    for minutes in (3, 7, 62):
        past(now - 5 * DAY, first_told_at=now - 5 * DAY + minutes * MINUTE)
    assert counts(Selection(now)).middles["first-message"].wait == 5 * MINUTE


@pytest.mark.parametrize(
    ("approved_at", "seen_at", "expected"),
    [
        (datetime(2026, 3, 17, 23, 59, tzinfo=UTC), datetime(2026, 3, 20, tzinfo=UTC), "on-time"),
        (datetime(2026, 3, 18, 0, 0, tzinfo=UTC), datetime(2026, 3, 20, tzinfo=UTC), "late"),
        (None, datetime(2026, 3, 17, 23, 59, tzinfo=UTC), "pending"),
        (None, datetime(2026, 3, 18, 0, 0, tzinfo=UTC), "late"),
    ],
)
def test_a_report_is_in_time_until_the_end_of_its_day(
    postmortem: Postmortem, ivo: User, by_ivo: Actor, approved_at: datetime | None, seen_at: datetime, expected: str
) -> None:
    assert postmortem.due_on.isoformat() == "2026-03-17"
    if approved_at is not None:
        approved(postmortem, ivo, by_ivo, approved_at)
    day = Selection(seen_at).today
    found = [name for name in ("on-time", "late", "pending") if Postmortem.objects.filter(standing(name, day))]
    assert found == [expected]


def test_open_actions_are_counted_by_age(reported: Reported, ivo: User, by_ivo: Actor, now: datetime) -> None:
    postmortem = reported(now - 300 * DAY)
    for days in (0, 29, 30, 89, 90, 179, 180, 299):
        at = now - days * DAY
        promise_action(postmortem, ivo, by_ivo, at, due_on=at.date())

    found = actions_by_age(Selection(now))

    assert found == {"30": 2, "90": 2, "180": 2, "older": 2, "overdue": 7}
    for age in ("30", "90", "180", "older"):
        assert Action.objects.filter(aged(age, now)).count() == found[age]


def test_every_figure_leads_to_the_rows_it_counted(
    signed_in: SignIn, mira: User, ivo: User, by_ivo: Actor, past: Past, reported: Reported, today: datetime
) -> None:
    told = past(today - 5 * DAY, severity="SEV1", noticed_by="customer", first_told_at=today - 5 * DAY + 9 * MINUTE)
    promised(told, "kept")
    promised(told, "missed")
    late = reported(today - 60 * DAY, "capacity", severity="SEV3")
    reported(today - DAY, "capacity")
    promise_action(late, ivo, by_ivo, today - 50 * DAY, due_on=(today - 20 * DAY).date())
    client = signed_in(mira)

    parts = [part for figure in figures(Selection(today)) for part in figure.parts]

    assert len(parts) >= 10
    for part in parts:
        number = int(part.text.split()[0])
        page = client.get(part.url).content.decode()
        words = "One row " if number == 1 else f"{number} rows "
        assert words in page, part
        assert len(re.findall(r"<tr><td", page)) == number, part


def test_lists_are_narrowed_by_month_and_cause(
    signed_in: SignIn, mira: User, reported: Reported, now: datetime
) -> None:
    capacity = reported(datetime(2026, 2, 28, 23, 0, tzinfo=UTC), "capacity")
    reported(datetime(2026, 3, 1, 0, 0, tzinfo=UTC), "deployment")
    reported(datetime(2026, 3, 2, 0, 0, tzinfo=UTC), None)
    client = signed_in(mira)

    def listed(query: str) -> list[str]:
        page = client.get(f"/review/rows/outages/?period=all&{query}").content.decode()
        return re.findall(r"INC-\d+", page)

    assert listed("month=2026-02") == [capacity.incident.reference]
    assert len(listed("month=2026-03")) == 2
    assert len(listed("month=nonsense")) == 3
    assert len(listed("month=9999-12")) == 3
    assert listed(f"cause={capacity.cause_id}") == [capacity.incident.reference]
    assert len(listed("cause=none")) == 1
    assert client.get("/review/rows/nothing/").status_code == 404


def test_a_service_can_be_chosen(signed_in: SignIn, mira: User, past: Past, today: datetime) -> None:
    past(today - DAY, service=factories.service("Reports"))
    past(today - 2 * DAY)

    page = signed_in(mira).get("/review/rows/outages/?service=reports").content.decode()
    assert "One row in the last 90 days, Reports." in page


def test_the_page_of_a_cause_shows_the_record(
    signed_in: SignIn, mira: User, reported: Reported, today: datetime
) -> None:
    postmortem = reported(today - 3 * DAY, "capacity")
    page = signed_in(mira).get(f"/review/causes/{postmortem.cause_id}/").content.decode()

    assert "Demand outgrew what a resource" in page
    assert postmortem.incident.reference in page
    assert "named the cause: capacity" in page
    assert re.search(r"audit entry \d+", page)
    assert signed_in(mira).get("/review/causes/999/").status_code == 404


def test_the_page_of_an_outage_tells_it_all(
    signed_in: SignIn, mira: User, postmortem: Postmortem, resolved: Incident
) -> None:
    page = signed_in(mira).get(f"/review/incidents/{resolved.pk}/").content.decode()

    for words in ("Payments are failing", "Payments API", "1 customer, 2 contacts, 90 customer-minutes", "✓ 10 Mar:"):
        assert words in page
    assert "First alert to 2 contacts at 1 customer" in page
    assert "Nothing promised yet." in page


def test_a_drill_has_no_page(signed_in: SignIn, mira: User, past: Past, now: datetime) -> None:
    drill = past(now - DAY, is_drill=True)
    assert signed_in(mira).get(f"/review/incidents/{drill.pk}/").status_code == 404


def test_executives_sign_off_with_a_button(
    signed_in: SignIn, mira: User, dana: User, ivo: User, by_ivo: Actor, postmortem: Postmortem, now: datetime
) -> None:
    approved(postmortem, ivo, by_ivo, now)
    url = f"/review/incidents/{postmortem.incident_id}/"
    assert "sign off" not in signed_in(dana).get(url).content.decode()
    postmortem.refresh_from_db()
    signed = {"verb": "sign_off", "seen": mark(postmortem)}
    refused = signed_in(dana).post(url, signed)
    assert refused.status_code == 403
    assert "Dana Reyes may not sign off post-mortems and open reviews. This takes Executives." in (
        refused.content.decode()
    )

    assert "I have read it: sign off" in signed_in(mira).get(url).content.decode()
    # Neither a stray button nor a name under what was not on the page.
    assert signed_in(mira).post(url, {"alike": "maybe"}).status_code == 400
    stale = signed_in(mira).post(url, {"verb": "sign_off", "seen": "0"})
    assert (stale.status_code, "read it as it stands now" in stale.content.decode()) == (409, True)

    page = signed_in(mira).post(url, signed, follow=True).content.decode()
    assert "Signed off by Mira Sato" in page
    assert signed_in(mira).post(url, signed).status_code == 409


def test_charts_are_images_that_the_policy_lets_through(
    signed_in: SignIn, mira: User, reported: Reported, today: datetime
) -> None:
    reported(today - 3 * DAY, "capacity")
    client = signed_in(mira)
    for name in ("outages", "causes"):
        for theme in ("", "?theme=dark"):
            response = client.get(f"/review/charts/{name}.svg{theme}")
            svg = response.content.decode()
            assert response["Content-Type"] == "image/svg+xml"
            assert svg.startswith("<?xml")
            assert "style" not in svg
            assert 'fill="' in svg
            assert "private" in response["Cache-Control"]
            again = client.get(f"/review/charts/{name}.svg{theme}", headers={"If-None-Match": response["ETag"]})
            assert (again.status_code, again.content) == (304, b"")
    assert client.get("/review/charts/nothing.svg").status_code == 404


def test_a_chart_is_drawn_anew_when_its_table_changed(
    signed_in: SignIn, mira: User, past: Past, today: datetime
) -> None:
    client = signed_in(mira)
    past(today - 3 * DAY)
    before = client.get("/review/charts/outages.svg")["ETag"]
    past(today - 2 * DAY)
    assert client.get("/review/charts/outages.svg", headers={"If-None-Match": before}).status_code == 200


def test_one_month_or_one_cause_is_no_wall() -> None:
    def sides(svg: str, colour: str) -> tuple[float, float]:
        """Width and height of the largest bar of that colour, in points; the key's square is smaller."""
        drawn = [path for path in re.findall(r"<path [^>]*>", svg) if f'fill="{colour}"' in path]
        points = [[(float(x), float(y)) for x, y in re.findall(r"[ML] ([\d.]+) ([\d.]+)", path)] for path in drawn]
        boxes = [(max(x for x, _ in each) - min(x for x, _ in each), max(y for _, y in each) - min(y for _, y in each))
                 for each in points if each]  # fmt: skip
        return max(boxes, key=lambda box: box[0] * box[1])

    theme = charts.THEMES["light"]
    month = charts.Month(datetime(2026, 3, 1, tzinfo=UTC).date(), (0, 2, 0, 0))
    share = charts.Share(1, "Capacity", 2, 60)
    assert 20 < sides(charts.draw_months([month], theme), theme.severities[1])[0] < 70
    assert 10 < sides(charts.draw_shares([share], theme), theme.bar)[1] < 40


def test_the_figures_stand_in_short_above_what_came_back(
    signed_in: SignIn, mira: User, reported: Reported, today: datetime
) -> None:
    reported(today - 3 * DAY, "capacity")
    page = signed_in(mira).get("/review/").content.decode()
    assert page.index('class="strip"') < page.index("What came back") < page.index("Headline figures</h2>")
    assert page.count('class="strip__value"') == len(figures(Selection(today)))


def test_quiet_months_are_shown_as_quiet(past: Past, now: datetime) -> None:
    past(datetime(2025, 12, 31, 23, 59, tzinfo=UTC), severity="SEV1")
    past(datetime(2026, 2, 1, 0, 0, tzinfo=UTC))

    rows = charts.months(Selection(now))
    assert [(f"{row.month:%Y-%m}", row.total) for row in rows] == [("2025-12", 1), ("2026-01", 0), ("2026-02", 1)]
    assert rows[0].counts == (1, 0, 0, 0)


@pytest.mark.parametrize("outages", [2, 12])
def test_the_pages_read_a_fixed_number_of_times(
    signed_in: SignIn,
    mira: User,
    ivo: User,
    by_ivo: Actor,
    reported: Reported,
    today: datetime,
    outages: int,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    for days in range(1, outages + 1):
        postmortem = reported(today - days * DAY, "capacity")
        promise_action(postmortem, ivo, by_ivo, today)
        promised(postmortem.incident, "kept")
    client = signed_in(mira)
    with django_assert_max_num_queries(25):
        client.get("/review/")
    with django_assert_max_num_queries(25):
        client.get(f"/review/causes/{postmortem.cause_id}/")
    with django_assert_max_num_queries(25):
        client.get(f"/review/incidents/{postmortem.incident_id}/")
    with django_assert_max_num_queries(25):
        client.get("/review/services/payments-api/")
    cause = f"cause={postmortem.cause_id}"
    lists = (
        "outages",
        "noticed",
        "first-message",
        "promises",
        "postmortems",
        "actions",
        "impact",
        "answers",
        "reviews",
    )
    for listing in (*lists, f"returned/?{cause}", f"promised/?{cause}", f"record/?{cause}"):
        with django_assert_max_num_queries(9):
            client.get(f"/review/rows/{listing}" if "?" in listing else f"/review/rows/{listing}/")


def test_a_quarter_that_is_not_over_is_not_called_better(by_ivo: Actor, past: Past) -> None:
    for day in (datetime(2026, 7, 3, tzinfo=UTC), datetime(2026, 8, 3, tzinfo=UTC), datetime(2026, 10, 2, tzinfo=UTC)):
        past(day)

    def outages(until: datetime) -> tuple[str, str]:
        found = figures(Selection(until, "2026-Q4"))[0]
        return found.trend.text if found.trend else "", found.tone

    assert outages(datetime(2026, 10, 5, tzinfo=UTC)) == ("2 in the whole quarter before", "")
    assert outages(datetime(2026, 12, 31, 23, 59, tzinfo=UTC)) == ("2 in the whole quarter before", "")
    assert outages(datetime(2027, 1, 1, tzinfo=UTC)) == ("2 in the period before", "better")


def test_customer_minutes_are_not_compared_with_a_period_without_reports(past: Past, reported: Reported) -> None:
    past(datetime(2026, 4, 2, tzinfo=UTC))
    reported(datetime(2026, 7, 2, tzinfo=UTC))
    found = {one.label: one for one in figures(Selection(datetime(2026, 10, 1, tzinfo=UTC), "2026-Q3"))}
    trend = found["Outages"].trend
    assert trend is not None
    assert trend.text == "as many as before: 1 in the period before"
    assert found["Customer-minutes"].trend is None
