"""Misconfiguration that would spoil due days, said at the start."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from postmortems.business_days import calendar


@register("postmortems")
def check_holiday_countries(**_: Any) -> list[CheckMessage]:
    """Every code of HOLIDAY_COUNTRIES has a calendar."""
    problems: list[CheckMessage] = []
    for code in settings.HOLIDAY_COUNTRIES:
        try:
            calendar(code)
        except ValueError as error:
            problems.append(
                Error(
                    str(error),
                    hint="HOLIDAY_COUNTRIES takes ISO 3166 codes such as US, DE or DE-BY, separated by commas.",
                    id="postmortems.E001",
                )
            )
    return problems


@register("postmortems")
def check_business_days(**_: Any) -> list[CheckMessage]:
    """A post-mortem is due after one business day at the soonest."""
    if settings.POSTMORTEM_BUSINESS_DAYS >= 1 and settings.REPEAT_WINDOW_DAYS >= 1:
        return []
    return [
        Error(
            "POSTMORTEM_BUSINESS_DAYS and REPEAT_WINDOW_DAYS must be 1 or more.",
            hint="They count whole days.",
            id="postmortems.E002",
        )
    ]
