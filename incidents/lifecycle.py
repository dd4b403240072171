"""Which moves an incident allows: tables and refusals, without I/O."""

from __future__ import annotations

from dataclasses import dataclass, replace

WORKING = ("investigating", "identified", "monitoring")
# What Support writes by hand. The post-mortem's customer edition has its own way out, with its own approvals.
WRITTEN = ("initial", "progress", "holding", "correction", "final")


@dataclass(frozen=True, slots=True)
class Position:
    """Where an incident stands, as far as the rules look at it."""

    reference: str
    status: str
    is_brief: bool
    was_told: bool
    has_green_light: bool
    is_drill: bool = False
    is_confidential: bool = False
    # The reference of what it continues as.
    merged_into: str = ""
    # How many services are affected now; None where nobody counted.
    affected: int | None = None

    @property
    def is_resolved(self) -> bool:
        """True at the end."""
        return self.status == "resolved"


def refuse_writing(position: Position, kind: str) -> str:
    """Why a message of this kind can't be written by hand now, with the remedy; empty when it can (Steps 3 to 5)."""
    if kind == "postmortem":
        return f"{position.reference}: the report to customers is made and sent from the post-mortem, once approved."
    if kind not in WRITTEN:
        return f"There is no kind of message called “{kind}”; choose one of {', '.join(WRITTEN)}."
    return refuse_kind(position, kind)


def refuse_kind(position: Position, kind: str) -> str:
    """Why a message of this kind can't be sent now, with the remedy; empty when it can (Steps 3 to 6)."""
    ref = position.reference
    if position.merged_into:
        return f"{ref} continues as {position.merged_into}; write to customers there."
    if kind == "postmortem":
        return _refuse_postmortem(position)
    if position.is_resolved:
        return f"{ref} is resolved; reopen it before sending an update."
    if kind == "initial":
        return f"{ref}: the first alert was sent already; send a progress update." if position.was_told else ""
    if not position.was_told:
        return f"{ref}: customers have not been alerted yet; send the first alert before this message."
    if kind == "final" and not position.has_green_light:
        return f"{ref} has no green light; Operations gives it in the incident room before the final message can leave."
    return ""


def _refuse_postmortem(position: Position) -> str:
    if not position.is_resolved:
        return f"{position.reference} is still open; its post-mortem can be sent after the final message."
    if not position.was_told:
        return f"{position.reference}: no customer was alerted, so there is nobody to send the post-mortem to."
    return ""


def refuse_change(position: Position, what: str) -> str:
    """Why the incident can't be changed now; empty when it can."""
    if position.merged_into:
        return f"{position.reference} continues as {position.merged_into}; {what} there."
    if position.is_resolved:
        return f"{position.reference} is resolved; reopen it before you {what}."
    return ""


def refuse_status(position: Position, status: str) -> str:
    """Why the status can't be set by hand; empty when it can."""
    if status not in WORKING:
        return f"{position.reference} is resolved by its final message, not by hand."
    return refuse_change(position, "change its status")


def refuse_green_light(position: Position) -> str:
    """Why the green light can't be given now; empty when it can (Step 5)."""
    if position.has_green_light:
        return f"{position.reference} has its green light already."
    return refuse_change(position, "give the green light")


def refuse_withdrawal(position: Position) -> str:
    """Why the green light can't be withdrawn; empty when it can."""
    if position.merged_into:
        return f"{position.reference} continues as {position.merged_into}, with a green light of its own."
    if position.is_resolved:
        return f"{position.reference} is resolved; a relapse reopens it."
    if not position.has_green_light:
        return f"{position.reference} has no green light to withdraw."
    return ""


def refuse_reopening(position: Position) -> str:
    """Why it can't be reopened; empty when it can."""
    if position.merged_into:
        return f"{position.reference} continues as {position.merged_into}; a relapse reopens that one."
    return "" if position.is_resolved else f"{position.reference} is open already."


def refuse_merge(merged: Position, continuing: Position) -> str:
    """Why the one can't be merged into the other; empty when it can (Step 4)."""
    ref, other = merged.reference, continuing.reference
    if ref == other:
        return f"{ref} can't be merged into itself; choose the other incident."
    if refusal := refuse_change(merged, "merge it") or refuse_change(continuing, "merge another into it"):
        return refusal
    if merged.is_drill != continuing.is_drill:
        drill = ref if merged.is_drill else other
        return f"{drill} is a drill, the other is none; a drill is merged with a drill only."
    if merged.is_confidential != continuing.is_confidential:
        secret = ref if merged.is_confidential else other
        return f"{secret} is confidential, the other is not; make both confidential first, or none."
    if continuing.has_green_light:
        return f"{other} has its green light; withdraw it first, or merge {other} into {ref}."
    return ""


def refuse_splitting(position: Position) -> str:
    """Why the incident can't be split at all, whatever part of it; empty when it can."""
    if refusal := refuse_change(position, "split it"):
        return refusal
    if position.has_green_light:
        return f"{position.reference} has its green light; withdraw it before you split it."
    if position.affected is not None and position.affected < 2:
        return f"{position.reference} affects one service at most, so nothing can be split off; change its scope first."
    return ""


def refuse_split(position: Position, part: int, whole: int) -> str:
    """Why `part` of the `whole` number of affected services can't go to an incident of its own; empty when it can."""
    if refusal := refuse_splitting(replace(position, affected=whole)):
        return refusal
    if not part:
        return f"{position.reference}: choose what goes over to the new incident."
    if part == whole:
        return f"{position.reference}: something must stay in it; leave at least one affected service behind."
    return ""
