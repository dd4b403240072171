"""Wake people for new alerts, and wake others when nobody answers (Step 1).

Alerts of monitoring that follow each other within a minute share one page, so that a storm is one mail and not a
hundred: the first begins a *burst*, those after it join while it is unanswered. A burst has one deadline with steps:
"more" tells the same people how many joined, "backup" and "groups" widen the circle, and "again" tells everybody once
more, with growing pauses, until somebody answers; when, says the plan of the most urgent alert (`plans`). Reports of
people are never folded. Each step looks at the rows when it fires: whatever was answered or qualified meanwhile is
left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Exists, QuerySet

from crisisdesk.core import deadlines
from crisisdesk.core.access import Group
from crisisdesk.core.actors import Actor
from crisisdesk.core.models import Deadline, DeadlineStep, User
from incidents.models import Alert, IncidentRole, NoticedBy, Notification, Whom
from incidents.oncall import wording
from incidents.oncall.links import ACKNOWLEDGE
from incidents.oncall.notify import notify
from incidents.oncall.plans import PagingPlan, plan_for, plan_in
from incidents.oncall.repeating import AGAIN, again
from incidents.oncall.who import Call, find
from incidents.timeline import Kind
from incidents.timeline_bulk import same_entry

KIND = "acknowledge"
PAGER = Actor.job("pager")
MORE, BACKUP, GROUPS = "more", "backup", "groups"


def page_for(alerts: Sequence[Alert], *, now: datetime) -> None:
    """Tell the people on call now of new alerts, once per person; part of the transaction that stores them."""
    monitored = [alert for alert in alerts if alert.noticed_by == NoticedBy.MONITORING]
    if monitored:
        plan = plan_for(monitored)
        if not _joined(monitored, plan, now):
            _begin(monitored, plan, now)
    for alert in alerts:
        if alert.noticed_by != NoticedBy.MONITORING:
            _begin([alert], plan_for([alert]), now)


def burst_key(head: Alert) -> str:
    """The deadline's key for the burst that this alert began."""
    return f"burst:{head.pk}"


def fold_for() -> timedelta:
    """How long alerts join a page: a minute, or half the time to acknowledge where that is shorter."""
    return timedelta(seconds=min(60.0, settings.ACKNOWLEDGE_SECONDS / 2))


def unanswered(head: Alert) -> QuerySet[Alert]:
    """What nobody has answered of the burst that `head` began and of those before it, oldest first."""
    until = head.first_seen_at + fold_for()
    return Alert.objects.unacknowledged().filter(first_seen_at__lt=until).select_related("source").order_by("pk")


def is_unanswered(head: Alert) -> bool:
    """Whether the burst that `head` began goes on for alerts that joined it, though `head` itself was answered."""
    burst = Deadline.objects.filter(kind=KIND, key=burst_key(head), closed_at=None)
    return unanswered(head).filter(Exists(burst), pk__gt=head.pk).exists()


def fire(step: DeadlineStep, now: datetime) -> None:
    """What the leased loop does when a step of a burst is due; runs in the transaction that marks the step."""
    head = Alert.objects.get(pk=int(step.deadline.key.removeprefix("burst:")))
    alerts, plan = list(unanswered(head)), plan_in(step.data)
    if not alerts:
        deadlines.close(kind=KIND, key=step.deadline.key, now=now)
        return
    if step.name == MORE:
        newer = [alert for alert in alerts if alert.pk > step.data["up_to"]]
        if newer:
            _tell(head, MORE, Whom.PRIMARY, wording.more_alerts(newer), newer, plan, now)
        return
    whom = Whom.BACKUP if step.name == BACKUP else Whom.GROUP
    words = wording.escalated_page(alerts, (now - head.first_seen_at).total_seconds(), step.name)
    is_again = step.name.startswith(AGAIN)
    if not is_again or _needs_telling_again(step.deadline, alerts):
        _tell(head, step.name, whom, words, alerts, plan, now, only_new=not is_again)
    if step.name == GROUPS or is_again:
        deadlines.add_step(step.deadline, again(step, plan.pause / 2, now, timedelta(seconds=plan.longest)))


def _needs_telling_again(burst: Deadline, alerts: Sequence[Alert]) -> bool:
    """Not what monitoring has seen end, nor what a later burst tells of: its pages name all that is unanswered."""
    later = Deadline.objects.filter(kind=KIND, closed_at=None, created_at__gt=burst.created_at)
    return any(alert.is_firing for alert in alerts) and not later.exists()


