"""Forms about who is on call: an override and a swap."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django import forms
from django.utils import timezone

from crisisdesk.core.models import User
from incidents.models import IncidentRole, Rank
from incidents.oncall.who import role_of

FORMAT = "%Y-%m-%dT%H:%M"


class Moment(forms.DateTimeField):
    """A day and a time in the reader's time zone, to the minute."""

    def __init__(self, **options: Any) -> None:
        widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format=FORMAT)
        super().__init__(widget=widget, input_formats=[FORMAT, "%Y-%m-%dT%H:%M:%S"], **options)


def people_of(groups: list[str]) -> Any:
    """Active people of these groups, by name."""
    rows = User.objects.filter(is_active=True, groups__name__in=groups).distinct()
    return rows.order_by("first_name", "last_name", "username")


class OverrideForm(forms.Form):
    """Who, for which role, from when to when, and why."""

    role = forms.ModelChoiceField(IncidentRole.objects.all(), to_field_name="slug", label="Role", empty_label=None)
    rank = forms.ChoiceField(label="As", choices=Rank.choices)
    person = forms.ModelChoiceField(User.objects.none(), label="Who is on call instead")
    starts_at = Moment(label="From", help_text="In your time zone.")
    ends_at = Moment(label="Until")
    reason = forms.CharField(
        label="Why", max_length=200, help_text="A few words. They stand in the calendar and go to everybody concerned."
    )

    def __init__(self, data: Mapping[str, Any] | None, given: Mapping[str, str]) -> None:
        super().__init__(data, initial=initial(given, "starts_at", "ends_at"), label_suffix="")
        role = role_of(str((data or {}).get("role", "")) or given.get("role", ""))
        groups = [role.group] if role and data is None else list(IncidentRole.objects.values_list("group", flat=True))
        field: Any = self.fields["person"]
        field.queryset = people_of(groups)


class SwapForm(forms.Form):
    """Which part of my shift, who takes it, and what for."""

    gives_from = Moment(label="From", help_text="In your time zone. Shorten it to swap a part of your shift.")
    gives_until = Moment(label="Until")
    partner = forms.ModelChoiceField(User.objects.none(), label="Who takes it", required=False, empty_label="Choose")
    takes = forms.ChoiceField(label="In exchange for", required=False, widget=forms.RadioSelect)
    reason = forms.CharField(label="Why", max_length=200, required=False, help_text="If you like.")

    def __init__(
        self,
        data: Mapping[str, Any] | None,
        given: Mapping[str, str],
        role: IncidentRole,
        asker: int | None,
        offers: list[tuple[str, str]],
    ) -> None:
        super().__init__(data, initial=initial(given, "gives_from", "gives_until"), label_suffix="")
        partner: Any = self.fields["partner"]
        partner.queryset = people_of([role.group]).exclude(pk=asker)
        partner.help_text = f"Somebody of {role.group}. Not needed when you choose a shift of theirs below."
        takes: Any = self.fields["takes"]
        takes.choices = [("", "Nothing: I only ask to be relieved"), *offers]

    def clean(self) -> dict[str, Any]:
        """Somebody must take it: a colleague, or the one whose shift was chosen."""
        cleaned: dict[str, Any] = super().clean() or {}
        if not cleaned.get("partner") and not cleaned.get("takes") and "takes" not in self.errors:
            self.add_error("partner", "Choose who takes it, or one of the shifts below.")
        return cleaned


def initial(given: Mapping[str, str], start: str, end: str) -> dict[str, Any]:
    """What a link has filled in; what is not usable is left empty."""
    found: dict[str, Any] = {"role": given.get("role", ""), "rank": given.get("rank", Rank.PRIMARY)}
    for name, value in ((start, given.get("from", "")), (end, given.get("until", ""))):
        moment = moment_of(value)
        if moment is not None:
            found[name] = timezone.localtime(moment)
    return found


def moment_of(text: str) -> datetime | None:
    """An aware moment from an address; None for anything else."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else None
