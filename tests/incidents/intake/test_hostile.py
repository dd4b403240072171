"""Whatever is posted: stored whole or refused with a reason, and the next request is served."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crisisdesk.core.refusals import InvalidInput
from incidents.intake import alertmanager, strict
from incidents.models import Alert, TimelineEntry
from tests.incidents.intake.conftest import Post, alert, webhook

NOW = datetime(2026, 3, 10, 14, 0, tzinfo=UTC)
DEEP = b'{"version": "4", "x": ' + b"[" * 10_000 + b"]" * 10_000 + b"}"


def body(**changes: Any) -> bytes:
    """A good request with one alert changed."""
    return json.dumps(webhook(alert(**changes))).encode()


HOSTILE = [
    pytest.param(b"", 411, "Send a body", id="nothing"),
    pytest.param(b"{", 400, "not JSON", id="half"),
    pytest.param(b"\xff\xfe", 400, "not UTF-8", id="not UTF-8"),
    pytest.param(b'"\xed\xa0\x80"', 400, "not UTF-8", id="a surrogate in UTF-8"),
    pytest.param(b"[]", 400, "must be a JSON object, not a list", id="a list"),
    pytest.param(b"null", 400, "not null", id="null"),
    pytest.param(DEEP, 400, "nested more than", id="depth 10,000"),
    pytest.param(b'{"a":' * 40 + b"1" + b"}" * 40, 400, "nested more than", id="depth 40"),
    pytest.param(b" " * 1_000_001, 413, "1000000 is the most", id="over 1 MB"),
    pytest.param(b'{"version": NaN}', 400, "NaN is not JSON", id="NaN"),
    pytest.param(b'{"version": -Infinity}', 400, "-Infinity is not JSON", id="-Infinity"),
    pytest.param(b'{"version": 1e999}', 400, "too large", id="1e999"),
    pytest.param(b'{"version": ' + b"9" * 5000 + b"}", 400, "too long", id="5,000 digits"),
    pytest.param(b'{"version": "4", "x": "\\u0000"}', 400, "NUL", id="NUL in an unknown key"),
    pytest.param(b'{"version": "4", "\\u0000": 1}', 400, "NUL", id="NUL as a key"),
    pytest.param(b'{"version": "4", "x": "\\ud800"}', 400, "surrogate", id="a lone surrogate"),
    pytest.param(json.dumps(webhook(version="5")).encode(), 400, "version must be 4, not “5”", id="version 5"),
    pytest.param(json.dumps(webhook(version=4)).encode(), 400, "version must be a string", id="version as a number"),
    pytest.param(b'{"version": "4", "status": "firing"}', 400, "alerts is missing", id="no alerts"),
    pytest.param(json.dumps(webhook(alerts={})).encode(), 400, "alerts must be a list", id="alerts no list"),
    pytest.param(json.dumps(webhook(alerts=[1])).encode(), 400, "alerts[0] must be an object", id="alert no object"),
    pytest.param(json.dumps(webhook(truncatedAlerts="1")).encode(), 400, "truncatedAlerts must be", id="a text count"),
    pytest.param(json.dumps(webhook(groupLabels=[])).encode(), 400, "groupLabels must be an object", id="group labels"),
    pytest.param(body(status="pending"), 400, "alerts[0].status must be firing or resolved", id="status"),
    pytest.param(body(labels={"job": 7}), 400, "alerts[0].labels.job must be a string, not a number", id="label"),
    pytest.param(body(annotations=["x"]), 400, "alerts[0].annotations must be an object", id="annotations"),
    pytest.param(body(fingerprint=""), 400, "alerts[0].fingerprint is empty", id="no fingerprint"),
    pytest.param(body(fingerprint="f" * 81), 400, "81 characters; 80 is the most", id="long fingerprint"),
    pytest.param(body(startsAt="yesterday"), 400, "alerts[0].startsAt is not an RFC 3339 time", id="no time"),
    pytest.param(body(startsAt="2026-03-10"), 400, "not an RFC 3339 time", id="a date"),
    pytest.param(body(startsAt="2026-03-10T14:00:00"), 400, "not an RFC 3339 time", id="no zone"),
    pytest.param(body(startsAt="2026-02-30T14:00:00Z"), 400, "no possible time", id="30 February"),
    pytest.param(body(endsAt=0), 400, "alerts[0].endsAt must be a string", id="a number as time"),
    pytest.param(body(generatorURL=True), 400, "generatorURL must be a string, not true or false", id="a bool as URL"),
]


@pytest.mark.django_db
@pytest.mark.parametrize(("content", "status", "text"), HOSTILE)
def test_it_refuses_and_says_why(post: Post, content: bytes, status: int, text: str) -> None:
    response = post(content)
    assert response.status_code == status
    assert text in response.json()["error"]
    assert not Alert.objects.exists()
    assert post(webhook(alert())).status_code == 200, "the next request is served"


@pytest.mark.django_db
def test_it_stores_nothing_when_one_of_many_alerts_is_malformed(post: Post) -> None:
    good = [alert(f"f{number}") for number in range(50)]
    response = post(webhook(*good, alert("bad", labels={"x": None}), alert("last")))
    assert response.status_code == 400
    assert "alerts[50].labels.x must be a string, not null" in response.json()["error"]
    assert not Alert.objects.exists()
    assert not TimelineEntry.objects.exists()


@pytest.mark.django_db
def test_it_takes_what_is_odd_and_harmless(post: Post) -> None:
    odd = alert(
        annotations={"summary": "Payments\r\nBcc: all@example.com \u202egnp.exe 🧑‍🚒" + "x" * 10_000},
        generatorURL="javascript:alert(1)",
        startsAt="2199-01-01T00:00:00+05:45",
        newKey={"nested": [1, None, 2.5]},
    )
    assert post(webhook(odd, notification_reason="new", routeLabels={})).status_code == 200
    row = Alert.objects.get()
    assert row.title.startswith("Payments Bcc: all@example.com gnp.exe 🧑‍🚒")
    assert len(row.title) == 300
    assert row.link == "", "only http and https are linked to"
    assert row.started_at <= row.first_seen_at, "nothing began in the future"


@pytest.mark.django_db
def test_it_takes_a_zero_start_and_no_optional_keys(post: Post) -> None:
    bare = {"status": "firing", "fingerprint": "f", "startsAt": "0001-01-01T00:00:00Z"}
    assert post({"version": "4", "status": "firing", "alerts": [bare]}).status_code == 200
    row = Alert.objects.get()
    assert row.title == "Alert"
    assert row.started_at == row.first_seen_at


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(key=st.sampled_from([*alert(), "unknown"]), value=json_values)
@settings(deadline=None, max_examples=200)
def test_it_understands_or_refuses_any_value_anywhere_in_an_alert(key: str, value: Any) -> None:
    outcome(json.dumps(webhook(alert(**{key: value}))).encode())


@given(key=st.sampled_from([*webhook(), "unknown"]), value=json_values)
@settings(deadline=None, max_examples=200)
def test_it_understands_or_refuses_any_value_anywhere_in_a_request(key: str, value: Any) -> None:
    outcome(json.dumps(webhook(alert(), **{key: value})).encode())


@given(content=st.binary(max_size=300))
@settings(deadline=None, max_examples=200, suppress_health_check=[HealthCheck.too_slow])
def test_it_understands_or_refuses_any_bytes(content: bytes) -> None:
    outcome(content)


def outcome(content: bytes) -> None:
    """Signals that a database can store, or a refusal in words; nothing else."""
    try:
        signals = alertmanager.signals(strict.parse(content), NOW)
    except InvalidInput as refusal:
        if not str(refusal):
            pytest.fail("a refusal without words")
        return
    for signal in signals:
        assert 0 < len(signal.title) <= 300
        assert 0 < len(signal.fingerprint) <= 80
        assert signal.started_at <= NOW
        assert len(signal.link) <= 1000
        for text in (signal.title, signal.description, signal.fingerprint, signal.link):
            assert "\x00" not in text.encode("utf-8").decode()
