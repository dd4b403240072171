"""F5: two machines share a send. By turns a sender of one is killed, or all of a machine at once; the other goes on.

Each has a name, a supervisor and a directory of journals of its own; they share PostgreSQL and the mail server. A
killed sender's journal is replayed by its machine, whoever holds the leases by then. A lost machine comes back after
the other has ended its send: what it had in hand may have arrived, so the other waits for as long as that could be.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from django.db import connection

from crisisdesk.core.models import Lease
from customers.delivery.recover import foreign_grace
from customers.models import Delivery
from tests.faults import world
from tests.faults.checks import Findings, check
from tests.faults.mail_ledger import MailServer
from tests.faults.place import CONNECTIONS, Desk, is_alive, kill
from tests.faults.rules import Rules
from tests.faults.victims import living, senders

READERS = 400
DELAY = (0.0, 0.08)
BAR_SECONDS = 10.0
# What a lost machine had in hand, at most, for each connection.
IN_HAND = 100
# Short waits for the mail server's answers: a lost machine is waited for that much longer.
OPTIONS = "&data_timeout=5"


@dataclass
class Losses:
    """What came of them."""

    seconds: dict[str, list[float]] = field(default_factory=lambda: {"sender": [], "machine": []})
    held: int = 0
    in_doubt: list[int] = field(default_factory=list)
    senders_of: Counter[str] = field(default_factory=Counter)
    shared: bool = False


def run(folder: Path, seeds: range) -> dict[str, object]:
    """One loss for each seed; the summary, `ok` among it. On SQLite there is one machine: not run."""
    if connection.vendor != "postgresql":
        return {"id": "F5", "not run": "Two machines cannot share SQLite.", "ok": False}
    losses, found = lose(folder, seeds)
    seconds = [one for several in losses.seconds.values() for one in several]
    late = sum(one > BAR_SECONDS for one in seconds)
    most = max(losses.in_doubt, default=0)
    return {
        "id": "F5",
        "machines": len(seeds),
        "both_sent": losses.shared,
        "resumed_max_s": {kind: round(max(several), 2) for kind, several in losses.seconds.items() if several},
        "later_than_10_s": late,
        "in_hand_of_a_lost_machine": most,
        "deliveries": found.deliveries,
        "accepted": found.accepted,
        "repeats": found.repeats,
        "repeats_allowed": losses.held,
        "unconfirmed": found.unconfirmed,
        "violations": len(found.violations),
        "first_violations": found.violations[:10],
        "ok": not found.violations and not late and losses.shared and most <= IN_HAND * CONNECTIONS,
    }


def lose(folder: Path, seeds: range) -> tuple[Losses, Findings]:
    """In a migrated place; what came of them, and what the comparison found."""
    made = world.make(READERS, seed=seeds.start)
    losses = Losses()
    with MailServer(folder, Rules(delay=DELAY)) as mail:
        desks = [_machine(folder / name, mail, name) for name in ("one", "two")]
        try:
            for desk in desks:
                desk.start()
            desks[0].wait_for(desks[0].all_loops_run, "the loops", 120)
            made.send_update()
            for seed in seeds:
                _share(desks, losses)
                made.top_up(READERS // 2)
                (_lose_sender if seed % 2 == 0 else _lose_machine)(desks, seed, losses)
            mail.rule(Rules())
            audiences = made.audiences()
            found = desks[0].compared(
                lambda: check(mail.ledger.rows(), held=losses.held, staff_held=len(seeds), audiences=audiences),
                foreign_grace().total_seconds() + 120,
            )
        finally:
            for desk in desks:
                desk.stop()
    return losses, found


def _machine(folder: Path, mail: MailServer, name: str) -> Desk:
    folder.mkdir()
    desk = Desk(folder, mail, OPTIONS)
    desk.environment |= {"FAULTS_HOST": name, "JOURNAL_DIR": str(folder / "journal")}
    return desk


def _share(desks: list[Desk], losses: Losses) -> None:
    """Until each machine holds a sender's lease, which chance decides: of two that one holds, one is taken from it."""
    hosts = [desk.environment["FAULTS_HOST"] for desk in desks]
    until = time.monotonic() + 60
    while time.monotonic() < until:
        held = {name: holder.partition(":")[0] for name, holder in _sender_leases()}
        if set(held.values()) >= set(hosts):
            losses.shared = True
            return
        time.sleep(0.5)
        if len(held) > 1 and len(set(held.values())) == 1:
            # It goes to whoever is quicker.
            Lease.objects.filter(name=max(held)).update(expires_at=None, holder="", pid=None)


def _sender_leases() -> list[tuple[str, str]]:
    return list(Lease.objects.filter(name__startswith="sender").exclude(holder="").values_list("name", "holder"))


def _lose_sender(desks: list[Desk], seed: int, losses: Losses) -> None:
    dice = random.Random(seed)
    time.sleep(dice.uniform(0.0, 0.3))
    victim = dice.choice(sorted(senders()))
    losses.held += CONNECTIONS
    killed_at = time.time()
    kill(victim)
    losses.seconds["sender"].append(desks[0].wait_for(lambda: _goes_on(desks, killed_at), "work", 60))
    owned = f"-{victim}-"
    # Its own machine settles what it had in hand, wherever the leases are.
    desks[0].wait_for(
        lambda: not Delivery.objects.filter(state="sending", claimed_by__contains=owned).exists(), "its claims", 10
    )


def _lose_machine(desks: list[Desk], seed: int, losses: Losses) -> None:
    dice = random.Random(seed)
    lost, other = dice.sample(desks, 2)
    victims = [one.pid for one in living(lost.pid, lost.parts)]
    for pid in victims:
        kill(pid)
    other.wait_for(lambda: not any(is_alive(pid) for pid in victims), "the end of a machine", 30)
    killed_at = time.time()
    host = lost.environment["FAULTS_HOST"]
    in_doubt = Delivery.objects.filter(state="sending", claimed_by__startswith=host).count()
    losses.in_doubt.append(in_doubt)
    losses.held += in_doubt
    losses.seconds["machine"].append(other.wait_for(lambda: _goes_on([other], killed_at), "work", 60))
    other.come_to_rest(foreign_grace().total_seconds() + 120)
    lost.restart_if_dead()


def _goes_on(desks: list[Desk], since: float) -> bool:
    rows = desks[0].mail.ledger.rows()
    return bool(rows) and rows[-1].at > since + 0.4 and desks[0].all_loops_run()
