"""The whole workflow in any order: Hypothesis chooses what people do and what breaks, the invariants judge."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from crisisdesk.core.actors import Actor
from crisisdesk.core.refusals import Refusal
from customers.affected import Scope
from customers.delivery import send
from customers.delivery.events import record_event
from customers.delivery.ledger import went_to
from customers.delivery.reports import Kind, Report
from customers.models import ACCEPTED_STATES, Delivery, DeliveryState
from customers.preferences import choose, unsubscribe
from incidents.catching_up import catch_up
from incidents.changes import allow_long_path, reopen
from incidents.correcting import correctable
from incidents.drafts import discard_draft, open_draft, save_draft, start_draft
from incidents.greenlight import give_green_light, withdraw_green_light
from incidents.merging import merge
from incidents.models import Incident, Update
from incidents.publishing import send_update
from incidents.qualify import declare
from incidents.scope import adjust_audience, change_scope
from incidents.splitting import split
from tests import factories
from tests.workflow import invariants, joining
from tests.workflow.cases import Case
from tests.workflow.world import World

KINDS = ("initial", "progress", "progress", "holding", "correction", "final")
PAUSES = (1, 29, 61, 240, 301, 601, 1500, 1801, 3601, 7201)
NUMBERS = st.integers(0, 2)
SCOPES = st.sets(st.sampled_from([0, 1]), min_size=1)


class Workflow(RuleBasedStateMachine):
    """Two incidents, one of them perhaps a drill, and what is split off, among three customers."""

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
    @rule(number=NUMBERS, services=SCOPES)
    def widen_or_narrow(self, number: int, services: set[int]) -> None:
        """More or less is affected than was thought."""
        case = self.case(number)
        if self._may(change_scope, case.fresh(), self._scopes(services), by=self.by("ivo"), now=self.world.now):
            case.services = services

    @precondition(lambda self: self.cases)
    @rule(number=NUMBERS, who=st.integers(0, 5))
    def leave_out(self, number: int, who: int) -> None:
        """Support leaves a contact out."""
        case, contact = self.case(number), self.world.contacts[who]
        words = {"reason": "asked to be phoned", "by": self.by("dana"), "now": self.world.now}
        if self._may(adjust_audience, case.fresh(), contact, is_included=False, **words):
            case.omitted.add(contact.pk)

    @precondition(lambda self: self.cases)
    @rule(number=NUMBERS, kind=st.sampled_from(KINDS), minutes=st.sampled_from([15, 30, 60, 180]))
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
    @rule(number=NUMBERS)
    def catch_up(self, number: int) -> None:
        """Those to whom it is new are told what was said last, by somebody who presses twice."""
        case, now, dana = self.case(number), self.world.now, self.by("dana")
        audience = joining.new_to(self.world, case)
        self.presses += 1
        pressed: dict[str, Any] = {"by": dana, "now": now, "key": f"press {self.presses}"}
        if self._may(catch_up, case.fresh(), **pressed):
            self.audiences[catch_up(case.incident, **pressed).pk] = audience

    @precondition(lambda self: len(self.cases) > 1)
    @rule(number=NUMBERS, other=NUMBERS)
    def merge(self, number: int, other: int) -> None:
        """Two incidents are one."""
        merged, into = self.case(number), self.case(other)
        now = self._a_moment_later()
        told, ending = joining.told(merged), joining.promises_of(merged, into)
        if self._may(merge, merged.fresh(), into.fresh(), reason="one disk array", by=self.by("ivo"), now=now):
            joining.merged(self.world, merged, into, told, ending)
        self._a_moment_later()

    @precondition(lambda self: self.cases and len(self.cases) < 3)
    @rule(number=NUMBERS, service=st.integers(0, 1))
    def split(self, number: int, service: int) -> None:
        """One incident is two."""
        case = self.case(number)
        now = self._a_moment_later()
        told = joining.told(case)
        part = case.incident.affected.filter(until=None, service=self.world.service_of(service))
        words: dict[str, Any] = {"title": "Search is slow", "severity": "SEV3", "reason": "another cause"}
        pks = list(part.values_list("pk", flat=True))
        if self._may(split, case.fresh(), pks, **words, by=self.by("ivo"), now=now):
            new = Case(Incident.objects.get(split_from=case.incident, declared_at=now), {service})
            joining.split_off(self.world, case, new, told)
            self.cases.append(new)
        self._a_moment_later()

    @precondition(lambda self: self.cases)
    @rule(number=NUMBERS)
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
    @rule(number=NUMBERS)
    def give_green_light(self, number: int) -> None:
        """Operations says that it is over."""
        self._may(give_green_light, self.case(number).fresh(), note="restored", by=self.by("ivo"), now=self.world.now)

    @precondition(lambda self: self.cases)
    @rule(number=NUMBERS)
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
            if any(case.came or case.gone for case in self.cases):
                self._a_moment_later()
                self._end_what_was_joined()
                invariants.nobody_told_is_forgotten({case.incident.pk for case in self.cases})
            self._settle()
            invariants.nobody_hears_the_same_twice()
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
        for update in Update.objects.exclude(message=None).exclude(pk__in=self.audiences).order_by("pk"):
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
        told = joining.told(case)
        if kind == "correction":
            wrong = correctable(case.incident).first()
            return set(went_to(wrong.message).values_list("pk", flat=True)) if wrong and wrong.message else set()
        if kind == "final":
            return told
        affected = self.world.users_of(case.services) - case.omitted
        return affected if kind == "initial" else affected | (told - case.omitted)

    def _a_moment_later(self) -> datetime:
        """Two things that people do are never done in the same microsecond."""
        self.world.now += timedelta(seconds=1)
        return self.world.now

    def _end_what_was_joined(self) -> None:
        """Each incident that was told of ends, so that it shows who hears of it."""
        for number, case in enumerate(self.cases):
            incident = case.fresh()
            if incident.is_open and incident.first_told_at is not None and joining.told(case):
                if (draft := open_draft(incident)) is not None:
                    discard_draft(draft, version=draft.version, by=self.by("dana"), now=self.world.now)
                self.give_green_light(number)
                self.send(number=number, kind="final", minutes=15)
                assert not case.fresh().is_open, f"{incident.reference} can't be ended"

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
