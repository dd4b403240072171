"""“My contact methods”: how the desk reaches the person who is signed in. Nobody sees or changes another's here."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods

from crisisdesk.core import clock
from crisisdesk.core.access import Act
from crisisdesk.core.actors import Actor
from crisisdesk.core.console import actor_of
from crisisdesk.core.models import User
from crisisdesk.core.numbers import whole_number
from crisisdesk.core.refusals import InvalidInput, NotAllowed, Refusal
from incidents.models import ContactKind, ContactMethod, ContactStep, Urgency
from incidents.oncall import channels
from incidents.oncall.codes import send_code, verify
from incidents.oncall.methods import Minutes, add_method, remove_method, set_order
from incidents.room.pages import page, seen_by, status_of

TEMPLATE = "admin/incidents/contact_methods.html"
_ICONS = {"email": "mail", "sms": "note", "voice": "bell", "chat": "people", "push": "dot"}
_EXAMPLES = {
    ContactKind.SMS: "+1 415 555 0123",
    ContactKind.VOICE: "+1 415 555 0123",
    ContactKind.CHAT: "slack://token_a/token_b/token_c, or another Apprise URL",
    ContactKind.PUSH: "ntfys://ntfy.example.com/your-topic, or another Apprise URL",
    ContactKind.EMAIL: "you@home.example",
}


@require_http_methods(["GET", "HEAD", "POST"])
@seen_by(Act.VIEW_CONSOLE)
def contact_methods(request: HttpRequest) -> HttpResponseBase:
    """The person's ways and their order; POST adds, proves, orders or removes one, as the field `do` says."""
    person, by, now = request.user, actor_of(request), clock.now()
    if not isinstance(person, User):
        raise NotAllowed("Only people have contact methods.")
    refusal: Refusal | None = None
    if request.method == "POST":
        try:
            said = _do(request.POST, person, by, now)
        except Refusal as error:
            refusal = error
        else:
            messages.success(request, said)
            return redirect("admin:contact_methods")
    context = {
        **_facts(person, request.POST if refusal else {}, now),
        "refusal": refusal,
        "person": person,
    }
    status = 422 if isinstance(refusal, InvalidInput) else status_of(refusal, 200)
    return page(request, TEMPLATE, context, title="My contact methods", status=status)


def _do(posted: QueryDict, person: User, by: Actor, now: datetime) -> str:
    """One change; what to say about it. Raises Refusal."""
    act = posted.get("do", "")
    if act == "add":
        method = add_method(person, kind=posted.get("kind", ""), address=posted.get("address", ""), by=by, now=now)
        send_code(method, by=by, now=now)
        return f"A code is on its way to {method.label}. Enter it within 10 minutes."
    if act == "order":
        wanted = {urgency: _minutes(posted, urgency, person) for urgency in Urgency}
        for urgency, minutes in wanted.items():
            set_order(person, urgency, minutes, by=by, now=now)
        return "Your order is saved."
    mine = ContactMethod.objects.kept().filter(person=person).select_related("person")
    method = get_object_or_404(mine, pk=whole_number(posted.get("method", "")))
    if act == "code":
        send_code(method, by=by, now=now)
        return f"A new code is on its way to {method.label}."
    if act == "verify":
        verify(method, posted.get("code", ""), by=by, now=now)
        return f"{method.label} is verified, and in your order below."
    if act == "remove":
        remove_method(method, by=by, now=now)
        return f"{method.label} is removed."
    raise InvalidInput("The page asked for something that the desk does not know; load it again.")


def _minutes(posted: QueryDict, urgency: str, person: User) -> Minutes:
    """What was typed: "0, 2.5" beside each way. Raises InvalidInput that names the way."""
    found: dict[int | None, list[float]] = {}
    labels = dict(ContactMethod.objects.usable().filter(person=person).values_list("pk", "label"))
    for method in (None, *labels):
        name = labels[method] if method else "your account's e-mail"
        found[method] = []
        for word in posted.get(f"{urgency}-{method or 0}", "").replace(";", ",").split(","):
            if word.strip():
                try:
                    found[method].append(float(word))
                except ValueError as error:
                    text = f"Beside {name}, write minutes such as 0, 2, 5, or nothing; “{word.strip()[:20]}” is none."
                    raise InvalidInput(text) from error
    return found


def _facts(person: User, typed: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    methods = list(ContactMethod.objects.kept().filter(person=person).order_by("id"))
    steps = list(ContactStep.objects.filter(person=person).order_by("delay_seconds", "id"))
    working = channels.working_kinds()
    usable = [method for method in methods if method.is_usable]
    rows: list[ContactMethod | None] = [None, *usable]
    return {
        "methods": [_method(method, working, now) for method in methods],
        "order": [_row(method, steps, typed, person) for method in rows],
        "sentences": [_sentence(urgency, steps, usable, person) for urgency in Urgency],
        "kinds": [
            {"value": kind.value, "label": kind.label, "example": _EXAMPLES[kind]}
            for kind in ContactKind
            if kind in working
        ],
        "not_set_up": [kind.label for kind in ContactKind if kind not in working],
        "typed_kind": typed.get("kind", ""),
        "typed_address": typed.get("address", "") if typed.get("kind") in ("email", "sms", "voice") else "",
    }


def _method(method: ContactMethod, working: list[ContactKind], now: datetime) -> dict[str, Any]:
    waits = method.verified_at is None
    return {
        "pk": method.pk,
        "kind": method.get_kind_display(),
        "icon": _ICONS[method.kind],
        "label": method.label,
        "waits": waits,
        "code_is_out": waits and method.code_expires_at is not None and now < method.code_expires_at,
        "code_until": method.code_expires_at,
        "trouble": method.trouble,
        "is_off": method.kind not in working,
    }


def _row(
    method: ContactMethod | None, steps: list[ContactStep], typed: Mapping[str, Any], person: User
) -> dict[str, Any]:
    pk = method.pk if method else None
    cells = []
    for urgency in Urgency:
        name = f"{urgency}-{pk or 0}"
        own = [step for step in steps if step.urgency == urgency]
        times = [step.delay_seconds / 60 for step in own if step.method_id == pk]
        # Nobody without an order of their own goes untold: the account's mail is it.
        times = [0.0] if not own and pk is None else times
        value = typed.get(name, ", ".join(f"{time:g}" for time in times))
        cells.append({"name": name, "value": value, "label": urgency.label})
    what = f"{method.get_kind_display()} {method.label}" if method else f"e-mail {person.email} (account)"
    return {"what": what, "cells": cells}


def _sentence(urgency: Urgency, steps: list[ContactStep], usable: list[ContactMethod], person: User) -> dict[str, str]:
    """ "SMS +49…5678 at once, then voice call after 2 min." """
    names = {method.pk: f"{method.get_kind_display()} {method.label}" for method in usable}
    parts = []
    for step in steps:
        if step.urgency == urgency and (step.method_id is None or step.method_id in names):
            what = names[step.method_id] if step.method_id else "e-mail to your account"
            parts.append(f"{what} {f'after {step.delay_seconds / 60:g} min' if step.delay_seconds else 'at once'}")
    return {
        "label": "Pages" if urgency == Urgency.PAGE else "Briefings",
        "text": f"{'; '.join(parts) or 'e-mail to your account at once'}.",
    }
