"""Monitoring with a token, and a client that posts as Alertmanager does."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from crisisdesk.core import clock
from crisisdesk.core.actors import Actor
from incidents.intake.sources import create_source
from incidents.models import AlertSource

Post = Callable[..., Any]


@pytest.fixture(autouse=True)
def _link_keys(settings: Settings) -> None:
    settings.LINK_KEYS = ["a key for these tests, long enough to be one"]


@pytest.fixture
def made(db: None) -> tuple[AlertSource, str]:
    """A source and its token."""
    return create_source("Production Alertmanager", by=Actor.job("command line"), now=clock.now())


@pytest.fixture
def source(made: tuple[AlertSource, str]) -> AlertSource:
    """The source."""
    return made[0]


@pytest.fixture
def token(made: tuple[AlertSource, str]) -> str:
    """Its token."""
    return made[1]


@pytest.fixture
def post(token: str) -> Post:
    """Post a body (bytes as they are, anything else as JSON) with the source's token."""
    client = Client(enforce_csrf_checks=True)

    def send(body: object, *, authorization: str = f"Bearer {token}", **headers: str) -> Any:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return client.post(
            "/in/alertmanager/",
            content,
            content_type="application/json",
            headers={"authorization": authorization, **headers},
        )

    return send


def webhook(*alerts: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A request as Alertmanager 0.25 sends it."""
    return {
        "receiver": "crisisdesk",
        "status": "firing",
        "alerts": list(alerts),
        "groupLabels": {"alertname": "HighErrorRate"},
        "commonLabels": {"alertname": "HighErrorRate", "severity": "critical"},
        "commonAnnotations": {},
        "externalURL": "http://alertmanager.internal:9093",
        "version": "4",
        "groupKey": '{}:{alertname="HighErrorRate"}',
        "truncatedAlerts": 0,
        **more,
    }


def alert(fingerprint: str = "c4a3b0d9f2e15a77", **more: Any) -> dict[str, Any]:
    """One alert of a request."""
    return {
        "status": "firing",
        "labels": {"alertname": "HighErrorRate", "service": "payments", "instance": "pay-7:9100"},
        "annotations": {"summary": "Payments API: high error rate", "description": "5xx above 5 % for 2 minutes"},
        "startsAt": "2026-03-10T13:58:02.123456789Z",
        "endsAt": "0001-01-01T00:00:00Z",
        "generatorURL": "http://prometheus.internal:9090/graph?g0.expr=up",
        "fingerprint": fingerprint,
        **more,
    }
