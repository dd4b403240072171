"""What was promised, what became of it, and what can be said to a customer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from openpyxl import load_workbook
from pytest_django import DjangoAssertNumQueries

from crisisdesk.core import clock, deadlines
from crisisdesk.core.actors import Actor
from crisisdesk.core.models import User
from customers.delivery.consent import CHOSE_START_AND_END
from customers.models import Contact, Customer, Delivery, DeliveryState
from incidents import ledger, ledger_customers
from incidents.ledger_groups import lines
from incidents.ledger_shifts import shifts_of
from incidents.models import Incident, IncidentRole, Override, Promise, Rank, Shift, Swap, SwapState, Update
from incidents.models.promise import Verdict
from incidents.periods import period, period_of
from incidents.templates import values_of
from tests import factories
from tests.incidents.schedules.cast import window

pytestmark = pytest.mark.django_db

UTC = ZoneInfo("UTC")
MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)


@pytest.fixture
def pat() -> Contact:
    """Pat of Acme, who uses Payments API."""
    return factories.contact(factories.customer("Acme", factories.service()))


@pytest.fixture
def incident(pat: Contact, by_ivo: Actor, by_dana: Actor, now: datetime) -> Incident:
    """Five messages: the first promise kept early, the second at the last moment, the third missed, the fourth open."""
    incident = factories.incident(by_ivo, now)
    at = now
    accept(factories.send(incident, "initial", by_dana, at), at)
    at += 10 * MINUTE
    accept(factories.send(incident, "progress", by_dana, at), at)
    at += 30 * MINUTE
    accept(factories.send(incident, "progress", by_dana, at), at + 61 * SECOND)
    at += 30 * MINUTE + SECOND
    deadlines.fire_due(at)
    accept(factories.send(incident, "progress", by_dana, at + 4 * MINUTE), at + 4 * MINUTE)
    return incident


def accept(update: Update, at: datetime) -> None:
    """Every mail system took the message at a moment."""
    Delivery.objects.filter(message=update.message).update(state=DeliveryState.SENT, sent_at=at)


def asked(now: datetime, **filters: int) -> ledger.Asked:
    """This year's promises."""
    return ledger.Asked(period("year", now, UTC), **filters)


def verdicts(now: datetime, **filters: int) -> list[str]:
    """What became of each, oldest first."""
    rows: Any = ledger.promises(asked(now, **filters))
    return [row.verdict for row in rows][::-1]


def test_it_tells_early_from_kept_missed_and_open(incident: Incident, now: datetime) -> None:
    assert verdicts(now) == ["early", "kept", "missed", "open"]
    assert Promise.objects.get(outcome="missed").late_seconds == 241


@pytest.mark.parametrize(
    ("left", "verdict"), [(5 * MINUTE + SECOND, "early"), (5 * MINUTE, "kept"), (5 * MINUTE - SECOND, "kept")]
)
def test_it_calls_more_than_five_minutes_early(
    pat: Contact, by_ivo: Actor, by_dana: Actor, now: datetime, left: timedelta, verdict: str
) -> None:
    incident = factories.incident(by_ivo, now)
    factories.send(incident, "initial", by_dana, now, minutes=30)

    factories.send(incident, "progress", by_dana, now + 30 * MINUTE - left)

    assert verdicts(now)[0] == verdict


def test_it_counts_kept_among_what_is_decided(incident: Incident, now: datetime) -> None:
    found = ledger.counts(ledger.promises(asked(now)))

    assert (found[Verdict.EARLY], found[Verdict.KEPT], found[Verdict.MISSED], found[Verdict.OPEN]) == (1, 1, 1, 1)
    assert ledger.kept_of(found) == ledger.Kept(2, 3)


def test_it_leaves_drills_out(pat: Contact, by_ivo: Actor, by_dana: Actor, now: datetime) -> None:
    factories.send(factories.incident(by_ivo, now, is_drill=True), "initial", by_dana, now)

    assert verdicts(now) == []


def test_it_filters_by_service_incident_and_period(incident: Incident, now: datetime) -> None:
    other = factories.service("Search")
    assert verdicts(now, service=other.pk) == []
    assert len(verdicts(now, service=factories.service().pk)) == 4
    assert verdicts(now, incident=incident.pk + 1) == []
    assert [*ledger.promises(ledger.Asked(period("last-year", now, UTC)))] == []


