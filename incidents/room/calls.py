"""The call list of an incident: whom to call, what to say, and the calls that were made."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from crisisdesk.core import clock
from crisisdesk.core.access import Act, require
from crisisdesk.core.actors import Actor
from crisisdesk.core.console import actor_of
from crisisdesk.core.refusals import InvalidInput, Refusal
from customers.calls import LONGEST_NOTE
from customers.models import CallResult, Contact, Customer
from incidents import calls
from incidents.models import Incident
from incidents.room.calls_facts import call_line, call_lines, calls_of, customers_by_weight, talking_points
from incidents.room.finding import the_incident
from incidents.room.head import head_of
from incidents.room.pages import page, seen_by, status_of
from incidents.room.reach import amount
from incidents.room.verbs import reason_against

PER_PAGE = 25
DONE = 30


class CallForm(forms.Form):
    """Who was called, how it ended, what was said."""

    result = forms.ChoiceField(label="How did it end?", widget=forms.RadioSelect)
    contact = forms.ModelChoiceField(
        Contact.objects.none(), label="Whom did you call?", required=False, empty_label="Somebody else, named below"
    )
    spoke_with = forms.CharField(
        label="Name, if it was somebody else", required=False, max_length=200, widget=forms.TextInput
    )
    note = forms.CharField(
        label="Note",
        help_text="What they asked, whom to call next time. Kept in the timeline; customers never see it.",
        required=False,
        max_length=LONGEST_NOTE,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, data: Any, *, contacts: QuerySet[Contact]) -> None:
        super().__init__(data, label_suffix="", initial={"contact": contacts.first()})
        result, contact = self.fields["result"], self.fields["contact"]
        if isinstance(result, forms.ChoiceField):
            result.choices = [(value, str(label).capitalize()) for value, label in CallResult.choices]
        if isinstance(contact, forms.ModelChoiceField):
            contact.queryset = contacts


@require_safe
@seen_by(Act.VIEW_DELIVERIES)
def call_list(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Customers to call, the most important first, and the calls made so far."""
    incident = the_incident(pk, actor_of(request))
    waiting = calls.to_call(incident)
    found = Paginator(customers_by_weight(waiting), PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "incident": head_of(incident),
        "points": talking_points(incident),
        "refusal": _reason(incident, actor_of(request)),
        "count": amount(len(waiting), "customer"),
        "customers": call_lines(incident, list(found), waiting, actor_of(request)),
        "page_of": f"{found.number} of {found.paginator.num_pages}" if found.paginator.num_pages > 1 else "",
        "next_url": f"?page={found.next_page_number()}" if found.has_next() else "",
        "previous_url": f"?page={found.previous_page_number()}" if found.has_previous() else "",
        "done": [call_line(row) for row in calls_of(incident)[:DONE]],
    }
    return page(request, "admin/incidents/incident/call_list.html", context, title="Call list")


@require_http_methods(["GET", "HEAD", "POST"])
@seen_by(Act.VIEW_DELIVERIES)
def call(request: HttpRequest, pk: int, customer_pk: int) -> HttpResponseBase:
    """What to say to one customer, and the form for how it went. A refusal keeps everything typed."""
    incident = the_incident(pk, actor_of(request))
    customer = get_object_or_404(Customer.objects.select_related("account_owner"), pk=customer_pk)
    contacts = Contact.objects.filter(customer=customer, is_active=True)
    posted = request.POST if request.method == "POST" else None
    form = CallForm(posted, contacts=contacts)
    by = actor_of(request)
    reason = _reason(incident, by)
    refused: Refusal | None = None
    if posted is not None:
        try:
            require(by, Act.RECORD_CONTACT)
            if form.is_valid():
                row = calls.record_call(incident, customer, **form.cleaned_data, by=by, now=clock.now())
                messages.success(request, f"{customer}: {row.get_result_display()}. It is in the timeline.")
                return redirect("admin:call_list", incident.pk)
        except InvalidInput as error:
            for name, text in error.errors.items():
                form.add_error(name or None, text)
        except Refusal as error:
            refused = error
    waiting = calls.to_call(incident)
    context = {
        "incident": head_of(incident),
        "points": talking_points(incident),
        "customer": call_lines(incident, [customer], waiting, by, every_contact=True)[0],
        "is_waiting": customer.pk in waiting,
        "form": form,
        "refusal": str(refused or reason),
        "may": not reason,
        "back_url": reverse("admin:call_list", args=[incident.pk]),
        "done": [call_line(row) for row in calls_of(incident).filter(customer=customer)],
    }
    status = status_of(refused, 200 if posted is None else 422)
    return page(request, "admin/incidents/incident/call.html", context, title=f"Call {customer}", status=status)


def _reason(incident: Incident, by: Actor) -> str:
    drill = "This is a drill: its messages are addressed to nobody, so there is nobody to call."
    return reason_against(Act.RECORD_CONTACT, drill if incident.is_drill else "", by)
