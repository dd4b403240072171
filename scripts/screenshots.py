"""Pictures of every page for the documentation: both themes, a phone and a desk, from a demonstration of its own.

    .venv/bin/python scripts/screenshots.py [--into docs/screenshots] [--only room,compose] [--data-dir var/demo]

With --data-dir the demonstration that runs from there is used; it gets an alarm and a draft that were not there before,
and for the last picture its outage is ended.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from playwright.sync_api import Error as BrowserError

BASE = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(BASE))
from crisisdesk.demonstration.environment import environment  # noqa: E402 - found through the line above
from tests.e2e.demonstration import demonstration  # noqa: E402

WIDTHS = {1440: 900, 390: 844}
THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
TALLEST = 2600
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync"]


@dataclass(frozen=True)
class Demo:
    """A running demonstration."""

    desk: str
    tray: str
    home: Path

    def passwords(self) -> dict[str, str]:
        """By user name."""
        found: dict[str, str] = json.loads((self.home / "logins.json").read_text())
        return found


@dataclass(frozen=True)
class Shot:
    """A page: its name, who looks at it (None: nobody signed in), and how to get there."""

    name: str
    person: str | None
    go: Callable[[Page, Demo], Any]


def at(path: str) -> Callable[[Page, Demo], Any]:
    """Open a path of the desk."""
    return lambda page, demo: page.goto(f"{demo.desk}{path}")


def following(path: str, *links: str) -> Callable[[Page, Demo], Any]:
    """Open a path of the desk, then the first link of each kind, one after another."""

    def go(page: Page, demo: Demo) -> None:
        page.goto(f"{demo.desk}{path}")
        for link in links:
            found = page.locator(f'#result_list a[href*="{link}"]')
            if not found.count():
                found = page.locator(f'#content a[href*="{link}"], main a[href*="{link}"]')
            address = found.first.get_attribute("href")
            page.goto(page.evaluate("address => new URL(address, location.href).href", address))

    return go


def compose(page: Page, demo: Demo) -> None:
    """The open draft of the incident in progress, started if there is none."""
    page.goto(f"{demo.desk}/admin/incidents/{_newest_incident(page, demo)}/compose/")
    start = page.locator('form[action$="/compose/progress/"] button')
    if start.count():
        start.first.click()
        page.wait_for_load_state()


def in_the_room(page_of_it: str, *links: str) -> Callable[[Page, Demo], Any]:
    """A page of the newest open incident, then the first link of each kind."""

    def go(page: Page, demo: Demo) -> None:
        number = _newest_incident(page, demo)
        following(f"/admin/incidents/{number}/{page_of_it}", *links)(page, demo)

    return go


def _newest_incident(page: Page, demo: Demo) -> str:
    following("/admin/", "/incidents/incident/")(page, demo)
    return page.url.rstrip("/").removesuffix("/change").rpartition("/")[2]


def mail(search: str, part: str = "") -> Callable[[Page, Demo], Any]:
    """The newest mail in the tray that the search finds."""

    def go(page: Page, demo: Demo) -> None:
        page.goto(f"{demo.tray}/mail/{_mail_number(page, demo, search)}{part}")

    return go


def link_of_mail(search: str, link: str) -> Callable[[Page, Demo], Any]:
    """The page of the desk that a mail links to."""

    def go(page: Page, demo: Demo) -> None:
        page.goto(f"{demo.tray}/mail/{_mail_number(page, demo, search)}/html")
        address = page.locator(f'a[href*="{link}"]').first.get_attribute("href")
        page.goto(str(address))

    return go


ENDED = """
from datetime import timedelta
from crisisdesk.core import clock
from crisisdesk.core.actors import Actor
from customers import links
from customers.models import Contact
from incidents.drafts import discard_draft, open_draft, save_draft, start_draft
from incidents.greenlight import give_green_light
from incidents.models import Incident
from incidents.publishing import send_update

told = Incident.objects.filter(updates__message__isnull=False).order_by("-pk")
incident, now = told.filter(status="resolved").first() or told.first(), clock.now()
if incident.is_open:
    by = Actor.job("demonstration")
    if draft := open_draft(incident):
        discard_draft(draft, by=by, now=now)
    if not incident.has_green_light:
        give_green_light(incident, note="The pool is larger, and calls are answered in time.", by=by, now=now)
    draft = start_draft(incident, kind="final", by=by, now=now)
    words = "Calls to the Payments API are answered in time again. We watched it for half an hour."
    draft = save_draft(draft, version=draft.version, body=words, translations={}, by=by, now=now)
    send_update(incident, draft_version=draft.version, by=by, now=now, key="pictures")
