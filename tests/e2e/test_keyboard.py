"""From the alert to the final message without a mouse, on a desk and on a telephone with a keyboard."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
import requests
from playwright.sync_api import Locator, Page, expect

from tests.e2e.conftest import People
from tests.e2e.desk import Desk
from tests.e2e.mailbox import Mailbox

pytestmark = [pytest.mark.full, pytest.mark.e2e, pytest.mark.needs("chromium")]

PAT = "pat@acme.example"
READY = f"""
from crisisdesk.core import clock
from crisisdesk.core.actors import Actor
from incidents.templates import approve
acme = Customer.objects.create(name="Acme", reference="acme")
Contact.objects.create(customer=acme, name="Pat", email="{PAT}")
Subscription.objects.create(customer=acme, service=Service.objects.get(slug="payments-api"))
mara = Actor.person(User.objects.get(username="mara"))
for template in Template.objects.filter(approved_at=None, is_active=True):
    approve(template, by=mara, now=clock.now())
"""
MOST_STOPS = 80


def tab_to(page: Page, wanted: Locator) -> None:
    """Press Tab until this has the focus, as somebody without a mouse does."""
    expect(wanted).to_be_visible()
    for _ in range(MOST_STOPS):
        if wanted.evaluate("found => found === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{MOST_STOPS} presses of Tab do not reach {wanted}")


def press_button(page: Page, wanted: Locator) -> None:
    """Reach a button by Tab and press it by Enter."""
    tab_to(page, wanted)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def press_key(page: Page, key: str) -> None:
    """Press a key that leads on."""
    with page.expect_navigation():
        page.keyboard.press(key)


def fire(desk: Desk) -> None:
    """Monitoring says that Payments API fails."""
    labels = {"alertname": "PaymentsErrors", "service": "payments-api", "severity": "critical"}
    since = datetime.now(UTC).isoformat()
    alert = {"status": "firing", "labels": labels, "fingerprint": "f1", "startsAt": since}
    alert["annotations"] = {"summary": "Payments API answers with errors"}
    about = {"version": "4", "groupKey": "{}:{}", "status": "firing", "receiver": "desk", "alerts": [alert]}
    token = {"Authorization": f"Bearer {desk.token}"}
    assert requests.post(f"{desk.url}/in/alertmanager/", json=about, headers=token, timeout=10).ok


def declare(page: Page, desk: Desk) -> str:
    """From the command centre to the room; returns its address."""
    page.goto(f"{desk.url}/admin/")
    press_button(page, page.get_by_role("link", name=re.compile("Payments API answers with errors")).first)
    form = page.locator("form:has(input[name=decision][value=declare])")
    if not form.is_visible():
        tab_to(page, page.locator("details:has(input[value=declare]) > summary"))
        page.keyboard.press("Enter")
    tab_to(page, form.get_by_label("Type"))
    page.keyboard.type("Regional")
    tab_to(page, form.get_by_label("Severity"))
    page.keyboard.type("SEV1")
    press_button(page, form.get_by_role("button", name="Declare the incident"))
    expect(page).to_have_url(re.compile(r"/admin/incidents/incident/\d+/"))
    return page.url


def every_page_of_the_room(page: Page, room: str) -> set[str]:
    """Press the key of each verb that opens a page; returns the keys."""
    page.goto(room)
    keys = {}
    for verb in page.locator("a[data-key]").all():
        keys[str(verb.get_attribute("data-key"))] = str(verb.get_attribute("href"))
    for key, leads_to in keys.items():
        page.goto(room)
        press_key(page, key)
        assert page.url.endswith(leads_to), f"{key} leads to {page.url}"
        expect(page.locator("main h1, #content h1").first).to_be_visible()
    page.goto(room)
    return set(keys)


def write(page: Page, key: str, words: str) -> None:
    """A field of the room: its key moves there, Tab and Enter send it."""
    page.keyboard.press(key)
    page.keyboard.type(words)
    page.keyboard.press("Tab")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.locator("body")).to_contain_text(words)


def send(page: Page, room: str, key: str) -> None:
    """The key of the message, the box that says it is meant, the button."""
    page.goto(room)
    press_key(page, key)
    expect(page).to_have_url(re.compile("/compose/"))
    tab_to(page, page.locator("input[name=confirm]"))
    page.keyboard.press("Space")
    press_button(page, page.get_by_role("button", name=re.compile("^Send to")))
    expect(page).to_have_url(re.compile(r"/admin/incidents/incident/\d+/"))


@pytest.mark.parametrize("width", [1440, 390])
def test_every_verb_of_the_room_has_its_key(
    start_desk: Callable[[str], Desk],
    tmp_path: Path,
    customer_mail: Mailbox,
    people: People,
    width: int,
) -> None:
    desk = start_desk(f"sqlite:///{tmp_path / 'walk.sqlite3'}")
    desk.shell(READY)
    fire(desk)
    ivo, dana = people.sign_in(desk, "ivo"), people.sign_in(desk, "dana")
    for page in (ivo, dana):
        page.set_viewport_size({"width": width, "height": 844})
    room = declare(ivo, desk)

    # "?" shows the keys, Escape leaves them.
    ivo.keyboard.press("?")
    expect(ivo.locator("#keys")).to_be_visible()
    ivo.keyboard.press("Escape")
    expect(ivo.locator("#keys")).to_be_hidden()

    assert every_page_of_the_room(ivo, room) >= {"d", "s", "o", "t", "x"}
    write(ivo, "n", "Looking at the primary database.")
    write(ivo, "1", "Its disk is full")
    write(ivo, "2", "Move to the standby")
    press_key(ivo, "i")
    expect(ivo.locator(".messagelist")).to_contain_text("Identified")
    press_key(ivo, "b")
    expect(ivo.locator(".messagelist")).to_contain_text("You are the scribe")

    send(dana, room, "u")
    customer_mail.wait(lambda: len(customer_mail.to(PAT)) == 1, seconds=30, what="first alert")

    ivo.goto(room)
    press_key(ivo, "m")
    press_key(ivo, "g")
    tab_to(ivo, ivo.locator("#content textarea").first)
    ivo.keyboard.type("The standby has taken over; payments work.")
    press_button(ivo, ivo.locator("form:has(textarea) button[type=submit]").first)
    send(dana, room, "f")
    customer_mail.wait(lambda: len(customer_mail.to(PAT)) == 2, seconds=30, what="final message")
    assert desk.query("Incident.objects.get().status") == "resolved"
    assert people.errors == []
