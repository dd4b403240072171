"""Large files: a worker does them, and the page shows how far it is; a lost worker loses nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from crisisdesk.core import clock
from crisisdesk.core.actors import Actor
from crisisdesk.core.models import User
from customers.imports import steps, working
from customers.models import Customer, CustomerImport, ImportedRow, ImportState
from tests.customers.imports.conftest import ACME, csv_file
from tests.customers.imports.test_admin_import import browser, confirm, text, upload

pytestmark = pytest.mark.usefixtures("landscape")
__all__ = ["browser"]


@pytest.fixture
def rung(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Every file is a large one; what the queue was asked for."""
    asked: list[int] = []

    def async_task(task: str, key: int, **_: Any) -> None:
        assert task == working.TASK
        asked.append(key)

    monkeypatch.setattr(working, "async_task", async_task)
    monkeypatch.setattr(steps, "SMALL_BYTES", 0)
    monkeypatch.setattr(steps, "SMALL_ROWS", 0)
    return asked


def test_a_large_file_is_compared_and_written_by_a_worker(browser: Client, rung: list[int]) -> None:
    page = upload(browser, csv_file(ACME))
    one = CustomerImport.objects.get()
    assert (one.state, rung) == (ImportState.QUEUED, [one.pk])
    assert "reading the file" in text(page)

    working.work(one.pk)
    live = browser.get(f"/admin/customers/customer/import/{one.uuid}/live/")
    assert "1 new, 0 changed, 0 the same." in text(live)  # type: ignore[arg-type]
    writing = confirm(browser, live)  # type: ignore[arg-type]
    assert "Writing 1 line" in text(writing)
    assert not Customer.objects.exists()
    working.work(one.pk)

    one.refresh_from_db()
    assert (one.state, rung) == (ImportState.DONE, [one.pk, one.pk])
    assert Customer.objects.count() == 1


def test_a_second_ring_does_nothing(browser: Client, rung: list[int]) -> None:
    upload(browser, csv_file(ACME))
    one = CustomerImport.objects.get()
    CustomerImport.objects.update(begun_at=clock.now())

    working.work(one.pk)

    one.refresh_from_db()
    assert one.state == ImportState.QUEUED


def test_a_worker_that_died_is_replaced(browser: Client, rung: list[int]) -> None:
    upload(browser, csv_file(ACME))
    now = clock.now()
    CustomerImport.objects.update(begun_at=now - timedelta(minutes=2))
    live = browser.get(f"/admin/customers/customer/import/{CustomerImport.objects.get().uuid}/live/")
    assert "another begins anew by itself 6 minutes" in text(live)  # type: ignore[arg-type]
    CustomerImport.objects.update(begun_at=now, rung_at=now)
    assert working.ring_owed(now + timedelta(minutes=5)) == 0

    assert working.ring_owed(now + timedelta(minutes=7)) == 1
    assert working.ring_owed(now + timedelta(minutes=8)) == 0
    assert len(rung) == 2


def test_whoever_lost_their_role_meanwhile_imports_nothing(browser: Client, rung: list[int], dana: User) -> None:
    upload(browser, csv_file(ACME))
    one = CustomerImport.objects.get()
    working.work(one.pk)
    steps.confirm(one, by=Actor.person(dana), now=clock.now())
    dana.groups.clear()

    working.work(one.pk)

    one.refresh_from_db()
    assert (one.state, Customer.objects.count()) == (ImportState.REFUSED, 0)
    assert "may not edit and import customers" in one.problem


def test_it_says_so_when_something_breaks(
    browser: Client, rung: list[int], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    upload(browser, csv_file(ACME))
    monkeypatch.setattr(working, "plan", lambda *_, **__: 1 / 0)
    one = CustomerImport.objects.get()

    working.work(one.pk)

    one.refresh_from_db()
    assert (one.state, one.problem) == (ImportState.REFUSED, working.BROKEN)
    assert "can't be finished" in caplog.text


def test_what_an_import_changed_is_forgotten_when_it_cannot_be_undone_any_more(browser: Client) -> None:
    confirm(browser, upload(browser, csv_file(ACME)))
    assert ImportedRow.objects.exists()

    working.ring_owed(clock.now() + timedelta(days=29))
    assert ImportedRow.objects.exists()
    working.ring_owed(clock.now() + timedelta(days=31))
    assert not ImportedRow.objects.exists()
    assert CustomerImport.objects.get().figures["new_customers"] == 1
