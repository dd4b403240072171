"""Two people exchange what they are on call for: asked by one, accepted by the other, recorded."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from crisisdesk.core import audit
from crisisdesk.core.access import Act, require
from crisisdesk.core.actors import Actor
from crisisdesk.core.history import stamp
from crisisdesk.core.models import User
from crisisdesk.core.refusals import InvalidInput, NotAllowed, WrongState
from incidents.models import IncidentRole, Swap, SwapState
from incidents.schedules.checks import check_fit, check_span, holds_some, ranks_held
from incidents.schedules.rules import read_rules
from incidents.schedules.telling import Span, tell


def ask(
    role: IncidentRole,
    partner: User,
    *,
    gives: Span,
    takes: Span | None = None,
    reason: str = "",
    by: Actor,
    now: datetime,
) -> Swap:
    """Ask a colleague to take over what the asker is on call for in `gives`, in exchange for `takes` or for nothing.

    Anybody may who is on call for the role in all of `gives`. Nothing changes until the partner accepts. Raises
    InvalidInput and NotAllowed.
    """
    require(by, Act.VIEW_SETTINGS)
    if by.person_id is None:
        raise NotAllowed("Only a person can ask for a swap.")
    if partner.pk == by.person_id:
        raise InvalidInput({"partner": "That is you. Choose a colleague."})
    _check_spans(gives, takes, now)
    check_fit(partner, role, field="partner")
    asker = User.objects.get(pk=by.person_id)
    _check_both(role, asker, partner, gives, takes)
    with transaction.atomic():
        swap = Swap(
            role=role,
            asker=asker,
            partner=partner,
            gives_from=gives[0],
            gives_until=gives[1],
            takes_from=takes[0] if takes else None,
            takes_until=takes[1] if takes else None,
            reason=" ".join(reason.split())[:200],
            asked_at=now,
        )
        stamp(swap, by=by, now=now, reason="asked")
        swap.save()
        audit.record("oncall.swap_asked", by=by, now=now, on=swap, data=_data(swap))
        _tell_partner(swap, gives, takes, now)
    return swap


def accept(swap: Swap, *, by: Actor, now: datetime) -> Swap:
    """The partner agrees: from now on the swap holds. Raises NotAllowed and WrongState."""
    require(by, Act.VIEW_SETTINGS)
    with transaction.atomic():
        swap = _taken(swap, by, now, partner=True)
        takes = (swap.takes_from, swap.takes_until) if swap.takes_from and swap.takes_until else None
        # Of two swaps that exclude each other only one is accepted.
        IncidentRole.objects.select_for_update(no_key=True).get(pk=swap.role_id)
        try:
            check_fit(swap.partner, swap.role, field="partner")
            _check_both(swap.role, swap.asker, swap.partner, (swap.gives_from, swap.gives_until), takes)
        except InvalidInput as error:
            raise WrongState(
                f"The schedule has changed since this was asked. {error} Decline it, and agree anew."
            ) from error
        _settle(swap, SwapState.ACCEPTED, by, now)
        told: list[str | Span] = [f"{swap.partner} is on call as {swap.role} instead of you:"]
        told += [(swap.gives_from, swap.gives_until)]
        told += ["You are on call in exchange:", takes] if takes else []
        subject = f"{swap.partner} has accepted your swap"
        tell([swap.asker], key=f"swap:{swap.pk}:settled", subject=subject, lines=told, role=swap.role, now=now)
    return swap


def decline(swap: Swap, *, by: Actor, now: datetime) -> Swap:
    """The partner does not agree; nothing changes. Raises NotAllowed and WrongState."""
    require(by, Act.VIEW_SETTINGS)
    with transaction.atomic():
        swap = _taken(swap, by, now, partner=True)
        _settle(swap, SwapState.DECLINED, by, now)
        lines: list[str | Span] = [f"You stay on call as {swap.role}:", (swap.gives_from, swap.gives_until)]
        subject = f"{swap.partner} can't take your shift"
        tell([swap.asker], key=f"swap:{swap.pk}:settled", subject=subject, lines=lines, role=swap.role, now=now)
    return swap


def take_back(swap: Swap, *, by: Actor, now: datetime) -> Swap:
    """The asker no longer asks. Raises NotAllowed, and WrongState when it was answered."""
    require(by, Act.VIEW_SETTINGS)
    with transaction.atomic():
        swap = _taken(swap, by, now, partner=False)
        _settle(swap, SwapState.WITHDRAWN, by, now)
    return swap


def _check_spans(gives: Span, takes: Span | None, now: datetime) -> None:
    """Both lie ahead, and apart."""
    check_span(*gives, now=now, fields=("gives_from", "gives_until"))
    if gives[0] <= now:
        raise InvalidInput({"gives_from": "This time has begun. Choose a start that lies ahead, or hand over at once."})
    if takes is None:
        return
    check_span(*takes, now=now, fields=("takes_from", "takes_until"))
    if takes[0] <= now:
        raise InvalidInput({"takes_from": "This time has begun. Choose one that lies ahead."})
    if takes[0] < gives[1] and gives[0] < takes[1]:
        raise InvalidInput({"takes_from": "Both times overlap. Choose two that do not."})


def _tell_partner(swap: Swap, gives: Span, takes: Span | None, now: datetime) -> None:
    asker, role = swap.asker, swap.role
    lines: list[str | Span] = [f"{asker} asks you to be on call as {role} instead of them:", gives]
    lines += [f"In exchange {asker} takes what you have:", takes] if takes else ["Nothing is asked in return."]
    lines += [f"Why: {swap.reason}"] if swap.reason else []
    lines += ["Nothing changes until you accept."]
    subject = f"{asker} asks for a swap as {role}"
    tell([swap.partner], key=f"swap:{swap.pk}:asked", subject=subject, lines=lines, role=role, now=now)


def _check_both(role: IncidentRole, asker: User, partner: User, gives: Span, takes: Span | None) -> None:
    _check_one(role, asker, partner, gives, "gives_from")
    if takes is not None:
        _check_one(role, partner, asker, takes, "takes_from")


def _check_one(role: IncidentRole, giver: User, taker: User, span: Span, field: str) -> None:
    rules = read_rules([role.pk], *span)
    ranks = ranks_held(rules, giver.pk, role, *span)
    if not ranks:
        raise InvalidInput({field: f"{giver} is not on call as {role} in all of that time. Look at the calendar."})
    if holds_some(rules, taker.pk, role, ranks, *span):
        raise InvalidInput({field: f"{taker} is on call as {role} in that time already. Ask somebody else."})


def _taken(swap: Swap, by: Actor, now: datetime, *, partner: bool) -> Swap:
    """The swap, locked, when this actor may answer it (or take it back) and nobody has."""
    swap = Swap.objects.select_for_update(of=("self",)).select_related("role", "asker", "partner").get(pk=swap.pk)
    whose = swap.partner if partner else swap.asker
    if by.person_id != whose.pk:
        verb = "answer" if partner else "take back"
        raise NotAllowed(f"Only {whose} can {verb} this swap.")
    if swap.state != SwapState.ASKED:
        raise WrongState(f"This swap is {swap.state} already.")
    if partner and not swap.is_open(now):
        raise WrongState("The time of this swap has begun, so it can't be answered any more. Agree on another.")
    return swap


def _settle(swap: Swap, state: SwapState, by: Actor, now: datetime) -> None:
    swap.state, swap.answered_at = state, now
    stamp(swap, by=by, now=now, reason=str(state))
    swap.save()
    audit.record(f"oncall.swap_{state}", by=by, now=now, on=swap, data=_data(swap))


def _data(swap: Swap) -> dict[str, str | int | None]:
    return {
        "role": swap.role.slug,
        "asker": swap.asker_id,
        "partner": swap.partner_id,
        "gives_from": swap.gives_from.isoformat(),
        "gives_until": swap.gives_until.isoformat(),
        "takes_from": swap.takes_from.isoformat() if swap.takes_from else None,
        "takes_until": swap.takes_until.isoformat() if swap.takes_until else None,
    }
