"""What a walk needs: mail servers, the desk's processes, Alertmanager, a browser."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

from tests.e2e.alertmanager import Alertmanager
from tests.e2e.desk import Desk
from tests.e2e.mailbox import Mailbox, free_port
from tests.e2e.seed import PASSWORD
from tests.plugins.system import program

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture
def customer_mail() -> Iterator[Mailbox]:
    """What customers get."""
    with Mailbox() as mailbox:
        yield mailbox


@pytest.fixture
def staff_mail() -> Iterator[Mailbox]:
    """What the vendor's people get."""
    with Mailbox() as mailbox:
        yield mailbox


@pytest.fixture
def start_desk(tmp_path: Path, customer_mail: Mailbox, staff_mail: Mailbox) -> Iterator[Callable[..., Desk]]:
    """Start the desk on a database URL, with `only_web=True` just its pages; it ends with the test."""
    desks: list[Desk] = []

    def start(database_url: str, *, only_web: bool = False) -> Desk:
        desk = Desk(tmp_path, database_url, customer_mail, staff_mail)
        desks.append(desk)
        desk.start(free_port(), only_web=only_web)
        return desk

    yield start
    for desk in desks:
        desk.stop()


@pytest.fixture
def alertmanager(tmp_path: Path) -> Iterator[Alertmanager]:
    """Debian's Alertmanager, not started yet."""
    manager = Alertmanager(tmp_path)
    yield manager
    manager.stop()


@pytest.fixture
def browser() -> Iterator[Browser]:
    """Debian's Chromium."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program("chromium"), args=FLAGS)
        yield chromium
        chromium.close()


class People:
    """One browser session per person, in which every console error fails the walk."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self.errors: list[str] = []
        self.contexts: list[BrowserContext] = []

    def visitor(self) -> Page:
        """A session in which nobody is signed in."""
        context = self._browser.new_context(locale="en-GB", timezone_id="UTC", viewport={"width": 1440, "height": 900})
        context.set_default_timeout(15_000)
        self.contexts.append(context)
        page = context.new_page()
        page.on("console", self._note)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        return page

    def sign_in(self, desk: Desk, username: str) -> Page:
        """Sign in on the console's front page."""
        page = self.visitor()
        page.goto(f"{desk.url}/admin/")
        page.get_by_label("Username").fill(username)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Log in").click()
        page.wait_for_url(f"{desk.url}/admin/")
        return page

    def _note(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.errors.append(f"{message.text} at {message.location.get('url')}")


@pytest.fixture
def people(browser: Browser, tmp_path: Path) -> Iterator[People]:
    """The people of the walk. What each saw last is kept as a picture beside the walk's database."""
    everybody = People(browser)
    yield everybody
    for number, context in enumerate(everybody.contexts):
        for page in context.pages:
            page.screenshot(path=tmp_path / f"last-{number}.png", full_page=True)
