"""S8: a storm of alerts into one web process, one request for each, beside a view that inserts one row.

10,000 firing alerts of 50 groups, mixed, from one Alertmanager over four kept-open connections. The desk's own clusters
run beside it and its notifier hands the page of the first alert to smtp-sink.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from pathlib import Path

from django.db.models import Min, Sum

from benchmarks.people import make_people, put_on_call
from benchmarks.processes import desk, mail_sink, wait_for
from benchmarks.result import Result, Run, say, spread
from crisisdesk.core import clock
from crisisdesk.core.actors import Actor
from incidents.intake.sources import create_source
from incidents.models import Alert, Notification

GROUPS = 50
CONNECTIONS = 4
SHARE = 0.5
NOTIFIED_SECONDS = 2.0
INTAKE, INSERT = "/in/alertmanager/", "/benchmark/insert/"


def run(run: Run) -> Result:
    """The value is the rate of intake as a share of the plain insert's, both before and after the storm."""
    count = run.sized(1_000, 10_000)
    put_on_call(make_people(), clock.now())
    _, token = create_source("Production", by=Actor.job("command line"), now=clock.now())
    arguments = ["--web-port", "0", "--web-workers", "1"]
    with (
        mail_sink() as mail,
        desk(run.folder, mail, *arguments, settings="benchmarks.storm_settings") as log,
    ):
        port = _port(log)
        plain = [_body(number % GROUPS) for number in range(count // 5)]
        before = _rate(_post_all(port, INSERT, token, plain))
        began = clock.now()
        times = _post_all(port, INTAKE, token, [_body(number % GROUPS) for number in range(count)])
        rate = _rate(times)
        after = _rate(_post_all(port, INSERT, token, plain))
        sent = Notification.objects.filter(sent_at__isnull=False)
        wait_for(sent.exists, "the first notification", log, seconds=30)
        first = sent.aggregate(at=Min("sent_at"))["at"]
    notified = (first - began).total_seconds()
    alerts, seen = Alert.objects.count(), Alert.objects.aggregate(seen=Sum("times_seen"))["seen"]
    reference = (before + after) / 2
    details = {
        "requests": count,
        "requests_per_s": round(rate, 1),
        "plain_insert_per_s": round(reference, 1),
        "answer_ms": spread([1000 * took for took in times.seconds], 1),
        "first_notification_s": round(notified, 2),
        "alerts": alerts,
        "times_seen": seen,
        "notifications": Notification.objects.count(),
        "bars": {"share": SHARE, "first_notification_s": NOTIFIED_SECONDS, "alerts": GROUPS, "times_seen": count},
    }
    kept = alerts == GROUPS and seen == count and notified <= NOTIFIED_SECONDS
    share = rate / reference
    return Result(round(share, 2), SHARE, kept and share >= SHARE, "rate as a share of the plain insert's", details)


class Times:
    """How long each answer took, and all of them together, in seconds."""

    def __init__(self, seconds: Sequence[float], together: float) -> None:
        self.seconds, self.together = seconds, together


def _rate(times: Times) -> float:
    return len(times.seconds) / times.together


def _port(log: Path) -> int:
    """The port from the line that the command prints."""
    pattern = re.compile(r"Listening on http://127\.0\.0\.1:(\d+)/")
    wait_for(lambda: pattern.search(log.read_text()), "the web process", log)
    found = pattern.search(log.read_text())
    if found is None:
        raise RuntimeError("the web process named no port")
    port = int(found[1])
    wait_for(lambda: _alive(port), "the web process's answer", log)
    return port


def _alive(port: int) -> bool:
    connection = HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/livez")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def _post_all(port: int, path: str, token: str, bodies: Sequence[bytes]) -> Times:
    """Post all of them over a few connections; RuntimeError at an answer other than 200."""
    start = time.perf_counter()
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        parts = [bodies[number::CONNECTIONS] for number in range(CONNECTIONS)]
        seconds = [took for part in pool.map(lambda part: _post_some(port, path, token, part), parts) for took in part]
    together = time.perf_counter() - start
    say(f"{path}: {len(bodies)} in {together:.1f} s")
    return Times(seconds, together)


def _post_some(port: int, path: str, token: str, bodies: Sequence[bytes]) -> list[float]:
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    took = []
    for body in bodies:
        start = time.perf_counter()
        connection.request("POST", path, body, headers)
        response = connection.getresponse()
        answer = response.read()
        if response.status != 200:
            raise RuntimeError(f"{path} answered {response.status}: {answer[:300]!r}")
        took.append(time.perf_counter() - start)
    connection.close()
    return took


def _body(group: int) -> bytes:
    """A request as Alertmanager 0.25 sends it."""
    labels = {"alertname": "HighErrorRate", "service": "payments", "instance": f"pay-{group}:9100"}
    alert = {
        "status": "firing",
        "labels": labels,
        "annotations": {"summary": f"Payments API: high error rate on pay-{group}", "description": "5xx above 5 %"},
        "startsAt": "2026-03-10T13:58:02.123456789Z",
        "endsAt": "0001-01-01T00:00:00Z",
        "generatorURL": "http://prometheus.internal:9090/graph?g0.expr=up",
        "fingerprint": f"{group:016x}",
    }
    whole = {
        "receiver": "crisisdesk",
        "status": "firing",
        "alerts": [alert],
        "groupLabels": {"alertname": "HighErrorRate"},
        "commonLabels": labels,
        "commonAnnotations": {},
        "externalURL": "http://alertmanager.internal:9093",
        "version": "4",
        "groupKey": f'{{}}:{{instance="pay-{group}"}}',
        "truncatedAlerts": 0,
    }
    return json.dumps(whole).encode()
