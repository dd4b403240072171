"""What is looked for in the audit trail: a reference, an act, a name."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
from django.test import Client
from django.urls import reverse

from crisisdesk.core import audit
from crisisdesk.core.actors import Actor
from crisisdesk.core.models import User

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("INC-4", {"tea.made"}),
        ("inc-4", {"tea.made"}),
        ("4", {"tea.made"}),
        ("Made", {"tea.made", "coffee.made"}),
        ("brandt", {"tea.made"}),
        ("reyes made", {"coffee.made"}),
        ("INC-44 brandt", set()),
    ],
)
def test_each_word_is_found_in_reference_act_or_name(
    words: str,
    found: set[str],
    signed_in: Callable[[User], Client],
    mira: User,
    by_ivo: Actor,
    by_dana: Actor,
    now: datetime,
) -> None:
    audit.record("tea.made", by=by_ivo, now=now, incident="INC-4")
    audit.record("coffee.made", by=by_dana, now=now, incident="INC-44")
    page = signed_in(mira).get(reverse("admin:core_auditentry_changelist"), {"q": words}).content.decode()
    assert {act for act in ("tea.made", "coffee.made") if f">{act}<" in page} == found
