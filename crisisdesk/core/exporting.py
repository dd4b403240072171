"""Lists of the console as files: what the list shows, filters and search included, for those who may; recorded."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_POST

from crisisdesk.core import audit, clock
from crisisdesk.core.access import Act, may, require
from crisisdesk.core.console import ConsoleAdmin, M, actor_of
from crisisdesk.core.refusals import NotAllowed
from crisisdesk.core.sheets import KINDS, Rows, file_of

# A stream has no end of its own; a workbook is built in memory.
MOST = {"csv": 200_000, "xlsx": 20_000}


class ExportableAdmin(ConsoleAdmin[M]):
    """A list that can be taken away as CSV or Excel workbook. Give `export_name` and `export_rows`.

    `export_act` is what it takes, beyond seeing the list: many rows leave the house at once.
    """

    export_act: Act
    export_name: str
    change_list_template = "admin/exportable_change_list.html"

    def export_rows(self, rows: QuerySet[M]) -> Rows:
        """Headings first, then the rows of the list."""
        raise NotImplementedError

    def export_lines(self, rows: QuerySet[M]) -> QuerySet[Any]:
        """What is counted as a line of the file: a row of the list, unless each gives several."""
        return rows

    def get_urls(self) -> list[URLPattern]:
        """With the address that gives the file."""
        view = self.admin_site.admin_view(require_POST(self.export))
        return [path("export/<slug:kind>/", view, name=f"{self._base()}_export"), *super().get_urls()]

    def export(self, request: HttpRequest, kind: str) -> HttpResponseBase:
        """The file; a list that is too long for it says so where it can be narrowed."""
        if kind not in KINDS:
            raise Http404
        by = actor_of(request)
        try:
            require(by, self.view_act)
            require(by, self.export_act)
        except NotAllowed as refusal:
            raise PermissionDenied(str(refusal)) from refusal
        rows = self.get_changelist_instance(request).get_queryset(request)
        if self.export_lines(rows).values("pk").order_by()[MOST[kind] : MOST[kind] + 1].exists():
            return self._too_long(request, kind)
        data = {"list": self.export_name, "kind": kind, "rows": rows.count(), "narrowed_by": sorted(request.GET)}
        audit.record("list.exported", by=by, now=clock.now(), data=data)
        return file_of(self.export_rows(rows), kind, name=self.export_name)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """With the buttons, for those who may."""
        asked = request.GET.urlencode()
        address = reverse(f"admin:{self._base()}_export", args=["KIND"])
        known = {
            "exports": [
                {"label": label, "url": address.replace("KIND", kind) + (f"?{asked}" if asked else "")}
                for kind, label in (("csv", "CSV"), ("xlsx", "Excel"))
            ]
            if may(actor_of(request), self.export_act)
            else []
        }
        response: HttpResponse = super().changelist_view(request, {**known, **(extra_context or {})})
        return response

    def _too_long(self, request: HttpRequest, kind: str) -> HttpResponseBase:
        other = ", or take CSV" if kind == "xlsx" else ""
        messages.error(
            request, f"A file holds at most {MOST[kind]:,} rows: narrow the list by search or filter{other}."
        )
        return redirect(f"{reverse(f'admin:{self._base()}_changelist')}?{request.GET.urlencode()}")

    def _base(self) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}"
