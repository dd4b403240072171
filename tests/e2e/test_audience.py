"""The scope widens and narrows while an outage goes on: who hears what, seen in the browser by those who decide it."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import People
from tests.e2e.desk import Desk
from tests.e2e.test_keyboard import READY, press_button, press_key

pytestmark = [pytest.mark.full, pytest.mark.e2e, pytest.mark.needs("chromium")]

OUTAGE = f"""{READY}
from tests import factories as make
for name, slug in (("Globex", "reports"), ("Initech", "checkout")):
    customer = make.customer(name, Service.objects.get(slug=slug))
    make.contact(customer, f"Sam of {{name}}", email=f"sam@{{name.lower()}}.example")
make.contact(make.customer("Umbrella"), "Kim of Umbrella", email="kim@umbrella.example")
ServiceDependency.objects.all().delete()
ivo, dana = (Actor.person(User.objects.get(username=name)) for name in ("ivo", "dana"))
outage = make.incident(ivo, clock.now(), services=[Service.objects.get(slug="payments-api")], title="Payments fail")
make.send(outage, "initial", dana, clock.now())
"""


def scope(page: Page, room: str, *services: str) -> None:
    """Make these the affected services."""
    page.goto(room)
    press_key(page, "o")
    rows = page.get_by_role("group", name=re.compile(r"Affected service \d"))
    for number in range(rows.count()):
        chosen = rows.nth(number).locator("select").first
        wanted = {"label": services[number]} if number < len(services) else {"index": 0}
        chosen.select_option(**wanted)
    press_button(page, page.get_by_role("button", name="Change the scope"))
    expect(page.locator(".messagelist")).to_contain_text("Scope changed")


def readers(desk: Desk, kind: str) -> list[str]:
    """Whom the newest message of a kind goes to."""
    newest = f"Update.objects.filter(kind='{kind}').order_by('-pk').first()"
    return sorted(desk.query(f"list({newest}.message.deliveries.values_list('address', flat=True))"))


def test_nobody_is_left_out_and_nobody_hears_twice(
    start_desk: Callable[..., Desk], tmp_path: Path, people: People
) -> None:
    desk = start_desk(f"sqlite:///{tmp_path / 'walk.sqlite3'}", only_web=True)
    desk.shell(OUTAGE)
    room = f"{desk.url}/admin/incidents/incident/{desk.query('Incident.objects.get().pk')}/change/"
    ivo, dana = people.sign_in(desk, "ivo"), people.sign_in(desk, "dana")

    # It widens: who came in is offered the message they missed, with the promise that stands; nobody else gets it.
    scope(ivo, room, "Payments API", "Reports")
    dana.goto(room)
    expect(dana.locator("#room-side")).to_contain_text("1 contact at 1 customer came in after the last message")
    press_key(dana, "e")
    expect(dana.get_by_role("main")).to_contain_text("Globex")
    expect(dana.get_by_role("main")).to_contain_text("The promise stands")
    press_button(dana, dana.get_by_role("button", name="Send to 1 contact at 1 customer"))
    assert readers(desk, "catchup") == ["sam@globex.example"]
    expect(dana.locator("#room-side")).not_to_contain_text("came in after the last message")

    # It narrows: who was alerted goes on hearing of it.
    scope(ivo, room, "Reports")
    press_key(dana, "u")
    who = dana.locator("#readers")
    expect(who).to_contain_text("2 contacts, 2 customers")
    expect(who).to_contain_text("Acme")
    expect(who).not_to_contain_text("Changed")

    # It widens while the update is being written: the page says what differs, before it is sent.
    scope(ivo, room, "Reports", "Checkout")
    dana.get_by_label("Message", exact=True).fill("The database has moved; payments work, reports and checkout do not.")
    expect(who).to_contain_text("1 contact at 1 customer did not get the last message")
    expect(who).to_contain_text("3 contacts, 3 customers")

    # Somebody whom no rule finds is taken in by name, and one who asked to be left alone is left out, with reasons.
    dana.keyboard.press("Escape")
    press_key(dana, "a")
    expect(dana.locator("main")).to_contain_text("Besides, 1 contact told earlier")
    dana.get_by_role("searchbox").fill("Umbrella")
    press_button(dana, dana.get_by_role("button", name="Find"))
    beside = dana.get_by_role("region", name="Not in the audience")
    beside.get_by_text("Take in…").click()
    beside.get_by_label("Why?").fill("They resell Reports.")
    dana.screenshot(path=tmp_path / "not-in-the-audience.png", full_page=True)
    press_button(dana, beside.get_by_role("button", name="Take in"))
    expect(dana.get_by_role("region", name="Audience", exact=True)).to_contain_text("They resell Reports.")
    dana.goto(f"{dana.url.partition('?')[0]}")
    row = dana.get_by_role("row", name=re.compile("Initech"))
    row.get_by_text("Leave out…").click()
    row.get_by_label("Why?").fill("They moved away from Checkout.")
    press_button(dana, row.get_by_role("button", name="Leave out"))
    expect(dana.get_by_role("region", name="Left out by hand")).to_contain_text("They moved away from Checkout.")

    dana.goto(room)
    press_key(dana, "u")
    expect(who).to_contain_text("1 contact at 1 customer did not get the last message")
    dana.locator("input[name=confirm]").check()
    press_button(dana, dana.get_by_role("button", name="Send to 3 contacts at 3 customers"))
    assert readers(desk, "progress") == ["kim@umbrella.example", "pat@acme.example", "sam@globex.example"]
    # Years later: who was told what, and why.
    why = "dict(Delivery.objects.filter(message__kind='progress').values_list('address', 'reason'))"
    by_name = "added by Dana Reyes: They resell Reports."
    assert set(desk.query(why).values()) == {"uses Payments API", "uses Reports", by_name}
    assert people.errors == []
