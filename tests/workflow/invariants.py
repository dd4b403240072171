"""I1 to I5 of the desk, read from the database and from what the mail server took; test_invariants makes each fail."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from crisisdesk.core.audit.chain import verify
from crisisdesk.core.models import AuditEntry, Deadline, DeadlineStep
from crisisdesk.core.models.deadline import StepState
from customers.models import ACCEPTED_STATES, Contact, Delivery, DeliveryState
from incidents import holding, promises
from incidents.carrying import CARRIED
from incidents.models import (
    CarriedOver,
    Incident,
    Notification,
    Outcome,
    PolicyStep,
    Promise,
    StepAction,
    TimelineEntry,
    Update,
)
from incidents.promise_steps import MISS
from tests.workflow.world import DRILL_ADDRESS, World

BESIDE = ("correction", "catchup", "postmortem")
CONNECTIONS = 4


def every_reader_is_settled(world: World, audiences: Mapping[int, set[int]]) -> None:
    """I1, when all work is done: each eligible contact has one delivery, final, and the mail server confirms its state.

    `audiences`: update -> the contacts that it must go to, worked out beside the code.
    """
    taken = Counter(mail.message["Message-ID"] for mail in world.mails)
    for update in Update.objects.select_related("message"):
        if update.message is None:
            assert update.key.startswith(CARRIED), f"{update} went to nobody"
            continue
        rows = list(update.message.deliveries.all())
        assert Counter(row.contact_id for row in rows) == Counter(audiences[update.pk]), f"audience of {update}"
        for row in rows:
            copies = taken[row.mail_id]
            if row.state in ACCEPTED_STATES:
                assert copies >= 1, f"{row} was never taken"
            elif row.state in (DeliveryState.SUPPRESSED, DeliveryState.REJECTED, DeliveryState.FAILED):
                assert copies == 0, f"{row} was taken"
                assert row.state_reason, f"{row} has no reason"
            else:
                assert row.state in (DeliveryState.BOUNCED, DeliveryState.UNCONFIRMED), f"{row} is not final"


def no_mail_comes_twice(world: World) -> None:
    """I2: one accepted copy per Message-ID; a killed sender or a lost answer repeats one with the same Date."""
    copies: dict[str, list[str]] = {}
    for mail in world.mails:
        copies.setdefault(mail.message["Message-ID"], []).append(mail.message["Date"])
    repeated = {mail_id: dates for mail_id, dates in copies.items() if len(dates) > 1}
    assert sum(len(dates) - 1 for dates in repeated.values()) <= world.kills * CONNECTIONS, "more repeats than doubts"
    assert all(len(set(dates)) == 1 for dates in repeated.values()), "a repeat with another Date"


def nobody_reads_of_another(world: World) -> None:
    """I3: a customer's mail carries no other customer's canary, and a drill's goes nowhere else."""
    owners = {contact.email: contact.customer.name for contact in Contact.objects.select_related("customer")}
    canaries = set(owners.values())
    drills = set(Delivery.objects.filter(is_drill=True).values_list("mail_id", flat=True))
    # The desk's own address, tagged with whom it stands for.
    local, _, domain = DRILL_ADDRESS.rpartition("@")
    own = {f"{local}+{contact.pk}@{domain}" for contact in world.contacts}
    for mail in world.mails:
        if mail.message["Message-ID"] in drills:
            assert mail.recipient in own, "a drill reached somebody"
        elif mail.recipient in owners:
            raw = mail.body("plain") + mail.body("html") + str(mail.message["Subject"]) + str(mail.message["To"])
            named = {canary for canary in canaries if canary in raw}
            assert named <= {owners[mail.recipient]}, f"{mail.recipient} reads of {named}"


def every_promise_is_kept_or_missed_once(world: World) -> None:
    """I4: outcomes follow from the times alone; each step fires once, not early, none after fulfilment."""
    missed_in_audit = Counter(AuditEntry.objects.filter(action="promise.missed").values_list("object_id", flat=True))
    missed_in_timeline = Counter(
        entry.data["promise"] for entry in TimelineEntry.objects.filter(kind=TimelineEntry.Kind.PROMISE)
    )
    for promise in Promise.objects.select_related("incident", "made_by", "closed_by"):
        following = promise.incident.updates.filter(number__gt=promise.made_by.number).exclude(kind__in=BESIDE)
        closing = following.order_by("number").first() if promise.pk not in world.ended else None
        assert promise.due_at == promise.made_by.next_update_at
        assert promise.closed_by == closing
        assert promise.outcome == _outcome(promise, closing, world), f"{promise}"
        times = int(promise.outcome == Outcome.MISSED)
        assert missed_in_audit[str(promise.pk)] == times, f"{promise}: {missed_in_audit[str(promise.pk)]} in the audit"
        assert missed_in_timeline[promise.pk] == times
        assert promise.is_automatic == (
            promise.outcome == Outcome.KEPT and closing is not None and closing.is_automatic
        )
        _steps_fired_once(promise, world)
    for incident in Incident.objects.all():
        _automatic_ones_are_few(incident)


