"""Doing what a plan said: all of it, or nothing."""

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
from customers.models import Contact, Customer, Subscription

BATCH = 500
MOVED = "The customers have changed since this preview. Look at the file's new preview and confirm that one."


def apply(table: Table, *, shown: str, by: Actor, now: datetime) -> ImportPlan:
    """Apply exactly the plan whose digest was `shown`, in one transaction, with history; returns what was done.

    The plan is made under locks and compared with the one that a person has seen, so that nothing else is done.
    Raises InvalidInput when there are bad rows, WrongState when the customers changed meanwhile, NotAllowed.
    """
    require(by, Act.EDIT_CUSTOMERS)
    try:
        with transaction.atomic():
            current = plan(table, lock=True)
            if current.digest != shown:
                raise WrongState(MOVED)
            if current.problems:
                raise InvalidInput({"file": refusal(current)})
            reason = f"Imported from {current.table.name}"[:100]
            for writes in (current.customers, current.contacts, current.subscriptions):
                _create([write.row for write in writes if write.is_new], by=by, now=now, reason=reason)
                _change([write for write in writes if not write.is_new], by=by, now=now, reason=reason)
            audit.record("customers imported", by=by, now=now, data=_figures(current))
    except IntegrityError as error:
        raise WrongState(MOVED) from error
    return current


def refusal(planned: ImportPlan) -> str:
    """Why a plan with bad rows is not applied."""
    bad = "1 bad row" if len(planned.problems) == 1 else f"{len(planned.problems)} bad rows"
    return f"{bad}: nothing was imported. Correct the file and try again."


def _figures(done: ImportPlan) -> dict[str, int | str]:
    """Counts for the audit trail; no personal data."""
    groups = {"customers": done.customers, "contacts": done.contacts, "subscriptions": done.subscriptions}
    return {
        **{f"new_{name}": sum(write.is_new for write in writes) for name, writes in groups.items()},
        **{f"changed_{name}": sum(not write.is_new for write in writes) for name, writes in groups.items()},
        "lines": len(done.rows),
    }


def _create(rows: Sequence[Customer | Contact | Subscription], *, by: Actor, now: datetime, reason: str) -> None:
    """Insert rows of one kind, with history. Their customers were made before, so the keys are known by now."""
    if not rows:
        return
    for row in rows:
        if not isinstance(row, Customer):
            row.customer = row.customer  # takes over the key that the customer has been given
    manager: models.Manager[models.Model] = type(rows[0])._default_manager
    manager.bulk_create(rows, batch_size=BATCH)
    _write_history(rows, by=by, now=now, reason=reason, update=False)


def _change(writes: Sequence[Write], *, by: Actor, now: datetime, reason: str) -> None:
    """Update rows of one kind, with history."""
    if not writes:
        return
    rows = [write.row for write in writes]
    fields = sorted(set().union(*(write.fields for write in writes)))
    manager: models.Manager[models.Model] = type(rows[0])._default_manager
    manager.bulk_update(rows, [name.removesuffix("_id") for name in fields], batch_size=BATCH)
    _write_history(rows, by=by, now=now, reason=reason, update=True)


def _write_history(
    rows: Sequence[Customer | Contact | Subscription], *, by: Actor, now: datetime, reason: str, update: bool
) -> None:
    type(rows[0]).history.bulk_history_create(
        rows,
        batch_size=BATCH,
        update=update,
        default_user=User.objects.get(pk=by.person_id) if by.person_id else None,
        default_change_reason=reason,
        default_date=now,
        custom_historical_attrs={"history_actor": by.name},
    )
