"""A correction is a message of its own: to exactly those who got what was wrong, and the promise stands."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from crisisdesk.core.actors import Actor
from crisisdesk.core.models import User
from crisisdesk.core.refusals import InvalidInput, WrongState
from customers.affected import Scope
from customers.models import Delivery, MessageContent, Preference
from incidents.catching_up import catch_up
from incidents.correcting import correctable
from incidents.drafts import save_draft, start_draft
from incidents.models import Incident, Promise, Update
from incidents.public.progress import told
from incidents.publishing import send_update
from incidents.room.as_read import Eyes, page_as_read
from incidents.scope import change_scope
from tests import factories as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def incident(by_ivo: Actor, by_dana: Actor, now: datetime) -> Incident:
    """Acme got the first alert; Globex came in before the second message, which both got."""
    make.contact(make.customer("Acme", make.service()), "Pat", time_zone="Europe/Berlin")
    make.contact(make.customer("Globex", make.service("Reports")), "Robin")
    made = make.incident(by_ivo, now)
    make.send(made, "initial", by_dana, now)
    both = [Scope(make.service().pk), Scope(make.service("Reports").pk)]
    change_scope(made, both, by=by_ivo, now=now + timedelta(minutes=5))
    made.refresh_from_db()
    make.send(made, "progress", by_dana, now + timedelta(minutes=10), body="Refunds work, cards do not. We go on.")
    made.refresh_from_db()
    return made


def went_to(update: Update) -> set[str]:
    return set(Delivery.objects.filter(message=update.message).values_list("contact__name", flat=True))


def correct(incident: Incident, number: int, by: Actor, now: datetime, **more: object) -> Update:
    draft = start_draft(incident, kind="correction", by=by, now=now)
    wrong = incident.updates.get(number=number)
    words = {"subject": "Correction", "body": "Refunds fail as well, since 14:00.", "was_wrong": make.WAS_WRONG}
    draft = save_draft(draft, version=draft.version, by=by, now=now, corrects=wrong, **{**words, **more})
    return send_update(incident, draft_version=draft.version, by=by, now=now, key=f"correct-{number}")


def test_it_goes_to_exactly_those_who_got_the_wrong_message(incident: Incident, by_dana: Actor, now: datetime) -> None:
    later = now + timedelta(minutes=12)
    assert went_to(correct(incident, 1, by_dana, later)) == {"Pat"}
    incident.refresh_from_db()
    assert went_to(correct(incident, 2, by_dana, later)) == {"Pat", "Robin"}


def test_it_is_of_the_last_message_unless_another_is_named(incident: Incident, by_dana: Actor, now: datetime) -> None:
    draft = start_draft(incident, kind="correction", by=by_dana, now=now)
    assert draft.corrects == incident.updates.get(number=2)
    correct(incident, 2, by_dana, now + timedelta(minutes=12))
    assert [update.number for update in correctable(incident)] == [2, 1], "no correction of a correction"


def test_it_says_what_was_wrong_and_when_and_repeats_the_promise(
    incident: Incident, by_dana: Actor, now: datetime
) -> None:
    before = Promise.objects.open().get()
    update = correct(incident, 2, by_dana, now + timedelta(minutes=12))

    text = MessageContent.objects.get(message=update.message, time_zone="Europe/Berlin").text
    assert "What was wrong in our message of Tue 10 Mar, 15:10 CET:" in text
    assert "We said that refunds work." in text
    assert text.index("refunds work") < text.index("Refunds fail as well")
    assert "NEXT UPDATE BY: Tue 10 Mar, 15:40 CET" in text
    assert Promise.objects.open().get() == before
    assert (update.next_update_at, update.status) == (before.due_at, incident.status)
    assert Promise.objects.count() == 2, "it keeps none and makes none"


def test_it_names_no_time_that_has_passed(incident: Incident, by_dana: Actor, now: datetime) -> None:
    update = correct(incident, 2, by_dana, now + timedelta(minutes=50))
    assert update.next_update_at is None
    assert "NEXT UPDATE" not in MessageContent.objects.filter(message=update.message)[0].text


def test_it_is_not_sent_without_saying_what_was_wrong(incident: Incident, by_dana: Actor, now: datetime) -> None:
    with pytest.raises(InvalidInput, match="Say what was wrong"):
        correct(incident, 2, by_dana, now + timedelta(minutes=12), was_wrong=" ")


def test_a_message_of_another_incident_is_not_corrected_here(
    incident: Incident, by_dana: Actor, by_ivo: Actor, now: datetime
) -> None:
    other = make.incident(by_ivo, now, title="Something else")
    foreign = make.send(other, "initial", by_dana, now)
    draft = start_draft(incident, kind="correction", by=by_dana, now=now)
    with pytest.raises(InvalidInput, match=f"Choose a message of {incident.reference}"):
        save_draft(draft, version=draft.version, by=by_dana, now=now, corrects=foreign)


def test_who_chose_start_and_end_only_hears_that_the_start_was_wrong(
    incident: Incident, by_dana: Actor, now: datetime
) -> None:
    pat = Delivery.objects.filter(contact__name="Pat")[0].contact
    pat.preference = Preference.START_AND_END
    pat.save()
    update = correct(incident, 1, by_dana, now + timedelta(minutes=12))
    assert went_to(update) == {"Pat"}


def test_the_page_marks_what_was_corrected_and_shows_what_is_right(
    incident: Incident, by_dana: Actor, now: datetime
) -> None:
    correct(
        incident, 2, by_dana, now + timedelta(minutes=12), workaround="Take cash.", article_url="https://a.example/b"
    )
    Delivery.objects.update(state="sent")
    robin = Delivery.objects.filter(contact__name="Robin")[0].contact
    found = told(robin, incident.reference)
    assert found is not None
    page = page_as_read(found, Eyes.of(robin, found.reason), now + timedelta(minutes=13))
    assert "Corrected on Tue 10 Mar, 14:12 UTC." in page
    assert "What was wrong in our message of Tue 10 Mar, 14:10 UTC" in page
    assert "Take cash." in page
    assert "https://a.example/b" in page


def test_a_corrected_update_is_not_repeated_to_the_newly_affected(
    incident: Incident, by_dana: Actor, by_ivo: Actor, now: datetime
) -> None:
    correct(incident, 2, by_dana, now + timedelta(minutes=12))
    make.contact(make.customer("Initech", make.service("Ledger")), "Mo")
    scopes = [Scope(make.service(name).pk) for name in ("Payments API", "Reports", "Ledger")]
    change_scope(incident, scopes, by=by_ivo, now=now + timedelta(minutes=13))
    incident.refresh_from_db()
    with pytest.raises(WrongState, match="was corrected, so it can't be repeated"):
        catch_up(incident, by=by_dana, now=now + timedelta(minutes=14), key="c")


def test_the_compose_page_asks_which_message_and_what_was_wrong(
    incident: Incident, dana: User, signed_in: Callable[[User], Client]
) -> None:
    client = signed_in(dana)
    client.post(reverse("admin:compose_start", args=[incident.pk, "correction"]))
    page = client.get(reverse("admin:compose", args=[incident.pk])).content.decode()
    assert "Which message was wrong?" in page
    assert "What was wrong" in page
    assert "Send to 2 contacts at 2 customers" in page
    draft = incident.drafts.get(closed_at=None)
    first = incident.updates.get(number=1)
    form = {"kind": "correction", "subject": "C", "body": "Right.", "was_wrong": "Wrong.", "corrects": str(first.pk)}
    form |= {"version": str(draft.version), "draft": str(draft.pk), "key": "k", "action": "autosave"}
    answer = client.post(reverse("admin:compose", args=[incident.pk]), form)
    assert "Send to 1 contact at 1 customer" in answer.content.decode()
