"""What the incident room shows, in few queries whatever the size of the incident."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Count, Q, prefetch_related_objects
from django.urls import reverse
from django.utils import timezone

from crisisdesk.core.access import Act, may
from crisisdesk.core.actors import Actor
from customers.affected import Audience
from customers.delivery.ledger import NOTHING_MISSING
from customers.models import Delivery, DeliveryState
from customers.models.delivery import FAILURE_STATES, OPEN_STATES
from incidents.drafts import open_draft
from incidents.keeping import outlook
from incidents.knowing import known_to, knows
from incidents.models import (
    AffectedService,
    Alert,
    Incident,
    Promise,
    TimelineEntry,
    Update,
)
from incidents.recipients import last_to_all, newly_affected, with_changes
from incidents.room import timeline_words
from incidents.room.calls_facts import call_facts
from incidents.room.elsewhere import also_in
from incidents.room.head import clock_at, head_of, quiet_words, status_steps
from incidents.room.reach import amount, counted, sample, service_names, whom
from incidents.room.told import page_of, told_facts
from incidents.room.verbs import Verb, arranged, verbs_of
from incidents.room.work_facts import checklist_facts, track_facts, vacant_facts
from incidents.scope import audience_of
from incidents.timeline import entries_of

ENTRIES = 60


def room_facts(incident: Incident, by: Actor, now: datetime, *, before: int = 0) -> dict[str, Any]:
    """The context of admin/incidents/incident/room_parts.html; `before` pages the timeline back from an entry's id."""
    draft = open_draft(incident)
    in_scope = _in_scope(incident)
    verbs = verbs_of(incident, draft, by, affected=len(in_scope))
    sent = with_changes(incident.updates.select_related("message", "promise")).order_by("number")
    updates = {update.pk: update for update in sent}
    alerts = list(incident.alerts.select_related("source").annotate(page=page_of()).order_by("first_seen_at"))
    # Read once for the audience and for those who came in later.
    prefetch_related_objects([incident], "adjustments")
    audience = audience_of(incident, in_scope)
    timeline, older = _timeline(incident, updates, before, now)
    promise = _open_promise(updates.values())
    return {
        "now": now,
        "incident": head_of(incident),
        "joined": _joined(incident, by),
        "also": also_in(incident, audience, by),
        "briefings": _briefings(incident, by),
        "promise": clock_at(incident, promise, now),
        "outlook": outlook(incident, promise, updates.values(), now),
        "quiet": quiet_words(incident),
        "steps": status_steps(incident),
        "green": _green(incident),
        "duties": _duties(incident),
        **arranged(verbs),
        "timeline": timeline,
        "older_url": f"?before={older}" if older else "",
        "services": service_names(in_scope),
        "scope_url": _scope_url(incident, verbs),
        "states_url": reverse("admin:component_states", args=[incident.pk]) if in_scope else "",
        "audience": _audience(incident, audience),
        "newly": _newly(incident, updates.values(), in_scope, audience, by),
        "sent": _sent(updates),
        "calls": call_facts(incident, updates.values()) if updates else None,
        "people": told_facts(incident, alerts),
        "checklist": checklist_facts(incident, by),
        "tracks": track_facts(incident, by),
        "kind": _kind(incident, verbs),
        "bridge_url": incident.incident_type.bridge_url if incident.incident_type else "",
        "vacant": vacant_facts(incident, by),
        "requests": _requests(incident, now),
        "ask_url": next((verb.url for verb in verbs if verb.name == "ask" and verb.allowed), ""),
        "alerts": [_alert(alert) for alert in alerts],
        "findings": _findings(incident),
        "may_note": may(by, Act.WRITE_NOTE),
    }


