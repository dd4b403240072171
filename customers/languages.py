"""Languages customers are written to. Functions, so that a change of settings asks for no migration."""

from __future__ import annotations

from django.conf import settings


def language_choices() -> list[tuple[str, str]]:
    """The languages of `settings.LANGUAGES`, as choices of a field."""
    return [(str(code), str(name)) for code, name in settings.LANGUAGES]


def default_language() -> str:
    """The language of a customer or contact of whom nothing else is known."""
    return settings.LANGUAGE_CODE


def language_name(code: str) -> str:
    """A language by its own name, such as "Deutsch"; the code when it is not (any more) one of the settings'."""
    return dict(language_choices()).get(code, code)
