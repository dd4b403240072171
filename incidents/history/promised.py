"""Finding a dated promise of the next update in the words of an old message: pure text and datetimes.

Careful on purpose: a sentence counts only when it speaks of a further update, says when in minutes, hours or as a
clock time with its zone, and ties it to no condition. "Soon", "shortly" and "in a few minutes" promise nothing that
can be kept or broken.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

LONGEST = timedelta(hours=24)
# A clock time that has just passed was a slip of the writer, not a promise for tomorrow.
LONGEST_OVER_MIDNIGHT = timedelta(hours=18)

_WORDS = {
    **{"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "eight": 8, "ten": 10},
    **{"twelve": 12, "fifteen": 15, "twenty": 20, "thirty": 30, "forty": 40, "forty-five": 45, "sixty": 60},
    "ninety": 90,
}
_HOURS = {"EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7}
_HOURS |= {"UTC": 0, "GMT": 0, "Z": 0, "BST": 1, "CET": 1, "CEST": 2, "JST": 9, "AEST": 10, "AEDT": 11}
_PLACES = {"ET": "America/New_York", "CT": "America/Chicago", "MT": "America/Denver", "PT": "America/Los_Angeles"}
_ZONES: dict[str, tzinfo] = {name: timezone(timedelta(hours=hours)) for name, hours in _HOURS.items()}
_ZONES |= {name: ZoneInfo(place) for name, place in _PLACES.items()}

_NUMBER = r"(?:\d+(?:\.\d+)?|" + "|".join(sorted(_WORDS, key=len, reverse=True)) + ")"
_HEDGE_WORDS = r"the\ next|the|another|about|around|approximately|approx|roughly|under|at\ most|less\ than|up\ to"
_HEDGE = rf"(?:(?:{_HEDGE_WORDS})\s+|~\s?)*"
_DURATION = rf"""
    (?:(?P<every>every|each|in|within|in\ under|at\ most)\s+{_HEDGE}
      (?: (?P<half>half\ an\ hour|half\ hour|½\ hour)
        | (?P<onehalf>an\ hour\ and\ a\ half|one\ and\ a\ half\ hours)
        | (?P<hour>hour)\b
        | (?:(?:{_NUMBER})\s*(?:-|–|to|or)\s*)?(?P<count>{_NUMBER})[\s-]*(?P<unit>minutes?|mins?|m|hours?|hrs?|h)\b
          (?:\s*(?:\(s\))?)
      )
    )"""
_ZONE = r"(?P<zone>" + "|".join(sorted(_ZONES, key=len, reverse=True)) + r")\b"
_CLOCK = rf"""
    (?:(?:by|at|before|around|for|until|no\ later\ than)?\s*(?:about|around|approximately|~)?\s*
      (?: (?P<h1>[01]?\d|2[0-3])[:.h](?P<m1>[0-5]\d)(?::[0-5]\d)?\s*(?P<ampm1>[ap]m)?
        | (?P<h2>1[0-2]|0?[1-9])\s*(?P<ampm2>[ap]m)
        | (?P<h3>[01]\d|2[0-3])(?P<m3>[0-5]\d)
      )\s*\(?{_ZONE}\)?(?P<tomorrow>\s+tomorrow)?
    )"""
_TIME = rf"(?:{_DURATION}|{_CLOCK})"

_FUTURE = r"(?:will|'ll|shall|to|going\ to)"
_WE_WILL = r"we(?:'ll|\s+(?:will|shall)|(?:'re|\s+are)\s+going\s+to|\s+(?:expect|plan|aim|hope)\s+to)"
_GIVE = r"(?:provide|post|share|send|give|issue|publish|have|offer)"
_ADJECTIVE = r"(?:more|detailed|status|progress|further|additional|full|brief|public|scheduled|regular|new)"
_UPDATE = rf"(?:(?:the|our|your|a|an|another|one|next|{_ADJECTIVE})\s+)*(?:status\s+)?(?:updates?|report|news)"
_ANCHOR = rf"""
    (?: \b(?:next|following)\s+(?:{_ADJECTIVE}\s+)*update
      | \b(?:another|further|additional|more|an|regular|status)\s+(?:{_ADJECTIVE}\s+)*updates?
        (?=\s+(?:will|to|is|are|every)\b)
      | \b{_FUTURE}\s+(?:(?!not\b|never\b)\w+\s+){{0,2}}?{_GIVE}\s+(?:you\s+|everyone\s+|customers\s+)?
        (?:(?:with|here)\s+)?{_UPDATE}
      | \b{_FUTURE}\s+(?:(?!not\b|never\b)\w+\s+)?{_GIVE}\s+(?:you\s+)?(?:with\s+)?more\s+(?:information|details)
      | \b{_WE_WILL}\s+(?:also\s+)?(?:update|report\ back|follow\ up|be\ back)
      | \bwill\s+be\s+updated
      | ^updates?(?=\s*(?:every|in|within|by|at|:))
    )\b"""
# What may stand between the word "update" and its time.
_GAP = r"""(?:[\s,:(–-]|\b(?:
    here|again|you|everyone|customers|to\ you|today|latest|at\ the\ latest|no\ later\ than|or\ sooner|
    on\ this\ page|(?:this|our|the)\ (?:status\ )?page|status|this\ (?:post|incident)|
    will|be|to|is|are|follow|coming|available|
    provided|expected|due|scheduled|planned|posted|shared|sent|given|published|issued|
    on\ (?:our|the)\ progress|on\ progress|on\ this\ (?:issue|incident)|about\ this|
    with\ (?:an?|another|more)\ (?:update|news|information|details)
    )\b)*"""

_AFTER = re.compile(rf"(?P<anchor>{_ANCHOR}){_GAP}{_TIME}", re.IGNORECASE | re.VERBOSE)
_BEFORE = re.compile(rf"^{_TIME},?\s+(?:we|there|you|expect)\b[^,;]*?(?P<anchor>{_ANCHOR})", re.IGNORECASE | re.VERBOSE)
_HOURLY = re.compile(rf"\b{_FUTURE}\s+{_GIVE}\s+(?:you\s+)?(?:with\s+)?hourly\s+updates\b", re.IGNORECASE | re.VERBOSE)
_CONDITION = re.compile(r"\s*,?\s*(?:if|once|when|whenever|unless|after|assuming|provided|as soon as)\b", re.IGNORECASE)
_CONDITION_FIRST = re.compile(r"(?:if|once|when|unless|after|as soon as)\b", re.IGNORECASE)
_DENIAL = re.compile(r"(?:\b(?:no|not|never|without|unable to|cannot)|n't)\s+(?:\w+\s+)?$", re.IGNORECASE)
_OTHER_DAY = re.compile(
    r"\s*,?\s*(?:on\s+)?(?:next\s+)?(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day|\d{1,2}[./]\d|\d{4}-\d\d"
    r"|(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)\w*\s+\d)",
    re.IGNORECASE,
)


def promised_at(text: str, said_at: datetime) -> datetime | None:
    """The moment (UTC) by which a message said at `said_at` promised the next one; None when it named none.

    "Within the hour" is taken as sixty minutes, a range as its later end, "every 30 minutes" as the next of them.
    """
    for sentence in _sentences(text):
        if (found := _in_sentence(sentence, said_at)) is not None:
            return found
    return None


def _sentences(text: str) -> list[str]:
    plain = text.replace("’", "'").replace("‘", "'")
    plain = re.sub(r"\b([ap])\.m\.", r"\1m", plain, flags=re.IGNORECASE)
    plain = re.sub(r"\bapprox\.", "approx", plain, flags=re.IGNORECASE)
    return [part.strip(" *_-–") for part in re.split(r"(?<=[.!?])\s+|[\n;]+", plain) if part.strip()]


def _in_sentence(sentence: str, said_at: datetime) -> datetime | None:
    if _CONDITION_FIRST.match(sentence):
        return None
    if _HOURLY.search(sentence):
        return said_at + timedelta(hours=1)
    for pattern in (_AFTER, _BEFORE):
        for match in pattern.finditer(sentence):
            rest = sentence[match.end() :]
            refused = (
                _CONDITION.match(rest) or _OTHER_DAY.match(rest) or _DENIAL.search(sentence[: match.start("anchor")])
            )
            if not refused and (moment := _moment(match, said_at)) is not None:
                return moment
    return None


def _moment(match: re.Match[str], said_at: datetime) -> datetime | None:
    if match["zone"]:
        return _clock_time(match, said_at)
    ahead = _duration(match)
    return said_at + ahead if timedelta() < ahead <= LONGEST else None


def _duration(match: re.Match[str]) -> timedelta:
    if match["half"]:
        return timedelta(minutes=30)
    if match["onehalf"]:
        return timedelta(minutes=90)
    if match["hour"]:
        return timedelta(hours=1)
    count = match["count"].lower()
    amount = float(_WORDS[count]) if count in _WORDS else float(count)
    return timedelta(minutes=amount) if match["unit"].lower().startswith("m") else timedelta(hours=amount)


def _clock_time(match: re.Match[str], said_at: datetime) -> datetime | None:
    hour = int(match["h1"] or match["h2"] or match["h3"])
    minute = int(match["m1"] or match["m3"] or 0)
    if half := (match["ampm1"] or match["ampm2"] or "").lower():
        if hour > 12:
            return None
        hour = hour % 12 + (12 if half == "pm" else 0)
    local = said_at.astimezone(_ZONES[match["zone"].upper()])
    moment = local.replace(hour=hour, minute=minute, second=0, microsecond=0)
    if match["tomorrow"]:
        moment += timedelta(days=1)
    elif moment <= local:
        moment += timedelta(days=1)
        if moment - local > LONGEST_OVER_MIDNIGHT:
            return None
    return moment.astimezone(UTC)
