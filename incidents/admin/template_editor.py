"""What stands beside the editor of a template."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST

from crisisdesk.core.access import Act
from crisisdesk.core.actors import Actor
from crisisdesk.core.refusals import InvalidInput
from customers.languages import language_choices, language_name
from incidents.knowing import known_to
from incidents.lint import Prepared, findings_of_template
from incidents.models import Incident, Template
from incidents.room.pages import seen_by
from incidents.templates import SAMPLE_VALUES, VARIABLES, substitute

RECENT = 10


def editor_facts(object_id: str | None, by: Actor) -> dict[str, Any]:
    """The context of admin/incidents/template/change_form.html, beside Django's own (four queries at most)."""
    template = Template.objects.filter(pk=object_id).first() if object_id and object_id.isdecimal() else None
    recent = Incident.objects.filter(known_to(by)).order_by("-id").only("pk", "title")[:RECENT]
    return {
        "variables": VARIABLES,
        "preview_url": reverse("admin:template_preview"),
        "approving_url": f"{reverse('admin:template_approving')}?pk={template.pk}"
        if template and template.approved_at is None and template.is_active
        else "",
        "lint_url": reverse("admin:template_lint"),
        "lint": lint_of(template) if template else [],
        "versions_url": reverse("admin:template_versions", args=[template.pk]) if template else "",
        "incidents": [{"pk": incident.pk, "label": str(incident)} for incident in recent],
        "family": _family(template) if template else [],
    }


@require_POST
@seen_by(Act.VIEW_SETTINGS)
def template_lint(request: HttpRequest) -> HttpResponseBase:
    """What to look at in the words in the editor; nothing is saved."""
    given = {name: request.POST.get(name, "")[:20_000] for name in ("kind", "subject", "body", "guidance")}
    return render(request, "admin/incidents/template/lint.html", {"lint": lint_of(Template(**given))})


def lint_of(template: Template) -> list[dict[str, str]]:
    """The findings for the page: [{level: missing|warning|fine, text}]."""
    levels = {"error": "missing", "warning": "warning"}
    words = Prepared(template.kind, template.subject, template.body, template.guidance)
    shown = [{"level": levels[found.level], "text": found.text} for found in findings_of_template(words)]
    for text in (template.subject, template.body):
        try:
            substitute(text, SAMPLE_VALUES)
        except InvalidInput as refusal:
            shown.insert(0, {"level": "missing", "text": str(refusal)})
    return shown or [{"level": "fine", "text": "It can be sent as it stands."}]


def _family(template: Template) -> list[dict[str, str]]:
    """The same words in every language: [{language, state, url}]; "" as state where they are missing."""
    original = template.translation_of or template
    rows = {row.language: row for row in [original, *original.translations.order_by("language")]}
    lines = []
    for code, name in language_choices():
        row = rows.pop(code, None)
        asked = urlencode({"translation_of": original.pk, "language": code, "kind": original.kind})
        add = f"{reverse('admin:incidents_template_add')}?{asked}"
        url = reverse("admin:incidents_template_change", args=[row.pk]) if row else add
        state = "missing" if row is None else "approved" if row.is_approved else "not approved"
        lines.append({"language": name, "state": state, "url": url, "here": row == template})
    lines += [{"language": language_name(code), "state": "not used", "url": "", "here": False} for code in rows]
    return lines
