"""What every admin page of the console shares: access from one table, history without revert, no deletion."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from django import forms
from django.contrib.admin import ModelAdmin
from django.db import models
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from simple_history.admin import SimpleHistoryAdmin

from crisisdesk.core import discretion
from crisisdesk.core.access import Act, may
from crisisdesk.core.actors import Actor
from crisisdesk.core.asked import spellings
from crisisdesk.core.choices import only_chosen
from crisisdesk.core.models import User
from crisisdesk.core.versions import deltas

M = TypeVar("M", bound=Model)

if TYPE_CHECKING:

    class _Base(ModelAdmin[M]):
        """Typed stand-in: simple-history's admin is a ModelAdmin without generics."""

        def history_form_view(
            self, request: HttpRequest, object_id: str, version_id: str, extra_context: dict[str, Any] | None = None
        ) -> HttpResponse: ...

        def get_historical_record_context_helper(self, request: HttpRequest, historical_record: Any) -> Any: ...
else:

    class _Base(SimpleHistoryAdmin):
        @classmethod
        def __class_getitem__(cls, _item: object) -> type:
            return cls


def actor_of(request: HttpRequest) -> Actor:
    """The actor behind a request (its groups are read once per request); an anonymous one holds no group."""
    known: Actor | None = getattr(request, "_actor", None)
    if known is None:
        if isinstance(request.user, User):
            known = Actor.person(request.user)
        else:
            known = Actor("person", "Somebody who is not signed in")
        request._actor = known  # type: ignore[attr-defined]
    return known


class ConsoleAdmin(_Base[M]):
    """A list and a form for one kind of row.

    `view_act` and `change_act` name the acts of `core.access` that open the page and allow its form;
    without `change_act` the page is read-only. Rows are never deleted from the console. Of rows about incidents
    `incident_at` is the way to the incident ("" for itself, "incident__"), or `reference_at` the field with its
    reference: what a person may not know of is not there for them.
    A list without rows says what `teaches`, under `nothing` ("" for "No services yet").
    """

    view_act: Act = Act.VIEW_SETTINGS
    change_act: Act | None = None
    addable: bool = True
    incident_at: Sequence[str] | None = None
    reference_at: str = ""
    nothing: str = ""
    teaches: str = ""
    list_per_page = 50
    show_full_result_count = False
    formfield_overrides = {models.URLField: {"assume_scheme": "https"}}

    def get_queryset(self, request: HttpRequest) -> QuerySet[M]:
        """The rows that the person may know of."""
        rows: QuerySet[M] = super().get_queryset(request)
        for prefix in self.incident_at or ():
            rows = rows.filter(discretion.known_to(actor_of(request), prefix))
        if self.reference_at and (hidden := discretion.hidden_references(actor_of(request))):
            rows = rows.exclude(**{f"{self.reference_at}__in": hidden})
        return rows

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[M], search_term: str
    ) -> tuple[QuerySet[M], bool]:
        """With every spelling of letters that the database takes for different ones."""
        first, *others = spellings(search_term)
        rows, is_doubled = super().get_search_results(request, queryset, first)
        if not others:
            return rows, is_doubled
        found = models.Q(pk__in=rows.order_by().values("pk"))
        for other in others:
            more, _ = super().get_search_results(request, queryset, other)
            found |= models.Q(pk__in=more.order_by().values("pk"))
        return queryset.filter(found), False

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Whether the app appears in the menu."""
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        """Read from the access table."""
        return may(actor_of(request), self.view_act)

    def has_change_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        """Read from the access table."""
        return self.change_act is not None and may(actor_of(request), self.change_act)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """As change, unless rows of this kind come from verbs only."""
        return self.addable and self.has_change_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        """Nothing is deleted from the console."""
        return False

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """The list; where the count found nothing, nothing is looked for again: the count is all of the work."""
        found = super().get_changelist_instance(request)
        if not found.result_count:
            found.result_list = found.queryset.none()
        return found

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The versions of a row; of rows that keep none, because they never change, the admin's own log."""
        self._must_be_known(request, object_id)
        if not hasattr(self.model, "history"):
            return ModelAdmin.history_view(self, request, object_id, extra_context)
        response: HttpResponse = super().history_view(request, object_id, extra_context)
        return response

    def history_form_view(
        self, request: HttpRequest, object_id: str, version_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """One version of a row."""
        self._must_be_known(request, object_id)
        response: HttpResponse = super().history_form_view(request, object_id, version_id, extra_context)
        return response

    def set_history_delta_changes(
        self, request: HttpRequest, historical_records: Sequence[Any], foreign_keys_are_objs: bool = True
    ) -> None:
        """What each version on the page changed, with what was chosen of several read at once."""
        records = list(historical_records)
        for delta in deltas(records) if records else ():
            helper = self.get_historical_record_context_helper(request, delta.new_record)
            delta.new_record.history_delta_changes = helper.context_for_delta_changes(delta)

    def _must_be_known(self, request: HttpRequest, object_id: str) -> None:
        """Raise Http404 for the past of a row that the person may not know of."""
        if (self.incident_at is not None or self.reference_at) and self.get_object(request, object_id) is None:
            raise Http404


class InlineAccess:
    """Who may see and change rows on the page of the row they belong to; goes before the admin's inline.

    `removable` is for rows whose end is a change, kept in their history; rows that are not `changeable` are removed
    and added instead.
    """

    view_act: Act = Act.VIEW_SETTINGS
    change_act: Act = Act.MANAGE_SETTINGS
    addable: bool = True
    incident_at: Sequence[str] | None = None
    reference_at: str = ""
    changeable: bool = True
    removable: bool = False

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Read from the access table."""
        return may(actor_of(request), self.view_act)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Read from the access table."""
        return self.changeable and may(actor_of(request), self.change_act)

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Read from the access table."""
        return self.addable and may(actor_of(request), self.change_act)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Read from the access table."""
        return self.removable and may(actor_of(request), self.change_act)


class OnlyChosen:
    """Rows beside are chosen on this page and written on their own: no signs lead away from words not saved yet.

    Goes before the admin or its inline.
    """

    def formfield_for_dbfield(
        self, db_field: models.Field[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> forms.Field | None:
        """The field without Django's pencil, plus and eye."""
        return only_chosen(super().formfield_for_dbfield(db_field, request, **kwargs))  # type: ignore[misc]
