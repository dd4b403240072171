"""PDFs go when they are old, and when they may name a person who was erased; their rows stay."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from crisisdesk.core.actors import Actor
from crisisdesk.core.models import User
from customers.erasing import erase_contact
from customers.models import Contact
from incidents.models import Answer
from postmortems import printing, printouts
from postmortems.keeping import prune
from postmortems.models import Printed, Printout, PrintoutContent
from postmortems.selection import Selection
from tests import factories
from tests.postmortems.conftest import Past

SignIn = Callable[[User], Client]
Made = Callable[..., Printout]
DAY = timedelta(days=1)


@pytest.fixture
def made(by_mira: Actor, now: datetime) -> Made:
    """A maker of finished PDFs."""

    def make(kind: str, **more: Any) -> Printout:
        row = printouts.order(kind, Selection(now), title=kind, by=by_mira, now=now, **more)
        return printouts.finish(row, printing.Printed(b"%PDF-1.7", 1), now=now)

    return make


def erased(contact: Contact, by: Actor, now: datetime) -> None:
    erase_contact(contact, reason="Asked for it by letter.", by=by, now=now)


@pytest.mark.parametrize(("age", "kept"), [(10 * DAY, True), (10 * DAY + timedelta(seconds=1), False)])
def test_a_pdf_goes_when_its_days_are_over(
    settings: Settings, signed_in: SignIn, mira: User, made: Made, now: datetime, age: timedelta, kept: bool
) -> None:
    settings.PRINTOUT_DAYS = 10
    row = made(Printed.OVERVIEW)

    assert prune(now=now + age) == (0 if kept else 1)

    assert PrintoutContent.objects.exists() is kept
    client = signed_in(mira)
    assert client.get(f"/review/printed/{row.pk}/file/").status_code == (200 if kept else 404)
    assert (
        "It is no longer kept; order it again." in client.get(f"/review/printed/{row.pk}/").content.decode()
    ) != kept
    assert prune(now=now + age) == 0


def test_zero_days_keep_it_for_good(settings: Settings, made: Made, now: datetime) -> None:
    settings.PRINTOUT_DAYS = 0
    made(Printed.OVERVIEW)
    assert prune(now=now + 9_999 * DAY) == 0


def test_erasing_a_person_takes_out_what_may_name_them(made: Made, past: Past, by_dana: Actor, now: datetime) -> None:
    acme = factories.customer("Acme", factories.service())
    pat, sam = factories.contact(acme, "Pat"), factories.contact(acme, "Sam")
    outage, other = past(now - DAY), past(now - 2 * DAY)
    Answer.objects.create(incident=outage, contact=pat, informed="no", at=now, first_at=now)
    stays = [made(Printed.OVERVIEW), made(Printed.INCIDENT, object_id=other.pk), made(Printed.ROWS, listing="outages")]
    goes = [made(Printed.PACK), made(Printed.INCIDENT, object_id=outage.pk), made(Printed.ROWS, listing="answers")]

    erased(pat, by_dana, now)

    assert set(Printout.objects.filter(state="gone")) == set(goes)
    assert set(PrintoutContent.objects.values_list("pk", flat=True)) == {row.pk for row in stays}
    goes[0].refresh_from_db()
    assert "whose data was erased since" in goes[0].problem
    # Sam never answered: no pack can name them.
    again = made(Printed.PACK)
    erased(sam, by_dana, now)
    again.refresh_from_db()
    assert again.is_ready
