"""Every figure on every page of the review leads to rows: as many as it says, and they make the number it shows."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from html import unescape
from statistics import median
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from pytest_django import Settings

from crisisdesk.core import clock
from crisisdesk.core.actors import Actor
from crisisdesk.core.models import User
from incidents.models import AffectedService, Answer, Incident
from postmortems.actions import close_action, move_action
from postmortems.listings import LISTINGS
from postmortems.models import Action, CauseReview, Postmortem
from postmortems.prefill import span
from postmortems.repeats import ordinal
from postmortems.report import choose_cause
from postmortems.review import open_review
from postmortems.selection import Selection
from tests import factories
from tests.postmortems.conftest import Past, Reported, approved, cause, promise_action
from tests.postmortems.figures_on import FiguresOn, Linked
from tests.postmortems.test_review_pages import promised

pytestmark = pytest.mark.later

SignIn = Callable[[User], Client]
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
# In Berlin it is the second quarter already: the night in which most mistakes of days and quarters show.
PRESENT = datetime(2026, 6, 30, 22, 30, tzinfo=UTC)
COUNTED = re.compile(r"^(?:All )?([\d,]+)(?: |$)")
PER_PAGE = 50


@pytest.fixture
def present(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> datetime:
    """The moment at which all pages are read, in a vendor's zone that is ahead of UTC."""
    settings.TIME_ZONE = "Europe/Berlin"
    monkeypatch.setattr(clock, "now", lambda: PRESENT)
    return PRESENT


@pytest.fixture
def history(
    present: datetime, ivo: User, by_ivo: Actor, by_mira: Actor, past: Past, reported: Reported
) -> tuple[Postmortem, CauseReview]:
    """A year with its edges: the ends of periods, months and quarters, two services, drills, imports, corrections."""
    reports = factories.service("Reports")
    edges = [0 * MINUTE, 90 * DAY, 180 * DAY, 365 * DAY]
    for place, edge in enumerate(edges):
        for shift in (-MINUTE, 0 * MINUTE, MINUTE):
            began = present - edge + shift
            if began < present:
                past(began, severity=f"SEV{place + 1}", noticed_by="customer" if shift else "monitoring")
    for night in ("2026-03-31T21:59", "2026-03-31T22:00", "2026-04-30T22:00", "2025-12-31T23:00", "2025-12-31T22:59"):
        at = datetime.fromisoformat(f"{night}:00+00:00")
        outage = past(at, severity="SEV1", first_told_at=at + 7 * MINUTE, acknowledged_at=at + 3 * MINUTE)
        promised(outage, "kept")
        promised(outage, "missed")
        promised(outage, "released")
    past(present - 3 * DAY, is_drill=True)
    past(present - 4 * DAY, service=reports, external_id="old-1", resolved_at=None, status="monitoring")
    # More than a list shows on one page.
    for number in range(PER_PAGE + 3):
        past(present - 20 * DAY - number * MINUTE, severity="SEV3", service=reports)

    first = reported(present - 170 * DAY, "capacity", minutes=30)
    both = reported(present - 100 * DAY, "capacity", minutes=45)
    AffectedService.objects.create(incident=both.incident, service=reports, since=both.incident.started_at)
    last = reported(present - 2 * DAY, "capacity", severity="SEV1")
    reported(present - 181 * DAY, "capacity")
    reported(present - 9 * DAY, "deployment", service=reports)
    done_at = present - 8 * DAY
    for days in (6, 5):
        report = reported(present - days * DAY, "configuration")
        action = promise_action(report, ivo, by_ivo, done_at)
        close_action(action, proof="Watched for a week.", by=by_ivo, now=done_at)
    reported(present - 40 * DAY, None)
    # It came back and was merged then: no outage beside the one that continued, its report none beside theirs.
    merged = reported(present - 7 * DAY, "capacity", severity="SEV1")
    Incident.objects.filter(pk=merged.incident_id).update(merged_into=last.incident_id)
    choose_cause(last, cause("deployment"), reason="Logs of the second day.", by=by_ivo, now=present)
    choose_cause(last, cause("capacity"), reason="It was capacity after all.", by=by_ivo, now=present)
    Postmortem.objects.filter(pk=first.pk).update(customer_minutes=1_234, customers_count=40)
    Postmortem.objects.filter(pk=last.pk).update(customer_minutes=5_000)
    approved(reported(present - 50 * DAY, None), ivo, by_ivo, present - 49 * DAY)
    for days in (0, 29, 30, 89, 90, 169):
        at = present - days * DAY
        action = promise_action(first, ivo, by_ivo, at, title=f"Action of {at:%B}", due_on=(at + DAY).date())
    for later in (3, 4, 5):
        day = (present + later * DAY).date()
        action = move_action(action, due_on=day, reason="Another outage came first.", by=by_ivo, now=present)
    acme = factories.customer("Acme", reports)
    for name, answer in (("Pat", "yes"), ("Sam", "partly"), ("Lee", "no"), ("Kim", "yes")):
        person = factories.contact(acme, name)
        Answer.objects.create(incident=last.incident, contact=person, informed=answer, at=present, first_at=present)
    return last, open_review(cause(), reason="It came back.", by=by_mira, now=present - MINUTE)


