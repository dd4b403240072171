"""Sending to customers: who, when, what is refused, and what a send leaves behind."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from crisisdesk.core.actors import Actor
from crisisdesk.core.models import AuditEntry
from crisisdesk.core.refusals import InvalidInput, NotAllowed, WrongState
from customers.affected import Scope
from customers.models import Contact, Delivery, Message
from incidents.changes import reopen, set_status
from incidents.drafts import open_draft, save_draft, start_draft
from incidents.greenlight import give_green_light, withdraw_green_light
from incidents.models import Incident, Promise, Status, Template, Update
from incidents.publishing import send_postmortem, send_update
from incidents.recipients import recipient_counts
from incidents.scope import adjust_audience, change_scope
from incidents.templates import approve, save_template
from tests import factories


@pytest.fixture
def incident(by_ivo: Actor, now: datetime) -> Incident:
    """An incident on Payments API, which Acme uses; Globex uses Reports."""
    acme = factories.customer("Acme", factories.service("Payments API"))
    globex = factories.customer("Globex", factories.service("Reports"))
    factories.contact(acme, "Pat", language="de", time_zone="Europe/Berlin")
    factories.contact(acme, "Sam")
    factories.contact(globex, "Robin")
    return factories.incident(by_ivo, now)


def told(update: Update) -> set[str]:
    """The names of the contacts an update was queued for."""
    return set(Delivery.objects.filter(message=update.message).values_list("contact__name", flat=True))


def test_it_alerts_the_affected_and_only_them(incident: Incident, by_dana: Actor, now: datetime) -> None:
    update = factories.send(incident, "initial", by_dana, now)

    assert told(update) == {"Pat", "Sam"}
    assert (update.contacts_count, update.customers_count) == (2, 1)
    assert {row.reason for row in Delivery.objects.all()} == {"uses Payments API"}


def test_it_writes_to_each_in_their_own_zone(incident: Incident, by_dana: Actor, now: datetime) -> None:
    factories.send(incident, "initial", by_dana, now)

    text = Delivery.objects.get(contact__name="Pat").content.text
    assert "15:30 CET" in text
    assert "14:30 UTC" in text
    assert "[[progress_url]]" in text


def test_it_promises_the_next_update(incident: Incident, by_dana: Actor, now: datetime) -> None:
    update = factories.send(incident, "initial", by_dana, now, minutes=45)

    promise = Promise.objects.get()
    assert (promise.made_by, promise.due_at) == (update, now + timedelta(minutes=45))
    incident.refresh_from_db()
    assert incident.first_told_at == now


def test_it_lets_only_support_send(
    incident: Incident, by_ivo: Actor, by_mara: Actor, by_dana: Actor, now: datetime
) -> None:
    draft = start_draft(incident, kind="initial", by=by_mara, now=now)
    for actor in (by_ivo, by_mara):
        with pytest.raises(NotAllowed, match=r"may not send messages to customers\. This takes Support\."):
            send_update(incident, draft_version=draft.version, by=actor, now=now, key="k")

    assert not Message.objects.exists()


@pytest.mark.parametrize("minutes", [None, 90])
def test_it_refuses_a_message_without_a_fitting_next_update(
    incident: Incident, by_dana: Actor, now: datetime, minutes: int | None
) -> None:
    with pytest.raises(InvalidInput, match=r"commits to a time|more than 60 minutes ahead"):
        factories.send(incident, "initial", by_dana, now, minutes=minutes)

    draft = open_draft(incident)
    assert draft is not None
    assert draft.body == factories.BODY, "what was typed is kept"
    assert not Message.objects.exists()


def test_it_asks_before_a_very_short_promise(incident: Incident, by_dana: Actor, now: datetime) -> None:
    with pytest.raises(InvalidInput, match="Confirm that you mean it"):
        factories.send(incident, "initial", by_dana, now, minutes=5)
    draft = open_draft(incident)
    assert draft is not None

    update = send_update(incident, draft_version=draft.version, by=by_dana, now=now, key="k", short_gap_confirmed=True)

    assert update.next_update_at == now + timedelta(minutes=5)


def test_it_sends_once_for_a_double_click(incident: Incident, by_dana: Actor, now: datetime) -> None:
    first = factories.send(incident, "initial", by_dana, now, key="press-1")

    again = send_update(incident, draft_version=1, by=by_dana, now=now, key="press-1")

    assert again == first
    assert Message.objects.count() == 1


def test_it_tells_the_second_sender_who_was_first(incident: Incident, by_dana: Actor, now: datetime) -> None:
    factories.send(incident, "initial", by_dana, now)

    with pytest.raises(WrongState, match=r"Nothing was sent: Dana Reyes sent this message at 14:00:00 UTC"):
        send_update(incident, draft_version=2, by=by_dana, now=now, key="another press")


def test_it_refuses_a_draft_that_changed_meanwhile(
    incident: Incident, by_dana: Actor, by_mara: Actor, now: datetime
) -> None:
    draft = start_draft(incident, kind="initial", by=by_dana, now=now)
    save_draft(draft, version=draft.version, by=by_mara, now=now, body="Mara's better words, which are long enough.")

    with pytest.raises(WrongState, match="Mara Lindqvist changed the draft since you opened it"):
        send_update(incident, draft_version=draft.version, by=by_dana, now=now, key="k")


def test_it_never_overwrites_a_colleagues_words(
    incident: Incident, by_dana: Actor, by_mara: Actor, now: datetime
) -> None:
    draft = start_draft(incident, kind="initial", by=by_dana, now=now)
    save_draft(draft, version=1, by=by_mara, now=now, body="Mara's")

    with pytest.raises(WrongState, match=r"Mara Lindqvist saved this draft meanwhile \(version 2, yours is 1\)"):
        save_draft(draft, version=1, by=by_dana, now=now, body="Dana's")

    draft.refresh_from_db()
    assert draft.body == "Mara's"


def test_it_uses_approved_templates_only(incident: Incident, by_dana: Actor, by_mara: Actor, now: datetime) -> None:
    template = Template.objects.get(name="First alert")
    with pytest.raises(WrongState, match="“First alert” is not approved"):
        start_draft(incident, kind="initial", template=template, by=by_dana, now=now)
    template = approve(template, by=by_mara, now=now)
    draft = start_draft(incident, kind="initial", template=template, by=by_dana, now=now)
    assert "**Payments API**" in draft.body

    template.body += " More."
    save_template(template, by=by_mara, now=now)

    with pytest.raises(WrongState, match="is not approved"):
        send_update(incident, draft_version=draft.version, by=by_dana, now=now, key="k")


def test_it_refuses_unknown_variables(by_mara: Actor, now: datetime) -> None:
    template = Template(name="Bad", kind="initial", subject="x", body="{{ settings.SECRET_KEY }} {{servces}}")

    with pytest.raises(InvalidInput, match=r"Unknown variable \{\{servces\}\}, \{\{settings.SECRET_KEY\}\}"):
        save_template(template, by=by_mara, now=now)


def test_it_refuses_to_send_to_nobody(by_ivo: Actor, by_dana: Actor, now: datetime) -> None:
    lonely = factories.incident(by_ivo, now, services=[factories.service("Archive")])

    with pytest.raises(InvalidInput, match="Nobody would hear of it"):
        factories.send(lonely, "initial", by_dana, now)

    assert open_draft(lonely) is not None
    assert not Update.objects.exists()
    assert not Message.objects.exists()


def test_it_keeps_telling_whoever_was_alerted_when_the_scope_changes(
    incident: Incident, by_dana: Actor, by_ivo: Actor, now: datetime
) -> None:
    factories.send(incident, "initial", by_dana, now)
    change_scope(incident, [Scope(factories.service("Reports").pk)], by=by_ivo, now=now)
    assert recipient_counts(incident, "progress").contacts == 3

    update = factories.send(incident, "progress", by_dana, now + timedelta(minutes=10))

    assert told(update) == {"Pat", "Sam", "Robin"}


def test_it_leaves_out_and_adds_by_hand_with_a_reason(incident: Incident, by_dana: Actor, now: datetime) -> None:
    people = {row.name: row for row in incident_contacts()}
    adjust_audience(incident, people["Sam"], is_included=False, reason="on the bridge already", by=by_dana, now=now)
    adjust_audience(incident, people["Robin"], is_included=True, reason="asked to be told", by=by_dana, now=now)

    update = factories.send(incident, "initial", by_dana, now)

    assert told(update) == {"Pat", "Robin"}
    reason = Delivery.objects.get(contact__name="Robin").reason
    assert reason == "added by Dana Reyes: asked to be told"


def test_it_needs_the_green_light_for_the_final_message(
    incident: Incident, by_dana: Actor, by_ivo: Actor, now: datetime
) -> None:
    factories.send(incident, "initial", by_dana, now)
    with pytest.raises(WrongState, match="no green light; Operations gives it"):
        factories.send(incident, "final", by_dana, now)
    with pytest.raises(NotAllowed, match="This takes Operations"):
        give_green_light(incident, note="done", by=by_dana, now=now)

    give_green_light(incident, note="The standby took over.", by=by_ivo, now=now)
    final = factories.send(incident, "final", by_dana, now)

    incident.refresh_from_db()
    assert (incident.status, incident.resolved_at) == (Status.RESOLVED, now)
    assert told(final) == {"Pat", "Sam"}
    assert not Promise.objects.open().exists()


def test_it_holds_the_final_message_when_the_green_light_is_withdrawn(
    incident: Incident, by_dana: Actor, by_ivo: Actor, now: datetime
) -> None:
    factories.send(incident, "initial", by_dana, now)
    give_green_light(incident, note="looks good", by=by_ivo, now=now)
    withdraw_green_light(incident, reason="errors are back", by=by_ivo, now=now)

    with pytest.raises(WrongState, match="no green light"):
        factories.send(incident, "final", by_dana, now)


def test_it_reopens_after_a_relapse(incident: Incident, by_dana: Actor, by_ivo: Actor, now: datetime) -> None:
    factories.send(incident, "initial", by_dana, now)
    give_green_light(incident, note="fixed", by=by_ivo, now=now)
    factories.send(incident, "final", by_dana, now)
    with pytest.raises(WrongState, match="reopen it before sending"):
        start_draft(incident, kind="progress", by=by_dana, now=now)

    reopen(incident, reason="It failed again.", by=by_ivo, now=now + timedelta(minutes=9))
    update = factories.send(incident, "progress", by_dana, now + timedelta(minutes=10))

    incident.refresh_from_db()
    assert (incident.status, incident.has_green_light, incident.resolved_at) == ("investigating", False, None)
    assert told(update) == {"Pat", "Sam"}


def test_it_sends_the_post_mortem_to_exactly_those_who_were_told(
    incident: Incident, by_dana: Actor, by_ivo: Actor, now: datetime
) -> None:
    factories.send(incident, "initial", by_dana, now)
    words: dict[str, Any] = {"subject": "What happened", "body": "A disk was full. We added an alarm.", "key": "pm"}
    with pytest.raises(WrongState, match="still open"):
        send_postmortem(incident, by=by_dana, now=now, **words)
    give_green_light(incident, note="fixed", by=by_ivo, now=now)
    factories.send(incident, "final", by_dana, now)
    late = factories.contact(factories.customer("Initech", factories.service()), "Late")

    update = send_postmortem(incident, by=by_dana, now=now + timedelta(days=2), **words)

    assert told(update) == {"Pat", "Sam"}
    assert late.name not in told(update)
    assert update.next_update_at is None


def test_it_audits_a_send_without_personal_data(incident: Incident, by_dana: Actor, now: datetime) -> None:
    factories.send(incident, "initial", by_dana, now)

    entry = AuditEntry.objects.get(action="update.sent")
    assert entry.data["contacts"] == 2
    assert "@" not in str(entry.data)


def incident_contacts() -> list[Contact]:
    """Everybody the fixture made."""
    return list(Contact.objects.all())


@pytest.mark.parametrize("kind", ["postmortem", "bogus", ""])
def test_it_writes_no_other_kind_by_hand(incident: Incident, by_dana: Actor, now: datetime, kind: str) -> None:
    with pytest.raises(WrongState, match=r"made and sent from the post-mortem|no kind of message"):
        start_draft(incident, kind=kind, by=by_dana, now=now)
    draft = start_draft(incident, kind="initial", by=by_dana, now=now)
    with pytest.raises(InvalidInput, match="Choose what the message is for"):
        save_draft(draft, version=draft.version, by=by_dana, now=now, kind=kind)


def test_it_never_sends_a_postmortem_from_a_draft(
    incident: Incident, by_dana: Actor, by_ivo: Actor, now: datetime
) -> None:
    factories.send(incident, "initial", by_dana, now)
    give_green_light(incident, note="fixed", by=by_ivo, now=now)
    factories.send(incident, "final", by_dana, now)

    with pytest.raises(WrongState, match="sent from the post-mortem, once approved"):
        start_draft(incident, kind="postmortem", by=by_dana, now=now)


def test_it_leaves_the_status_to_operations(incident: Incident, by_dana: Actor, by_ivo: Actor, now: datetime) -> None:
    draft = start_draft(incident, kind="initial", by=by_dana, now=now)
    set_status(incident, "identified", by=by_ivo, now=now)
    draft = save_draft(draft, version=draft.version, by=by_dana, now=now, body=factories.BODY)

    update = send_update(incident, draft_version=draft.version, by=by_dana, now=now, key="k")

    incident.refresh_from_db()
    assert (update.status, incident.status) == ("investigating", "identified")


def test_it_says_the_same_in_plain_text(by_ivo: Actor, by_dana: Actor, now: datetime) -> None:
    shop = factories.service("Search & Buy's <API>")
    factories.contact(factories.customer("Acme", shop), "Pat")
    incident = factories.incident(by_ivo, now, services=[shop], title="R&D's <search> is down")

    factories.send(incident, "initial", by_dana, now, body="You can't pay & we're on it: a < b for some of you.")

    text = Delivery.objects.get().content.text
    assert "You can't pay & we're on it: a < b" in text
    assert "Search & Buy's <API>" in text
    assert "R&D's <search> is down" in text
    assert "&amp;" not in text
    assert "&#x27;" not in text


def test_it_keeps_headings_on_one_line(incident: Incident, by_dana: Actor, now: datetime) -> None:
    draft = start_draft(incident, kind="initial", by=by_dana, now=now)

    draft = save_draft(draft, version=draft.version, by=by_dana, now=now, subject="One\r\nBcc: x@example.com")

    assert draft.subject == "One Bcc: x@example.com"
