"""Lists of outages, of promises made in them and of what customers said of them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import MAXYEAR, MINYEAR, date, datetime
from typing import Any

from django.utils import timezone

from crisisdesk.core.numbers import whole_number
from incidents.models import Answer, Incident, Informed, NoticedBy, Outcome, Promise, Severity
from postmortems.charts import GRAVE
from postmortems.durations import STEPS, took
from postmortems.listings.shape import Cell, Listing, Params, day_of, link_to
from postmortems.prefill import span
from postmortems.selection import Selection
from postmortems.timeline import promise_text

COLUMNS = ("Outage", "Severity", "Began", "Lasted")


def outages(selection: Selection, params: Params) -> Listing:
    """Outages, of a severity, a month or a cause if asked for."""
    rows, words = selection.incidents().order_by("-started_at", "-pk"), ["Outages"]
    if params.get("severity") in Severity.values:
        rows, words = rows.filter(severity=params["severity"]), [*words, params["severity"]]
    elif params.get("severity") == "grave":
        rows, words = rows.filter(severity__in=GRAVE), [*words, "SEV1 and SEV2"]
    if month := _month(params.get("month", "")):
        after = date(month.year + month.month // 12, month.month % 12 + 1, 1)
        rows = rows.filter(started_at__gte=_midnight(month), started_at__lt=_midnight(after))
        words.append(f"{month:%B %Y}")
    if (cause := whole_number(params.get("cause", ""))) is not None:
        rows = rows.filter(postmortem__cause=cause)
    elif params.get("cause") == "none":
        rows, words = rows.filter(postmortem__isnull=False, postmortem__cause=None), [*words, "cause not named yet"]
    return Listing(", ".join(words), COLUMNS, rows, cells_of)


def noticed(selection: Selection, params: Params) -> Listing:
    """Outages by who noticed first."""
    rows = selection.incidents().order_by("-started_at", "-pk")
    title = "Who noticed first"
    if params.get("by") in NoticedBy.values:
        rows = rows.filter(noticed_by=params["by"])
        title = f"Noticed first by {NoticedBy(params['by']).label.lower()}"

    def cells(row: Incident) -> list[Cell]:
        after = span((row.detected_at - row.started_at).total_seconds())
        return [
            link_to(row),
            Cell(row.severity),
            day_of(row.started_at),
            Cell(row.get_noticed_by_display()),
            Cell(after),
        ]

    return Listing(title, ("Outage", "Severity", "Began", "Noticed by", "After"), rows, cells)


def step(name: str) -> Callable[[Selection, Params], Listing]:
    """The maker of the list of outages by how long one step took, the slowest on top."""

    def made(selection: Selection, _params: Params) -> Listing:
        title = STEPS[name].label.replace("Median time", "Time")
        columns = ("Outage", "Severity", "Began", STEPS[name].words)
        return Listing(title, columns, took(selection, name).order_by("-wait", "-pk"), _waited)

    return made


def promises(selection: Selection, params: Params) -> Listing:
    """Settled promises, kept or missed."""
    outcome = params.get("outcome")
    wanted = [outcome] if outcome in (Outcome.KEPT, Outcome.MISSED) else [Outcome.KEPT, Outcome.MISSED]
    rows = Promise.objects.filter(selection.about("incident__"), outcome__in=wanted)

    def cells(row: Promise) -> list[Cell]:
        tone = "late" if row.outcome == Outcome.MISSED else "done"
        due = Cell(f"{row.due_at:%-d %B %Y, %H:%M} UTC")
        return [link_to(row.incident), due, Cell(row.get_outcome_display(), tone=tone), Cell(promise_text(row))]

    title = f"Promised updates, {outcome}" if len(wanted) == 1 else "Promised updates"
    columns = ("Outage", "Promised for", "Outcome", "What happened")
    return Listing(title, columns, rows.select_related("incident").order_by("-due_at", "-pk"), cells)


def answers(selection: Selection, params: Params) -> Listing:
    """What customers' contacts said of how they were kept informed."""
    rows, title = Answer.objects.filter(selection.about("incident__")), "Did we keep you well informed?"
    if params.get("informed") in Informed.values:
        rows, title = rows.filter(informed=params["informed"]), f"{title} {Informed(params['informed']).label.title()}"
    if (incident := whole_number(params.get("incident", ""))) is not None:
        rows = rows.filter(incident=incident)

    def cells(row: Answer) -> list[Cell]:
        tone = {Informed.YES: "done", Informed.NO: "late"}.get(Informed(row.informed), "")
        who = f"{row.contact.name}, {row.contact.customer.name}"
        answer = Cell(row.get_informed_display(), tone=tone)
        return [link_to(row.incident), Cell(who), answer, Cell(row.comment), day_of(row.at)]

    columns = ("Outage", "Who", "Answer", "Comment", "When")
    rows = rows.select_related("incident", "contact__customer").order_by("-at", "-pk")
    return Listing(title, columns, rows, cells)


def cells_of(row: Incident) -> list[Cell]:
    """An outage as a line under `COLUMNS`."""
    lasted = span((row.resolved_at - row.started_at).total_seconds()) if row.resolved_at else "still open"
    return [link_to(row), Cell(row.severity), day_of(row.started_at), Cell(lasted)]


def _waited(row: Any) -> list[Cell]:
    return [link_to(row), Cell(row.severity), day_of(row.started_at), Cell(span(row.wait.total_seconds()))]


def _month(text: str) -> date | None:
    try:
        month = date.fromisoformat(f"{text}-01")
    except ValueError:
        return None
    # The first and the last year have no moment before or after them.
    return month if MINYEAR < month.year < MAXYEAR else None


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime(day.year, day.month, day.day), timezone.get_default_timezone())  # noqa: DTZ001
