"""Undoing an import: what it made goes, what it changed has its old values again, and nothing else is touched.

What changed since, or was used by a message, stands in the way and is named; nothing is undone then, unless a person
decides to leave exactly those as they are.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from django.db import IntegrityError, models, transaction

from crisisdesk.core import audit
from crisisdesk.core.access import Act, require
from crisisdesk.core.actors import Actor
from crisisdesk.core.refusals import WrongState
from customers.models import Contact, Customer, CustomerImport, Delivery, ImportedRow, ImportState, Subscription

CHUNK = 5_000
BATCH = 500
# In the order of undoing: what points at others goes first.
KINDS: dict[str, type[models.Model]] = {"subscription": Subscription, "contact": Contact, "customer": Customer}
MOVED = "Something has changed since you looked at what would be undone. Look again and confirm that."
TAKEN = "An old name or address is in use by somebody else by now. Change that one first, then undo."
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class InTheWay:
    """A row that can't be undone, and why."""

    kind: str
    object_id: int
    name: str
    why: str


@dataclass(slots=True)
class Undoing:
    """What undoing would do, before anything is done."""

    removed: dict[str, list[models.Model]] = field(default_factory=lambda: defaultdict(list))
    restored: dict[str, list[tuple[models.Model, dict[str, Any]]]] = field(default_factory=lambda: defaultdict(list))
    in_the_way: list[InTheWay] = field(default_factory=list)

    @property
    def figures(self) -> dict[str, int]:
        """Counts; no personal data."""
        return {
            **{f"removed_{kind}s": len(self.removed[kind]) for kind in KINDS},
            **{f"restored_{kind}s": len(self.restored[kind]) for kind in KINDS},
            "left": len(self.in_the_way),
        }

    @property
    def digest(self) -> str:
        """Two with the same one do the same."""
        removed = [[kind, [row.pk for row in self.removed[kind]]] for kind in KINDS]
        restored = [[kind, [[row.pk, old] for row, old in self.restored[kind]]] for kind in KINDS]
        ways = [[one.kind, one.object_id, one.why] for one in self.in_the_way]
        return hashlib.sha256(json.dumps([removed, restored, ways], default=str).encode()).hexdigest()


def undoing_of(one: CustomerImport, *, lock: bool = False) -> Undoing:
    """What undoing this import would do. `lock` (inside a transaction) keeps the rows."""
    found = Undoing()
    for kind, model in KINDS.items():
        noted = ImportedRow.objects.filter(of=one, kind=kind).order_by("object_id")
        for some in _chunks(noted.iterator(chunk_size=CHUNK)):
            rows = _rows(model, [row.object_id for row in some], lock=lock)
            versions = model.history.in_bulk([row.history_id for row in some], field_name="history_id")  # type: ignore[attr-defined]
            used = _used(model, [row.object_id for row in some if row.is_new], found)
            written_to = _written_to(model, some, one)
            for noted_row in some:
                row = rows.get(noted_row.object_id)
                if row is None:
                    continue  # gone already
                why = _why_not(row, noted_row, versions.get(noted_row.history_id), used, written_to)
                if why:
                    found.in_the_way.append(InTheWay(kind, row.pk, str(row), why))
                elif noted_row.is_new:
                    found.removed[kind].append(row)
                else:
                    found.restored[kind].append((row, noted_row.before))
    _keep_uses(found)
    return found


def _keep_uses(found: Undoing) -> None:
    """A customer that stays keeps what they use: without it nobody there would ever be told."""
    staying = {one.object_id for one in found.in_the_way if one.kind == "customer"}
    uses: list[Any] = found.removed["subscription"]
    found.removed["subscription"] = [use for use in uses if use.customer_id not in staying]


def undo(one: CustomerImport, *, by: Actor, now: datetime) -> Undoing:
    """Undo what `ask_undo` asked for, in one transaction, with history; returns what was done.

    Raises NotAllowed; WrongState when something stands in the way that is not to be left, or moved since it was shown.
    """
    require(by, Act.EDIT_CUSTOMERS)
    try:
        with transaction.atomic():
            one = CustomerImport.objects.select_for_update(of=("self",)).get(pk=one.pk)
            if one.state != ImportState.UNDOING:
                raise WrongState(f"This import is {one.get_state_display()}: there is nothing to undo.")
            found = undoing_of(one, lock=True)
            if found.digest != one.digest:
                raise WrongState(MOVED)
            if found.in_the_way and not one.undo_leaves:
                raise WrongState(f"{len(found.in_the_way)} rows stand in the way: nothing was undone.")
            reason = f"Import of {one.file_name} undone"[:100]
            for kind in KINDS:
                _restore(found.restored[kind], by=by, now=now, reason=reason)
                _remove(found.removed[kind], by=by, now=now, reason=reason)
            one.state, one.undone_at, one.problem, one.begun_at = ImportState.UNDONE, now, "", None
            one.save()
            one.rows.all().delete()
            data = {**found.figures, "reason": one.undo_reason}
            audit.record("customers import undone", by=by, now=now, on=one, data=data)
    except IntegrityError as error:
        raise WrongState(TAKEN) from error
    return found


