"""Triggers for both databases, as operations of migrations."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.special import RunPython
from django.db.migrations.state import StateApps

POSTGRES_INSERT_ONLY = """
CREATE OR REPLACE FUNCTION crisisdesk_insert_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is insert-only', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER {table}_insert_only BEFORE UPDATE OR DELETE ON {table}
  FOR EACH ROW EXECUTE FUNCTION crisisdesk_insert_only();
CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}
  FOR EACH STATEMENT EXECUTE FUNCTION crisisdesk_insert_only();
"""
SQLITE_INSERT_ONLY = (
    "CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} "
    "BEGIN SELECT RAISE(ABORT, '{table} is insert-only'); END",
    "CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} "
    "BEGIN SELECT RAISE(ABORT, '{table} is insert-only'); END",
)


def insert_only(table: str) -> RunPython:
    """An operation that makes the database refuse update, delete (and truncate on PostgreSQL) on a table."""
    return per_vendor(
        postgresql=[POSTGRES_INSERT_ONLY.format(table=table)],
        sqlite=[statement.format(table=table) for statement in SQLITE_INSERT_ONLY],
        undo_postgresql=[
            f"DROP TRIGGER {table}_insert_only ON {table}",
            f"DROP TRIGGER {table}_no_truncate ON {table}",
        ],
        undo_sqlite=[f"DROP TRIGGER {table}_no_update", f"DROP TRIGGER {table}_no_delete"],
    )


POSTGRES_KEPT_FOR = """
CREATE FUNCTION {table}_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    IF OLD.{column} < now() - interval '{days} days' THEN
      RETURN OLD;
    END IF;
  END IF;
  RAISE EXCEPTION '{table} is insert-only for {days} days' USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER {table}_insert_only BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION {table}_kept();
CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION {table}_kept();
"""
SQLITE_KEPT_FOR = (
    SQLITE_INSERT_ONLY[0],
    "CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} "
    "WHEN OLD.{column} >= datetime('now', '-{days} days') "
    "BEGIN SELECT RAISE(ABORT, '{table} is insert-only for {days} days'); END",
)


def insert_only_for(table: str, *, column: str, days: int) -> RunPython:
    """As `insert_only`, but rows may be deleted when `column` (UTC) is more than `days` ago: they have a retention."""
    names = {"table": table, "column": column, "days": days}
    return per_vendor(
        postgresql=[POSTGRES_KEPT_FOR.format(**names)],
        sqlite=[statement.format(**names) for statement in SQLITE_KEPT_FOR],
        undo_postgresql=[
            f"DROP TRIGGER {table}_insert_only ON {table}",
            f"DROP TRIGGER {table}_no_truncate ON {table}",
            f"DROP FUNCTION {table}_kept()",
        ],
        undo_sqlite=[f"DROP TRIGGER {table}_no_update", f"DROP TRIGGER {table}_no_delete"],
    )


def erasable(table: str, *, kept: Sequence[str], emptied: Sequence[str]) -> RunPython:
    """Loosen `insert_only` for erasure: the columns `emptied` may become empty text while those `kept` stay.

    Together they name every column of the table.
    """
    changed = " OR ".join(f"NEW.{column} <> ''" for column in emptied)
    return per_vendor(
        postgresql=[
            f"DROP TRIGGER {table}_insert_only ON {table}",
            f"CREATE TRIGGER {table}_insert_only BEFORE UPDATE ON {table} FOR EACH ROW WHEN ({changed} OR "
            + " OR ".join(f"NEW.{column} IS DISTINCT FROM OLD.{column}" for column in kept)
            + ") EXECUTE FUNCTION crisisdesk_insert_only()",
            f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION crisisdesk_insert_only()",
        ],
        sqlite=[
            f"DROP TRIGGER {table}_no_update",
            f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} WHEN {changed} OR "
            + " OR ".join(f"NEW.{column} IS NOT OLD.{column}" for column in kept)
            + f" BEGIN SELECT RAISE(ABORT, '{table} is insert-only'); END",
        ],
        undo_postgresql=[
            f"DROP TRIGGER {table}_insert_only ON {table}",
            f"DROP TRIGGER {table}_no_delete ON {table}",
            f"CREATE TRIGGER {table}_insert_only BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION crisisdesk_insert_only()",
        ],
        undo_sqlite=[
            f"DROP TRIGGER {table}_no_update",
            SQLITE_INSERT_ONLY[0].format(table=table),
        ],
    )


def per_vendor(
    *,
    postgresql: Sequence[str],
    sqlite: Sequence[str],
    undo_postgresql: Sequence[str] = (),
    undo_sqlite: Sequence[str] = (),
) -> RunPython:
    """An operation that runs the statements written for the database at hand."""
    return RunPython(_runner(postgresql, sqlite), _runner(undo_postgresql, undo_sqlite), elidable=False)


def _runner(postgresql: Sequence[str], sqlite: Sequence[str]) -> Callable[[StateApps, BaseDatabaseSchemaEditor], None]:
    statements = {"postgresql": postgresql, "sqlite": sqlite}

    def run(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
        with schema_editor.connection.cursor() as cursor:
            for statement in statements[schema_editor.connection.vendor]:
                cursor.execute(statement)

    return run