def followed(client: Client, figure: Linked) -> list[list[str]]:
    """The rows behind a figure, from all pages of its list, as their cells."""
    found: list[list[str]] = []
    for number in range(1, 10):
        page = client.get(f"{figure.url}&page={number}").content.decode()
        table = page.partition("<tbody>")[2].partition("</tbody>")[0]
        cells = [re.findall(r"<td[^>]*>(.*?)</td>", row, re.DOTALL) for row in table.split("<tr>")[1:]]
        found += [[unescape(re.sub(r"<[^>]+>", "", cell)) for cell in row] for row in cells]
        if 'rel="next"' not in page:
            return found
    raise AssertionError(f"{figure} has no end")


def shown_by(figure: Linked, rows: list[list[str]]) -> str:
    """What the figure should show, made from its rows; "" where a count is all it says."""
    name = urlsplit(figure.url).path.split("/")[-2]
    if not rows or "period before" in figure.text or not re.match(r"[\d,]+( %| min| h|$)", figure.text):
        return ""
    if figure.text.endswith(" %") or " % " in figure.text:
        wanted, place = {"promises": ("kept", 2), "answers": ("yes", 2), "noticed": ("customer", 3)}.get(name, ("", 0))
        if not wanted:
            return ""
        share = sum(row[place].lower().startswith(wanted) for row in rows) / len(rows)
        return f"{100 * (1 - share if name == 'noticed' else share):.0f} %"
    if name == "impact":
        return f"{sum(int(row[4].replace(',', '')) for row in rows):,}"
    return ""


def check(client: Client, url: str, behind: dict[str, list[list[str]]] | None = None) -> list[Linked]:
    """Follow every figure of a page. A number that is no link fails. `behind` are the rows of lists followed before."""
    behind = {} if behind is None else behind
    response = client.get(url)
    assert response.status_code == 200, url
    found = FiguresOn(response.content.decode())
    assert found.bare == [], f"{url}: numbers without rows"
    for figure in found.linked:
        assert "#" not in figure.url
        rows = behind[figure.url] if figure.url in behind else behind.setdefault(figure.url, followed(client, figure))
        assert len(rows) == figure.rows, (url, figure)
        expected = shown_by(figure, rows)
        if expected:
            assert figure.text.startswith(expected), (url, figure, expected)
        elif urlsplit(figure.url).path.split("/")[-2] != "impact" and (count := COUNTED.match(figure.text)):
            words = figure.text[count.end() :]
            if not words.startswith(("%", "min", "h", "s", "d")):
                assert int(count[1].replace(",", "")) == len(rows), (url, figure)
    return found.linked


PAGES = (
    "",
    "services/payments-api/",
    "services/reports/",
    "causes/{cause}/",
    "reviews/{review}/",
    "incidents/{outage}/",
)
# Each time: a period that meets every listing, and a quarter that ends while the page is read. The others take long.
PERIODS = [
    "365",
    "2026-Q2",
    *(pytest.param(period, marks=pytest.mark.full) for period in ("90", "all", "2026-Q3", "2026-Q1")),
]


