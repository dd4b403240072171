"""Every page, as the first group that may see it, in both themes: no violation, no error, no wider than a telephone."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, Route

from tests.e2e.demonstration import Demonstration, demonstration

pytestmark = [pytest.mark.full, pytest.mark.e2e, pytest.mark.needs("chromium")]

PEOPLE = ("ivo", "dana", "mara", "cleo", "mira", "ada")
DESK, TELEPHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
# What a page may answer to somebody: itself, another address, "not you", "no such row", "press a button", "not now".
ANSWERS = {200, 302, 403, 404, 405, 409}


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demonstration]:
    """A desk with customers, a past and an outage in progress."""
    with demonstration(tmp_path_factory.mktemp("demonstration")) as started:
        yield started


class Person:
    """Signed in with plain requests, whose cookies a browser takes over."""

    def __init__(self, demo: Demonstration, name: str) -> None:
        self.name = name
        self.demo = demo
        self.session = requests.Session()
        address = f"{demo.url}/admin/login/"
        self.session.get(address)
        form = {"username": name, "password": demo.password(name), "next": "/livez"}
        form["csrfmiddlewaretoken"] = self.session.cookies["csrftoken"]
        done = self.session.post(address, data=form, allow_redirects=False)
        assert done.status_code == 302, f"{name} can't sign in"

    def answers(self, path: str) -> tuple[int, bool]:
        """The status, and whether it is a whole document to look at."""
        got = self.session.get(self.demo.url + path, allow_redirects=False, timeout=60)
        return got.status_code, got.headers.get("Content-Type", "").startswith("text/html") and "<html" in got.text

    def browser(self, browser: Browser) -> BrowserContext:
        """A browser in which this person is signed in."""
        context = browser.new_context(
            reduced_motion="reduce",
            viewport=DESK,  # type: ignore[arg-type]
            locale="en-GB",
            timezone_id="UTC",
            color_scheme="light",
        )
        context.set_default_timeout(30_000)
        cookies = [{"name": c.name, "value": str(c.value), "url": self.demo.url} for c in self.session.cookies]
        context.add_cookies(cookies)  # type: ignore[arg-type]
        return context


def looked_at(page: Page, path: str, demo: Demonstration) -> Iterator[str]:
    """What is wrong with one page."""
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
    page.route(demo.url + path, _out_of_the_sandbox)
    answer = page.goto(demo.url + path)
    yield from violations(page, "light")
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size(TELEPHONE)  # type: ignore[arg-type]
    page.wait_for_timeout(50)
    width = page.evaluate("document.documentElement.scrollWidth")
    if width > TELEPHONE["width"]:
        yield f"{width} px wide on a telephone"
    yield from violations(page, "dark, telephone")
    if answer is not None and answer.status >= 400:
        # The browser notes the status of the page itself as an error.
        errors = [error for error in errors if not re.search(r"responded with a status of 4\d\d", error)]
    yield from errors


def _out_of_the_sandbox(route: Route) -> None:
    """A page that runs no script at all, by its policy, could not be examined by one."""
    answer = route.fetch()
    policy = answer.headers.get("content-security-policy", "")
    if "sandbox" in policy:
        policy = "; ".join(part for part in policy.split("; ") if not part.startswith("sandbox"))
    route.fulfill(response=answer, headers=answer.headers | {"content-security-policy": policy})


def violations(page: Page, theme: str) -> Iterator[str]:
    """What axe-core finds, with the first elements of each kind."""
    # Without `preload`, with which it reads style sheets anew into a document of its own, against the page's policy.
    options = {"resultTypes": ["violations"], "preload": False}
    found: list[dict[str, Any]] = Axe().run(page, options=options).response["violations"]
    for rule in found:
        where = "; ".join(f"{node['target']} {node['html'][:120]}" for node in rule["nodes"][:3])
        why = (rule["nodes"][0]["failureSummary"] or "").split("\n")[-1].strip()
        yield f"{theme}: {rule['id']} ({len(rule['nodes'])}×) {where} — {why[:160]}"


def test_every_page_is_fit_to_be_seen(demo: Demonstration, browser: Browser) -> None:
    listed = demo.shell("from tests.e2e.pages import main; main()")
    assert listed["unfilled"] == [], "no row for these: add one to the demonstration or to tests/e2e/pages.py"
    people = [Person(demo, name) for name in PEOPLE]
    problems: dict[str, list[str]] = defaultdict(list)
    paths = [path for _, path in listed["pages"]]
    with ThreadPoolExecutor(len(people)) as pool:
        given = list(pool.map(lambda person: [person.answers(path) for path in paths], people))
    contexts = {person.name: person.browser(browser) for person in people}
    refusals: set[int] = set()
    seen = 0
    for path, answers in zip(paths, zip(*given, strict=True), strict=True):
        by_person = list(zip(people, answers, strict=True))
        problems[path] += [f"{person.name}: {status}" for person, (status, _) in by_person if status not in ANSWERS]
        first = min(((status, number) for number, (status, whole) in enumerate(answers) if whole), default=None)
        # One page that says "not you", and one of each other kind, stands for all.
        if first is None or first[0] in refusals:
            continue
        if first[0] >= 400:
            refusals.add(first[0])
        who = people[first[1]].name
        page = contexts[who].new_page()
        problems[path] += [f"{who}: {wrong}" for wrong in looked_at(page, path, demo)]
        page.close()
        seen += 1
    assert seen > 100
    wrong = [f"{path}\n    " + "\n    ".join(found) for path, found in problems.items() if found]
    assert wrong == [], "\n".join(wrong)
