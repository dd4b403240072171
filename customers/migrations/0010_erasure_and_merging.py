"""Calls and delivery events stay as they were written; erasure empties what names a person."""

from django.db import migrations

from crisisdesk.core.triggers import erasable, insert_only


class Migration(migrations.Migration):
    dependencies = [("customers", "0008_provider_events_have_a_retention")]

    operations = [
        insert_only("customers_callrecord"),
        erasable(
            "customers_callrecord",
            kept=["id", "message_id", "customer_id", "contact_id", "result", "at", "made_by_id", "made_by_name"],
            emptied=["spoke_with", "note"],
        ),
        insert_only("customers_deliveryevent"),
        erasable(
            "customers_deliveryevent",
            kept=["id", "delivery_id", "at", "state", "attempt", "transport", "code", "is_repeat"],
            emptied=["text"],
        ),
    ]
