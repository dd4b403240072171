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
    """Select every template in the library, look at them and approve."""
    page.goto(f"{desk.url}/admin/incidents/template/")
    page.locator("#action-toggle").check()
    page.locator("select[name=action]").select_option("approve_selected")
    page.get_by_role("button", name=re.compile("^(go|run)", re.IGNORECASE)).click()
    page.get_by_role("button", name="Approve what is ticked").click()
    expect(page.locator(".messagelist li").first).to_contain_text("approved and can be sent")


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
        page.get_by_label("Message", exact=True).fill(body)
    if minutes is not None:
        page.locator("input[name=preset][value=other]").check()
        page.locator("input[name=next_update_minutes]").fill(str(minutes))
    if sure:
        # The question "so soon?" comes with the draft's next save, by itself.
        page.locator("input[name=short_gap]").check()
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


def write_postmortem(page: Page, desk: Desk, reference: str) -> None:
    """Wait until the post-mortem is there, write it, name its cause, promise a fix, approve."""
    page.goto(f"{desk.url}/admin/postmortems/postmortem/")
    link = page.get_by_role("link", name=re.compile(reference))
    for _ in range(20):
        if link.count():
            break
        page.wait_for_timeout(500)
        page.reload()
    link.first.click()
    page.locator("[name=root_cause]").fill("The disk of the database primary was full; the alarm for it was muted.")
    for name in ("summary", "impact", "detection"):
        box = page.locator(f"[name={name}]")
        if box.count() and not box.input_value():
            box.fill("Payments failed for customers of the Payments API because a disk was full.")
    page.get_by_role("button", name="Save the report").click()
    expect(page.locator(".messagelist")).to_contain_text("Report saved")
    page.locator("select[name=cause]").select_option(label="Capacity")
    page.locator("button[value=cause]").click()
    expect(page.locator(".messagelist")).to_contain_text("Cause: Capacity")
    action = page.locator("form:has(button[value=add_action])")
    if not action.is_visible():
        page.locator("details:has(button[value=add_action]) > summary").click()
    action.get_by_label("What will be done").fill("Alarm on disk space before it is full")
    action.locator("select[name=owner]").select_option(label="Ines Costa")
    action.locator("input[name=due_on]").fill("2030-01-15")
    action.get_by_role("button", name="Promise it").click()
    page.locator("button[value=approve]").click()
    expect(page.locator(".messagelist")).to_contain_text("Report approved")


def send_customer_edition(support: Page, operations: Page, desk: Desk) -> None:
    """Support makes the text, Operations approves it, Support sends it."""
    number = desk.query("Postmortem.objects.get().pk")
    address = f"{desk.url}/admin/postmortems/postmortem/{number}/change/"
    support.goto(address)
    support.locator("button[value=begin_edition]").click()
    support.locator("button[value=save_edition]").click()
    expect(support.locator(".messagelist")).to_contain_text("Customer edition saved")
    operations.goto(address)
    for word in operations.locator("input[name=accepted]").all():
        word.check()
    operations.locator("button[value=approve_edition]").click()
    expect(operations.locator(".messagelist")).to_contain_text("Customer edition approved")
    support.goto(address)
    support.locator("input[name=confirm]").check()
    support.locator("button[value=send_edition]").click()
    expect(support.locator(".messagelist")).to_contain_text("on its way to 400 contacts")
