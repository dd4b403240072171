"""Misconfiguration that would spoil due days, said at the start."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register

from postmortems import printing
from postmortems.business_days import calendar, own_days


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
def check_own_days(**_: Any) -> list[CheckMessage]:
    """Every entry of HOLIDAY_OWN_DAYS is a day."""
    try:
        own_days(settings.HOLIDAY_OWN_DAYS)
    except ValueError as error:
        hint = "HOLIDAY_OWN_DAYS takes days such as 2026-12-28 or, every year, 12-24, separated by commas."
        return [Error(str(error), hint=hint, id="postmortems.E004")]
    return []


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


@register("postmortems")
def check_printing(**_: Any) -> list[CheckMessage]:
    """Without Pango nobody can be handed a PDF; everything else works."""
    problem = printing.missing()
    return [Warning(problem, hint=printing.HINT, id="postmortems.W001")] if problem else []


@register("postmortems")
def check_packs(**_: Any) -> list[CheckMessage]:
    """Days of a quarter are counted from 1, sizes are above nothing."""
    days_fit = all(1 <= day <= 90 for day in settings.REVIEW_PACK_DAYS)
    if days_fit and settings.REVIEW_PACK_ATTACH_MB >= 0 and settings.ATTACHMENT_MAX_MB > 0:
        return []
    return [
        Error(
            "REVIEW_PACK_DAYS, REVIEW_PACK_ATTACH_MB or ATTACHMENT_MAX_MB makes no sense.",
            hint="REVIEW_PACK_DAYS takes days of a quarter, 1 to 90, separated by commas; the others are megabytes.",
            id="postmortems.E003",
        )
    ]
