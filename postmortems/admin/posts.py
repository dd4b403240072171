"""What the buttons of the page do: check the shape of what was typed, make one call, say one sentence."""

from __future__ import annotations

from datetime import datetime

from django.http import QueryDict

from crisisdesk.core.actors import Actor
from crisisdesk.core.numbers import whole_number
from crisisdesk.core.refusals import InvalidInput, WrongState
from incidents.knowing import known_to
from incidents.models import Incident
from postmortems import actions, editions, publication, report, similar
from postmortems.admin import evidence
from postmortems.admin.evidence import Handler, clean
from postmortems.admin.forms import (
    ActionForm,
    CauseForm,
    CorrectionForm,
    EditionForm,
    MoveForm,
    ProofForm,
    ReasonForm,
    ReportForm,
    SectionsForm,
)
from postmortems.models import Action, Postmortem


def _save(data: QueryDict, postmortem: Postmortem, by: Actor, now: datetime) -> str:
    values = clean(ReportForm(data))
    version = values.pop("version")
    report.save_report(postmortem, version=version, by=by, now=now, **values)
    return "Report saved."


def _cause(data: QueryDict, postmortem: Postmortem, by: Actor, now: datetime) -> str:
    values = clean(CauseForm(data, postmortem=postmortem))
    report.choose_cause(
        postmortem,
        values["cause"],
        contributing=values["contributing"],
        reason=values.get("reason", ""),
        seen=values["seen"],
        by=by,
        now=now,
    )
    return f"Cause: {values['cause']}."


def _approve(data: QueryDict, postmortem: Postmortem, by: Actor, now: datetime) -> str:
    report.approve_report(postmortem, version=_version(data), seen=data.get("seen", ""), by=by, now=now)
    return "Report approved."


def _withdraw(data: QueryDict, postmortem: Postmortem, by: Actor, now: datetime) -> str:
    report.withdraw_approval(postmortem, reason=clean(ReasonForm(data))["reason"], by=by, now=now)
    return "Approval taken back; the report can be changed."


def _publish(_data: QueryDict, postmortem: Postmortem, by: Actor, now: datetime) -> str:
    report.publish_internally(postmortem, by=by, now=now)
    return "Published internally."


def _sign_off(data: QueryDict, postmortem: Postmortem, by: Actor, now: datetime) -> str:
    report.sign_off(postmortem, seen=data.get("seen", ""), by=by, now=now)
    return "Signed off."


def _add(data: QueryDict, postmortem: Postmortem, by: Actor, now: datetime) -> str:
    action = actions.add_action(postmortem, **clean(ActionForm(data)), by=by, now=now)
    return f"Promised: {action} by {action.due_on:%-d %B %Y}."


def _close(data: QueryDict, postmortem: Postmortem, by: Actor, now: datetime) -> str:
    action = actions.close_action(_action(data, postmortem), **clean(ProofForm(data)), by=by, now=now)
    return f"Done: {action}."


def _move(data: QueryDict, postmortem: Postmortem, by: Actor, now: datetime) -> str:
    action = actions.move_action(_action(data, postmortem), **clean(MoveForm(data)), by=by, now=now)
    return f"{action}: now by {action.due_on:%-d %B %Y}."


def _reopen(data: QueryDict, postmortem: Postmortem, by: Actor, now: datetime) -> str:
    action = actions.reopen_action(_action(data, postmortem), **clean(ReasonForm(data)), by=by, now=now)
    return f"Open again: {action}."


def _begin(data: QueryDict, postmortem: Postmortem, by: Actor, now: datetime) -> str:
    editions.draft_customer_edition(postmortem, **clean(SectionsForm(data)), by=by, now=now)
    return "Customer edition begun from the report."


def _edition(data: QueryDict, postmortem: Postmortem, by: Actor, now: datetime) -> str:
    editions.save_customer_edition(postmortem, **clean(EditionForm(data)), by=by, now=now)
    return "Customer edition saved."


def _approve_edition(data: QueryDict, postmortem: Postmortem, by: Actor, now: datetime) -> str:
    words = data.getlist("accepted")
    editions.approve_customer_edition(postmortem, version=_version(data), accepted=words, by=by, now=now)
    return "Customer edition approved; Support can send it."


def _send(data: QueryDict, postmortem: Postmortem, by: Actor, now: datetime) -> str:
    if data.get("confirm") != "yes":
        raise InvalidInput("Tick the box first: what is sent can't be called back.")
    sent = publication.publish_customer_edition(postmortem, version=_version(data), by=by, now=now)
    count = sent.published_update.contacts_count if sent.published_update else 0
    return f"Customer edition on its way to {count:,} contacts."


def _put_on_pages(data: QueryDict, postmortem: Postmortem, by: Actor, now: datetime) -> str:
    if data.get("confirm") != "yes":
        raise InvalidInput("Tick the box first: customers read it from then on.")
    sent = publication.publish_customer_edition(postmortem, by_mail=False, version=_version(data), by=by, now=now)
    count = sent.published_update.contacts_count if sent.published_update else 0
    return f"It stands on the progress pages of {count:,} contacts; nobody is mailed."


def _begin_correction(data: QueryDict, postmortem: Postmortem, by: Actor, now: datetime) -> str:
    publication.begin_correction(postmortem, **clean(CorrectionForm(data)), by=by, now=now)
    return "Write the correction; Operations approves it as before."


def _give_up_correction(_data: QueryDict, postmortem: Postmortem, by: Actor, now: datetime) -> str:
    publication.give_up_correction(postmortem, by=by, now=now)
    return "The published text stays as it is."


def _alike(data: QueryDict, postmortem: Postmortem, by: Actor, now: datetime) -> str:
    other = Incident.objects.filter(known_to(by), pk=whole_number(data.get("other", "")) or 0).first()
    answer = data.get("alike", "")
    if other is None or answer not in {"yes", "no"}:
        raise InvalidInput("This suggestion is not known; open the page again.")
    similar.judge(postmortem.incident, other, is_similar=answer == "yes", by=by, now=now)
    if answer == "yes":
        return f"{other.reference} is alike; it leads the list from now on."
    return f"{other.reference} is not alike; it is not suggested again."


HANDLERS: dict[str, Handler] = {
    "save": _save,
    "cause": _cause,
    "approve": _approve,
    "withdraw": _withdraw,
    "publish": _publish,
    "sign_off": _sign_off,
    "add_action": _add,
    "close_action": _close,
    "move_action": _move,
    "reopen_action": _reopen,
    "alike": _alike,
    "begin_edition": _begin,
    "save_edition": _edition,
    "approve_edition": _approve_edition,
    "send_edition": _send,
    "put_on_pages": _put_on_pages,
    "begin_correction": _begin_correction,
    "give_up_correction": _give_up_correction,
    **evidence.HANDLERS,
}


def act(data: QueryDict, postmortem: Postmortem, by: Actor, now: datetime) -> str:
    """Do what the pressed button says and return the sentence to show. Raises the refusals of the verbs."""
    handler = HANDLERS.get(data.get("verb", ""))
    if handler is None:
        raise InvalidInput("This button is not known; open the page again.")
    return handler(data, postmortem, by, now)


def _version(data: QueryDict) -> int:
    value = whole_number(data.get("version", ""))
    if value is None:
        raise InvalidInput("The page is incomplete; open it again.")
    return value


def _action(data: QueryDict, postmortem: Postmortem) -> Action:
    action = postmortem.actions.filter(pk=whole_number(data.get("action", "")) or 0).first()
    if action is None:
        raise WrongState("This action does not belong to the post-mortem; open the page again.")
    return action
