"""International domains in their own letters, so that one address is one: of contacts, and what is known of addresses.

A contact whose customer has the address in the other spelling already keeps its own: the two are proposed as one.
"""

from typing import Any

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

from customers.addresses import A_LABEL, normalise_email

_LIKE = f"%@%{A_LABEL}%"
# Table, column, what the address is one of, and which rows stand in each other's way.
_KEPT = (
    ("customers_contact", "email", "customer_id", ""),
    ("customers_addressconfirmation", "address", "contact_id", ""),
    ("customers_suppression", "address", "channel", " AND lifted_at IS NULL"),
)


class OneSpelling(Operation):
    """Without models: Django would render all of them, which takes long."""

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Nothing that Django knows of changes."""

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        """Rewrite the few rows, but where the other spelling is there already."""
        with schema_editor.connection.cursor() as cursor:
            for table, column, of, standing in _KEPT:
                _rewrite(cursor, table, column, of, standing)

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        """Both spellings name the same mailbox."""

    def describe(self) -> str:
        """Say what it does, for `migrate --plan`."""
        return "International domains in one spelling"


def _rewrite(cursor: Any, table: str, column: str, of: str, standing: str) -> None:
    cursor.execute(f"SELECT id, {of}, {column} FROM {table} WHERE LOWER({column}) LIKE %s", [_LIKE])  # noqa: S608
    for pk, owner, address in cursor.fetchall():
        new = normalise_email(address)
        same = f"SELECT 1 FROM {table} WHERE {of} = %s AND LOWER({column}) = %s AND id <> %s{standing}"  # noqa: S608
        cursor.execute(same, [owner, new.lower(), pk])
        if new != address and cursor.fetchone() is None:
            cursor.execute(f"UPDATE {table} SET {column} = %s WHERE id = %s", [new, pk])  # noqa: S608


class Migration(migrations.Migration):
    dependencies = [("customers", "0016_contacts_that_are_one_person")]

    operations = [OneSpelling()]
