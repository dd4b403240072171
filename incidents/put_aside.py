"""Words that were thrown away or replaced by a template: kept, and put back with one press (Step 4)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import F, Max, Q, QuerySet, Subquery

from crisisdesk.core.access import Act, require
from crisisdesk.core.actors import Actor
from crisisdesk.core.refusals import WrongState
from incidents.lifecycle import refuse_writing
from incidents.locking import locked, position_of
from incidents.models import Draft, Incident, Update
from incidents.templates import fill, fill_translations

# What a template replaces, and what comes back with the words.
WORDS = ("template", "status", "emergency_reason", "subject", "body", "translations", "is_maintenance")


def was_typed_in(draft: Draft) -> bool:
    """Whether its words are others than its template gave it."""
    if draft.template is None:
        return bool(draft.body.strip())
    filled, translated = fill(draft.template, draft.incident), fill_translations(draft.template, draft.incident)
    given = [(filled.subject, filled.body), *_translated(translated)]
    return _plain([(draft.subject, draft.body), *_translated(draft.translations)]) != _plain(given)


def put_aside(draft: Draft, *, now: datetime) -> None:
    """Keep a copy of the draft as it stands, closed, before its words are replaced. Inside the caller's transaction."""
    copy = Draft.objects.get(pk=draft.pk)
    copy.pk, copy.closed_at = None, now
    copy.save(force_insert=True)


def last_aside(incident: Incident) -> Draft | None:
    """What was thrown away or replaced last, since a person last sent a message; None when nothing was. One read."""
    return _asides(incident).first()


def open_and_aside(incident: Incident) -> tuple[Draft | None, Draft | None]:
    """The draft that is being written, and what was put aside last: one read for both."""
    last = Q(pk=Subquery(_asides(incident).values("pk")[:1]))
    rows = Draft.objects.filter(Q(closed_at=None) | last, incident=incident).select_related("template")
    found = {row.closed_at is None: row for row in rows}
    return found.get(True), found.get(False)


def _asides(incident: Incident) -> QuerySet[Draft]:
    """The last one first."""
    sent = Update.objects.filter(incident=incident, is_automatic=False).order_by().values("incident")
    last = Subquery(sent.annotate(last=Max("sent_at")).values("last"))
    rows = Draft.objects.filter(incident=incident, closed_at__isnull=False).exclude(subject="", body="")
    rows = rows.alias(last_sent=last).filter(Q(last_sent=None) | Q(closed_at__gt=F("last_sent")))
    return rows.order_by("-closed_at", "-pk")


def take_up_again(aside: Draft, *, by: Actor, now: datetime) -> Draft:
    """Open a draft that was thrown away; it goes on where it was. Raises NotAllowed, WrongState."""
    require(by, Act.EDIT_DRAFT)
    with transaction.atomic():
        incident = locked(aside.incident)
        row = _still_aside(aside, incident)
        if refusal := refuse_writing(position_of(incident), row.kind):
            raise WrongState(refusal)
        row.closed_at, row.version = None, row.version + 1
        row.saved_at, row.saved_by_name = now, by.name
        try:
            with transaction.atomic():
                row.save()
        except IntegrityError:
            raise WrongState("Something else is being written here meanwhile; open it to see it.") from None
    return row


def words_of(aside: Draft, incident: Incident) -> dict[str, object]:
    """The words that are aside, as fields of the open draft. Raises WrongState when they are aside no longer."""
    row = _still_aside(aside, incident)
    return {name: getattr(row, name) for name in WORDS}


def _still_aside(aside: Draft, incident: Incident) -> Draft:
    row = last_aside(incident)
    if row is None or row.pk != aside.pk:
        raise WrongState("These words are not put aside any more: somebody took them up, or sent a message meanwhile.")
    return row


def _translated(words: Mapping[str, Mapping[str, str]]) -> list[tuple[str, str]]:
    return [(said.get("subject", ""), said.get("body", "")) for _, said in sorted(words.items())]


def _plain(texts: Iterable[tuple[str, str]]) -> list[str]:
    """Apart from white space, of which browsers send other than templates hold."""
    return [" ".join(text.split()) for pair in texts for text in pair]
