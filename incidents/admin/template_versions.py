"""The versions of a template side by side: what was approved, by whom, and what changed between two of them."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponseBase
from django.urls import reverse
from django.views.decorators.http import require_safe

from crisisdesk.core.access import Act
from crisisdesk.core.numbers import whole_number
from incidents.admin.template_compared import NAMED, changes, uses
from incidents.models import Template
from incidents.room.pages import page, seen_by
from incidents.templates import text_mark

MOST = 50


@require_safe
@seen_by(Act.VIEW_SETTINGS)
def template_versions(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The newest fifty versions, and the difference of two: by default the newest and the one approved before it."""
    template = Template.objects.filter(pk=pk).first()
    if template is None:
        raise Http404("No such template.")
    versions = list(template.history.select_related(*NAMED).order_by("-history_date", "-history_id")[:MOST])
    if not versions:
        # Of the starter set and never saved since: what stands there is the only version.
        context = {**_links(template), "versions": [], "changes": []}
        return page(request, "admin/incidents/template/versions.html", context, title=f"Versions of {template}")
    by_id = {version.history_id: version for version in versions}
    new = by_id.get(whole_number(request.GET.get("new", "")) or 0) or versions[0]
    old = by_id.get(whole_number(request.GET.get("old", "")) or 0) or _before(versions, new)
    context = {
        **_links(template),
        "versions": [_line(version, versions, old, new) for version in versions],
        "uses": uses(new, old),
        "changes": changes(new, old),
        "old": old,
        "new": new,
    }
    return page(request, "admin/incidents/template/versions.html", context, title=f"Versions of {template}")


def _links(template: Template) -> dict[str, Any]:
    approving = f"{reverse('admin:template_approving')}?pk={template.pk}"
    return {
        "template": template,
        "template_url": reverse("admin:incidents_template_change", args=[template.pk]),
        "approving_url": approving if template.approved_at is None and template.is_active else "",
    }


def _before(versions: list[Any], new: Any) -> Any:
    """The version to compare with: the last approved one before, else the one just before, else itself."""
    older = [version for version in versions if version.history_id < new.history_id]
    differing = [version for version in older if text_mark(version) != text_mark(new)]
    approved = [version for version in differing if version.approved_at is not None]
    return next(iter([*approved, *differing, *older]), new)


def _line(version: Any, versions: list[Any], old: Any, new: Any) -> dict[str, Any]:
    approved = f"approved by {version.approved_by_name}" if version.approved_at else "not approved"
    return {
        "id": version.history_id,
        "at": version.history_date,
        "by": version.history_actor or version.history_user or "–",
        "approval": approved,
        "is_old": version == old,
        "is_new": version == new,
    }
