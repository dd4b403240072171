"""What stands beside a message being written: lint, previews, audience, the button that says what it does."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone

from crisisdesk.core.access import Act, may
from crisisdesk.core.actors import Actor
from customers.affected import AudienceCounts
from customers.languages import language_name
from customers.models import Contact
from incidents.cadence import Gaps, refuse_gap
from incidents.counting import Readers, readers_of
from incidents.letters import words_of
from incidents.lifecycle import refuse_kind
from incidents.lint import findings
from incidents.locking import position_of
from incidents.models import PROMISING_KINDS, Draft, Incident, PromisePolicy, UpdateKind
from incidents.promises import policy_of
from incidents.recipients import recipients
from incidents.room.as_read import WAYS
from incidents.room.compose_form import AT, IN, PRESETS, kinds_for, presets_for, template_choices
from incidents.room.compose_sms import sms_facts
from incidents.room.head import clock_of, head_of, quiet_words
from incidents.room.reach import LOOKED_AT, SAMPLE, amount, counted, lines, one_of_each, whom
from incidents.room.verbs import reason_against


def compose_facts(incident: Incident, draft: Draft, now: datetime, by: Actor) -> dict[str, Any]:
    """The context of admin/incidents/incident/compose.html, the form apart."""
    templates, unapproved = template_choices(incident, draft)
    return {
        "now": now,
        "incident": head_of(incident),
        "promise": clock_of(incident, now),
        "quiet": quiet_words(incident),
        "kind_label": draft.get_kind_display().capitalize(),
        "promises": draft.kind in PROMISING_KINDS,
        "presets": presets_for(draft, now),
        "chosen": _chosen(draft),
        "zone": f"{timezone.localtime(now):%Z}",
        "zone_name": timezone.get_current_timezone_name(),
        "templates": templates,
        "template_id": draft.template_id,
        "emergency_templates": unapproved,
        "emergency_reason": draft.emergency_reason,
        "user_key": by.person_id,
        "ways": WAYS,
        "as_customer_url": reverse("admin:as_customer_search", args=[incident.pk]),
        "preview_url": reverse("admin:compose_preview", args=[incident.pk]),
        "draft_note": f"Kept {timezone.localtime(draft.saved_at):%H:%M:%S} by {draft.saved_by_name}",
        "write_reason": reason_against(Act.EDIT_DRAFT, "", by),
        **draft_facts(incident, draft, now, by),
    }


def draft_facts(incident: Incident, draft: Draft, now: datetime, by: Actor) -> dict[str, Any]:
    """What changes with each word: lint, text preview, audience and button."""
    several = recipients(incident, draft.kind, draft.corrects)
    readers = readers_of(incident, several)
    policy = policy_of(incident) if draft.kind in PROMISING_KINDS else None
    return {
        "version": draft.version,
        "lint": lint_lines(incident, draft, now, policy),
        "promised": promised(draft, now),
        "short_gap": bool(_gap_refusal(incident, draft, now, policy, sure=False)),
        "languages": language_lines(draft, readers),
        "audience_url": reverse("admin:audience", args=[incident.pk]),
        "audience": {
            **counted(readers.counts),
            "sample": _sample(several),
            "difference": difference_lines(readers, draft.kind),
        },
        "sms": sms_facts(incident, draft, now, several),
        "button": button(readers.counts),
        "send_reason": reason_against(Act.SEND_UPDATE, refuse_kind(position_of(incident), draft.kind), by),
    }


def promised(draft: Draft, now: datetime) -> dict[str, Any] | None:
    """The time that sending now would promise: {minutes, at}, minutes None for a time of the clock; else None."""
    upcoming = draft.next_update_from(now) if draft.kind in PROMISING_KINDS else None
    if upcoming is None:
        return None
    here = timezone.localtime(upcoming)
    day = "" if here.date() == timezone.localtime(now).date() else f"{here:%a %-d %b}, "
    minutes = draft.next_update_minutes if draft.next_update_at is None else None
    return {"minutes": minutes, "at": f"{day}{here:%H:%M %Z}"}


def start_facts(incident: Incident, by: Actor) -> dict[str, Any]:
    """The page without a draft: what can be started, and why the rest can't."""
    position = position_of(incident)
    expected = UpdateKind.INITIAL if not position.was_told else UpdateKind.PROGRESS
    expected = UpdateKind.FINAL if position.has_green_light else expected
    kinds = {UpdateKind.INITIAL: "a", UpdateKind.PROGRESS: "u", UpdateKind.FINAL: "f", UpdateKind.CORRECTION: "c"}
    options = [
        {
            "label": kind.label.capitalize(),
            "key": key,
            "url": reverse("admin:compose_start", args=[incident.pk, kind.value]),
            "reason": reason_against(Act.EDIT_DRAFT, refuse_kind(position, kind), by),
            "is_next": kind == expected,
        }
        for kind, key in kinds.items()
    ]
    facts = {"incident": head_of(incident), "options": options, "any": bool(kinds_for(incident))}
    return facts | {
        "user_key": by.person_id,
        "may_write": may(by, Act.EDIT_DRAFT),
        "write_url": reverse("admin:compose", args=[incident.pk]),
    }


