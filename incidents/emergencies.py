"""A template that nobody approved, used all the same: communications are told, and look at it afterwards (Step 0)."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.urls import reverse

from crisisdesk.core import audit
from crisisdesk.core.access import Act, Group, require
from crisisdesk.core.actors import Actor
from crisisdesk.core.models import User
from crisisdesk.core.refusals import InvalidInput, WrongState
from incidents.knowing import who_know
from incidents.models import EmergencyUse, Notification, Template, Update
from incidents.oncall.notify import notify
from incidents.oncall.who import role_of
from incidents.timeline import Kind, entry


def report(update: Update, template: Template, reason: str, *, by: Actor, now: datetime) -> EmergencyUse:
    """Write the use down and tell communications, in the transaction of the send."""
    incident = update.incident
    use = EmergencyUse.objects.create(
        update=update, template=template, reason=reason, used_at=now, used_by_name=by.name
    )
    text = f"Sent from the template “{template}”, which is not approved: {reason}"
    entry(Kind.DECISION, text, incident=incident, by=by, now=now, data={"about_update": update.pk})
    audit.record(
        "template.used_unapproved",
        by=by,
        now=now,
        on=template,
        incident=incident.reference,
        data={"update": update.pk, "use": use.pk},
        is_drill=incident.is_drill,
    )
    why = f"{by.name} sent “{update.subject}” from the template “{template}”, which is not approved. Why: {reason}"
    people = list(User.objects.filter(is_active=True, groups__name=Group.COMMUNICATIONS).order_by("pk"))
    told = who_know(incident, people)
    notify(
        [person for person in people if person.pk in told],
        key=f"emergency-template:{use.pk}",
        purpose=Notification.Purpose.BRIEFING,
        subject=f"{incident.reference}: words nobody approved went to customers",
        body=f"{why}\n\nPlease look at it, and approve the template or mend it.",
        link=reverse("admin:emergency_use", args=[use.pk]),
        link_label="Look at it",
        now=now,
        incident=incident,
        role=role_of("communications"),
        is_drill=incident.is_drill,
    )
    return use


def review(use: EmergencyUse, *, verdict: str, by: Actor, now: datetime) -> EmergencyUse:
    """Say what communications think of it; once. Raises NotAllowed, InvalidInput, WrongState."""
    require(by, Act.APPROVE_TEMPLATE)
    if not verdict.strip():
        raise InvalidInput({"verdict": "Say what you think of the words, in a sentence."})
    with transaction.atomic():
        row = EmergencyUse.objects.select_for_update(of=("self",)).select_related("update__incident").get(pk=use.pk)
        if row.reviewed_at is not None:
            raise WrongState(f"{row.reviewed_by_name} has looked at it already.")
        row.reviewed_at, row.reviewed_by_id, row.reviewed_by_name = now, by.person_id, by.name
        row.verdict = verdict.strip()
        row.save(update_fields=["reviewed_at", "reviewed_by", "reviewed_by_name", "verdict"])
        incident = row.update.incident
        entry(
            Kind.DECISION,
            f"Words used in an emergency were looked at: {row.verdict}",
            incident=incident,
            by=by,
            now=now,
        )
        audit.record(
            "template.use_reviewed",
            by=by,
            now=now,
            on=row.template,
            incident=incident.reference,
            data={"use": row.pk},
            is_drill=incident.is_drill,
        )
    return row
