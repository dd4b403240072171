"""What stands beside the editor of a template."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from crisisdesk.core.actors import Actor
from customers.languages import language_choices, language_name
from incidents.knowing import known_to
from incidents.models import Incident, Template
from incidents.templates import VARIABLES

RECENT = 10


def editor_facts(object_id: str | None, by: Actor) -> dict[str, Any]:
    """The context of admin/incidents/template/change_form.html, beside Django's own (four queries at most)."""
    template = Template.objects.filter(pk=object_id).first() if object_id and object_id.isdecimal() else None
    recent = Incident.objects.filter(known_to(by)).order_by("-id").only("pk", "title")[:RECENT]
    return {
        "variables": VARIABLES,
        "preview_url": reverse("admin:template_preview"),
        "versions_url": reverse("admin:template_versions", args=[template.pk]) if template else "",
        "incidents": [{"pk": incident.pk, "label": str(incident)} for incident in recent],
        "family": _family(template) if template else [],
    }


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
