"""Compose: write, see, and send one message to the affected (Steps 3 to 5)."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from crisisdesk.core import clock
from crisisdesk.core.access import Act
from crisisdesk.core.actors import Actor
from crisisdesk.core.console import actor_of
from crisisdesk.core.models import User
from crisisdesk.core.numbers import whole_number
from crisisdesk.core.refusals import InvalidInput, NotAllowed, Refusal, WrongState
from customers.affected import AudienceCounts
from customers.languages import language_choices
from incidents.drafts import change_template, discard_draft, open_draft, save_draft, start_draft
from incidents.issuing import sent_before
from incidents.locking import locked
from incidents.models import Draft, Incident, Template, Update
from incidents.publishing import send_update
from incidents.put_aside import last_aside, open_and_aside
from incidents.room.compose_aside import aside_facts, bring_back
from incidents.room.compose_changed import changed_facts, gone_facts
from incidents.room.compose_facts import compose_facts, draft_facts, start_facts
from incidents.room.compose_form import ComposeForm, unreadable_lines
from incidents.room.finding import the_incident
from incidents.room.pages import page, refused, seen_by, status_of
from incidents.room.reach import whom
from incidents.test_sends import MARK, send_test
from incidents.writers import note_writer, others_writing

CONFIRM = "Tick that the preview says what you mean, then send."


@require_POST
@seen_by(Act.VIEW_INCIDENTS)
def compose_start(request: HttpRequest, pk: int, kind: str) -> HttpResponseBase:
    """Start a draft of a kind, or go on with the one that is open."""
    incident = the_incident(pk, actor_of(request))
    try:
        start_draft(incident, kind=kind, by=actor_of(request), now=clock.now())
    except NotAllowed as refusal:
        return refused(request, str(refusal))
    except Refusal as refusal:
        messages.error(request, str(refusal))
        return redirect(_room(incident))
    return redirect("admin:compose", pk=pk)


@require_http_methods(["GET", "HEAD", "POST"])
@seen_by(Act.VIEW_DELIVERIES)
def compose(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The page of the open draft; POST keeps it, changes its template, throws it away or sends it."""
    incident = the_incident(pk, actor_of(request))
    draft, aside = open_and_aside(incident)
    by, now = actor_of(request), clock.now()
    if request.method == "POST":
        return _act(request, incident, draft, by, now)
    if draft is None:
        return _start_page(request, incident, by, aside=aside)
    form = ComposeForm(None, draft=draft, incident=incident, key=uuid.uuid4().hex)
    return _compose_page(request, incident, draft, form, by, now, aside=aside)


def _act(request: HttpRequest, incident: Incident, draft: Draft | None, by: Actor, now: datetime) -> HttpResponseBase:
    action = request.POST.get("action", "keep")
    if action == "send" and (sent := _sent(request, incident)):
        return _told(request, incident, sent)
    if draft is None or _is_another(request, draft):
        return _without_draft(request, incident, action, by, now)
    form = ComposeForm(request.POST, draft=draft, incident=incident, key=uuid.uuid4().hex)
    if action == "here":
        return _others(request, incident, draft, form, by, now)
    refusal: Refusal | None = None
    try:
        if action == "discard":
            discard_draft(draft, version=whole_number(request.POST.get("version", "")) or 0, by=by, now=now)
            messages.success(request, "The draft is thrown away. Nothing was sent, and it can be taken up again.")
            return redirect("admin:compose", pk=incident.pk)
        if form.is_valid():
            version = _version(request, form)
            if action == "back":
                bring_back(incident, draft, request.POST.get("aside", ""), version=version, by=by, now=now)
                return redirect("admin:compose", pk=incident.pk)
            if action in ("template", "emergency"):
                reason = request.POST.get("emergency_reason", "") if action == "emergency" else ""
                template = _template(request, action)
                change_template(draft, template, version=version, by=by, now=now, emergency_reason=reason)
                return redirect("admin:compose", pk=incident.pk)
            if action == "send":
                return _told(request, incident, _send(request, incident, draft, form, by, now))
            draft = save_draft(draft, version=version, by=by, now=now, **form.draft_fields(now))
            if action == "test":
                _show_version(form, draft.version)
                _test(request, incident, draft, by, now)
    except Refusal as error:
        refusal = error
        draft = open_draft(incident) or draft
        _show_version(form, draft.version)
    if action == "autosave":
        return _autosaved(request, incident, draft, form, by, now, refusal)
    if refusal or not form.is_valid():
        return _compose_page(request, incident, draft, form, by, now, refusal=refusal)
    return redirect("admin:compose", pk=incident.pk)


