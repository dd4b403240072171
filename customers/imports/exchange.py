"""Our files in the terms of django-import-export: format, resource, result, and where a file waits."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from uuid import UUID

import tablib
from django.db.models import QuerySet
from import_export.fields import Field
from import_export.formats.base_formats import Format
from import_export.resources import Resource
from import_export.results import Result
from import_export.tmp_storages import BaseStorage

from crisisdesk.core import clock
from crisisdesk.core.actors import Actor
from crisisdesk.core.refusals import WrongState
from customers.imports.apply import apply
from customers.imports.columns import NAMES
from customers.imports.export import export_rows
from customers.imports.plan import ImportPlan, plan
from customers.imports.reading import Table, read
from customers.models import Customer, PendingImport

GONE = "This preview is gone: it was confirmed already, or is older than a day. Give the file again."


class Spreadsheet(Format):  # type: ignore[misc]
    """CSV and XLSX as one format to read; which of them a file is follows from its contents."""

    def __init__(self, encoding: str | None = None) -> None:
        self.encoding = encoding

    def get_title(self) -> str:
        """For people."""
        return "CSV or XLSX"

    def can_import(self) -> bool:
        """Only for reading; exports use the library's own formats."""
        return True

    def create_dataset(self, content: bytes) -> Table:
        """Raises InvalidInput for a file that is no such table."""
        return read(content)


class DatabaseStorage(BaseStorage):  # type: ignore[misc]
    """Keeps the file between preview and confirmation where every web process finds it."""

    def save(self, data: bytes) -> None:
        """Keep the file under a name that nobody can guess; those that waited too long go."""
        now = clock.now()
        PendingImport.objects.expired(now).delete()
        self.name = str(PendingImport.objects.create(content=data, created_at=now).uuid)

    def read(self) -> bytes:
        """Raises WrongState when the file is not there any more."""
        return bytes(pending(self.name).content)

    def remove(self) -> None:
        """Forget the file."""
        pending(self.name).delete()


def pending(name: str) -> PendingImport:
    """The waiting file of this name; raises WrongState."""
    try:
        return PendingImport.objects.get(uuid=UUID(name))
    except (ValueError, PendingImport.DoesNotExist) as error:
        raise WrongState(GONE) from error


class Outcome(Result):  # type: ignore[misc]
    """The library's result, around our plan. Bad rows count as validation errors, so no confirmation is offered."""

    def __init__(self, planned: ImportPlan) -> None:
        super().__init__()
        self.plan = planned
        self.invalid_rows = planned.problems
        self.total_rows = len(planned.rows)


class CustomerFile(Resource):  # type: ignore[misc]
    """One flat file for customers, contacts and subscriptions: several tables, so our own code plans the rows."""

    @classmethod
    def get_display_name(cls) -> str:
        """For people."""
        return "Customers, contacts and what they use"

    def get_user_visible_fields(self) -> list[Field]:
        """The columns of the file."""
        return [Field(column_name=name) for name in NAMES]

    def import_data(
        self,
        dataset: Table,
        dry_run: bool = False,
        *,
        by: Actor,
        now: datetime,
        pending_name: str,
        file_name: str = "",
        **_: object,
    ) -> Outcome:
        """Plan the file and note what was shown; or, confirmed, do exactly that. Raises WrongState."""
        waiting = pending(pending_name)
        if dry_run:
            planned = plan(replace(dataset, name=file_name or dataset.name))
            if planned.problems:
                waiting.delete()
            else:
                waiting.file_name, waiting.digest = planned.table.name[:200], planned.digest
                waiting.created_by_id = by.person_id
                waiting.save(update_fields=["file_name", "digest", "created_by"])
            return Outcome(planned)
        if waiting.created_by_id != by.person_id:
            raise WrongState("Somebody else looked at this file. Give it yourself and look at its preview.")
        table = replace(dataset, name=waiting.file_name)
        return Outcome(apply(table, shown=waiting.digest, by=by, now=now))

    def export(self, queryset: QuerySet[Customer] | None = None, **_: object) -> tablib.Dataset:
        """The rows of an import file, guarded against formulas."""
        rows = export_rows(Customer.objects.all() if queryset is None else queryset)
        return tablib.Dataset(*rows, headers=NAMES)
