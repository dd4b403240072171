"""Saving a search or a list under a name, and forgetting it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from crisisdesk.core import clock, saved_links
from crisisdesk.core.access import Act, Group
from crisisdesk.core.actors import Actor
from crisisdesk.core.console import actor_of
from crisisdesk.core.refusals import InvalidInput, Refusal, status_of
from incidents.room.pages import page, seen_by


def saved(by: Actor) -> list[dict[str, Any]]:
    """What parts/saved_links.html shows."""
    return [
        {
            "name": row.name,
            "path": row.path,
            "shared": f"shared with {row.group}" if row.owner_id == by.person_id else f"by {row.owner}",
            "is_shared": bool(row.group),
            "remove_url": reverse("admin:saved_link_remove", args=[row.pk]) if row.owner_id == by.person_id else "",
        }
        for row in saved_links.links_of(by)
    ]


@require_http_methods(["GET", "HEAD", "POST"])
@seen_by(Act.VIEW_CONSOLE)
def save_link(request: HttpRequest) -> HttpResponseBase:
    """GET asks for a name, POST saves and goes back to the page that was saved."""
    by = actor_of(request)
    given = request.POST if request.method == "POST" else request.GET
    path, name, group = (given.get(field, "") for field in ("path", "name", "group"))
    refusal = ""
    status = 200
    try:
        path = saved_links.internal(path)
        if request.method == "POST":
            row = saved_links.save(name=name, path=path, group=group, by=by, now=clock.now())
            messages.success(request, f"Saved as “{row.name}”. You find it on the command centre and the search page.")
            return redirect(row.path)
    except Refusal as error:
        refusal, status = str(error), 422 if isinstance(error, InvalidInput) else status_of(error)
    context = {
        "path": path,
        "name": name,
        "group": group,
        "groups": [one.value for one in Group if one in by.groups],
        "refusal": refusal,
    }
    return page(request, "admin/incidents/save_link.html", context, title="Save this page", status=status)


@require_POST
@seen_by(Act.VIEW_CONSOLE)
def remove_link(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Forget it."""
    by = actor_of(request)
    row = get_object_or_404(saved_links.links_of(by), pk=pk)
    try:
        saved_links.remove(row, by=by, now=clock.now())
    except Refusal as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"“{row.name}” is gone.")
    return redirect("admin:search")
