"""Triggers for both databases, as operations of migrations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

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


def insert_only(table: str) -> PerVendor:
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


def insert_only_for(table: str, *, column: str, days: int) -> PerVendor:
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


def erasable(table: str, *, kept: Sequence[str], emptied: Sequence[str]) -> PerVendor:
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


def redactable(table: str, *, kept: Sequence[str], column: str, mark: str) -> PerVendor:
    """Loosen `insert_only` for erasure: `column` may change to a text that holds `mark` while those `kept` stay.

    Together they name every column of the table.
    """
    same = " OR ".join(f"NEW.{name} IS {{other}} OLD.{name}" for name in kept)
    postgres_refused = f"position('{mark}' in NEW.{column}) = 0 OR {same.format(other='DISTINCT FROM')}"
    sqlite_refused = f"instr(NEW.{column}, '{mark}') = 0 OR {same.format(other='NOT')}"
    return per_vendor(
        postgresql=[
            f"DROP TRIGGER {table}_insert_only ON {table}",
            f"CREATE TRIGGER {table}_insert_only BEFORE UPDATE ON {table} FOR EACH ROW WHEN ({postgres_refused}) "
            "EXECUTE FUNCTION crisisdesk_insert_only()",
            f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION crisisdesk_insert_only()",
        ],
        sqlite=[
            f"DROP TRIGGER {table}_no_update",
            f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} WHEN {sqlite_refused} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is insert-only'); END",
        ],
        undo_postgresql=[
            f"DROP TRIGGER {table}_insert_only ON {table}",
            f"DROP TRIGGER {table}_no_delete ON {table}",
            f"CREATE TRIGGER {table}_insert_only BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION crisisdesk_insert_only()",
        ],
        undo_sqlite=[f"DROP TRIGGER {table}_no_update", SQLITE_INSERT_ONLY[0].format(table=table)],
    )


def per_vendor(
    *,
    postgresql: Sequence[str],
    sqlite: Sequence[str],
    undo_postgresql: Sequence[str] = (),
    undo_sqlite: Sequence[str] = (),
) -> PerVendor:
    """An operation that runs the statements written for the database at hand."""
    return PerVendor(
        {"postgresql": postgresql, "sqlite": sqlite}, undo={"postgresql": undo_postgresql, "sqlite": undo_sqlite}
    )


class PerVendor(Operation):
    """Statements by the kind of database. Unlike `RunPython` it has Django render no models, which takes long."""

    reduces_to_sql = True

    def __init__(self, statements: Mapping[str, Sequence[str]], *, undo: Mapping[str, Sequence[str]]) -> None:
        self.statements = statements
        self.undo = undo

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Nothing that Django knows of changes."""

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        """Run the statements."""
        self._run(self.statements, schema_editor)

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        """Run those that undo them."""
        self._run(self.undo, schema_editor)

    def describe(self) -> str:
        """Say what it does, for `migrate --plan`."""
        return "Statements for the database at hand"

    @staticmethod
    def _run(statements: Mapping[str, Sequence[str]], schema_editor: BaseDatabaseSchemaEditor) -> None:
        for statement in statements[schema_editor.connection.vendor]:
            # `None`: a percent sign in a message is one.
            schema_editor.execute(statement, params=None)
