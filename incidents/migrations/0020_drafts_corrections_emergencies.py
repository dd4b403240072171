"""Corrections name what was wrong, messages a document, drafts who else writes; words nobody approved are listed."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from crisisdesk.core.triggers import per_vendor

# SQLite makes a table anew for its new columns, and loses its triggers (see 0002_record_is_insert_only).
SQLITE_UPDATE = """
CREATE TRIGGER incidents_update_drill_{event} BEFORE {event} ON incidents_update
WHEN NEW.message_id IS NOT NULL
 AND (SELECT is_drill FROM incidents_incident WHERE id = NEW.incident_id)
     IS NOT (SELECT is_drill FROM customers_message WHERE id = NEW.message_id)
BEGIN SELECT RAISE(ABORT, 'the message of a drill must be a drill, and of no drill none'); END
"""
CREATED = [SQLITE_UPDATE.format(event=event) for event in ("INSERT", "UPDATE")]
DROPPED = [f"DROP TRIGGER incidents_update_drill_{event}" for event in ("INSERT", "UPDATE")]


class Migration(migrations.Migration):
    dependencies = [
        ("incidents", "0019_paging_policy"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        per_vendor(postgresql=[], sqlite=DROPPED, undo_sqlite=CREATED),
        migrations.AddField(
            model_name="draft",
            name="article_url",
            field=models.URLField(blank=True, default="", db_default="", verbose_name="knowledge-base document"),
        ),
        migrations.AddField(
            model_name="draft",
            name="corrects",
            field=models.ForeignKey(
                blank=True,
                help_text="Of a correction: the message that was wrong. It goes to exactly those who got that one.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="incidents.update",
            ),
        ),
        migrations.AddField(
            model_name="draft",
            name="emergency_reason",
            field=models.CharField(
                blank=True,
                default="",
                db_default="",
                help_text="Why a template is used that is not approved.",
                max_length=300,
            ),
        ),
        migrations.AddField(
            model_name="draft",
            name="was_wrong",
            field=models.TextField(
                blank=True,
                default="",
                db_default="",
                help_text="Of a correction: what an earlier message said wrongly.",
                verbose_name="what was wrong",
            ),
        ),
        migrations.AddField(
            model_name="historicalupdate",
            name="article_url",
            field=models.URLField(blank=True, default="", db_default="", verbose_name="knowledge-base document"),
        ),
        migrations.AddField(
            model_name="historicalupdate",
            name="corrects",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="incidents.update",
            ),
        ),
        migrations.AddField(
            model_name="historicalupdate",
            name="was_wrong",
            field=models.TextField(
                blank=True,
                default="",
                db_default="",
                help_text="Of a correction: what an earlier message said wrongly.",
                verbose_name="what was wrong",
            ),
        ),
        migrations.AddField(
            model_name="update",
            name="article_url",
            field=models.URLField(blank=True, default="", db_default="", verbose_name="knowledge-base document"),
        ),
        migrations.AddField(
            model_name="update",
            name="corrects",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="corrections",
                to="incidents.update",
            ),
        ),
        migrations.AddField(
            model_name="update",
            name="was_wrong",
            field=models.TextField(
                blank=True,
                default="",
                db_default="",
                help_text="Of a correction: what an earlier message said wrongly.",
                verbose_name="what was wrong",
            ),
        ),
        migrations.CreateModel(
            name="DraftWriter",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("seen_at", models.DateTimeField()),
                ("typed_at", models.DateTimeField(blank=True, null=True)),
                (
                    "draft",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="writers", to="incidents.draft"
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("draft", "person"), name="one_writer_row_per_draft")],
            },
        ),
        migrations.CreateModel(
            name="EmergencyUse",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("reason", models.CharField(max_length=300)),
                ("used_at", models.DateTimeField()),
                ("used_by_name", models.CharField(max_length=200)),
                ("reviewed_at", models.DateTimeField(blank=True, null=True)),
                ("reviewed_by_name", models.CharField(blank=True, max_length=200)),
                ("verdict", models.TextField(blank=True, help_text="What communications says to it.")),
                (
                    "reviewed_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "template",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="emergency_uses",
                        to="incidents.template",
                    ),
                ),
                (
                    "update",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="emergency_use", to="incidents.update"
                    ),
                ),
            ],
            options={
                "verbose_name": "emergency use of a template",
                "verbose_name_plural": "emergency uses of templates",
                "indexes": [
                    models.Index(
                        condition=models.Q(("reviewed_at", None)), fields=["used_at"], name="emergency_use_unreviewed"
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True), name="emergency_use_has_its_reason"
                    )
                ],
            },
        ),
        per_vendor(postgresql=[], sqlite=CREATED, undo_sqlite=DROPPED),
    ]
