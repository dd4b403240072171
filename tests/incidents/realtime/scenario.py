"""What people do in the real-time test, in a process of its own on the desk's database: `begin`, `late` or `facts`."""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from datetime import timedelta

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crisisdesk.settings")
django.setup()

from crisisdesk.core import clock  # noqa: E402
from crisisdesk.core.access import Group  # noqa: E402
from crisisdesk.core.actors import Actor  # noqa: E402
from crisisdesk.core.models import AuditEntry, DeadlineStep, User  # noqa: E402
from incidents.drafts import save_draft, start_draft  # noqa: E402
from incidents.models import (  # noqa: E402
    Incident,
    IncidentRole,
    IncidentType,
    Notification,
    PolicyStep,
    Promise,
    PromisePolicy,
    Template,
)
from incidents.publishing import send_update  # noqa: E402
from incidents.templates import approve  # noqa: E402
from tests import factories  # noqa: E402
from tests.conftest import make_person  # noqa: E402

DUE_SECONDS = 14
CAST = {
    "Dana Reyes": Group.SUPPORT,
    "Ivo Brandt": Group.OPERATIONS,
    "Mara Lindqvist": Group.COMMUNICATIONS,
    "Mira Sato": Group.EXECUTIVES,
}
STEPS = ((-4, "remind", "liaison"), (-2, "escalate", "commander"), (0, "miss", "executive-sponsor"))


def begin() -> None:
    """Two outages, each with an update promised in seconds: one may send a holding message by itself."""
    cast = {name.split()[0]: Actor.person(make_person(name, group)) for name, group in CAST.items()}
    now = clock.now()
    policy = PromisePolicy.objects.create(name="In seconds", severity="SEV2")
    for offset, action, slug in STEPS:
        role = IncidentRole.objects.get(slug=slug)
        PolicyStep.objects.create(policy=policy, offset_seconds=offset, action=action, role=role)
    approve(Template.objects.get(name="Holding message"), by=cast["Mara"], now=now)
    kind = IncidentType.objects.get(name="Third-party provider")
    kind.holding_allowed = True
    kind.save()
    factories.contact(factories.customer("Acme", factories.service()))
    for title, of_kind in (("Nobody writes", None), ("It writes itself", kind)):
        incident = factories.incident(cast["Ivo"], clock.now(), title=title, incident_type=of_kind)
        _send(incident, "initial", cast["Dana"], timedelta(seconds=DUE_SECONDS))


def late() -> None:
    """The update that was promised comes after all."""
    dana = Actor.person(User.objects.get(username="dana"))
    _send(Incident.objects.get(title="Nobody writes"), "progress", dana, timedelta(minutes=30))


def facts() -> None:
    """What the record says, as JSON."""
    promises = Promise.objects.order_by("pk").select_related("incident")
    steps = DeadlineStep.objects.filter(deadline__kind="promise", state="fired").order_by("pk")
    lateness = [(step.done_at - step.fire_at).total_seconds() for step in steps if step.done_at]
    json.dump(
        {
            "promises": [
                [row.incident.title, row.outcome, row.is_automatic, row.late_seconds is not None] for row in promises
            ],
            "missed": AuditEntry.objects.filter(action="promise.missed").count(),
            "told": Counter(Notification.objects.exclude(promise=None).values_list("purpose", flat=True)),
            "unsent": Notification.objects.exclude(state="sent").count(),
            "lateness": lateness,
            "automatic": Counter(
                Notification.objects.filter(key__contains=":automatic").values_list("state", flat=True)
            ),
        },
        sys.stdout,
    )


def _send(incident: Incident, kind: str, by: Actor, ahead: timedelta) -> None:
    draft = start_draft(incident, kind=kind, by=by, now=clock.now())
    words = {"subject": incident.title, "body": factories.BODY}
    now = clock.now()
    draft = save_draft(draft, version=draft.version, by=by, now=now, next_update_at=now + ahead, **words)
    send_update(
        incident, draft_version=draft.version, by=by, now=now, key=f"{kind} {incident.pk}", short_gap_confirmed=True
    )


if __name__ == "__main__":
    {"begin": begin, "late": late, "facts": facts}[sys.argv[1]]()
