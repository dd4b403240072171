"""The first message after a declaration or a relapse is owed at once; what is late climbs (Step 3).

Once it is sent, the promise it makes takes over the clock.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.urls import reverse

from crisisdesk.core import deadlines
from crisisdesk.core.actors import Actor
from crisisdesk.core.models import DeadlineStep
from incidents.models import Incident, Notification, Whom
from incidents.oncall.notify import notify
from incidents.oncall.repeating import again
from incidents.oncall.who import role_and_people
from incidents.timeline import Kind, entry

KIND = "first message"
KEEPER = Actor.job("promise keeper")
# Who is told when it is late by once and by twice the time: (role, whom).
BACKUP = (("liaison", Whom.BACKUP), ("commander", Whom.PRIMARY))
GROUP = (("liaison", Whom.GROUP), ("commander", Whom.BACKUP))


def owe(incident: Incident, *, now: datetime) -> None:
    """Start the clock, inside the transaction of the declaration or the reopening."""
    patience = timedelta(seconds=settings.FIRST_MESSAGE_SECONDS)
    deadlines.set_deadline(
        kind=KIND,
        key=str(incident.pk),
        due_at=now + patience,
        steps=[deadlines.Step("backup", now + patience), deadlines.Step("group", now + 2 * patience)],
        now=now,
    )


def settle(incident: Incident, *, now: datetime) -> None:
    """A message was sent: nothing is owed any more."""
    deadlines.close(kind=KIND, key=str(incident.pk), now=now)


def fire(step: DeadlineStep, now: datetime) -> None:
    """What the leased loop does when nobody has written yet; it is said again until somebody has."""
    incident = Incident.objects.get(pk=int(step.deadline.key))
    if not incident.is_open:
        settle(incident, now=now)
        return
    if step.name != "backup":
        deadlines.add_step(step.deadline, again(step, settings.FIRST_MESSAGE_SECONDS, now))
    waited = round((now - step.deadline.created_at).total_seconds() / 60)
    names = []
    for slug, whom in BACKUP if step.name == "backup" else GROUP:
        role, people = role_and_people(slug, now, whom)
        names += [
            str(note.person)
            for note in notify(
                people,
                key=f"owed:{step.deadline_id}:{step.name}",
                purpose=Notification.Purpose.ESCALATION,
                subject=f"[ESCALATION] {incident.reference}: customers have not been written to for {waited} min",
                body=(
                    f"“{incident.title}” goes on, and no message has left. Whoever reads this first: open the room, "
                    "look at the prefilled message, send it."
                ),
                link=reverse("admin:incidents_incident_change", args=[incident.pk]),
                link_label="Open the incident room",
                incident=incident,
                role=role,
                now=now,
                is_drill=incident.is_drill,
            )
        ]
    told = ", ".join(dict.fromkeys(names)) or "nobody (no one holds the role)"
    text = f"Nobody has written to customers for {waited} min; told: {told}"
    entry(Kind.NOTIFICATION, text, incident=incident, by=KEEPER, now=now)
