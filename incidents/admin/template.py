"""Message templates: written and approved by communications."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.safestring import SafeString

from crisisdesk.core import clock
from crisisdesk.core.access import Act, may
from crisisdesk.core.console import ConsoleAdmin, OnlyChosen, actor_of
from crisisdesk.core.refusals import InvalidInput, Refusal
from incidents.admin.template_approving import template_approving
from incidents.admin.template_editor import editor_facts, template_lint
from incidents.admin.template_preview import template_preview
from incidents.admin.template_versions import template_versions
from incidents.models import IncidentType, Template, UpdateKind
from incidents.templates import SAMPLE_VALUES, check_translation, save_template, substitute, with_usage

# What is said where nothing is chosen.
_NOTHING = {"incident_type": "every type", "translation_of": "an original", "status": "any status"}


class TemplateForm(forms.ModelForm[Template]):
    """A template's words; unknown variables are named here, before anything is saved."""

    class Meta:
        model = Template
        fields = (
            "name",
            "kind",
            "incident_type",
            "language",
            "translation_of",
            "subject",
            "body",
            "is_maintenance",
            "status",
            "guidance",
            "is_active",
        )
        widgets = {
            "body": forms.Textarea(attrs={"class": "vLargeTextField", "rows": 14}),
            "guidance": forms.Textarea(attrs={"class": "vLargeTextField", "rows": 3}),
        }
        labels = {"is_active": "Active"}
        help_texts = {"incident_type": ""}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kind: Any = self.fields.get("kind")
        if kind is not None:
            # A catch-up repeats what was sent: it has no words of its own to prepare.
            kind.choices = [choice for choice in kind.choices if choice[0] != UpdateKind.CATCH_UP]
        for name, nothing in _NOTHING.items():
            field: Any = self.fields.get(name)
            if field is not None and name == "status":
                field.choices = [("", nothing), *(choice for choice in field.choices if choice[0])]
            elif field is not None:
                field.empty_label = nothing

    def clean_subject(self) -> str:
        """The subject with only known variables."""
        return self._checked("subject")

    def clean_body(self) -> str:
        """The body with only known variables."""
        return self._checked("body")

    def clean(self) -> dict[str, Any]:
        """A translation that can be one."""
        given: dict[str, Any] = super().clean() or self.cleaned_data
        if not self.errors:
            asked = Template(pk=self.instance.pk, language=given["language"], translation_of=given["translation_of"])
            try:
                check_translation(asked)
            except InvalidInput as refusal:
                for name, text in refusal.errors.items():
                    self.add_error(name or None, text)
        return given

    def _checked(self, field: str) -> str:
        text: str = self.cleaned_data[field]
        try:
            substitute(text, SAMPLE_VALUES)
        except Refusal as refusal:
            raise forms.ValidationError(str(refusal)) from refusal
        return text


class ApprovalFilter(admin.SimpleListFilter):
    """Whether the present words are approved."""

    title = "approval"
    parameter_name = "approval"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The two choices."""
        return [("yes", "approved"), ("no", "not approved")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Template]) -> QuerySet[Template]:
        """Those chosen."""
        wanted = {"yes": False, "no": True}.get(self.value() or "")
        return queryset if wanted is None else queryset.filter(approved_at__isnull=wanted)


class TypeFilter(admin.RelatedFieldListFilter):
    """The incident types, and the words that are for all of them."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.empty_value_display = SafeString("every type")


@admin.register(Template)
class TemplateAdmin(OnlyChosen, ConsoleAdmin[Template]):
    """The library: approval state in the list, variables and a preview beside the editor."""

    view_act = Act.VIEW_SETTINGS
    change_act = Act.EDIT_TEMPLATE
    form = TemplateForm
    list_display = ("name", "kind", "type", "language", "approval", "used", "in_use")
    list_filter = (ApprovalFilter, "kind", "language", ("incident_type", TypeFilter), "is_active")
    search_fields = ("name", "subject", "body")
    list_select_related = ("incident_type",)
    actions = ("approve_selected",)
    change_form_template = "admin/incidents/template/change_form.html"
    readonly_fields = ("approval",)
    fieldsets = (
        (None, {"fields": ("name", ("kind", "language"), ("incident_type", "translation_of"), "subject", "body")}),
        ("Use", {"fields": ("status", "is_maintenance", "guidance", "is_active", "approval")}),
    )

    @admin.display(description="incident type", ordering="incident_type", empty_value="every type")
    def type(self, template: Template) -> IncidentType | None:
        """What it is for."""
        return template.incident_type

    @admin.display(description="active", ordering="is_active", boolean=True)
    def in_use(self, template: Template) -> bool:
        """Whether it is offered."""
        return template.is_active

    @admin.display(description="approval")
    def approval(self, template: Template) -> str:
        """Who approved the present text and when, or that nobody did."""
        if template.approved_at is None:
            return "not approved: can't be sent"
        return f"approved by {template.approved_by_name} on {template.approved_at:%d %b %Y}"

    @admin.display(description="sent with it", ordering="sent")
    def used(self, template: Template) -> str:
        """How often a message was begun from it and when last; translations count with their original."""
        sent, last = getattr(template, "sent", 0), getattr(template, "last_sent_at", None)
        return f"{sent} ×, last {last:%d %b %Y}" if last else "never"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Template]:
        """With how often each was used."""
        return with_usage(super().get_queryset(request))

    def get_urls(self) -> list[Any]:
        """The preview of words not saved yet, and the versions side by side."""
        guard = self.admin_site.admin_view
        return [
            path("approving/", guard(template_approving), name="template_approving"),
            path("lint/", guard(template_lint), name="template_lint"),
            path("preview/", guard(template_preview), name="template_preview"),
            path("<int:pk>/versions/", guard(template_versions), name="template_versions"),
            *super().get_urls(),
        ]

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The form with what stands beside it: variables to click in, the preview, lint and translations."""
        facts = editor_facts(object_id, actor_of(request)) | (extra_context or {})
        return super().changeform_view(request, object_id, form_url, facts)

    @admin.action(description="Approve the selected templates after a look")
    def approve_selected(self, request: HttpRequest, queryset: QuerySet[Template]) -> HttpResponseBase:
        """Lead to the page that shows what would be approved."""
        asked = urlencode([("pk", pk) for pk in queryset.values_list("pk", flat=True)])
        return redirect(f"{reverse('admin:template_approving')}?{asked}")

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Approval is offered to those who may approve."""
        actions = super().get_actions(request)
        if not may(actor_of(request), Act.APPROVE_TEMPLATE):
            actions.pop("approve_selected", None)
        return actions

    def save_model(self, request: HttpRequest, obj: Template, form: forms.ModelForm[Template], change: bool) -> None:
        """Save through the verb: an edited text loses its approval."""
        save_template(obj, by=actor_of(request), now=clock.now())
        if not obj.is_approved and obj.is_active:
            messages.warning(request, "The text needs approval before it can be sent: Look and approve.")
