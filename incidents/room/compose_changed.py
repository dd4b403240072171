"""What somebody else changed in the draft that stands on this page: field by field, word by word."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils import timezone

from customers.languages import language_name
from incidents.models import Draft, Update, UpdateKind
from incidents.plain import word_changes

LABELS = {
    "kind": "What is it for",
    "status": "Status",
    "subject": "Heading",
    "body": "Message",
    "was_wrong": "What was wrong",
    "likely_resolution": "Likely resolution",
    "workaround": "Workaround",
    "article_url": "Document",
    "next_update_minutes": "Minutes until the next update",
    "next_update_at": "Time of the next update",
}


def changed_facts(kept: Draft, typed: Mapping[str, Any] | None) -> dict[str, Any]:
    """What is kept against what stands on the page: {by, at, version, fields [{label, changes}], is_unreadable}.

    `typed` are the draft's columns as posted; None when a field can't be read, and then no field is compared.
    """
    return {
        "by": kept.saved_by_name,
        "at": f"{timezone.localtime(kept.saved_at):%H:%M:%S}",
        "version": kept.version,
        "is_unreadable": typed is None,
        "fields": [*_fields(kept, typed), *_languages(kept, typed)] if typed is not None else [],
    }


def gone_facts(draft: Draft | None, last: Update | None) -> dict[str, str]:
    """Why the draft of this page is not there any more."""
    if draft is not None and last is not None and draft.closed_at == last.sent_at:
        at = f"{timezone.localtime(last.sent_at):%H:%M:%S}"
        return {"text": f"{last.sent_by_name} sent this message at {at}. What stands here was not sent."}
    return {"text": "This draft was thrown away. What stands here was not sent."}


def _fields(kept: Draft, typed: Mapping[str, Any]) -> list[dict[str, Any]]:
    found = []
    for name, label in LABELS.items():
        if name not in typed:
            continue
        theirs, mine = _shown(name, getattr(kept, name)), _shown(name, typed[name])
        if " ".join(theirs.split()) != " ".join(mine.split()):
            found.append({"label": label, "changes": word_changes(mine, theirs)})
    return found


def _languages(kept: Draft, typed: Mapping[str, Any]) -> list[dict[str, Any]]:
    mine: Mapping[str, Mapping[str, str]] = typed.get("translations", {})
    found = []
    for code in sorted({*kept.translations, *mine}):
        for name in ("subject", "body", "was_wrong"):
            theirs = str(kept.translations.get(code, {}).get(name, ""))
            own = str(mine.get(code, {}).get(name, ""))
            if " ".join(theirs.split()) != " ".join(own.split()):
                label = f"{LABELS[name]}, {language_name(code)}"
                found.append({"label": label, "changes": word_changes(own, theirs)})
    return found


def _shown(name: str, value: Any) -> str:
    if value is None:
        return ""
    if name == "next_update_at":
        return f"{timezone.localtime(value):%H:%M}"
    return str(UpdateKind(value).label) if name == "kind" else str(value)
