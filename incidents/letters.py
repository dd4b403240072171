"""What a message says: an update, or a draft as it would be sent, as a letter and as the lint sees it."""

from __future__ import annotations

from datetime import datetime

from customers.languages import language_name
from incidents.correcting import standing_time
from incidents.lint import Translation, Words
from incidents.models import DATED_KINDS, Draft, Incident, Update, UpdateKind, reference_of
from incidents.render import Letter
from incidents.templates import places_of


def letter_of(update: Update | Draft, incident: Incident, *, sent_at: datetime) -> Letter:
    """An update, or a draft as it would be sent at `sent_at`, as a letter to be rendered."""
    upcoming = time_of(update, incident, sent_at) if isinstance(update, Draft) else update.next_update_at
    return Letter(
        kind=update.kind,
        status=update.status,
        subject=update.subject,
        body=update.body,
        translations={code: update.said_in(code) for code in update.languages() if code != update.language},
        places=places_of(incident),
        sent_at=sent_at,
        next_update_at=upcoming if update.kind in DATED_KINDS else None,
        likely_resolution=update.likely_resolution,
        workaround=update.workaround,
        was_wrong=update.was_wrong,
        corrected_at=update.corrects.sent_at if update.corrects is not None else None,
        article_url=update.article_url,
        is_maintenance=update.is_maintenance,
        language=update.language,
        earlier=earlier_references(incident),
    )


def earlier_references(incident: Incident) -> tuple[str, ...]:
    """What else it was called in messages: incidents merged into it, and the one it was split from."""
    if incident.joined_at is None:
        return ()
    merged = list(incident.merged.order_by("pk").values_list("pk", flat=True))
    before = [incident.split_from_id] if incident.split_from_id else []
    return tuple(reference_of(pk) for pk in sorted([*before, *merged]))


def words_of(draft: Draft, incident: Incident) -> Words:
    """A draft as the lint sees it."""
    previous = incident.updates.order_by("-number").values_list("body", flat=True).first()
    return Words(
        kind=draft.kind,
        subject=draft.subject,
        body=draft.body,
        likely_resolution=draft.likely_resolution,
        has_next_update=draft.next_update_at is not None or draft.next_update_minutes is not None,
        previous_body=previous or "",
        status=draft.status,
        incident_status=incident.status,
        was_wrong=draft.was_wrong,
        article_url=draft.article_url,
        fits=draft.template.status if draft.template is not None else "",
        translations=tuple(
            Translation(language_name(code), words.get("subject", ""), words.get("body", ""), words.get("of", ""))
            for code, words in sorted(draft.translations.items())
        ),
    )


def time_of(draft: Draft, incident: Incident, now: datetime) -> datetime | None:
    """The time that the draft would name, sent now: the one it promises, or of a correction the one that stands."""
    return standing_time(incident, now) if draft.kind == UpdateKind.CORRECTION else draft.next_update_from(now)
