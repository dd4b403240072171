"""Refusals that an operator reads. Each text names the state and the remedy."""

from __future__ import annotations

from collections.abc import Mapping


class Refusal(Exception):
    """The act was refused and nothing was changed. `str()` is fit to be shown."""


class NotAllowed(Refusal):
    """The actor's groups do not permit the act; the text names the groups that do."""


class WrongState(Refusal):
    """The act does not fit the present state; the text names the state and what to do first."""


class InvalidInput(Refusal):
    """What was given is not usable. `errors` maps a field's name ("" for the whole) to its text."""

    def __init__(self, errors: Mapping[str, str] | str) -> None:
        self.errors: dict[str, str] = {"": errors} if isinstance(errors, str) else dict(errors)
        super().__init__(" ".join(self.errors.values()))


def status_of(refusal: Refusal | None, otherwise: int = 200) -> int:
    """The HTTP status of a page: 403 for a group that may not, 409 for what does not fit now; `otherwise` unrefused."""
    if refusal is None:
        return otherwise
    return 403 if isinstance(refusal, NotAllowed) else 409
