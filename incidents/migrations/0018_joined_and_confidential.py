"""Incidents merged, split and confidential: new columns may be empty, so that no table is made anew (and its triggers lost)."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from crisisdesk.core.triggers import insert_only


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0010_erasure_and_merging"),
        ("incidents", "0017_starter_checklists"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="CarriedOver",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "is_gone",
                    models.BooleanField(
                        help_text="Hears no more of the incident they came from, unless it is told anew."
                    ),
                ),
                ("reason", models.CharField(help_text="Why they were told.", max_length=300)),
                ("at", models.DateTimeField()),
            ],
            options={
                "verbose_name": "contact carried over",
                "verbose_name_plural": "contacts carried over",
            },
        ),
        migrations.CreateModel(
            name="Clearance",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "group",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("Operations", "Operations"),
                            ("Support", "Support"),
                            ("Marketing communications", "Marketing communications"),
                            ("Customer success", "Customer success"),
                            ("Executives", "Executives"),
                            ("Administrators", "Administrators"),
                        ],
                        max_length=40,
                    ),
                ),
                ("reason", models.CharField(max_length=300)),
                ("granted_at", models.DateTimeField()),
                ("granted_by_name", models.CharField(max_length=200)),
                ("revoked_at", models.DateTimeField(blank=True, null=True)),
                ("revoked_by_name", models.CharField(blank=True, max_length=200)),
                ("revoked_reason", models.CharField(blank=True, max_length=300)),
            ],
        ),
        migrations.AddField(
            model_name="historicalincident",
            name="confidential_at",
            field=models.DateTimeField(
                blank=True, help_text="Since when only those named may know; empty: no secret.", null=True
            ),
        ),
        migrations.AddField(
            model_name="historicalincident",
            name="joined_at",
            field=models.DateTimeField(
                blank=True,
                help_text="When it was last merged with another, or split: some were told elsewhere.",
                null=True,
            ),
        ),
        migrations.AddField(
            model_name="historicalincident",
            name="merged_into",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                help_text="What it continues as.",
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="incidents.incident",
            ),
        ),
        migrations.AddField(
            model_name="historicalincident",
            name="split_from",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="incidents.incident",
            ),
        ),
        migrations.AddField(
            model_name="incident",
            name="confidential_at",
            field=models.DateTimeField(
                blank=True, help_text="Since when only those named may know; empty: no secret.", null=True
            ),
        ),
        migrations.AddField(
            model_name="incident",
            name="joined_at",
            field=models.DateTimeField(
                blank=True,
                help_text="When it was last merged with another, or split: some were told elsewhere.",
                null=True,
            ),
        ),
        migrations.AddField(
            model_name="incident",
            name="merged_into",
            field=models.ForeignKey(
                blank=True,
                help_text="What it continues as.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="merged",
                to="incidents.incident",
            ),
        ),
        migrations.AddField(
            model_name="incident",
            name="split_from",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="split_off",
                to="incidents.incident",
            ),
        ),
        migrations.AddIndex(
            model_name="incident",
            index=models.Index(
                condition=models.Q(("confidential_at", None), _negated=True),
                fields=["id"],
                name="incident_confidential",
            ),
        ),
        migrations.AddField(
            model_name="carriedover",
            name="came_from",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="carried_out", to="incidents.incident"
            ),
        ),
        migrations.AddField(
            model_name="carriedover",
            name="contact",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="customers.contact"
            ),
        ),
        migrations.AddField(
            model_name="carriedover",
            name="incident",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="carried_in",
                to="incidents.incident",
            ),
        ),
        migrations.AddField(
            model_name="clearance",
            name="incident",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="clearances", to="incidents.incident"
            ),
        ),
        migrations.AddField(
            model_name="clearance",
            name="person",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddIndex(
            model_name="carriedover",
            index=models.Index(fields=["contact"], name="carried_over_by_contact"),
        ),
        migrations.AddConstraint(
            model_name="carriedover",
            constraint=models.UniqueConstraint(fields=("incident", "contact"), name="carried_over_once_per_contact"),
        ),
        migrations.AddConstraint(
            model_name="clearance",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("group", ""), ("person__isnull", False)),
                    models.Q(("person", None), models.Q(("group", ""), _negated=True)),
                    _connector="OR",
                ),
                name="clearance_names_a_person_or_a_role",
            ),
        ),
        migrations.AddConstraint(
            model_name="clearance",
            constraint=models.UniqueConstraint(
                condition=models.Q(("person__isnull", False), ("revoked_at", None)),
                fields=("incident", "person"),
                name="one_standing_clearance_per_person",
            ),
        ),
        migrations.AddConstraint(
            model_name="clearance",
            constraint=models.UniqueConstraint(
                condition=models.Q(("revoked_at", None), models.Q(("group", ""), _negated=True)),
                fields=("incident", "group"),
                name="one_standing_clearance_per_role",
            ),
        ),
        insert_only("incidents_carriedover"),
    ]
