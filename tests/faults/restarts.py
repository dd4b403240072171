"""F2: PostgreSQL is stopped hard and started again, again and again, while a send runs and promises tick.

Every other time by `kill -9` of the postmaster, otherwise by an immediate stop. It stays away for up to three seconds.
The desk is not touched: no process of it may need a hand.
"""

from __future__ import annotations

import random
import statistics
import time
from dataclasses import dataclass, field
from pathlib import Path

from django.db import connection, connections

from tests.faults import world
from tests.faults.checks import Findings, check
from tests.faults.place import CONNECTIONS, Desk, a_desk, is_alive
from tests.faults.postgres import Server
from tests.faults.rules import Rules
from tests.faults.victims import living, senders

AWAY_SECONDS = 3.0
READERS = 400
DELAY = (0.0, 0.08)
BAR_SECONDS = 10.0


@dataclass
class Restarts:
    """What came of them: seconds from the database's return until mail left and every loop ran."""

    seconds: list[float] = field(default_factory=list)
    recoveries: list[float] = field(default_factory=list)
    held: int = 0
    replaced: int = 0


def run(folder: Path, seeds: range) -> dict[str, object]:
    """Restart it once for each seed; the summary, `ok` among it. On SQLite there is no server to stop: not run."""
    if connection.vendor != "postgresql":
        return {"id": "F2", "not run": "SQLite has no server to stop.", "ok": False}
    server = Server()
    try:
        restarts, found = make_restarts(folder, server, seeds)
    finally:
        connections.close_all()
        server.stop()
    late = sum(seconds > BAR_SECONDS for seconds in restarts.seconds)
    return {
        "id": "F2",
        "restarts": len(restarts.seconds),
        "resumed_p50_s": round(statistics.median(restarts.seconds), 2),
        "resumed_max_s": round(max(restarts.seconds), 2),
        "later_than_10_s": late,
        "database_recovered_p50_s": round(statistics.median(restarts.recoveries), 2),
        "clusters_replaced": restarts.replaced,
        "deliveries": found.deliveries,
        "accepted": found.accepted,
        "repeats": found.repeats,
        "repeats_allowed": restarts.held,
        "staff_repeats": found.staff_repeats,
        "unconfirmed": found.unconfirmed,
        "violations": len(found.violations),
        "first_violations": found.violations[:10],
        "ok": not found.violations and not late and len(restarts.seconds) == len(seeds),
    }


def make_restarts(folder: Path, server: Server, seeds: range) -> tuple[Restarts, Findings]:
    """In a migrated place; what came of them, and what the comparison found."""
    made = world.make(READERS, seed=seeds.start, promises_for=10 + 8 * len(seeds))
    restarts = Restarts()
    with a_desk(folder, Rules(delay=DELAY)) as desk:
        made.send_update()
        for seed in seeds:
            made.top_up(READERS // 2)
            one_restart(desk, server, seed, restarts)
        desk.mail.rule(Rules())
        made.keep_all_promises()
        audiences = made.audiences()
        found = desk.compared(
            lambda: check(
                # The notifier keeps no journal: what was in its hand when the database went is repeated once.
                desk.mail.ledger.rows(),
                held=restarts.held,
                staff_held=len(seeds) + restarts.replaced,
                audiences=audiences,
            )
        )
    return restarts, found


def one_restart(desk: Desk, server: Server, seed: int, restarts: Restarts) -> None:
    """Stop it, leave it away for a while, start it, and wait until the work goes on."""
    dice = random.Random(seed)
    time.sleep(dice.uniform(0.2, 1.0))
    before, sending = {one.pid for one in living(desk.pid, desk.parts)}, senders()
    connections.close_all()
    server.crash(kill=seed % 2 == 0)
    time.sleep(dice.uniform(0.0, AWAY_SECONDS))
    restarts.recoveries.append(server.start())
    back_at = time.time()

    def goes_on() -> bool:
        accepted = desk.mail.ledger.rows()
        return bool(accepted) and accepted[-1].at > back_at and desk.all_loops_run()

    restarts.seconds.append(desk.wait_for(goes_on, "work after the database's return", 60))
    dead = {pid for pid in before if not is_alive(pid)}
    restarts.replaced += bool(dead)
    restarts.held += CONNECTIONS * len(dead & sending)
