"""The editor of templates: what is seen before it is saved, versions compared, translations, use."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime

import pytest
from django.test import Client

from crisisdesk.core.actors import Actor
from crisisdesk.core.models import User
from crisisdesk.core.refusals import InvalidInput, WrongState
from incidents.models import IncidentType, Template
from incidents.plain import word_changes
from incidents.templates import approve, save_template, text_mark, with_usage
from tests import factories

PREVIEW = "/admin/incidents/template/preview/"
WORDS = {"subject": "{{title}}", "body": "We look into **{{services}}**.", "kind": "initial", "language": "en"}


@pytest.fixture
def client(mara: User, signed_in: Callable[[User], Client]) -> Client:
    return signed_in(mara)


@pytest.mark.parametrize(
    ("way", "words"),
    [
        ("html", "<strong>Payments API in eu-west</strong>"),
        ("text", "We look into Payments API in eu-west."),
        ("sms", "GSM-7, "),
        ("page", "<h1>Payments are slow</h1>"),
    ],
)
def test_words_not_saved_yet_are_shown_as_readers_get_them(client: Client, way: str, words: str) -> None:
    answer = client.post(PREVIEW, {**WORDS, "way": way})
    assert words in answer.content.decode()
    assert "sandbox" in answer["Content-Security-Policy"]


def test_a_preview_can_be_of_a_real_incident_and_in_another_language(
    client: Client, by_ivo: Actor, now: datetime
) -> None:
    incident = factories.incident(by_ivo, now, title="Cards are refused")
    shown = client.post(PREVIEW, {**WORDS, "way": "html", "incident": incident.pk, "language": "de"}).content.decode()
    assert "Cards are refused" in shown
    assert "Betroffen" in shown


def test_an_unknown_variable_is_named_instead_of_shown(client: Client) -> None:
    shown = client.post(PREVIEW, {**WORDS, "body": "{{customer.secret}}"}).content.decode()
    assert "Unknown variable {{customer.secret}}" in shown


def test_nothing_a_template_holds_becomes_markup(client: Client) -> None:
    shown = client.post(PREVIEW, {**WORDS, "way": "page", "body": "<script>alert(1)</script>"}).content.decode()
    assert "<script>" not in shown


def test_only_a_post_shows_a_preview(client: Client) -> None:
    assert client.get(PREVIEW).status_code == 405


def test_the_editor_offers_variables_and_the_missing_language(client: Client, mara: User) -> None:
    Template.objects.filter(name="First alert (Français)").delete()
    original = Template.objects.get(name="First alert")
    page = client.get(f"/admin/incidents/template/{original.pk}/change/").content.decode()
    assert 'data-variable="{{services}}"' in page
    assert f"translation_of={original.pk}&amp;language=fr" in page


def test_versions_are_compared_with_the_one_approved_before(client: Client, by_mara: Actor, now: datetime) -> None:
    template = approve(Template.objects.get(name="First alert"), by=by_mara, now=now)
    template.body = template.body.replace("Our engineers", "Our people")
    template.incident_type, template.status = IncidentType.objects.create(name="Payments"), "identified"
    save_template(template, by=by_mara, now=now)
    page = client.get(f"/admin/incidents/template/{template.pk}/versions/").content.decode()
    assert "<del>engineers </del>" in page
    assert "<ins>people </ins>" in page
    assert "<del>every type</del> <ins>Payments</ins>" in page


def test_versions_with_the_same_words_differ_by_what_they_are_for(
    client: Client, by_mara: Actor, now: datetime
) -> None:
    template = approve(Template.objects.get(name="First alert"), by=by_mara, now=now)
    template.status = "identified"
    save_template(template, by=by_mara, now=now)
    save_template(template, by=by_mara, now=now)
    page = client.get(f"/admin/incidents/template/{template.pk}/versions/").content.decode()
    assert "<del>any</del> <ins>Identified</ins>" in page


def test_the_way_browsers_end_lines_takes_no_approval_away(client: Client, by_mara: Actor, now: datetime) -> None:
    for template in Template.objects.order_by("pk"):
        approve(template, by=by_mara, now=now)
        template.refresh_from_db()
        said = template.body
        template.body = template.body.replace("\n", "\r\n")
        assert save_template(template, by=by_mara, now=now).is_approved
        assert template.body == said
    longest = Template.objects.get(name="Correction")
    form = client.get(f"/admin/incidents/template/{longest.pk}/change/").context["adminform"].form
    typed = {name: form[name].value() or "" for name in form.fields}
    typed |= {"body": longest.body.replace("\n", "\r\n"), "guidance": "When we were wrong.", "is_active": "on"}
    client.post(f"/admin/incidents/template/{longest.pk}/change/", typed)
    longest.refresh_from_db()
    assert (longest.guidance, longest.is_approved) == ("When we were wrong.", True)


def test_words_of_the_starter_set_have_no_versions_yet(client: Client) -> None:
    pk = Template.objects.get(name="First alert").pk
    assert "Not changed yet" in client.get(f"/admin/incidents/template/{pk}/versions/").content.decode()


@pytest.mark.parametrize("number", ["x", "99999999999999999999", "-1"])
def test_strange_numbers_of_versions_show_the_newest(
    client: Client, by_mara: Actor, now: datetime, number: str
) -> None:
    template = approve(Template.objects.get(name="First alert"), by=by_mara, now=now)
    answer = client.get(f"/admin/incidents/template/{template.pk}/versions/?old={number}&new={number}")
    assert "The only version so far" in answer.content.decode()


def test_words_are_compared_one_by_one() -> None:
    assert word_changes("a b c", "a x c") == [
        {"how": "same", "text": "a "},
        {"how": "gone", "text": "b "},
        {"how": "added", "text": "x "},
        {"how": "same", "text": "c \n"},
    ]
    assert {part["how"] for part in word_changes("a\n\nb", "a\r\n\r\nb")} == {"same"}


def test_use_is_counted_and_drills_are_not(by_ivo: Actor, by_dana: Actor, by_mara: Actor, now: datetime) -> None:
    template = approve(Template.objects.get(name="First alert"), by=by_mara, now=now)
    acme = factories.customer("Acme", factories.service())
    factories.contact(acme)
    factories.send(factories.incident(by_ivo, now), "initial", by_dana, now, template=template)
    factories.send(factories.incident(by_ivo, now, is_drill=True), "initial", by_dana, now, template=template)
    used = with_usage(Template.objects.filter(pk=template.pk)).get()
    assert (used.sent, used.last_sent_at) == (1, now)  # type: ignore[attr-defined]


@pytest.mark.parametrize("text", ["{{title} is slow", "{title}} is slow", "{{title", "{{{title}}}", "{{ title | safe"])
def test_half_a_variable_is_refused_and_named(text: str, by_mara: Actor, now: datetime) -> None:
    with pytest.raises(InvalidInput, match="is no variable"):
        save_template(Template(name="Half", kind="progress", subject="Slow", body=text), by=by_mara, now=now)


def test_the_editor_says_what_to_look_at(client: Client) -> None:
    page = client.get("/admin/incidents/template/1/change/").content.decode()
    assert "It can be sent as it stands." in page
    words = {"kind": "progress", "subject": "Slow", "body": "Your data is safe since 14:02.\n\nWe do:", "guidance": ""}
    shown = client.post("/admin/incidents/template/lint/", words).content.decode()
    for said in ("has nothing after it", "put {{services}} or {{title}} in", "14:02", "data is safe", "when to use it"):
        assert said in shown, said
    assert (
        "is no variable" in client.post("/admin/incidents/template/lint/", {**words, "body": "{{x}"}).content.decode()
    )


def test_what_is_approved_is_what_was_looked_at(client: Client, by_mara: Actor, now: datetime) -> None:
    one, other = Template.objects.order_by("pk")[:2]
    page = client.get("/admin/incidents/template/approving/", {"pk": [one.pk, other.pk]}).content.decode()
    ticked = re.findall(r'name="is" value="([^"]+)"[^>]* checked', page)
    assert len(ticked) == 2
    other.body = "Somebody wrote something else about **{{services}}** meanwhile, and nobody has read it."
    save_template(other, by=by_mara, now=now)
    answer = client.post("/admin/incidents/template/approving/", {"is": ticked}, follow=True).content.decode()
    assert "1 template is approved" in answer
    assert "was changed since you opened the page" in answer
    assert [Template.objects.get(pk=row.pk).is_approved for row in (one, other)] == [True, False]


def test_what_words_are_for_is_approved_with_them(by_mara: Actor, now: datetime) -> None:
    template = approve(Template.objects.get(name="First alert"), by=by_mara, now=now)
    seen, template.incident_type = text_mark(template), IncidentType.objects.create(name="Payments")
    assert not save_template(template, by=by_mara, now=now).is_approved
    with pytest.raises(WrongState, match="was changed since you opened the page"):
        approve(template, by=by_mara, now=now, seen=seen)


def test_what_waits_is_shown_against_what_was_approved_last(client: Client, by_mara: Actor, now: datetime) -> None:
    template = approve(Template.objects.get(name="First alert"), by=by_mara, now=now)
    template.body = template.body.replace("Our engineers", "Our people")
    template.incident_type, template.status = IncidentType.objects.create(name="Payments"), "identified"
    save_template(template, by=by_mara, now=now)
    page = client.get("/admin/incidents/template/approving/", {"pk": template.pk}).content.decode()
    assert "<del>engineers </del><ins>people </ins>" in page
    assert "<del>every type</del> <ins>Payments</ins>" in page
    assert "<del>any</del> <ins>Identified</ins>" in page
    listed = client.get("/admin/incidents/template/", {"approval": "no"}).content.decode()
    assert f"/template/{template.pk}/change/" in listed
    approved = client.get("/admin/incidents/template/", {"approval": "yes"}).content.decode()
    assert f"/template/{template.pk}/change/" not in approved


def test_support_looks_and_does_not_approve(dana: User, signed_in: Callable[[User], Client]) -> None:
    client = signed_in(dana)
    page = client.get("/admin/incidents/template/approving/").content.decode()
    assert "Approve what is ticked" not in page
    template = Template.objects.get(name="First alert")
    client.post("/admin/incidents/template/approving/", {"is": f"{template.pk}:{text_mark(template)}"})
    assert not Template.objects.filter(approved_at__isnull=False).exists()
