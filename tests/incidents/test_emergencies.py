"""In an emergency an unapproved template may be used: with a reason, told to communications, looked at afterwards."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
from django.test import Client
from django.urls import reverse

from crisisdesk.core.actors import Actor
from crisisdesk.core.models import AuditEntry, User
from crisisdesk.core.refusals import InvalidInput, NotAllowed, WrongState
from incidents.drafts import change_template, save_draft, start_draft
from incidents.emergencies import review
from incidents.models import Draft, EmergencyUse, Incident, Notification, Template, TimelineEntry, Update
from incidents.publishing import send_update
from incidents.templates import approve
from tests import factories as make

pytestmark = pytest.mark.django_db
REASON = "Nobody of communications answers, and customers call us."


@pytest.fixture
def incident(by_ivo: Actor, now: datetime) -> Incident:
    make.contact(make.customer("Acme", make.service()), "Pat")
    return make.incident(by_ivo, now)


@pytest.fixture
def template(db: None) -> Template:
    """Of the starter set, not approved yet."""
    return Template.objects.get(name="First alert")


def begun(incident: Incident, template: Template, by: Actor, now: datetime, reason: str) -> Draft:
    draft = start_draft(incident, kind="initial", by=by, now=now)
    return change_template(draft, template, version=draft.version, by=by, now=now, emergency_reason=reason)


def sent(incident: Incident, template: Template, by: Actor, now: datetime) -> Update:
    draft = begun(incident, template, by, now, REASON)
    draft = save_draft(draft, version=draft.version, by=by, now=now, body=make.BODY)
    return send_update(incident, draft_version=draft.version, by=by, now=now, key="k")


def test_without_a_reason_it_is_refused(incident: Incident, template: Template, by_dana: Actor, now: datetime) -> None:
    with pytest.raises(WrongState, match=r"is not approved.*say why"):
        begun(incident, template, by_dana, now, "  ")


def test_it_is_written_down_and_told_to_communications(
    incident: Incident, template: Template, by_dana: Actor, mara: User, now: datetime
) -> None:
    update = sent(incident, template, by_dana, now)

    use = EmergencyUse.objects.get()
    assert (use.update, use.template, use.reason, use.used_by_name) == (update, template, REASON, "Dana Reyes")
    note = Notification.objects.get(purpose="briefing", person=mara)
    assert REASON in note.body
    assert note.link == reverse("admin:emergency_use", args=[use.pk])
    assert AuditEntry.objects.filter(action="template.used_unapproved").count() == 1
    assert TimelineEntry.objects.filter(incident=incident, text__contains=REASON).exists()


def test_an_approved_template_is_no_emergency(
    incident: Incident, template: Template, by_dana: Actor, by_mara: Actor, now: datetime
) -> None:
    begun(incident, template, by_dana, now, REASON)
    approve(template, by=by_mara, now=now)
    draft = Draft.objects.get()
    draft = change_template(
        draft, Template.objects.get(pk=template.pk), version=draft.version, by=by_dana, now=now, emergency_reason=REASON
    )
    assert draft.emergency_reason == ""
    draft = save_draft(draft, version=draft.version, by=by_dana, now=now, body=make.BODY)
    send_update(incident, draft_version=draft.version, by=by_dana, now=now, key="k")
    assert not EmergencyUse.objects.exists()


def test_what_is_out_of_use_stays_so(incident: Incident, template: Template, by_dana: Actor, now: datetime) -> None:
    Template.objects.filter(pk=template.pk).update(is_active=False)
    template.refresh_from_db()
    with pytest.raises(WrongState, match="not in use any more"):
        begun(incident, template, by_dana, now, REASON)


def test_communications_look_at_it_once(
    incident: Incident, template: Template, by_dana: Actor, by_mara: Actor, now: datetime
) -> None:
    sent(incident, template, by_dana, now)
    use = EmergencyUse.objects.get()
    with pytest.raises(NotAllowed, match="This takes Marketing communications"):
        review(use, verdict="Fine.", by=by_dana, now=now)
    with pytest.raises(InvalidInput, match="Say what you think"):
        review(use, verdict=" ", by=by_mara, now=now)
    review(use, verdict="Fine words, but say sorry.", by=by_mara, now=now)
    with pytest.raises(WrongState, match="Mara Lindqvist has looked at it already"):
        review(use, verdict="Again.", by=by_mara, now=now)


def test_it_is_listed_until_it_was_looked_at(
    incident: Incident, dana: User, mara: User, signed_in: Callable[[User], Client]
) -> None:
    """Pressed on the pages, from compose to the list of communications."""
    dana_s, mara_s = signed_in(dana), signed_in(mara)
    compose = reverse("admin:compose", args=[incident.pk])
    dana_s.post(reverse("admin:compose_start", args=[incident.pk, "initial"]))
    template = Template.objects.get(name="First alert")
    draft = Draft.objects.get()
    page = dana_s.get(compose).content.decode()
    assert "a template that is not approved, with a reason" in page
    form = {"kind": "initial", "status": "investigating", "subject": "S", "body": make.BODY, "preset": "30"}
    form |= {"version": str(draft.version), "draft": str(draft.pk), "key": "k"}
    chosen = {"emergency_template": str(template.pk), "emergency_reason": REASON}
    assert dana_s.post(compose, {**form, **chosen, "action": "emergency"}).status_code == 302
    page = dana_s.get(compose).content.decode()
    assert f"Emergency: the template “First alert” is not approved ({REASON})" in page.replace("&#x27;", "'")
    form["version"] = str(Draft.objects.get().version)
    assert dana_s.post(compose, {**form, "action": "send", "confirm": "yes"}).status_code == 302

    use = EmergencyUse.objects.get()
    assert "1 message went out from a template that nobody approved" in mara_s.get("/admin/").content.decode()
    address = reverse("admin:emergency_use", args=[use.pk])
    assert address in mara_s.get(reverse("admin:emergency_uses")).content.decode()
    assert "I have looked at it" in mara_s.get(address).content.decode()
    assert mara_s.post(address, {"verdict": "Fine."}).status_code == 302
    assert "Nothing: communications have looked" in mara_s.get(reverse("admin:emergency_uses")).content.decode()
    assert "nobody approved" not in mara_s.get("/admin/").content.decode()
