"""Firing an alarm at the running demonstration, as Alertmanager would: webhook version 4 over HTTP."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

FILE = "running.json"
PATH = "/in/alertmanager/"
TIMEOUT = 15.0
ALARMS: Mapping[str, Mapping[str, str]] = {
    "checkout": {
        "alertname": "CheckoutErrorsHigh",
        "service": "checkout",
        "region": "us-east",
        "summary": "Checkout in us-east fails for one call in five",
        "description": "The share of answers with status 5xx was 21 % over two minutes; the objective is 0.1 %.",
    },
    "storage": {
        "alertname": "ObjectStorageUnreachable",
        "service": "object-storage",
        "region": "eu-central",
        "summary": "Object Storage in eu-central does not answer",
        "description": "No probe has succeeded for three minutes.",
    },
    "webhooks": {
        "alertname": "WebhookBacklog",
        "service": "webhooks",
        "region": "eu-west",
        "summary": "Webhooks in eu-west are delivered late",
        "description": "The oldest event in the queue has waited for 11 minutes; the objective is 30 seconds.",
    },
}


class NotRunning(Exception):
    """There is no demonstration to fire at, or it does not take the alarm; the text says what to do."""


def payload(name: str, *, now: datetime, resolved: bool = False) -> dict[str, Any]:
    """What Alertmanager posts for one alert (webhook version 4), with the time given in UTC."""
    alarm = ALARMS[name]
    labels = {key: alarm[key] for key in ("alertname", "service", "region")} | {"severity": "critical"}
    annotations = {key: alarm[key] for key in ("summary", "description")}
    status = "resolved" if resolved else "firing"
    alert = {
        "status": status,
        "labels": labels,
        "annotations": annotations,
        "startsAt": now.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "endsAt": now.astimezone(UTC).isoformat().replace("+00:00", "Z") if resolved else "0001-01-01T00:00:00Z",
        "generatorURL": "https://prometheus.example/graph",
        "fingerprint": hashlib.sha256(json.dumps(labels, sort_keys=True).encode()).hexdigest()[:16],
    }
    return {
        "version": "4",
        "groupKey": f'{{}}:{{alertname="{alarm["alertname"]}"}}',
        "truncatedAlerts": 0,
        "status": status,
        "receiver": "crisisdesk",
        "groupLabels": {"alertname": alarm["alertname"]},
        "commonLabels": labels,
        "commonAnnotations": annotations,
        "externalURL": "https://alertmanager.example",
        "alerts": [alert],
    }


def remember(directory: Path, *, port: int, tray_port: int, token: str) -> None:
    """Write down where desk and tray listen and the token of the alert source; for the owner only."""
    path = directory / FILE
    path.touch(mode=0o600)
    path.chmod(0o600)
    path.write_text(json.dumps({"port": port, "tray_port": tray_port, "token": token}) + "\n")


def remembered(directory: Path) -> dict[str, Any]:
    """What was written down, or nothing."""
    path = directory / FILE
    found = json.loads(path.read_text()) if path.exists() else {}
    return found if isinstance(found, dict) else {}


def fire(directory: Path, name: str, *, now: datetime, resolved: bool = False) -> dict[str, int]:
    """Post the alarm and return what the desk answers: how many alerts were new, repeated, resolved.

    Raises NotRunning.
    """
    found = remembered(directory)
    if not found:
        raise NotRunning(f"No demonstration was ever started in {directory}. Start one: make demo")
    connection = HTTPConnection("127.0.0.1", int(found["port"]), timeout=TIMEOUT)
    body = json.dumps(payload(name, now=now, resolved=resolved))
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {found['token']}"}
    try:
        connection.request("POST", PATH, body, headers)
        answer = connection.getresponse()
        text = answer.read().decode("utf-8", "replace")
    except (OSError, HTTPException) as error:
        raise NotRunning(f"Nobody answers on port {found['port']}. Start the demonstration first: make demo") from error
    finally:
        connection.close()
    if answer.status != 200:
        raise NotRunning(f"The desk refused the alarm ({answer.status}): {text[:300]}")
    counts: dict[str, int] = json.loads(text)
    return counts
