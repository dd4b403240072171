"""Past outages that resemble one, suggested from the texts and corrected by whoever knows (Step 6)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Count, Max, Q

from crisisdesk.core import audit
from crisisdesk.core.access import Act, require
from crisisdesk.core.actors import Actor
from crisisdesk.core.history import stamp
from crisisdesk.core.refusals import InvalidInput
from incidents.likeness import Index, Match
from incidents.models import Incident
from postmortems.models import Postmortem, SimilarityVerdict

SHOWN = 5
# Texts of the newest so many outages are compared.
LARGEST = 2_000
# How much a text gains for each confirmed relative of the outage that it resembles too.
RELATIVE = 0.5


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A past outage that may be alike: the words that say so, or who confirmed it."""

    incident: Incident
    words: tuple[str, ...]
    confirmed_by: str = ""


@dataclass(frozen=True, slots=True)
class _Built:
    """An index and the outages its places stand for, as of a version of the tables."""

    version: tuple[object, ...]
    index: Index
    keys: list[int]


class _Process:
    """What this process has built last: texts of two thousand outages take about a second."""

    built: _Built | None = None


def suggestions(postmortem: Postmortem, *, first: int = SHOWN) -> list[Suggestion]:
    """Confirmed ones on top, then those whose texts share the most telling words; rejected ones never.

    What resembles a confirmed one as well climbs: that is how verdicts improve the list. Real outages only, the newest
    two thousand. Three reads, and one when texts changed since the last call in this process.
    """
    incident = postmortem.incident
    index, keys = _index()
    places = {key: place for place, key in enumerate(keys)}
    verdicts = verdicts_of(incident)
    confirmed = [key for key, verdict in verdicts.items() if verdict.is_similar]
    without = frozenset(places[key] for key in [incident.pk, *verdicts] if key in places)
    text = " ".join([incident.title, incident.summary, postmortem.summary, postmortem.root_cause])
    found = {match.place: match for match in index.like(text, first=first * 4, without=without)}
    ranked = sorted(found.values(), key=lambda match: -_score(match, index, keys, confirmed, without))
    shown = [keys[match.place] for match in ranked]
    rows = Incident.objects.real().in_bulk([*confirmed, *shown])
    answer = [
        Suggestion(rows[key], (), verdicts[key].by_name) for key in sorted(confirmed, reverse=True) if key in rows
    ]
    answer += [Suggestion(rows[keys[match.place]], match.words) for match in ranked if keys[match.place] in rows]
    return answer[: max(first, len(confirmed))]


def verdicts_of(incident: Incident) -> Mapping[int, SimilarityVerdict]:
    """What was said about the outage: the other one's key -> the verdict. One read."""
    rows = SimilarityVerdict.objects.filter(Q(first=incident) | Q(second=incident))
    return {row.second_id if row.first_id == incident.pk else row.first_id: row for row in rows}


def judge(incident: Incident, other: Incident, *, is_similar: bool, by: Actor, now: datetime) -> SimilarityVerdict:
    """Confirm or reject that two outages are alike; recorded by name. Raises NotAllowed, InvalidInput."""
    require(by, Act.EDIT_POSTMORTEM)
    if incident.pk == other.pk:
        raise InvalidInput("An outage is not compared with itself.")
    if incident.is_drill or other.is_drill:
        raise InvalidInput("Drills are not compared.")
    first, second = sorted((incident, other), key=lambda row: row.pk)
    with transaction.atomic():
        # The lock of one of the two keeps a second verdict on the pair waiting.
        Incident.objects.select_for_update(of=("self",)).get(pk=first.pk)
        row = SimilarityVerdict.objects.filter(first=first, second=second).first()
        if row is not None and row.is_similar == is_similar:
            return row
        row = row or SimilarityVerdict(first=first, second=second)
        row.is_similar, row.at, row.by_name = is_similar, now, by.name
        stamp(row, by=by, now=now, reason="confirmed" if is_similar else "rejected")
        row.save()
        act = "similarity_confirmed" if is_similar else "similarity_rejected"
        data = {"other": other.reference}
        audit.record(f"postmortem.{act}", by=by, now=now, on=row, incident=incident.reference, data=data)
    return row


def _index() -> tuple[Index, list[int]]:
    """The index and the outages its places stand for. One read; another and a second or so after a change."""
    found = Incident.objects.real().aggregate(
        Count("pk"), Max("pk"), Max("resolved_at"), Count("postmortem"), Max("postmortem__approved_at")
    )
    version = tuple(found.values())
    built = _Process.built
    if built is None or version != built.version:
        columns = ("pk", "title", "summary", "postmortem__summary", "postmortem__root_cause")
        rows = list(Incident.objects.real().order_by("-pk").values_list(*columns)[:LARGEST])
        # The title says most in the fewest words, so it counts twice.
        index = Index([" ".join(part or "" for part in (title, title, *rest)) for _, title, *rest in rows])
        built = _Process.built = _Built(version, index, [row[0] for row in rows])
    return built.index, built.keys


def forget() -> None:
    """Drop what this process has built; the next question builds it anew."""
    _Process.built = None


def _score(match: Match, index: Index, keys: list[int], confirmed: list[int], without: frozenset[int]) -> float:
    relatives = sum(1 for key in confirmed if match.place in _relatives(key, index, keys, without))
    return match.score * (1 + RELATIVE * relatives)


def _relatives(key: int, index: Index, keys: list[int], without: frozenset[int]) -> frozenset[int]:
    if key not in keys:
        return frozenset()
    return frozenset(match.place for match in index.like_place(keys.index(key), first=SHOWN, without=without))