def _joined(alerts: Sequence[Alert], plan: PagingPlan, now: datetime) -> bool:
    """Join the unanswered burst that began within the fold, if there is one. Its row is locked against its closing.

    One whose backup is told later than these alerts allow is not joined: they begin a burst of their own.
    """
    soon_enough = {"created_at__gt": now - fold_for(), "due_at__lte": now + timedelta(seconds=plan.backup)}
    bursts = Deadline.objects.select_for_update().filter(kind=KIND, closed_at=None, **soon_enough)
    burst = bursts.order_by("-created_at").first()
    if burst is None:
        return False
    text = "Joined the page that is unanswered already"
    data = {"head": int(burst.key.removeprefix("burst:"))}
    same_entry(Kind.NOTIFICATION, text, alerts=alerts, by=PAGER, now=now, data=data)
    return True


def _begin(alerts: Sequence[Alert], plan: PagingPlan, now: datetime) -> None:
    head, data = alerts[0], {"plan": plan.as_data()}
    patience = timedelta(seconds=plan.backup)
    _tell(head, "first", Whom.PRIMARY, wording.first_page(alerts, now + patience), alerts, plan, now)
    deadlines.set_deadline(
        kind=KIND,
        key=burst_key(head),
        due_at=now + patience,
        steps=[
            deadlines.Step(MORE, now + fold_for(), {**data, "up_to": alerts[-1].pk}),
            deadlines.Step(BACKUP, now + patience, data),
            deadlines.Step(GROUPS, now + timedelta(seconds=plan.group), data),
        ],
        now=now,
    )


def _tell(
    head: Alert,
    step: str,
    whom: Whom,
    words: wording.PageWords,
    alerts: Sequence[Alert],
    plan: PagingPlan,
    now: datetime,
    *,
    only_new: bool = False,
) -> None:
    """Page the people found for each paged role, each once; the timeline says who, and why them.

    `only_new`: people this burst has paged already are left out, and a role with nobody else is widened to its group.
    """
    roles = list(IncidentRole.objects.filter(paged_on_alert=True).order_by("slug"))
    told = set(_paged(head)) if only_new else set()
    sentences = []
    for call in _calls(roles, now, whom, told, widen=only_new):
        people = [person for person in call.people if person.pk not in told]
        told.update(person.pk for person in people)
        notify(
            people,
            key=f"page:{head.pk}:{step}",
            purpose=Notification.Purpose.PAGE,
            subject=words.subject,
            body=words.body,
            link=ACKNOWLEDGE,
            link_label="Acknowledge",
            alert=head,
            role=call.role,
            channels=plan.channels,
            now=now,
        )
        sentences += [call.detour] if call.detour else []
        sentences += [f"Told {', '.join(map(str, people))} ({call.role})."] if people else []
    text = " ".join(sentences) or "Nobody else is left to tell."
    same_entry(Kind.NOTIFICATION, text, alerts=alerts, by=PAGER, now=now, data={"step": step, "head": head.pk})


def _calls(roles: Sequence[IncidentRole], now: datetime, whom: Whom, told: set[int], *, widen: bool) -> list[Call]:
    calls = find(roles, now, whom)
    if widen and whom != Whom.GROUP:
        used_up = [call.role for call in calls if all(person.pk in told for person in call.people)]
        wider = {call.role.pk: call for call in find(used_up, now, Whom.GROUP)} if used_up else {}
        calls = [_widened(wider[call.role.pk]) if call.role.pk in wider else call for call in calls]
    return calls if any(call.people for call in calls) else [*calls, *_anybody()]


def _widened(call: Call) -> Call:
    return Call(call.role, call.people, f"No other {call.role} is on call; everybody in {call.role.group} is asked.")


def _anybody() -> list[Call]:
    """The last resort: everybody whose work this is, and the administrators, who can mend the schedule."""
    groups = [Group.OPERATIONS, Group.SUPPORT, Group.ADMINISTRATORS]
    people = User.objects.filter(is_active=True, groups__name__in=groups).distinct().order_by("id")
    role = IncidentRole(name="Last resort", group=Group.ADMINISTRATORS)
    return [Call(role, tuple(people), "No role has anybody to page.")]


def _paged(head: Alert) -> QuerySet[Notification, int]:
    pages = Notification.objects.filter(alert=head, purpose=Notification.Purpose.PAGE)
    return pages.values_list("person_id", flat=True)