def language_lines(draft: Draft, readers: Readers) -> list[dict[str, Any]]:
    """The languages that will be sent, the writer's first: [{code, name, readers, is_own}].

    `is_own` is False where the readers of a language get the writer's words, with labels and times in their own.
    """
    amounts = {draft.language: 0, **readers.by_language}
    spoken = draft.languages()
    ordered = sorted(amounts, key=lambda code: (code != draft.language, -amounts[code], code))
    return [
        {
            "code": code,
            "name": language_name(code),
            "readers": amount(amounts[code], "reader"),
            "is_own": code in spoken,
        }
        for code in ordered
    ]


def lint_lines(incident: Incident, draft: Draft, now: datetime, policy: PromisePolicy | None) -> list[dict[str, str]]:
    """What the process asks of the message: [{level: missing|warning|fine, text}]."""
    levels = {"error": "missing", "warning": "warning"}
    shown = [{"level": levels[found.level], "text": found.text} for found in findings(words_of(draft, incident))]
    if (gap := _gap_refusal(incident, draft, now, policy, sure=True)) and draft.next_update_from(now) is not None:
        shown.append({"level": "missing", "text": gap})
    if draft.template is not None and not draft.template.is_approved:
        shown.append(_unapproved(draft))
    if not shown:
        shown.append({"level": "fine", "text": "It says what the process asks for."})
    return shown


def _unapproved(draft: Draft) -> dict[str, str]:
    """The template has no approval: what stops the send, or what will be told to communications."""
    if draft.emergency_reason:
        text = (
            f"Emergency: the template “{draft.template}” is not approved ({draft.emergency_reason}). "
            "Communications are told when it is sent, and look at it afterwards."
        )
        return {"level": "warning", "text": text}
    text = (
        f"The template “{draft.template}” is not approved (any more). Use another one, or say under “Emergency” why it "
        "can't wait."
    )
    return {"level": "missing", "text": text}


def button(counts: AudienceCounts) -> str:
    """What pressing does: "Send to 1,284 contacts at 312 customers"."""
    return f"Send to {whom(counts)}"


def _chosen(draft: Draft) -> str:
    """Which of the two fields holds the time, if it is no preset."""
    if draft.next_update_at is not None:
        return AT
    return IN if draft.next_update_minutes not in (None, *PRESETS) else ""


def _gap_refusal(incident: Incident, draft: Draft, now: datetime, policy: PromisePolicy | None, *, sure: bool) -> str:
    if draft.kind not in PROMISING_KINDS:
        return ""
    upcoming = draft.next_update_from(now)
    if upcoming is None and not sure:
        return ""
    gaps = Gaps(policy.longest_gap_minutes, policy.shortest_gap_minutes) if policy else Gaps()
    long_path = bool(incident.long_path_reason)
    refusal = refuse_gap(now, upcoming, gaps, long_path=long_path, short_confirmed=sure)
    # Unsure, only the question "so soon?" is of interest: the one that confirming answers.
    if not sure and refusal and refuse_gap(now, upcoming, gaps, long_path=long_path, short_confirmed=True):
        return ""
    return refusal


def difference_lines(readers: Readers, kind: str) -> list[str]:
    """In words, who is new since the last message and who is gone; of a correction nothing: it is nobody's last."""
    if kind == UpdateKind.CORRECTION:
        return []
    texts = []
    if readers.added and readers.added.contacts:
        texts.append(f"{whom(readers.added)} did not get the last message.")
    if readers.gone and readers.gone.contacts:
        texts.append(f"{whom(readers.gone)} got the last message and get no more.")
    return texts


def _sample(sets: Sequence[QuerySet[Contact]]) -> list[dict[str, str]]:
    """A reader of each of the first few customers: of the affected; only if these are fewer, of those told before."""
    found: dict[int, Contact] = {}
    for several in sets:
        if len(found) >= SAMPLE:
            break
        rows = several.select_related("customer").order_by("customer__name", "name", "pk")[:LOOKED_AT]
        for row in one_of_each(rows):
            found.setdefault(row.pk, row)
    return sorted(lines(found.values()), key=lambda line: line["customer"])[:SAMPLE]
