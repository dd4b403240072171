"""Merging and splitting from the room: two pages, their refusals, and the way from one room to the other."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.test import Client

from crisisdesk.core.actors import Actor
from crisisdesk.core.models import User
from incidents.models import Incident
from tests import factories

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]
MINUTE = timedelta(minutes=1)


@pytest.fixture
def outage(by_ivo: Actor, by_dana: Actor, now: datetime) -> Incident:
    """Payments and Reports fail; Acme's Pat was told."""
    factories.contact(factories.customer("Acme", factories.service()), "Pat")
    services = [factories.service(), factories.service("Reports")]
    outage = factories.incident(by_ivo, now, services=services)
    factories.send(outage, "initial", by_dana, now, minutes=30)
    return outage


def test_a_merge_leads_to_the_room_that_continues(
    outage: Incident, ivo: User, by_ivo: Actor, now: datetime, signed_in: SignIn
) -> None:
    other = factories.incident(by_ivo, now + MINUTE, title="Cards fail")
    browser, url = signed_in(ivo), f"/admin/incidents/{other.pk}/merge/"
    page = browser.get(url).content.decode()
    assert f"\u2068{outage}\u2069: SEV2, 1 customer told, next update by 14:30 UTC" in page
    form = {"other": outage.pk, "continues": "there", "reason": "One disk"}
    done = browser.post(url, form, follow=True)
    assert done.redirect_chain == [(f"/admin/incidents/incident/{outage.pk}/change/", 302)]
    assert f'Merged into this <a href="/admin/incidents/incident/{other.pk}/change/">' in done.content.decode()
    left = browser.get(f"/admin/incidents/incident/{other.pk}/change/").content.decode()
    assert f'Continues as <a href="/admin/incidents/incident/{outage.pk}/change/">{outage}' in left
    again = browser.post(f"/admin/incidents/{outage.pk}/merge/", {**form, "other": other.pk})
    assert again.status_code == 422, "it is over, and no choice any more"


def test_the_other_one_can_lead_here(
    outage: Incident, ivo: User, by_ivo: Actor, now: datetime, signed_in: SignIn
) -> None:
    other = factories.incident(by_ivo, now + MINUTE, title="Cards fail")
    form = {"other": outage.pk, "continues": "here", "reason": "One disk"}
    signed_in(ivo).post(f"/admin/incidents/{other.pk}/merge/", form)
    outage.refresh_from_db()
    assert outage.merged_into == other


def test_a_split_leads_to_the_new_room(outage: Incident, ivo: User, signed_in: SignIn) -> None:
    browser, url = signed_in(ivo), f"/admin/incidents/{outage.pk}/split/"
    part = outage.affected.get(service__name="Reports")
    assert "Reports" in browser.get(url).content.decode()
    form = {"part": [part.pk], "title": "Reports are empty", "severity": "SEV3", "reason": "Another cause"}
    done = browser.post(url, form, follow=True)
    new = Incident.objects.get(split_from=outage)
    assert done.redirect_chain == [(f"/admin/incidents/incident/{new.pk}/change/", 302)]
    assert f'Split from <a href="/admin/incidents/incident/{outage.pk}/change/">' in done.content.decode()
    refused = browser.post(url, {**form, "part": [outage.affected.filter(until=None).get().pk], "title": "Everything"})
    assert (refused.status_code, "affects one service at most" in refused.content.decode()) == (409, True)
    assert "Everything" in refused.content.decode(), "what was typed stays"


def test_support_reads_that_operations_may(
    outage: Incident, dana: User, by_ivo: Actor, now: datetime, signed_in: SignIn
) -> None:
    other = factories.incident(by_ivo, now + MINUTE, title="Cards fail")
    browser = signed_in(dana)
    form = {"other": outage.pk, "continues": "there", "reason": "One disk"}
    refused = browser.post(f"/admin/incidents/{other.pk}/merge/", form)
    assert (refused.status_code, "This takes Operations" in refused.content.decode()) == (403, True)
    part = outage.affected.get(service__name="Reports")
    form = {"part": [part.pk], "title": "Reports", "severity": "SEV3", "reason": "Another cause"}
    assert browser.post(f"/admin/incidents/{outage.pk}/split/", form).status_code == 403
    assert Incident.objects.filter(merged_into=None, split_from=None).count() == 2
