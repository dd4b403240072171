"""Mistakes in the deployment are found before they matter."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from django.conf import settings as project

from crisisdesk.core.engine import loops
from crisisdesk.core.engine.checks import check_clusters


@pytest.fixture
def queue(settings: Any) -> dict[str, Any]:
    """A copy of the clusters' settings to spoil."""
    settings.Q_CLUSTER = copy.deepcopy(project.Q_CLUSTER)
    spoiled: dict[str, Any] = settings.Q_CLUSTER
    return spoiled


def test_it_finds_nothing_wrong_with_the_defaults() -> None:
    assert check_clusters() == []


def test_it_finds_another_broker(queue: dict[str, Any]) -> None:
    del queue["broker_class"]
    assert [found.id for found in check_clusters()] == ["crisisdesk.E101"]


def test_it_finds_too_few_workers(queue: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loops, "_loops", {str(n): loops.Loop(str(n), lambda p: 0) for n in range(4)})
    queue["ALT_CLUSTERS"]["loops"]["workers"] = 4
    (found,) = check_clusters()
    assert (found.id, found.hint) == ("crisisdesk.W102", "Set CRISISDESK_LOOP_WORKERS to 5 or more.")


def test_it_finds_runs_that_would_be_cut_off(queue: dict[str, Any]) -> None:
    queue["ALT_CLUSTERS"]["loops"]["timeout"] = 10
    assert [found.id for found in check_clusters()] == ["crisisdesk.E103"]