def on_shift(now: datetime) -> dict[str, list[str]]:
    """Whose shift each promise was due in, by name: its verdicts, oldest first."""
    rows = ledger.promises(asked(now))
    shifts = shifts_of(rows)
    found = {}
    for person in shifts.people():
        mine: Any = shifts.of(rows, person.pk)
        found[person.first_name] = [row.verdict for row in mine][::-1]
    return found


def test_the_end_of_a_shift_does_not_count(incident: Incident, dana: User, now: datetime) -> None:
    liaison = IncidentRole.objects.get(slug="liaison")
    # The promise due at that moment is the next one's.
    Shift.objects.create(role=liaison, person=dana, rank=Rank.PRIMARY, starts_at=now, ends_at=now + 40 * MINUTE)
    assert on_shift(now) == {"Dana": ["early"]}


def test_the_liaison_on_shift_is_whom_windows_shifts_swaps_and_overrides_say(
    incident: Incident, dana: User, cleo: User, ivo: User, now: datetime
) -> None:
    liaison = IncidentRole.objects.get(slug="liaison")
    window(dana, slug="liaison")
    # Due after 30, 40, 70 and 104 minutes: Cleo stands in for the second, Ivo has taken the third over.
    span = {"starts_at": now + 35 * MINUTE, "ends_at": now + 60 * MINUTE}
    Override.objects.create(role=liaison, person=cleo, reason="ill", made_by_name="Ada", made_at=now, **span)
    Swap.objects.create(
        role=liaison,
        asker=dana,
        partner=ivo,
        gives_from=now + 60 * MINUTE,
        gives_until=now + 90 * MINUTE,
        takes_from=now + timedelta(days=2),
        takes_until=now + timedelta(days=2, minutes=30),
        state=SwapState.ACCEPTED,
        asked_at=now,
    )
    # Somebody who has left since was on shift all the same.
    User.objects.filter(pk=cleo.pk).update(is_active=False)

    assert on_shift(now) == {"Cleo": ["kept"], "Dana": ["early", "open"], "Ivo": ["missed"]}
    summed = lines(ledger.promises(asked(now)), "person", zone=UTC, now=now)
    assert {line.name: line.kept.total for line in summed} == {"Ivo Brandt": 1, "Cleo Okafor": 1, "Dana Reyes": 1}


