"""What the pages of an import show."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.http import QueryDict
from django.urls import reverse

from crisisdesk.core.actors import Actor
from crisisdesk.core.refusals import Refusal
from customers.imports import COLUMNS, mapping
from customers.imports.reading import beginning
from customers.imports.undoing import Undoing, undoing_of
from customers.imports.working import PATIENCE, SHOWN
from customers.models import ColumnMapping, CustomerImport, ImportState

PAST = 20
LISTED = 200
# After so long without a worker the page says that none runs.
UNHEARD = timedelta(seconds=20)
# After so long with one the page says what happens when that worker was lost.
LONG = timedelta(minutes=1)
# Of one, and of several.
_LABELS = {
    "new_customers": ("new customer", "new customers"),
    "new_contacts": ("new contact", "new contacts"),
    "new_subscriptions": ("use of a service added", "uses of services added"),
    "changed_customers": ("customer changed", "customers changed"),
    "changed_contacts": ("contact changed", "contacts changed"),
}


def past_imports(now: datetime) -> list[dict[str, Any]]:
    """The newest imports that were written, and files that wait."""
    rows = CustomerImport.objects.defer("content", "shown").order_by("-created_at")[:PAST]
    return [
        {
            "row": row,
            "url": reverse("admin:customer_import", args=[row.uuid]),
            "figures": figures_of(row),
            "may_be_undone": row.may_be_undone(now),
        }
        for row in rows
    ]


def figures_of(one: CustomerImport) -> str:
    """Such as "3 new customers, 9 new contacts"; "" before anything was written."""
    said = [_counted(one.figures[name], labels) for name, labels in _LABELS.items() if one.figures.get(name)]
    return ", ".join(said) or ("nothing new" if one.figures else "")


def _counted(count: int, labels: tuple[str, str]) -> str:
    return f"{count:,} {labels[0] if count == 1 else labels[1]}"


def import_facts(
    one: CustomerImport,
    by: Actor,
    now: datetime,
    *,
    typed: Mapping[str, Any] | None = None,
    columns: bool = False,
    undo: bool = False,
) -> dict[str, Any]:
    """The context of import_body.html; `columns` and `undo` open the form for it."""
    given = typed if isinstance(typed, QueryDict) else QueryDict()
    is_mine = one.created_by_id == by.person_id
    naming = one.state == ImportState.COLUMNS or (
        (columns or "column" in given) and one.state in (ImportState.READY, ImportState.REFUSED)
    )
    undoing = one.may_be_undone(now) and (undo or "shown" in given)
    return {
        "one": one,
        "is_mine": is_mine,
        "live_url": reverse("admin:customer_import_live", args=[one.uuid]),
        "steps": {
            name: reverse("admin:customer_import_step", args=[one.uuid, name])
            for name in ("columns", "confirm", "discard", "undo")
        },
        "plan": one.shown,
        "limit": SHOWN,
        "figures": figures_of(one),
        "naming": _naming(one, given) if naming and is_mine and one.content else None,
        "read_as": _read_as(one),
        "is_unheard": one.is_working and one.begun_at is None and now > one.rung_at + UNHEARD,
        "is_long": one.is_working and one.begun_at is not None and now > one.begun_at + LONG,
        "patience": round(PATIENCE.total_seconds() / 60),
        "undoing": _undoing(undoing_of(one), given) if undoing else None,
        "may_be_undone": one.may_be_undone(now),
    }


def _naming(one: CustomerImport, given: QueryDict) -> dict[str, Any]:
    """The headings with what they hold: as typed just now, as chosen before, or as proposed."""
    try:
        found = beginning(bytes(one.content or b""))
    except Refusal:
        return {"rows": []}
    kept = ColumnMapping.objects.filter(shape=mapping.shape_of(found.headings)).first()
    chosen = given.getlist("column") or one.columns or mapping.proposed(found.headings)
    chosen = [*chosen, *[""] * len(found.headings)]
    return {
        "source": given.get("source") or (kept.source if kept else _named_after(one.file_name)),
        "columns": COLUMNS,
        "rows": [
            {
                "heading": heading or "(no heading)",
                "sample": [row[place] for row in found.rows if place < len(row) and row[place]],
                "chosen": chosen[place],
            }
            for place, heading in enumerate(found.headings)
        ],
    }


def _named_after(file_name: str) -> str:
    """A first name for this kind of file: its own, without its ending and its date."""
    stem = file_name.rpartition(".")[0] or file_name
    return "".join(sign if sign.isalpha() else " " for sign in stem).strip().capitalize()


def _read_as(one: CustomerImport) -> ColumnMapping | None:
    """Whose word the columns were read by, when the file does not use our own names."""
    if not one.content or not one.columns or one.state not in (ImportState.READY, ImportState.REFUSED):
        return None
    try:
        headings = beginning(bytes(one.content)).headings
    except Refusal:
        return None
    return ColumnMapping.objects.filter(shape=mapping.shape_of(headings)).first()


def _undoing(found: Undoing, given: QueryDict) -> dict[str, Any]:
    figures = found.figures
    going = [_counted(figures[f"removed_{kind}s"], said) for kind, said in _KINDS if figures[f"removed_{kind}s"]]
    back = [_counted(figures[f"restored_{kind}s"], said) for kind, said in _KINDS if figures[f"restored_{kind}s"]]
    return {
        "digest": found.digest,
        "going": ", ".join(going),
        "back": ", ".join(back),
        "in_the_way": [
            {"name": one.name, "kind": dict(_KINDS_ONE)[one.kind], "why": one.why} for one in found.in_the_way[:LISTED]
        ],
        "left": len(found.in_the_way),
        "reason": given.get("reason", ""),
        "leave": given.get("leave") == "on",
    }


_KINDS = (
    ("customer", ("customer", "customers")),
    ("contact", ("contact", "contacts")),
    ("subscription", ("use of a service", "uses of services")),
)
_KINDS_ONE = (("customer", "customer"), ("contact", "contact"), ("subscription", "use"))