def _chunks(rows: Iterable[T]) -> Iterator[list[T]]:
    some: list[T] = []
    for row in rows:
        some.append(row)
        if len(some) == CHUNK:
            yield some
            some = []
    if some:
        yield some


def _rows(model: type[models.Model], pks: Sequence[int], *, lock: bool) -> dict[int, Any]:
    rows = model._default_manager.filter(pk__in=pks)
    if model is Subscription:
        rows = rows.select_related("customer", "service", "region", "instance__service")
    return {row.pk: row for row in (rows.select_for_update(of=("self",)) if lock else rows)}


def _why_not(row: Any, noted: ImportedRow, version: Any, used: dict[int, str], written_to: frozenset[int]) -> str:
    """Why this row can't be undone; "" when it can."""
    if getattr(row, "erased_at", None) is not None:
        return "was erased on request"
    if getattr(row, "merged_into_id", None) is not None:
        return f"was made one with another {noted.kind}"
    names = [column.attname for column in row._meta.concrete_fields] if noted.is_new else list(noted.before)
    tracked = [name for name in names if version is not None and hasattr(version, name)]
    if version is None or any(getattr(row, name) != getattr(version, name) for name in tracked):
        return "was changed since"
    if noted.is_new and row.pk in used:
        return used[row.pk]
    return "a message was sent to the address since" if row.pk in written_to else ""


def _written_to(model: type[models.Model], some: Sequence[ImportedRow], one: CustomerImport) -> frozenset[int]:
    """The contacts whose address the import changed and who were written to afterwards."""
    addressed = [row.object_id for row in some if not row.is_new and {"email", "phone"} & row.before.keys()]
    if model is not Contact or not addressed:
        return frozenset()
    since = Delivery.objects.filter(contact__in=addressed, message__created_at__gte=one.done_at)
    return frozenset(since.values_list("contact", flat=True))


def _used(model: type[models.Model], pks: Sequence[int], found: Undoing) -> dict[int, str]:
    """Which new rows something else refers to by now, and what: all relations that there are, in every app."""
    going = {kind: {row.pk for row in found.removed[kind]} for kind in KINDS}
    used: dict[int, str] = {}
    for relation in model._meta.get_fields(include_hidden=True):
        if not isinstance(relation, models.ManyToOneRel) or relation.on_delete is models.DO_NOTHING:
            continue
        name = relation.field.attname
        other = relation.related_model
        rows = other._base_manager.filter(**{f"{name}__in": pks})
        own = other._meta.model_name in KINDS
        for pk, user in rows.values_list(name, "pk"):
            if not own or user not in going[str(other._meta.model_name)]:
                used.setdefault(pk, _use(other, own=own))
    return used


def _use(other: type[models.Model], *, own: bool) -> str:
    if other is Delivery:
        return "was sent a message"
    if own:
        return f"has {other._meta.verbose_name_plural} that stay"
    return f"is named by {other._meta.verbose_name_plural}"


def _restore(rows: Sequence[tuple[models.Model, dict[str, Any]]], *, by: Actor, now: datetime, reason: str) -> None:
    if not rows:
        return
    for row, before in rows:
        for name, value in before.items():
            setattr(row, name, value)
    fields = sorted({name.removesuffix("_id") for _, before in rows for name in before})
    changed = [row for row, _ in rows]
    type(changed[0])._default_manager.bulk_update(changed, fields, batch_size=BATCH)
    _write_history(changed, "~", by=by, now=now, reason=reason)


def _remove(rows: Sequence[models.Model], *, by: Actor, now: datetime, reason: str) -> None:
    if not rows:
        return
    _write_history(rows, "-", by=by, now=now, reason=reason)
    for some in _chunks(row.pk for row in rows):
        gone = type(rows[0])._base_manager.filter(pk__in=some)
        gone._raw_delete(gone.db)  # nothing refers to them: that was looked at under locks


def _write_history(rows: Sequence[models.Model], kind: str, *, by: Actor, now: datetime, reason: str) -> None:
    version: Any = type(rows[0]).history.model  # type: ignore[attr-defined]
    version._default_manager.bulk_create(
        (
            version(
                history_date=now,
                history_type=kind,
                history_user_id=by.person_id,
                history_change_reason=reason,
                history_actor=by.name,
                **{column.attname: getattr(row, column.attname) for column in version.tracked_fields},
            )
            for row in rows
        ),
        batch_size=BATCH,
    )
