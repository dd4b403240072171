"""Similar past outages: suggested by their words, confirmed or rejected by name."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest
from django.test import Client

from crisisdesk.core.actors import Actor
from crisisdesk.core.models import AuditEntry, User
from crisisdesk.core.refusals import InvalidInput, NotAllowed
from customers.affected import Scope
from incidents.alike import Past as Outage
from incidents.models import Incident
from incidents.qualify import declare
from postmortems import similar
from postmortems.models import AlertVerdict, SimilarityVerdict
from tests import factories
from tests.postmortems.conftest import Past, Reported

DAY = timedelta(days=1)
SignIn = Callable[[User], Client]


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    similar.forget()
    yield
    similar.forget()


@pytest.fixture
def history(past: Past, now: datetime) -> dict[str, Incident]:
    """Five outages; two speak of a pool of connections, two of certificates."""
    titles = {
        "pool": "Connection pool exhausted, payments time out",
        "dry": "Pool of connections ran dry",
        "cert": "Certificate of login expired",
        "old cert": "Expired certificate on the gateway",
        "search": "Stale search results",
    }
    return {name: past(now - (9 - n) * DAY, title=title) for n, (name, title) in enumerate(titles.items())}


def suggested(incident: Incident) -> list[Outage]:
    """What the post-mortem of the outage would show; it need not be written yet."""
    return similar.suggestions(incident)


def names(history: dict[str, Incident], incident: Incident) -> list[str]:
    by_key = {row.pk: name for name, row in history.items()}
    return [by_key[row.incident_id] for row in suggested(incident)]


def test_a_title_that_was_changed_counts_at_once(history: dict[str, Incident]) -> None:
    assert names(history, history["cert"]) == ["old cert"]
    Incident.objects.filter(pk=history["search"].pk).update(title="Search shows an expired certificate")
    assert set(names(history, history["cert"])) == {"old cert", "search"}


def test_it_suggests_by_shared_words(history: dict[str, Incident]) -> None:
    (found,) = suggested(history["cert"])
    assert found.incident_id == history["old cert"].pk
    assert set(found.words) == {"certificate", "expired"}
    assert names(history, history["search"]) == []


def test_a_drill_is_never_suggested(history: dict[str, Incident], past: Past, now: datetime) -> None:
    past(now, title="Certificate expired", is_drill=True)
    assert names(history, history["cert"]) == ["old cert"]


def test_a_rejected_one_is_not_suggested_again(history: dict[str, Incident], by_ivo: Actor, now: datetime) -> None:
    similar.judge(history["cert"], history["old cert"], is_similar=False, by=by_ivo, now=now)
    assert names(history, history["cert"]) == []
    assert names(history, history["old cert"]) == []
    assert AuditEntry.objects.get(action="postmortem.similarity_rejected").data == {
        "other": history["old cert"].reference
    }


def test_a_confirmed_one_leads_and_says_who(history: dict[str, Incident], by_ivo: Actor, now: datetime) -> None:
    similar.judge(history["cert"], history["search"], is_similar=True, by=by_ivo, now=now)
    assert names(history, history["cert"]) == ["search", "old cert"]
    assert suggested(history["search"])[0].confirmed_by == "Ivo Brandt"


def test_relatives_of_a_confirmed_one_climb(past: Past, by_ivo: Actor, now: datetime) -> None:
    asked = past(now, title="Login slow, tokens rejected")
    near = past(now - DAY, title="Login slow for partners")
    far = past(now - 2 * DAY, title="Tokens rejected by clock skew")
    known = past(now - 3 * DAY, title="Clock skew of time servers")
    past(now - 4 * DAY, title="Login slow")
    before = [row.incident_id for row in suggested(asked)]
    similar.judge(asked, known, is_similar=True, by=by_ivo, now=now)
    after = [row.incident_id for row in suggested(asked)]

    assert after[0] == known.pk
    assert near.pk in after
    assert after[1:].index(far.pk) <= before.index(far.pk)
    assert after[1] == far.pk


def test_a_mind_may_change(history: dict[str, Incident], by_ivo: Actor, now: datetime) -> None:
    one, other = history["cert"], history["old cert"]
    similar.judge(one, other, is_similar=True, by=by_ivo, now=now)
    row = similar.judge(other, one, is_similar=False, by=by_ivo, now=now + DAY)
    assert SimilarityVerdict.objects.count() == 1
    assert [each.is_similar for each in row.history.order_by("history_id")] == [True, False]
    similar.judge(one, other, is_similar=False, by=by_ivo, now=now + DAY)
    assert row.history.count() == 2


def test_only_operations_judge_and_only_two_real_outages(
    history: dict[str, Incident], past: Past, by_ivo: Actor, by_dana: Actor, by_mira: Actor, now: datetime
) -> None:
    one, other = history["cert"], history["old cert"]
    for actor in (by_dana, by_mira):
        with pytest.raises(NotAllowed, match=r"may not write a post-mortem\. This takes Operations\."):
            similar.judge(one, other, is_similar=True, by=actor, now=now)
    with pytest.raises(InvalidInput, match="not compared with itself"):
        similar.judge(one, one, is_similar=True, by=by_ivo, now=now)
    with pytest.raises(InvalidInput, match="Drills"):
        similar.judge(one, past(now, is_drill=True), is_similar=True, by=by_ivo, now=now)


def test_a_new_outage_is_compared_at_once(history: dict[str, Incident], past: Past, now: datetime) -> None:
    assert names(history, history["search"]) == []
    history["new"] = past(now, title="Search results stale again")
    assert names(history, history["search"]) == ["new"]


def test_operations_answer_on_the_page(
    signed_in: SignIn, ivo: User, dana: User, reported: Reported, past: Past, now: datetime
) -> None:
    postmortem = reported(now - DAY, title="Certificate of login expired")
    other = past(now - 9 * DAY, title="Expired certificate on the gateway")
    url = f"/admin/postmortems/postmortem/{postmortem.pk}/change/"

    page = signed_in(dana).get(url).content.decode()
    assert "Expired certificate on the gateway" in page
    assert 'value="alike"' not in page
    page = signed_in(ivo).get(url).content.decode()
    assert "words in common: " in page
    assert signed_in(dana).post(url, {"verb": "alike", "other": other.pk, "alike": "yes"}).status_code == 403
    assert signed_in(ivo).post(url, {"verb": "alike", "other": "x", "alike": "yes"}).status_code == 400
    page = signed_in(ivo).post(url, {"verb": "alike", "other": other.pk, "alike": "yes"}, follow=True).content.decode()
    assert "confirmed by Ivo Brandt" in page
    signed_in(ivo).post(url, {"verb": "alike", "other": other.pk, "alike": "no"})
    assert "No past outage shares telling words" in signed_in(ivo).get(url).content.decode()


def test_the_qualify_page_suggests_explains_and_learns(
    signed_in: SignIn, ivo: User, dana: User, by_ivo: Actor, history: dict[str, Incident], now: datetime
) -> None:
    alert = factories.alert(now, "Gateway: certificate expired")
    url = f"/admin/alerts/{alert.pk}/qualify/"
    page = signed_in(ivo).get(url).content.decode()
    assert "Expired certificate on the gateway" in page
    assert "words in common: " in page
    pressed = {"decision": "alike", "other": history["cert"].pk, "alike": "no"}
    assert signed_in(dana).post(url, pressed).status_code == 403

    assert signed_in(ivo).post(url, pressed).status_code == 302
    pressed = {"decision": "alike", "other": history["search"].pk, "alike": "yes"}
    page = signed_in(ivo).post(url, pressed, follow=True).content.decode()

    assert "Certificate of login expired" not in page
    assert "confirmed by Ivo Brandt" in page
    assert AlertVerdict.objects.count() == 2
    # What was said of the alert holds for the outage that it becomes.
    declared = declare([alert], title="Gateway: certificate expired", severity="SEV2",
                       scopes=[Scope(factories.service().pk)], by=by_ivo, now=now)  # fmt: skip
    history["new"] = declared
    assert names(history, declared) == ["search", "old cert"]


def test_the_page_of_an_outage_suggests_too(
    signed_in: SignIn, ivo: User, mira: User, history: dict[str, Incident]
) -> None:
    url = f"/review/incidents/{history['cert'].pk}/"
    page = signed_in(mira).get(url).content.decode()
    assert "Expired certificate on the gateway" in page
    assert 'name="alike"' not in page
    pressed = {"alike": "yes", "other": history["old cert"].pk}
    assert signed_in(mira).post(url, pressed).status_code == 403
    assert "confirmed by Ivo Brandt" in signed_in(ivo).post(url, pressed, follow=True).content.decode()
