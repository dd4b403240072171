"""What the invented vendor learned from its past: post-mortems with causes, promised actions, some of them not kept.

The account of each outage is the published text. Its cause is read from the words of that text; who was given an
action, when it was done and how often its day moved is invented, the same for the same seed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random
from textwrap import shorten
from typing import Any

from django.db import transaction

from crisisdesk.core.actors import Actor
from crisisdesk.core.models import User
from crisisdesk.demonstration.evidence import let_customers_answer, work_on
from incidents.models import Incident, Notification, UpdateKind
from postmortems.actions import add_action, close_action, move_action, today
from postmortems.models import Action, ActionKind, Cause, Postmortem
from postmortems.opening import open_postmortem
from postmortems.report import approve_report, choose_cause, save_report, sign_off

COUNT = 36
# Shorter accounts say that it is over, and nothing else.
SHORTEST_ACCOUNT = 250
DAY = timedelta(days=1)

# The first that matches; looked for after "due to" and its like before the whole account.
_CAUSES: Sequence[tuple[str, str]] = (
    ("dependency", r"third[- ]part|upstream|provider|CDN|Azure|vendor"),
    ("data-change", r"migrat|schema|backfill|data change"),
    ("configuration", r"configur|misconfig|certificate|expired|secret|credential|feature flag|DNS|permission"),
    (
        "deployment",
        r"deploy|roll(?:ed|ing)? ?(?:out|back)|code change|release|regression|revert|upgrade",
    ),
    ("capacity", r"capacity|\bload\b|CPU|memory|spike|traffic|exhaust|saturat|rate limit|throttl"),
    ("infrastructure", r"hardware|network|unhealthy host|\bhosts?\b|disk|power|fail(?:ed )?over"),
    ("software-defect", r"\bbug\b|race condition|deadlock|leak|defect|unhandled"),
    ("monitoring", r"monitor|alert"),
)
_BECAUSE = re.compile(r"(?:due to|caused by|root cause|because|as a result of|result of|traced to|led to)\b[^.]*", re.I)
_VERBS = {
    **{"improving": "improve", "implementing": "implement", "adding": "add", "investing": "invest"},
    **{"scaling": "scale", "addressing": "address", "reducing": "reduce", "enhancing": "enhance"},
    **{"investigating": "investigate", "reviewing": "review", "creating": "create", "updating": "update"},
}
_PLANS = re.compile(
    r"\b(?:are|will|will be|['’]re)\s+(?:(?:also|actively|still|continuing|working|following|up|by|to|be)\s+)*"
    rf"(?P<verb>{'|'.join([*_VERBS, *_VERBS.values(), 'gracefully', 'work with', 'identify'])})\s"
    r"(?P<what>[^.,]{12,})",
    re.I,
)
_REPAIR = re.compile(r"\b(?:mitigat|resolv|restor|rolled back|revert|recover)", re.I)
_WHY_MOVED = (
    "Engineers were needed for the outage that followed.",
    "The first attempt did not hold in the load test.",
    "Waiting for the provider to change the contract.",
)
_PROOF = (
    "Released and watched for a week.",
    "Tested in a drill: noticed within a minute.",
    "Runbook changed; two people have walked it.",
)


@dataclass(frozen=True, slots=True)
class Writers:
    """Who writes, owns and signs off."""

    operations: Sequence[User]
    executive: User

    def actor(self, user: User) -> Actor:
        """The person as the actor of a verb."""
        return Actor.person(user)


def write_postmortems(writers: Writers, *, now: datetime, seed: int = 1, count: int = COUNT) -> int:
    """Post-mortems of the newest imported outages with an account worth the name; how many were written.

    Does nothing when there are some. The newest is still being written. Nobody is mailed about the past.
    """
    if Postmortem.objects.exists():
        return 0
    random = Random(seed)  # noqa: S311 - invented, no secret
    causes = {cause.slug: cause for cause in Cause.objects.all()}
    chosen = _with_accounts(count)
    with transaction.atomic():
        for place, (incident, account) in enumerate(chosen):
            _write(incident, account, causes, writers, random, now, is_newest=place == 0)
        let_customers_answer([incident for incident, _ in chosen], random, now=now)
        for newest in Postmortem.objects.unfinished().select_related("incident"):
            work_on(newest, by=writers.actor(writers.operations[0]), now=now)
        Notification.objects.filter(incident__in=[incident for incident, _ in chosen], created_at__lt=now).delete()
    return len(chosen)


def cause_in(account: str) -> str:
    """The slug of the cause that an account speaks of; "unknown" when none is in its words."""
    because = " ".join(_BECAUSE.findall(account))
    for text in (because, account):
        for slug, pattern in _CAUSES:
            if re.search(pattern, text, re.I):
                return slug
    return "unknown"


def plans_in(account: str) -> list[str]:
    """What an account says will be done, as the titles of actions."""
    found = []
    for match in _PLANS.finditer(account):
        verb = _VERBS.get(match["verb"].lower(), match["verb"])
        what = re.split(r",? (?:so that|which|of issues|for issues|in (?:the )?future|in response) ?", match["what"])[0]
        what = shorten(what.strip(" ;:"), 140, placeholder=" …")
        if len(what) < 12:
            continue
        found.append(f"{verb.capitalize()} {what}")
    return list(dict.fromkeys(found))[:3]


def _with_accounts(count: int) -> list[tuple[Incident, str]]:
    """The newest imported incidents with the text of their last message, if it is an account."""
    found: list[tuple[Incident, str]] = []
    past = Incident.objects.exclude(external_id="").filter(updates__kind=UpdateKind.FINAL)
    for incident in past.order_by("-resolved_at").prefetch_related("updates").iterator(chunk_size=100):
        account = list(incident.updates.all())[-1].body
        if len(account) >= SHORTEST_ACCOUNT:
            found.append((incident, account))
        if len(found) == count:
            break
    return found


def _write(
    incident: Incident,
    account: str,
    causes: dict[str, Cause],
    writers: Writers,
    random: Random,
    now: datetime,
    *,
    is_newest: bool,
) -> None:
    if incident.resolved_at is None:
        return
    lead = random.choice(writers.operations)
    by, opened_at = writers.actor(lead), incident.resolved_at + timedelta(hours=random.randint(1, 20))
    postmortem = open_postmortem(incident, by=by, now=opened_at)
    written_at = opened_at + random.uniform(0.5, 2) * DAY
    postmortem = save_report(
        postmortem, version=postmortem.version, by=by, now=written_at, **_sections(account), lead=lead
    )
    if is_newest:
        return
    choose_cause(postmortem, causes[cause_in(account)], by=by, now=written_at)
    actions = _promise(postmortem, account, writers, random, written_at)
    postmortem.refresh_from_db()
    if not actions:
        postmortem = save_report(
            postmortem,
            version=postmortem.version,
            by=by,
            now=written_at,
            no_action_reason="The repair removed the cause itself; nothing is left to be done.",
        )
    approved_at = min(written_at + random.uniform(0.5, 5) * DAY, now - timedelta(hours=1))
    approve_report(postmortem, version=postmortem.version, by=writers.actor(writers.operations[0]), now=approved_at)
    if now - approved_at > 7 * DAY and random.random() < 0.6:
        sign_off(postmortem, by=writers.actor(writers.executive), now=approved_at + random.uniform(1, 6) * DAY)
    for action in actions:
        _live_through(action, writers, random, now)


def _sections(account: str) -> dict[str, Any]:
    sentences = re.split(r"(?<=[.!?])\s+", account)
    repair = [sentence for sentence in sentences if _REPAIR.search(sentence)]
    because = [sentence for sentence in sentences if _BECAUSE.search(sentence)]
    sections: dict[str, Any] = {
        "summary": " ".join(sentences[:2]),
        "root_cause": " ".join(because or sentences[1:4] or sentences),
    }
    if repair:
        sections["went_well"] = " ".join(repair[:2])
    return sections


def _promise(postmortem: Postmortem, account: str, writers: Writers, random: Random, now: datetime) -> list[Action]:
    return [
        add_action(
            postmortem,
            kind=_kind(title),
            title=title,
            owner=random.choice(writers.operations),
            due_on=today(now) + random.choice((21, 30, 45, 60)) * DAY,
            by=writers.actor(writers.operations[0]),
            now=now,
        )
        for title in plans_in(account)
    ]


def _kind(title: str) -> str:
    if re.search(r"monitor|alert|detect|visib|observab", title, re.I):
        return ActionKind.DETECT
    if re.search(r"mitigat|rollback|failover|recover|reduce|limit|resilien", title, re.I):
        return ActionKind.MITIGATE
    return ActionKind.PREVENT


def _live_through(action: Action, writers: Writers, random: Random, now: datetime) -> None:
    """What became of a promise: done in time or late, its day moved once or more, or still open."""
    by, present = writers.actor(action.owner), today(now)
    for reason in random.sample(_WHY_MOVED, k=random.choices((0, 1, 2, 3), (55, 25, 15, 5))[0]):
        moved_at = _noon(action.due_on - DAY, now)
        if moved_at >= now:
            return
        action = move_action(
            action, due_on=action.due_on + random.choice((21, 30)) * DAY, reason=reason, by=by, now=moved_at
        )
    done_at = _noon(action.due_on + random.randint(-12, 8) * DAY, now)
    if done_at < now and random.random() < (0.8 if action.due_on < present - 60 * DAY else 0.5):
        close_action(action, proof=random.choice(_PROOF), by=by, now=done_at)


def _noon(day: date, like: datetime) -> datetime:
    return like.replace(year=day.year, month=day.month, day=day.day, hour=12, minute=0, second=0, microsecond=0)