def _send(
    request: HttpRequest, incident: Incident, draft: Draft, form: ComposeForm, by: Actor, now: datetime
) -> Update:
    """Save what was typed and send it. Raises Refusal; what was saved is kept, and the form shows its version.

    Presses of the same button wait for each other: whoever comes second finds what the first has sent.
    """
    refusal: Refusal | None = None
    with transaction.atomic():
        locked(incident)
        if sent := sent_before(incident, form.cleaned_data["key"]):
            return sent
        draft = save_draft(draft, version=_version(request, form), by=by, now=now, **form.draft_fields(now))
        try:
            return _send_saved(request, incident, draft, form.cleaned_data["key"], by, now)
        except Refusal as error:
            refusal = error
    raise refusal


def _test(request: HttpRequest, incident: Incident, draft: Draft, by: Actor, now: datetime) -> None:
    """The words that were just kept, by mail to whoever presses. Raises Refusal."""
    language = request.POST.get("read_in", "")
    known = [code for code, _ in language_choices()]
    person = User.objects.get(pk=by.id or 0)
    language = language if language in known else draft.language
    address = send_test(draft, incident, to=person, language=language, by=by, now=now)
    messages.success(request, f"A test is on its way to {address}, marked {MARK}. Customers got nothing.")


def _show_version(form: ComposeForm, version: int) -> None:
    """The page shows what is kept beside what was typed; whoever saves from it has seen that version."""
    form.data = form.data.copy()  # type: ignore[attr-defined]
    form.data["version"] = str(version)  # type: ignore[index]


def _sent(request: HttpRequest, incident: Incident) -> Update | None:
    """What this very press has sent already: a second press is told so, whatever became of the draft meanwhile."""
    try:
        return sent_before(incident, request.POST.get("key", ""))
    except InvalidInput:
        return None


def _send_saved(request: HttpRequest, incident: Incident, draft: Draft, key: str, by: Actor, now: datetime) -> Update:
    if request.POST.get("confirm") != "yes":
        raise InvalidInput(CONFIRM)
    sure = request.POST.get("short_gap") == "yes"
    return send_update(incident, draft_version=draft.version, by=by, now=now, key=key, short_gap_confirmed=sure)


def _told(request: HttpRequest, incident: Incident, update: Update) -> HttpResponseBase:
    counts = AudienceCounts(update.customers_count, update.contacts_count)
    messages.success(request, f"{update.get_kind_display().capitalize()} on its way to {whom(counts)}.")
    return redirect(_room(incident))


def _without_draft(request: HttpRequest, incident: Incident, action: str, by: Actor, now: datetime) -> HttpResponseBase:
    """The draft is gone: sent by this very press (the key knows), by somebody else, or thrown away."""
    if action == "back":
        try:
            bring_back(incident, None, request.POST.get("aside", ""), version=0, by=by, now=now)
        except Refusal as refusal:
            return _start_page(request, incident, by, refusal=refusal)
        return redirect("admin:compose", pk=incident.pk)
    if action == "send":
        try:
            update = send_update(incident, draft_version=0, by=by, now=now, key=request.POST.get("key", ""))
        except Refusal as refusal:
            return _start_page(request, incident, by, refusal=refusal, typed=request.POST.get("body", ""))
        return _told(request, incident, update)
    text = "This draft was sent or thrown away meanwhile. What you typed is below; start a new one to use it."
    if action in ("autosave", "here"):
        last = incident.drafts.filter(pk=whole_number(request.POST.get("draft", "")) or 0).first()
        gone = gone_facts(last, incident.updates.order_by("-number").first())
        facts = {"gone": gone, "room_url": _room(incident)}
        return render(request, "admin/incidents/incident/compose_others.html", facts, status=409)
    return _start_page(request, incident, by, refusal=WrongState(text), typed=request.POST.get("body", ""))


