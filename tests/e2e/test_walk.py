"""One incident goes the whole way, through real parts: from Alertmanager's alarm to the executives' page.

Steps that the product takes in minutes take seconds here: the policy of the walk reminds 40 s and escalates 20 s
before a promised moment.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.e2e import customers_file, steps
from tests.e2e.alertmanager import Alertmanager
from tests.e2e.conftest import People
from tests.e2e.desk import Desk
from tests.e2e.mailbox import Mailbox, free_port
from tests.plugins.pg_server import postgres_server

pytestmark = [pytest.mark.e2e, pytest.mark.needs("chromium", "prometheus-alertmanager")]

IVO, DANA, SARA, MIRA = (f"{name}@vendor.example" for name in ("ivo", "dana", "sara", "mira"))
NEWS = "We found the cause: the database primary ran out of disk. We are moving to the standby now."


class Received:
    """What customers got since the last look, compared with who should have got it."""

    def __init__(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox
        self._seen = 0

    def by(self, audience: set[str], *, saying: str | dict[str, str], seconds: float = 60) -> None:
        """Exactly these, once each, and with these words: the same for all, or by the reader's language."""
        self._mailbox.wait(
            lambda: len(self._mailbox.mails) - self._seen >= len(audience),
            seconds=seconds,
            what=f"mail for {len(audience)}",
        )
        time.sleep(1.5)  # whoever should not be told would be told now
        new = self._mailbox.mails[self._seen :]
        self._seen += len(new)
        assert sorted(mail.recipient for mail in new) == sorted(audience)
        for mail in new:
            words = saying if isinstance(saying, str) else saying[customers_file.language_of(mail.recipient)]
            assert words in mail.text
            assert words in mail.html
        assert len({mail.content["Message-ID"] for mail in new}) == len(new)


