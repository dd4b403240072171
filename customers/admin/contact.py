"""Contacts: who is told, how, and in which language and time zone."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import URLPattern, path

from crisisdesk.core.access import Act
from crisisdesk.core.exporting import ExportableAdmin
from crisisdesk.core.sheets import Rows, utc
from customers.admin.asking import ask_page
from customers.admin.erasing import erase_page
from customers.admin.joining import contact_merge_page
from customers.models import Contact
from customers.verifying import Known, Proof, known_of, proven, with_proof


class ProofFilter(admin.SimpleListFilter):
    """How we know that the e-mail address works."""

    title = "e-mail address"
    parameter_name = "address"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The proofs, the strongest first."""
        return [(proof.value, str(proof.label)) for proof in Proof]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Contact]) -> QuerySet[Contact]:
        """Those of whom exactly this is known."""
        chosen = self.value()
        return proven(queryset, chosen) if chosen in Proof.values else queryset


class ProofList(ChangeList):
    """What is known of the addresses is read for the rows of the page only: of all of them it would take long."""

    def get_results(self, request: HttpRequest) -> None:
        """The rows of the page, each with `known`."""
        super().get_results(request)
        rows: list[Any] = list(self.result_list)
        proofs = with_proof(Contact.objects.filter(pk__in=[row.pk for row in rows])).in_bulk()
        for row in rows:
            row.known = known_of(proofs[row.pk]) if row.pk in proofs else None
        self.result_list = rows


@admin.register(Contact)
class ContactAdmin(ExportableAdmin[Contact]):
    """People at customers."""

    view_act = Act.VIEW_CUSTOMERS
    change_act = export_act = Act.EDIT_CUSTOMERS
    export_name = "contacts"
    list_display = ("name", "customer", "email", "phone", "language", "preference", "proof", "is_active")
    list_filter = ("is_active", ProofFilter, "preference", "language", "wants_sms")
    list_select_related = ("customer",)
    search_fields = ("name", "email", "customer__name")
    raw_id_fields = ("customer",)
    readonly_fields = ("proven",)
    teaches = "Contacts come with an import of customers, or are added here: they are the people who are told."
    change_form_template = "admin/customers/contact/change_form.html"
    fieldsets = (
        (None, {"fields": ("customer", "name", "is_active")}),
        ("How to reach them", {"fields": ("email", "proven", "wants_email", "phone", "wants_sms", "preference")}),
        ("How to write to them", {"fields": ("language", "time_zone")}),
    )

    def get_urls(self) -> list[URLPattern]:
        """With the pages that erase a person, ask one to confirm the address, and make one of two."""
        guard = self.admin_site.admin_view
        return [
            path("<int:contact_pk>/erase/", guard(erase_page), name="contact_erase"),
            path("<int:contact_pk>/ask/", guard(ask_page), name="contact_ask"),
            path("<int:first_pk>/merge/<int:second_pk>/", guard(contact_merge_page), name="contact_merge"),
            *super().get_urls(),
        ]

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        """The list that knows what is known of the addresses."""
        return ProofList

    @admin.display(description="address works")
    def proof(self, contact: Contact) -> str:
        """How we know, and since when."""
        known: Known | None = contact.known  # type: ignore[attr-defined]
        return _proof(known)

    @admin.display(description="address works")
    def proven(self, contact: Contact) -> str:
        """The same on the page of one contact."""
        row = with_proof(Contact.objects.filter(pk=contact.pk)).first() if contact.pk else None
        return _proof(known_of(row)) if row is not None else "known once a message went there"

    def has_change_permission(self, request: HttpRequest, obj: Contact | None = None) -> bool:
        """What is left of an erased person is not edited."""
        return super().has_change_permission(request, obj) and (obj is None or obj.erased_at is None)

    def export_rows(self, rows: QuerySet[Contact]) -> Rows:
        """One row for each contact; those who were erased are left out."""
        yield [*_COLUMNS]
        for one in with_proof(rows.filter(erased_at=None).select_related("customer")).iterator(chunk_size=2_000):
            known = known_of(one)
            yield [
                one.customer.reference,
                one.customer.name,
                one.name,
                one.email,
                "yes" if one.wants_email else "no",
                one.phone,
                "yes" if one.wants_sms else "no",
                one.preference,
                one.language,
                one.time_zone,
                "yes" if one.is_active else "no",
                known.words if known else "",
                utc(known.at) if known else "",
            ]


def _proof(known: Known | None) -> str:
    if known is None:
        return "no e-mail"
    return f"{known.words}, {known.at:%d %b %Y}" if known.at else known.words


_COLUMNS = (
    *("customer_reference", "customer", "contact_name", "email", "wants_email", "phone", "wants_sms"),
    *("preference", "language", "time_zone", "active", "address_works", "since"),
)
