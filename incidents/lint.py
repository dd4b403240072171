"""What the process demands of a message, looked at before it is sent: no I/O."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from hashlib import sha256
from itertools import zip_longest
from typing import Literal
from urllib.parse import urlsplit

CORRECTION = "correction"
PROMISING = frozenset({"initial", "progress", "holding"})
NEARLY_THE_SAME = 0.9
SHORTEST_BODY = 40
_BLANKS = re.compile(r"\s+")
_CLOCK = re.compile(r"\b[0-2]?\d[:.h][0-5]\d\b")
_SAFE = re.compile(r"data (?:is|are) safe|Daten sind (?:bei uns )?sicher|données sont en sécurité", re.IGNORECASE)
# That the cause is found, in the languages of the starter set; not that it is not found yet.
_FOUND = re.compile(
    r"\b(?<!not )(?:found|identified|know) (?:the|its) cause\b|\bcause (?:is|was|has been) (?:found|identified)\b"
    r"|\bUrsache (?:(?!nicht)[^.;]){0,80}\bgefunden\b|(?<!pas )(?<!encore )\btrouvé la cause\b"
    r"|\bcause (?:est|a été) (?:trouvée|identifiée)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Finding:
    """Something about a text. An error stops the send; a warning is shown."""

    level: Literal["error", "warning"]
    text: str


@dataclass(frozen=True, slots=True)
class Translation:
    """The same message in one more language; `of` marks the original text that it was written for ("" unknown)."""

    language: str
    subject: str
    body: str
    of: str = ""


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
    translations: tuple[Translation, ...] = ()
    was_wrong: str = ""
    article_url: str = ""
    # The status that the template's words are for; "" for any.
    fits: str = ""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A template as the rules see it."""

    kind: str
    subject: str
    body: str
    guidance: str


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
    if opening := left_open(words.body):
        found.append(Finding("error", f"“{opening}” has nothing after it: fill it in or remove it."))
    if words.kind == CORRECTION and not words.was_wrong.strip():
        found.append(Finding("error", "Say what was wrong: a correction names it before it says what is right."))
    if refusal := refuse_link(words.article_url):
        found.append(Finding("error", refusal))
    found += [problem for translation in words.translations for problem in _of_translation(translation, words.body)]
    if words.kind in PROMISING and not words.has_next_update:
        found.append(Finding("error", "Say when the next update comes: every message commits to a time."))
    if words.body.strip() and len(words.body.strip()) < SHORTEST_BODY:
        found.append(Finding("warning", "This is very short. Does it say what customers can and can't do now?"))
    if words.status != words.incident_status and words.kind in PROMISING:
        known = f"Operations has set the incident to “{words.incident_status}”"
        found.append(Finding("warning", f"{known}; this message says “{words.status}”."))
    if words.fits not in ("", words.status) and words.kind in PROMISING:
        said = f"the message says “{words.status}”"
        found.append(Finding("warning", f"The template's words are for “{words.fits}”; {said}. Do they hold?"))
    elif words.status == "investigating" and words.kind in PROMISING and _FOUND.search(words.body):
        said = (
            "The text says that the cause is found, its heading “Investigating”: set the status here, or mend the text."
        )
        found.append(Finding("warning", said))
    if _repeats(words):
        found.append(Finding("warning", "This nearly repeats the last message. What was learned or done since?"))
    return found


def findings_of_template(words: Prepared) -> list[Finding]:
    """What to look at in words prepared for later: they are sent at night by somebody who has no time to read them.

    The time of the next update, the likely resolution and the link to the progress page are part of every message.
    """
    found: list[Finding] = []
    text = f"{words.subject}\n{words.body}"
    if not words.subject.strip() or not words.body.strip():
        found.append(Finding("error", "A template needs a subject and a text."))
    if (opening := left_open(words.body)) and words.kind != CORRECTION:
        said = f"“{opening}” has nothing after it: whoever sends it has to write there first, or the send is refused."
        found.append(Finding("warning", said))
    if not any(f"{{{{{name}}}}}" in _BLANKS.sub("", text) for name in ("services", "title")):
        found.append(Finding("warning", "It does not say what it is about: put {{services}} or {{title}} in."))
    if words.body.strip() and len(words.body.strip()) < SHORTEST_BODY and words.kind != CORRECTION:
        found.append(Finding("warning", "This is very short. Does it say what customers can and can't do now?"))
    if clock := _CLOCK.search(text):
        said = f"“{clock[0]}” will be wrong when it is sent: {{{{started_at}}}} puts the time of the outage in."
        found.append(Finding("warning", said))
    if safe := _SAFE.search(text):
        found.append(
            Finding("warning", f"“{safe[0]}” is a promise that nobody has checked when this is sent. Leave it out.")
        )
    if not words.guidance.strip():
        found.append(Finding("warning", "Say when to use it: that is what is read beside it at 2 a.m."))
    return sorted(found, key=lambda one: one.level)


def refuse_link(url: str) -> str:
    """Why customers can't be sent to this address, with the remedy; empty when they can, or when there is none."""
    if not url.strip():
        return ""
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return "The link to the document is no address that a browser understands; copy it from there."
    if parts.scheme != "https":
        return "The link to the document has to begin with https://; customers should not be sent to another."
    if not parts.hostname or "@" in parts.netloc or any(sign.isspace() for sign in url.strip()):
        return "The link to the document is not complete; copy it from the browser's address line."
    return ""


def left_open(body: str) -> str:
    """The first paragraph that ends in a colon with nothing of its own after it; "" when there is none."""
    paragraphs = [paragraph.strip() for paragraph in body.split("\n\n") if paragraph.strip()]
    for paragraph, following in zip_longest(paragraphs, paragraphs[1:], fillvalue=""):
        if paragraph.endswith(":") and (not following or following.endswith(":")):
            return paragraph.splitlines()[-1][-80:]
    return ""


def mark(text: str) -> str:
    """What tells two texts apart, short enough to be kept beside a translation."""
    return sha256(" ".join(text.split()).encode()).hexdigest()[:16]


def _of_translation(said: Translation, original: str) -> list[Finding]:
    """What is wrong with the words in one more language; dropping them always helps."""
    subject, body, name = said.subject.strip(), said.body.strip(), said.language
    drop = f"mend it, or clear both {name} fields: its readers then get the original words."
    if not subject and not body:
        return []
    if not subject or not body:
        return [Finding("error", f"{name} has only a heading or only a text; {drop}")]
    if "{{" in subject + body or left_open(body):
        return [Finding("error", f"{name} has a place that was not filled in; {drop}")]
    if said.of and said.of != mark(original):
        return [
            Finding("warning", f"{name} was written for an earlier text of the original. Look at it again, or {drop}")
        ]
    return []


def _repeats(words: Words) -> bool:
    """Nearly the last message again. A correction has to say most of it once more."""
    if words.kind == CORRECTION or not words.previous_body:
        return False
    return _similarity(words.body, words.previous_body) >= NEARLY_THE_SAME


def _similarity(one: str, other: str) -> float:
    return SequenceMatcher(None, one.split(), other.split(), autojunk=False).ratio()
