"""The list behind "?" names every verb of the room, qualify, compose and deliveries, and nothing that is not there."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import People
from tests.e2e.desk import Desk
from tests.e2e.test_keyboard import READY, declare, fire, press_button, press_key, send, tab_to

pytestmark = [pytest.mark.full, pytest.mark.e2e, pytest.mark.needs("chromium")]

LISTED = """() => [...document.querySelectorAll("#keys [data-keys] > div")]
    .map(line => [line.querySelector("kbd").textContent, line.querySelector("dd").textContent])"""
KEYED = """() => [...document.querySelectorAll("[data-key]")]
    .filter(one => !one.disabled && !one.closest("[hidden]")).map(one => one.dataset.key)"""
# A button beside a field is pressed from there; what stands in every row of a list is reached by Tab.
BESIDE = "li, tr, dialog, .joined, form:not([data-compose]):has([data-key]), details:has(> summary[data-key])"
UNKEYED = f"""() => [...document.querySelectorAll("#content button, #content a.btn")]
    .filter(one => one.checkVisibility() && !one.dataset.key && !one.closest("{BESIDE}"))
    .map(one => one.textContent.trim().replace(/\\s+/g, " "))"""


def keys_of(page: Page) -> dict[str, str]:
    """Open the list and close it: {label: key}, after a look that it is that of this page."""
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    listed: list[tuple[str, str]] = page.evaluate(LISTED)
    page.keyboard.press("Escape")
    expect(page.locator("#keys")).to_be_hidden()
    keys = [key for key, _ in listed]
    assert keys == page.evaluate(KEYED)
    assert len(set(keys)) == len(keys), f"two things have one key: {sorted(keys)}"
    assert all(label for _, label in listed)
    assert page.evaluate(UNKEYED) == [], "these have no key"
    return {label: key for key, label in listed}


def test_the_list_names_every_verb_there(start_desk: Callable[..., Desk], tmp_path: Path, people: People) -> None:
    desk = start_desk(f"sqlite:///{tmp_path / 'walk.sqlite3'}", only_web=True)
    desk.shell(READY)
    fire(desk)
    ivo, dana = people.sign_in(desk, "ivo"), people.sign_in(desk, "dana")

    # Qualify.
    press_button(ivo, ivo.get_by_role("link", name=re.compile("Payments API answers with errors")).first)
    found = keys_of(ivo)
    assert {"Acknowledge", "Declare an incident", "Too brief to alert", "Not an incident"} <= found.keys()
    ivo.keyboard.press(found["Not an incident"])
    expect(ivo.get_by_label("Why is it no incident?")).to_be_focused()
    ivo.keyboard.press("Escape")
    ivo.keyboard.press(found["Declare an incident"])
    expect(ivo.locator("form:has(input[value=declare]) :focus")).to_have_count(1)
    room = declare(ivo, desk)

    # The room, of Operations and of Support.
    found = keys_of(ivo)
    assert {"Merge with another", "Change type", "Who may know", "Longer path"} <= found.keys()
    assert {"Write a note", "Write on diagnosis", "Everybody affected, each with the reason"} <= found.keys()
    dana.goto(room)
    assert keys_of(dana)["Alert the affected customers"] == "u"

    # Compose: the fields, the ways it is read, the test, what sends it.
    press_key(dana, "u")
    found = keys_of(dana)
    assert {"Send me a test", "As any customer sees it", "Throw away", "Write the message"} <= found.keys()
    dana.keyboard.press(found["Write the message"])
    expect(dana.get_by_label("Message", exact=True)).to_be_focused()
    dana.keyboard.type("?")
    expect(dana.locator("#keys")).to_be_hidden()
    dana.keyboard.press("Escape")
    dana.keyboard.press(found["The preview says what I mean."])
    expect(dana.locator("input[name=confirm]")).to_be_checked()
    dana.keyboard.press(found["Send me a test"])
    expect(dana.locator(".messagelist")).to_contain_text("A test is on its way to dana@vendor.example")
    send(dana, room, "u")

    # Deliveries: nothing leaves without the sender, so all of it waits.
    press_button(dana, dana.locator("#deliveries a").first)
    found = keys_of(dana)
    assert {"Correct this message", "Pause", "Stop for good…", "Export CSV", "Back to the room"} <= found.keys()
    press_key(dana, found["Pause"])
    assert "Resume" in keys_of(dana)
    press_key(dana, found["Correct this message"])
    expect(dana.get_by_role("heading", name="Correction", exact=True)).to_be_visible()
    assert {"Write what was wrong", "Choose the message that was wrong"} <= keys_of(dana).keys()

    # Something else is being written: the page of that says so, and nothing is lost.
    tab_to(dana, dana.get_by_label("What was wrong", exact=True))
    dana.keyboard.type("We named the wrong region.")
    expect(dana.locator("#draft-state")).to_have_text("Draft kept")
    desk.shell("Draft.objects.filter(closed_at=None).update(kind='progress', corrects=None)")
    dana.goto(f"{desk.url}/admin/updates/{desk.query('Update.objects.get().pk')}/deliveries/")
    press_key(dana, found["Correct this message"])
    expect(dana.locator(".messagelist")).to_contain_text("Dana Reyes is writing a progress update here")
    assert people.errors == []
