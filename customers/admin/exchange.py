"""Import and export on the customers' page: django-import-export's own flow, with our files, texts and permissions."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.forms import FileField, HiddenInput
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from import_export.admin import ImportExportMixin
from import_export.formats.base_formats import CSV, XLSX, Format
from import_export.forms import ConfirmImportForm, ExportForm, ImportForm

from crisisdesk.core import audit, clock
from crisisdesk.core.access import Act, may, require
from crisisdesk.core.console import actor_of
from crisisdesk.core.refusals import NotAllowed, Refusal
from customers.imports import COLUMNS
from customers.imports.exchange import CustomerFile, DatabaseStorage, Outcome, Spreadsheet
from customers.imports.reading import MAX_BYTES
from customers.models import PendingImport

UNREADABLE = "This file cannot be read. Give a CSV file (UTF-8) or an Excel workbook (.xlsx)."
# Rows shown in a preview; the figures above them always count all.
SHOWN = 500


class FileForm(ImportForm):  # type: ignore[misc]
    """One file; which kind it is follows from its contents."""

    def __init__(self, formats: list[type[Format]], resources: list[type[CustomerFile]], **kwargs: Any) -> None:
        super().__init__(formats, resources, **kwargs)
        self.fields["import_file"] = FileField(
            label="CSV or XLSX file", error_messages={"empty": "The file is empty.", "required": "Choose a file first."}
        )
        self.fields["format"].widget = HiddenInput()
        self.initial["format"] = "0"

    def clean_import_file(self) -> Any:
        """Refused before it is kept anywhere."""
        file = self.cleaned_data["import_file"]
        if file.size > MAX_BYTES:
            self.add_error("import_file", f"The file is larger than {MAX_BYTES // 1024 // 1024} MB. Split it.")
        return file


class CustomerExchange(ImportExportMixin):  # type: ignore[misc]
    """Only those who may edit customers import and export; both leave a line in the audit trail."""

    resource_classes = [CustomerFile]
    import_template_name = "admin/customers/customer/import.html"
    export_template_name = "admin/customers/customer/export.html"
    import_form_class = FileForm
    confirm_form_class = ConfirmImportForm
    export_form_class = ExportForm
    tmp_storage_class = DatabaseStorage
    skip_admin_log = True
    to_encoding = "utf-8-sig"  # so that Excel recognises UTF-8

    def get_import_formats(self) -> list[type[Format]]:
        """One that reads both kinds."""
        return [Spreadsheet]

    def get_export_formats(self) -> list[type[Format]]:
        """The two kinds that can be imported again."""
        return [CSV, XLSX]

    def has_import_permission(self, request: HttpRequest) -> bool:
        """Read from the access table."""
        return may(actor_of(request), Act.EDIT_CUSTOMERS)

    def has_export_permission(self, request: HttpRequest) -> bool:
        """The whole address book is for those who keep it."""
        return may(actor_of(request), Act.EDIT_CUSTOMERS)

    def get_import_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """What the page explains."""
        return {"columns": COLUMNS, "shown": SHOWN}

    def get_import_data_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        """Who, when, and which waiting file; from the form of either step."""
        data = kwargs["form"].cleaned_data
        name = data.get("import_file_name") or data["import_file"].tmp_storage_name
        return {"by": actor_of(kwargs["request"]), "now": clock.now(), "pending_name": name}

    def add_data_read_fail_error_to_form(self, form: FileForm, e: Exception) -> None:
        """Say in plain words what is wrong with the file, and forget it."""
        PendingImport.objects.filter(uuid=form.cleaned_data["import_file"].tmp_storage_name).delete()
        form.add_error("import_file", str(e) if isinstance(e, Refusal) else UNREADABLE)

    def process_import(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        """Do what was confirmed; a refusal is shown where the file can be given again."""
        try:
            response: HttpResponseBase = super().process_import(request, **kwargs)
        except NotAllowed:
            raise
        except Refusal as refused:
            messages.error(request, str(refused))
            return redirect("admin:customers_customer_import")
        return response

    def add_success_message(self, result: Outcome, request: HttpRequest) -> None:
        """What was done, in figures."""
        done = result.plan
        made = sum(write.is_new for write in done.customers), sum(write.is_new for write in done.contacts)
        changed = len(done.customers) + len(done.contacts) - sum(made)
        messages.success(
            request,
            f"Imported: {made[0]} new customers, {made[1]} new contacts, {changed} records changed, "
            f"{len(done.subscriptions)} uses of services added.",
        )

    def _do_file_export(
        self, file_format: Format, request: HttpRequest, queryset: Any, export_form: ExportForm | None = None
    ) -> HttpResponse:
        """The file, and a line in the audit trail that the address book left the house."""
        by = actor_of(request)
        require(by, Act.EDIT_CUSTOMERS)
        audit.record("customers exported", by=by, now=clock.now(), data={"customers": queryset.count()})
        response: HttpResponse = super()._do_file_export(file_format, request, queryset, export_form=export_form)
        return response
