"""Words that hold only at one status are not proposed before it, and whoever chooses them says it (Step 4)."""

from __future__ import annotations

from datetime import datetime

import pytest

from crisisdesk.core.actors import Actor
from incidents.changes import set_status
from incidents.drafts import change_template, start_draft
from incidents.letters import words_of
from incidents.lint import findings
from incidents.models import Incident, Template
from incidents.templates import approve, proposed_for, save_template
from tests import factories as make

pytestmark = pytest.mark.django_db
FOUND, UNKNOWN = "Progress, cause found", "Progress, cause not known yet"


@pytest.fixture
def told(by_ivo: Actor, by_dana: Actor, now: datetime) -> Incident:
    """Customers were told of it; it is being investigated."""
    make.contact(make.customer("Acme", make.service()), "Ana")
    incident = make.incident(by_ivo, now)
    make.send(incident, "initial", by_dana, now)
    incident.refresh_from_db()
    return incident


def approved(name: str, by: Actor, now: datetime) -> Template:
    return approve(Template.objects.get(name=name), by=by, now=now)


def test_no_cause_is_claimed_to_be_found_before_it_is(
    told: Incident, by_ivo: Actor, by_dana: Actor, by_mara: Actor, now: datetime
) -> None:
    approved(FOUND, by_mara, now)
    draft = start_draft(told, kind="progress", by=by_dana, now=now)
    assert draft.template is None
    assert "found the cause" not in draft.body

    approved(UNKNOWN, by_mara, now)
    assert str(proposed_for(told, "progress")) == UNKNOWN
    told = set_status(told, "identified", by=by_ivo, now=now)
    assert str(proposed_for(told, "progress")) == FOUND


def test_whoever_chooses_them_says_so_to_customers(
    told: Incident, by_dana: Actor, by_mara: Actor, now: datetime
) -> None:
    draft = start_draft(told, kind="progress", by=by_dana, now=now)
    draft = change_template(draft, approved(FOUND, by_mara, now), version=draft.version, by=by_dana, now=now)
    assert draft.status == "identified"
    assert "Operations has set the incident to “investigating”" in " ".join(
        finding.text for finding in findings(words_of(draft, told))
    )
    draft.status = "investigating"
    assert "The template's words are for “identified”" in " ".join(
        finding.text for finding in findings(words_of(draft, told))
    )


def test_another_status_takes_the_approval_away(by_mara: Actor, now: datetime) -> None:
    template = approved(FOUND, by_mara, now)
    template.status = ""
    assert not save_template(template, by=by_mara, now=now).is_approved


def test_translations_follow_their_original() -> None:
    marked = Template.objects.exclude(status="").values_list("name", "status")
    assert set(marked) == {
        (f"{name}{suffix}", status)
        for name, status in ((UNKNOWN, "investigating"), (FOUND, "identified"))
        for suffix in ("", " (Deutsch)", " (Français)")
    }
