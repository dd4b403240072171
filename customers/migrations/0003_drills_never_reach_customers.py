"""The database itself keeps drills away from customers."""

from django.db import migrations

from crisisdesk.core.triggers import per_vendor

FLAG_FIXED = "is_drill never changes"
FLAG_DIFFERS = "is_drill of a delivery is that of its message"
CUSTOMER_ADDRESS = "a drill may not carry the address of a contact"

# PostgreSQL looks at each statement once (a transition table), so that freezing 100,000 deliveries stays fast;
# updates look at a row only when one of the three columns changes.
POSTGRES = [
    """
CREATE FUNCTION customers_flag_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'is_drill never changes' USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE FUNCTION customers_drill_rows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM written d JOIN customers_message m ON m.id = d.message_id
             WHERE m.is_drill IS DISTINCT FROM d.is_drill) THEN
    RAISE EXCEPTION 'is_drill of a delivery is that of its message' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  IF EXISTS (SELECT 1 FROM written d WHERE d.is_drill AND (
               EXISTS (SELECT 1 FROM customers_contact c WHERE LOWER(c.email) = LOWER(d.address))
               OR EXISTS (SELECT 1 FROM customers_contact c WHERE c.phone = d.address AND NOT (c.phone = '')))) THEN
    RAISE EXCEPTION 'a drill may not carry the address of a contact' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NULL;
END $$;
CREATE FUNCTION customers_drill_row() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.is_drill IS DISTINCT FROM (SELECT is_drill FROM customers_message WHERE id = NEW.message_id) THEN
    RAISE EXCEPTION 'is_drill of a delivery is that of its message' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  IF NEW.is_drill AND (
      EXISTS (SELECT 1 FROM customers_contact c WHERE LOWER(c.email) = LOWER(NEW.address))
      OR EXISTS (SELECT 1 FROM customers_contact c WHERE c.phone = NEW.address AND NOT (c.phone = ''))) THEN
    RAISE EXCEPTION 'a drill may not carry the address of a contact' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER customers_message_drill_fixed BEFORE UPDATE ON customers_message
  FOR EACH ROW WHEN (OLD.is_drill IS DISTINCT FROM NEW.is_drill) EXECUTE FUNCTION customers_flag_fixed();
CREATE TRIGGER customers_delivery_drill_fixed BEFORE UPDATE ON customers_delivery
  FOR EACH ROW WHEN (OLD.is_drill IS DISTINCT FROM NEW.is_drill) EXECUTE FUNCTION customers_flag_fixed();
CREATE TRIGGER customers_delivery_drill_insert AFTER INSERT ON customers_delivery
  REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION customers_drill_rows();
CREATE TRIGGER customers_delivery_drill_update BEFORE UPDATE ON customers_delivery
  FOR EACH ROW WHEN (OLD.address IS DISTINCT FROM NEW.address OR OLD.message_id IS DISTINCT FROM NEW.message_id)
  EXECUTE FUNCTION customers_drill_row();
"""
]
UNDO_POSTGRES = [
    "DROP TRIGGER customers_message_drill_fixed ON customers_message",
    "DROP TRIGGER customers_delivery_drill_fixed ON customers_delivery",
    "DROP TRIGGER customers_delivery_drill_insert ON customers_delivery",
    "DROP TRIGGER customers_delivery_drill_update ON customers_delivery",
    "DROP FUNCTION customers_flag_fixed(), customers_drill_rows(), customers_drill_row()",
]

_DIFFERS_SQLITE = "NEW.is_drill IS NOT (SELECT is_drill FROM customers_message WHERE id = NEW.message_id)"
_CUSTOMER_SQLITE = (
    "NEW.is_drill AND (EXISTS (SELECT 1 FROM customers_contact WHERE LOWER(email) = LOWER(NEW.address)) "
    "OR EXISTS (SELECT 1 FROM customers_contact WHERE phone = NEW.address AND NOT (phone = '')))"
)


def _sqlite(name: str, event: str, table: str, condition: str, text: str) -> str:
    return (
        f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW WHEN {condition} "
        f"BEGIN SELECT RAISE(ABORT, '{text}'); END"
    )


SQLITE = [
    _sqlite(f"{table}_drill_fixed", "UPDATE OF is_drill", table, "OLD.is_drill IS NOT NEW.is_drill", FLAG_FIXED)
    for table in ("customers_message", "customers_delivery")
] + [
    _sqlite(f"customers_delivery_drill_{what}_{key}", event, "customers_delivery", condition, text)
    for what, condition, text in (
        ("flag", _DIFFERS_SQLITE, FLAG_DIFFERS),
        ("address", _CUSTOMER_SQLITE, CUSTOMER_ADDRESS),
    )
    for key, event in (("insert", "INSERT"), ("update", "UPDATE OF address, message_id"))
]
UNDO_SQLITE = [f"DROP TRIGGER {table}_drill_fixed" for table in ("customers_message", "customers_delivery")] + [
    f"DROP TRIGGER customers_delivery_drill_{what}_{key}"
    for what in ("flag", "address")
    for key in ("insert", "update")
]


class Migration(migrations.Migration):
    dependencies = [("customers", "0001_initial")]

    operations = [
        per_vendor(postgresql=POSTGRES, sqlite=SQLITE, undo_postgresql=UNDO_POSTGRES, undo_sqlite=UNDO_SQLITE),
    ]
