"""Writing the internal report, naming its cause, approving it (Step 6)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from hashlib import sha256
from typing import Any

from django.db import transaction

from crisisdesk.core.access import Act, Group, require
from crisisdesk.core.actors import Actor
from crisisdesk.core.models import User
from crisisdesk.core.refusals import InvalidInput, WrongState
from crisisdesk.core.zones import known_zones
from postmortems import reminders, returning
from postmortems.locking import (
    back_to_drafting,
    check_version,
    locked,
    refuse_covered,
    refuse_unless_drafting,
    save,
    tell_room,
    write_down,
)
from postmortems.models import Cause, Postmortem, State
from postmortems.sections import BY_NAME, SECTIONS, TEXTS

LONGEST = 50_000
FIELDS = frozenset({*TEXTS, "no_action_reason", "lead", "time_zone"})


def save_report(postmortem: Postmortem, *, version: int, by: Actor, now: datetime, **fields: Any) -> Postmortem:
    """Save sections, `no_action_reason`, `lead` or `time_zone`; those not given stay as they are.

    `version` is the one the writer has seen. Raises NotAllowed, WrongState (approved, or saved by somebody else since),
    InvalidInput; TypeError for another field.
    """
    require(by, Act.EDIT_POSTMORTEM)
    if unknown := set(fields) - FIELDS:
        raise TypeError(f"no such field: {', '.join(sorted(unknown))}")
    _check(fields)
    with transaction.atomic():
        postmortem = locked(postmortem)
        refuse_unless_drafting(postmortem, "change it")
        check_version(postmortem, version, postmortem.version, "the report")
        changed = sorted(name for name, value in fields.items() if getattr(postmortem, name) != value)
        if not changed:
            return postmortem
        for name in changed:
            setattr(postmortem, name, fields[name])
        postmortem.version += 1
        save(postmortem, by=by, now=now, reason=f"changed: {', '.join(changed)}")
        write_down("report_saved", postmortem, by=by, now=now, data={"fields": changed, "version": postmortem.version})
        if "lead" in changed:
            reminders.tell_new_lead(postmortem, by=by, now=now)
    return postmortem


def choose_cause(
    postmortem: Postmortem,
    cause: Cause,
    *,
    contributing: Iterable[Cause] | None = None,
    reason: str = "",
    seen: str | None = None,
    by: Actor,
    now: datetime,
) -> Postmortem:
    """Name the one underlying cause, and, when given, the contributing ones.

    Another cause than before is a reclassification: it takes a reason, is possible after the approval too, and stays
    in the audit history. `seen` is the `mark_of_causes` on the page. Raises NotAllowed, InvalidInput; WrongState when
    somebody chose other causes meanwhile.
    """
    require(by, Act.EDIT_POSTMORTEM)
    with transaction.atomic():
        postmortem = locked(postmortem)
        _refuse_cause(postmortem, cause, reason, seen)
        before = postmortem.cause
        moved = before is not None and cause != before
        others_before = set(postmortem.contributing.all())
        others = others_before if contributing is None else set(contributing) - {cause}
        if cause == before and others == others_before:
            return postmortem
        # One history row for both changes: the many-to-many signal would write one for each step of its own.
        postmortem.skip_history_when_saving = True  # type: ignore[attr-defined]
        postmortem.contributing.set(others)
        del postmortem.skip_history_when_saving  # type: ignore[attr-defined]
        postmortem.cause = cause
        text = f"cause: {before} → {cause}: {reason.strip()}" if moved else f"cause: {cause}"
        save(postmortem, by=by, now=now, reason=text)
        data = {
            "cause": cause.slug,
            "before": before.slug if before else None,
            "contributing": sorted(other.slug for other in others),
            "reason": reason.strip()[:300],
        }
        write_down("cause_reclassified" if moved else "cause_chosen", postmortem, by=by, now=now, data=data)
        if not postmortem.is_drafting:
            returning.open_again(postmortem, by=returning.WATCHER, now=now)
    return postmortem


def _refuse_cause(postmortem: Postmortem, cause: Cause, reason: str, seen: str | None) -> None:
    before = postmortem.cause
    if seen is not None and seen != mark_of_causes(postmortem):
        raise WrongState(
            f"Nothing was saved: somebody chose other causes of {postmortem.incident.reference} since you opened "
            "it. Look at them, then choose again."
        )
    refuse_covered(postmortem)
    if cause != before and not cause.is_active:
        raise InvalidInput({"cause": f"“{cause}” is no longer in use; choose another cause."})
    if before is not None and cause != before and not reason.strip():
        raise InvalidInput({"reason": f"Say why the cause is no longer “{before}”; executives read it."})


def missing(postmortem: Postmortem) -> dict[str, str]:
    """What the report still needs before it can be approved: field -> what to do. Two reads."""
    needs = {
        section.name: f"Write the section “{section.heading}”."
        for section in SECTIONS
        if section.needed and not getattr(postmortem, section.name).strip()
    }
    if postmortem.cause_id is None:
        needs["cause"] = "Choose the underlying cause; “Unknown” is an answer when it was looked for."
    if not postmortem.no_action_reason.strip() and not postmortem.actions.exists():
        needs["actions"] = "Add an action with owner and date, or say why nothing will be done."
    return needs


def mark(postmortem: Postmortem) -> str:
    """Tells one state of a report from another: what a page carries, so that nobody puts a name to what is unseen."""
    facts = (postmortem.version, postmortem.cause_id, postmortem.approved_at and postmortem.approved_at.isoformat())
    return sha256(repr(facts).encode()).hexdigest()[:16]


def mark_of_causes(postmortem: Postmortem, contributing: Iterable[Cause] | None = None) -> str:
    """The underlying and the contributing causes that stand, such as "3:1,7". One read unless these were fetched."""
    rows = postmortem.contributing.all() if contributing is None else contributing
    others = ",".join(str(pk) for pk in sorted(row.pk for row in rows))
    return f"{postmortem.cause_id or 0}:{others}"


def approve_report(
    postmortem: Postmortem, *, version: int, seen: str | None = None, by: Actor, now: datetime
) -> Postmortem:
    """Approve the report by name; its reminders end. `seen` is the `mark` on the page.

    Raises NotAllowed, WrongState, InvalidInput.
    """
    require(by, Act.APPROVE_POSTMORTEM)
    with transaction.atomic():
        postmortem = locked(postmortem)
        refuse_unless_drafting(postmortem, "approve it again")
        incident = postmortem.incident
        if incident.is_open:
            raise WrongState(f"{incident.reference} is open again; approve its post-mortem when it is resolved.")
        check_version(postmortem, version, postmortem.version, "the report")
        _refuse_unseen(postmortem, seen, "approve it")
        if needs := missing(postmortem):
            raise InvalidInput(needs)
        postmortem.state = State.APPROVED
        postmortem.approved_at, postmortem.approved_by_id, postmortem.approved_by_name = now, by.person_id, by.name
        save(postmortem, by=by, now=now, reason="approved")
        reminders.drop(postmortem, now=now)
        tell_room("Post-mortem approved", postmortem, by=by, now=now)
        write_down("approved", postmortem, by=by, now=now, data={"version": postmortem.version})
        returning.open_again(postmortem, by=returning.WATCHER, now=now)
    return postmortem


def withdraw_approval(postmortem: Postmortem, *, reason: str, by: Actor, now: datetime) -> Postmortem:
    """Take the approval back, so that the report can be changed. Raises NotAllowed, WrongState, InvalidInput."""
    require(by, Act.APPROVE_POSTMORTEM)
    if not reason.strip():
        raise InvalidInput({"reason": "Say what has to change."})
    with transaction.atomic():
        postmortem = locked(postmortem)
        refuse_covered(postmortem)
        if postmortem.state != State.APPROVED:
            raise WrongState(
                f"The report on {postmortem.incident.reference} is {postmortem.get_state_display()}; "
                "only an approved one that is not published can go back."
            )
        back_to_drafting(postmortem)
        save(postmortem, by=by, now=now, reason=f"approval withdrawn: {reason.strip()}")
        reminders.plan(postmortem, now=now)
        tell_room(f"Approval of the post-mortem withdrawn: {reason.strip()}", postmortem, by=by, now=now)
        write_down("approval_withdrawn", postmortem, by=by, now=now, data={"reason": reason.strip()[:300]})
    return postmortem


def publish_internally(postmortem: Postmortem, *, by: Actor, now: datetime) -> Postmortem:
    """Finish a report of which no customer need hear, because none was alerted. Raises NotAllowed, WrongState."""
    require(by, Act.APPROVE_POSTMORTEM)
    with transaction.atomic():
        postmortem = locked(postmortem)
        incident = postmortem.incident
        if incident.first_told_at is not None:
            raise WrongState(
                f"Customers were alerted of {incident.reference}, so they get an account of it: Support sends the "
                "customer edition."
            )
        refuse_covered(postmortem)
        if postmortem.state != State.APPROVED:
            raise WrongState(
                f"The report on {incident.reference} is {postmortem.get_state_display()}; it is published once, "
                "after its approval."
            )
        postmortem.state = State.PUBLISHED
        postmortem.published_at, postmortem.published_by_name = now, by.name
        save(postmortem, by=by, now=now, reason="published internally")
        tell_room("Post-mortem published internally", postmortem, by=by, now=now)
        write_down("published_internally", postmortem, by=by, now=now)
    return postmortem


def sign_off(postmortem: Postmortem, *, seen: str | None = None, by: Actor, now: datetime) -> Postmortem:
    """An executive has read it and takes note, by name. `seen` is the `mark` on the page.

    Raises NotAllowed; WrongState, also when the report or its cause is another than the reader saw.
    """
    require(by, Act.SIGN_OFF)
    with transaction.atomic():
        postmortem = locked(postmortem)
        ref = postmortem.incident.reference
        if postmortem.is_drafting:
            raise WrongState(f"The report on {ref} is being written; sign it off when Operations has approved it.")
        refuse_covered(postmortem)
        if postmortem.signed_off_at is not None:
            raise WrongState(f"{postmortem.signed_off_by_name} signed off the report on {ref} already.")
        _refuse_unseen(postmortem, seen, "sign it off")
        postmortem.signed_off_at = now
        postmortem.signed_off_by_id, postmortem.signed_off_by_name = by.person_id, by.name
        save(postmortem, by=by, now=now, reason="signed off")
        write_down("signed_off", postmortem, by=by, now=now, data={"version": postmortem.version})
    return postmortem


def _refuse_unseen(postmortem: Postmortem, seen: str | None, what: str) -> None:
    if seen is not None and seen != mark(postmortem):
        raise WrongState(
            f"The report on {postmortem.incident.reference} or its cause was changed since you opened the page; read "
            f"it as it stands now, then {what}."
        )


def _check(fields: dict[str, Any]) -> None:
    errors = {
        name: f"“{BY_NAME[name].heading}” has {len(fields[name]):,} characters; {LONGEST:,} is the most."
        for name in TEXTS
        if len(fields.get(name, "")) > LONGEST
    }
    if "time_zone" in fields and fields["time_zone"] not in known_zones():
        errors["time_zone"] = "Use an IANA name such as Europe/Berlin or UTC."
    lead = fields.get("lead")
    if isinstance(lead, User) and not lead.groups.filter(name=Group.OPERATIONS).exists():
        errors["lead"] = f"{lead} is not in Operations, which leads post-mortems."
    if errors:
        raise InvalidInput(errors)
