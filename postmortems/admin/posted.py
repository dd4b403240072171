"""What was sent to the page of a post-mortem and refused."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.http import QueryDict

from crisisdesk.core.refusals import InvalidInput, Refusal
from postmortems.admin import forms


@dataclass(frozen=True, slots=True)
class Posted:
    """What was sent and refused: shown again, so that nothing typed is lost."""

    verb: str = ""
    data: QueryDict = field(default_factory=QueryDict)
    refusal: Refusal | None = None

    def form(self, verb: str, form: type[forms.DeskForm], **more: Any) -> Any:
        """The form of a verb: as it was typed when this verb was refused, else as it begins."""
        if verb != self.verb:
            return form(**more)
        more.pop("initial", None)
        bound = form(self.data, **more)
        if bound.is_valid() and isinstance(self.refusal, InvalidInput):
            for name, text in self.refusal.errors.items():
                if name in bound.fields:
                    bound.add_error(name, text)
        return bound
