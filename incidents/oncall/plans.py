"""When whom is told of an alert that nobody answers: by the paging policies, else by ACKNOWLEDGE_SECONDS."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings

from incidents.models import Alert, Marked, NoticedBy, PagingPolicy
from incidents.oncall.repeating import LONGEST_PAUSE


@dataclass(frozen=True, slots=True)
class PagingPlan:
    """Seconds from the first page to backup and group; `pause` until everybody hears again, doubled up to `longest`.

    `channels`: kinds of contact methods that are used first.
    """

    backup: float
    group: float
    pause: float
    longest: float
    channels: tuple[str, ...] = ()

    def as_data(self) -> dict[str, Any]:
        """As the steps of a page keep it: what is under way is not changed by an edit."""
        return {
            "backup": self.backup,
            "group": self.group,
            "pause": self.pause,
            "longest": self.longest,
            "channels": list(self.channels),
        }


def standard() -> PagingPlan:
    """Without a policy: the backup after ACKNOWLEDGE_SECONDS, the group after twice that, then again up to hourly."""
    patience = float(settings.ACKNOWLEDGE_SECONDS)
    return PagingPlan(patience, 2 * patience, 2 * patience, LONGEST_PAUSE.total_seconds())


def plan_by(policy: PagingPolicy) -> PagingPlan:
    """What a policy says."""
    return PagingPlan(
        backup=60.0 * policy.backup_minutes,
        group=60.0 * policy.group_minutes,
        pause=60.0 * policy.again_minutes,
        longest=60.0 * policy.longest_pause_minutes,
        channels=tuple(policy.channels),
    )


def plan_for(alerts: Sequence[Alert]) -> PagingPlan:
    """The plan of the most urgent of some alerts that share a page. One read."""
    policies = {Marked(row.alerts): row for row in PagingPolicy.objects.filter(is_active=True)}
    found = {marked_as(alert) for alert in alerts}
    chosen = [policies.get(marked) or policies.get(Marked.OTHER) for marked in found]
    plans = [plan_by(policy) if policy else standard() for policy in chosen]
    return min(plans, key=lambda plan: (plan.backup, plan.group, plan.pause, plan.longest))


def plan_in(data: Mapping[str, Any]) -> PagingPlan:
    """The plan that a step was made with (`PagingPlan.as_data` under "plan")."""
    kept = data.get("plan")
    return PagingPlan(**{**kept, "channels": tuple(kept["channels"])}) if kept else standard()


def marked_as(alert: Alert) -> Marked:
    """Which policy is an alert's: of the severity that its source gave, in any case; other words are "other"."""
    if alert.noticed_by != NoticedBy.MONITORING:
        return Marked.REPORTED
    said = str(alert.labels.get("severity", "")).strip().lower()
    by_source = (Marked.CRITICAL, Marked.ERROR, Marked.WARNING, Marked.INFO)
    return Marked(said) if said in by_source else Marked.OTHER


def in_words(plan: PagingPlan) -> list[tuple[str, str]]:
    """(when, what) in the order of the clock, for people."""
    return [
        ("At once", "the primary on call of every role that is paged"),
        (f"After {_minutes(plan.backup)}", "the backup on call too"),
        (f"After {_minutes(plan.group)}", "everybody in the roles’ groups"),
        ("Then again", f"{_pauses(plan)}, until somebody acknowledges"),
    ]


def _pauses(plan: PagingPlan) -> str:
    """Such as "after 10 min, 20 min and 40 min, then every 1 h"."""
    grown = [plan.pause * 2**number for number in range(4)]
    shown = [_minutes(pause) for pause in grown[:3] if pause < plan.longest]
    if not shown:
        return f"every {_minutes(plan.longest)}"
    in_between = ", and so on" if grown[3] < plan.longest else ""
    return f"after {', '.join(shown)}{in_between}, then every {_minutes(plan.longest)}"


def _minutes(seconds: float) -> str:
    whole = timedelta(seconds=round(seconds))
    if whole < timedelta(seconds=90) and whole != timedelta(minutes=1):
        return f"{round(seconds)} s"
    minutes = round(seconds / 60)
    hours, rest = divmod(minutes, 60)
    if not hours:
        return f"{minutes} min"
    return f"{hours} h {rest:02} min" if rest else f"{hours} h"
