"""What the database itself refuses is there after all migrations: on SQLite a changed table loses its triggers."""

from __future__ import annotations

import pytest
from django.db import connection

EXPECTED = {
    "core_auditentry": 2,
    "core_auditseal": 2,
    "customers_callrecord": {"sqlite": 2, "postgresql": 3},
    "customers_delivery": {"sqlite": 5, "postgresql": 3},
    "customers_deliveryevent": {"sqlite": 2, "postgresql": 3},
    "customers_message": 1,
    "customers_providerevent": 2,
    "incidents_carriedover": 2,
    "incidents_incident": 1,
    "incidents_promise": 1,
    "incidents_timelineentry": {"sqlite": 2, "postgresql": 3},
    "incidents_update": {"sqlite": 2, "postgresql": 1},
    "postmortems_addedmoment": 2,
    "postmortems_attachmentcontent": 2,
    "postmortems_editionversion": 2,
    "postmortems_reviewcomment": 2,
    "postmortems_reviewview": 2,
}
QUERIES = {
    "sqlite": "SELECT tbl_name, count(*) FROM sqlite_master WHERE type = 'trigger' GROUP BY tbl_name",
    "postgresql": (
        "SELECT c.relname, count(*) FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid "
        "WHERE NOT t.tgisinternal GROUP BY c.relname"
    ),
}


@pytest.mark.django_db
def test_it_keeps_every_trigger() -> None:
    with connection.cursor() as cursor:
        cursor.execute(QUERIES[connection.vendor])
        found = dict(cursor.fetchall())

    expected = {
        table: count[connection.vendor] if isinstance(count, dict) else count for table, count in EXPECTED.items()
    }
    assert found == expected
