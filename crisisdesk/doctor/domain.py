"""The sender's domain as receivers see it: SPF (RFC 7208), DKIM (RFC 6376), DMARC (RFC 9989).

Only what DNS shows: which servers really send and sign is seen in a mail that has arrived.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from crisisdesk.doctor import spf
from crisisdesk.doctor.dns import CouldNotLook, Resolver
from crisisdesk.doctor.finding import Finding, fail, ok, warn

# RFC 8301 §3.2: receivers take no shorter key. So many bytes has one of 1,024 bits (RFC 3279 §2.3.1), and some more.
SHORTEST_RSA = 160


def examine(
    domain: str, *, selectors: Sequence[str], reply_domain: str, sends_itself: bool, resolver: Resolver
) -> Iterator[Finding]:
    """Findings on the domain of MAIL_FROM. `sends_itself`: over SMTP, with that domain in the envelope too."""
    checks: dict[str, Callable[[], Finding]] = {
        "SPF": lambda: _spf(domain, sends_itself, resolver),
        "DKIM": lambda: _dkim(domain, selectors, resolver),
        "DMARC": lambda: _dmarc(domain, resolver),
        "answers": lambda: _replies(reply_domain, resolver),
    }
    for about, check in checks.items():
        try:
            yield check()
        except CouldNotLook as error:
            yield warn(about, f"Could not look: no answer from DNS ({error}).", "Ask again where DNS can be reached.")


def _spf(domain: str, sends_itself: bool, resolver: Resolver) -> Finding:
    records = spf.records_at(domain, resolver)
    hint = f"Publish one TXT record at {domain}, such as “v=spf1 include:<your mail server's> -all”."
    if not records:
        if sends_itself:
            return fail("SPF", f"{domain} has no SPF record; large mailbox systems refuse its mail.", hint)
        return warn("SPF", f"{domain} has no SPF record; only a DKIM signature of the provider can align.", hint)
    if len(records) > 1:
        return fail("SPF", f"{domain} has {len(records)} SPF records, which counts as none (RFC 7208 §4.5).", hint)
    terms = records[0].split()[1:]
    try:
        spf.check(domain, terms, resolver)
    except spf.Broken as error:
        return fail("SPF", str(error), "Mend the record: as it is, it names no server to any receiver.")
    last = next((term.lower() for term in terms if term.lower().lstrip("+-~?") == "all"), "")
    if last in ("all", "+all"):
        return fail("SPF", "The SPF record lets every server of the world send for the domain.", "End it with “-all”.")
    has_redirect = any(term.lower().startswith("redirect=") for term in terms)
    if last in ("", "?all") and not has_redirect:
        return warn("SPF", "The SPF record says nothing about other servers.", "End it with “~all” or “-all”.")
    aligned = ", and it aligns: the envelope carries the domain of From" if sends_itself else ""
    return ok("SPF", f"{domain} names its servers{aligned}.")


def _dkim(domain: str, selectors: Sequence[str], resolver: Resolver) -> Finding:
    if not selectors:
        hint = "Name the selectors of your mail server or provider in DKIM_SELECTORS."
        return warn("DKIM", "Could not look: a key is found only by its selector.", hint)
    good: list[str] = []
    bad: list[str] = []
    short: list[str] = []
    for selector in selectors:
        tags = _tags("".join(resolver.texts(f"{selector}._domainkey.{domain}")))
        (good if tags.get("p") else bad).append(selector)
        if tags.get("p") and tags.get("k", "rsa").lower() == "rsa" and len(tags["p"]) * 3 // 4 < SHORTEST_RSA:
            short.append(selector)
    hint = f"Publish the key your provider shows, at <selector>._domainkey.{domain}."
    if not good:
        return fail("DKIM", f"No key of {domain} is published under {', '.join(bad)}.", hint)
    if short:
        text = f"The key under {', '.join(short)} has fewer than 1,024 bits; receivers take no signature with it."
        return fail("DKIM", text, "Sign with a key of 2,048 bits (RFC 8301).")
    if bad:
        return warn("DKIM", f"No key under {', '.join(bad)}; there is one under {', '.join(good)}.", hint)
    return ok("DKIM", f"{domain} publishes its key under {', '.join(good)}; a signature with it aligns.")


def _dmarc(domain: str, resolver: Resolver) -> Finding:
    hint = f"Publish a TXT record at _dmarc.{domain}, such as “v=DMARC1; p=quarantine; rua=mailto:…”."
    for name in _upwards(domain):
        records = [text for text in resolver.texts(f"_dmarc.{name}") if _tags(text).get("v", "").upper() == "DMARC1"]
        if len(records) > 1:
            return fail("DMARC", f"{name} has {len(records)} DMARC records, which counts as none.", hint)
        if records:
            return _policy(name, domain, _tags(records[0]))
    return fail("DMARC", f"Neither {domain} nor a domain above it has a DMARC record.", hint)


def _policy(name: str, domain: str, tags: dict[str, str]) -> Finding:
    policy = tags.get("p", "none") if name == domain else tags.get("sp", tags.get("p", "none"))
    if policy.lower() not in ("quarantine", "reject"):
        hint = "When the reports show that your own mail passes, say p=quarantine or p=reject."
        return warn("DMARC", f"{name} asks receivers to let forged mail pass (p={policy}).", hint)
    if tags.get("t", "").lower() == "y" or tags.get("pct", "100") != "100":
        hint = "When the reports show that your own mail passes, take t=y and pct out of the record."
        return warn("DMARC", f"{name} is still trying p={policy.lower()} out: much forged mail passes.", hint)
    if name != domain and "s" in (tags.get("aspf", "r").lower(), tags.get("adkim", "r").lower()):
        hint = f"Sign with d={domain}, or relax aspf and adkim at {name}."
        return warn("DMARC", f"{name} demands strict alignment: a signature of the domain above does not count.", hint)
    return ok("DMARC", f"{name} protects the domain (p={policy.lower()}).")


def _replies(domain: str, resolver: Resolver) -> Finding:
    if not domain:
        return warn("answers", "REPLY_TO is empty; customers who answer reach nobody.", "Set REPLY_TO.")
    if not resolver.takes_mail(domain):
        return fail("answers", f"No server takes mail for {domain}, where answers go.", "Mend MX, or set REPLY_TO.")
    return ok("answers", f"Answers go to {domain}, which takes mail.")


def _upwards(domain: str) -> Iterator[str]:
    """The domain and those above it; the top-level one has no policy of its own for us (the tree walk, RFC 9989)."""
    labels = domain.split(".")
    for start in range(min(len(labels) - 1, 8)):
        yield ".".join(labels[start:])


def _tags(record: str) -> dict[str, str]:
    pairs = (part.partition("=") for part in record.split(";") if "=" in part)
    return {name.strip().lower(): "".join(value.split()) for name, _, value in pairs}
