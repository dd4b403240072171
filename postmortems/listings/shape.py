"""What a list is made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse

from incidents.models import Incident

Params = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Cell:
    """What stands in one column of a row."""

    text: str
    url: str = ""
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Listing:
    """A list: its heading, its columns, the rows as a queryset, and how a row becomes cells."""

    title: str
    columns: tuple[str, ...]
    rows: QuerySet[Any]
    cells: Callable[[Any], list[Cell]]


def link_to(incident: Incident) -> Cell:
    """The outage, leading to its page."""
    return Cell(str(incident), incident_url(incident.pk))


def incident_url(pk: int) -> str:
    """The page of an outage."""
    return reverse("review:incident", args=[pk])


def review_url(pk: int) -> str:
    """The page of a review of a cause."""
    return reverse("review:review", args=[pk])


def day_of(moment: datetime) -> Cell:
    """A moment as a cell, in UTC."""
    return Cell(f"{moment:%-d %B %Y, %H:%M} UTC")
