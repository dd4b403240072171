"""The review of a cause that came back: opened, discussed, decided, fixes assigned, signed off by name (Step 6)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from hashlib import sha256
from typing import Any

from django.db import IntegrityError, transaction
from django.urls import reverse

from crisisdesk.core import audit
from crisisdesk.core.access import Act, Group, require
from crisisdesk.core.actors import Actor
from crisisdesk.core.history import stamp
from crisisdesk.core.models import User
from crisisdesk.core.refusals import InvalidInput, WrongState
from incidents.models import Notification
from incidents.oncall.notify import notify
from postmortems import action_reminders, actions
from postmortems.models import Action, ActionKind, Cause, CauseReview, Postmortem, ReviewComment, ReviewState
from postmortems.thresholds import Crossing

LONGEST = 10_000


def open_by_threshold(crossing: Crossing, *, by: Actor, now: datetime) -> CauseReview:
    """Open the review that a threshold asks for, and tell the executives; an open one is returned as it is.

    Raises NotAllowed: a named job of the desk does this.
    """
    require(by, Act.EDIT_POSTMORTEM)
    cause = Cause.objects.get(pk=crossing.cause_id)
    data = {"severity": crossing.threshold.severity, "outages": crossing.count, "threshold": crossing.threshold.outages}
    return _open(cause, crossing.words, data, by, now)


def open_review(cause: Cause, *, reason: str, by: Actor, now: datetime) -> CauseReview:
    """An executive asks for a review before any threshold does. Raises NotAllowed, InvalidInput, WrongState."""
    require(by, Act.SIGN_OFF)
    if not reason.strip():
        raise InvalidInput({"reason": "Say why this cause is to be reviewed now."})
    if CauseReview.objects.unfinished().filter(cause=cause).exists():
        raise WrongState(f"A review of “{cause}” is open already; comment and decide there.")
    return _open(cause, reason.strip()[:300], {}, by, now)


def comment(review: CauseReview, text: str, *, by: Actor, now: datetime) -> ReviewComment:
    """Say something; it stays. Raises NotAllowed, InvalidInput, WrongState."""
    require(by, Act.COMMENT_REVIEW)
    text = _text("text", text, "Write the comment first.")
    with transaction.atomic():
        review = _locked(review)
        _refuse_when_signed_off(review, "comment on it")
        row = ReviewComment.objects.create(review=review, at=now, by_id=by.person_id, by_name=by.name, text=text)
        _write_down("commented", review, by=by, now=now)
    return row


def mark(review: CauseReview) -> str:
    """Tells one decision from another: what a page carries, so that nobody signs words they have not seen."""
    return sha256(f"{review.decision}\0{review.decided_by_name}".encode()).hexdigest()[:16]


def decide(review: CauseReview, decision: str, *, seen: str | None = None, by: Actor, now: datetime) -> CauseReview:
    """Say what will be done, or why nothing will; may be changed until the sign-off, its history stays.

    `seen` is the `mark` of the decision that stood on the page. Raises NotAllowed, InvalidInput; WrongState when
    somebody decided anew meanwhile.
    """
    require(by, Act.SIGN_OFF)
    decision = _text("decision", decision, "Say what was decided; “we accept it, because …” is a decision too.")
    with transaction.atomic():
        review = _locked(review)
        _refuse_when_signed_off(review, "decide anew")
        _refuse_unseen(review, seen)
        if decision == review.decision:
            return review
        changed = bool(review.decision)
        review.decision, review.state = decision, ReviewState.DECIDED
        review.decided_at, review.decided_by_name = now, by.name
        _save(review, by, now, "decided anew" if changed else "decided")
        _write_down("decision_changed" if changed else "decided", review, by=by, now=now)
    return review


def assign_fix(
    review: CauseReview,
    *,
    title: str,
    owner: User,
    due_on: date,
    kind: str = ActionKind.PREVENT,
    link: str = "",
    by: Actor,
    now: datetime,
) -> Action:
    """Give somebody the long-term fix: an action of the newest outage of the cause, tied to the review.

    The owner is told at once and reminded as of any action. Raises NotAllowed, InvalidInput, WrongState.
    """
    require(by, Act.ASSIGN_FIX)
    with transaction.atomic():
        review = _locked(review)
        _refuse_when_signed_off(review, "assign a fix in it")
        newest = Postmortem.objects.real().filter(cause=review.cause_id).order_by("-incident__started_at", "-pk")
        postmortem = newest.first()
        if postmortem is None:
            raise WrongState(f"No outage has the cause “{review.cause}” any more, so there is nothing to fix for it.")
        action = actions.promise(
            postmortem, kind=kind, title=title, owner=owner, due_on=due_on, link=link, review=review, by=by, now=now
        )
        _write_down("fix_assigned", review, by=by, now=now, data={"action": action.pk, "due_on": due_on.isoformat()})
        action_reminders.tell(
            action,
            [owner],
            occasion="assigned",
            purpose=Notification.Purpose.BRIEFING,
            subject=f"Assigned to you: “{action.title}”, due on {due_on:%A, %-d %B}",
            body=(
                f"{by.name} assigned you this long-term fix in the review of “{review.cause}”, which came back "
                f"({review.reason}). Close it with what shows that it is done, or move its day and say why."
            ),
            now=now,
        )
    return action


def sign_off_review(review: CauseReview, *, seen: str | None = None, by: Actor, now: datetime) -> CauseReview:
    """An executive takes responsibility for the decision, by name; the review ends.

    It covers every outage of the cause that is known now. `seen` is the `mark` of the decision that stood on the page.
    Raises NotAllowed; WrongState, also when somebody decided anew meanwhile.
    """
    require(by, Act.SIGN_OFF)
    with transaction.atomic():
        review = _locked(review)
        _refuse_when_signed_off(review, "sign it off again")
        if review.state != ReviewState.DECIDED:
            raise WrongState(
                f"Nothing is decided yet about “{review.cause}”; write down the decision, then sign it off."
            )
        _refuse_unseen(review, seen)
        review.state = ReviewState.SIGNED_OFF
        review.signed_off_at, review.signed_off_by_id, review.signed_off_by_name = now, by.person_id, by.name
        _save(review, by, now, "signed off")
        review.covered.add(*Postmortem.objects.real().filter(cause=review.cause_id))
        _write_down("signed_off", review, by=by, now=now, data={"outages": review.covered.count()})
    return review


def _open(cause: Cause, reason: str, data: Mapping[str, Any], by: Actor, now: datetime) -> CauseReview:
    try:
        with transaction.atomic():
            review = CauseReview(cause=cause, reason=reason, opened_at=now, opened_by_name=by.name)
            _save(review, by, now, "opened")
            review.covered.set(Postmortem.objects.real().filter(cause=cause, incident__started_at__lt=now))
            _write_down("opened", review, by=by, now=now, data={"cause": cause.slug, **data})
            notify(
                action_reminders.group(Group.EXECUTIVES),
                key=f"review:{review.pk}:opened",
                purpose=Notification.Purpose.ESCALATION,
                subject=f"[REVIEW] “{cause}” came back: {reason}"[:250],
                body=(
                    f"A review of the cause “{cause}” is open: {reason}. It shows every outage, what was promised "
                    "after each and what was done. It waits for a decision and for an executive's name under it."
                ),
                link=reverse("review:review", args=[review.pk]),
                link_label="Open the review",
                now=now,
            )
    except IntegrityError:
        return CauseReview.objects.unfinished().get(cause=cause)
    return review


def _locked(review: CauseReview) -> CauseReview:
    return CauseReview.objects.select_for_update(of=("self",)).select_related("cause").get(pk=review.pk)


def _save(review: CauseReview, by: Actor, now: datetime, reason: str) -> None:
    stamp(review, by=by, now=now, reason=reason)
    review.save()


def _write_down(
    act: str, review: CauseReview, *, by: Actor, now: datetime, data: Mapping[str, Any] | None = None
) -> None:
    audit.record(f"review.{act}", by=by, now=now, on=review, data=data)


def _refuse_when_signed_off(review: CauseReview, what: str) -> None:
    if not review.is_open:
        raise WrongState(
            f"{review.signed_off_by_name} signed off the review of “{review.cause}”; "
            f"open another review before you {what}."
        )


def _refuse_unseen(review: CauseReview, seen: str | None) -> None:
    if seen is not None and seen != mark(review):
        raise WrongState(
            f"{review.decided_by_name} decided anew meanwhile; read the decision as it stands now, then go on."
        )


def _text(field: str, text: str, missing: str) -> str:
    text = text.strip()
    if not text:
        raise InvalidInput({field: missing})
    if len(text) > LONGEST:
        raise InvalidInput({field: f"It has {len(text):,} characters; {LONGEST:,} is the most."})
    return text
