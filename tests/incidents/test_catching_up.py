"""Who becomes affected later is told what they missed; nobody hears anything twice."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.test import Client

from crisisdesk.core.actors import Actor
from crisisdesk.core.models import User
from crisisdesk.core.refusals import InvalidInput, NotAllowed, WrongState
from customers.affected import AudienceCounts, Scope
from customers.delivery.consent import CHOSE_NOTHING
from customers.models import Contact, Delivery
from incidents.catching_up import catch_up
from incidents.counting import readers_of
from incidents.greenlight import give_green_light
from incidents.models import Incident, Promise, Update
from incidents.recipients import newly_affected, recipient_counts, recipients
from incidents.scope import adjust_audience, change_scope, scopes_of
from tests import factories

MINUTE = timedelta(minutes=1)


@pytest.fixture
def incident(by_ivo: Actor, by_dana: Actor, now: datetime) -> Incident:
    """Payments API failed at Acme and Acme was told; ten minutes on, Reports at Globex fails too."""
    factories.contact(factories.customer("Acme", factories.service()), "Pat")
    factories.contact(factories.customer("Globex", factories.service("Reports")), "Robin")
    incident = factories.incident(by_ivo, now)
    factories.send(incident, "initial", by_dana, now, minutes=30)
    wider = [*scopes_of(incident), Scope(factories.service("Reports").pk)]
    return change_scope(incident, wider, by=by_ivo, now=now + 10 * MINUTE)


def told(update: Update) -> set[str]:
    return set(Delivery.objects.filter(message=update.message).values_list("contact__name", flat=True))


def waiting(incident: Incident) -> int:
    last = incident.updates.order_by("-number").first()
    return newly_affected(incident, last, incident.affected.filter(until=None)).contacts


def test_only_the_newly_affected_get_the_message_they_missed(incident: Incident, by_dana: Actor, now: datetime) -> None:
    assert waiting(incident) == 1
    update = catch_up(incident, by=by_dana, now=now + 11 * MINUTE, key="once")
    assert told(update) == {"Robin"}
    assert update.body == factories.BODY
    assert waiting(incident) == 0


def test_it_repeats_the_promise_and_makes_keeps_and_moves_none(
    incident: Incident, by_dana: Actor, now: datetime
) -> None:
    before = Promise.objects.get()
    update = catch_up(incident, by=by_dana, now=now + 11 * MINUTE, key="once")
    assert update.next_update_at == before.due_at
    after = Promise.objects.get()
    assert (after.pk, after.due_at, after.closed_at) == (before.pk, before.due_at, None)
    assert f"{before.due_at:%H:%M} UTC" in Delivery.objects.get(contact__name="Robin").content.text


def test_the_next_update_and_the_end_go_to_both(
    incident: Incident, by_dana: Actor, by_ivo: Actor, now: datetime
) -> None:
    catch_up(incident, by=by_dana, now=now + 11 * MINUTE, key="once")
    assert told(factories.send(incident, "progress", by_dana, now + 20 * MINUTE)) == {"Pat", "Robin"}
    give_green_light(incident, note="All is well.", by=by_ivo, now=now + 30 * MINUTE)
    assert told(factories.send(incident, "final", by_dana, now + 31 * MINUTE, minutes=None)) == {"Pat", "Robin"}


def test_a_second_press_sends_nothing_more(incident: Incident, by_dana: Actor, now: datetime) -> None:
    one = catch_up(incident, by=by_dana, now=now + 11 * MINUTE, key="once")
    assert catch_up(incident, by=by_dana, now=now + 12 * MINUTE, key="once") == one
    with pytest.raises(InvalidInput, match="Nobody would hear of it"):
        catch_up(incident, by=by_dana, now=now + 12 * MINUTE, key="again")
    assert Delivery.objects.filter(contact__name="Robin").count() == 1


def test_who_was_added_by_hand_waits_as_well(incident: Incident, by_dana: Actor, now: datetime) -> None:
    catch_up(incident, by=by_dana, now=now + 11 * MINUTE, key="once")
    extra = factories.contact(factories.customer("Initech"), "Sam")
    adjust_audience(incident, extra, is_included=True, reason="asked for it", by=by_dana, now=now + 12 * MINUTE)
    assert waiting(incident) == 1


def test_who_chose_to_hear_nothing_is_not_new(incident: Incident, by_dana: Actor, now: datetime) -> None:
    Delivery.objects.filter(contact__name="Pat").update(state="suppressed", state_reason=CHOSE_NOTHING)
    assert waiting(incident) == 1


def test_an_overdue_promise_is_kept_first(incident: Incident, by_dana: Actor, now: datetime) -> None:
    with pytest.raises(WrongState, match=r"is overdue\. Send it now; it goes to the newly affected as well"):
        catch_up(incident, by=by_dana, now=now + 31 * MINUTE, key="late")


def test_before_the_first_alert_there_is_nothing_to_catch_up_with(by_dana: Actor, by_ivo: Actor, now: datetime) -> None:
    incident = factories.incident(by_ivo, now)
    with pytest.raises(WrongState, match="send the first alert"):
        catch_up(incident, by=by_dana, now=now, key="early")


def test_only_support_sends_it(incident: Incident, by_ivo: Actor, now: datetime) -> None:
    with pytest.raises(NotAllowed, match="Support"):
        catch_up(incident, by=by_ivo, now=now + 11 * MINUTE, key="ops")


def test_the_difference_to_the_last_message_is_known_before_sending(
    incident: Incident, by_dana: Actor, now: datetime
) -> None:
    found = readers_of(incident, recipients(incident, "progress"))
    assert (found.added, found.gone) == (AudienceCounts(1, 1), AudienceCounts(0, 0))
    assert found.counts == recipient_counts(incident, "progress")
    assert sum(found.by_language.values()) == found.counts.contacts
    pat = Contact.objects.get(name="Pat")
    adjust_audience(incident, pat, is_included=False, reason="asked for none", by=by_dana, now=now + 12 * MINUTE)
    found = readers_of(incident, recipients(incident, "progress"))
    assert (found.added, found.gone) == (AudienceCounts(1, 1), AudienceCounts(1, 1))


def test_the_room_offers_it_and_one_press_sends_it(
    incident: Incident, dana: User, now: datetime, signed_in: Callable[[User], Client]
) -> None:
    client = signed_in(dana)
    room = client.get(f"/admin/incidents/incident/{incident.pk}/change/", follow=True).content.decode()
    assert "1 contact at 1 customer came in after the last message." in room
    page = client.get(f"/admin/incidents/{incident.pk}/catch-up/").content.decode()
    assert "Robin" in page
    assert "Pat" not in page


def test_others_read_who_may(incident: Incident, ivo: User, signed_in: Callable[[User], Client]) -> None:
    answer = signed_in(ivo).post(f"/admin/incidents/{incident.pk}/catch-up/", {"key": "x"})
    assert answer.status_code == 403
    assert not Update.objects.filter(kind="catchup").exists()
