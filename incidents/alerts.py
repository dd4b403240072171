"""Alerts come in: from monitoring, folded by fingerprint, and as reports of people (Step 1)."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q

from crisisdesk.core import audit
from crisisdesk.core.access import Act, require
from crisisdesk.core.actors import Actor
from crisisdesk.core.refusals import InvalidInput
from incidents.models import Alert, AlertSource, Incident, NoticedBy
from incidents.oncall.paging import page_for
from incidents.plain import one_line, several_lines
from incidents.timeline import Kind, entry
from incidents.timeline_bulk import same_entry

INTAKE = Actor.job("intake")
TITLE_LENGTH = 300
# How exactly it is known when a source was last heard of.
SEEN_WITHIN = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class Signal:
    """One thing a monitoring system says, whatever its wire format. Times are UTC and not in the future."""

    fingerprint: str
    is_firing: bool
    title: str
    description: str
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    link: str
    started_at: datetime
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Received:
    """What became of the signals of one request."""

    new: tuple[Alert, ...]
    repeated: int
    resolved: int


def receive(source: AlertSource, signals: Sequence[Signal], *, now: datetime) -> Received:
    """Store what a source says, all or nothing, and page the people on call for what is new.

    A repeat folds into the alert with its fingerprint while that is unqualified or its incident is open. The end of an
    alert is noted; it is no green light. Requests of one source wait for each other, so none of it races; a mere repeat
    of one alert, which is what a storm is made of, waits for nobody.
    """
    if _mere_repeat(source, signals, now=now):
        return Received((), 1, 0)
    with transaction.atomic():
        AlertSource.objects.select_for_update(no_key=True).get(pk=source.pk)
        AlertSource.objects.filter(pk=source.pk).update(last_seen_at=now)
        latest = {signal.fingerprint: signal for signal in signals}
        times = Counter(signal.fingerprint for signal in signals if signal.is_firing)
        known = _known(source, latest)
        repeated = _note_repeats([known[name] for name in times if name in known], times, now)
        firing = [signal for signal in latest.values() if signal.is_firing]
        _note_return([known[signal.fingerprint] for signal in firing if signal.fingerprint in known], now)
        ended = [signal for signal in latest.values() if not signal.is_firing]
        resolved = _note_end(source, ended, known, now)
        new = _insert(source, [signal for signal in firing if signal.fingerprint not in known], times, now)
        if new:
            same_entry(Kind.ALERT, f"Alert from {source}", alerts=new, by=INTAKE, now=now)
            data = {"alerts": [alert.pk for alert in new[:100]], "count": len(new)}
            audit.record("alert.received", by=INTAKE, now=now, on=source, data=data)
            page_for(new, now=now)
    return Received(tuple(new), repeated, resolved)


def report_problem(*, title: str, description: str = "", noticed_by: str, by: Actor, now: datetime) -> Alert:
    """A person's report becomes an alert and pages the people on call. Raises NotAllowed, InvalidInput.

    `noticed_by` is staff, or customer when a customer told the person.
    """
    require(by, Act.REPORT_PROBLEM)
    errors = {}
    if not title.strip():
        errors["title"] = "Say in a line what is wrong."
    elif len(title.strip()) > TITLE_LENGTH:
        errors["title"] = f"The title has {len(title.strip())} characters; {TITLE_LENGTH} is the most."
    if len(description) > 10_000:
        errors["description"] = f"The description has {len(description)} characters; 10,000 is the most."
    if noticed_by not in (NoticedBy.STAFF, NoticedBy.CUSTOMER):
        errors["noticed_by"] = "Say who noticed it: staff or a customer."
    if errors:
        raise InvalidInput(errors)
    with transaction.atomic():
        alert = Alert.objects.create(
            fingerprint=f"report:{uuid.uuid4().hex}",
            noticed_by=noticed_by,
            title=one_line(title, TITLE_LENGTH),
            description=several_lines(description, 10_000),
            started_at=now,
            first_seen_at=now,
            last_seen_at=now,
            reported_by_id=by.person_id,
            reported_by_name=by.name,
        )
        told = " (a customer told them)" if noticed_by == NoticedBy.CUSTOMER else ""
        entry(Kind.ALERT, f"Reported by {by.name}{told}", alert=alert, by=by, now=now)
        audit.record("alert.reported", by=by, now=now, on=alert, data={"noticed_by": noticed_by})
        page_for([alert], now=now)
    return alert


def _mere_repeat(source: AlertSource, signals: Sequence[Signal], *, now: datetime) -> bool:
    """Count a repeat of one alert that fires already, in one statement; False when there is more to do."""
    names = {signal.fingerprint for signal in signals}
    if len(names) != 1 or not all(signal.is_firing for signal in signals):
        return False
    seen = source.last_seen_at
    if seen is None or not timedelta() <= now - seen < SEEN_WITHIN:
        return False
    going_on = Q(incident=None) | Q(incident__in=Incident.objects.unresolved())
    rows = Alert.objects.filter(going_on, open_key=_open_key(source, names.pop()), is_firing=True)
    return bool(rows.update(times_seen=F("times_seen") + len(signals), last_seen_at=now))


def _known(source: AlertSource, latest: Mapping[str, Signal]) -> dict[str, Alert]:
    """The alerts that these fingerprints fold into. Whatever belongs to a resolved incident is let go: it is over."""
    keys = [_open_key(source, fingerprint) for fingerprint in latest]
    rows = Alert.objects.select_for_update(of=("self",), no_key=True).filter(open_key__in=keys)
    found = list(rows.select_related("incident").order_by("pk"))
    over = [alert.pk for alert in found if alert.incident and not alert.incident.is_open]
    if over:
        Alert.objects.filter(pk__in=over).update(open_key=None)
    return {alert.fingerprint: alert for alert in found if alert.pk not in over}


def _note_repeats(alerts: Sequence[Alert], times: Counter[str], now: datetime) -> int:
    by_count: dict[int, list[int]] = {}
    for alert in alerts:
        by_count.setdefault(times[alert.fingerprint], []).append(alert.pk)
    for count, ids in by_count.items():
        Alert.objects.filter(pk__in=ids).update(times_seen=F("times_seen") + count, last_seen_at=now)
    return len(alerts)


def _note_return(alerts: Sequence[Alert], now: datetime) -> None:
    back = [alert for alert in alerts if not alert.is_firing]
    if back:
        Alert.objects.filter(pk__in=[alert.pk for alert in back]).update(is_firing=True, ended_at=None)
        same_entry(Kind.ALERT, "Monitoring says that it fires again", alerts=back, by=INTAKE, now=now)


def _note_end(source: AlertSource, signals: Sequence[Signal], known: Mapping[str, Alert], now: datetime) -> int:
    """Note that alerts are over, those included that people have finished with already."""
    ends = {signal.fingerprint: signal.ended_at or now for signal in signals}
    rows = [known[name] for name in ends if name in known]
    unknown = [name for name in ends if name not in known]
    if unknown:
        rows += Alert.objects.filter(source=source, fingerprint__in=unknown, is_firing=True, open_key=None)
    over = [alert for alert in rows if alert.is_firing]
    for alert in over:
        alert.is_firing, alert.ended_at, alert.last_seen_at = False, ends[alert.fingerprint], now
    if over:
        Alert.objects.bulk_update(over, ["is_firing", "ended_at", "last_seen_at"], batch_size=200)
        same_entry(Kind.ALERT, "Monitoring says that it is over (no green light)", alerts=over, by=INTAKE, now=now)
    return len(over)


def _insert(source: AlertSource, signals: Sequence[Signal], times: Counter[str], now: datetime) -> list[Alert]:
    return Alert.objects.bulk_create(
        Alert(
            source=source,
            fingerprint=signal.fingerprint,
            noticed_by=NoticedBy.MONITORING,
            title=signal.title,
            description=signal.description,
            labels=dict(signal.labels),
            annotations=dict(signal.annotations),
            link=signal.link,
            started_at=signal.started_at,
            first_seen_at=now,
            last_seen_at=now,
            times_seen=times[signal.fingerprint],
            open_key=_open_key(source, signal.fingerprint),
        )
        for signal in signals
    )


def _open_key(source: AlertSource, fingerprint: str) -> str:
    return f"{source.pk}:{fingerprint}"