def _is_another(request: HttpRequest, draft: Draft) -> bool:
    """The page was opened on a draft that is closed, and this is the next one."""
    return whole_number(request.POST.get("draft", "")) not in (None, draft.pk)


def _version(request: HttpRequest, form: ComposeForm) -> int:
    """The version that the writer has seen: that of the page, or the newer one that they choose to write over."""
    return whole_number(request.POST.get("over", "")) or int(form.cleaned_data["version"])


def _others(
    request: HttpRequest, incident: Incident, draft: Draft, form: ComposeForm, by: Actor, now: datetime
) -> HttpResponseBase:
    """Say that the page is open here; who else writes, and what they changed. It saves nothing and keeps nobody in."""
    note_writer(draft, is_typing=request.POST.get("typing") == "yes", by=by, now=now)
    facts = {"others": others_writing(draft, by=by, now=now), "changed": _changed(request, draft, form, now)}
    return render(request, "admin/incidents/incident/compose_others.html", facts)


def _changed(request: HttpRequest, draft: Draft, form: ComposeForm, now: datetime) -> dict[str, Any] | None:
    """What is kept against what is typed, when somebody has kept another version; None when nobody has."""
    if whole_number(request.POST.get("version", "")) == draft.version:
        return None
    return changed_facts(draft, form.draft_fields(now) if form.is_valid() else None)


def _autosaved(
    request: HttpRequest,
    incident: Incident,
    draft: Draft,
    form: ComposeForm,
    by: Actor,
    now: datetime,
    refusal: Refusal | None,
) -> HttpResponseBase:
    """What changes beside the text: lint, preview as text, the button, and the version that was kept.

    Without a version nothing was kept: a field can't be read, and the lint says which.
    """
    facts = {**draft_facts(incident, draft, now, by), "refusal": refusal, "read_in": request.POST.get("read_in", "")}
    if not form.is_valid():
        facts["lint"] = [*unreadable_lines(form), *facts["lint"]]
        facts["version"] = None
        return render(request, "admin/incidents/incident/compose_parts.html", facts, status=422)
    if refusal is not None:
        # Taking over the version of what somebody else kept would let the next key stroke overwrite it unseen.
        facts["version"] = request.POST.get("version", "")
        facts["changed"] = _changed(request, draft, form, now)
    return render(request, "admin/incidents/incident/compose_parts.html", facts, status=status_of(refusal))


def _compose_page(
    request: HttpRequest,
    incident: Incident,
    draft: Draft,
    form: ComposeForm,
    by: Actor,
    now: datetime,
    *,
    refusal: Refusal | None = None,
    aside: Draft | None = None,
) -> HttpResponseBase:
    read_in = request.POST.get("read_in", "")
    context = {**compose_facts(incident, draft, now, by), "form": form, "refusal": refusal, "read_in": read_in}
    context["aside"] = aside_facts(aside or (last_aside(incident) if form.is_bound else None))
    if isinstance(refusal, WrongState) and request.POST.get("version"):
        context["changed"] = _changed(request, draft, form, now)
    title = f"{draft.get_kind_display().capitalize()}, {incident.reference}"
    status = status_of(refusal, 422 if form.is_bound and form.errors else 200)
    return page(request, "admin/incidents/incident/compose.html", context, title=title, status=status)


def _start_page(
    request: HttpRequest,
    incident: Incident,
    by: Actor,
    *,
    refusal: Refusal | None = None,
    typed: str = "",
    aside: Draft | None = None,
) -> HttpResponseBase:
    shown = aside_facts(aside or (last_aside(incident) if refusal else None))
    context = {**start_facts(incident, by), "refusal": refusal, "typed": typed, "aside": shown}
    title = f"Write to customers, {incident.reference}"
    template = "admin/incidents/incident/compose_start.html"
    return page(request, template, context, title=title, status=status_of(refusal))


def _template(request: HttpRequest, field: str) -> Template:
    """`field` is "template" or "emergency": each chooses from a list of its own."""
    name = "emergency_template" if field == "emergency" else field
    template = Template.objects.filter(pk=whole_number(request.POST.get(name, "")) or 0).first()
    if template is None:
        raise InvalidInput("Choose a template from the list.")
    return template


def _room(incident: Incident) -> str:
    return reverse("admin:incidents_incident_change", args=[incident.pk])
