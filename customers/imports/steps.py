"""The steps of an import: a file is given, its columns are named, it is compared, confirmed, written, perhaps undone.

Small files are worked on at once, larger ones by a worker while a page shows how far it is. The row is the order; the
queue only wakes somebody.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from crisisdesk.core import audit
from crisisdesk.core.access import Act, require
from crisisdesk.core.actors import Actor
from crisisdesk.core.refusals import InvalidInput, WrongState
from customers.imports import mapping
from customers.imports.reading import XLSX_START, beginning, named_columns
from customers.imports.working import ring, work
from customers.models import CustomerImport, ImportState
from customers.models.customer_import import UNDOABLE

# Larger ones (about a thousand rows) go to a worker. A workbook is packed.
SMALL_BYTES, SMALL_WORKBOOK_BYTES = 100_000, 30_000
SMALL_ROWS = 1_000


def give(content: bytes, *, file_name: str, by: Actor, now: datetime) -> CustomerImport:
    """Take a file: compared at once when its columns are known, else it waits until somebody names them.

    Raises NotAllowed, and InvalidInput for a file that is no such table.
    """
    require(by, Act.EDIT_CUSTOMERS)
    headings = beginning(content).headings
    known = mapping.known(headings)
    if known is None and sum(map(bool, headings)) < 2:
        named_columns(headings)  # says what is missing
    CustomerImport.objects.expired(now).delete()
    one = CustomerImport.objects.create(
        state=ImportState.COLUMNS if known is None else ImportState.QUEUED,
        file_name=file_name[:200],
        content=content,
        columns=known[0] if known else [],
        created_by_id=by.person_id,
        created_by_name=by.name,
        created_at=now,
        rung_at=now,
    )
    return _go(one, is_small=_is_small(content)) if known else one


def choose_columns(
    one: CustomerImport, columns: Sequence[str], *, source: str, by: Actor, now: datetime
) -> CustomerImport:
    """Say what each column holds; kept for the next file with these headings. Then the file is compared.

    Raises NotAllowed, WrongState once it is confirmed, InvalidInput for a choice that can't be.
    """
    require(by, Act.EDIT_CUSTOMERS)
    states = (ImportState.COLUMNS, ImportState.READY, ImportState.REFUSED)
    with transaction.atomic():
        one = _held(one, states, by)
        content = bytes(one.content or b"")
        headings = beginning(content).headings
        one.columns = mapping.checked(headings, columns)
        if not source.strip():
            raise InvalidInput("Give this kind of file a name, such as “Export of the CRM”, to know it by next time.")
        kept = mapping.keep(headings, one.columns, source=source, by=by, now=now)
        audit.record("customers.columns_named", by=by, now=now, on=kept, data={"columns": one.columns})
        _move(one, ImportState.QUEUED, now=now)
    return _go(one, is_small=_is_small(content))


def confirm(one: CustomerImport, *, by: Actor, now: datetime) -> CustomerImport:
    """Have exactly what was shown written. Raises NotAllowed, WrongState unless it waits for its confirmation."""
    require(by, Act.EDIT_CUSTOMERS)
    with transaction.atomic():
        one = _held(one, (ImportState.READY,), by)
        _move(one, ImportState.CONFIRMED, now=now)
    return _go(one, is_small=one.total <= SMALL_ROWS)


def ask_undo(one: CustomerImport, *, shown: str, leave: bool, reason: str, by: Actor, now: datetime) -> CustomerImport:
    """Have an import undone, exactly as `shown` (the digest of the undoing); with `leave`, but for what was used since.

    Raises NotAllowed, InvalidInput without a reason, WrongState when it does not stand or is older than 30 days.
    """
    require(by, Act.EDIT_CUSTOMERS)
    if not reason.strip():
        raise InvalidInput({"reason": "Say why, such as “last year's list”; it is kept in the audit trail."})
    with transaction.atomic():
        one = CustomerImport.objects.select_for_update(of=("self",)).get(pk=one.pk)
        if not one.may_be_undone(now):
            raise WrongState(_not_undoable(one))
        one.digest, one.undo_leaves, one.undo_reason = shown, leave, " ".join(reason.split())[:200]
        one.undone_by_id, one.undone_by_name = by.person_id, by.name
        _move(one, ImportState.UNDOING, now=now)
    return _go(one, is_small=one.total <= SMALL_ROWS)


def discard(one: CustomerImport, *, by: Actor, now: datetime) -> None:
    """Forget a file that is not written. Raises NotAllowed, WrongState."""
    require(by, Act.EDIT_CUSTOMERS)
    with transaction.atomic():
        states = (ImportState.COLUMNS, ImportState.QUEUED, ImportState.READY, ImportState.REFUSED)
        _held(one, states, by).delete()


def _not_undoable(one: CustomerImport) -> str:
    if one.state == ImportState.DONE:
        return f"This import is older than {UNDOABLE.days} days: what it changed is not kept longer. Mend it by hand."
    return f"This import is {one.get_state_display()}: there is nothing to undo."


def _held(one: CustomerImport, states: Sequence[str], by: Actor) -> CustomerImport:
    """The import under a lock, in one of these states, for the person who gave the file."""
    found = CustomerImport.objects.select_for_update(of=("self",)).filter(pk=one.pk).first()
    if found is None:
        raise WrongState("This file is gone: it was discarded, or is older than a day. Give it again.")
    if found.state not in states:
        raise WrongState(f"This file is {found.get_state_display()} already. Look at what became of it.")
    if found.created_by_id != by.person_id:
        raise WrongState("Somebody else looked at this file. Give it yourself and look at its preview.")
    return found


def _move(one: CustomerImport, state: ImportState, *, now: datetime) -> None:
    one.state, one.rung_at, one.begun_at, one.done, one.problem = state, now, None, 0, ""
    one.save()


def _is_small(content: bytes) -> bool:
    return len(content) <= (SMALL_WORKBOOK_BYTES if content.startswith(XLSX_START) else SMALL_BYTES)


def _go(one: CustomerImport, *, is_small: bool) -> CustomerImport:
    """Work now, or have a worker do it."""
    if not is_small:
        ring(one)
        return one
    work(one.pk)
    return CustomerImport.objects.get(pk=one.pk)
