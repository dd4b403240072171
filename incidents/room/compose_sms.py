"""What goes out as SMS beside the mails: the text of each language, its segments, and what all of it costs."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db.models import Case, CharField, Count, QuerySet, Value, When

from crisisdesk.core.transports import prices
from crisisdesk.core.transports.segments import Segments, count
from customers import links
from customers.delivery.compose import usable_channels
from customers.delivery.rendered import ReaderClass
from customers.languages import language_name
from customers.models import Channel, Contact, Preference
from incidents.letters import letter_of
from incidents.models import Draft, Incident
from incidents.outgoing import LINK_PURPOSE, channels_for
from incidents.recipients import members
from incidents.render import render_letter
from incidents.room.reach import amount

# As long as the numbers in links get; a link of a reader with a smaller one is a character or two shorter.
SAMPLE_ID = 1_000_000


@dataclass
class _Texts:
    """The texts of one language: how many to each zone, and segments by beginning of number."""

    readers: int = 0
    zones: Counter[str] = field(default_factory=Counter)
    segments: Counter[str] = field(default_factory=Counter)
    longest: Segments = field(default_factory=lambda: count(""))
    text: str = ""


def sms_facts(
    incident: Incident, draft: Draft, now: datetime, several: Sequence[QuerySet[Contact]]
) -> dict[str, Any] | None:
    """{rows [{language, readers, text, alphabet, each, more}], total, cost, unpriced}; None when no SMS would go.

    `several` are the recipients. An upper bound: who answered STOP is left out when it is sent. One read; a text is
    written for each language and time zone.
    """
    channels = usable_channels(channels_for(incident, draft.kind), is_drill=incident.is_drill)
    if Channel.SMS not in channels:
        return None
    found, known = _texts(incident, draft, now, members(several)), prices.parse_prices(settings.SMS_PRICES)
    if not found:
        return None
    segments: Counter[str] = sum((texts.segments for texts in found.values()), Counter())
    total, unpriced = prices.cost(segments, known)
    return {
        "rows": [_row(language, texts) for language, texts in sorted(found.items())],
        "total": amount(sum(segments.values()), "segment"),
        "readers": amount(sum(texts.readers for texts in found.values()), "contact"),
        "cost": f"{settings.SMS_CURRENCY} {total:,.2f}" if known else "",
        "unpriced": amount(unpriced, "segment") if known and unpriced else "",
    }


def _texts(incident: Incident, draft: Draft, now: datetime, audience: QuerySet[Contact]) -> dict[str, _Texts]:
    letter = letter_of(draft, incident, sent_at=now)
    found: dict[str, _Texts] = defaultdict(_Texts)
    for language, zone, beginning, readers in _classes(incident, audience):
        reader = ReaderClass(language, zone, Channel.SMS)
        text = patched(render_letter(letter, incident, reader).text, incident, now)
        segments, texts = count(text), found[language]
        texts.readers += readers
        texts.zones[zone] += readers
        texts.segments[beginning] += segments.count * readers
        if segments.units > texts.longest.units or not texts.text:
            texts.longest, texts.text = segments, text
    return dict(found)


def _classes(incident: Incident, audience: QuerySet[Contact]) -> list[tuple[str, str, str, int]]:
    """(language, time zone, beginning of the number by which it is priced, readers)."""
    known = prices.parse_prices(settings.SMS_PRICES)
    wanting = audience.filter(wants_sms=True).exclude(phone="").order_by()
    if incident.is_drill:
        beginning = prices.beginning_of(settings.DRILL_PHONE, known)
        languages = wanting.values_list("language", flat=True).distinct()
        return [(language, settings.TIME_ZONE, beginning, 1) for language in languages]
    longest_first = sorted(known, key=len, reverse=True)
    whens = [When(phone__startswith=start, then=Value(start)) for start in longest_first if start != prices.EVERY_OTHER]
    other = Value(prices.EVERY_OTHER if prices.EVERY_OTHER in known else "")
    beginning_of = Case(*whens, default=other, output_field=CharField()) if whens else other
    rows = (
        wanting.exclude(preference=Preference.NONE)
        .annotate(beginning=beginning_of)
        .values_list("language", "time_zone", "beginning")
    )
    return list(rows.annotate(readers=Count("pk")))


def patched(text: str, incident: Incident, now: datetime) -> str:
    """The text with a link as long as a reader's own."""
    try:
        token = links.make_for(LINK_PURPOSE, SAMPLE_ID, 1, incident.reference, now)
    except ImproperlyConfigured:
        token = "x" * 60
    for name, value in (
        ("progress_url", links.address(LINK_PURPOSE, token)),
        ("contact_name", "Sam Sample"),
        ("customer_name", "Sample Ltd"),
    ):
        text = text.replace(f"[[{name}]]", value)
    return text


def _row(language: str, texts: _Texts) -> dict[str, Any]:
    return {
        "language": language_name(language),
        "code": language,
        "readers": amount(texts.readers, "contact"),
        "text": texts.text,
        "alphabet": texts.longest.alphabet,
        "units": texts.longest.units,
        "each": amount(texts.longest.count, "segment"),
        "is_long": texts.longest.count > 2,
        "is_unicode": texts.longest.alphabet != "GSM-7",
    }
