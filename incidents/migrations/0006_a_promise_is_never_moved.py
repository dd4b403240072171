"""A promise is never moved: only another message to customers, which makes a new one, changes what they were told."""

from django.db import migrations

from crisisdesk.core.triggers import per_vendor

POSTGRES = """
CREATE FUNCTION incidents_promise_stands() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'a promise is never moved; send a message that makes a new one'
    USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER incidents_promise_stands BEFORE UPDATE ON incidents_promise
  FOR EACH ROW WHEN (
    NEW.due_at IS DISTINCT FROM OLD.due_at
    OR NEW.made_at IS DISTINCT FROM OLD.made_at
    OR NEW.made_by_id IS DISTINCT FROM OLD.made_by_id
  )
  EXECUTE FUNCTION incidents_promise_stands();
"""
SQLITE = """
CREATE TRIGGER incidents_promise_stands BEFORE UPDATE ON incidents_promise
WHEN NEW.due_at IS NOT OLD.due_at OR NEW.made_at IS NOT OLD.made_at OR NEW.made_by_id IS NOT OLD.made_by_id
BEGIN SELECT RAISE(ABORT, 'a promise is never moved; send a message that makes a new one'); END
"""


class Migration(migrations.Migration):
    dependencies = [("incidents", "0005_automatic_holding_messages")]

    operations = [
        per_vendor(
            postgresql=[POSTGRES],
            sqlite=[SQLITE],
            undo_postgresql=[
                "DROP TRIGGER incidents_promise_stands ON incidents_promise",
                "DROP FUNCTION incidents_promise_stands()",
            ],
            undo_sqlite=["DROP TRIGGER incidents_promise_stands"],
        ),
    ]
