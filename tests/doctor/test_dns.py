"""The doctor asks a name server, one of the tests' own, as it asks the world's."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import dataclass, field
from threading import Thread

import dns.flags
import dns.message
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.rrset
import pytest

from crisisdesk.doctor import dns as doctor_dns
from crisisdesk.doctor.dns import CouldNotLook, SystemResolver
from crisisdesk.doctor.domain import examine
from crisisdesk.doctor.finding import Finding, Level

DOMAIN = "status.example.com"
KEY = "v=DKIM1; k=rsa; p=" + "A" * 400  # longer than one string of a TXT record


@dataclass
class NameServer:
    """Answers over UDP from `zone`: (name, type) -> records as written in a zone file; `silent` ones not at all."""

    zone: dict[tuple[str, str], list[str]]
    silent: set[str] = field(default_factory=set)
    broken: set[str] = field(default_factory=set)

    def __enter__(self) -> NameServer:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
            last.sendto(b"", ("127.0.0.1", self.port))
        self._socket.close()

    def _serve(self) -> None:
        while True:
            try:
                asked, whom = self._socket.recvfrom(4096)
                if not asked:
                    return
                if (answer := self._answer(asked)) is not None:
                    self._socket.sendto(answer, whom)
            except OSError:
                return

    def _answer(self, asked: bytes) -> bytes | None:
        query = dns.message.from_wire(asked)
        question = query.question[0]
        name, kind = question.name.to_text(omit_final_dot=True).lower(), dns.rdatatype.to_text(question.rdtype)
        if name in self.silent:
            return None
        answer = dns.message.make_response(query)
        answer.flags |= dns.flags.RA
        if name in self.broken:
            answer.set_rcode(dns.rcode.SERVFAIL)
        elif records := self.zone.get((name, kind)):
            answer.answer.append(dns.rrset.from_text_list(question.name, 60, dns.rdataclass.IN, kind, records))
        elif not any(known == name for known, _ in self.zone):
            answer.set_rcode(dns.rcode.NXDOMAIN)
        return answer.to_wire()


GOOD = {
    (DOMAIN, "TXT"): ['"v=spf1 include:mail.example.net -all"', '"other=1"'],
    ("mail.example.net", "TXT"): ['"v=spf1 ip4:192.0.2.0/24 -all"'],
    ("_dmarc.example.com", "TXT"): ['"v=DMARC1; p=reject"'],
    (f"s1._domainkey.{DOMAIN}", "TXT"): [f'"{KEY[:200]}" "{KEY[200:]}"'],
    (DOMAIN, "MX"): ["10 mx.example.net."],
}


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[NameServer]:
    """A name server where all is in order."""
    monkeypatch.setattr(doctor_dns, "SECONDS", 1.0)
    with NameServer(dict(GOOD)) as made:
        yield made


def look(server: NameServer) -> dict[str, Finding]:
    resolver = SystemResolver("127.0.0.1", server.port)
    found = examine(DOMAIN, selectors=["s1"], reply_domain=DOMAIN, sends_itself=True, resolver=resolver)
    return {finding.about: finding for finding in found}


def test_a_domain_in_order_is_found_to_be(server: NameServer) -> None:
    found = look(server)
    assert {about: finding.level for about, finding in found.items()} == dict.fromkeys(
        ("SPF", "DKIM", "DMARC", "answers"), Level.OK
    )


def test_what_is_missing_is_told_with_a_hint(server: NameServer) -> None:
    for key in list(server.zone):
        if key != (DOMAIN, "MX"):
            del server.zone[key]
    server.zone[DOMAIN, "MX"] = ["0 ."]  # takes no mail, RFC 7505
    found = look(server)
    assert {finding.level for finding in found.values()} == {Level.FAIL}
    assert all(finding.hint for finding in found.values())


def test_look_ups_of_included_records_count(server: NameServer) -> None:
    many = " ".join(f"exists:n{number}.example.net" for number in range(9))
    server.zone["mail.example.net", "TXT"] = [f'"v=spf1 {many} mx -all"']
    found = look(server)["SPF"]
    assert found.level is Level.FAIL
    assert "11 look-ups" in found.text


def test_records_that_include_each_other_end(server: NameServer) -> None:
    server.zone["mail.example.net", "TXT"] = [f'"v=spf1 include:{DOMAIN} include:mail.example.net -all"']
    assert look(server)["SPF"].level is Level.OK


def test_a_server_that_fails_or_is_silent_is_no_missing_record(server: NameServer) -> None:
    server.broken.add(f"s1._domainkey.{DOMAIN}")
    server.silent.add(f"_dmarc.{DOMAIN}")
    found = look(server)
    assert found["SPF"].level is Level.OK
    for about in ("DKIM", "DMARC"):
        assert found[about].level is Level.WARN
        assert found[about].text.startswith("Could not look")


def test_an_address_serves_where_there_is_no_mx(server: NameServer) -> None:
    del server.zone[DOMAIN, "MX"]
    resolver = SystemResolver("127.0.0.1", server.port)
    assert resolver.takes_mail(DOMAIN) is False
    server.zone[DOMAIN, "A"] = ["192.0.2.1"]
    assert resolver.takes_mail(DOMAIN) is True
    with pytest.raises(CouldNotLook):
        SystemResolver("127.0.0.1", 9).texts(DOMAIN)
