"""How many a message goes to, in which languages, and how they differ from the readers of the last one: in one pass.

Who was ever told is asked of every delivery of an incident, which is a long way: it is gone once for all numbers.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet, Subquery

from customers.affected import AudienceCounts
from customers.models import Contact, Delivery
from incidents.models import Incident, Update, UpdateKind

# What goes to some readers only, or beside the story: nobody's last message.
BESIDE = (UpdateKind.CATCH_UP, UpdateKind.CORRECTION, UpdateKind.POSTMORTEM)
_COUNT = """
WITH {sets}, marked AS (
    SELECT contact_id, MAX(is_now) AS is_now, MAX(had_last) AS had_last FROM ({marks}) marks GROUP BY contact_id
), readers AS (
    SELECT contact.customer_id, contact.language, marked.is_now, marked.had_last
    FROM marked JOIN customers_contact contact ON contact.id = marked.contact_id
)
SELECT NULL, COUNT(*) FILTER (WHERE is_now = 1), COUNT(DISTINCT CASE WHEN is_now = 1 THEN customer_id END),
    COUNT(*) FILTER (WHERE had_last = 0), COUNT(DISTINCT CASE WHEN had_last = 0 THEN customer_id END),
    COUNT(*) FILTER (WHERE is_now = 0), COUNT(DISTINCT CASE WHEN is_now = 0 THEN customer_id END), ({last})
FROM readers
UNION ALL
SELECT language, COUNT(*), 0, 0, 0, 0, 0, 0 FROM readers WHERE is_now = 1 GROUP BY language
"""
_MARK = "SELECT contact_id, {} AS is_now, {} AS had_last FROM {}"


@dataclass(frozen=True, slots=True)
class Readers:
    """Of the next message: how many, by language, and how they differ from the readers of the last one.

    `added` did not get the last message, `gone` got it and get no more; both None when there is no last one.
    """

    counts: AudienceCounts
    by_language: dict[str, int] = field(default_factory=dict)
    added: AudienceCounts | None = None
    gone: AudienceCounts | None = None


def readers_of(incident: Incident, several: Sequence[QuerySet[Contact]]) -> Readers:
    """Count the sets of `recipients`; a contact in two of them counts once. One read.

    The last message is the last that went to everybody; what waited or was withheld counts as got.
    """
    mailed = Update.objects.filter(incident=incident).exclude(message=None)
    last = mailed.exclude(kind__in=BESIDE).order_by("-number").values("number")[:1]
    since = mailed.filter(number__gte=Subquery(last)).order_by().values("message")
    had = Delivery.objects.filter(message__in=since).order_by().values("contact_id")
    sets: dict[str, tuple[str, Sequence[Any]]] = {"had": had.query.sql_with_params(), **_sets(several)}
    last_sql, of_last = last.query.sql_with_params()
    sql = _COUNT.format(
        sets=", ".join(f"{name} (contact_id) AS ({sql})" for name, (sql, _) in sets.items()),
        marks=" UNION ALL ".join(_mark(name) for name in sets),
        last=last_sql,
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [*(param for _, params in sets.values() for param in params), *of_last])
        rows = cursor.fetchall()
    return _readers(rows)


def _sets(several: Iterable[QuerySet[Contact]]) -> dict[str, tuple[str, Sequence[Any]]]:
    found: dict[str, tuple[str, Sequence[Any]]] = {}
    for place, contacts in enumerate(several):
        try:
            found[f"now_{place}"] = contacts.order_by().values("pk").query.sql_with_params()
        except EmptyResultSet:
            continue
    return found


def _mark(name: str) -> str:
    return _MARK.format(*((0, 1) if name == "had" else (1, 0)), name)


def _readers(rows: Iterable[Sequence[Any]]) -> Readers:
    languages: dict[str, int] = {}
    whole: Sequence[Any] = (None, 0, 0, 0, 0, 0, 0, None)
    for row in rows:
        if row[0] is None:
            whole = row
        else:
            languages[row[0]] = row[1]
    _, contacts, customers, more, at_more, fewer, at_fewer, last = whole
    counts = AudienceCounts(customers, contacts)
    if last is None:
        return Readers(counts, languages)
    return Readers(counts, languages, AudienceCounts(at_more, more), AudienceCounts(at_fewer, fewer))
