"""Two versions of a template side by side, or one alone: its words, and what they are for."""

from __future__ import annotations

from typing import Any

from incidents.plain import word_changes

# Rows that a template's use is told with: `select_related(*NAMED)`.
NAMED = ("incident_type", "translation_of")


def changes(template: Any, before: Any) -> list[dict[str, Any]]:
    """Heading and text of a template or a version of one, word by word: [{label, parts}]; all new without `before`."""
    return [
        {"label": label, "parts": word_changes(getattr(before, name) if before else "", getattr(template, name))}
        for name, label in (("subject", "Heading"), ("body", "Text"))
    ]


def uses(template: Any, before: Any) -> list[dict[str, Any]]:
    """What the words may be used for, which is approved with them: [{label, value, was}]; `was` when it changed."""
    then = dict(_said_of(before)) if before else {}
    return [
        {"label": label, "value": value, "was": (then[label] or "nothing") if then.get(label, value) != value else ""}
        for label, value in _said_of(template)
        if value or then.get(label)
    ]


def _said_of(template: Any) -> list[tuple[str, str]]:
    """In words, of a template or a version of one."""
    status = template.get_status_display() if template.status else "any"
    return [
        ("Message", template.get_kind_display()),
        ("Language", template.get_language_display()),
        ("Incident status", status),
        ("Incident type", str(template.incident_type or "every type")),
        ("About", "maintenance" if template.is_maintenance else "a problem"),
        ("Translates", str(template.translation_of or "")),
    ]
