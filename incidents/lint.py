"""What the process demands of a message, looked at before it is sent: no I/O."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

PROMISING = frozenset({"initial", "progress", "holding"})
NEARLY_THE_SAME = 0.9
SHORTEST_BODY = 40


@dataclass(frozen=True, slots=True)
class Finding:
    """Something about a text. An error stops the send; a warning is shown."""

    level: Literal["error", "warning"]
    text: str


@dataclass(frozen=True, slots=True)
class Words:
    """A message as the rules see it."""

    kind: str
    subject: str
    body: str
    likely_resolution: str
    has_next_update: bool
    previous_body: str = ""
    status: str = ""
    incident_status: str = ""


def findings(words: Words) -> list[Finding]:
    """Errors first: the nature of the issue, the time of the next update; then what would make it better (Step 3).

    The likely resolution needs no check: empty is said to customers as "not yet known". The link to the progress page
    is part of every message.
    """
    found: list[Finding] = []
    if not words.subject.strip():
        found.append(Finding("error", "Give the message a subject."))
    if not words.body.strip():
        found.append(Finding("error", "Say what is going on: the message has no text."))
    if "{{" in words.body or "{{" in words.subject:
        found.append(Finding("error", "A variable in double braces is left in the text; fill it in or remove it."))
    if words.kind in PROMISING and not words.has_next_update:
        found.append(Finding("error", "Say when the next update comes: every message commits to a time."))
    if words.body.strip() and len(words.body.strip()) < SHORTEST_BODY:
        found.append(Finding("warning", "This is very short. Does it say what customers can and can't do now?"))
    if words.status != words.incident_status and words.kind in PROMISING:
        known = f"Operations has set the incident to “{words.incident_status}”"
        found.append(Finding("warning", f"{known}; this message says “{words.status}”."))
    if words.previous_body and _similarity(words.body, words.previous_body) >= NEARLY_THE_SAME:
        found.append(Finding("warning", "This nearly repeats the last message. What was learned or done since?"))
    return found


def _similarity(one: str, other: str) -> float:
    return SequenceMatcher(None, one.split(), other.split(), autojunk=False).ratio()
