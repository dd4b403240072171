"""A reader chooses which messages to get, in a real browser: it posts what no test client does ("Origin: null")."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.desk import Desk

pytestmark = [pytest.mark.full, pytest.mark.e2e, pytest.mark.needs("chromium")]

# A contact and the address of its own page.
PAT = """
from datetime import timedelta
from crisisdesk.core import clock
from customers import links
acme = Customer.objects.create(name="Acme", reference="acme")
pat = Contact.objects.create(customer=acme, name="Pat", email="pat@acme.example")
token = links.make(links.PREFERENCES, pat, "", clock.now() + timedelta(days=1))
print(links.address(links.PREFERENCES, token))
"""


def test_a_reader_saves_each_choice_with_and_without_script(
    start_desk: Callable[..., Desk], tmp_path: Path, browser: Browser
) -> None:
    desk = start_desk(f"sqlite:///{tmp_path / 'walk.sqlite3'}", only_web=True)
    address = desk.shell(PAT).strip()
    for has_script in (True, False):
        page = browser.new_context(java_script_enabled=has_script).new_page()
        page.goto(address)
        for label, choice in (("Start and end only", "start_and_end"), ("Nothing", "none"), ("All updates", "all")):
            page.get_by_label(label).check()
            page.get_by_role("button", name="Save").click()
            expect(page.get_by_role("status")).to_contain_text("Saved")
            expect(page.get_by_label(label)).to_be_checked()
            assert desk.query("Contact.objects.get().preference") == choice
