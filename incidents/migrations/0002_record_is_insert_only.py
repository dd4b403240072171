"""The record of an incident can't be changed, a drill stays a drill on its way to a message, a promise is never moved.

Only another message to customers, which makes a new promise, changes what they were told.
"""

from django.db import migrations

from crisisdesk.core.triggers import insert_only, per_vendor

POSTGRES = """
CREATE FUNCTION incidents_incident_keeps_drill() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'an incident stays a drill, or stays none' USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER incidents_incident_keeps_drill BEFORE UPDATE ON incidents_incident
  FOR EACH ROW WHEN (NEW.is_drill IS DISTINCT FROM OLD.is_drill)
  EXECUTE FUNCTION incidents_incident_keeps_drill();
CREATE FUNCTION incidents_update_drill() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (SELECT i.is_drill FROM incidents_incident i WHERE i.id = NEW.incident_id)
     IS DISTINCT FROM (SELECT m.is_drill FROM customers_message m WHERE m.id = NEW.message_id) THEN
    RAISE EXCEPTION 'the message of a drill must be a drill, and of no drill none'
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER incidents_update_drill BEFORE INSERT OR UPDATE ON incidents_update
  FOR EACH ROW WHEN (NEW.message_id IS NOT NULL) EXECUTE FUNCTION incidents_update_drill();
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
UNDO_POSTGRES = """
DROP TRIGGER incidents_incident_keeps_drill ON incidents_incident;
DROP FUNCTION incidents_incident_keeps_drill();
DROP TRIGGER incidents_update_drill ON incidents_update;
DROP FUNCTION incidents_update_drill();
DROP TRIGGER incidents_promise_stands ON incidents_promise;
DROP FUNCTION incidents_promise_stands();
"""
SQLITE_UPDATE = """
CREATE TRIGGER incidents_update_drill_{event} BEFORE {event} ON incidents_update
WHEN NEW.message_id IS NOT NULL
 AND (SELECT is_drill FROM incidents_incident WHERE id = NEW.incident_id)
     IS NOT (SELECT is_drill FROM customers_message WHERE id = NEW.message_id)
BEGIN SELECT RAISE(ABORT, 'the message of a drill must be a drill, and of no drill none'); END
"""
SQLITE_KEEPS = """
CREATE TRIGGER incidents_incident_keeps_drill BEFORE UPDATE ON incidents_incident
WHEN NEW.is_drill IS NOT OLD.is_drill
BEGIN SELECT RAISE(ABORT, 'an incident stays a drill, or stays none'); END
"""
SQLITE_STANDS = """
CREATE TRIGGER incidents_promise_stands BEFORE UPDATE ON incidents_promise
WHEN NEW.due_at IS NOT OLD.due_at OR NEW.made_at IS NOT OLD.made_at OR NEW.made_by_id IS NOT OLD.made_by_id
BEGIN SELECT RAISE(ABORT, 'a promise is never moved; send a message that makes a new one'); END
"""


class Migration(migrations.Migration):
    dependencies = [
        ("incidents", "0001_initial"),
        ("customers", "0003_drills_never_reach_customers"),
    ]

    operations = [
        insert_only("incidents_timelineentry"),
        per_vendor(
            postgresql=[POSTGRES],
            sqlite=[
                SQLITE_KEEPS,
                SQLITE_UPDATE.format(event="INSERT"),
                SQLITE_UPDATE.format(event="UPDATE"),
                SQLITE_STANDS,
            ],
            undo_postgresql=[UNDO_POSTGRES],
            undo_sqlite=[
                "DROP TRIGGER incidents_incident_keeps_drill",
                "DROP TRIGGER incidents_update_drill_INSERT",
                "DROP TRIGGER incidents_update_drill_UPDATE",
                "DROP TRIGGER incidents_promise_stands",
            ],
        ),
    ]
