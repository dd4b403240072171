"""An SPF record as receivers read it (RFC 7208): the look-ups it takes, and what makes all of it an error. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from crisisdesk.doctor.dns import Resolver

# §4.6.4: a record that needs more look-ups is an error to every receiver.
LOOKUPS = 10
_LOOKS_UP = re.compile(r"^[+~?-]?(?:include:|a(?:[:/]|$)|mx(?:[:/]|$)|ptr(?::|$)|exists:)|^redirect=", re.IGNORECASE)
_INCLUDES = re.compile(r"^(?:[+~?-]?include:|redirect=)(\S+)$", re.IGNORECASE)
# §12, with addresses taken as written.
_TERM = re.compile(
    r"^[+~?-]?(?:all|(?:include|exists):\S+|(?:a|mx)(?::[^\s/]+)?(?:/\d{1,2})?(?://\d{1,3})?|ptr(?::\S+)?"
    r"|ip4:[\d.]+(?:/\d{1,2})?|ip6:[\da-f:.]+(?:/\d{1,3})?)$|^[a-z][\w.-]*=\S*$",
    re.IGNORECASE,
)


class Broken(Exception):
    """The record is an error to every receiver (permerror), so no server is named; the text says why."""


def records_at(domain: str, resolver: Resolver) -> list[str]:
    """The SPF records of a domain, of which there may be one. Raises CouldNotLook."""
    return [text for text in resolver.texts(domain) if text.lower().split(" ")[0] == "v=spf1"]


def check(domain: str, terms: Sequence[str], resolver: Resolver) -> None:
    """Look through the terms of a domain's record and those it includes; raises Broken and CouldNotLook."""
    if (count := _lookups(domain, terms, resolver, {domain})) > LOOKUPS:
        raise Broken(f"The SPF record needs {count} look-ups; more than {LOOKUPS} are an error.")


def _lookups(domain: str, terms: Sequence[str], resolver: Resolver, seen: set[str]) -> int:
    """How many look-ups a receiver makes; stops to look further beyond the limit."""
    if odd := next((term for term in terms if not _TERM.match(term)), ""):
        raise Broken(f"The SPF record of {domain} has “{odd}”, which no receiver knows (RFC 7208 §4.6).")
    found = 0
    for term in _heard(terms):
        found += bool(_LOOKS_UP.match(term))
        included = _INCLUDES.match(term)
        if included and found <= LOOKUPS and (name := included[1].lower()) not in seen and "%" not in name:
            seen.add(name)
            records = records_at(name, resolver)
            if len(records) != 1:
                many = f"{len(records)} SPF records" if records else "no SPF record"
                raise Broken(f"The SPF record of {domain} goes on to {name}, which has {many} (RFC 7208 §5.2, §6.1).")
            found += _lookups(name, records[0].split()[1:], resolver, seen)
    return found


def _heard(terms: Sequence[str]) -> list[str]:
    """Without `redirect=` where there is `all`: nobody follows it then (§6.1)."""
    has_all = any(term.lower().lstrip("+-~?") == "all" for term in terms)
    return [term for term in terms if not (has_all and term.lower().startswith("redirect="))]