def _briefings(incident: Incident, by: Actor) -> list[dict[str, str]]:
    """The briefings that this person may open."""
    pages = (
        ("briefing_success", "Customer success", "S", Act.VIEW_CUSTOMERS),
        ("briefing_executives", "Executives", "E", Act.VIEW_INCIDENTS),
    )
    found = [(name, label, key) for name, label, key, act in pages if may(by, act)]
    return [
        {"label": label, "key": key, "url": reverse(f"admin:{name}", args=[incident.pk])} for name, label, key in found
    ]


def _newly(
    incident: Incident,
    updates: Iterable[Update],
    in_scope: Sequence[AffectedService],
    audience: Audience,
    by: Actor,
) -> dict[str, Any] | None:
    """Those who came in after the last message and were told nothing; None when there are none."""
    counts = newly_affected(incident, last_to_all(updates), in_scope, affected=audience)
    if not counts.contacts:
        return None
    url = reverse("admin:catch_up", args=[incident.pk]) if may(by, Act.SEND_UPDATE) else ""
    return {"whom": whom(counts), "url": url}


def _joined(incident: Incident, by: Actor) -> list[dict[str, str]]:
    """The incidents it was merged or split with, each with how: [{text, reference, title, url}]."""
    if incident.joined_at is None and incident.merged_into is None:
        return []
    rows = Incident.objects.filter(Q(merged_into=incident) | Q(split_from=incident)).filter(known_to(by))
    found = [(incident.merged_into, "Continues as"), (incident.split_from, "Split from")]
    found += [(row, "Merged into this" if row.merged_into_id == incident.pk else "Split off") for row in rows]
    return [
        {"text": text, "reference": row.reference, "title": row.title, "url": head_of(row)["url"]}
        for row, text in found
        if row is not None and knows(by, row)
    ]


def _open_promise(updates: Iterable[Update]) -> Promise | None:
    made = (update.promise for update in updates if hasattr(update, "promise"))
    return next((promise for promise in made if promise.closed_at is None), None)


def _timeline(
    incident: Incident, updates: Mapping[int, Update], before: int, now: datetime
) -> tuple[list[dict[str, Any]], int]:
    entries = entries_of(incident)
    if before:
        edge = TimelineEntry.objects.filter(pk=before).values_list("at", flat=True).first()
        if edge is not None:
            entries = entries.filter(Q(at__lt=edge) | Q(at=edge, pk__lt=before))
    rows = list(entries[: ENTRIES + 1])
    shown = rows[:ENTRIES]
    return timeline_words.shown(shown, updates, now), shown[-1].pk if len(rows) > ENTRIES else 0


def _green(incident: Incident) -> dict[str, Any]:
    if incident.green_light_at is None:
        return {"given": False, "text": ""}
    at = timezone.localtime(incident.green_light_at)
    return {"given": True, "text": f"{incident.green_light_by_name}, {at:%H:%M}", "note": incident.green_light_note}


def _duties(incident: Incident) -> list[dict[str, str]]:
    return [
        {"role": "Commander", "name": str(incident.commander or "")},
        {"role": "Liaison", "name": str(incident.liaison or "")},
        {"role": "Scribe", "name": str(incident.scribe or "")},
    ]


def _requests(incident: Incident, now: datetime) -> list[dict[str, Any]]:
    """What executives were asked, the newest first."""
    found = []
    for row in incident.executive_requests.order_by("-asked_at", "-pk"):
        due = f"{timezone.localtime(row.due_at):%H:%M}"
        if row.answered_at is not None:
            state, tone = f"{row.decision} by {row.answered_by_name}", "green" if row.decision == "granted" else "amber"
        elif not incident.is_open:
            state, tone = "lapsed", ""
        else:
            state, tone = (f"no answer since {due}", "red") if row.is_late(now) else (f"answer due {due}", "blue")
        url = reverse("admin:executive_request", args=[row.pk])
        found.append(
            {"text": row.text, "who": row.asked_by_name, "state": state, "tone": tone, "url": url, "answer": row.answer}
        )
    return found


