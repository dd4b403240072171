"""Write to an address again that bounced or complained: one deliberate page, with the reason."""

from __future__ import annotations

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from crisisdesk.core import clock
from crisisdesk.core.access import Act, may, require
from crisisdesk.core.console import actor_of
from crisisdesk.core.refusals import InvalidInput, Refusal, status_of
from customers.delivery.suppression import reinstate
from customers.models import Customer, Suppression


class ReinstateForm(forms.Form):
    """Why the address will work again."""

    reason = forms.CharField(
        label="Why will it work again?",
        help_text="Such as “they say that the mailbox was full”. Kept in the audit trail: no names, no addresses.",
        max_length=200,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def reinstate_page(request: HttpRequest, customer_pk: int, suppression_pk: int) -> HttpResponseBase:
    """GET asks for the reason, POST lifts the suppression. A refusal keeps what was typed."""
    by = actor_of(request)
    if not may(by, Act.VIEW_CUSTOMERS):
        raise PermissionDenied
    customer = get_object_or_404(Customer, pk=customer_pk)
    suppression = get_object_or_404(Suppression, pk=suppression_pk)
    if not _is_of(suppression, customer):
        raise Http404
    posted = request.POST if request.method == "POST" else None
    form = ReinstateForm(posted, label_suffix="")
    refusal: Refusal | None = None
    try:
        require(by, Act.CONTROL_DELIVERY)
        if posted is not None and form.is_valid():
            reinstate(suppression, reason=form.cleaned_data["reason"], by=by, now=clock.now())
            messages.success(request, "The address is written to again, from the next message on.")
            return redirect("admin:customers_customer_change", customer.pk)
    except InvalidInput as error:
        for name, text in error.errors.items():
            form.add_error(name or None, text)
    except Refusal as error:
        refusal = error
    context = {
        **admin.site.each_context(request),
        "title": "Write to this address again",
        "customer": customer,
        "suppression": suppression,
        "form": form,
        "refusal": str(refusal or ""),
    }
    status = 200 if posted is None else status_of(refusal, 422)
    return TemplateResponse(request, "admin/customers/customer/reinstate.html", context, status=status)


def _is_of(suppression: Suppression, customer: Customer) -> bool:
    """An address belongs to whoever has a contact with it; one customer's page shows no other's addresses."""
    own = customer.contacts.values_list("email", "phone")
    return any(suppression.address == address.lower() for pair in own for address in pair)
