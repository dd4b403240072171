"""Choosing what is affected: rows of service, region and instance."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, cast

from django import forms
from django.db.models import Q
from django.http import QueryDict
from django.utils.functional import cached_property

from crisisdesk.core.choices import read_once
from customers.affected import Scope
from customers.models import Instance, Region, Service

EMPTY_ROWS = 2


class ScopeForm(forms.Form):
    """One affected service, everywhere or in one place."""

    service = forms.ModelChoiceField(Service.objects.active(), required=False, empty_label="–")
    region = forms.ModelChoiceField(Region.objects.all(), required=False, empty_label="everywhere")
    instance = forms.CharField(
        required=False, max_length=60, widget=forms.TextInput(attrs={"placeholder": "all", "list": "instances"})
    )

    def clean(self) -> dict[str, Any]:
        """The instance by its name, of that service."""
        given = super().clean() or self.cleaned_data
        service, name = given.get("service"), given.get("instance", "").strip()
        if service is None and (given.get("region") or name):
            self.add_error("service", "Choose the service first.")
        if service is not None and name:
            found = Instance.objects.filter(service=service, name__iexact=name).first()
            if found is None:
                self.add_error("instance", f"{service} has no instance “{name}”.")
            given["found"] = found
        return given


class BaseScopes(forms.BaseFormSet[ScopeForm]):
    """The rows together: at least one service is named. Services and regions are read once for all rows.

    `like`: other rows of the same page that have read them already.
    """

    like: BaseScopes | None = None

    @cached_property
    def forms(self) -> list[ScopeForm]:
        """The rows."""
        made: list[ScopeForm] = super().forms
        share_choices([*(self.like.forms[:1] if self.like else ()), *made])
        return made

    def clean(self) -> None:
        """Refuse an empty scope: nobody would be told."""
        if not any(self.errors) and not self.scopes():
            raise forms.ValidationError("Name at least one affected service; the audience follows from it.")

    def scopes(self) -> list[Scope]:
        """What was chosen."""
        found = []
        for form in self.forms:
            given = getattr(form, "cleaned_data", {})
            if given.get("service"):
                instance, region = given.get("found"), given.get("region")
                found.append(
                    Scope(given["service"].pk, region.pk if region else None, instance.pk if instance else None)
                )
        return found


def share_choices(rows: Iterable[forms.Form]) -> None:
    """Read services and regions once for all these rows."""
    rows = list(rows)
    for name in ("service", "region"):
        read_once(cast("forms.ModelChoiceField[Any]", row.fields[name]) for row in rows)


def scope_rows(
    posted: QueryDict | None, scopes: Iterable[Scope], *, prefix: str = "scope", like: BaseScopes | None = None
) -> BaseScopes:
    """The rows as they are, with some empty ones to fill; bound when something was posted."""
    formset = _ScopeFormSet(posted, prefix=prefix, initial=initial_of(scopes), form_kwargs={"label_suffix": ""})
    made = cast("BaseScopes", formset)
    made.like = like
    return made


_ScopeFormSet = forms.formset_factory(ScopeForm, formset=BaseScopes, extra=EMPTY_ROWS, max_num=50)


def initial_of(scopes: Iterable[Scope]) -> list[dict[str, Any]]:
    """Rows for the scope that is there."""
    scopes = list(scopes)
    names = Instance.objects.in_bulk([scope.instance_id for scope in scopes if scope.instance_id])
    return [
        {
            "service": scope.service_id,
            "region": scope.region_id,
            "instance": names[scope.instance_id].name if scope.instance_id in names else "",
        }
        for scope in scopes
    ]


def scopes_from(labels: Mapping[str, Any]) -> list[Scope]:
    """What an alert's labels name, as far as we know it: `service`, `region`, `instance`."""
    name = str(labels.get("service", "")).strip()
    if not name:
        return []
    service = Service.objects.active().filter(Q(slug__iexact=name) | Q(name__iexact=name)).first()
    if service is None:
        return []
    region = Region.objects.filter(slug__iexact=str(labels.get("region", ""))).first()
    instance = Instance.objects.filter(service=service, name__iexact=str(labels.get("instance", ""))).first()
    return [Scope(service.pk, region.pk if region else None, instance.pk if instance else None)]


def instance_names() -> list[str]:
    """Names to choose from while typing, the first thousand."""
    return list(Instance.objects.order_by("name").values_list("name", flat=True).distinct()[:1000])
