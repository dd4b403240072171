"""Every group at every address of the URLconf: exactly those get through whom `matrix.txt` names.

A page is opened; a button that answers to a press alone is pressed, with nothing filled in: what it then says is
another matter than a refusal for want of a role. Whoever is not signed in or holds no group gets no further than the
pages of readers. A route that the file does not have fails the test: whoever adds one decides who may.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import timedelta
from itertools import product
from pathlib import Path

import pytest
from django.db import transaction
from django.test import Client
from django.urls import get_resolver, reverse
from pytest_django import Settings

from crisisdesk.core import clock
from crisisdesk.core.access import Group
from crisisdesk.core.actors import Actor
from crisisdesk.core.models import User
from customers.models import Delivery
from incidents.asking import ask_executives
from incidents.drafts import start_draft
from incidents.greenlight import give_green_light
from incidents.models import Notification
from incidents.oncall.notify import notify
from postmortems.actions import add_action
from postmortems.models import Cause, Printed
from postmortems.opening import open_postmortem
from postmortems.printouts import order
from postmortems.report import choose_cause
from postmortems.review import open_review
from postmortems.selection import Selection
from tests import factories
from tests.conftest import make_person
from tests.e2e import pages
from tests.e2e.rows import add_rows

pytestmark = [pytest.mark.full, pytest.mark.django_db]
MATRIX = Path(__file__).with_name("matrix.txt")
MINUTE = timedelta(minutes=1)
# Of the file: Operations, Support, marketing Communications, customer sUccess, Executives, Administrators.
LETTERS = "OSCUEA"
NOBODY, STRANGER = "-", "?"
# Other ways in, with keys of their own: tests/incidents/intake, tests/customers/callbacks, tests/incidents/oncall.
OF_MACHINES = ("intake_", "staff_", "twilio_", "amazon_ses_", "healthz", "livez")
OF_PROVIDERS = "_tracking"
# Leaves the session, or has nothing to look at.
LEFT_OUT = {"admin:logout", "admin:-", "admin:jsi18n", "admin:view_on_site", "admin:autocomplete"}
# One route with a page for each of these.
BY_LAST = {"admin:room_act", "admin:deliveries_act", "review:chart", "review:rows", "admin:app_list"}


@pytest.fixture
def people(ivo: User, dana: User, mira: User, ada: User) -> dict[str, User]:
    """One for each letter of the file, and one who holds no group."""
    others = {"C": make_person("Mara Lind", Group.COMMUNICATIONS), "U": make_person("Cleo Okafor", Group.SUCCESS)}
    return {"O": ivo, "S": dana, "E": mira, "A": ada, **others, NOBODY: make_person("Otto Weiss")}


@pytest.fixture
def world(people: dict[str, User], settings: Settings) -> None:
    """An outage that goes on, one that is over with its report, and all that can hang on them."""
    settings.LINK_KEYS = ["a key for these tests, long enough to be one"]
    now = clock.now()
    by_ivo, by_dana, by_mira = (Actor.person(people[letter]) for letter in "OSE")
    payments = factories.service()
    for name in ("Acme", "Globex"):
        factories.contact(factories.customer(name, payments), f"Pat of {name}")
    over = factories.incident(by_ivo, now - 200 * MINUTE)
    factories.send(over, "initial", by_dana, now - 199 * MINUTE)
    give_green_light(over, note="Back since ten.", by=by_ivo, now=now - 101 * MINUTE)
    factories.send(over, "final", by_dana, now - 100 * MINUTE, minutes=None)
    over.refresh_from_db()
    report = open_postmortem(over, by=by_ivo, now=now - 90 * MINUTE)
    cause = Cause.objects.get(slug="capacity")
    report = choose_cause(report, cause, by=by_ivo, now=now - 89 * MINUTE)
    due = (now + timedelta(days=20)).date()
    add_action(report, kind="prevent", title="Add locks", owner=people["O"], due_on=due, by=by_ivo, now=now)
    open_review(cause, reason="Twice", by=by_mira, now=now - 80 * MINUTE)
    order(Printed.POSTMORTEM, Selection(now), title=str(over), object_id=report.pk, by=by_ivo, now=now)
    going = factories.incident(by_ivo, now - 50 * MINUTE)
    factories.send(going, "initial", by_dana, now - 49 * MINUTE)
    Delivery.objects.filter(message__thread_key=going.reference).update(state="sent")
    Delivery.objects.filter(message__thread_key=going.reference, contact__customer__name="Globex").update(
        state="failed"
    )
    start_draft(going, kind="progress", by=by_dana, now=now)
    ask_executives(going, "Two more people", minutes=30, by=by_dana, now=now)
    page = Notification.Purpose.PAGE
    notify([people["O"]], key="n", purpose=page, subject="s", body="b", alert=factories.alert(now), now=now)
    add_rows()


def addresses() -> Iterator[tuple[str, str, bool]]:
    """(route, address, whether a GET opens it) of every route, by the newest rows."""
    seen: set[str] = set()
    for name, pattern, count in pages._walk(get_resolver(), "", 0):
        if name in seen | LEFT_OUT or name.startswith(OF_MACHINES) or name.endswith(OF_PROVIDERS):
            continue
        if pages._has_no_past(name):
            continue
        seen.add(name)
        ways = product(*([["csv"]] if name.endswith("_export") else pages._fills(name, count)))
        query = pages.QUERY[name]() if name in pages.QUERY else ""
        for values in ways:
            label = f"{name} {values[-1]}" if name in BY_LAST else name
            yield label, reverse(name, args=values) + query, pages._answers_get(pattern.callback)


def expected() -> dict[str, str]:
    """Route -> who gets through, from the file."""
    lines = [line.partition("#")[0] for line in MATRIX.read_text().splitlines()]
    return {route.strip(): who.strip() for route, _, who in (line.rpartition(":") for line in lines) if route}


def gets_through(browser: Client, address: str, *, opens: bool) -> bool:
    """Whether the answer is more than a refusal, "not found" or the way to the sign-in. What it changed is undone."""
    with transaction.atomic():
        response = browser.get(address) if opens else browser.post(address, {})
        transaction.set_rollback(True)
    if response.status_code == 405 and opens:
        return gets_through(browser, address, opens=False)
    assert response.status_code < 500, f"{address}: {response.status_code}"
    to_sign_in = response.status_code == 302 and "/login/" in response.headers["Location"]
    return response.status_code not in (403, 404, 405) and not to_sign_in


def test_each_address_is_for_exactly_those_whom_the_matrix_names(world: None, people: Mapping[str, User]) -> None:
    browsers = {letter: Client() for letter in (*people, STRANGER)}
    for letter, person in people.items():
        browsers[letter].force_login(person)
    found: dict[str, set[str]] = defaultdict(set)
    for route, address, opens in addresses():
        found[route].update(who for who, browser in browsers.items() if gets_through(browser, address, opens=opens))

    everybody = set(browsers)
    matrix = {
        route: "everybody" if who == everybody else "".join(sorted(who, key=[*LETTERS, NOBODY, STRANGER].index))
        for route, who in found.items()
    }
    wanted = expected()
    wrong = [
        f"{route}: {matrix.get(route, 'no such route')}   (the matrix says {wanted.get(route, 'nothing')})"
        for route in sorted({*matrix, *wanted})
        if matrix.get(route) != wanted.get(route)
    ]
    assert not wrong, "\n".join(wrong)
    assert len(matrix) > 200
