"""Two contacts of one customer that may be one person: side by side, with what would become of either."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Max
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from crisisdesk.core import clock
from crisisdesk.core.access import Act, may
from crisisdesk.core.actors import Actor
from crisisdesk.core.console import actor_of
from crisisdesk.core.discretion import hidden_references
from crisisdesk.core.refusals import Refusal, status_of
from customers import joining
from customers.models import Contact, Delivery, Preference
from customers.twins import keep_apart
from customers.verifying import known_of, with_proof

TITLE = "Make one person of two contacts"


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def contact_merge_page(request: HttpRequest, first_pk: int, second_pk: int) -> HttpResponseBase:
    """Two contacts side by side; POST makes one of them, or records that they are two people."""
    by = actor_of(request)
    if not may(by, Act.VIEW_CUSTOMERS):
        raise PermissionDenied
    rows = with_proof(Contact.objects.filter(erased_at=None).select_related("customer"))
    # One by one: a number too long for any id is nobody's.
    first, second = rows.filter(pk=first_pk).first(), rows.filter(pk=second_pk).first()
    if first is None or second is None or first == second:
        raise Http404("There are no two such contacts.")
    refusal: Refusal | None = None
    if request.method == "POST":
        keep, other = (second, first) if request.POST.get("keep") == str(second.pk) else (first, second)
        try:
            if request.POST.get("action") == "apart":
                keep_apart(first, second, by=by, now=clock.now())
                messages.success(request, f"{first} and {second} stay two people; they are not proposed again.")
                return redirect("admin:customer_duplicates")
            joining.join(keep, other, by=by, now=clock.now())
        except Refusal as error:
            refusal = error
        else:
            messages.success(request, f"{other} ({other.email or other.phone}) is part of {keep} now.")
            return redirect("admin:customers_customer_change", keep.customer_id)
    sides = [_side(first, second, by), _side(second, first, by)]
    chosen = next((side for side in sides if not side["why_not"]), None)
    context = {
        **admin.site.each_context(request),
        "title": TITLE,
        "customer": first.customer,
        "sides": sides,
        "chosen": chosen["contact"].pk if chosen else None,
        "may_merge": may(by, Act.EDIT_CUSTOMERS),
        "refusal": str(refusal or ""),
    }
    return TemplateResponse(request, "admin/customers/contact/merge.html", context, status=status_of(refusal))


def _side(contact: Contact, other: Contact, by: Actor) -> dict[str, Any]:
    """One of the two as it is, and what would become of it as the one who stays."""
    got = Delivery.objects.filter(contact=contact, is_drill=False)
    if hidden := hidden_references(by):
        got = got.exclude(message__thread_key__in=hidden)
    told = got.aggregate(messages=Count("message", distinct=True), last_at=Max("sent_at"))
    why_not = joining.refusal(contact, other)
    return {
        "contact": contact,
        "proof": known_of(contact),
        **told,
        "why_not": why_not,
        "after": [] if why_not else _after(contact, other),
    }


def _after(keep: Contact, gone: Contact) -> list[str]:
    """In words how the one who stays would be reached, and what is given up."""
    after = joining.outcome(keep, gone)
    found = []
    found.append(f"E-mail to {keep.email}" if keep.email and after.wants_email else "No e-mail")
    found.append(f"SMS to {after.phone}" if after.phone and after.wants_sms else "No SMS")
    if after.phone and after.phone != keep.phone:
        found.append(f"The number {after.phone} is taken over")
    found.append(f"Wants: {Preference(after.preference).label}")
    given_up = [text for text, kept in ((gone.email, keep.email), (gone.phone, after.phone)) if text and text != kept]
    if given_up:
        found.append(f"Not written to any more: {', '.join(given_up)}")
    return found
