"""Words that went out in an emergency without approval: the list, and one with what was sent beside its template."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from crisisdesk.core import clock
from crisisdesk.core.access import Act
from crisisdesk.core.console import actor_of
from crisisdesk.core.refusals import Refusal
from incidents.emergencies import review
from incidents.knowing import known_to
from incidents.models import EmergencyUse
from incidents.plain import word_changes
from incidents.room.head import head_of
from incidents.room.pages import page, seen_by, status_of
from incidents.room.verbs import reason_against
from incidents.templates import fill

SHOWN = 50


@require_safe
@seen_by(Act.VIEW_SETTINGS)
def emergency_uses(request: HttpRequest) -> HttpResponseBase:
    """What nobody looked at yet first, then the newest."""
    rows = EmergencyUse.objects.select_related("template", "update__incident")
    rows = rows.filter(known_to(actor_of(request), "update__incident__"))
    waiting = list(rows.filter(reviewed_at=None).order_by("used_at")[:SHOWN])
    reviewed = list(rows.exclude(reviewed_at=None).order_by("-used_at")[:SHOWN])
    context = {"waiting": waiting, "reviewed": reviewed}
    return page(request, "admin/incidents/template/emergencies.html", context, title="Words used in an emergency")


@require_http_methods(["GET", "HEAD", "POST"])
@seen_by(Act.VIEW_SETTINGS)
def emergency_use(request: HttpRequest, pk: int) -> HttpResponseBase:
    """One of them; POST says what communications think of it."""
    rows = EmergencyUse.objects.select_related("template", "update__incident", "update__template")
    use = rows.filter(known_to(actor_of(request), "update__incident__"), pk=pk).first()
    if use is None:
        raise Http404("No such use.")
    by, refusal = actor_of(request), None
    verdict = request.POST.get("verdict", "")[:5000]
    if request.method == "POST":
        try:
            review(use, verdict=verdict, by=by, now=clock.now())
        except Refusal as error:
            refusal = error
        else:
            messages.success(request, "Noted. It stands in the timeline of the incident.")
            return redirect("admin:emergency_uses")
    context = {**_facts(use), "refusal": refusal, "verdict": verdict}
    context["reason_against"] = reason_against(Act.APPROVE_TEMPLATE, "", by)
    title = f"Emergency use of {use.template}"
    template = "admin/incidents/template/emergency.html"
    return page(request, template, context, title=title, status=status_of(refusal))


def _facts(use: EmergencyUse) -> dict[str, Any]:
    update = use.update
    filled = fill(use.template, update.incident)
    return {
        "use": use,
        "incident": head_of(update.incident),
        "changes": [
            {"label": "Heading", "parts": word_changes(filled.subject, update.subject)},
            {"label": "Text", "parts": word_changes(filled.body, update.body)},
        ],
        "template_url": reverse("admin:incidents_template_change", args=[use.template_id]),
        "list_url": reverse("admin:emergency_uses"),
    }
