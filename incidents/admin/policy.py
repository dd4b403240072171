"""Promise policies: their limits, their steps, and these drawn against the clock while they are written."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.forms.widgets import Script
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from crisisdesk.core.access import Act
from crisisdesk.core.console import ConsoleAdmin
from incidents.admin.policy_steps import PolicyStepInline, drawn, saved_steps, written_steps
from incidents.models import PromisePolicy
from incidents.models.policy import LONGEST_GAP_MINUTES


class PolicyForm(forms.ModelForm[PromisePolicy]):
    """A policy whose limits make sense."""

    class Meta:
        model = PromisePolicy
        fields = ("name", "severity", "longest_gap_minutes", "shortest_gap_minutes")
        labels: ClassVar = {
            "longest_gap_minutes": "Minutes to the next update, at most",
            "shortest_gap_minutes": "Ask below this many minutes",
        }

    def clean_longest_gap_minutes(self) -> int:
        """At least hourly is the process; longer gaps take a known longer path, incident by incident (Step 4)."""
        minutes: int = self.cleaned_data["longest_gap_minutes"]
        if not 1 <= minutes <= LONGEST_GAP_MINUTES:
            raise forms.ValidationError(
                "Customers hear at least every 60 minutes. For one incident, Operations can record a known longer path."
            )
        return minutes

    def clean(self) -> dict[str, Any]:
        """The shortest gap is shorter than the longest."""
        cleaned: dict[str, Any] = super().clean() or {}
        shortest, longest = cleaned.get("shortest_gap_minutes"), cleaned.get("longest_gap_minutes")
        if shortest is not None and longest is not None and shortest >= longest:
            self.add_error(
                "shortest_gap_minutes", f"Must be below the longest gap of {longest} minutes, or every promise asks."
            )
        return cleaned


@admin.register(PromisePolicy)
class PromisePolicyAdmin(ConsoleAdmin[PromisePolicy]):
    """What the desk does before and after a promised time."""

    change_act = Act.MANAGE_SETTINGS
    form = PolicyForm
    list_display = ("name", "severity", "at_most", "asks_below")
    inlines = (PolicyStepInline,)
    readonly_fields = ("against_the_clock",)
    fieldsets = (
        (None, {"fields": ("name", "severity", ("longest_gap_minutes", "shortest_gap_minutes"))}),
        ("Against the clock", {"fields": ("against_the_clock",), "classes": ("wide-picture",)}),
    )

    class Media:
        js = (Script("console/policy.js", type="module"),)

    def get_urls(self) -> list[URLPattern]:
        """The picture of steps that are not saved yet has an address of its own."""
        picture = path("picture/", self.admin_site.admin_view(self.picture), name="incidents_promisepolicy_picture")
        return [picture, *super().get_urls()]

    @admin.display(description="next update at most", ordering="longest_gap_minutes")
    def at_most(self, policy: PromisePolicy) -> str:
        """How far ahead a promise may lie."""
        return f"{policy.longest_gap_minutes} minutes ahead"

    @admin.display(description="asks when nearer than", ordering="shortest_gap_minutes")
    def asks_below(self, policy: PromisePolicy) -> str:
        """How near a promise may lie before the desk asks."""
        return f"{policy.shortest_gap_minutes} minutes"

    @admin.display(description="steps")
    def against_the_clock(self, policy: PromisePolicy) -> SafeString | str:
        """The steps drawn, with what is odd about them; the page's script draws them anew as somebody types."""
        steps = saved_steps(policy) if policy.pk else []
        return format_html(
            '<div data-policy-picture="{}" aria-live="off">{}</div>',
            reverse("admin:incidents_promisepolicy_picture"),
            drawn(steps, policy.longest_gap_minutes, _used_by(policy)),
        )

    def picture(self, request: HttpRequest) -> HttpResponse:
        """The form's steps as they are being written, drawn; nothing is saved."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if not self.has_change_permission(request):
            raise PermissionDenied
        number = request.POST.get("steps-0-policy", "")
        policy = PromisePolicy.objects.filter(pk=number).first() if number.isdecimal() and len(number) < 10 else None
        formset = PolicyStepInline(PromisePolicy, self.admin_site).get_formset(request, policy)
        steps, unreadable = written_steps(formset(request.POST, instance=policy or PromisePolicy(), prefix="steps"))
        longest = PolicyForm(request.POST).fields["longest_gap_minutes"]
        try:
            minutes = longest.clean(request.POST.get("longest_gap_minutes"))
        except forms.ValidationError:
            minutes = None
        used = _used_by(policy) if policy else []
        return HttpResponse(drawn(steps, minutes, used, unsaved=True, unreadable=unreadable))


def _used_by(policy: PromisePolicy) -> list[str]:
    """Which incidents a saved policy holds for, in words."""
    if policy.pk is None:
        return []
    kinds = [f"“{kind}”" for kind in policy.incidenttype_set.order_by("name")]
    severity = [f"incidents of {policy.severity}"] if policy.severity else []
    default = [] if policy.severity or kinds else ["every incident that no other policy fits"]
    return [*severity, *kinds, *default]
