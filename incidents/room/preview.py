"""The message being written as readers get it: a document of its own, framed and sandboxed, of the words as typed."""

from __future__ import annotations

from copy import copy
from datetime import datetime

from csp.decorators import csp_replace
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_http_methods

from crisisdesk.core import clock
from crisisdesk.core.access import Act
from crisisdesk.core.console import actor_of
from customers.languages import language_choices
from incidents.drafts import open_draft
from incidents.models import Draft, Incident
from incidents.room.as_read import POLICY, WAYS, Eyes, draft_as_read, note
from incidents.room.compose_form import ComposeForm
from incidents.room.finding import the_incident
from incidents.room.pages import seen_by

UNREADABLE = "Mend the fields that are marked, then it is shown here."


@csp_replace(POLICY)  # type: ignore[arg-type, unused-ignore]  # typed for views without arguments only
@require_http_methods(["GET", "HEAD", "POST"])
@xframe_options_sameorigin
@seen_by(Act.VIEW_DELIVERIES)
def compose_preview(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The draft that was kept; of a POST the words that were posted. Nothing is saved."""
    incident, now = the_incident(pk, actor_of(request)), clock.now()
    draft = open_draft(incident)
    if draft is None:
        return HttpResponse(note("There is no draft: it was sent or thrown away.", "en"))
    given = request.POST if request.method == "POST" else request.GET
    way = given["way"] if given.get("way") in WAYS else "html"
    languages = [code for code, _ in language_choices()]
    language = given["read_in"] if given.get("read_in") in languages else draft.language
    if request.method == "POST":
        typed = as_typed(request, draft, incident, now)
        if typed is None:
            return HttpResponse(note(UNREADABLE, "en"))
        draft = typed
    before = list(incident.updates.select_related("template").order_by("-number")) if way == "page" else []
    return HttpResponse(draft_as_read(draft, incident, Eyes.sample(incident, language), way, now, before))


def as_typed(request: HttpRequest, draft: Draft, incident: Incident, now: datetime) -> Draft | None:
    """The draft with the posted words in place of those that were kept, unsaved; None when a field can't be read."""
    form = ComposeForm(request.POST, draft=draft, incident=incident, key="")
    if not form.is_valid():
        return None
    typed = copy(draft)
    for name, value in form.draft_fields(now).items():
        setattr(typed, name, value)
    return typed