@pytest.mark.parametrize("period", PERIODS)
def test_every_number_leads_to_the_rows_it_counts(
    signed_in: SignIn, mira: User, history: tuple[Postmortem, CauseReview], period: str
) -> None:
    last, review = history
    client = signed_in(mira)
    names = {"cause": last.cause_id, "review": review.pk, "outage": last.incident_id}
    seen: set[str] = set()
    behind: dict[str, list[list[str]]] = {}
    for page in PAGES:
        linked = check(client, f"/review/{page.format(**names)}?period={period}", behind)
        seen |= {urlsplit(figure.url).path.split("/")[-2] for figure in linked}
    linked = check(client, f"/review/?period={period}&service=reports", behind)
    assert all("service=reports" in figure.url for figure in linked)
    if period == "365":
        assert seen == set(LISTINGS) - {"reviews", "told"}


def test_the_headline_of_what_came_back_is_its_rows(
    signed_in: SignIn, mira: User, history: tuple[Postmortem, CauseReview]
) -> None:
    linked = check(signed_in(mira), "/review/?period=90")
    (capacity,) = [row for row in linked if f"cause={cause().pk}" in row.url and "time in 180 days" in row.text]
    assert (capacity.text, capacity.rows) == (f"{ordinal(4)} time in 180 days", 4)
    (verdict,) = [row for row in linked if "Everything promised" in row.text]
    assert verdict.rows == 1
    assert any(row.text == "Its day was moved 3 times." for row in linked)


def test_a_median_is_the_middle_of_its_rows(
    signed_in: SignIn, mira: User, history: tuple[Postmortem, CauseReview]
) -> None:
    linked = FiguresOn(signed_in(mira).get("/review/?period=365").content.decode()).linked
    for name in ("detect", "acknowledge", "first-message", "resolve"):
        figure = next(row for row in linked if f"/rows/{name}/" in row.url and "outage" not in row.text)
        selection = Selection(PRESENT, parse_qs(urlsplit(figure.url).query)["period"][0])
        waits = [row.wait.total_seconds() for row in LISTINGS[name](selection, {}).rows]
        assert figure.text.startswith(span(median(waits))), name


def test_whom_a_message_went_to_can_be_listed(
    signed_in: SignIn, mira: User, resolved: Incident, postmortem: Postmortem
) -> None:
    linked = check(signed_in(mira), f"/review/incidents/{resolved.pk}/")
    told = [row for row in linked if "/rows/told/" in row.url]
    assert [row.text for row in told] == ["2 contacts", "2 contacts"]
    rows = followed(signed_in(mira), told[0])
    assert [row[:2] for row in rows] == [["Acme", "Pat"], ["Acme", "Sam"]]


def test_reviews_are_listed_by_period_and_service(
    signed_in: SignIn, mira: User, history: tuple[Postmortem, CauseReview]
) -> None:
    _, review = history
    client = signed_in(mira)

    def listed(query: str) -> list[list[str]]:
        return followed(client, Linked("", f"/review/rows/reviews/?{query}", 0))

    assert [row[0] for row in listed("period=90")] == [str(review.cause)]
    assert (
        len(listed("period=90&service=reports"))
        == review.covered.filter(incident__affected__service__slug="reports").distinct().exists()
    )
    CauseReview.objects.update(opened_at=PRESENT - 91 * DAY)
    assert (listed("period=90"), len(listed("period=180"))) == ([], 1)
    assert listed("period=all&cause=999") == []


def test_a_number_without_a_link_is_found() -> None:
    page = '<main><h2>Outages <b>12</b></h2><p>3 March 2026, INC-4</p><a data-rows="2" href="/x?">2</a></main>'
    found = FiguresOn(page)
    assert found.bare == ["12"]
    assert found.linked == [Linked("2", "/x?", 2)]


def test_actions_of_somebody_else_are_not_counted(
    present: datetime, ivo: User, by_ivo: Actor, reported: Reported
) -> None:
    first, second = reported(present - 9 * DAY), reported(present - 8 * DAY, "deployment")
    action = promise_action(first, ivo, by_ivo, present - 8 * DAY)
    other = promise_action(second, ivo, by_ivo, present - 7 * DAY)
    move_action(other, due_on=(present + 9 * DAY).date(), reason="Later.", by=by_ivo, now=present)
    listing = LISTINGS["record"](Selection(present), {"action": str(action.pk), "act": "postmortem.action_moved"})
    assert list(listing.rows) == []
    assert Action.objects.count() == 2
