"""What a page says. Pure text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from incidents.models import Alert

SHOWN = 10


@dataclass(frozen=True, slots=True)
class PageWords:
    """Subject and body of one page."""

    subject: str
    body: str


def first_page(alerts: Sequence[Alert], next_at: datetime) -> PageWords:
    """New alerts, to the people on call. The subject begins with what it is and ends with what to do."""
    closing = f"If nobody acknowledges by {clock(next_at)}, the backup is told."
    return PageWords(f"[PAGE] {_what(alerts)} — acknowledge", _body(alerts, "", closing))


def more_alerts(alerts: Sequence[Alert]) -> PageWords:
    """Alerts that came after the first page and that nobody has answered either."""
    opening = "More alerts came since you were told, and nobody has acknowledged them."
    return PageWords(f"[PAGE] {_what(alerts)} — acknowledge", _body(alerts, opening, ""))


def escalated_page(alerts: Sequence[Alert], waited_seconds: float, step: str) -> PageWords:
    """Nobody answered: to the backup, or to everybody, or to everybody again."""
    waited = minutes(waited_seconds)
    whom = "the backup" if step == "backup" else "everybody in your group"
    again = " again" if step.startswith("again") else ""
    opening = f"Nobody has acknowledged for {waited}, so {whom} is told{again}."
    return PageWords(f"[PAGE] {_what(alerts)}: unanswered for {waited} — acknowledge", _body(alerts, opening, ""))


def undecided(alerts: Sequence[Alert], waited_seconds: float) -> PageWords:
    """Acknowledged, but nobody has decided what it is (Step 2)."""
    waited = minutes(waited_seconds)
    opening = (
        f"Acknowledged by {alerts[0].acknowledged_by_name or 'somebody'} {waited} ago, and still nobody has decided. "
        "Declare an incident, decline, or record it as too brief: customers hear nothing until then."
    )
    return PageWords(f"[DECIDE] {_what(alerts)}: open for {waited} — declare or decline", _body(alerts, opening, ""))


def clock(moment: datetime) -> str:
    """ "14:05:00 UTC"."""
    return f"{moment:%H:%M:%S} UTC"


def minutes(seconds: float) -> str:
    """ "45 s" or "5 min"."""
    return f"{round(seconds)} s" if seconds < 90 else f"{round(seconds / 60)} min"


def _what(alerts: Sequence[Alert]) -> str:
    title = alerts[0].title
    short = title if len(title) <= 120 else f"{title[:119]}…"
    return short if len(alerts) == 1 else f"{len(alerts)} alerts: {short}"


def _body(alerts: Sequence[Alert], opening: str, closing: str) -> str:
    first = alerts[0]
    facts = [_origin(first), first.description[:2000]]
    labels = ", ".join(f"{name}={value}" for name, value in sorted(first.labels.items()))
    others = [f"- {alert.title} (since {clock(alert.started_at)})" for alert in alerts[1:SHOWN]]
    if len(alerts) > SHOWN:
        others.append(f"- and {len(alerts) - SHOWN} more")
    listed = "\n".join(["Also unanswered:", *others]) if others else ""
    return "\n\n".join(part for part in (opening, *facts, labels[:1000], listed, closing) if part)


def _origin(alert: Alert) -> str:
    if alert.source is not None:
        return f"Noticed by monitoring ({alert.source}), firing since {clock(alert.started_at)}."
    who = "a customer, reported by" if alert.noticed_by == "customer" else "staff, reported by"
    return f"Noticed by {who} {alert.reported_by_name} at {clock(alert.first_seen_at)}."