def test_the_page_names_those_who_were_on_shift_in_few_queries(
    incident: Incident,
    dana: User,
    ivo: User,
    now: datetime,
    signed_in: Callable[[User], Client],
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    window(dana, slug="liaison")
    browser = signed_in(ivo)
    with django_assert_max_num_queries(15):
        page = browser.get(f"/admin/promises/?period=all&person={dana.pk}")
    assert list(page.context["choices"]["people"]) == [dana]
    assert page.context["listed"].paginator.count == 4
    with django_assert_max_num_queries(15):
        page = browser.get("/admin/promises/", {"period": "all", "by": "person"})
    assert [line["name"] for line in page.context["lines"]] == ["Dana Reyes"]


@pytest.mark.parametrize(("after", "kept"), [(60 * SECOND, True), (61 * SECOND, False)])
def test_it_keeps_a_promise_to_a_customer_with_a_mail_taken_within_a_minute(
    pat: Contact, by_ivo: Actor, by_dana: Actor, now: datetime, after: timedelta, kept: bool
) -> None:
    incident = factories.incident(by_ivo, now)
    accept(factories.send(incident, "initial", by_dana, now, minutes=30), now)
    due = now + 30 * MINUTE

    accept(factories.send(incident, "progress", by_dana, due), due + after)

    found = ledger_customers.kept_for(ledger.promises(asked(now)), pat.customer, due + 2 * MINUTE)
    assert found == ledger.Kept(int(kept), 1)


def test_it_waits_with_the_verdict_for_the_hand_over(incident: Incident, pat: Contact, now: datetime) -> None:
    due = now + 30 * MINUTE

    assert ledger_customers.kept_for(ledger.promises(asked(now)), pat.customer, due + 59 * SECOND).total == 0
    assert ledger_customers.kept_for(ledger.promises(asked(now)), pat.customer, due + 60 * SECOND).total == 1


def test_it_promised_nothing_to_whom_the_message_never_reached(incident: Incident, pat: Contact, now: datetime) -> None:
    Delivery.objects.filter(message=incident.updates.order_by("number")[0].message).update(state=DeliveryState.BOUNCED)

    found = ledger_customers.kept_for(ledger.promises(asked(now)), pat.customer, now + timedelta(days=1))

    # Of the four, three reached them; one was kept in time for them.
    assert found.total == 3


def test_it_counts_the_same_for_all_customers_at_once(incident: Incident, pat: Contact, now: datetime) -> None:
    factories.contact(factories.customer("Globex"))
    later = now + 100 * MINUTE
    rows = ledger.promises(asked(now))

    (line,) = ledger_customers.per_customer(rows, later)

    one = ledger_customers.kept_for(rows, pat.customer, later)
    assert (line.customer, line.kept) == (pat.customer_id, one)
    assert one == ledger.Kept(1, 3)


def test_it_says_it_in_a_line_for_the_customer(now: datetime) -> None:
    year = period("year", now, UTC)

    assert ledger.sentence(ledger.Kept(41, 42), year) == "We kept 41 of 42 promises to you this year."
    assert ledger.sentence(ledger.Kept(1, 1), year) == "We kept 1 of 1 promise to you this year."
    assert ledger.sentence(ledger.Kept(0, 0), year) == "We promised you no update this year."


@pytest.mark.parametrize(
    ("language", "name", "said"),
    [
        ("de", "year", "Wir haben in diesem Jahr 41 von 42 Zusagen an Sie eingehalten."),
        ("de", "2026-03", "Wir haben im März 2026 41 von 42 Zusagen an Sie eingehalten."),
        ("de", "2026-q1", "Wir haben im 1. Quartal 2026 41 von 42 Zusagen an Sie eingehalten."),
        ("fr", "last-month", "Nous avons tenu 41 promesses sur 42 envers vous le mois dernier."),
        ("fr", "2026-04", "Nous avons tenu 41 promesses sur 42 envers vous en avril 2026."),
        ("en", "2026-q4", "We kept 41 of 42 promises to you in Q4 2026."),
        ("en", "2026-03", "We kept 41 of 42 promises to you in March 2026."),
    ],
)
def test_the_line_is_in_the_customer_s_language(language: str, name: str, said: str, now: datetime) -> None:
    when = period_of(name, now, UTC)
    assert ledger.sentence_for(Customer(language=language), ledger.Kept(41, 42), when) == said


@pytest.mark.parametrize(
    ("by", "name"),
    [
        ("incident", "Payments are failing"),
        ("service", "Payments API"),
        ("person", "nobody on shift"),
        ("month", "March 2026"),
        ("quarter", "Q1 2026"),
        ("customer", "Acme"),
    ],
)
def test_it_sums_up(incident: Incident, now: datetime, by: str, name: str) -> None:
    (line,) = lines(ledger.promises(asked(now)), by, zone=UTC, now=now + timedelta(days=1))

    assert name in line.name
    assert line.found[Verdict.MISSED] >= 1


def test_it_shows_the_page_with_the_line(
    incident: Incident, pat: Contact, cleo: User, signed_in: Callable[[User], Client]
) -> None:
    page = signed_in(cleo).get(f"/admin/promises/?period=all&customer={pat.customer_id}")

    assert page.status_code == 200
    assert "promises to you so far." in page.content.decode()
    assert "Dana Reyes" in page.content.decode()


@pytest.mark.parametrize("by", ["", "incident", "service", "person", "month", "quarter", "customer", "nonsense"])
def test_it_shows_every_view_and_its_file(
    incident: Incident, ivo: User, signed_in: Callable[[User], Client], by: str
) -> None:
    browser = signed_in(ivo)

    assert browser.get("/admin/promises/", {"period": "all", "by": by}).status_code == 200
    file = browser.get("/admin/promises/", {"period": "all", "by": by, "as": "csv"}).getvalue()
    assert file.count(b"\r\n") >= 2


@pytest.mark.parametrize("named", ["acme", "ACME", "cm"])
def test_it_finds_the_customer_by_name(
    incident: Incident, dana: User, signed_in: Callable[[User], Client], named: str
) -> None:
    assert "The line for Acme" in signed_in(dana).get(f"/admin/promises/?customer={named}").content.decode()


def test_it_says_that_there_is_no_such_customer(
    incident: Incident, dana: User, signed_in: Callable[[User], Client]
) -> None:
    assert "No customer of this name" in signed_in(dana).get("/admin/promises/?customer=Initech").content.decode()


def test_it_lets_no_cell_become_a_formula(incident: Incident, ivo: User, signed_in: Callable[[User], Client]) -> None:
    Incident.objects.filter(pk=incident.pk).update(title='=HYPERLINK("https://evil.example")')

    answer = signed_in(ivo).get("/admin/promises/", {"period": "all", "as": "csv"})

    assert "'=HYPERLINK" in answer.getvalue().decode()


def test_it_hides_customers_from_administrators(
    incident: Incident, pat: Contact, ada: User, signed_in: Callable[[User], Client]
) -> None:
    page = signed_in(ada).get(f"/admin/promises/?period=all&by=customer&customer={pat.customer_id}")

    assert page.status_code == 200
    assert "Acme" not in page.content.decode()


def test_it_refuses_somebody_without_a_role(otto: User, signed_in: Callable[[User], Client]) -> None:
    assert signed_in(otto).get("/admin/promises/").status_code in (302, 403)
    assert Customer.objects.count() == 0


@pytest.mark.parametrize("verdict", ["all-kept", "early", "automatic", "missed", "open"])
def test_each_figure_leads_to_as_many_rows(
    incident: Incident, now: datetime, ivo: User, signed_in: Callable[[User], Client], verdict: str
) -> None:
    browser, here = signed_in(ivo), f"/admin/promises/?period={now:%Y-%m}"
    figures = browser.get(here).context["figures"]
    (figure,) = [one for one in figures if one["url"].endswith(f"verdict={verdict}")]

    behind = browser.get(f"/admin/promises/{figure['url']}")

    assert behind.context["listed"].paginator.count == (0 if figure["value"] == "–" else figure["value"])


@pytest.mark.parametrize("by", ["month", "quarter"])
def test_a_month_and_a_quarter_lead_to_their_promises(
    incident: Incident, now: datetime, ivo: User, signed_in: Callable[[User], Client], by: str
) -> None:
    browser = signed_in(ivo)
    (line,) = browser.get(f"/admin/promises/?period=all&by={by}").context["lines"]

    behind = browser.get(f"/admin/promises/{line['link']}")

    assert behind.context["listed"].paginator.count == 4
    assert line["name"] in behind.content.decode()


def test_a_workbook_holds_the_same_and_no_formula(
    incident: Incident, now: datetime, ivo: User, signed_in: Callable[[User], Client]
) -> None:
    Incident.objects.filter(pk=incident.pk).update(title="=1+1")

    answer = signed_in(ivo).get(f"/admin/promises/?period={now:%Y-%m}&as=xlsx")

    (sheet,) = load_workbook(BytesIO(answer.content)).worksheets
    rows = list(sheet.iter_rows(values_only=True))
    assert len(rows) == 5
    assert rows[1][1] == "'=1+1"
    assert sheet["B2"].data_type == "s"


def test_whoever_chose_start_and_end_was_promised_nothing_between(
    incident: Incident, pat: Contact, now: datetime
) -> None:
    second = incident.updates.get(number=2)
    Delivery.objects.filter(message=second.message).update(
        state=DeliveryState.SUPPRESSED, state_reason=CHOSE_START_AND_END
    )
    later = now + timedelta(hours=5)

    rows = ledger.promises(asked(now))

    assert ledger_customers.kept_for(rows, pat.customer, later).total == 2
    (line,) = lines(rows, "customer", zone=UTC, now=later)
    assert (line.kept.kept, line.kept.total) == (ledger_customers.kept_for(rows, pat.customer, later).kept, 2)


def test_the_line_stands_on_the_page_of_the_customer_with_its_promises(
    by_ivo: Actor, by_dana: Actor, pat: Contact, dana: User, signed_in: Callable[[User], Client]
) -> None:
    at = clock.now() - timedelta(minutes=50)
    incident = factories.incident(by_ivo, at)
    for kind, minutes in (("initial", 0), ("progress", 10), ("progress", 20)):
        accept(factories.send(incident, kind, by_dana, at + minutes * MINUTE), at + minutes * MINUTE)

    page = signed_in(dana).get(f"/admin/customers/customer/{pat.customer_id}/change/").content.decode()

    assert "We kept " in page
    assert "data-copy=" in page
    assert f"?period=year&amp;customer={pat.customer_id}" in page


def test_a_template_can_say_how_many_promises_were_kept(incident: Incident) -> None:
    assert values_of(incident)["promises"] == "We kept 2 of 3 promises of an update."


@pytest.mark.parametrize("name", ["2026-13", "2026-q5", "yesterday", "2026-", "99999-01"])
def test_a_period_that_is_none_is_this_year(now: datetime, name: str) -> None:
    assert period_of(name, now, UTC).name == "year"
