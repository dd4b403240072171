"""Importing customers: give a file, say what its columns hold, look, confirm; and undo the whole of it again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.template.response import TemplateResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from crisisdesk.core import clock
from crisisdesk.core.access import Act, require
from crisisdesk.core.actors import Actor
from crisisdesk.core.console import actor_of
from crisisdesk.core.refusals import NotAllowed, Refusal, status_of
from customers.admin.importing_facts import figures_of, import_facts, past_imports
from customers.imports import COLUMNS, steps
from customers.imports.reading import MAX_BYTES
from customers.models import CustomerImport, ImportState

UNREADABLE = "This file cannot be read. Give a CSV file (UTF-8) or an Excel workbook (.xlsx)."


class FileForm(forms.Form):
    """One file; which kind it is follows from its contents."""

    import_file = forms.FileField(
        label="CSV or XLSX file", error_messages={"empty": "The file is empty.", "required": "Choose a file first."}
    )

    def clean_import_file(self) -> Any:
        """Refused before it is kept anywhere."""
        file = self.cleaned_data["import_file"]
        if file.size > MAX_BYTES:
            self.add_error("import_file", f"The file is larger than {MAX_BYTES // 1024 // 1024} MB. Split it.")
        return file


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def import_page(request: HttpRequest) -> HttpResponseBase:
    """Where a file is given; below, what the columns are and what was imported before."""
    by = _allowed(request)
    form = FileForm(request.POST or None, request.FILES or None, label_suffix="")
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["import_file"]
        try:
            one = steps.give(file.read(), file_name=file.name or "", by=by, now=clock.now())
        except Refusal as refusal:
            form.add_error("import_file", str(refusal))
        else:
            return redirect("admin:customer_import", one.uuid)
    context = {"form": form, "columns": COLUMNS, "past": past_imports(clock.now())}
    return _page(request, "import.html", "Import customers", context, status=422 if form.errors else 200)


@never_cache
@require_safe
def one_import(request: HttpRequest, key: UUID) -> HttpResponseBase:
    """One import, whatever it waits for; while a worker is at it, the page refreshes itself."""
    by = _allowed(request)
    found = CustomerImport.objects.filter(uuid=key).first()
    if found is None:
        messages.error(request, "This file is gone: it was discarded, or is older than a day. Give it again.")
        return redirect("admin:customers_customer_import")
    return _one(request, found, by)


@never_cache
@require_safe
def import_live(request: HttpRequest, key: UUID) -> HttpResponseBase:
    """The body of the page alone."""
    by = _allowed(request)
    facts = import_facts(get_object_or_404(CustomerImport, uuid=key), by, clock.now())
    return render(request, "admin/customers/customer/import_body.html", facts)


@never_cache
@require_POST
def import_step(request: HttpRequest, key: UUID, step: str) -> HttpResponseBase:
    """One step; a refusal is shown above what was typed."""
    by = _allowed(request)
    one = get_object_or_404(CustomerImport, uuid=key)
    act = _STEPS.get(step)
    if act is None:
        raise Http404
    try:
        done = act(request, one, by, clock.now())
    except Refusal as refusal:
        again = CustomerImport.objects.filter(pk=one.pk).first()
        if again is None:
            messages.error(request, str(refusal))
            return redirect("admin:customers_customer_import")
        return _one(request, again, by, refusal=refusal)
    return redirect("admin:customer_import", done.uuid) if done else redirect("admin:customers_customer_import")


def _columns(request: HttpRequest, one: CustomerImport, by: Actor, now: datetime) -> CustomerImport:
    chosen = request.POST.getlist("column")
    return steps.choose_columns(one, chosen, source=request.POST.get("source", ""), by=by, now=now)


def _confirm(request: HttpRequest, one: CustomerImport, by: Actor, now: datetime) -> CustomerImport:
    done = steps.confirm(one, by=by, now=now)
    if done.state == ImportState.DONE:
        messages.success(request, f"Imported: {figures_of(done)}.")
    return done


def _discard(request: HttpRequest, one: CustomerImport, by: Actor, now: datetime) -> None:
    steps.discard(one, by=by, now=now)


def _undo(request: HttpRequest, one: CustomerImport, by: Actor, now: datetime) -> CustomerImport:
    given = request.POST
    leave, reason = given.get("leave") == "on", given.get("reason", "")
    return steps.ask_undo(one, shown=given.get("shown", ""), leave=leave, reason=reason, by=by, now=now)


_STEPS: dict[str, Callable[[HttpRequest, CustomerImport, Actor, datetime], CustomerImport | None]] = {
    "columns": _columns,
    "confirm": _confirm,
    "discard": _discard,
    "undo": _undo,
}


def _allowed(request: HttpRequest) -> Actor:
    by = actor_of(request)
    try:
        require(by, Act.EDIT_CUSTOMERS)
    except NotAllowed as refusal:
        raise PermissionDenied(str(refusal)) from refusal
    return by


def _one(request: HttpRequest, one: CustomerImport, by: Actor, *, refusal: Refusal | None = None) -> HttpResponseBase:
    wants = {name: request.GET.get(name) == "1" for name in ("columns", "undo")}
    facts = import_facts(one, by, clock.now(), typed=request.POST, **wants)
    facts["refusal"] = str(refusal or "")
    return _page(request, "import_one.html", one.file_name or "An import", facts, status=status_of(refusal))


def _page(
    request: HttpRequest, template: str, title: str, context: dict[str, Any], status: int = 200
) -> TemplateResponse:
    frame = admin.site.each_context(request)
    template = f"admin/customers/customer/{template}"
    return TemplateResponse(request, template, {**frame, "title": title, **context}, status=status)
