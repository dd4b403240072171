"""The audit trail can't be changed, and its chain notices when it was."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from crisisdesk.core import audit
from crisisdesk.core.actors import Actor
from crisisdesk.core.audit.chain import GENESIS, canonical, link, seal_pending, verify
from crisisdesk.core.models import AuditEntry, AuditSeal

KEEPER = Actor.job("promise keeper")


@pytest.fixture
def entries(db: None, now: datetime) -> list[AuditEntry]:
    """Three acts of a job."""
    return [
        audit.record(
            f"tea.step_{n}", by=KEEPER, now=now + timedelta(seconds=n), incident="INC-1", data={"n": n, "ü": "é"}
        )
        for n in range(3)
    ]


@pytest.mark.parametrize("change", ["UPDATE core_auditentry SET actor_name = 'x'", "DELETE FROM core_auditentry"])
def test_it_refuses_to_change_or_delete_an_entry(entries: list[AuditEntry], change: str) -> None:
    with pytest.raises(DatabaseError, match="insert-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(change)

    assert AuditEntry.objects.filter(actor_name="promise keeper").count() == 3


def test_it_refuses_to_change_or_delete_a_seal(entries: list[AuditEntry], now: datetime) -> None:
    seal_pending(now)
    for change in ("UPDATE core_auditseal SET hash = ''", "DELETE FROM core_auditseal"):
        with pytest.raises(DatabaseError, match="insert-only"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(change)


@pytest.mark.postgres
def test_it_refuses_to_empty_the_trail(entries: list[AuditEntry]) -> None:
    with pytest.raises(DatabaseError, match="insert-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("TRUNCATE core_auditentry CASCADE")


def test_it_seals_each_entry_once_and_verifies(entries: list[AuditEntry], now: datetime) -> None:
    assert verify().unsealed == 3

    assert seal_pending(now, limit=2) == 2
    assert seal_pending(now) == 1
    assert seal_pending(now) == 0

    verdict = verify()
    assert (verdict.ok, verdict.sealed, verdict.unsealed) == (True, 3, 0)
    first = AuditSeal.objects.get(position=1)
    assert (first.previous_hash, first.hash) == (GENESIS, link(GENESIS, entries[0]))


@pytest.fixture
def without_trigger() -> Callable[[str], None]:
    """Change a row as somebody with the database's own rights could: the triggers are off meanwhile."""

    def change(statement: str) -> None:
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                cursor.execute("SET session_replication_role = replica")
                cursor.execute(statement)
                cursor.execute("SET session_replication_role = DEFAULT")
                return
            cursor.execute(
                "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name LIKE 'core_audit%%'"
            )
            triggers = cursor.fetchall()
            for name, _ in triggers:
                cursor.execute(f"DROP TRIGGER {name}")
            cursor.execute(statement)
            for _, sql in triggers:
                cursor.execute(sql)

    return change


@pytest.mark.parametrize(
    "tampering",
    [
        "UPDATE core_auditentry SET actor_name = 'somebody else' WHERE action = 'tea.step_1'",
        "UPDATE core_auditentry SET data = '{\"n\": 2}' WHERE action = 'tea.step_1'",
        "UPDATE core_auditentry SET incident = 'INC-2' WHERE action = 'tea.step_2'",
        "UPDATE core_auditseal SET position = 9 WHERE position = 2",
        "DELETE FROM core_auditseal WHERE position = 1",
    ],
)
def test_it_notices_tampering(
    entries: list[AuditEntry], now: datetime, without_trigger: Callable[[str], None], tampering: str
) -> None:
    seal_pending(now)
    assert verify().ok

    without_trigger(tampering)

    assert not verify().ok
    with pytest.raises(CommandError, match="does not verify"):
        call_command("verify_audit")


def test_it_reads_the_same_bytes_again_from_the_database(entries: list[AuditEntry]) -> None:
    assert [canonical(entry) for entry in AuditEntry.objects.order_by("id")] == [canonical(entry) for entry in entries]
