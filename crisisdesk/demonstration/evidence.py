"""What stands beside invented post-mortems: answers, a file, corrected impact, moments hidden and added."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random

from crisisdesk.core.actors import Actor
from customers.models import Contact
from incidents.answers import answer
from incidents.models import Incident, Informed
from postmortems import attachments, hiding, impact
from postmortems.models import Postmortem
from postmortems.timeline import compiled

ASKED, MOST = 14, 9
_COMMENTS = {
    Informed.YES: ("We could tell our own users in time. Thank you.", "Clear and honest, every half hour.", "", "", ""),
    Informed.PARTLY: ("The second message came late.", "We missed a word on our region.", ""),
    Informed.NO: ("We heard of it from our own users first.", "Nobody told us what to do in the meantime."),
}


def let_customers_answer(incidents: Sequence[Incident], random: Random, *, now: datetime) -> int:
    """Some contacts say how well they were informed of the newest outages; how many answers."""
    contacts = list(Contact.objects.active().select_related("customer").order_by("pk")[:200])
    count = 0
    for incident in incidents[:ASKED] if contacts else ():
        for contact in random.sample(contacts, k=min(len(contacts), random.randint(2, MOST))):
            informed = random.choices(Informed.values, (70, 20, 10))[0]
            at = min((incident.resolved_at or now) + timedelta(hours=random.uniform(0.2, 30)), now)
            answer(contact, incident, informed, random.choice(_COMMENTS[Informed(informed)]), now=at)
            count += 1
    return count


def work_on(postmortem: Postmortem, *, by: Actor, now: datetime) -> None:
    """The report that is being written has a file, a corrected impact, a moment hidden and one added."""
    incident = postmortem.incident
    minutes = range(0, 60, 5)
    rows = "\n".join(
        f"{incident.started_at + timedelta(minutes=each):%H:%M},{each * 7 % 40 / 2:.1f}" for each in minutes
    )
    graph = f"time,errors in percent\n{rows}\n".encode()
    attachments.attach(
        postmortem, "error-rate.csv", graph, note="Error rate at the edge, every 5 minutes", by=by, now=now
    )
    impact.correct(
        postmortem,
        customers=postmortem.computed_customers + 38,
        contacts=postmortem.computed_contacts + 91,
        customer_minutes=postmortem.computed_minutes + 38 * 55,
        reason="Customers of the partner programme are not in the record; the partner gave us their number.",
        by=by,
        now=now,
    )
    at = incident.started_at + timedelta(minutes=7)
    hiding.add(
        postmortem, happened_at=at, text="The provider confirmed by telephone that its region was down.", by=by, now=now
    )
    moment = next((row for row in compiled(incident) if row.key.startswith("update:")), None)
    if moment is not None:
        hiding.hide(postmortem, moment.key, reason="Told twice; the corrected message follows.", by=by, now=now)
