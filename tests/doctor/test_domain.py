"""What DNS says about the sender's domain."""

from __future__ import annotations

import pytest

from crisisdesk.doctor.dns import CouldNotLook
from crisisdesk.doctor.domain import examine
from crisisdesk.doctor.finding import Finding, Level

SPF = "v=spf1 include:mail.example.net -all"
DMARC = "v=DMARC1; p=reject; rua=mailto:d@example.com"
KEY = "v=DKIM1; k=rsa; p=MIGf" + "A" * 212
GOOD = {
    "status.example.com": [SPF, "other=1"],
    "mail.example.net": ["v=spf1 ip4:192.0.2.0/24 ip6:2001:db8::/32 -all"],
    "_spf.example.com": ["v=spf1 a:mail.example.com/28//64 exists:%{i}._spf.%{d} exp=why.%{d} -all"],
    "_dmarc.example.com": [DMARC],
    "s1._domainkey.status.example.com": [KEY],
}


class Zone:
    """DNS as a dictionary of TXT records."""

    def __init__(self, texts: dict[str, list[str]], *, mail: tuple[str, ...] = ("status.example.com",)) -> None:
        self._texts, self._mail = texts, mail

    def texts(self, name: str) -> list[str]:
        return self._texts.get(name, [])

    def takes_mail(self, name: str) -> bool:
        return name in self._mail


class Silence(Zone):
    """Nobody answers."""

    def texts(self, name: str) -> list[str]:
        raise CouldNotLook("timeout")

    def takes_mail(self, name: str) -> bool:
        raise CouldNotLook("timeout")


def look(
    zone: Zone, *, selectors: tuple[str, ...] = ("s1",), sends_itself: bool = True, reply: str = "status.example.com"
) -> dict[str, Finding]:
    domain = "status.example.com"
    found = examine(domain, selectors=selectors, reply_domain=reply, sends_itself=sends_itself, resolver=zone)
    return {finding.about: finding for finding in found}


def test_a_domain_in_order_is_said_to_be() -> None:
    found = look(Zone(GOOD))
    assert {finding.level for finding in found.values()} == {Level.OK}
    assert "aligns" in found["SPF"].text
    assert not any(finding.hint for finding in found.values())


def test_nobody_answering_is_not_taken_for_a_missing_record() -> None:
    found = look(Silence({}))
    assert {finding.level for finding in found.values()} == {Level.WARN}
    assert all(finding.text.startswith("Could not look") for finding in found.values())


@pytest.mark.parametrize(
    ("records", "level", "words"),
    [
        ([], Level.FAIL, "no SPF record"),
        ([SPF, SPF], Level.FAIL, "2 SPF records"),
        (["v=spf1 a mx +all"], Level.FAIL, "every server of the world"),
        (["v=spf1 all"], Level.FAIL, "every server of the world"),
        (["v=spf1 ip4:192.0.2.1 ?all"], Level.WARN, "says nothing"),
        (["v=spf1 mx"], Level.WARN, "says nothing"),
        (["v=spf1 redirect=_spf.example.com"], Level.OK, "names its servers"),
        (["v=spf1 " + " ".join(f"exists:s{n}.example" for n in range(11)) + " -all"], Level.FAIL, "11 look-ups"),
        (["v=spf1 include:gone.example -all"], Level.FAIL, "gone.example, which has no SPF record"),
        (["v=spf1 redirect=gone.example"], Level.FAIL, "gone.example, which has no SPF record"),
        (["v=spf1 -all redirect=gone.example"], Level.OK, "names its servers"),
        (["v=spf1 ipv4:192.0.2.1 -all"], Level.FAIL, "“ipv4:192.0.2.1”"),
        (["v=spf1 ip4:192.0.2.0/24 a mx:mx.example ~all"], Level.OK, "names its servers"),
        (["v=spf10 -all"], Level.FAIL, "no SPF record"),
    ],
)
def test_it_reads_spf(records: list[str], level: Level, words: str) -> None:
    finding = look(Zone(GOOD | {"status.example.com": records}))["SPF"]
    assert finding.level is level
    assert words in finding.text
    assert bool(finding.hint) is (level is not Level.OK)


def test_behind_a_provider_spf_cannot_align_and_may_be_missing() -> None:
    assert look(Zone(GOOD | {"status.example.com": []}), sends_itself=False)["SPF"].level is Level.WARN


@pytest.mark.parametrize(
    ("texts", "selectors", "level", "words"),
    [
        ([KEY], (), Level.WARN, "only by its selector"),
        ([], ("s1",), Level.FAIL, "No key"),
        (["v=DKIM1; p="], ("s1",), Level.FAIL, "No key"),  # revoked, RFC 6376 §3.6.1
        ([KEY], ("s1", "s2"), Level.WARN, "No key under s2"),
        ([KEY[:-80]], ("s1",), Level.FAIL, "fewer than 1,024 bits"),
        (["v=DKIM1; k=ed25519; p=" + "A" * 44], ("s1",), Level.OK, "publishes its key"),
    ],
)
def test_it_looks_for_keys(texts: list[str], selectors: tuple[str, ...], level: Level, words: str) -> None:
    finding = look(Zone(GOOD | {"s1._domainkey.status.example.com": texts}), selectors=selectors)["DKIM"]
    assert finding.level is level
    assert words in finding.text


@pytest.mark.parametrize(
    ("at", "record", "level", "words"),
    [
        ("status.example.com", DMARC, Level.OK, "status.example.com protects"),
        ("example.com", DMARC, Level.OK, "example.com protects"),
        ("example.com", "v=DMARC1; p=none", Level.WARN, "p=none"),
        ("example.com", "v=DMARC1; p=reject; sp=none", Level.WARN, "p=none"),
        ("example.com", "v=DMARC1;p=quarantine;adkim=s", Level.WARN, "strict alignment"),
        ("status.example.com", "v=DMARC1;p=quarantine;adkim=s", Level.OK, "protects"),
        ("example.com", "v=DMARC1; p=reject; t=y", Level.WARN, "trying p=reject out"),
        ("example.com", "v=DMARC1; p=quarantine; pct=5", Level.WARN, "trying p=quarantine out"),
        ("example.com", "v=DMARC1; p=quarantine; pct=100", Level.OK, "protects"),
        ("com", DMARC, Level.FAIL, "Neither"),
        ("example.com", "v=spf1 -all", Level.FAIL, "Neither"),
    ],
)
def test_it_reads_dmarc(at: str, record: str, level: Level, words: str) -> None:
    zone = Zone({key: value for key, value in GOOD.items() if "_dmarc" not in key} | {f"_dmarc.{at}": [record]})
    finding = look(zone)["DMARC"]
    assert finding.level is level
    assert words in finding.text


def test_two_dmarc_records_count_as_none() -> None:
    assert look(Zone(GOOD | {"_dmarc.example.com": [DMARC, DMARC]}))["DMARC"].level is Level.FAIL


def test_answers_must_reach_somebody() -> None:
    assert look(Zone(GOOD, mail=()))["answers"].level is Level.FAIL
    assert look(Zone(GOOD), reply="")["answers"].level is Level.WARN
