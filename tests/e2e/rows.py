"""Rows that a demonstration does not have by itself, so that every page has something to show."""

from __future__ import annotations

from datetime import timedelta

from django.contrib import admin

from crisisdesk.core import clock
from crisisdesk.core.actors import Actor
from crisisdesk.core.models import ClockHold, User
from customers.imports import steps
from customers.models import AddressConfirmation, Contact, CustomerImport, SendingTrouble, Suppression
from incidents.alerts import report_problem
from incidents.models import (
    Alert,
    CalendarFeed,
    ContactMethod,
    EmergencyUse,
    IncidentRole,
    PagingPolicy,
    PublishedCalendar,
    Shift,
    Template,
    Update,
)
from incidents.models.paging import Marked
from incidents.models.words import ContactKind
from incidents.schedules.publishing import publish
from incidents.templates import save_template
from postmortems import printouts
from postmortems.attachments import attach
from postmortems.models import Attachment, Postmortem, Printout
from postmortems.models.printout import Printed
from postmortems.selection import DEFAULT, Selection


def add_rows() -> None:
    """Add what is missing; a second call adds nothing."""
    ivo, mira, ada = (Actor.person(User.objects.get(username=name)) for name in ("ivo", "mira", "ada"))
    now = clock.now()
    hour = timedelta(hours=1)
    role = IncidentRole.objects.order_by("pk")[0]
    if not ClockHold.objects.exists():
        ClockHold.objects.create(
            expected_at=now - hour,
            noticed_at=now,
            jumped_seconds=3600,
            host="desk-1",
            ended_at=now,
            ended_by_name=ada.name,
        )
    if not Suppression.objects.exists():
        Suppression.objects.create(
            channel="email", address="gone@acme.example", reason="550 5.1.1 No such user", at=now - hour
        )
    if not SendingTrouble.objects.exists():
        SendingTrouble.objects.create(
            transport="smtp",
            fault="login",
            reason="535 5.7.8 Authentication failed",
            opened_at=now - hour,
            last_seen_at=now,
            closed_at=now,
        )
    if not CalendarFeed.objects.exists():
        CalendarFeed.objects.create(name="Nights", role=role, is_active=False, next_read_at=now + hour)
    if not Shift.objects.exists():
        Shift.objects.create(
            role=role, person=User.objects.get(username="ivo"), starts_at=now + 24 * hour, ends_at=now + 32 * hour
        )
    if not ContactMethod.objects.exists():
        ContactMethod.objects.create(
            person=User.objects.get(username="ivo"),
            kind=ContactKind.EMAIL,
            address="ivo@home.example",
            label="i…@home.example",
            verified_at=now,
            created_at=now,
        )
    if not PagingPolicy.objects.exists():
        PagingPolicy.objects.create(alerts=Marked.CRITICAL)
    if not EmergencyUse.objects.exists():
        EmergencyUse.objects.create(
            update=Update.objects.exclude(message=None).order_by("-pk")[0],
            template=Template.objects.order_by("-pk")[0],
            reason="Nobody of communications answers.",
            used_at=now,
            used_by_name="Dana",
        )
    if not PublishedCalendar.objects.exists():
        publish(role, by=ivo, now=now)
    if not Alert.objects.filter(state="open").exists():
        report_problem(title="Reports come out empty", description="", noticed_by="staff", by=ivo, now=now)
    if not Attachment.objects.exists():
        attach(Postmortem.objects.order_by("-pk")[0], "pool.txt", b"connections: 100 of 100\n", by=ivo, now=now)
    if not Printout.objects.exists():
        printouts.order(Printed.OVERVIEW, Selection(now, DEFAULT, None), title="The executive review", by=mira, now=now)
    if not AddressConfirmation.objects.exists():
        contact = Contact.objects.active().exclude(email="").order_by("pk")[0]
        AddressConfirmation.objects.create(
            contact=contact, address=contact.email.lower(), asked_at=now, asked_by_name="Dana"
        )
    if not CustomerImport.objects.exists():
        dana = Actor.person(User.objects.get(username="dana"))
        steps.give(b"Kundennummer;Firma\nZ-1;Zeta\n", file_name="crm.csv", by=dana, now=now)
        for reference in ("Z-2", "Z-3"):
            one = steps.give(
                f"customer_reference,customer\n{reference},Zeta {reference}\n".encode(),
                file_name="customers.csv",
                by=dana,
                now=now,
            )
        steps.confirm(one, by=dana, now=now)
    if not Template.objects.filter(approved_at=None).exists():
        # One waits for approval, against what was approved before.
        mara = Actor.person(User.objects.get(username="mara"))
        template = Template.objects.filter(kind="holding").order_by("pk")[0]
        template.body += " Thank you for waiting."
        save_template(template, by=mara, now=now)
    for model in admin.site._registry:
        row = model._default_manager.order_by("-pk").first()
        if row is not None and hasattr(model, "history") and not model.history.exists():
            row.save()
