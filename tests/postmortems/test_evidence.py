"""Impact corrected, moments hidden and added, files kept, published texts corrected."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import Settings

from crisisdesk.core.actors import Actor
from crisisdesk.core.models import AuditEntry, User
from crisisdesk.core.refusals import InvalidInput, NotAllowed, WrongState
from customers import links
from customers.models import Contact, Delivery
from incidents.models import Update
from postmortems import attachments, hiding, impact
from postmortems.admin.forms import MomentForm
from postmortems.differences import differences
from postmortems.editions import approve_customer_edition, draft_customer_edition, save_customer_edition
from postmortems.models import Attachment, EditionVersion, Postmortem
from postmortems.publication import begin_correction, give_up_correction, publish_customer_edition
from postmortems.timeline import compiled, shown_to
from tests import factories
from tests.postmortems.conftest import approved

SignIn = Callable[[User], Client]
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 20


def test_a_corrected_impact_keeps_the_computed_one_beside(postmortem: Postmortem, by_ivo: Actor, now: datetime) -> None:
    computed = postmortem.impact_in_numbers
    numbers = {"customers": 7, "contacts": 9, "customer_minutes": 70}
    with pytest.raises(InvalidInput, match="how you know better"):
        impact.correct(postmortem, **numbers, reason=" ", by=by_ivo, now=now)
    found = impact.correct(postmortem, **numbers, reason="The partner counted.", by=by_ivo, now=now)
    assert (found.impact_in_numbers, found.computed_in_numbers) == (
        "7 customers, 9 contacts, 70 customer-minutes",
        computed,
    )
    data = AuditEntry.objects.get(action="postmortem.impact_corrected").data
    assert (data["computed"]["customers"], data["after"]["customers"]) == (1, 7)


def test_a_better_reason_for_the_same_numbers_is_kept(postmortem: Postmortem, by_ivo: Actor, now: datetime) -> None:
    numbers = {"customers": 7, "contacts": 9, "customer_minutes": 3_000_000_000}
    found = impact.correct(postmortem, **numbers, reason="The partner counted.", by=by_ivo, now=now)
    found = impact.correct(found, **numbers, reason="Their auditor counted.", by=by_ivo, now=now)
    assert found.impact_reason == "Their auditor counted."
    assert impact.correct(found, **numbers, reason="Their auditor counted.", by=by_ivo, now=now).version == 3
    with pytest.raises(InvalidInput, match="from 0 to 2,000,000,000"):
        impact.correct(found, **(numbers | {"contacts": 3_000_000_000}), reason="x", by=by_ivo, now=now)


def test_a_moment_of_no_year_is_refused_at_its_field() -> None:
    form = MomentForm({"happened_at": "0001-01-01T00:00", "text": "x"}, zone="Asia/Tokyo")
    assert form.errors["happened_at"] == ["There is no such moment; look at the year again."]


def test_a_hidden_moment_stays_listed_and_the_record_untouched(
    postmortem: Postmortem, by_ivo: Actor, by_dana: Actor, now: datetime
) -> None:
    moment = next(row for row in compiled(postmortem.incident) if row.key.startswith("update:"))
    with pytest.raises(NotAllowed):
        hiding.hide(postmortem, moment.key, reason="x", by=by_dana, now=now)
    with pytest.raises(InvalidInput, match="can't be hidden"):
        hiding.hide(postmortem, "", reason="x", by=by_ivo, now=now)
    row = hiding.hide(postmortem, moment.key, reason="Told twice.", by=by_ivo, now=now)
    assert moment not in shown_to(postmortem).shown
    assert [(each.text, each.reason, each.by_name) for each in shown_to(postmortem).hidden] == [
        (moment.text, "Told twice.", "Ivo Brandt")
    ]
    assert moment in compiled(postmortem.incident)
    hiding.show(row, reason="It matters.", by=by_ivo, now=now)
    assert moment in shown_to(postmortem).shown


def test_an_added_moment_says_who_added_it(postmortem: Postmortem, by_ivo: Actor, now: datetime) -> None:
    at = now - timedelta(hours=1)
    with pytest.raises(InvalidInput, match="future"):
        hiding.add(postmortem, happened_at=now + timedelta(seconds=1), text="x", by=by_ivo, now=now)
    hiding.add(postmortem, happened_at=at, text="The provider called.", by=by_ivo, now=now)
    (found,) = [row for row in compiled(postmortem.incident) if row.family == "added"]
    assert (found.at, found.who) == (at, "added by Ivo Brandt")


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("run.exe", b"MZ", "not taken"),
        ("page.html", b"<script>", "not taken"),
        ("picture.svg", b"<svg/>", "not taken"),
        (".png", PNG, "not taken"),
        ("a.png", b"<html>", "not what its name says"),
        ("a.txt", b"a\0b", "not what its name says"),
        ("a.txt", b"", "empty"),
        ("a.txt", b"x" * 1_000_001, "1 MB is the most"),
    ],
)
def test_files_that_are_not_taken(
    settings: Settings, postmortem: Postmortem, by_ivo: Actor, now: datetime, name: str, data: bytes, said: str
) -> None:
    settings.ATTACHMENT_MAX_MB = 1
    with pytest.raises(InvalidInput, match=said):
        attachments.attach(postmortem, name, data, by=by_ivo, now=now)


def test_names_are_cleaned() -> None:
    assert attachments.clean_name("..\\..\\etc/pass\u202ewd\x00.png") == "passwd.png"
    assert attachments.clean_name('a<b>"c;.txt') == "a_b_c_.txt"
    assert len(attachments.clean_name("x" * 500 + ".png")) == attachments.LONGEST_NAME


def test_a_file_is_a_download_for_who_may_see_it(
    signed_in: SignIn, ivo: User, cleo: User, otto: User, postmortem: Postmortem
) -> None:
    page = f"/admin/postmortems/postmortem/{postmortem.pk}/change/"
    graph = SimpleUploadedFile("../graph.png", PNG, "text/html")
    assert signed_in(ivo).post(page, {"verb": "attach", "file": graph, "note": "Errors"}).status_code == 302
    row = Attachment.objects.get()
    url = f"/admin/postmortems/postmortem/{postmortem.pk}/files/{row.pk}/"
    response = signed_in(cleo).get(url)
    assert (response.content, response["Content-Type"]) == (PNG, "image/png")
    assert response["Content-Disposition"] == 'attachment; filename="graph.png"'
    assert response["X-Content-Type-Options"] == "nosniff"
    assert signed_in(otto).get(url).status_code in (302, 403)
    assert signed_in(cleo).post(page, {"verb": "take_out", "attachment": row.pk, "reason": "x"}).status_code == 403
    signed_in(ivo).post(page, {"verb": "take_out", "attachment": row.pk, "reason": "Wrong graph."})
    assert signed_in(ivo).get(url).status_code == 404
    assert "Wrong graph." in signed_in(ivo).get(page).content.decode()


def published(
    postmortem: Postmortem, ivo: User, by_ivo: Actor, by_dana: Actor, now: datetime, *, by_mail: bool
) -> Postmortem:
    approved(postmortem, ivo, by_ivo, now)
    begun = draft_customer_edition(postmortem, by=by_dana, now=now)
    text = save_customer_edition(
        begun, version=1, subject="What happened", body="It ended at 15:00.", by=by_dana, now=now
    )
    ready = approve_customer_edition(text, version=text.edition_version, by=by_ivo, now=now)
    return publish_customer_edition(ready, by_mail=by_mail, by=by_dana, now=now)


def test_an_account_on_progress_pages_only_is_read_there_and_mailed_to_nobody(
    settings: Settings, postmortem: Postmortem, ivo: User, by_ivo: Actor, by_dana: Actor, now: datetime
) -> None:
    settings.LINK_KEYS = ["a key for these tests, long enough to be one"]
    before = Delivery.objects.count()
    published(postmortem, ivo, by_ivo, by_dana, now, by_mail=False)
    assert Delivery.objects.count() == before
    Delivery.objects.update(state="sent")

    def page(of: Contact) -> str:
        token = links.make("progress", of, postmortem.incident.reference, datetime.now(now.tzinfo) + timedelta(days=1))
        return Client().get(f"/p/{token}/").content.decode()

    assert "It ended at 15:00." in page(Contact.objects.get(name="Pat"))
    assert "It ended at 15:00." not in page(Contact.objects.get(name="Robin"))


def test_a_correction_says_so_and_goes_to_who_got_the_first(
    postmortem: Postmortem, ivo: User, by_ivo: Actor, by_dana: Actor, now: datetime
) -> None:
    sent = published(postmortem, ivo, by_ivo, by_dana, now, by_mail=True)
    factories.contact(factories.customer("Acme"), "Newcomer")
    with pytest.raises(WrongState, match="begin a correction before"):
        save_customer_edition(sent, version=sent.edition_version, subject="x", body="y", by=by_dana, now=now)
    text = begin_correction(sent, what="The end was given wrongly.", by=by_dana, now=now)
    text = save_customer_edition(
        text, version=text.edition_version, subject="What happened", body="It ended at 15:30.", by=by_dana, now=now
    )
    ready = approve_customer_edition(text, version=text.edition_version, by=by_ivo, now=now)
    publish_customer_edition(ready, by_mail=False, by=by_dana, now=now)

    first, second = Update.objects.filter(kind="postmortem").order_by("number")
    assert second.subject == "Corrected: What happened"
    assert second.body.startswith("**This corrects our account of 10 March 2026.** The end was given wrongly.")

    def names(update: Update) -> set[str]:
        return {row.contact.name for row in Delivery.objects.filter(message=update.message)}

    assert names(second) == names(first) == {"Pat", "Sam"}
    assert [row.correction for row in EditionVersion.objects.order_by("number")] == ["", "The end was given wrongly."]


def test_a_correction_can_be_given_up(
    postmortem: Postmortem, ivo: User, by_ivo: Actor, by_dana: Actor, now: datetime
) -> None:
    sent = published(postmortem, ivo, by_ivo, by_dana, now, by_mail=True)
    text = begin_correction(sent, what="A typo.", by=by_dana, now=now)
    save_customer_edition(text, version=text.edition_version, subject="x", body="y", by=by_dana, now=now)
    back = give_up_correction(text, by=by_dana, now=now)
    assert (back.edition_body, back.is_correcting) == ("It ended at 15:00.", False)
    assert EditionVersion.objects.count() == 1


def test_differences_are_word_by_word() -> None:
    found = [(piece.change, piece.text) for piece in differences("It ended at 15:00.", "It ended at 15:30, sorry.")]
    assert found == [("same", "It ended at "), ("removed", "15:00."), ("added", "15:30, sorry.")]
