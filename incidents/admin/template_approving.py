"""Approval after looking: what changed since the words approved last; a press approves exactly what was shown."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from crisisdesk.core import clock
from crisisdesk.core.access import Act
from crisisdesk.core.console import actor_of
from crisisdesk.core.numbers import whole_number
from crisisdesk.core.refusals import Refusal
from incidents.admin.template_compared import NAMED, changes, uses
from incidents.models import Template
from incidents.room.pages import page, seen_by
from incidents.room.verbs import reason_against
from incidents.templates import approve, text_mark

MOST = 60


@require_http_methods(["GET", "HEAD", "POST"])
@seen_by(Act.VIEW_SETTINGS)
def template_approving(request: HttpRequest) -> HttpResponseBase:
    """The templates that wait for approval, or those named by `?pk=`; POST approves the ticked ones as they were shown.

    Two queries. A text that was changed since the page was opened is not approved, and shown again.
    """
    by, now = actor_of(request), clock.now()
    if request.method == "POST":
        shown = {
            whole_number(pk) or 0: mark for pk, _, mark in (one.partition(":") for one in request.POST.getlist("is"))
        }
        done = 0
        for template in Template.objects.filter(pk__in=shown).order_by("pk"):
            try:
                approve(template, by=by, now=now, seen=shown[template.pk])
            except Refusal as refusal:
                messages.error(request, str(refusal))
            else:
                done += 1
        if done:
            messages.success(
                request, f"{done} {'template is' if done == 1 else 'templates are'} approved and can be sent."
            )
        elif not shown:
            messages.warning(request, "Nothing was ticked, so nothing was approved.")
        return redirect("admin:template_approving")
    context = {"templates": _waiting(request), "reason": reason_against(Act.APPROVE_TEMPLATE, "", by)}
    return page(request, "admin/incidents/template/approving.html", context, title="Look and approve")


def _waiting(request: HttpRequest) -> list[dict[str, Any]]:
    asked = [number for pk in request.GET.getlist("pk") if (number := whole_number(pk))]
    waiting = Template.objects.filter(is_active=True, approved_at=None).select_related(*NAMED).order_by("kind", "name")
    rows = list((waiting.filter(pk__in=asked) if asked else waiting)[:MOST])
    approved: dict[int, Any] = {}
    versions = Template.history.filter(id__in=[row.pk for row in rows]).exclude(approved_at=None).select_related(*NAMED)
    for version in versions.order_by("history_date", "history_id"):
        approved[version.id] = version
    return [{**_line(row, approved.get(row.pk)), "ticked": row.pk in asked} for row in rows]


def _line(template: Template, before: Any) -> dict[str, Any]:
    return {
        "name": template.name,
        "url": reverse("admin:incidents_template_change", args=[template.pk]),
        "is": f"{template.pk}:{text_mark(template)}",
        "before": before,
        "guidance": template.guidance,
        "uses": uses(template, before),
        "changes": changes(template, before),
    }
