"""What the buttons beside the report do: impact, moments of the timeline, files."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django import forms
from django.http import QueryDict

from crisisdesk.core.actors import Actor
from crisisdesk.core.numbers import whole_number
from crisisdesk.core.refusals import InvalidInput, WrongState
from postmortems import attachments, hiding, impact
from postmortems.admin.forms import HideForm, ImpactForm, MomentForm, ReasonForm
from postmortems.models import Postmortem

Handler = Callable[[QueryDict, Postmortem, Actor, datetime], str]


def clean(form: forms.Form) -> dict[str, Any]:
    """What a form says. Raises InvalidInput with its errors by field."""
    if not form.is_valid():
        raise InvalidInput({name: " ".join(map(str, errors)) for name, errors in form.errors.items()})
    return dict(form.cleaned_data)


def _impact(data: QueryDict, postmortem: Postmortem, by: Actor, now: datetime) -> str:
    found = impact.correct(postmortem, **clean(ImpactForm(data)), by=by, now=now)
    return f"Impact: {found.impact_in_numbers}."


def _hide(data: QueryDict, postmortem: Postmortem, by: Actor, now: datetime) -> str:
    values = clean(HideForm(data))
    hiding.hide(postmortem, values["moment"], reason=values["reason"], by=by, now=now)
    return "The moment is left out; it is listed as hidden, with your name and reason."


def _show(data: QueryDict, postmortem: Postmortem, by: Actor, now: datetime) -> str:
    row = postmortem.hidden_moments.filter(pk=whole_number(data.get("hidden", "")) or 0).first()
    if row is None:
        raise WrongState("This moment does not belong to the post-mortem; open the page again.")
    hiding.show(row, reason=clean(ReasonForm(data))["reason"], by=by, now=now)
    return "The moment is shown again."


def _add_moment(data: QueryDict, postmortem: Postmortem, by: Actor, now: datetime) -> str:
    hiding.add(postmortem, **clean(MomentForm(data, zone=postmortem.time_zone)), by=by, now=now)
    return "Added to the timeline, under your name."


def _take_out(data: QueryDict, postmortem: Postmortem, by: Actor, now: datetime) -> str:
    row = postmortem.attachments.filter(pk=whole_number(data.get("attachment", "")) or 0).first()
    if row is None:
        raise WrongState("This file does not belong to the post-mortem; open the page again.")
    attachments.take_out(row, reason=clean(ReasonForm(data))["reason"], by=by, now=now)
    return f"“{row.name}” is no longer handed out."


HANDLERS: dict[str, Handler] = {
    "correct_impact": _impact,
    "hide_moment": _hide,
    "show_moment": _show,
    "add_moment": _add_moment,
    "take_out": _take_out,
}