def test_an_incident_goes_the_whole_way(
    start_desk: Callable[[str], Desk],
    tmp_path: Path,
    customer_mail: Mailbox,
    staff_mail: Mailbox,
    alertmanager: Alertmanager,
    people: People,
) -> None:
    desk = start_desk(f"sqlite:///{tmp_path / 'walk.sqlite3'}")
    received = Received(customer_mail)
    affected = customers_file.write(tmp_path / "customers.csv")
    assert len(affected) == 400
    dana = people.sign_in(desk, "dana")
    ivo = people.sign_in(desk, "ivo")

    # Step 0: customers are imported, templates approved.
    steps.import_customers(dana, desk, tmp_path / "customers.csv")
    assert desk.query("Contact.objects.count()") == 1000
    steps.approve_templates(people.sign_in(desk, "mara"), desk)

    # Step 1: the alarm wakes those on call, and nobody else, within five seconds.
    alertmanager.start(free_port(), desk.url, desk.token)
    alertmanager.fire(alertname="PaymentsErrors", service="payments-api", severity="critical")
    staff_mail.wait(lambda: len(staff_mail.mails) >= 2, seconds=5, what="page")
    assert {mail.recipient for mail in staff_mail.mails} == {IVO, DANA}
    (page,) = staff_mail.to(IVO)
    link = page.link("/ack/")
    visitor = people.visitor()
    visitor.goto(link)
    assert desk.query("Alert.objects.get().state") == "open", "opening the link acknowledges nothing"
    steps.acknowledge(visitor, link)
    assert desk.query("Alert.objects.get().acknowledged_by_name") == "Ivo Brandt"

    # Step 2: Operations declares.
    room = steps.declare(ivo, desk, incident_type="Regional outage (SEV1)")
    reference = f"INC-{desk.query('Incident.objects.get().pk')}"

    # Step 3: Support alerts the affected and only them.
    steps.send_message(dana, room, "Alert the affected customers")
    received.by(affected, saying="Payments API")

    # Step 4: an update in time keeps the promise; the next one is let go.
    steps.send_message(dana, room, "Write an update", body=NEWS, minutes=1, sure=True)
    received.by(affected, saying="moving to the standby")
    assert desk.query("list(Promise.objects.order_by('id').values_list('outcome', flat=True))") == ["kept", "pending"]
    staff_mail.wait(lambda: bool(staff_mail.to(DANA, subject="[REMINDER]")), seconds=45, what="reminder")
    staff_mail.wait(lambda: bool(staff_mail.to(SARA, subject="[ESCALATION]")), seconds=30, what="escalation")
    staff_mail.wait(lambda: bool(staff_mail.to(IVO, subject="[ESCALATION]")), seconds=5, what="escalation to Ivo")
    staff_mail.wait(lambda: bool(staff_mail.to(MIRA, subject="[MISSED]")), seconds=30, what="miss")
    missed = desk.query("list(Promise.objects.filter(outcome='missed').values('due_at', 'missed_at'))")
    assert len(missed) == 1
    lateness = desk.query(
        "[(p.missed_at - p.due_at).total_seconds() for p in Promise.objects.filter(outcome='missed')]"
    )
    assert 0 < lateness[0] < 2
    steps.send_message(
        dana, room, "Write an update", body=NEWS + " It takes a little longer than we thought.", minutes=30
    )
    received.by(affected, saying="a little longer")
    for mails in (
        staff_mail.to(DANA, subject="[REMINDER]"),
        staff_mail.to(SARA, subject="[ESCALATION]"),
        staff_mail.to(MIRA, subject="[MISSED]"),
    ):
        assert len(mails) == 1

    # Step 5: without the green light the final message can't leave; with it, everybody told hears of the end.
    dana.goto(room)
    expect(dana.get_by_role("button", name="Write the final message")).to_have_count(0)
    expect(dana.locator("#verbs-not")).to_contain_text("no green light")
    steps.press(ivo, room, "Give the green light", words="The standby has taken over; payments work.")
    steps.send_message(dana, room, "Write the final message")
    # The template is there in three languages; only the English words leave room for Operations' own.
    received.by(
        affected, saying={"en": "payments work", "de": "funktioniert wieder wie gewohnt", "fr": "fonctionne à nouveau"}
    )
    assert desk.query("Incident.objects.get().status") == "resolved"
    assert desk.query("Promise.objects.filter(closed_at=None).count()") == 0

    # A customer's own page tells the whole story, and only to the one it was sent to.
    last = customer_mail.to("owner@customer-0000.example")[-1]
    visitor.goto(last.link("/p/"))
    expect(visitor.locator("body")).to_contain_text("Resolved")
    expect(visitor.locator("body")).to_contain_text("moving to the standby")

    # Step 6: the post-mortem opens by itself, is written, approved, and its customer edition sent to those told.
    steps.write_postmortem(ivo, desk, reference)
    steps.send_customer_edition(dana, ivo, desk)
    received.by(affected, saying="disk")

    # Executives see the cause.
    mira = people.sign_in(desk, "mira")
    mira.goto(f"{desk.url}/review/")
    mira.get_by_role("link", name="Capacity").first.click()
    expect(mira.locator("main")).to_contain_text(reference)

    # Every mail is in the ledger, the mails of one reader make one thread, the record verifies, no page complained.
    sent = desk.query("list(Delivery.objects.filter(state='sent').values_list('address', 'mail_id'))")
    assert sorted(map(tuple, sent)) == sorted((m.recipient, m.content["Message-ID"]) for m in customer_mail.mails)
    thread = customer_mail.to("owner@customer-0000.example")
    assert {mail.content["In-Reply-To"] for mail in thread[1:]} == {thread[0].content["Message-ID"]}
    assert len({mail.subject for mail in thread}) == 1
    assert re.match(r"\d+ entries verified, 0 waiting", desk.manage("verify_audit"))
    assert people.errors == []


@pytest.mark.needs("chromium", "prometheus-alertmanager")
def test_the_affected_are_alerted_on_postgresql_too(
    start_desk: Callable[[str], Desk],
    tmp_path: Path,
    customer_mail: Mailbox,
    staff_mail: Mailbox,
    alertmanager: Alertmanager,
    people: People,
) -> None:
    with postgres_server() as database_url:
        desk = start_desk(database_url)
        affected = customers_file.write(tmp_path / "customers.csv")
        desk.manage("import_customers", str(tmp_path / "customers.csv"), "--by", "dana")
        steps.approve_templates(people.sign_in(desk, "mara"), desk)
        alertmanager.start(free_port(), desk.url, desk.token)
        alertmanager.fire(alertname="PaymentsErrors", service="payments-api", severity="critical")
        staff_mail.wait(lambda: len(staff_mail.mails) >= 2, seconds=5, what="page")
        ivo, dana = people.sign_in(desk, "ivo"), people.sign_in(desk, "dana")
        room = steps.declare(ivo, desk, incident_type="Regional outage (SEV1)")
        steps.send_message(dana, room, "Alert the affected customers")
        Received(customer_mail).by(affected, saying="Payments API")
        steps.press(ivo, room, "Give the green light", words="The standby has taken over; payments work.")
        steps.send_message(dana, room, "Write the final message")
        customer_mail.wait(lambda: len(customer_mail.mails) == 2 * len(affected), seconds=60, what="final message")
        assert desk.query("Incident.objects.get().status") == "resolved"
        assert people.errors == []
        desk.stop()
