"""Past outages that resemble one, suggested from the texts and corrected by whoever knows (Step 6)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from time import monotonic
from typing import NamedTuple

from django.db import transaction
from django.db.models import Q

from crisisdesk.core import audit
from crisisdesk.core.access import Act, require
from crisisdesk.core.actors import Actor
from crisisdesk.core.history import stamp
from crisisdesk.core.refusals import InvalidInput
from crisisdesk.core.together import Together
from incidents.alike import Past
from incidents.knowing import known_to
from incidents.likeness import Index
from incidents.models import Alert, Incident
from postmortems.models import AlertVerdict, Postmortem, SimilarityVerdict

SHOWN = 5
# Texts of the newest so many outages are compared.
LARGEST = 2_000
# How much a text gains for each confirmed relative of the outage that it resembles too.
RELATIVE = 0.5
# What makes the index old when it changes.
_CHANGING = ("pk", "title", "summary", "resolved_at", "postmortem__approved_at")
# For so long the qualify page trusts the last look at the texts.
PATIENCE_SECONDS = 2.0


class _Known(NamedTuple):
    """A past outage as a list shows it."""

    pk: int
    title: str
    severity: str
    started_at: datetime


class Verdict(NamedTuple):
    """What was said of a suggestion, of an outage or of an alert of it."""

    is_similar: bool
    by_name: str


@dataclass(frozen=True, slots=True)
class _Built:
    """An index and the outages its places stand for, as of a version of the tables."""

    version: int
    index: Index
    rows: list[_Known]


class _Process:
    """What this process has built last: texts of two thousand outages take about a second."""

    built: _Built | None = None
    looked_at: float = 0.0


def suggestions(
    incident: Incident,
    postmortem: Postmortem | None = None,
    *,
    first: int = SHOWN,
    verdicts: Mapping[int, Verdict] | None = None,
) -> list[Past]:
    """Confirmed ones on top, then those whose texts share the most telling words; rejected ones never.

    What resembles a confirmed one as well climbs: that is how verdicts improve the list. Real outages only, the newest
    two thousand. Two reads, and one when texts changed since the last call in this process; one less with `verdicts`,
    those of the incident.
    """
    parts = [incident.title, incident.summary]
    parts += [postmortem.summary, postmortem.root_cause] if postmortem is not None else []
    said = verdicts_of(incident) if verdicts is None else verdicts
    return _ranked(" ".join(parts), said, first, without=incident.pk)


def for_alert(alert: Alert, *, first: int = SHOWN) -> list[Past]:
    """The same for an alert that nobody has qualified yet; texts may be two seconds old. Two reads at most."""
    said = AlertVerdict.objects.filter(alert=alert).values_list("incident", "is_similar", "by_name")
    verdicts = {other: Verdict(alike, name) for other, alike, name in said}
    text = f"{alert.title} {alert.title} {alert.description}"
    return _ranked(text, verdicts, first, without=alert.incident_id, patience=PATIENCE_SECONDS)


def verdicts_of(incident: Incident) -> Mapping[int, Verdict]:
    """What was said about the outage, or before about its alerts: the other one's key -> the verdict. One read."""
    together = Together()
    found = verdicts_in(together, incident)
    together.read()
    return found()


def verdicts_in(together: Together, incident: Incident) -> Callable[[], Mapping[int, Verdict]]:
    """The same, of what `together` reads; call the answer after that."""
    of_alerts = together.rows(
        AlertVerdict.objects.filter(alert__incident=incident), "incident_id", "at", "is_similar", "by_name"
    )
    of_it = together.rows(
        SimilarityVerdict.objects.filter(Q(first=incident) | Q(second=incident)),
        "first_id",
        "second_id",
        "is_similar",
        "by_name",
    )

    def found() -> Mapping[int, Verdict]:
        before = sorted(of_alerts, key=lambda row: (row.at, row.pk))
        said = {row.incident_id: Verdict(row.is_similar, row.by_name) for row in before}
        # What was said of the outage itself holds.
        for row in of_it:
            other = row.second_id if row.first_id == incident.pk else row.first_id
            said[other] = Verdict(row.is_similar, row.by_name)
        return said

    return found


