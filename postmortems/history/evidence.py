"""Who did what, when: the audit trail and the history rows behind a story."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Window
from django.db.models.functions import Lag

from crisisdesk.core.models import AuditEntry
from incidents.models import Incident
from postmortems.models import Action, Cause, Postmortem

# What each act means to a reader. An act that is not listed is shown by its name.
WORDS = {
    "incident.declared": "declared the incident, {severity}",
    "incident.marked_brief": "found it too brief to alert",
    "incident.green_light_given": "gave the green light",
    "incident.green_light_withdrawn": "withdrew the green light",
    "incident.reopened": "reopened the incident",
    "incident.severity_changed": "changed the severity",
    "incident.status_changed": "changed the status",
    "answer.given": "answered whether they were kept well informed",
    "postmortem.impact_corrected": "corrected the impact. {reason}",
    "postmortem.moment_hidden": "left a moment out of the timeline. {reason}",
    "postmortem.moment_shown": "put a moment back into the timeline. {reason}",
    "update.sent": "sent message {number} ({kind}) to {contacts} contacts",
    "postmortem.opened": "opened the post-mortem, due on {due_on}",
    "postmortem.renewed": "opened the post-mortem again after a relapse, due on {due_on}",
    "postmortem.report_saved": "wrote on the report ({fields})",
    "postmortem.cause_chosen": "named the cause: {cause}",
    "postmortem.cause_reclassified": "reclassified the cause: {before} → {cause}. {reason}",
    "postmortem.action_added": "promised “{object}” for {due_on}",
    "postmortem.action_moved": "moved the day of “{object}” from {from} to {to}. {reason}",
    "postmortem.action_closed": "closed “{object}”, due on {was_due_on}",
    "postmortem.action_reopened": "reopened “{object}”. {reason}",
    "postmortem.action_came_back": "opened “{object}” again, due on {due_on}: the cause came back with {with}",
    "postmortem.similarity_confirmed": "found it similar to {other}",
    "postmortem.similarity_rejected": "found it not similar to {other}",
    "postmortem.covered": "ended the report: that of {by} covers it",
    "postmortem.took_over": "took over what stood in the report of {from}",
    "postmortem.action_taken_over": "took “{object}” over from the report of {from}",
    "postmortem.approved": "approved the report",
    "postmortem.approval_withdrawn": "took the approval back. {reason}",
    "postmortem.edition_drafted": "began the customer edition",
    "postmortem.edition_saved": "changed the customer edition",
    "postmortem.edition_approved": "approved the customer edition",
    "postmortem.edition_sent": "sent the customer edition to {contacts} contacts",
    "postmortem.published_internally": "published the report internally",
    "postmortem.signed_off": "signed the report off",
    "review.opened": "opened a review of the cause",
    "review.commented": "commented in the review",
    "review.decided": "decided in the review",
    "review.decision_changed": "decided anew in the review",
    "review.fix_assigned": "assigned a fix in the review, due on {due_on}",
    "review.signed_off": "signed the review off, with {outages} outages",
}
# Acts that turn a story, in the singular and in the plural.
TURNS = {
    "postmortem.cause_reclassified": ("time the cause was changed", "times the cause was changed"),
    "postmortem.action_moved": ("time the day of a fix was moved", "times the day of a fix was moved"),
    "postmortem.action_came_back": ("fix that did not help", "fixes that did not help"),
    "postmortem.action_reopened": ("fix that was not done after all", "fixes that were not done after all"),
    "postmortem.approval_withdrawn": ("approval taken back", "approvals taken back"),
}
POSTMORTEM, ACTION, REVIEW = "postmortems.postmortem", "postmortems.action", "postmortems.causereview"
SHOWN = 200


@dataclass(frozen=True, slots=True)
class Evidence:
    """One row of the record: when, who, what, and which row it is ("audit entry 812", "history row 55")."""

    at: datetime
    who: str
    what: str
    source: str
    incident: str = ""


@dataclass(frozen=True, slots=True)
class Turn:
    """How often something happened in the story of a cause."""

    act: str
    words: str
    count: int


def of_cause(cause: Cause, known: QuerySet[AuditEntry] | None = None) -> list[Evidence]:
    """The record behind a cause, newest first, the latest 200: outages put under it, taken from it, and their actions.

    From the audit trail, and from history rows where the cause was set without an act (an import, an old version).
    """
    known = entries_of_cause(cause) if known is None else known
    entries = known.exclude(action="postmortem.report_saved")
    found = _told(entries.order_by("-id")[:SHOWN])
    told_at = set(entries.filter(action__startswith="postmortem.cause_").values_list("at", flat=True))
    found += [row for row in _reclassified(cause) if row.at not in told_at]
    return sorted(found, key=lambda row: row.at, reverse=True)[:SHOWN]


def entries_of_cause(cause: Cause) -> QuerySet[AuditEntry]:
    """What the audit trail says of the outages that ever had the cause, of their actions and of its reviews."""
    ever = Postmortem.history.filter(cause_id=cause.pk).order_by().values("id")
    actions = Action.objects.filter(postmortem__in=ever)
    return AuditEntry.objects.filter(
        Q(object_type=POSTMORTEM, object_id__in=_texts(ever.values_list("id", flat=True).distinct()))
        | Q(object_type=ACTION, object_id__in=_texts(actions.values_list("pk", flat=True)))
        | Q(object_type=REVIEW, object_id__in=_texts(review.pk for review in cause.reviews.all()))
    )


def entries_on(row: Action | Postmortem) -> QuerySet[AuditEntry]:
    """What the audit trail says of one action or one report."""
    return AuditEntry.objects.filter(object_type=row._meta.label_lower, object_id=str(row.pk))


def turns(entries: QuerySet[AuditEntry]) -> list[Turn]:
    """How often the record turns: what tells whether the story is straight. Acts that never happened are left out."""
    counted = entries.filter(action__in=TURNS).order_by().values_list("action")
    found = dict(counted.annotate(count=Count("pk")))
    return [Turn(act, TURNS[act][found[act] > 1], found[act]) for act in TURNS if act in found]


def of_incident(incident: Incident) -> list[Evidence]:
    """Every act on the incident, newest first, the latest 200."""
    return _told(AuditEntry.objects.filter(incident=incident.reference).order_by("-id")[:SHOWN])


def _texts(keys: Iterable[int]) -> list[str]:
    return [str(key) for key in keys]


def _told(entries: QuerySet[AuditEntry]) -> list[Evidence]:
    rows = list(entries)
    titles = {
        str(pk): title
        for pk, title in Action.objects.filter(
            pk__in=[row.object_id for row in rows if row.object_type == ACTION]
        ).values_list("pk", "title")
    }
    return [Evidence(row.at, row.actor_name, words(row, titles), f"audit entry {row.pk}", row.incident) for row in rows]


def words(row: AuditEntry, titles: Mapping[str, str]) -> str:
    """An audit entry as a reader understands it."""
    pattern = WORDS.get(row.action)
    if pattern is None:
        return row.action.replace(".", ": ", 1).replace("_", " ")
    values = {name: _readable(value) for name, value in row.data.items()}
    values["object"] = titles.get(row.object_id, "an action")
    return pattern.format_map(_Forgiving(values)).strip()


class _Forgiving(dict[str, str]):
    """A value that an old entry lacks is left out."""

    def __missing__(self, _key: str) -> str:
        return "–"


def _readable(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(str(part).replace("_", " ") for part in value)
    try:
        return f"{date.fromisoformat(value):%-d %B %Y}"
    except (TypeError, ValueError):
        return "–" if value is None else str(value)


def _reclassified(cause: Cause) -> list[Evidence]:
    """Changes of a cause in the history rows of post-mortems, newest first."""
    rows = (
        Postmortem.history.filter(id__in=Postmortem.history.filter(cause_id=cause.pk).order_by().values("id"))
        .annotate(before=Window(Lag("cause_id"), partition_by=[F("id")], order_by=[F("history_date"), F("history_id")]))
        .order_by("-history_date")
        .values_list("history_id", "history_date", "history_actor", "before", "cause_id", "incident_id")
    )
    names = dict(Cause.objects.values_list("pk", "name"))
    return [
        Evidence(at, who or "–", _moved(names, before, after), f"history row {pk}", f"INC-{incident_id}")
        for pk, at, who, before, after, incident_id in rows[: SHOWN * 4]
        if before != after and cause.pk in (before, after)
    ]


def _moved(names: Mapping[int, str], before: int | None, after: int | None) -> str:
    if before is None:
        return f"named the cause: {names.get(after or 0, 'none')}"
    return f"reclassified the cause: {names.get(before, '–')} → {names.get(after or 0, 'none')}"
