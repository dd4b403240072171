"""A small vendor whose clock is turned by hand, with a mail server that keeps what it takes.

Everything runs through the desk's own verbs and passes: deadlines, sender, notifier and sealer.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from crisisdesk.core import deadlines
from crisisdesk.core.actors import Actor
from crisisdesk.core.audit.chain import seal_pending
from crisisdesk.core.engine import loops
from crisisdesk.core.engine.loops import Pass
from crisisdesk.core.models import Lease
from customers.delivery import send
from customers.models import Contact, Delivery, Service
from incidents.models import IncidentType, Template
from incidents.oncall.sender import send_ready
from incidents.templates import approve
from tests import factories
from tests.mail_servers import RESET, Received, ScriptedServer

DRILL_ADDRESS = "drill@status.example.com"
SERVICES = ("Payments API", "Search API")
# Customer -> the services it uses. The names are canaries: no message to one may name another.
USES = {"Acme-canary": (0,), "Globex-canary": (1,), "Initech-canary": (0, 1)}
PASSES = 40


class Killed(BaseException):
    """The process of the sender dies here."""


class Hold:
    """The right to run; dies at the `dies_at`-th question when it is told to."""

    fence = 1

    def __init__(self, dies_at: int = 0) -> None:
        self._left = dies_at

    def held(self) -> bool:
        return True

    def keep(self) -> bool:
        self._left -= 1
        if self._left == 0:
            raise Killed
        return True


class World:
    """Who is there, what time it is, and what the mail server took."""

    def __init__(self, cast: dict[str, Actor], server: ScriptedServer, journals: Path, began: datetime) -> None:
        self.cast, self.server, self.journals, self.now = cast, server, journals, began
        self.kept_until = began
        # Promises that ended with a merge, and when.
        self.ended: dict[int, datetime] = {}
        self.refused: set[str] = set()
        self.resets: list[str] = []
        self.kills = 0
        send.end_run()
        server.received.clear()
        server.rule = self._answer
        # Nobody has to be rung: the passes are made by hand.
        far = began + timedelta(days=3650)
        Lease.objects.bulk_create([Lease(name=loop.name, expires_at=far) for loop in loops.registered()])
        self.services = [factories.service(name) for name in SERVICES]
        self.contacts: list[Contact] = []
        for name, used in USES.items():
            customer = factories.customer(name, *(self.services[number] for number in used))
            for person in ("Pat", "Kim"):
                address = f"{person}@{name}.example".lower()
                self.contacts.append(factories.contact(customer, f"{person} of {name}", email=address))
        self.kind = self._kind()

    def _kind(self) -> IncidentType:
        approve(Template.objects.get(name="Holding message"), by=self.cast["mara"], now=self.now)
        kind = IncidentType.objects.get(name="Regional outage")
        kind.holding_allowed = True
        kind.save()
        return kind

    def _answer(self, event: str, argument: str) -> str | None:
        if event == "RCPT" and argument[argument.index("<") + 1 : argument.index(">")] in self.refused:
            return "550 5.1.1 no such user"
        if event == "CONTENT" and argument in self.resets:
            # Taken or not? Nobody on the other side can say.
            self.resets.remove(argument)
            return RESET
        return None

    @property
    def mails(self) -> list[Received]:
        """What was taken, staff mail included."""
        return self.server.received

    def users_of(self, services: set[int]) -> set[int]:
        """Contacts of customers that use one of these services (by number): who is affected, worked out apart."""
        hit = {name for name, used in USES.items() if services & set(used)}
        return {contact.pk for contact in self.contacts if contact.customer.name in hit}

    def service_of(self, number: int) -> Service:
        """By number."""
        return self.services[number]

    def keep_promises(self) -> None:
        """The loop "deadlines" looks until nothing is due."""
        self._until_done(lambda: deadlines.fire_due(self.now))
        self.kept_until = self.now

    def deliver(self) -> None:
        """Sender and notifier work until nothing moves."""
        self._until_done(lambda: send.run_pass(Pass(self.now, Hold())))
        self._until_done(lambda: send_ready(Pass(self.now, Hold())))

    def seal(self) -> None:
        """The sealer chains what was written."""
        self._until_done(lambda: seal_pending(self.now))

    def kill_sender(self, dies_at: int) -> None:
        """A pass of the sender that is cut off; the next pass is another process's."""
        try:
            send.run_pass(Pass(self.now, Hold(dies_at)))
        except Killed:
            self.kills += 1
        send.end_run()

    def settle(self) -> None:
        """Hours go by with everything at work: whatever can come to an end does."""
        for _ in range(PASSES):
            self.keep_promises()
            self.deliver()
            if not Delivery.objects.open().exists():
                break
            send.end_run()
            self.now += timedelta(minutes=20)
        self.seal()

    def _until_done(self, one_pass: Callable[[], int]) -> None:
        for _ in range(PASSES):
            if not one_pass():
                return
        raise AssertionError("There is always more to do: something goes round in circles.")