contact = Contact.objects.active().filter(deliveries__message__update__incident=incident).first()
token = links.make(links.ANSWER, contact, incident.reference, now + timedelta(days=1))
print(links.address(links.ANSWER, token))
"""


def answer_page(page: Page, demo: Demo) -> None:
    """The question at the end; the outage in progress is ended for it when none is over. So it comes last."""
    command = [sys.executable, str(BASE / "manage.py"), "shell", "--verbosity", "0", "--command", ENDED]
    variables = environment(demo.home / "env", os.environ)
    done = subprocess.run(command, cwd=BASE, env=variables, capture_output=True, text=True, check=True)
    page.goto(done.stdout.strip())


def _mail_number(page: Page, demo: Demo, search: str) -> int:
    found = page.request.get(f"{demo.tray}/mails.json?q={search}").json()
    return int(found[0]["id"])


TOLD, PAGED = "Payments API answers slowly", "PAGE"
SHOTS = (
    Shot("sign-in", None, at("/admin/login/")),
    Shot("command-centre", "ivo", at("/admin/")),
    Shot("report-a-problem", "cleo", at("/admin/report/")),
    Shot("qualify", "ivo", following("/admin/", "/qualify/")),
    Shot("incident-room", "dana", following("/admin/", "/incidents/incident/")),
    Shot("compose", "dana", compose),
    Shot("what-a-customer-sees", "dana", in_the_room("as/?q=a", "/as/")),
    Shot("deliveries", "dana", following("/admin/", "/incidents/incident/", "/deliveries/")),
    Shot("call-list", "dana", in_the_room("calls/")),
    Shot("catch-up", "dana", in_the_room("catch-up/")),
    Shot("scope", "ivo", in_the_room("scope/")),
    Shot("audience", "dana", in_the_room("audience/?q=a")),
    Shot("who-is-asking", "cleo", in_the_room("assessment/?q=a")),
    Shot("impact-assessment", "cleo", in_the_room("assessment/?q=a", "/assessment/")),
    Shot("merge-incidents", "ivo", in_the_room("merge/")),
    Shot("split-an-incident", "ivo", in_the_room("split/")),
    Shot("who-may-know", "ivo", in_the_room("confidential/")),
    Shot("briefing-customer-success", "cleo", in_the_room("briefing/success/?all=1")),
    Shot("briefing-executives", "mira", in_the_room("briefing/executives/")),
    Shot("component-states", "ivo", in_the_room("states/")),
    Shot("service-map", "ivo", at("/admin/services/map/")),
    Shot("service-map-around-one", "ivo", following("/admin/services/map/", "?service=")),
    Shot("promises", "dana", at("/admin/promises/")),
    Shot("duplicates", "dana", at("/admin/customers/customer/duplicates/")),
    Shot("customers", "dana", at("/admin/customers/customer/")),
    Shot("customer", "dana", following("/admin/customers/customer/", "/customers/customer/")),
    Shot("erase-a-person", "dana", following("/admin/customers/contact/", "/customers/contact/", "/erase/")),
    Shot("templates", "mara", at("/admin/incidents/template/")),
    Shot("template", "mara", following("/admin/incidents/template/", "/incidents/template/")),
    Shot("template-versions", "mara", following("/admin/incidents/template/", "/incidents/template/", "/versions/")),
    Shot("words-in-an-emergency", "mara", at("/admin/emergency-texts/")),
    Shot("incident-type", "ada", following("/admin/incidents/incidenttype/", "/incidents/incidenttype/")),
    Shot("contact-methods", "ivo", at("/admin/contact-methods/")),
    Shot("on-call", "ivo", at("/admin/on-call/")),
    Shot("on-call-instead", "ada", at("/admin/on-call/override/")),
    Shot("on-call-swap", "ivo", at("/admin/on-call/swap/?role=operations-on-call")),
    Shot("post-mortems", "ivo", at("/admin/postmortems/postmortem/")),
    Shot("post-mortem", "ivo", following("/admin/postmortems/postmortem/", "/postmortems/postmortem/")),
    Shot("audit-trail", "mira", at("/admin/core/auditentry/")),
    Shot("executive-review", "mira", at("/review/")),
    Shot("requests-to-executives", "mira", at("/review/requests/")),
    Shot("printed", "mira", at("/review/printed/")),
    Shot("repeated-cause", "mira", following("/review/", "/review/causes/")),
    Shot("review-of-a-cause", "mira", following("/review/", "/review/reviews/")),
    Shot("outage-for-executives", "mira", following("/review/", "/review/incidents/")),
    Shot("acknowledge", None, link_of_mail(PAGED, "/ack/")),
    Shot("progress-page", None, link_of_mail(TOLD, "/p/")),
    Shot("preferences", None, link_of_mail(TOLD, "/c/")),
    Shot("email-to-customers", None, mail(TOLD, "/html")),
    Shot("email-to-staff", None, mail(PAGED, "/html")),
    Shot("mail-tray", None, mail(TOLD)),
    Shot("were-you-well-informed", None, answer_page),
)


def main() -> int:
    """Take the pictures; the exit status is the number of pages that could not be taken."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--into", type=Path, default=BASE / "docs" / "screenshots")
    parser.add_argument("--only", default="", help="names of pages, separated by commas")
    parser.add_argument("--data-dir", type=Path, help="use the demonstration that runs from there")
    options = parser.parse_args()
    wanted = [shot for shot in SHOTS if not options.only or shot.name in options.only.split(",")]
    options.into.mkdir(parents=True, exist_ok=True)
    with _demonstration(options.data_dir) as demo, sync_playwright() as playwright:
        subprocess.run(
            [sys.executable, BASE / "manage.py", "demo_alarm", "--data-dir", demo.home], check=True, cwd=BASE
        )
        time.sleep(3)
        browser = playwright.chromium.launch(executable_path=_chromium(), args=FLAGS)
        failed = _take_all(browser, demo, wanted, options.into)
        browser.close()
    return failed


