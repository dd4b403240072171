"""The record of an incident stays as it was written; erasure replaces the words that name a person."""

from django.db import migrations

from crisisdesk.core.triggers import redactable


class Migration(migrations.Migration):
    dependencies = [("incidents", "0028_starter_words_say_it_once")]

    operations = [
        redactable(
            "incidents_timelineentry",
            kept=["id", "incident_id", "alert_id", "at", "kind", "actor_kind", "actor_name", "data"],
            column="text",
            mark="[erased]",
        ),
    ]
