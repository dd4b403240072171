"""The webhook of Prometheus Alertmanager, version "4" of its format (prometheus/alertmanager, notify/webhook).

Unknown keys are ignored: Alertmanager adds some with time. Known keys of a wrong type are refused.
"""

from __future__ import annotations

from datetime import datetime

from incidents.alerts import Signal
from incidents.intake.strict import Json, Reader
from incidents.plain import one_line, several_lines

FIRING, RESOLVED = "firing", "resolved"


def signals(body: Json, now: datetime) -> list[Signal]:
    """What the request says, in its order; raises InvalidInput that names the place of the fault."""
    whole = Reader(body, "")
    whole.one_of("version", ("4",))
    whole.one_of("status", (FIRING, RESOLVED))
    for name in ("receiver", "groupKey", "externalURL"):
        whole.text(name, limit=100_000)
    for name in ("groupLabels", "commonLabels", "commonAnnotations"):
        whole.texts(name)
    whole.whole("truncatedAlerts")
    return [_signal(alert, now) for alert in whole.each("alerts")]


def _signal(alert: Reader, now: datetime) -> Signal:
    is_firing = alert.one_of("status", (FIRING, RESOLVED)) == FIRING
    labels, annotations = alert.texts("labels"), alert.texts("annotations")
    started_at = alert.moment("startsAt", required=True)
    ended_at = alert.moment("endsAt")
    link = alert.text("generatorURL", limit=100_000)
    return Signal(
        fingerprint=alert.text("fingerprint", limit=80, required=True),
        is_firing=is_firing,
        title=_title(labels, annotations),
        description=several_lines(annotations.get("description") or annotations.get("message") or "", 10_000),
        labels=labels,
        annotations=annotations,
        link=link if link.startswith(("http://", "https://")) and len(link) <= 1000 else "",
        # A sender's clock may run ahead of ours; nothing has begun in the future.
        started_at=min(started_at, now) if started_at else now,
        # While it fires, `endsAt` is only when Alertmanager would give it up.
        ended_at=None if is_firing else min(ended_at, now) if ended_at else now,
    )


def _title(labels: dict[str, str], annotations: dict[str, str]) -> str:
    said = one_line(annotations.get("summary") or annotations.get("title") or "", 300)
    if said:
        return said
    name = labels.get("alertname", "")
    where = [labels[label] for label in ("service", "job", "instance") if labels.get(label)]
    return one_line(f"{name or 'Alert'}{': ' + ', '.join(where) if where else ''}", 300)
