"""Outages that are over, and their post-mortems, for the tests of this directory."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from pytest_django import Settings

from crisisdesk.core.actors import Actor
from crisisdesk.core.history import stamp
from crisisdesk.core.models import User
from customers.models import Service
from incidents.greenlight import give_green_light
from incidents.models import AffectedService, Incident, NoticedBy, Status
from postmortems.actions import add_action
from postmortems.models import Action, Cause, Postmortem
from postmortems.opening import open_postmortem
from postmortems.report import approve_report, choose_cause, save_report
from tests import factories

HOUR = timedelta(hours=1)
Past = Callable[..., Incident]
Reported = Callable[..., Postmortem]


@pytest.fixture(autouse=True)
def calendar(settings: Settings) -> None:
    """American holidays, five business days, the desk's clock in UTC."""
    settings.HOLIDAY_COUNTRIES = ["US"]
    settings.POSTMORTEM_BUSINESS_DAYS = 5
    settings.REPEAT_WINDOW_DAYS = 180
    settings.TIME_ZONE = "UTC"


@pytest.fixture
def resolved(by_ivo: Actor, by_dana: Actor, now: datetime) -> Incident:
    """An outage of Payments API of 90 minutes, told to Pat and Sam of Acme; Robin of Globex never heard of it."""
    acme = factories.customer("Acme", factories.service())
    globex = factories.customer("Globex", factories.service("Reports"))
    factories.contact(acme, "Pat")
    factories.contact(acme, "Sam")
    factories.contact(globex, "Robin")
    incident = factories.incident(by_ivo, now - 1.5 * HOUR)
    factories.send(incident, "initial", by_dana, now - 0.9 * HOUR, minutes=60)
    give_green_light(incident, note="Failed over to the second region.", by=by_ivo, now=now - 0.1 * HOUR)
    factories.send(incident, "final", by_dana, now, minutes=None, body="Payments work again. We are sorry.")
    incident.refresh_from_db()
    return incident


@pytest.fixture
def postmortem(resolved: Incident, by_ivo: Actor, now: datetime) -> Postmortem:
    """The post-mortem of that outage, as the desk opened it."""
    return open_postmortem(resolved, by=by_ivo, now=now)


def cause(slug: str = "capacity") -> Cause:
    """A cause of the starter taxonomy."""
    return Cause.objects.get(slug=slug)


def promise_action(postmortem: Postmortem, owner: User, by: Actor, now: datetime, **more: object) -> Action:
    """An action to prevent it, due in three weeks."""
    values = {"kind": "prevent", "title": "Double the pool", "owner": owner, "due_on": (now + 21 * 24 * HOUR).date()}
    return add_action(postmortem, **(values | more), by=by, now=now)  # type: ignore[arg-type]


def approved(postmortem: Postmortem, owner: User, by: Actor, now: datetime) -> Postmortem:
    """The same post-mortem, written and approved."""
    choose_cause(postmortem, cause(), by=by, now=now)
    promise_action(postmortem, owner, by, now)
    postmortem = save_report(
        postmortem, version=postmortem.version, root_cause="The pool of connections ran dry.", by=by, now=now
    )
    return approve_report(postmortem, version=postmortem.version, by=by, now=now)


@pytest.fixture
def past(by_ivo: Actor) -> Past:
    """A maker of outages that ended, without any message: `past(started_at, minutes=60, severity=…, service=…)`."""

    def make(started_at: datetime, *, minutes: int = 60, service: Service | None = None, **more: object) -> Incident:
        values: dict[str, object] = {
            "title": "Payments are failing",
            "severity": "SEV2",
            "status": Status.RESOLVED,
            "noticed_by": NoticedBy.MONITORING,
            "started_at": started_at,
            "detected_at": started_at + timedelta(minutes=2),
            "declared_at": started_at + timedelta(minutes=5),
            "declared_by_name": by_ivo.name,
            "resolved_at": started_at + timedelta(minutes=minutes),
        }
        incident = Incident(**(values | more))
        stamp(incident, by=by_ivo, now=started_at + timedelta(minutes=5))
        incident.save()
        touched = service or factories.service()
        AffectedService.objects.create(incident=incident, service=touched, since=started_at)
        return incident

    return make


@pytest.fixture
def reported(by_ivo: Actor, past: Past) -> Reported:
    """A maker of past outages with a post-mortem and its cause: `reported(started_at, "capacity", …)`."""

    def make(started_at: datetime, slug: str | None = "capacity", **more: object) -> Postmortem:
        incident = past(started_at, **more)
        assert incident.resolved_at is not None
        postmortem = open_postmortem(incident, by=by_ivo, now=incident.resolved_at)
        if slug is None:
            return postmortem
        return choose_cause(postmortem, cause(slug), by=by_ivo, now=incident.resolved_at)

    return make
