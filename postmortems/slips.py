"""What should not slip into a text for customers: names of people, hosts, addresses, tickets. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

# Words that look like a ticket ("UTC-5", "SHA-256") and are none.
NO_TICKETS = frozenset(
    {"UTC", "GMT", "SHA", "HTTP", "TLS", "ISO", "RFC", "CVE", "UTF", "AES", "RSA", "IPV", "SEV", "INC"}
)
LONG_ENOUGH = 3
_TICKET = re.compile(r"\b([A-Z][A-Z0-9]{1,9})-\d{1,7}\b")
# "#4711", "ticket 4711".
_NUMBER = re.compile(
    r"(?<![\w&/#])#\d{2,9}\b|\b(?:ticket|issue|bug|PR|pull request)s? (?:no\. ?|number )?#?\d+\b", re.I
)
# Links into tools that customers can't open, or should not.
_TOOL = re.compile(
    r"https?://[^\s)>\]]*\b(?:jira|confluence|atlassian|github|gitlab|bitbucket|linear|youtrack|redmine|pagerduty"
    r"|opsgenie|grafana|kibana|sentry|datadoghq|slack|notion)\b[^\s)>\]]*",
    re.IGNORECASE,
)
_MEASURE = re.compile(r"(?:[\d,.]+ )?customer-minutes?\b", re.IGNORECASE)
_MAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_IP = re.compile(r"\b(?:\d{1,3}\.){3}\d{1,3}\b")
_HEX = "[0-9a-f]{1,4}"
# With "::" in it, or all eight groups: a clock time has neither.
_GROUPS = f"{_HEX}(?::{_HEX}){{0,6}}"
_IPV6 = re.compile(
    rf"(?<![\w:])(?:(?:{_HEX}:){{7}}{_HEX}|(?:{_GROUPS})?::{_GROUPS}|{_GROUPS}::)(?![\w:])",
    re.IGNORECASE,
)
# db01.eu.acme.net: a full name with a number in it, or of four parts and more.
_FULL_HOST = re.compile(
    r"\b(?=[\w.-]*\d[\w-]*\.[a-z]|(?:[\w-]+\.){3}[a-z])(?:[a-z0-9_](?:[\w-]*[a-z0-9])?\.)+[a-z]{2,}\b", re.IGNORECASE
)
# db01, WEB01, app_server_02: what machines are for, and a number.
_MACHINE = re.compile(
    r"\b(?:[a-z0-9]+[_-])*[a-z]*(?:db|sql|web|app|srv|server|node|host|vm|redis|kafka|cache|queue|mq|worker|proxy|lb|gw"
    r"|mail|mx|ns|dns|prod|prd|stage|master|replica|slave|primary|standby|router|switch|rack|nas|pod)[_-]?\d{1,4}\b",
    re.IGNORECASE,
)
# db-prod-03, web-eu2, k8s-node-17: a dash and a number at the end.
_NUMBERED_HOST = re.compile(r"\b[a-z][a-z0-9]*(?:-[a-z0-9]+)*-(?:[a-z]{1,8}\d{1,4}|\d{1,4})\b")
_PRIVATE_HOST = re.compile(r"\b[\w-]+(?:\.[\w-]+)*\.(?:internal|local|lan|corp|intra|cluster|svc)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Slip:
    """A word that customers should perhaps not read, and why."""

    word: str
    why: str

    def __str__(self) -> str:
        return f"“{self.word}” {self.why}."


def slips(
    text: str,
    *,
    people: Iterable[str] = (),
    code_names: Iterable[str] = (),
    customers: Iterable[str] = (),
    contacts: Iterable[str] = (),
    public: Iterable[str] = (),
) -> list[Slip]:
    """Words to look at again, each once, in the order of their kinds.

    `people` are full names of staff, `code_names` internal names of systems, `customers` and `contacts` names of
    customers and of people there (who read of each other otherwise), `public` words that customers know (such as names
    of regions and the support address).
    """
    known = {word.lower() for word in public}
    found: dict[str, Slip] = {}

    def flag(word: str, why: str) -> None:
        if word.lower() not in known:
            found.setdefault(word, Slip(word, why))

    for name in people:
        if name.strip() and re.search(rf"\b{re.escape(name)}\b", text, re.IGNORECASE):
            flag(name, "is a colleague; customers need no names")
    for name in people:
        for part in name.split():
            # "Brandt restarted it": a part of a name, written as one, where the whole name does not stand.
            if len(part) >= LONG_ENOUGH and re.search(rf"\b{re.escape(part)}\b", text.replace(name, " ")):
                flag(part, "may be a colleague; customers need no names")
    for names, why in ((customers, "is a customer"), (contacts, "is somebody at a customer")):
        for name in names:
            if re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text):
                flag(name, f"{why}; the others need not read of them")
    for match in _MAIL.finditer(text):
        flag(match.group(), "is an e-mail address")
    without_mail = _MAIL.sub(" ", text)
    for match in _PRIVATE_HOST.finditer(without_mail):
        flag(match.group(), "looks like an internal host")
    rest = _PRIVATE_HOST.sub(" ", _IPV6.sub(" ", without_mail))
    for match in _FULL_HOST.finditer(rest):
        flag(match.group(), "looks like an internal host")
    rest = _FULL_HOST.sub(" ", rest)
    for pattern in (_NUMBERED_HOST, _MACHINE):
        for match in pattern.finditer(rest):
            flag(match.group(), "looks like an internal host")
    for pattern in (_IP, _IPV6):
        for match in pattern.finditer(without_mail):
            flag(match.group(), "looks like an IP address")
    for match in _TICKET.finditer(without_mail):
        if match.group(1) not in NO_TICKETS:
            flag(match.group(), "looks like a ticket")
    for match in _NUMBER.finditer(without_mail):
        flag(match.group(), "looks like a ticket")
    for match in _TOOL.finditer(without_mail):
        flag(match.group().rstrip(".,;"), "leads into a tool of ours")
    for match in _MEASURE.finditer(without_mail):
        flag(match.group(), "is a measure of ours; it tells customers about each other")
    for name in code_names:
        if name.strip() and re.search(rf"\b{re.escape(name)}\b", without_mail):
            flag(name, "is an internal name")
    return list(found.values())