def _ranked(
    text: str, verdicts: Mapping[int, Verdict], first: int, *, without: int | None, patience: float = 0
) -> list[Past]:
    built = _index(patience)
    places = {row.pk: place for place, row in enumerate(built.rows)}
    confirmed = [key for key, verdict in verdicts.items() if verdict.is_similar and key in places]
    left_out = frozenset(places[key] for key in [without, *verdicts] if key in places)
    matches = built.index.like(text, first=first * 4, without=left_out)
    relatives = [_relatives(places[key], built.index, left_out) for key in confirmed]
    matches.sort(key=lambda match: -match.score * (1 + RELATIVE * sum(match.place in each for each in relatives)))
    answer = [
        Past(*built.rows[places[key]], words=(), confirmed_by=verdicts[key].by_name)
        for key in sorted(confirmed, reverse=True)
    ]
    answer += [Past(*built.rows[match.place], words=match.words) for match in matches]
    return answer[: max(first, len(confirmed))]


def judge_alert(alert: Alert, incident_id: int, *, is_similar: bool, by: Actor, now: datetime) -> AlertVerdict:
    """Confirm or reject at the qualification that an alert is like a past outage. Raises NotAllowed, InvalidInput."""
    require(by, Act.QUALIFY)
    other = Incident.objects.real().filter(pk=incident_id).first()
    if other is None:
        raise InvalidInput("This suggestion is not known; open the page again.")
    with transaction.atomic():
        Alert.objects.select_for_update(of=("self",)).get(pk=alert.pk)
        row = AlertVerdict.objects.filter(alert=alert, incident=other).first()
        if row is not None and row.is_similar == is_similar:
            return row
        row = row or AlertVerdict(alert=alert, incident=other)
        row.is_similar, row.at, row.by_name = is_similar, now, by.name
        stamp(row, by=by, now=now, reason="confirmed" if is_similar else "rejected")
        row.save()
        act = "similarity_confirmed" if is_similar else "similarity_rejected"
        reference = alert.incident.reference if alert.incident else ""
        data = {"other": other.reference, "alert": alert.pk}
        audit.record(f"postmortem.{act}", by=by, now=now, on=row, incident=reference, data=data)
    return row


class PastOutages:
    """What the qualify page asks."""

    def suggest(self, alert: Alert) -> list[Past]:
        """Three are enough for somebody who decides."""
        return for_alert(alert, first=3)

    def judge(self, alert: Alert, incident_id: int, *, is_similar: bool, by: Actor, now: datetime) -> None:
        """As `judge_alert`."""
        judge_alert(alert, incident_id, is_similar=is_similar, by=by, now=now)


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


def _index(patience: float = 0) -> _Built:
    """The index and the outages its places stand for. One read; another and a second or so after a change.

    A title or a summary that was changed counts at once, a report when it is approved. Within `patience` seconds of
    the last look nothing is read: the page that a person woken at night opens is quicker by it.
    """
    if _Process.built is not None and monotonic() - _Process.looked_at < patience:
        return _Process.built
    _Process.looked_at = monotonic()
    # What few may know of is suggested to nobody.
    newest = Incident.objects.real().filter(known_to(None)).order_by("-pk")
    built = _Process.built
    if built is None or built.version != hash(tuple(newest.values_list(*_CHANGING)[:LARGEST])):
        rows = list(
            newest.values_list(*_CHANGING, "postmortem__summary", "postmortem__root_cause", *_Known._fields)[:LARGEST]
        )
        version = hash(tuple(row[: len(_CHANGING)] for row in rows))
        known = [_Known(*row[len(_CHANGING) + 2 :]) for row in rows]
        # The title says most in the fewest words, so it counts twice.
        texts = [" ".join(part or "" for part in (row[1], row[1], row[2], row[5], row[6])) for row in rows]
        built = _Process.built = _Built(version, Index(texts), known)
    return built


def forget() -> None:
    """Drop what this process has built; the next question builds it anew."""
    _Process.built = None


def _relatives(place: int, index: Index, without: frozenset[int]) -> frozenset[int]:
    return frozenset(match.place for match in index.like_place(place, first=SHOWN, without=without))
