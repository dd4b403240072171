"""A form's field for what becomes a heading: a browser sends one line, a forged request may send several."""

from __future__ import annotations

import sys
from typing import Any

from django import forms

from incidents.plain import one_line


class OneLineField(forms.CharField):
    """Text in one line: line ends and runs of blanks become one blank, before the length is checked."""

    def to_python(self, value: Any) -> str:
        """The text in one line; never cut."""
        return one_line(super().to_python(value) or "", sys.maxsize)
