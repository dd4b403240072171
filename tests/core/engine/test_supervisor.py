"""The supervisor as a whole: starts, ends in order, waits for its database."""

from __future__ import annotations

import itertools
import json
import signal
import socket
import time
import urllib.request
from urllib.parse import urlsplit

import psycopg
import pytest
from psycopg import sql

from tests.core.engine.desk import Desk, children_of, group_of
from tests.plugins.database import database_url


def test_it_runs_every_loop_soon_and_ends_in_order(desk: Desk) -> None:
    started = time.time()
    supervisor = desk.start()
    desk.wait_until_ticking()
    first = min(line.at for line in desk.lines("tick"))
    desk.wait_for(lambda: desk.beating_clusters() == {"default", "loops"}, what="an answer of both clusters")
    groups = children_of(supervisor.pid)
    told = time.time()
    supervisor.send_signal(signal.SIGTERM)
    assert supervisor.wait(20) == 0
    print(f"first pass after {first - started:.1f} s, ended after {time.time() - told:.1f} s")  # noqa: T201
    assert not any(group_of(group) for group in groups)
    assert "is killed" not in desk.logged()
    assert desk.lease_pids() == set(), "the leases were given back"
    assert "mallory" not in desk.logged()


@pytest.mark.full
def test_it_hands_over_from_run_to_run_without_a_pause(desk: Desk) -> None:
    desk.start()
    desk.wait_until_ticking()
    time.sleep(22.0)
    passes = desk.lines("tick")
    gaps = [later.at - earlier.at for earlier, later in itertools.pairwise(passes) if later.number > earlier.number]
    print(f"gaps between runs: {sorted(round(gap, 2) for gap in gaps)}")  # noqa: T201
    assert len(gaps) >= 3
    assert max(gaps) < 2.0


@pytest.mark.full
@pytest.mark.sqlite
def test_it_waits_for_a_database_without_tables_and_goes_on_when_they_come(desk: Desk) -> None:
    desk.environment["DATABASE_URL"] += "_later"
    supervisor = desk.start()
    desk.wait_for(lambda: "Waiting for the database" in desk.logged(), what="a word about the database")
    time.sleep(6.0)
    assert supervisor.poll() is None
    assert "has not answered" not in desk.logged()
    desk.manage("migrate", "-v0")
    desk.wait_until_ticking(15.0)


@pytest.mark.full
@pytest.mark.postgres
def test_it_kills_nobody_while_the_database_is_away_and_goes_on_when_it_is_back(desk: Desk) -> None:
    supervisor = desk.start()
    desk.wait_for(lambda: desk.beating_clusters() == {"default", "loops"}, what="an answer of both clusters")
    clusters = sorted(children_of(supervisor.pid))
    database = urlsplit(desk.environment["DATABASE_URL"]).path.strip("/")
    with psycopg.connect(database_url("postgres"), autocommit=True) as server:
        name = sql.Identifier(database)
        server.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS false").format(name))
        server.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [database])
        time.sleep(12.0)
        server.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS true").format(name))
    desk.wait_until_ticking(10.0)
    assert sorted(children_of(supervisor.pid)) == clusters
    assert "Waiting for the database" in desk.logged()
    assert "The database answers again." in desk.logged()


@pytest.mark.full
def test_it_serves_the_web_on_a_free_port_and_says_which(desk: Desk) -> None:
    desk.start("--web-port", "0")
    desk.wait_for(lambda: "Listening on http://" in desk.logged(), what="the address")
    address = desk.logged().split("Listening on ")[1].split()[0]
    desk.wait_until_ticking()
    with urllib.request.urlopen(f"{address}livez", timeout=20) as answer:  # noqa: S310 - our own address
        assert json.load(answer) == {"ok": True}


@pytest.mark.sqlite
def test_it_says_plainly_that_a_port_is_taken(desk: Desk) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert desk.start("--web-port", str(port)).wait(30) == 1
    assert f"CommandError: Cannot listen on 127.0.0.1 port {port}: Address already in use." in desk.logged()
