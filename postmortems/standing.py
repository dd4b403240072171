"""The way of a post-mortem from the first word to the sign-off, as steps with their buttons and reasons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from crisisdesk.core.access import Act, require
from crisisdesk.core.actors import Actor
from crisisdesk.core.refusals import NotAllowed
from postmortems.models import Postmortem, State
from postmortems.prefill import counted
from postmortems.slips import Slip


@dataclass(frozen=True, slots=True)
class Step:
    """One step: where it stands, who did it or what it waits for, and the button that takes it.

    `verb` is empty when there is nothing to press; `reason` says why it can't be pressed now.
    """

    label: str
    state: Literal["done", "current", "ahead"]
    detail: str = ""
    verb: str = ""
    button: str = ""
    reason: str = ""
    needs: Sequence[str] = ()
    slips: Sequence[Slip] = field(default_factory=tuple)
    other_verb: str = ""
    other_button: str = ""

    @property
    def can_press(self) -> bool:
        """True when there is a button and no reason against it."""
        return bool(self.verb) and not self.reason


def steps(
    postmortem: Postmortem, *, needs: Mapping[str, str], slips: Sequence[Slip], recipients: str, by: Actor
) -> list[Step]:
    """The steps in their order. `needs` and `slips` are what stands against the approvals, `recipients` who gets it."""
    if postmortem.is_covered:
        return [_covered(postmortem)]
    was_told = postmortem.incident.first_told_at is not None
    way = [_report(postmortem, needs, by)]
    if was_told:
        way += [
            _edition(postmortem, by),
            _edition_approval(postmortem, slips, by),
            _sending(postmortem, recipients, by),
        ]
    else:
        way.append(_publishing(postmortem, by))
    way.append(_sign_off(postmortem, by))
    return way


def _covered(postmortem: Postmortem) -> Step:
    into = postmortem.incident.merged_into
    label = f"Covered by the report of {into.reference}" if into else "Covered by another report"
    gone = "; what stood here was taken over" if postmortem.covered_by_id else "; what stands here goes over to it"
    at = postmortem.covered_at
    return Step(label, "done", f"{postmortem.incident.reference} was merged into it, {at:%-d %B %Y, %H:%M} UTC{gone}.")


def _refusal(by: Actor, act: Act) -> str:
    try:
        require(by, act)
    except NotAllowed as refusal:
        return str(refusal)
    return ""


def _report(postmortem: Postmortem, needs: Mapping[str, str], by: Actor) -> Step:
    label = "Report approved"
    if not postmortem.is_drafting:
        return Step(label, "done", _signed(postmortem.approved_by_name, postmortem.approved_at))
    reason = _refusal(by, Act.APPROVE_POSTMORTEM)
    if not reason and postmortem.incident.is_open:
        reason = f"{postmortem.incident.reference} is open again; approve it when it is resolved."
    if not reason and needs:
        reason = "Not yet: the report is not complete."
    return Step(label, "current", "", "approve", "Approve the report", reason, tuple(needs.values()))


def _edition(postmortem: Postmortem, by: Actor) -> Step:
    label = "Customer edition written"
    if postmortem.is_correcting and not postmortem.has_approved_edition:
        return Step(label, "current", f"Being corrected: {postmortem.edition_correction}")
    if postmortem.has_edition:
        return Step(label, "done", f"Last changed by {postmortem.edition_edited_by_name}")
    reason = _refusal(by, Act.EDIT_CUSTOMER_EDITION)
    return Step(label, "current", reason or "Begin it below, from the report.")


def _edition_approval(postmortem: Postmortem, slips: Sequence[Slip], by: Actor) -> Step:
    label = "Customer edition approved"
    if postmortem.has_approved_edition:
        return Step(label, "done", _signed(postmortem.edition_approved_by_name, postmortem.edition_approved_at))
    if not postmortem.has_edition:
        return Step(label, "ahead", "After it is written.")
    reason = _refusal(by, Act.APPROVE_POSTMORTEM)
    if not reason and postmortem.is_drafting:
        reason = "The report itself comes first."
    return Step(label, "current", "", "approve_edition", "Approve this text", reason, slips=tuple(slips))


def _sending(postmortem: Postmortem, recipients: str, by: Actor) -> Step:
    label = "Correction published" if postmortem.is_correcting else "Given to those who were alerted"
    update = postmortem.published_update
    if postmortem.state == State.PUBLISHED and update is not None and not postmortem.is_correcting:
        whom = f"{counted(update.contacts_count, 'contact')} at {counted(update.customers_count, 'customer')}"
        how = "by mail to" if update.message_id else "on the progress pages of"
        return Step(label, "done", f"{_signed(postmortem.published_by_name, postmortem.published_at)}, {how} {whom}")
    if not postmortem.has_approved_edition:
        return Step(label, "ahead", "After Operations has approved it.")
    reason = _refusal(by, Act.SEND_CUSTOMER_EDITION)
    if postmortem.state == State.PUBLISHED and update is not None:
        if update.message_id is None:
            return Step(label, "current", "", "put_on_pages", "Correct it on the progress pages", reason)
        return Step(label, "current", "", "send_edition", "Send the correction to those who got the first", reason)
    send = f"Send to {recipients}"
    other = ("put_on_pages", "Only on their progress pages, without mail")
    return Step(label, "current", "", "send_edition", send, reason, other_verb=other[0], other_button=other[1])


def _publishing(postmortem: Postmortem, by: Actor) -> Step:
    label = "Published internally"
    if postmortem.state == State.PUBLISHED:
        return Step(label, "done", _signed(postmortem.published_by_name, postmortem.published_at))
    if postmortem.is_drafting:
        return Step(label, "ahead", "No customer was alerted, so none is written to.")
    return Step(label, "current", "", "publish", "Publish internally", _refusal(by, Act.APPROVE_POSTMORTEM))


def _sign_off(postmortem: Postmortem, by: Actor) -> Step:
    label = "Signed off by an executive"
    if postmortem.signed_off_at is not None:
        return Step(label, "done", _signed(postmortem.signed_off_by_name, postmortem.signed_off_at))
    if postmortem.is_drafting:
        return Step(label, "ahead", "After the report is approved.")
    return Step(label, "current", "", "sign_off", "Sign off", _refusal(by, Act.SIGN_OFF))


def _signed(name: str, at: object) -> str:
    return f"{name}, {at:%-d %B %Y, %H:%M} UTC"
