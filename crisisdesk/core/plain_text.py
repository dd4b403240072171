"""Plain text from templates: nothing in it is HTML, so nothing is escaped."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.template import Context, engines


def render_text(name: str, context: Mapping[str, Any]) -> str:
    """The text of a template, without blank space around it."""
    template = engines["django"].get_template(name).template  # type: ignore[attr-defined]
    text: str = template.render(Context(dict(context), autoescape=False))
    return text.strip()