def _in_scope(incident: Incident) -> list[Any]:
    rows = incident.affected.filter(until=None).select_related("service", "region", "instance")
    return list(rows.order_by("id"))


def _kind(incident: Incident, verbs: Iterable[Verb]) -> dict[str, str]:
    """What type it is of, and where that is changed."""
    url = next((verb.url for verb in verbs if verb.name == "type" and verb.allowed), "")
    return {"name": str(incident.incident_type or ""), "url": url}


def _scope_url(incident: Incident, verbs: Iterable[Verb]) -> str:
    return next((verb.url for verb in verbs if verb.name == "scope" and verb.allowed), "")


def _audience(incident: Incident, audience: Audience) -> dict[str, Any]:
    url = reverse("admin:audience", args=[incident.pk])
    assessment_url = reverse("admin:assessment_search", args=[incident.pk])
    return {**counted(audience.counts()), "sample": sample(audience), "url": url, "assessment_url": assessment_url}


def _sent(updates: Mapping[int, Update]) -> list[dict[str, Any]]:
    totals = {update.message.pk: update.message.total for update in updates.values() if update.message}
    states: dict[int, dict[str, int]] = defaultdict(dict)
    chosen: dict[int, int] = defaultdict(int)
    # Only what waits or failed is counted, by index; all others went well, however many hundred thousand they are.
    rest = Delivery.objects.filter(message__in=totals, state__in=(*OPEN_STATES, *FAILURE_STATES))
    rows = rest.order_by().values_list("message", "state")
    unwanted = Count("pk", filter=NOTHING_MISSING)
    for message_id, state, count, not_wanted in rows.annotate(count=Count("pk"), unwanted=unwanted):
        states[message_id][state] = count
        chosen[message_id] += not_wanted
    for message_id, total in totals.items():
        states[message_id][DeliveryState.SENT] = total - sum(states[message_id].values())
    newest_first = sorted(updates.values(), key=lambda update: -update.number)
    return [
        message_line(update, states[update.message_id], chosen[update.message_id])
        for update in newest_first
        if update.message_id
    ]


def message_line(update: Update, states: Mapping[str, int], chosen: int = 0) -> dict[str, Any]:
    """A sent message with its progress: what is no longer waiting is done, failures are counted apart.

    `chosen` of those held back did not want it: they neither failed nor were to be reached.
    """
    total = sum(states.values()) - chosen
    waiting = sum(states.get(state, 0) for state in OPEN_STATES)
    failed = sum(states.get(state, 0) for state in FAILURE_STATES) - chosen
    done = total - waiting - failed
    return {
        "title": update.get_kind_display().capitalize(),
        "at": update.sent_at,
        "url": reverse("admin:deliveries", args=[update.pk]),
        "bar_id": f"sent-{update.pk}",
        "total": max(total, 1),
        "done": done,
        "detail": f"{done:,} of {total:,}",
        "tone": "good" if total and done == total else "",
        "failures": f"{amount(failed, 'contact')} not reached" if failed else "",
        "chosen": f"{amount(chosen, 'contact')} did not need it (own choice, or replaced)" if chosen else "",
        "paused": update.message.get_state_display() if update.message and update.message.state == "paused" else "",
    }


def _alert(alert: Alert) -> dict[str, str]:
    state = "firing" if alert.is_firing else "over, says monitoring"
    return {
        "title": alert.title,
        "url": reverse("admin:incidents_alert_change", args=[alert.pk]),
        "state": f"{alert.source or alert.reported_by_name}: {state}, seen {amount(alert.times_seen, 'time')}",
    }


def _findings(incident: Incident) -> list[tuple[str, str]]:
    rows = [
        ("Summary", incident.summary),
        ("Likely resolution", incident.likely_resolution),
        ("Workaround", incident.workaround),
        ("Document", incident.article_url),
        ("Longer path", incident.long_path_reason),
        ("Restored", incident.green_light_note),
    ]
    return [(name, value) for name, value in rows if value]
