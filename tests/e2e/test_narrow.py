"""On a telephone nothing that people write widens a page: a log line or an address may be one word of any length."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.test import Client
from django.urls import reverse
from playwright.sync_api import sync_playwright
from pytest_django import Settings

from crisisdesk.core import clock
from crisisdesk.core.actors import Actor
from crisisdesk.core.models import User
from customers import links
from customers.models import Delivery
from incidents.models import Incident
from incidents.notes import add_note
from tests import factories as make
from tests.e2e.conftest import FLAGS
from tests.plugins.system import program

pytestmark = [pytest.mark.e2e, pytest.mark.needs("chromium"), pytest.mark.django_db]
WIDTH = 390
WORD = "x" * 1500


@pytest.fixture
def outage(by_ivo: Actor, by_dana: Actor, settings: Settings) -> Incident:
    """An incident whose message to Acme's Pat holds a word of 1,500 characters."""
    settings.LINK_KEYS = ["a key for these tests, long enough to be one"]
    now = clock.now()
    make.contact(make.customer("Acme", make.service()), "Pat")
    incident = make.incident(by_ivo, now - timedelta(hours=1), title=WORD[:150])
    make.send(incident, "initial", by_dana, now, body=f"{make.BODY}\n\nWe see {WORD} in the log:\n\n- {WORD}")
    Delivery.objects.update(state="sent")
    add_note(incident, WORD, by=by_ivo, now=now)
    return incident


# A word may reach beyond the screen although the box around it does not.
WIDE = """width => document.documentElement.scrollWidth <= width ? [] : [
    `${document.documentElement.scrollWidth} px`,
    ...[...document.querySelectorAll("body *")]
        .filter(found => found.scrollWidth > width).map(found => `${found.tagName}.${found.className}`),
]"""


def too_wide(html: str, picture: Path) -> list[str]:
    """How wide the page is and what makes it so, if it is wider than a telephone; a picture of it is kept."""
    sheets = "".join(
        Path(str(finders.find(found))).read_text() for found in re.findall(r'href="/static/([^"]+\.css)"', html)
    )
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program("chromium"), args=FLAGS)
        page = browser.new_page(viewport={"width": WIDTH, "height": 800})
        page.set_content(re.sub(r"<(link|script)\b[^>]*>", "", html))
        page.add_style_tag(content=sheets)
        page.screenshot(path=picture, full_page=True)
        found: list[str] = page.evaluate(WIDE, WIDTH)
        browser.close()
    return found


def test_the_customers_page_stays_as_narrow_as_a_telephone(outage: Incident, tmp_path: Path) -> None:
    pat = outage.updates.get().message.deliveries.get().contact  # type: ignore[union-attr]
    token = links.make("progress", pat, outage.reference, clock.now() + timedelta(days=1))
    html = Client().get(f"/p/{token}/").content.decode()
    assert html.count(WORD) >= 2
    assert too_wide(html, tmp_path / "progress.png") == []


def test_the_room_stays_as_narrow_as_a_telephone(outage: Incident, dana: User, tmp_path: Path) -> None:
    client = Client()
    client.force_login(dana)
    html = client.get(reverse("admin:incidents_incident_change", args=[outage.pk])).content.decode()
    assert html.count(WORD) >= 2
    assert too_wide(html, tmp_path / "room.png") == []
