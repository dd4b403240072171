"""The steps of a walk, each as a person does it in the browser."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.e2e.desk import Desk


def import_customers(page: Page, desk: Desk, file: Path) -> None:
    """Upload a spreadsheet, read the preview, confirm."""
    page.goto(f"{desk.url}/admin/customers/customer/import/")
    page.locator("input[type=file]").set_input_files(file)
    page.locator("input[type=file]").evaluate("input => input.form.requestSubmit()")
    expect(page.get_by_role("main")).to_contain_text("500")
    page.get_by_role("button", name=re.compile("import", re.IGNORECASE)).click()
    expect(page.locator(".messagelist")).to_contain_text("500")


def approve_templates(page: Page, desk: Desk) -> None:
    """Select every template in the library and approve."""
    page.goto(f"{desk.url}/admin/incidents/template/")
    page.locator("#action-toggle").check()
    page.locator("select[name=action]").select_option("approve_selected")
    page.get_by_role("button", name=re.compile("^(go|run)", re.IGNORECASE)).click()
    expect(page.locator(".messagelist li").first).to_contain_text("is approved and can be sent")


def acknowledge(page: Page, link: str) -> None:
    """Open the link of the page; opening alone does nothing, the one button acknowledges."""
    page.goto(link)
    page.get_by_role("button", name="Acknowledge").click()
    expect(page.locator("body")).to_contain_text("acknowledged", ignore_case=True)


def declare(page: Page, desk: Desk, *, incident_type: str) -> str:
    """From the command centre to the qualify page, and declare; return the room's address."""
    page.goto(f"{desk.url}/admin/")
    page.get_by_role("link", name=re.compile("Payments API answers with errors")).first.click()
    form = page.locator("form:has(input[name=decision][value=declare])")
    form.get_by_label("Type").select_option(label=incident_type)
    form.get_by_label("Severity").select_option("SEV1")
    form.get_by_role("button", name="Declare the incident").click()
    page.wait_for_url(re.compile(r"/admin/incidents/incident/\d+/(change/)?$"))
    return page.url


def send_message(
    page: Page, room: str, verb: str, *, minutes: int | None = None, body: str = "", sure: bool = False
) -> None:
    """Press the verb in the room, look at the prefilled message, send it."""
    page.goto(room)
    page.get_by_role("button", name=re.compile(verb)).or_(page.get_by_role("link", name=re.compile(verb))).first.click()
    page.wait_for_url(re.compile("/compose/"))
    if body:
        page.get_by_label("Message", exact=False).first.fill(body)
    if minutes is not None:
        page.locator("input[name=next_update_minutes]").fill(str(minutes))
        page.locator("input[name=preset][value=other]").check()
    page.locator("input[name=confirm]").check()
    page.get_by_role("button", name=re.compile("^Send to")).click()
    if sure:
        page.get_by_label(re.compile("sure|sooner|mean", re.IGNORECASE)).last.check()
        page.locator("input[name=confirm]").check()
        page.get_by_role("button", name=re.compile("^Send to")).click()
    page.wait_for_url(re.compile(r"/admin/incidents/incident/\d+/(change/)?$"))


def press(page: Page, room: str, verb: str, *, words: str) -> None:
    """Press a verb that asks for words on a small page, give them, confirm."""
    page.goto(room)
    page.get_by_role("link", name=re.compile(verb)).first.click()
    page.locator("main textarea, #content textarea").first.fill(words)
    page.locator("form:has(textarea) button[type=submit], form:has(textarea) button:not([type])").first.click()
    page.wait_for_url(re.compile(r"/admin/incidents/incident/\d+/(change/)?$"))
