"""Message templates: written and approved by communications."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from crisisdesk.core import clock
from crisisdesk.core.access import Act, may
from crisisdesk.core.console import ConsoleAdmin, actor_of
from crisisdesk.core.markdown import to_html
from crisisdesk.core.refusals import InvalidInput, Refusal
from incidents.models import Template
from incidents.templates import SAMPLE_VALUES, VARIABLES, approve, check_translation, save_template, substitute


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
            "guidance",
            "is_active",
        )

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


@admin.register(Template)
class TemplateAdmin(ConsoleAdmin[Template]):
    """The library: approval state in the list, variables and a preview beside the editor."""

    view_act = Act.VIEW_SETTINGS
    change_act = Act.EDIT_TEMPLATE
    form = TemplateForm
    list_display = ("name", "kind", "incident_type", "language", "approval", "is_active")
    list_filter = ("kind", "language", "incident_type", "is_active")
    search_fields = ("name", "subject", "body")
    list_select_related = ("incident_type",)
    actions = ("approve_selected",)
    readonly_fields = ("approval", "variables", "sample")
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "name",
                    ("kind", "language"),
                    ("incident_type", "translation_of"),
                    "subject",
                    "body",
                    "variables",
                )
            },
        ),
        ("Use", {"fields": ("guidance", "is_active", "approval")}),
        ("With sample data", {"fields": ("sample",)}),
    )

    @admin.display(description="approval")
    def approval(self, template: Template) -> str:
        """Who approved the present text and when, or that nobody did."""
        if template.approved_at is None:
            return "not approved: can't be sent"
        return f"approved by {template.approved_by_name} on {template.approved_at:%d %B %Y}"

    @admin.display(description="variables")
    def variables(self, template: Template) -> SafeString:
        """The names that are replaced, with their meaning."""
        return render_to_string("admin/incidents/template/variables.html", {"variables": VARIABLES})

    @admin.display(description="preview")
    def sample(self, template: Template) -> SafeString:
        """The text with sample values."""
        try:
            subject, body = (substitute(text, SAMPLE_VALUES) for text in (template.subject, template.body))
        except Refusal as refusal:
            subject, body = str(refusal), ""
        context = {"subject": subject, "body": to_html(body)}
        return render_to_string("admin/incidents/template/sample.html", context)

    @admin.action(description="Approve the selected templates")
    def approve_selected(self, request: HttpRequest, queryset: QuerySet[Template]) -> None:
        """Approve each one; say which could not be and why."""
        by, now = actor_of(request), clock.now()
        for template in queryset:
            try:
                approve(template, by=by, now=now)
            except Refusal as refusal:
                messages.error(request, str(refusal))
            else:
                messages.success(request, f"“{template}” is approved and can be sent.")

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
            messages.warning(request, "The text needs approval before it can be sent: select it in the list, Approve.")
