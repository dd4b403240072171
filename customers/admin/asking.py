"""Ask a person to confirm their address: one deliberate page, one mail."""

from __future__ import annotations

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
from crisisdesk.core.refusals import Refusal, status_of
from customers.models import Contact
from customers.verifying import ask, known_of, with_proof


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def ask_page(request: HttpRequest, contact_pk: int) -> HttpResponseBase:
    """GET says what is known of the address and what would be sent, POST sends."""
    by = actor_of(request)
    if not may(by, Act.VIEW_CUSTOMERS):
        raise PermissionDenied
    contact = get_object_or_404(with_proof(Contact.objects.select_related("customer")), pk=contact_pk)
    refusal: Refusal | None = None
    try:
        require(by, Act.SEND_UPDATE)
        if request.method == "POST":
            ask(contact, by=by, now=clock.now())
            messages.success(
                request, f"{contact} is asked by e-mail. The customer's page shows when they have answered."
            )
            return redirect("admin:customers_customer_change", contact.customer_id)
    except Refusal as error:
        refusal = error
    context = {
        **admin.site.each_context(request),
        "title": "Ask to confirm the address",
        "contact": contact,
        "known": known_of(contact),
        "may_send": may(by, Act.SEND_UPDATE),
        "refusal": str(refusal or ""),
    }
    return TemplateResponse(request, "admin/customers/contact/ask.html", context, status=status_of(refusal))
