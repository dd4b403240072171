"""A Twilio of the tests' own for staff's account, the loops' passes, and signed callbacks."""

from __future__ import annotations

from datetime import datetime
from typing import cast

from django.conf import settings
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from twilio.request_validator import RequestValidator

from crisisdesk.core.engine.loops import Pass
from crisisdesk.core.models import User
from incidents.models import ContactKind, ContactMethod, ContactStep, Urgency
from incidents.oncall.channels import ALL
from incidents.oncall.methods import label_of
from incidents.oncall.sender import send_by, send_ready
from tests.providers import ACCOUNT, TOKEN, Provider, Reply, Request, twilio


class Lease:
    """A lease in the hands of a test."""

    fence = 1
    kept = 0

    def held(self) -> bool:
        return True

    def keep(self) -> bool:
        self.kept += 1
        return True


def telephone(provider: Provider, request: Request) -> Reply:
    """Messages as `twilio`; https://www.twilio.com/docs/voice/api/call-resource: a form, the same authentication."""
    if request.path != f"/2010-04-01/Accounts/{ACCOUNT}/Calls.json":
        return twilio(provider, request)
    status, refusal = twilio(
        provider,
        Request(
            "POST",
            request.path.replace("Calls", "Messages"),
            request.headers,
            {
                "From": request.form.get("From", ""),
                "To": request.form.get("To", ""),
                "Body": "a call",
            },
        ),
    )
    if status != 201:
        return status, refusal
    if not (request.form.get("Twiml") or request.form.get("Url")) or len(request.form.get("Twiml", "")) > 4000:
        return 400, {"code": 21205, "message": "Url or Twiml is required.", "status": 400}
    return 201, {"sid": f"CA{len(provider.taken) + 1:032x}", "status": "queued", "to": request.form["To"]}


def way_of(person: User, kind: str, address: str, now: datetime, **minutes: float) -> ContactMethod:
    """A verified method, used after so many minutes for a `page` or a `briefing`."""
    method = ContactMethod.objects.create(
        person=person, kind=kind, address=address, label=label_of(kind, address), verified_at=now, created_at=now
    )
    for urgency, delay in minutes.items():
        step_of(person, method, Urgency(urgency), delay)
    return method


def step_of(person: User, method: ContactMethod | None, urgency: Urgency, minutes: float) -> None:
    ContactStep.objects.create(person=person, method=method, urgency=urgency, delay_seconds=round(minutes * 60))


def run(at: datetime, *kinds: ContactKind) -> None:
    """A pass of each loop; with `kinds` of those alone, after everybody's ways are chosen."""
    send_ready(Pass(at, Lease()))
    for channel in ALL[1:]:
        if channel.is_set_up() and (not kinds or set(kinds) & set(channel.kinds)):
            send_by(channel, Pass(at, Lease()))


def call_back(name: str, query: str = "", *, token: str = TOKEN, **form: str) -> HttpResponse:
    """What Twilio posts, with its signature."""
    path = reverse(name) + query
    form = {"AccountSid": ACCOUNT, **form}
    signature = RequestValidator(token).compute_signature(settings.BASE_URL + path, form)
    return cast("HttpResponse", Client().post(path, form, headers={"X-Twilio-Signature": signature}))
