"""Erase a person on request: one deliberate page that says what goes and what stays."""

from __future__ import annotations

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from crisisdesk.core import clock
from crisisdesk.core.access import Act, may, require
from crisisdesk.core.console import actor_of
from crisisdesk.core.refusals import InvalidInput, Refusal, status_of
from customers import free_text
from customers.erasing import erase_contact
from customers.models import Contact


class EraseForm(forms.Form):
    """Why, and that it is meant."""

    reason = forms.CharField(
        label="Why?",
        help_text="Such as “asked for it by letter of 3 March”. Kept in the audit trail: no names, no addresses.",
        max_length=200,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    sure = forms.BooleanField(label="I know that this can't be undone.")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def erase_page(request: HttpRequest, contact_pk: int) -> HttpResponseBase:
    """GET asks, POST erases. A refusal keeps what was typed."""
    by = actor_of(request)
    if not may(by, Act.VIEW_CUSTOMERS):
        raise PermissionDenied
    contact = get_object_or_404(Contact.objects.select_related("customer"), pk=contact_pk)
    posted = request.POST if request.method == "POST" else None
    named_in = free_text.places(free_text.words_of(contact), by) if contact.erased_at is None else []
    form = EraseForm(posted, label_suffix="")
    refusal: Refusal | None = None
    try:
        require(by, Act.EDIT_CUSTOMERS)
        if posted is not None and form.is_valid():
            chosen = [_key(text) for text in posted.getlist("place")]
            reason = form.cleaned_data["reason"]
            erase_contact(contact, reason=reason, places=chosen, by=by, now=clock.now())
            messages.success(request, "The person is erased. What was sent to them stays, without who they were.")
            return redirect("admin:customers_customer_change", contact.customer_id)
    except InvalidInput as error:
        for name, text in error.errors.items():
            form.add_error(name or None, text)
    except Refusal as error:
        refusal = error
    context = {
        **admin.site.each_context(request),
        "title": "Erase a person",
        "contact": contact,
        "form": form,
        "places": named_in,
        "chosen": [place.key for place in named_in] if posted is None else [*map(_key, posted.getlist("place"))],
        "refusal": str(refusal or ""),
    }
    status = status_of(refusal, 200 if posted is None else 422)
    return TemplateResponse(request, "admin/customers/contact/erase.html", context, status=status)


def _key(text: str) -> int:
    return int(text) if text.isdecimal() else 0
