"""The lists of rows behind the figures: the same conditions, one row to a line."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone

from crisisdesk.core.numbers import whole_number
from incidents.models import Incident, NoticedBy, Outcome, Promise, Severity
from postmortems.metrics import AGE_WORDS, AGES, aged, open_actions, standing, told
from postmortems.models import Action, Postmortem
from postmortems.prefill import span
from postmortems.selection import Selection
from postmortems.timeline import promise_text

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


def outages(selection: Selection, params: Params) -> Listing:
    """Outages, of a severity, a month or a cause if asked for."""
    rows, words = selection.incidents().order_by("-started_at", "-pk"), ["Outages"]
    if params.get("severity") in Severity.values:
        rows, words = rows.filter(severity=params["severity"]), [*words, params["severity"]]
    if month := _month(params.get("month", "")):
        after = date(month.year + month.month // 12, month.month % 12 + 1, 1)
        rows = rows.filter(started_at__gte=_midnight(month), started_at__lt=_midnight(after))
        words.append(f"{month:%B %Y}")
    if (cause := whole_number(params.get("cause", ""))) is not None:
        rows = rows.filter(postmortem__cause=cause)
    elif params.get("cause") == "none":
        rows, words = rows.filter(postmortem__isnull=False, postmortem__cause=None), [*words, "cause not named yet"]
    return Listing(", ".join(words), ("Outage", "Severity", "Began", "Lasted"), rows, _outage)


def noticed(selection: Selection, params: Params) -> Listing:
    """Outages by who noticed first."""
    rows = selection.incidents().order_by("-started_at", "-pk")
    title = "Who noticed first"
    if params.get("by") in NoticedBy.values:
        rows = rows.filter(noticed_by=params["by"])
        title = f"Noticed first by {NoticedBy(params['by']).label.lower()}"

    def cells(row: Incident) -> list[Cell]:
        took = span((row.detected_at - row.started_at).total_seconds())
        return [_link(row), Cell(row.severity), _day(row.started_at), Cell(row.get_noticed_by_display()), Cell(took)]

    return Listing(title, ("Outage", "Severity", "Began", "Noticed by", "After"), rows, cells)


def first_message(selection: Selection, _params: Params) -> Listing:
    """Outages that customers were told of, the slowest first word on top."""

    def cells(row: Any) -> list[Cell]:
        waited = span(row.wait.total_seconds())
        return [_link(row), Cell(row.severity), _day(row.started_at), Cell(waited)]

    columns = ("Outage", "Severity", "Began", "From detection to the first message")
    return Listing("Time to the first message", columns, told(selection).order_by("-wait", "-pk"), cells)


def promises(selection: Selection, params: Params) -> Listing:
    """Settled promises, kept or missed."""
    outcome = params.get("outcome")
    wanted = [outcome] if outcome in (Outcome.KEPT, Outcome.MISSED) else [Outcome.KEPT, Outcome.MISSED]
    rows = Promise.objects.filter(selection.about("incident__"), outcome__in=wanted)

    def cells(row: Promise) -> list[Cell]:
        tone = "late" if row.outcome == Outcome.MISSED else "done"
        due = Cell(f"{row.due_at:%-d %B %Y, %H:%M} UTC")
        return [_link(row.incident), due, Cell(row.get_outcome_display(), tone=tone), Cell(promise_text(row))]

    title = f"Promised updates, {outcome}" if len(wanted) == 1 else "Promised updates"
    columns = ("Outage", "Promised for", "Outcome", "What happened")
    return Listing(title, columns, rows.select_related("incident").order_by("-due_at", "-pk"), cells)


def postmortems(selection: Selection, params: Params) -> Listing:
    """Post-mortems: on time, late, or not due yet."""
    rows, title = Postmortem.objects.filter(selection.about("incident__")), "Post-mortems"
    names = {"on-time": "on time", "late": "late", "pending": "not due yet"}
    if (name := params.get("standing", "")) in names:
        rows, title = rows.filter(standing(name, selection.today)), f"Post-mortems, {names[name]}"

    def cells(row: Postmortem) -> list[Cell]:
        done = _day(row.approved_at) if row.approved_at else Cell("not yet")
        if row.is_overdue(selection.today):
            done = Cell("overdue", tone="late")
        lead = Cell(str(row.lead or "nobody"))
        return [_link(row.incident), lead, Cell(f"{row.due_on:%-d %B %Y}"), done, Cell(row.get_state_display())]

    columns = ("Outage", "Led by", "Due", "Approved", "State")
    return Listing(title, columns, rows.select_related("incident", "lead").order_by("-due_on", "-pk"), cells)


def actions(selection: Selection, params: Params) -> Listing:
    """Open actions, the oldest promise on top."""
    rows, title = open_actions(selection), "Open actions"
    if (age := params.get("age", "")) in AGES:
        rows, title = rows.filter(aged(age, selection.until)), f"Open actions, promised {AGE_WORDS[age]} ago"
    elif params.get("overdue") == "yes":
        rows, title = rows.filter(Q(due_on__lt=selection.today)), "Open actions after their day"

    def cells(row: Action) -> list[Cell]:
        tone = "late" if row.is_overdue(selection.today) else ""
        due = Cell(f"{row.due_on:%-d %B %Y}", tone=tone)
        title = Cell(row.title, f"{_incident_url(row.postmortem.incident_id)}#actions")
        return [title, _link(row.postmortem.incident), Cell(str(row.owner)), _day(row.created_at), due]

    columns = ("Action", "After", "Owner", "Promised on", "Due")
    rows = rows.select_related("postmortem__incident", "owner").order_by("created_at", "pk")
    return Listing(title, columns, rows, cells)


LISTINGS: Mapping[str, Callable[[Selection, Params], Listing]] = {
    "outages": outages,
    "noticed": noticed,
    "first-message": first_message,
    "promises": promises,
    "postmortems": postmortems,
    "actions": actions,
}


def _outage(row: Incident) -> list[Cell]:
    lasted = span((row.resolved_at - row.started_at).total_seconds()) if row.resolved_at else "still open"
    return [_link(row), Cell(row.severity), _day(row.started_at), Cell(lasted)]


def _link(incident: Incident) -> Cell:
    return Cell(str(incident), _incident_url(incident.pk))


def _incident_url(pk: int) -> str:
    return reverse("review:incident", args=[pk])


def _day(moment: datetime) -> Cell:
    return Cell(f"{moment:%-d %B %Y, %H:%M} UTC")


def _month(text: str) -> date | None:
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError:
        return None


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime(day.year, day.month, day.day), timezone.get_default_timezone())  # noqa: DTZ001
