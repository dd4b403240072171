"""Words that should not reach customers."""

from __future__ import annotations

import pytest

from crisisdesk.core.models import User
from customers.models import Instance
from postmortems.looking import findings
from postmortems.models import Postmortem
from postmortems.slips import slips
from tests import factories


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("Ivo Brandt restarted it.", "Ivo Brandt"),
        ("Ivo restarted it.", "Ivo"),
        ("It ran on db01.eu.acme.net alone.", "db01.eu.acme.net"),
        ("It ran on prodmaster.eu.acme.net.", "prodmaster.eu.acme.net"),
        ("The disk of db01 was full.", "db01"),
        ("WEB01 answered nothing.", "WEB01"),
        ("We restarted app_server_02.", "app_server_02"),
        ("We lost fe80::1 first.", "fe80::1"),
        ("We lost 2001:db8:0:0:0:0:0:17.", "2001:db8:0:0:0:0:0:17"),
        ("See #4711.", "#4711"),
        ("See ticket 4711.", "ticket 4711"),
        ("See https://acme.atlassian.net/browse/x.", "https://acme.atlassian.net/browse/x"),
        ("ivo brandt restarted it.", "Ivo Brandt"),
        ("The database db-prod-03 was full.", "db-prod-03"),
        ("Traffic went to web-eu2 alone.", "web-eu2"),
        ("It ran on k8s-node-17.", "k8s-node-17"),
        ("vault.corp did not answer.", "vault.corp"),
        ("redis.cache.internal was down", "redis.cache.internal"),
        ("We lost 10.2.0.14.", "10.2.0.14"),
        ("Ask ops@vendor.example.", "ops@vendor.example"),
        ("See OPS-4411.", "OPS-4411"),
        ("The Bluebird cluster was full.", "Bluebird"),
        ("It cost 3,060 customer-minutes.", "3,060 customer-minutes"),
    ],
)
def test_it_flags_what_is_internal(text: str, word: str) -> None:
    (found,) = slips(text, people=["Ivo Brandt", ""], code_names=["Bluebird"])
    assert found.word == word
    assert str(found).startswith(f"“{word}” ")


@pytest.mark.parametrize(
    "text",
    [
        "From 14:00 to 15:30 UTC on 10 March 2026, 12 % of payments failed.",
        "At 16:00 UTC+2, or UTC-5, we were done; HTTP-500 answers ended. See INC-42.",
        "At 14:05:30 UTC version 2.4.1 was out; HTTP2, IPv6, SHA256, S3 and utf8 were well. We are number 1.",
        "Read https://status.vendor.example/incidents and www.vendor.example. # 12 causes\n## 3 What we will change",
        "We use TLS-1 no longer and sign with SHA-256.",
        "It began in eu-west-1 and reached us-east-2.",
        "Write to support@vendor.example. A long-term, well-known, twenty-four-hour fix follows.",
    ],
)
def test_it_leaves_plain_words_alone(text: str) -> None:
    public = ["eu-west-1", "us-east-2", "support@vendor.example"]
    assert slips(text, people=["Ivo Brandt"], public=public) == []


def test_it_names_each_word_once() -> None:
    assert [slip.word for slip in slips("db-prod-03, then db-prod-03 again, then OPS-1")] == ["db-prod-03", "OPS-1"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Brandt restarted it.", ["Brandt"]),
        ("Ivo Brandt wrote it; then Brandt went home.", ["Ivo Brandt", "Brandt"]),
        # A name of two letters is a word too often; a name written small is a plain word.
        ("Bo restarted it, in one brandt of ivo.", []),
        ("Brandtner restarted it.", []),
    ],
)
def test_a_single_name_of_a_colleague_is_flagged(text: str, expected: list[str]) -> None:
    assert [slip.word for slip in slips(text, people=["Ivo Brandt", "Bo Ek"])] == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Globex noticed it first.", ["Globex"]),
        ("Globex's orders waited.", ["Globex"]),
        ("Smith & Sons (Ltd.) lost orders.", ["Smith & Sons (Ltd.)"]),
        ("The globex of all things; Globexia; inGlobex.", []),
    ],
)
def test_a_name_of_another_customer_is_flagged(text: str, expected: list[str]) -> None:
    assert [slip.word for slip in slips(text, customers=["Globex", "Smith & Sons (Ltd.)"])] == expected


def test_names_of_any_customer_and_instance_are_looked_up(postmortem: Postmortem, ivo: User) -> None:
    Instance.objects.create(service=factories.service("Reports"), region=None, name="Nightingale")
    postmortem.edition_subject = "What happened on 10 March"
    postmortem.edition_body = "Globex and Nightingale were slow. Payments API and Acme recovered, said Brandt."

    found = {slip.word: slip.why for slip in findings(postmortem)}

    assert set(found) == {"Globex", "Acme", "Nightingale", "Brandt"}
    assert found["Nightingale"] == "is an internal name"
    assert found["Globex"].startswith("is a customer")


def test_names_of_people_at_customers_are_looked_up(postmortem: Postmortem) -> None:
    globex = factories.customer("Globex")
    factories.contact(globex, "Zoe Payne", email="zoe@globex.example")
    factories.contact(globex, "May", email="may@globex.example")
    postmortem.edition_body = "Zoe Payne rang us in May. Since then Payments API was slow for everybody."

    found = {slip.word: slip.why for slip in findings(postmortem)}

    assert found == {"Zoe Payne": "is somebody at a customer; the others need not read of them"}
