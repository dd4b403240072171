"""Telling the newly affected what they missed: one page, one press."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from crisisdesk.core import clock
from crisisdesk.core.access import Act
from crisisdesk.core.actors import Actor
from crisisdesk.core.console import actor_of
from crisisdesk.core.refusals import Refusal
from customers.affected import AudienceCounts
from customers.delivery.rendered import ReaderClass
from customers.models import Contact
from incidents.catching_up import catch_up, repeated
from incidents.letters import letter_of
from incidents.lifecycle import refuse_kind
from incidents.locking import position_of
from incidents.models import Incident, UpdateKind
from incidents.recipients import count_of, recipients
from incidents.render import render_letter
from incidents.room.as_read import Eyes, patched
from incidents.room.finding import the_incident
from incidents.room.head import head_of
from incidents.room.pages import page, seen_by, status_of
from incidents.room.reach import SAMPLE, counted, lines, whom
from incidents.room.verbs import reason_against


@require_http_methods(["GET", "HEAD", "POST"])
@seen_by(Act.VIEW_DELIVERIES)
def catch_up_page(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Who came in and what they would read; POST sends it."""
    incident = the_incident(pk, actor_of(request))
    by, now = actor_of(request), clock.now()
    refusal: Refusal | None = None
    if request.method == "POST":
        try:
            sent = catch_up(incident, by=by, now=now, key=request.POST.get("key", ""))
        except Refusal as error:
            refusal = error
        else:
            told = AudienceCounts(sent.customers_count, sent.contacts_count)
            messages.success(request, f"The message they missed is on its way to {whom(told)}.")
            return redirect(reverse("admin:incidents_incident_change", args=[incident.pk]))
    context = {**_facts(incident, by, now), "refusal": refusal, "key": uuid.uuid4().hex}
    template = "admin/incidents/incident/catch_up.html"
    return page(request, template, context, title=f"Newly affected, {incident.reference}", status=status_of(refusal))


def _facts(incident: Incident, by: Actor, now: datetime) -> dict[str, Any]:
    missing = recipients(incident, UpdateKind.CATCH_UP)
    counts = count_of(missing)
    against = refuse_kind(position_of(incident), UpdateKind.CATCH_UP)
    text, upcoming = "", ""
    if not against:
        try:
            update = repeated(incident, now=now)
        except Refusal as error:
            against = str(error)
        else:
            reader = ReaderClass(update.language, timezone.get_current_timezone_name(), "email")
            rendered = render_letter(letter_of(update, incident, sent_at=now), incident, reader)
            text = patched(rendered.text, Eyes.sample(incident, update.language))
            upcoming = f"{timezone.localtime(update.next_update_at):%H:%M %Z}"
    return {
        "incident": head_of(incident),
        "audience": {**counted(counts), "sample": _sample(missing)},
        "button": f"Send to {whom(counts)}",
        "text": text,
        "upcoming": upcoming,
        "send_reason": reason_against(Act.SEND_UPDATE, against, by),
    }


def _sample(several: Sequence[QuerySet[Contact]]) -> list[dict[str, str]]:
    found: dict[int, Contact] = {}
    for contacts in several:
        first = contacts.select_related("customer").order_by("customer__name", "name", "pk")[:SAMPLE]
        found = {contact.pk: contact for contact in first} | found
    return lines(sorted(found.values(), key=lambda one: (one.customer.name, one.name, one.pk))[:SAMPLE])
