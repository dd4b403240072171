"""The main path of the groups beside Operations and Support (`test_keyboard`), by keys alone on a telephone."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.conftest import People
from tests.e2e.desk import Desk
from tests.e2e.test_keyboard import READY, press_button, press_key, tab_to

pytestmark = [pytest.mark.full, pytest.mark.e2e, pytest.mark.needs("chromium")]

OUTAGE = f"""{READY}
from tests import factories as make
ivo, dana = (Actor.person(User.objects.get(username=name)) for name in ("ivo", "dana"))
acme.account_owner = User.objects.get(username="cleo")
acme.save()
outage = make.incident(ivo, clock.now(), title="Payments are failing")
make.send(outage, "initial", dana, clock.now())
"""
ASKED = """
from crisisdesk.core import clock
from crisisdesk.core.actors import Actor
from incidents.asking import ask_executives
from postmortems.models import Cause
from postmortems.review import open_review
ivo, mira = (Actor.person(User.objects.get(username=name)) for name in ("ivo", "mira"))
outage = Incident.objects.get()
ask_executives(outage, "Two people who know the database, tonight.", minutes=30, by=ivo, now=clock.now())
open_review(Cause.objects.order_by("pk").first(), reason="third time", by=mira, now=clock.now())
"""


@pytest.fixture
def desk(start_desk: Callable[..., Desk], tmp_path: Path) -> Desk:
    """A desk with an outage that Acme was told of; its pages alone."""
    found = start_desk(f"sqlite:///{tmp_path / 'walk.sqlite3'}", only_web=True)
    found.shell(OUTAGE)
    return found


@pytest.fixture(autouse=True)
def no_page_complains(people: People) -> Iterator[None]:
    """Every console error fails the walk."""
    yield
    assert people.errors == []


def on_a_telephone(people: People, desk: Desk, name: str) -> Page:
    page = people.sign_in(desk, name)
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{desk.url}/admin/")
    return page


def fits(page: Page) -> None:
    """Nothing of the page is wider than the telephone."""
    assert page.evaluate("document.documentElement.scrollWidth") <= 390, page.url


def link(page: Page, name: str) -> Locator:
    return page.locator("#content, main").get_by_role("link", name=re.compile(name)).first


def follow(page: Page, name: str) -> None:
    press_button(page, link(page, name))
    fits(page)


def test_communications_find_the_words_approve_them_and_help_with_a_draft(desk: Desk, people: People) -> None:
    mara = on_a_telephone(people, desk, "mara")
    mara.goto(f"{desk.url}/admin/incidents/template/?q=Holding")
    follow(mara, "^Holding message$")
    box = mara.locator("#id_body")
    tab_to(mara, box)
    mara.keyboard.press("End")
    mara.keyboard.type(" Thank you for waiting. ")
    expect(mara.frame_locator("iframe.preview-frame").locator("body")).to_contain_text("Thank you for waiting")
    press_button(mara, mara.get_by_role("button", name="Save", exact=True))
    expect(mara.locator(".messagelist")).to_contain_text("needs approval before it can be sent")

    # What changed stands side by side; then it is approved.
    mara.goto(f"{desk.url}/admin/incidents/template/?q=Holding")
    follow(mara, "^Holding message$")
    follow(mara, "Compare versions")
    expect(mara.locator("ins").first).to_contain_text("Thank you")
    mara.goto(f"{desk.url}/admin/incidents/template/?q=Holding")
    tab_to(mara, mara.get_by_role("checkbox", name="Holding message").first)
    mara.keyboard.press("Space")
    tab_to(mara, mara.locator("select[name=action]"))
    mara.keyboard.type("Approve")
    press_button(mara, mara.get_by_role("button", name=re.compile("^(go|run)", re.IGNORECASE)))
    fits(mara)
    expect(mara.locator("ins").first).to_contain_text("Thank you")
    press_button(mara, mara.get_by_role("button", name="Approve what is ticked"))
    expect(mara.locator(".messagelist")).to_contain_text("is approved and can be sent")

    # In the room communications write with Support, and cannot send.
    mara.goto(f"{desk.url}/admin/")
    follow(mara, "Payments are failing")
    press_key(mara, "u")
    fits(mara)
    mara.keyboard.press("w")
    mara.keyboard.type("We found the cause. ")
    expect(mara.locator("#draft-state")).to_have_text("Draft kept")
    expect(mara.get_by_role("button", name=re.compile("^Send to"))).to_have_count(0)
    expect(mara.locator(".send-bar")).to_contain_text("This takes Support")
    assert "We found the cause." in desk.query("Draft.objects.get(closed_at=None).body")


def test_customer_success_knows_what_to_say_and_records_the_talk(desk: Desk, people: People) -> None:
    cleo = on_a_telephone(people, desk, "cleo")
    follow(cleo, "Payments are failing")
    press_key(cleo, "S")
    fits(cleo)
    expect(cleo.locator("#briefing")).to_contain_text("1 customer of yours affected or told")
    expect(cleo.locator("#points-title")).to_be_visible()
    follow(cleo, "Record a contact")
    tab_to(cleo, cleo.get_by_role("radio").first)
    cleo.keyboard.press("Space")
    tab_to(cleo, cleo.get_by_label("Note"))
    cleo.keyboard.type("They wait; no orders are lost.")
    press_button(cleo, cleo.get_by_role("button", name="Record the call"))
    fits(cleo)
    assert desk.query("TimelineEntry.objects.order_by('-pk').first().actor_name") == "Cleo Okafor"
    cleo.goto(f"{desk.url}/admin/")
    follow(cleo, "Payments are failing")
    press_key(cleo, "S")
    expect(cleo.locator("#briefing")).to_contain_text("They wait; no orders are lost.")
    # What Support and Operations do is not offered, and says who does it.
    cleo.goto(f"{desk.url}/admin/")
    follow(cleo, "Payments are failing")
    expect(cleo.locator("#room-verbs button[name=verb]")).to_have_count(0)


def test_an_executive_answers_decides_and_signs_off(desk: Desk, people: People) -> None:
    desk.shell(ASKED)
    mira = on_a_telephone(people, desk, "mira")
    follow(mira, "Payments are failing")
    press_key(mira, "E")
    fits(mira)
    follow(mira, "Two people who know the database")
    tab_to(mira, mira.get_by_role("radio").first)
    mira.keyboard.press("Space")
    tab_to(mira, mira.get_by_label("In words"))
    mira.keyboard.type("Ines and a consultant join at 20:00.")
    press_button(mira, mira.get_by_role("button", name="Answer"))
    expect(mira.locator(".messagelist")).to_contain_text("Answered. Ivo Brandt")

    mira.goto(f"{desk.url}/review/")
    fits(mira)
    press_button(mira, mira.locator("main .reviews a").first)
    fits(mira)
    tab_to(mira, mira.locator("form:has(button[value=comment]) textarea"))
    mira.keyboard.type("Who owned the last fix?")
    press_button(mira, mira.get_by_role("button", name="Comment"))
    tab_to(mira, mira.locator("form:has(button[value=decide]) textarea"))
    mira.keyboard.type("We pay for a second provider.")
    press_button(mira, mira.get_by_role("button", name="Record the decision"))
    press_button(mira, mira.get_by_role("button", name="Sign off under my name"))
    expect(mira.locator("main")).to_contain_text("Signed off by Mira Sato")
    fits(mira)
