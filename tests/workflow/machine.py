"""The whole workflow in any order: Hypothesis chooses what people do and what breaks, the invariants judge."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.db import transaction
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from crisisdesk.core.actors import Actor
from crisisdesk.core.refusals import Refusal
from customers.affected import Scope
from customers.delivery import send
from customers.delivery.events import record_event
from customers.delivery.ledger import ever_told, went_to
from customers.delivery.reports import Kind, Report
from customers.models import ACCEPTED_STATES, Delivery, DeliveryState
from customers.preferences import choose, unsubscribe
from incidents.changes import allow_long_path, reopen
from incidents.correcting import correctable
from incidents.drafts import open_draft, save_draft, start_draft
from incidents.greenlight import give_green_light, withdraw_green_light
from incidents.models import Incident, Update
from incidents.publishing import send_update
from incidents.qualify import declare
from incidents.scope import adjust_audience, change_scope
from tests import factories
from tests.workflow import invariants
from tests.workflow.world import World

KINDS = ("initial", "progress", "progress", "holding", "correction", "final")
PAUSES = (1, 29, 61, 240, 301, 601, 1500, 1801, 3601, 7201)
SCOPES = st.sets(st.sampled_from([0, 1]), min_size=1)


@dataclass
class Case:
    """An incident as the machine remembers it."""

    incident: Incident
    services: set[int]
    omitted: set[int] = field(default_factory=set)

    def fresh(self) -> Incident:
        """As it is now."""
        return Incident.objects.get(pk=self.incident.pk)


class Workflow(RuleBasedStateMachine):
    """At most two incidents, one of them perhaps a drill, among three customers."""

    def __init__(self, make_world: Callable[[], World]) -> None:
        super().__init__()
        self.undo = transaction.atomic()
        self.undo.__enter__()
        self.world = make_world()
        self.cases: list[Case] = []
        self.audiences: dict[int, set[int]] = {}
        self.presses = 0

    def by(self, name: str) -> Actor:
        """One of the cast."""
        return self.world.cast[name]

    def case(self, number: int) -> Case:
        """Any of the incidents."""
        return self.cases[number % len(self.cases)]

    @initialize(services=SCOPES, can_hold=st.booleans(), minutes=st.sampled_from([15, 30, 60]))
    def begin(self, services: set[int], can_hold: bool, minutes: int) -> None:
        """An outage of which customers were told: most of what follows needs one."""
        self.declare(services=services, is_drill=False, can_hold=can_hold)
        self.send(number=0, kind="initial", minutes=minutes)

    @precondition(lambda self: len(self.cases) < 2)
    @rule(services=SCOPES, is_drill=st.booleans(), can_hold=st.booleans())
    def declare(self, services: set[int], is_drill: bool, can_hold: bool) -> None:
        """Operations declares an outage, or a drill."""
        incident = declare(
            [factories.alert(self.world.now)],
            title="Payments are failing",
            severity="SEV2",
            scopes=self._scopes(services),
            incident_type=self.world.kind if can_hold else None,
            by=self.by("ivo"),
            now=self.world.now,
            is_drill=is_drill and bool(self.cases),
        )
        self.cases.append(Case(incident, services))

    @precondition(lambda self: self.cases)
    @rule(number=st.integers(0, 1), services=SCOPES)
    def widen_or_narrow(self, number: int, services: set[int]) -> None:
        """More or less is affected than was thought."""
        case = self.case(number)
        if self._may(change_scope, case.fresh(), self._scopes(services), by=self.by("ivo"), now=self.world.now):
            case.services = services

    @precondition(lambda self: self.cases)
    @rule(number=st.integers(0, 1), who=st.integers(0, 5))
    def leave_out(self, number: int, who: int) -> None:
        """Customer success leaves a contact out."""
        case, contact = self.case(number), self.world.contacts[who]
        words = {"reason": "asked to be phoned", "by": self.by("cleo"), "now": self.world.now}
        if self._may(adjust_audience, case.fresh(), contact, is_included=False, **words):
            case.omitted.add(contact.pk)

    @precondition(lambda self: self.cases)
    @rule(number=st.integers(0, 1), kind=st.sampled_from(KINDS), minutes=st.sampled_from([15, 30, 60, 180]))
    def send(self, number: int, kind: str, minutes: int) -> None:
        """Support writes and sends, and presses the button twice."""
        case, now, dana = self.case(number), self.world.now, self.by("dana")
        incident = case.fresh()
        if open_draft(incident) is None and not self._may(start_draft, incident, kind=kind, by=dana, now=now):
            return
        draft = open_draft(incident)
        assert draft is not None
        words = {"subject": incident.title, "body": f"{factories.BODY} Report {self.presses}."}
        draft = save_draft(draft, version=draft.version, by=dana, now=now, next_update_minutes=minutes, **words)
        self.presses += 1
        audience = self._audience(case, draft.kind)
        key = f"press {self.presses}"
        pressed: dict[str, Any] = {"draft_version": draft.version, "by": dana, "now": now, "key": key}
        if self._may(send_update, incident, **pressed):
            again = send_update(incident, **pressed)
            assert again.key == key
            self.audiences[again.pk] = audience

    @precondition(lambda self: self.cases)
    @rule(number=st.integers(0, 1))
    def record_a_longer_path(self, number: int) -> None:
        """Operations knows the way, and it is long."""
        self._may(
            allow_long_path, self.case(number).fresh(), "the restore takes hours", by=self.by("ivo"), now=self.world.now
        )

    @rule(seconds=st.sampled_from(PAUSES))
    def time_passes(self, seconds: int) -> None:
        """Nobody does anything, the worker included."""
        self.world.now += timedelta(seconds=seconds)

    @rule(seconds=st.sampled_from(PAUSES))
    def time_passes_at_work(self, seconds: int) -> None:
        """The worker looks in between, as it does several times a second."""
        until = self.world.now + timedelta(seconds=seconds)
        while self.world.now < until:
            self.world.now = min(until, self.world.now + timedelta(seconds=max(20, seconds / 12)))
            self._keep_promises()
        self.world.deliver()

    @rule()
    def work(self) -> None:
        """Every loop makes its passes."""
        self._keep_promises()
        self.world.deliver()
        self.world.seal()

    @precondition(lambda self: self.cases)
    @rule(number=st.integers(0, 1))
    def give_green_light(self, number: int) -> None:
        """Operations says that it is over."""
        self._may(give_green_light, self.case(number).fresh(), note="restored", by=self.by("ivo"), now=self.world.now)

    @precondition(lambda self: self.cases)
    @rule(number=st.integers(0, 1))
    def relapse(self, number: int) -> None:
        """It is not over."""
        incident, by, now = self.case(number).fresh(), self.by("ivo"), self.world.now
        if incident.is_open:
            self._may(withdraw_green_light, incident, reason="errors again", by=by, now=now)
        else:
            self._may(reopen, incident, reason="errors again", by=by, now=now)

    @rule(who=st.integers(0, 5), everything=st.booleans())
    def unsubscribe(self, who: int, everything: bool) -> None:
        """A reader has had enough."""
        contact = self.world.contacts[who]
        contact.refresh_from_db()
        if everything:
            choose(contact, "none", now=self.world.now)
        else:
            unsubscribe(contact, now=self.world.now)

    @rule(who=st.integers(0, 5))
    def refuse(self, who: int) -> None:
        """A mailbox is closed: from now on the server refuses it."""
        self.world.refused.add(self.world.contacts[who].email)

    @rule(which=st.integers(0, 50))
    def bounce(self, which: int) -> None:
        """What was taken comes back later."""
        taken = Delivery.objects.filter(state__in=ACCEPTED_STATES, is_drill=False).order_by("pk")
        if rows := list(taken[:51]):
            row = rows[which % len(rows)]
            report = Report(
                "postmark", f"bounce {row.pk}", Kind.BOUNCED, "email", self.world.now, row.pk, text="550 5.1.1 gone"
            )
            assert record_event(report, now=self.world.now)
            assert Delivery.objects.get(pk=row.pk).state == DeliveryState.BOUNCED

    @rule(dies_at=st.integers(1, 6))
    def kill(self, dies_at: int) -> None:
        """The sender's process dies somewhere in its work."""
        self.world.kill_sender(dies_at)

    @rule(who=st.integers(0, 5))
    def lose_an_answer(self, who: int) -> None:
        """A connection breaks after the content, before the answer."""
        self.world.resets.append(self.world.contacts[who].email)

    @invariant()
    def promises_hold(self) -> None:
        """I4 holds at every moment."""
        invariants.every_promise_is_kept_or_missed_once(self.world)

    @invariant()
    def nothing_is_doubled(self) -> None:
        """I2 and I3 hold at every moment."""
        invariants.no_mail_comes_twice(self.world)

    def teardown(self) -> None:
        """When the dust has settled everything is final; then nothing of it has happened."""
        try:
            self._settle()
            invariants.every_reader_is_settled(self.world, self.audiences)
            invariants.no_mail_comes_twice(self.world)
            invariants.nobody_reads_of_another(self.world)
            invariants.every_promise_is_kept_or_missed_once(self.world)
            invariants.the_audit_holds()
        finally:
            send.end_run()
            transaction.set_rollback(True)
            self.undo.__exit__(None, None, None)

    def _settle(self) -> None:
        """Hours go by; what goes out by itself meanwhile has the audience that follows from what was done."""
        self._keep_promises()
        self.world.settle()
        for update in Update.objects.exclude(pk__in=self.audiences).order_by("pk"):
            assert update.is_automatic
            case = next(case for case in self.cases if case.incident.pk == update.incident_id)
            self.audiences[update.pk] = self._audience(case, "holding")

    def _keep_promises(self) -> None:
        known = set(Update.objects.values_list("pk", flat=True))
        audiences = {case.incident.pk: self._audience(case, "holding") for case in self.cases}
        self.world.keep_promises()
        for update in Update.objects.exclude(pk__in=known):
            assert update.is_automatic
            self.audiences[update.pk] = audiences[update.incident_id]

    def _audience(self, case: Case, kind: str) -> set[int]:
        """Whom a message must go to, worked out from what the machine did."""
        told = set(ever_told(case.incident.reference).values_list("pk", flat=True))
        if kind == "correction":
            wrong = correctable(case.incident).first()
            return set(went_to(wrong.message).values_list("pk", flat=True)) if wrong and wrong.message else set()
        if kind == "final":
            return told
        affected = self.world.users_of(case.services) - case.omitted
        return affected if kind == "initial" else affected | (told - case.omitted)

    def _scopes(self, services: set[int]) -> list[Scope]:
        return [Scope(self.world.service_of(number).pk) for number in sorted(services)]

    def _may(self, verb: Callable[..., Any], *arguments: Any, **words: Any) -> bool:
        """Do it; False when it was refused, which leaves nothing behind."""
        try:
            verb(*arguments, **words)
        except Refusal as refusal:
            if not str(refusal).strip():
                raise AssertionError("a refusal without words") from refusal
            return False
        return True
