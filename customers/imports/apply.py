"""Doing what a plan said: all of it, or nothing; and noting what exactly was made and changed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import IntegrityError, models, transaction

from crisisdesk.core import audit
from crisisdesk.core.access import Act, require
from crisisdesk.core.actors import Actor
from crisisdesk.core.models import User
from crisisdesk.core.refusals import InvalidInput, WrongState
from customers.imports.plan import ImportPlan, Write, plan
from customers.imports.reading import Table
from customers.models import Customer, CustomerImport, ImportedRow, ImportState

BATCH = 500
MOVED = "The customers have changed since this preview. Look at the file's new preview and confirm that one."


def apply(
    table: Table, *, shown: str, by: Actor, now: datetime, of: CustomerImport | None = None
) -> tuple[CustomerImport, ImportPlan]:
    """Apply exactly the plan whose digest was `shown`, in one transaction, with history; returns what was done.

    The plan is made under locks and compared with the one that a person has seen, so that nothing else is done. `of` is
    the import that was confirmed; without one it is made here. What it made and changed is noted for `undo`.
    Raises InvalidInput when there are bad rows, WrongState when the customers changed meanwhile, NotAllowed.
    """
    require(by, Act.EDIT_CUSTOMERS)
    try:
        with transaction.atomic():
            one = _locked(of) if of else _begun(table, by=by, now=now)
            current = plan(table, lock=True)
            if current.digest != shown:
                raise WrongState(MOVED)
            if current.problems:
                raise InvalidInput({"file": refusal(current)})
            reason = f"Imported from {current.table.name}"[:100]
            for writes in (current.customers, current.contacts, current.subscriptions):
                _create(one, [write for write in writes if write.is_new], by=by, now=now, reason=reason)
                _change(one, [write for write in writes if not write.is_new], by=by, now=now, reason=reason)
            _finish(one, current, now=now)
            audit.record("customers imported", by=by, now=now, on=one, data=one.figures)
    except IntegrityError as error:
        raise WrongState(MOVED) from error
    return one, current


def refusal(planned: ImportPlan) -> str:
    """Why a plan with bad rows is not applied."""
    bad = "1 bad row" if len(planned.problems) == 1 else f"{len(planned.problems)} bad rows"
    return f"{bad}: nothing was imported. Correct the file and try again."


def _locked(of: CustomerImport) -> CustomerImport:
    """The import, for whoever is first."""
    one = CustomerImport.objects.select_for_update(of=("self",)).filter(pk=of.pk).first()
    if one is None or one.state != ImportState.CONFIRMED:
        raise WrongState("This import is not waiting to be written. Look at what became of it.")
    return one


def _begun(table: Table, *, by: Actor, now: datetime) -> CustomerImport:
    return CustomerImport.objects.create(
        state=ImportState.CONFIRMED,
        file_name=table.name[:200],
        created_by_id=by.person_id,
        created_by_name=by.name,
        created_at=now,
        rung_at=now,
    )


def _finish(one: CustomerImport, done: ImportPlan, *, now: datetime) -> None:
    """The file and its preview hold personal data: they go."""
    one.state, one.done_at, one.problem = ImportState.DONE, now, ""
    one.content, one.shown, one.begun_at = None, None, None
    one.total = one.done = len(done.rows)
    one.figures = _figures(done)
    one.save()


def _figures(done: ImportPlan) -> dict[str, int]:
    """Counts for the audit trail; no personal data."""
    groups = {"customers": done.customers, "contacts": done.contacts, "subscriptions": done.subscriptions}
    return {
        **{f"new_{name}": sum(write.is_new for write in writes) for name, writes in groups.items()},
        **{f"changed_{name}": sum(not write.is_new for write in writes) for name, writes in groups.items()},
        "lines": len(done.rows),
    }


def _create(of: CustomerImport, writes: Sequence[Write], *, by: Actor, now: datetime, reason: str) -> None:
    """Insert rows of one kind, with history. Their customers were made before, so the keys are known by now."""
    if not writes:
        return
    rows = [write.row for write in writes]
    for row in rows:
        if not isinstance(row, Customer):
            row.customer = row.customer  # takes over the key that the customer has been given
    manager: models.Manager[models.Model] = type(rows[0])._default_manager
    manager.bulk_create(rows, batch_size=BATCH)
    _note(of, writes, by=by, now=now, reason=reason, update=False)


def _change(of: CustomerImport, writes: Sequence[Write], *, by: Actor, now: datetime, reason: str) -> None:
    """Update rows of one kind, with history."""
    if not writes:
        return
    rows = [write.row for write in writes]
    fields = sorted(set().union(*(write.fields for write in writes)))
    manager: models.Manager[models.Model] = type(rows[0])._default_manager
    manager.bulk_update(rows, [name.removesuffix("_id") for name in fields], batch_size=BATCH)
    _note(of, writes, by=by, now=now, reason=reason, update=True)


def _note(of: CustomerImport, writes: Sequence[Write], *, by: Actor, now: datetime, reason: str, update: bool) -> None:
    """History of the rows, and which version of which row this import wrote."""
    rows = [write.row for write in writes]
    versions = type(rows[0]).history.bulk_history_create(
        rows,
        batch_size=BATCH,
        update=update,
        default_user=User.objects.get(pk=by.person_id) if by.person_id else None,
        default_change_reason=reason,
        default_date=now,
        custom_historical_attrs={"history_actor": by.name},
    )
    ImportedRow.objects.bulk_create(
        (
            ImportedRow(
                of=of,
                kind=str(write.row._meta.model_name),
                object_id=write.row.pk,
                history_id=version.history_id,
                is_new=write.is_new,
                before=write.before,
            )
            for write, version in zip(writes, versions, strict=True)
        ),
        batch_size=BATCH,
    )
