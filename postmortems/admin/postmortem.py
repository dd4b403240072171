"""The list of post-mortems, and the page of one as a document."""

from __future__ import annotations

from datetime import datetime

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import DateField, OuterRef, Prefetch, QuerySet, Value
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.formats import date_format
from django.utils.http import content_disposition_header

from crisisdesk.core import clock
from crisisdesk.core.access import Act
from crisisdesk.core.actors import Actor
from crisisdesk.core.console import ConsoleAdmin, actor_of
from crisisdesk.core.numbers import whole_number
from crisisdesk.core.refusals import InvalidInput, NotAllowed, Refusal
from incidents.knowing import known_to
from postmortems import seen
from postmortems.actions import today
from postmortems.admin.evidence import clean
from postmortems.admin.forms import AttachmentForm
from postmortems.admin.page import context, with_moves
from postmortems.admin.posted import Posted
from postmortems.admin.posts import act
from postmortems.attachments import attach, largest
from postmortems.models import Action, Attachment, Page, Postmortem, State

TEMPLATE = "admin/postmortems/postmortem/change_form.html"


class Standing(admin.SimpleListFilter):
    """Being written, overdue, approved, published."""

    title = "standing"
    parameter_name = "standing"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin[Postmortem]) -> list[tuple[str, str]]:
        """The choices."""
        return [("overdue", "overdue"), *((str(value), str(label)) for value, label in State.choices)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Postmortem]) -> QuerySet[Postmortem]:
        """The rows of the choice."""
        if self.value() == "overdue":
            return queryset.filter(state=State.DRAFTING, due_on__lt=today(clock.now()))
        return queryset.filter(state=self.value()) if self.value() in State.values else queryset


@admin.register(Postmortem)
class PostmortemAdmin(ConsoleAdmin[Postmortem]):
    """Post-mortems open by themselves; verbs change them."""

    incident_at = ("incident__",)
    view_act = Act.VIEW_POSTMORTEMS
    addable = False
    list_display = ("outage", "severity", "state", "lead", "due", "cause", "signed_off")
    list_filter = (Standing, "incident__severity", "cause")
    list_select_related = ("incident", "lead", "cause")
    search_fields = ("incident__title", "summary", "root_cause")
    search_help_text = "Title of the incident, words of the summary or the root cause"
    date_hierarchy = "due_on"
    ordering = ("-incident_id",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Postmortem]:
        """Each with the vendor's day, which is asked for once and not for each row."""
        day = Value(today(clock.now()), output_field=DateField())
        return super().get_queryset(request).annotate(today=day)

    @admin.display(description="outage", ordering="incident")
    def outage(self, row: Postmortem) -> str:
        """Reference and title."""
        return str(row.incident)

    @admin.display(description="severity", ordering="incident__severity")
    def severity(self, row: Postmortem) -> str:
        """SEV1 to SEV4."""
        return row.incident.severity

    @admin.display(description="due", ordering="due_on")
    def due(self, row: Postmortem) -> str:
        """The due day; a late report says so."""
        late = " (overdue)" if row.is_overdue(row.today) else ""  # type: ignore[attr-defined]
        return f"{date_format(row.due_on)}{late}"

    @admin.display(description="signed off by", ordering="signed_off_at")
    def signed_off(self, row: Postmortem) -> str:
        """The executive who took note of it."""
        return row.signed_off_by_name

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, object] | None = None
    ) -> HttpResponse:
        """The document. A button posts the name of its verb; a refusal shows the page again with what was typed."""
        postmortem = self._found(request, object_id)
        posted, status = Posted(), 200
        by, now = actor_of(request), clock.now()
        if request.method == "POST":
            try:
                messages.success(request, self._act(request, postmortem, by, now))
            except Refusal as refusal:
                posted = Posted(request.POST.get("verb", ""), request.POST, refusal)
                status = 403 if isinstance(refusal, NotAllowed) else 400 if isinstance(refusal, InvalidInput) else 409
                postmortem = self._found(request, object_id)
            else:
                anchor = request.POST.get("back", "")
                return redirect(f"{request.path}#{anchor}" if anchor.isidentifier() else request.path)
        seen.note(Page.REPORT, postmortem.incident_id, by=by, now=now, last=postmortem.seen_on)  # type: ignore[attr-defined]
        page = self.admin_site.each_context(request) | {"opts": self.opts}
        page |= context(postmortem, by=by, now=now, posted=posted)
        return TemplateResponse(request, TEMPLATE, page, status=status)

    def _act(self, request: HttpRequest, postmortem: Postmortem, by: Actor, now: datetime) -> str:
        """Files come beside the form's values; everything else is in them. Raises the refusals of the verbs."""
        if request.POST.get("verb") != "attach":
            return act(request.POST, postmortem, by, now)
        values = clean(AttachmentForm(request.POST, request.FILES))
        upload = values["file"]
        # One too large is judged by its size and not read.
        data = upload.read(largest() + 1)
        row = attach(postmortem, upload.name or "", data, note=values["note"], by=by, now=now)
        return f"“{row.name}” is kept with the report."

    def get_urls(self) -> list[URLPattern]:
        """The downloads, beside Django's own pages."""
        download = self.admin_site.admin_view(self.download)
        own = path("<int:pk>/files/<int:attachment_id>/", download, name="postmortems_attachment")
        return [own, *super().get_urls()]

    def download(self, request: HttpRequest, pk: int, attachment_id: int) -> HttpResponse:
        """A file as a download, to whoever may see post-mortems; never shown in the page."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        known = known_to(actor_of(request), "postmortem__incident__")
        rows = Attachment.objects.present().filter(known, postmortem=pk, pk=attachment_id).select_related("content")
        row = rows.first()
        if row is None:
            raise Http404("There is no such file.")
        response = HttpResponse(bytes(row.content.data), content_type=row.content_type)
        response.headers["Content-Disposition"] = content_disposition_header(True, row.name) or "attachment"
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Cache-Control"] = "private, no-store"
        return response

    def _found(self, request: HttpRequest, object_id: str) -> Postmortem:
        if not self.has_view_permission(request):
            raise PermissionDenied
        by = actor_of(request)
        actions = with_moves(Action.objects.select_related("owner", "came_back_with__incident"))
        rows = Postmortem.objects.select_related("incident__merged_into", "lead", "cause", "published_update")
        rows = rows.prefetch_related(Prefetch("actions", actions), "incident__updates")
        rows = rows.annotate(seen_on=seen.last_day(Page.REPORT, OuterRef("incident_id"), by))
        row = rows.filter(known_to(by, "incident__"), pk=whole_number(object_id) or 0).first()
        if row is None:
            raise Http404("There is no such post-mortem.")
        return row
