"""F1: `kill -9` of every process of a running desk while it sends and promises tick.

A seed decides what is killed and when: of five kills four meet a worker (every other time one that sends), the fifth
one of pusher, monitor, sentinel, cluster and supervisor in turn. After each kill the work must go on without a hand:
mail is accepted again, every lease is held by a living process, and the cluster that was hurt does new tasks. The
supervisor alone is started again from outside, as systemd does.
"""

from __future__ import annotations

import random
import statistics
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from django_q.tasks import async_task

from tests.faults import world
from tests.faults.checks import Findings, check
from tests.faults.place import CONNECTIONS, Desk, a_desk, is_alive, kill
from tests.faults.rules import Rules
from tests.faults.victims import Victim, living, notifiers, senders

BAR_SECONDS = 10.0
# What was on its way to the server when its sender died is accepted within this, and proves nothing.
AFTERMATH = 0.4
READERS = 400
# Four mails are always in hand, and a kill meets them at every point of their way.
DELAY = (0.0, 0.08)
OTHERS = ("pusher", "monitor", "sentinel", "cluster", "supervisor")
NOTE_SECONDS = 0.5


@dataclass
class Kills:
    """What came of a range of seeds."""

    seconds: list[float] = field(default_factory=list)
    by_part: Counter[str] = field(default_factory=Counter)
    slowest: dict[str, float] = field(default_factory=dict)
    held: int = 0
    staff_held: int = 0
    stuck: int = 0

    def note(self, part: str, seconds: float) -> None:
        """One kill."""
        self.seconds.append(seconds)
        self.by_part[part] += 1
        self.slowest[part] = round(max(seconds, self.slowest.get(part, 0.0)), 2)

    @property
    def late(self) -> int:
        """After how many kills the work went on later than the bar allows."""
        return sum(seconds > BAR_SECONDS for seconds in self.seconds)


def run(folder: Path, seeds: range) -> dict[str, object]:
    """Make the kills of the seeds; the summary, `ok` among it."""
    kills, found = make_kills(folder, seeds)
    done = len(kills.seconds)
    return {
        "id": "F1",
        "kills": done,
        "by_part": dict(kills.by_part),
        "resumed_p50_s": round(statistics.median(kills.seconds), 2) if done else None,
        "resumed_max_s": round(max(kills.seconds), 2) if done else None,
        "slowest_s": kills.slowest,
        "later_than_10_s": kills.late,
        "never": kills.stuck,
        "deliveries": found.deliveries,
        "accepted": found.accepted,
        "repeats": found.repeats,
        "repeats_allowed": kills.held,
        "staff_repeats": found.staff_repeats,
        "unconfirmed": found.unconfirmed,
        "violations": len(found.violations),
        "first_violations": found.violations[:10],
        "ok": not found.violations and not kills.late and not kills.stuck and done == len(seeds),
    }


def make_kills(
    folder: Path, seeds: range, *, readers: int = READERS, delay: tuple[float, float] = DELAY
) -> tuple[Kills, Findings]:
    """In a migrated place; what came of them, and what the comparison found."""
    made = world.make(readers, seed=seeds.start, promises_for=10 + 5 * len(seeds))
    kills = Kills()
    with a_desk(folder, Rules(delay=delay)) as desk:
        made.send_update()
        for seed in seeds:
            made.top_up(readers // 2)
            one_kill(desk, seed, kills)
            if seed % 3 == 0:
                made.keep_a_promise()
        desk.mail.rule(Rules())
        made.keep_all_promises()
        audiences = made.audiences()
        found = desk.compared(
            lambda: check(desk.mail.ledger.rows(), held=kills.held, staff_held=kills.staff_held, audiences=audiences)
        )
    return kills, found


def one_kill(desk: Desk, seed: int, kills: Kills) -> None:
    """Kill what the seed says, and wait until the work goes on."""
    dice = random.Random(seed)
    victim = choose(desk, seed, dice)
    time.sleep(dice.uniform(0.0, 0.3))
    sending, telling = senders(), notifiers()
    before = {one.pid for one in living(desk.pid, desk.parts)}
    killed_at, began = time.time(), time.monotonic()
    kill(victim.pid)
    if victim.part == "supervisor":
        desk.wait_for(desk.restart_if_dead, "the supervisor's end", 5)
    watch = _Watch(desk, victim.cluster or "default", killed_at, seed)
    try:
        desk.wait_for(watch.goes_on, f"work after the kill of a {victim.part}", 45)
    except RuntimeError as error:
        kills.stuck += 1
        print(error, file=sys.stderr, flush=True)  # noqa: T201 - a run of hours says what it met
    kills.note(victim.part, time.monotonic() - began)
    # A cluster that was replaced took its senders with it.
    dead = {pid for pid in before if not is_alive(pid)} | {victim.pid}
    kills.held += CONNECTIONS * len(dead & sending)
    kills.staff_held += len(dead & telling)


def choose(desk: Desk, seed: int, dice: random.Random) -> Victim:
    """The victim of a seed among those that live now."""
    found: list[Victim] = []

    def look() -> bool:
        found[:] = _candidates(desk, seed)
        return bool(found)

    desk.wait_for(look, "a victim", 30)
    return dice.choice(sorted(found, key=lambda one: one.pid))


def _candidates(desk: Desk, seed: int) -> list[Victim]:
    there = living(desk.pid, desk.parts)
    if seed % 5 == 4:
        return [one for one in there if one.part == OTHERS[seed // 5 % len(OTHERS)]]
    workers = [one for one in there if one.part == "worker"]
    if seed % 2 == 0:
        sending = senders()
        return [one for one in workers if one.pid in sending]
    return workers


class _Watch:
    """Whether the work goes on after a kill."""

    def __init__(self, desk: Desk, cluster: str, killed_at: float, seed: int) -> None:
        self._desk, self._cluster, self._killed_at, self._seed = desk, cluster, killed_at, seed
        self._notes = desk.folder / f"notes-{seed}"
        self._note_at = 0.0

    def goes_on(self) -> bool:
        """Mail leaves, every loop runs, new tasks are done."""
        if not self._notes.exists() and time.monotonic() >= self._note_at:
            self._note_at = time.monotonic() + NOTE_SECONDS
            task = "tests.faults.victims_app.note_done"
            async_task(task, str(self._notes), self._seed, q_options={"cluster": self._cluster, "save": False})
        accepted = self._desk.mail.ledger.rows()
        sent_again = bool(accepted) and accepted[-1].at > self._killed_at + AFTERMATH
        return sent_again and self._notes.exists() and self._desk.all_loops_run()
