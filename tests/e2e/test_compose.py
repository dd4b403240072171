"""Two people and a bad line at one draft, in a real browser; and how few presses lead from the alarm to the message."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import People
from tests.e2e.desk import Desk
from tests.e2e.mailbox import Mailbox
from tests.e2e.seed import PASSWORD
from tests.e2e.test_keyboard import PAT, READY, declare, fire

pytestmark = [pytest.mark.e2e, pytest.mark.needs("chromium")]

# Counts what a person presses: with the mouse, and on the keyboard.
COUNT = """
if (window === top) {
  sessionStorage.presses ??= "0"; sessionStorage.keys ??= "0";
  addEventListener("pointerdown", () => (sessionStorage.presses = +sessionStorage.presses + 1), true);
  addEventListener("keydown", () => (sessionStorage.keys = +sessionStorage.keys + 1), true);
}
"""
KEPT = "#draft-state"


@pytest.fixture
def desk(start_desk: Callable[[str], Desk], tmp_path: Path) -> Desk:
    """A desk with one customer and an alarm."""
    found = start_desk(f"sqlite:///{tmp_path / 'walk.sqlite3'}")
    found.shell(READY)
    fire(found)
    return found


def few_presses(page: Page, desk: Desk) -> tuple[int, int]:
    """From the open page of the alarm to the message that is on its way; (presses, keys)."""
    page.get_by_role("button", name="Declare the incident").click()
    page.get_by_role("button", name=re.compile("Alert the affected")).click()
    page.locator("label.agree", has_text="The preview says what I mean").click()
    page.get_by_role("button", name=re.compile("^Send to")).click()
    expect(page.locator(".messagelist")).to_contain_text("on its way to 1 contact")
    return int(page.evaluate("sessionStorage.presses")), int(page.evaluate("sessionStorage.keys"))


def test_from_declare_to_sent_in_four_presses_and_no_key(desk: Desk, customer_mail: Mailbox, people: People) -> None:
    """Somebody who holds both roles, as a small team grants them; the acts carry one name each."""
    desk.shell("User.objects.get(username='ivo').groups.add(Group.objects.get(name='Support'))")
    ivo = people.sign_in(desk, "ivo")
    ivo.context.add_init_script(COUNT)
    ivo.goto(f"{desk.url}/admin/")
    ivo.get_by_role("link", name=re.compile("Payments API answers with errors")).first.click()
    ivo.evaluate("sessionStorage.presses = sessionStorage.keys = 0")
    assert few_presses(ivo, desk) == (4, 0)
    customer_mail.wait(lambda: len(customer_mail.to(PAT)) == 1, seconds=30, what="first alert")
    assert people.errors == []


def writing(page: Page, room: str) -> None:
    """Open the draft of the first alert."""
    page.goto(room)
    verb = re.compile("Alert the affected|Continue the")
    page.get_by_role("button", name=verb).or_(page.get_by_role("link", name=verb)).first.click()
    page.wait_for_url(re.compile("/compose/"))


def write(page: Page, words: str) -> None:
    """Replace the text as a person types it."""
    page.get_by_label("Message", exact=True).fill(words)


@pytest.mark.full
def test_two_writers_see_each_other_and_neither_loses_a_word(
    desk: Desk, customer_mail: Mailbox, people: People
) -> None:
    room = declare(people.sign_in(desk, "ivo"), desk)
    dana, sara = people.sign_in(desk, "dana"), people.sign_in(desk, "sara")
    writing(dana, room)
    writing(sara, room)
    expect(sara.locator("#others")).to_contain_text("Dana Reyes")

    # What Dana types is seen at once as a mail, and kept.
    write(dana, "Card payments fail since 14:00. Refunds work. We are moving to the standby.")
    frame = dana.frame_locator("iframe.preview-frame:not([hidden])")
    expect(frame.locator("body")).to_contain_text("Refunds work")
    expect(dana.locator(KEPT)).to_have_text("Draft kept")

    # Sara's page is stale: it says who and what, before she types and when she does, and overwrites nothing.
    expect(sara.locator("#changed")).to_contain_text("Dana Reyes kept version", timeout=20_000)
    expect(sara.locator("#changed ins").first).to_contain_text("Card")
    write(sara, "Payments are down. Use invoices meanwhile, we call you.")
    expect(sara.locator(KEPT)).to_have_text("Not kept: see above")
    expect(sara.locator("#changed del").first).to_be_visible()
    sara.get_by_role("button", name=re.compile("^Send to")).click()
    expect(sara.locator(KEPT)).to_have_text("Not kept: see above")
    assert desk.query("Draft.objects.get().body").startswith("Card payments fail")

    # She takes Dana's, and her own words are offered back; she drops them.
    sara.get_by_role("link", name="Take theirs").click()
    expect(sara.get_by_label("Message", exact=True)).to_have_value(re.compile("Refunds work"))
    expect(sara.locator("#local-copy")).to_contain_text("Use invoices meanwhile")
    sara.get_by_role("button", name="Drop it").click()

    # Pressed twice, and by both: one message. The other reads who sent it and keeps what was typed.
    dana.locator("input[name=confirm]").check()
    dana.get_by_role("button", name=re.compile("^Send to")).dblclick()
    expect(dana.locator(".messagelist")).to_contain_text("on its way to 1 contact")
    expect(sara.locator("#changed")).to_contain_text("Dana Reyes sent this message at", timeout=20_000)
    assert desk.query("Update.objects.count()") == 1
    customer_mail.wait(lambda: len(customer_mail.to(PAT)) == 1, seconds=30, what="first alert")
    # A refused save is an answer that the browser counts as an error, on purpose.
    assert [error for error in people.errors if "409" not in error] == []


@pytest.mark.full
def test_a_lost_connection_sends_nothing_and_loses_no_word(desk: Desk, customer_mail: Mailbox, people: People) -> None:
    room = declare(people.sign_in(desk, "ivo"), desk)
    dana = people.sign_in(desk, "dana")
    writing(dana, room)
    expect(dana.locator(KEPT)).to_contain_text("Kept")
    expect(dana.locator("#local-copy")).to_be_hidden()
    dana.context.set_offline(True)
    write(dana, "Typed without a line: card payments fail, we are moving to the standby.")
    expect(dana.locator(KEPT)).to_have_text("No connection: not kept yet")
    dana.locator("input[name=confirm]").check()
    dana.get_by_role("button", name=re.compile("^Send to")).click()
    expect(dana.locator(KEPT)).to_contain_text("nothing was sent")
    expect(dana.get_by_label("Message", exact=True)).to_have_value(re.compile("Typed without a line"))
    assert desk.query("Update.objects.count()") == 0

    # The window is closed without a line; the next one offers the words, and puts nothing in by itself.
    dana.close(run_before_unload=False)
    context = people.contexts[-1]
    context.set_offline(False)
    again = context.new_page()
    writing(again, room)
    box = again.get_by_label("Message", exact=True)
    expect(box).not_to_have_value(re.compile("Typed without a line"))
    expect(again.locator("#local-copy")).to_contain_text("Typed without a line")
    again.get_by_role("button", name="Bring it back").click()
    expect(box).to_have_value(re.compile("Typed without a line"))
    expect(again.locator(KEPT)).to_have_text("Draft kept")

    # A line that comes back by itself keeps what was typed without another key.
    context.set_offline(True)
    write(again, "Typed without a line, twice: payments fail, we are moving to the standby.")
    expect(again.locator(KEPT)).to_have_text("No connection: not kept yet")
    context.set_offline(False)
    expect(again.locator(KEPT)).to_have_text("Draft kept")
    again.locator("input[name=confirm]").check()
    again.get_by_role("button", name=re.compile("^Send to")).click()
    expect(again.locator(".messagelist")).to_contain_text("on its way to 1 contact")
    customer_mail.wait(lambda: len(customer_mail.to(PAT)) == 1, seconds=30, what="first alert")
    assert "twice: payments fail" in customer_mail.to(PAT)[0].text


@pytest.mark.full
def test_a_test_reaches_only_the_one_who_asks(desk: Desk, customer_mail: Mailbox, people: People) -> None:
    room = declare(people.sign_in(desk, "ivo"), desk)
    dana = people.sign_in(desk, "dana")
    writing(dana, room)
    dana.get_by_role("button", name="Send me a test").click()
    expect(dana.locator(".messagelist")).to_contain_text("A test is on its way to dana@vendor.example")
    customer_mail.wait(lambda: bool(customer_mail.to("dana@vendor.example")), seconds=10, what="test")
    (mail,) = customer_mail.mails
    assert mail.subject.startswith("[TEST] ")
    dana.get_by_role("link", name="As any customer sees it").click()
    dana.get_by_role("searchbox").fill("acme")
    dana.get_by_role("button", name="Find").click()
    expect(dana.get_by_role("heading", name="What Acme sees")).to_be_visible()
    expect(dana.locator(".messagelist")).to_have_count(0)
    for way in ("E-mail as text", "SMS", "Progress page", "E-mail"):
        dana.get_by_role("link", name=way, exact=True).click()
        expect(dana.frame_locator("iframe.preview-frame").locator("body")).not_to_be_empty()
    assert people.errors == []


@pytest.mark.full
def test_neither_a_session_that_ends_nor_a_slip_loses_a_word(desk: Desk, people: People) -> None:
    room = declare(people.sign_in(desk, "ivo"), desk)
    dana = people.sign_in(desk, "dana")
    notice, box = dana.locator("#connection"), dana.get_by_label("Write in the timeline")

    # In the room: offline the note stays, and it stays when the session has ended.
    dana.goto(room)
    box.fill("Three customers called.")
    dana.context.set_offline(True)
    dana.get_by_role("button", name="Add note").click()
    expect(notice).to_contain_text("nothing was sent")
    expect(box).to_have_value("Three customers called.")
    dana.context.set_offline(False)
    dana.context.clear_cookies(name="sessionid")
    expect(notice).to_contain_text("You are signed out", timeout=20_000)
    dana.reload()
    _sign_in_again(dana)
    expect(box).to_have_value("Three customers called.")
    dana.get_by_role("button", name="Add note").click()
    expect(dana.locator("#room-timeline")).to_contain_text("Three customers called.")

    # In compose: one signs in in another window and goes on here.
    writing(dana, room)
    expect(dana.locator(KEPT)).to_contain_text("Kept")
    dana.context.clear_cookies(name="sessionid")
    write(dana, "Card payments fail since 14:00. We are moving to the standby.")
    expect(dana.locator(KEPT)).to_contain_text("You are signed out")
    expect(dana.locator("[data-unseen]")).to_contain_text("not what you typed last")
    with dana.context.expect_page() as opened:
        notice.get_by_role("link").click()
    _sign_in_again(opened.value)
    expect(dana.locator(KEPT)).to_have_text("Draft kept", timeout=30_000)
    expect(notice).to_be_hidden()
    expect(dana.locator("[data-unseen]")).to_be_hidden(timeout=20_000)
    frame = dana.frame_locator("iframe.preview-frame:not([hidden])")
    expect(frame.locator("body")).to_contain_text("moving to the standby")
    assert [error for error in people.errors if "fram" in error] == []
    assert desk.query("Draft.objects.get().body").startswith("Card payments fail")

    # Nothing is called kept while a field cannot be read, and what is thrown away comes back.
    dana.get_by_label("Document in the knowledge base").fill("not a link")
    expect(dana.locator("#lint")).to_contain_text("Not kept. Document in the knowledge base")
    expect(dana.locator(KEPT)).to_have_text("Not kept: see above")
    dana.get_by_label("Document in the knowledge base").fill("")
    expect(dana.locator(KEPT)).to_have_text("Draft kept")
    dana.get_by_role("button", name="Throw away").click()
    expect(dana.locator(".messagelist")).to_contain_text("can be taken up again")
    dana.get_by_role("button", name="Take it up again").click()
    expect(dana.get_by_label("Message", exact=True)).to_have_value(re.compile("moving to the standby"))


def _sign_in_again(page: Page) -> None:
    page.wait_for_url(re.compile("/login/"))
    page.fill("input[name=username]", "dana")
    page.fill("input[name=password]", PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url(re.compile("/admin/incidents/"))
