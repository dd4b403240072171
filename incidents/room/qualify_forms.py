"""The forms of the qualify page: one per decision."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.http import QueryDict

from crisisdesk.core.actors import Actor
from crisisdesk.core.choices import read_once
from customers.affected import Scope
from incidents.knowing import known_to
from incidents.models import Alert, Incident, IncidentType, Severity
from incidents.room.one_line_field import OneLineField
from incidents.room.scope_form import BaseScopes, scope_rows


def _reason(label: str) -> forms.CharField:
    return forms.CharField(label=label, widget=forms.Textarea(attrs={"rows": 2}), max_length=2000)


class TypeField(forms.ModelChoiceField[IncidentType]):
    """The types with how bad each is taken to be."""

    def label_from_instance(self, obj: IncidentType) -> str:
        """Such as "Regional outage (SEV1)"."""
        return f"{obj.name} ({obj.default_severity})"


class BriefForm(forms.Form):
    """What an incident is called and how bad it is."""

    title = OneLineField(max_length=150, help_text="Customers read it as the subject.")
    incident_type = TypeField(
        IncidentType.objects.filter(is_active=True), required=False, label="Type", empty_label="– none –"
    )
    severity = forms.ChoiceField(choices=[("", "as the type says"), *Severity.choices], required=False)
    reason = _reason("Why is it too brief to alert?")

    def clean(self) -> dict[str, Any]:
        """Where nobody says how bad it is, its type does."""
        given: dict[str, Any] = super().clean() or self.cleaned_data
        if "severity" in given and not given["severity"]:
            kind = given.get("incident_type")
            if kind is None:
                self.add_error("severity", "Choose a severity, or a type that names one.")
            else:
                given["severity"] = kind.default_severity
        return given


class DeclareForm(BriefForm):
    """A declaration needs no reason."""

    reason = None  # type: ignore[assignment]


class DeclineForm(forms.Form):
    """Why it is no incident."""

    reason = _reason("Why is it no incident?")


class AttachForm(forms.Form):
    """The incident that an alert belongs to."""

    incident = forms.ModelChoiceField(Incident.objects.none(), empty_label=None)

    def __init__(self, *args: Any, by: Actor, **options: Any) -> None:
        super().__init__(*args, **options)
        field = self.fields["incident"]
        if isinstance(field, forms.ModelChoiceField):
            field.queryset = Incident.objects.unresolved().filter(known_to(by))


class Decision:
    """A form, with the rows of its scope where the decision has one."""

    def __init__(self, form: forms.Form, rows: BaseScopes | None = None) -> None:
        self.form = form
        self.rows = rows

    def is_valid(self) -> bool:
        """Both parts are checked, so that all errors show at once."""
        rows_are = self.rows is None or self.rows.is_valid()
        return self.form.is_valid() and rows_are

    def given(self) -> dict[str, Any]:
        """The verb's arguments."""
        scopes = {} if self.rows is None else {"scopes": self.rows.scopes()}
        return {**self.form.cleaned_data, **scopes}


def decision_forms(
    alert: Alert, scopes: Sequence[Scope], *, posted: QueryDict | None, chosen: str, by: Actor
) -> dict[str, Decision]:
    """The forms by decision, prefilled from the alert; the chosen one is bound. `attach` only when one is open."""

    def bound(name: str) -> QueryDict | None:
        return posted if name == chosen else None

    def with_scope(name: str, kind: type[forms.Form], like: BaseScopes | None = None) -> Decision:
        form = kind(bound(name), prefix=name, initial=_initial(alert), label_suffix="")
        rows = scope_rows(bound(name), scopes, prefix=f"{name}-scope", like=like)
        return Decision(form, rows)

    declare = with_scope("declare", DeclareForm)
    found = {"declare": declare, "brief": with_scope("brief", BriefForm, declare.rows)}
    found["decline"] = Decision(DeclineForm(bound("decline"), prefix="decline", label_suffix=""))
    read_once(found[name].form.fields["incident_type"] for name in ("declare", "brief"))  # type: ignore[misc]
    attach = AttachForm(bound("attach"), by=by, prefix="attach", label_suffix="")
    incident: Any = attach.fields["incident"]
    read_once([incident])
    if list(incident.choices):
        found["attach"] = Decision(attach)
    return found


def _initial(alert: Alert) -> dict[str, Any]:
    severities = {"critical": Severity.SEV1, "error": Severity.SEV2, "warning": Severity.SEV3, "info": Severity.SEV4}
    severity = severities.get(str(alert.labels.get("severity", "")).lower(), "")
    return {"title": alert.title[:150], "severity": severity}
