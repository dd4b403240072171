"""Lists of post-mortems and of the actions promised in them."""

from __future__ import annotations

from django.db.models import Q

from crisisdesk.core.numbers import whole_number
from postmortems.listings.shape import Cell, Listing, Params, day_of, incident_url, link_to
from postmortems.metrics import AGE_WORDS, AGES, aged, open_actions, standing
from postmortems.models import Action, Postmortem
from postmortems.selection import Selection


def postmortems(selection: Selection, params: Params) -> Listing:
    """Post-mortems: on time, late, or not due yet."""
    rows, title = Postmortem.objects.filter(selection.counted("incident__")), "Post-mortems"
    names = {"on-time": "on time", "late": "late", "pending": "not due yet"}
    if (name := params.get("standing", "")) in names:
        rows, title = rows.filter(standing(name, selection.today)), f"Post-mortems, {names[name]}"

    def cells(row: Postmortem) -> list[Cell]:
        done = day_of(row.approved_at) if row.approved_at else Cell("not yet")
        if row.is_overdue(selection.today):
            done = Cell("overdue", tone="late")
        lead = Cell(str(row.lead or "nobody"))
        return [link_to(row.incident), lead, Cell(f"{row.due_on:%-d %B %Y}"), done, Cell(row.get_state_display())]

    columns = ("Outage", "Led by", "Due", "Approved", "State")
    return Listing(title, columns, rows.select_related("incident", "lead").order_by("-due_on", "-pk"), cells)


def impact(selection: Selection, params: Params) -> Listing:
    """What outages cost customers, the most on top; of one cause if asked for."""
    rows, title = Postmortem.objects.filter(selection.counted("incident__")), "Impact on customers"
    if (cause := whole_number(params.get("cause", ""))) is not None:
        rows = rows.filter(cause=cause)
    elif params.get("cause") == "none":
        rows, title = rows.filter(cause=None), f"{title}, cause not named yet"
    if (incident := whole_number(params.get("incident", ""))) is not None:
        rows = rows.filter(incident=incident)

    def cells(row: Postmortem) -> list[Cell]:
        numbers = [Cell(f"{number:,}") for number in (row.customers_count, row.contacts_count, row.customer_minutes)]
        who = f"corrected by {row.impact_corrected_by_name}; computed: {row.computed_in_numbers}"
        how = Cell(who if row.impact_corrected_at else "computed from the record")
        return [link_to(row.incident), day_of(row.incident.started_at), *numbers, how]

    columns = ("Outage", "Began", "Customers", "Contacts", "Customer-minutes", "How it is known")
    return Listing(title, columns, rows.select_related("incident").order_by("-customer_minutes", "-pk"), cells)


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
        title = Cell(row.title, f"{incident_url(row.postmortem.incident_id)}#actions")
        return [title, link_to(row.postmortem.incident), Cell(str(row.owner)), day_of(row.created_at), due]

    columns = ("Action", "After", "Owner", "Promised on", "Due")
    rows = rows.select_related("postmortem__incident", "owner").order_by("created_at", "pk")
    return Listing(title, columns, rows, cells)