def nobody_hears_the_same_twice() -> None:
    """What people wrote reaches a reader once, whatever was merged, split or repeated to newcomers since."""
    rows = Delivery.objects.exclude(state=DeliveryState.SUPPRESSED).exclude(message__update__is_automatic=True)
    read = Counter(rows.values_list("contact", "message__update__body"))
    assert max(read.values(), default=0) <= 1, f"read twice: {read.most_common(1)}"


def nobody_told_is_forgotten(incidents: set[int]) -> None:
    """Once all is over: whoever was told of an incident was sent the end of it, or of one that it was joined with."""
    group = {pk: {pk} for pk in incidents}
    for one, other in CarriedOver.objects.values_list("incident", "came_from").distinct():
        for pk in (together := group[one] | group[other]):
            group[pk] = together
    sent = Delivery.objects.filter(message__update__isnull=False)
    ends = {
        (contact, pk): at
        for contact, of, at in sent.filter(message__update__kind="final").values_list(
            "contact", "message__update__incident", "message__created_at"
        )
        for pk in group[of]
    }
    told = sent.exclude(state=DeliveryState.SUPPRESSED)
    for contact, of, at in told.values_list("contact", "message__update__incident", "message__created_at"):
        assert (contact, of) in ends, f"contact {contact} was told of INC-{of} and never of its end"
        assert ends[contact, of] >= at


def the_audit_holds() -> None:
    """I5."""
    verdict = verify()
    assert verdict.ok, verdict.problem


def _outcome(promise: Promise, closing: Update | None, world: World) -> str:
    if promise.pk in world.ended:
        assert promise.closed_at == world.ended[promise.pk]
        return Outcome.RELEASED if promise.closed_at <= promise.due_at else Outcome.MISSED
    if closing is not None:
        return Outcome.KEPT if closing.sent_at <= promise.due_at else Outcome.MISSED
    return Outcome.MISSED if world.kept_until > promise.due_at else Outcome.PENDING


def _steps_fired_once(promise: Promise, world: World) -> None:
    deadline = Deadline.objects.get(kind=promises.KIND, key=str(promise.pk))
    told = {row.key.rpartition(":")[0] for row in promise.notifications.all()}
    for step in deadline.steps.all():
        assert step.state != StepState.FAILED, step.error
        if step.state in (StepState.FIRED, StepState.SKIPPED):
            assert step.attempts == 1
            assert step.done_at is not None
            assert step.done_at >= step.fire_at, "it fired early"
            assert promise.closed_at is None or step.done_at <= promise.closed_at, "it fired after fulfilment"
        elif step.state == StepState.PENDING:
            assert deadline.closed_at is None
            assert step.fire_at > world.kept_until, "it was forgotten"
        else:
            assert deadline.closed_at is not None
        if step.name != MISS:
            rule = PolicyStep.objects.get(pk=step.data["step"])
            is_late = promise.late_seconds is not None or promise.pk in world.ended
            at_the_miss = rule.action == StepAction.MISS and promise.outcome == Outcome.MISSED and is_late
            occasion = f"promise:{promise.pk}:step:{rule.pk}"
            assert (occasion in told) == (step.state == StepState.FIRED) or at_the_miss, f"{occasion}: {step.state}"
    late = Notification.objects.filter(promise=promise, created_at__gt=promise.closed_at or world.now)
    assert not late.exists(), "somebody was told after fulfilment"


def _automatic_ones_are_few(incident: Incident) -> None:
    kind, row = incident.incident_type, 0
    for update in incident.updates.exclude(kind__in=BESIDE).order_by("number"):
        row = row + 1 if update.is_automatic else 0
        assert kind is not None or row == 0
        assert kind is None or row <= kind.holding_most_in_a_row, "too many automatic messages in a row"
    steps = DeadlineStep.objects.filter(deadline__kind=holding.KIND)
    assert not steps.filter(state=StepState.FAILED).exists(), "a holding message was set aside"