def _take_all(browser: Browser, demo: Demo, shots: list[Shot], into: Path) -> int:
    states = {name: _signed_in(browser, demo, name) for name in sorted({shot.person for shot in shots if shot.person})}
    failed = 0
    for shot in shots:
        for width, height in WIDTHS.items():
            for theme in THEMES:
                context = browser.new_context(
                    viewport={"width": width, "height": height},
                    color_scheme=theme,
                    storage_state=states.get(shot.person or ""),
                )
                try:
                    _take(context, demo, shot, into / f"{shot.name}-{width}-{theme}.png")
                except BrowserError as error:
                    failed += 1
                    print(f"{shot.name} {width} {theme}: {str(error).splitlines()[0]}")
                context.close()
        print(shot.name)
    return failed


def _take(context: BrowserContext, demo: Demo, shot: Shot, path: Path) -> None:
    page = context.new_page()
    page.set_default_timeout(15_000)
    shot.go(page, demo)
    page.wait_for_load_state("load")
    page.wait_for_timeout(400)
    size = page.viewport_size or {"width": 0, "height": 0}
    tall = min(TALLEST, int(page.evaluate("document.documentElement.scrollHeight")))
    if tall > size["height"]:
        # A window as tall as the page: what sticks to its edges stays there.
        page.set_viewport_size({"width": size["width"], "height": tall})
        page.wait_for_timeout(200)
    page.screenshot(path=path, animations="disabled")
    with Image.open(path) as picture:
        # A palette is enough for pages of flat colour, and a fifth of the size.
        picture.convert("RGB").quantize(160).save(path, optimize=True)


def _signed_in(browser: Browser, demo: Demo, name: str) -> Any:
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{demo.desk}/admin/login/")
    page.fill('input[name="username"]', name)
    page.fill('input[name="password"]', demo.passwords()[name])
    page.locator('form button[type="submit"], form input[type="submit"]').first.click()
    page.wait_for_load_state()
    state = context.storage_state()
    context.close()
    return state


@contextmanager
def _demonstration(home: Path | None) -> Iterator[Demo]:
    if home is not None:
        yield _found(home)
        return
    with (
        tempfile.TemporaryDirectory(prefix="screenshots-") as directory,
        demonstration(Path(directory) / "demo") as started,
    ):
        # Its customers' mail takes a moment more.
        time.sleep(5)
        yield _found(started.home)


def _found(home: Path) -> Demo:
    running = json.loads((home / "running.json").read_text())
    return Demo(f"http://127.0.0.1:{running['port']}", f"http://127.0.0.1:{running['tray_port']}", home)


def _chromium() -> str:
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        raise SystemExit("Chromium is missing. On Debian or Ubuntu: sudo apt-get install chromium")
    return path


if __name__ == "__main__":
    sys.exit(main())
