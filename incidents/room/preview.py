"""The e-mail as a reader sees it: a document of its own, framed and sandboxed, with a policy of its own."""

from __future__ import annotations

from csp.constants import NONE, SELF, UNSAFE_INLINE
from csp.decorators import csp_replace
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

from crisisdesk.core import clock
from crisisdesk.core.access import Act
from crisisdesk.core.console import actor_of
from incidents.drafts import open_draft
from incidents.room.compose_facts import preview, sampled
from incidents.room.finding import the_incident
from incidents.room.pages import seen_by

# Mail carries its style inside. Nothing runs, nothing is fetched, and only our own page may frame it.
POLICY = {
    "default-src": [NONE],
    "style-src": [UNSAFE_INLINE],
    "img-src": ["data:"],
    "form-action": [NONE],
    "base-uri": [NONE],
    "frame-ancestors": [SELF],
    "frame-src": [NONE],
    "sandbox": [True],
}


@csp_replace(POLICY)  # type: ignore[arg-type, unused-ignore]  # typed for views without arguments only
@require_safe
@xframe_options_sameorigin
@seen_by(Act.VIEW_DELIVERIES)
def compose_preview(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The open draft of an incident as HTML."""
    incident = the_incident(pk, actor_of(request))
    draft = open_draft(incident)
    if draft is None:
        return HttpResponse("<!DOCTYPE html><title>No draft</title><p>There is no draft.</p>")
    return HttpResponse(sampled(preview(incident, draft, clock.now()).html))
