import django.core.validators
import django.db.models.deletion
import simple_history.models
from django.conf import settings
from django.db import migrations, models

import crisisdesk.core.zones
from crisisdesk.core.tables import CreateModels


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("customers", "0001_initial"),
        ("incidents", "0001_initial"),
    ]

    operations = [
        CreateModels(
            [
                migrations.CreateModel(
                    name="Printout",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("overview", "overview"),
                                    ("service", "service"),
                                    ("cause", "cause"),
                                    ("incident", "outage"),
                                    ("review", "review of a cause"),
                                    ("rows", "list"),
                                    ("postmortem", "post-mortem (internal)"),
                                    ("pack", "review pack of a quarter"),
                                ],
                                max_length=10,
                            ),
                        ),
                        ("object_id", models.BigIntegerField(default=0)),
                        ("period", models.CharField(default="90", max_length=10)),
                        ("listing", models.CharField(blank=True, max_length=30)),
                        ("params", models.JSONField(blank=True, default=dict)),
                        ("title", models.CharField(max_length=250)),
                        ("asked_at", models.DateTimeField()),
                        ("asked_by_name", models.CharField(max_length=200)),
                        ("due_on", models.DateField(blank=True, null=True)),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("queued", "being made"),
                                    ("ready", "ready"),
                                    ("failed", "failed"),
                                    ("gone", "no longer kept"),
                                ],
                                default="queued",
                                max_length=6,
                            ),
                        ),
                        ("attempts", models.PositiveSmallIntegerField(default=0)),
                        (
                            "begun_at",
                            models.DateTimeField(blank=True, help_text="When the last attempt began.", null=True),
                        ),
                        ("problem", models.CharField(blank=True, max_length=300)),
                        ("ready_at", models.DateTimeField(blank=True, null=True)),
                        ("pages", models.PositiveIntegerField(default=0)),
                        ("size", models.PositiveIntegerField(default=0, help_text="In bytes.")),
                        (
                            "mailed_at",
                            models.DateTimeField(blank=True, help_text="When executives were told of it.", null=True),
                        ),
                        ("sha256", models.CharField(blank=True, max_length=64)),
                        (
                            "asked_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "service",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="customers.service",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                condition=models.Q(("state", "queued")), fields=["asked_at"], name="printout_owed"
                            )
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("due_on__isnull", False)),
                                fields=("kind", "period", "due_on"),
                                name="one_pack_a_day",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("state", "ready"), _negated=True),
                                    ("ready_at__isnull", False),
                                    _connector="OR",
                                ),
                                name="ready_printout_has_its_time",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Cause",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "slug",
                            models.SlugField(help_text="The short name that the record uses. It stays.", unique=True),
                        ),
                        ("name", models.CharField(max_length=80, unique=True)),
                        ("definition", models.TextField(help_text="One sentence: which outages have this cause.")),
                        (
                            "is_active",
                            models.BooleanField(
                                default=True,
                                help_text="Others are no longer offered to choose from.",
                                verbose_name="active",
                            ),
                        ),
                        (
                            "can_repeat",
                            models.BooleanField(
                                default=True,
                                help_text="Two outages of this cause within the window are a repeat.",
                                verbose_name="counts as a repeat",
                            ),
                        ),
                        (
                            "parent",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="children",
                                to="postmortems.cause",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["name"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("parent", None),
                                    models.Q(("parent", models.F("id")), _negated=True),
                                    _connector="OR",
                                ),
                                name="cause_not_under_itself",
                                violation_error_message="A cause can't stand under itself.",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="HistoricalAlertVerdict",
                    fields=[
                        ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                        ("history_actor", models.CharField(blank=True, default="", editable=False, max_length=200)),
                        ("is_similar", models.BooleanField()),
                        ("at", models.DateTimeField()),
                        ("by_name", models.CharField(max_length=200)),
                        ("history_id", models.AutoField(primary_key=True, serialize=False)),
                        ("history_date", models.DateTimeField(db_index=True)),
                        ("history_change_reason", models.CharField(max_length=100, null=True)),
                        (
                            "history_type",
                            models.CharField(
                                choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1
                            ),
                        ),
                        (
                            "alert",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="incidents.alert",
                            ),
                        ),
                        (
                            "history_user",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "incident",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="incidents.incident",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "historical alert verdict",
                        "verbose_name_plural": "historical alert verdicts",
                        "ordering": ("-history_date", "-history_id"),
                        "get_latest_by": ("history_date", "history_id"),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name="HistoricalCause",
                    fields=[
                        ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                        ("history_actor", models.CharField(blank=True, default="", editable=False, max_length=200)),
                        ("slug", models.SlugField(help_text="The short name that the record uses. It stays.")),
                        ("name", models.CharField(db_index=True, max_length=80)),
                        ("definition", models.TextField(help_text="One sentence: which outages have this cause.")),
                        (
                            "is_active",
                            models.BooleanField(
                                default=True,
                                help_text="Others are no longer offered to choose from.",
                                verbose_name="active",
                            ),
                        ),
                        (
                            "can_repeat",
                            models.BooleanField(
                                default=True,
                                help_text="Two outages of this cause within the window are a repeat.",
                                verbose_name="counts as a repeat",
                            ),
                        ),
                        ("history_id", models.AutoField(primary_key=True, serialize=False)),
                        ("history_date", models.DateTimeField(db_index=True)),
                        ("history_change_reason", models.CharField(max_length=100, null=True)),
                        (
                            "history_type",
                            models.CharField(
                                choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1
                            ),
                        ),
                        (
                            "history_user",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "parent",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="postmortems.cause",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "historical cause",
                        "verbose_name_plural": "historical causes",
                        "ordering": ("-history_date", "-history_id"),
                        "get_latest_by": ("history_date", "history_id"),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name="HistoricalCauseReview",
                    fields=[
                        ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                        ("history_actor", models.CharField(blank=True, default="", editable=False, max_length=200)),
                        (
                            "state",
                            models.CharField(
                                choices=[("open", "open"), ("decided", "decided"), ("signed_off", "signed off")],
                                default="open",
                                max_length=10,
                            ),
                        ),
                        ("reason", models.CharField(help_text="What opened it.", max_length=300)),
                        ("opened_at", models.DateTimeField()),
                        ("opened_by_name", models.CharField(max_length=200)),
                        ("decision", models.TextField(blank=True)),
                        ("decided_at", models.DateTimeField(blank=True, null=True)),
                        ("decided_by_name", models.CharField(blank=True, max_length=200)),
                        ("signed_off_at", models.DateTimeField(blank=True, null=True)),
                        ("signed_off_by_name", models.CharField(blank=True, max_length=200)),
                        ("history_id", models.AutoField(primary_key=True, serialize=False)),
                        ("history_date", models.DateTimeField(db_index=True)),
                        ("history_change_reason", models.CharField(max_length=100, null=True)),
                        (
                            "history_type",
                            models.CharField(
                                choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1
                            ),
                        ),
                        (
                            "cause",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="postmortems.cause",
                            ),
                        ),
                        (
                            "history_user",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "signed_off_by",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "historical review of a cause",
                        "verbose_name_plural": "historical reviews of causes",
                        "ordering": ("-history_date", "-history_id"),
                        "get_latest_by": ("history_date", "history_id"),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name="HistoricalPostmortem",
                    fields=[
                        ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                        ("history_actor", models.CharField(blank=True, default="", editable=False, max_length=200)),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("drafting", "being written"),
                                    ("approved", "approved"),
                                    ("published", "published"),
                                ],
                                default="drafting",
                                max_length=10,
                            ),
                        ),
                        ("opened_at", models.DateTimeField()),
                        ("covers_until", models.DateTimeField()),
                        (
                            "due_on",
                            models.DateField(help_text="The last day in time, by the vendor's holiday calendars."),
                        ),
                        (
                            "time_zone",
                            models.CharField(
                                default="UTC", max_length=64, validators=[crisisdesk.core.zones.validate_time_zone]
                            ),
                        ),
                        ("version", models.PositiveIntegerField(default=1)),
                        ("summary", models.TextField(blank=True)),
                        ("impact", models.TextField(blank=True)),
                        ("detection", models.TextField(blank=True)),
                        ("root_cause", models.TextField(blank=True)),
                        ("went_well", models.TextField(blank=True)),
                        ("went_badly", models.TextField(blank=True)),
                        ("lucky", models.TextField(blank=True)),
                        (
                            "no_action_reason",
                            models.TextField(
                                blank=True, help_text="Why nothing will be done, when there is no action."
                            ),
                        ),
                        ("customers_count", models.PositiveIntegerField(default=0)),
                        ("contacts_count", models.PositiveIntegerField(default=0)),
                        ("customer_minutes", models.PositiveBigIntegerField(default=0)),
                        ("computed_customers", models.PositiveIntegerField(default=0)),
                        ("computed_contacts", models.PositiveIntegerField(default=0)),
                        ("computed_minutes", models.PositiveBigIntegerField(default=0)),
                        ("impact_corrected_at", models.DateTimeField(blank=True, null=True)),
                        ("impact_corrected_by_name", models.CharField(blank=True, max_length=200)),
                        (
                            "impact_reason",
                            models.CharField(
                                blank=True, help_text="Why the computed numbers are not right.", max_length=300
                            ),
                        ),
                        ("approved_at", models.DateTimeField(blank=True, null=True)),
                        ("approved_by_name", models.CharField(blank=True, max_length=200)),
                        (
                            "edition_version",
                            models.PositiveIntegerField(default=0, help_text="0: there is no customer edition yet."),
                        ),
                        ("edition_sections", models.JSONField(blank=True, default=list)),
                        ("edition_subject", models.CharField(blank=True, max_length=150)),
                        ("edition_body", models.TextField(blank=True)),
                        (
                            "edition_correction",
                            models.CharField(
                                blank=True,
                                help_text="What is being corrected, after the first text was published.",
                                max_length=300,
                            ),
                        ),
                        ("edition_edited_by_name", models.CharField(blank=True, max_length=200)),
                        ("edition_approved_at", models.DateTimeField(blank=True, null=True)),
                        ("edition_approved_by_name", models.CharField(blank=True, max_length=200)),
                        ("published_at", models.DateTimeField(blank=True, null=True)),
                        ("published_by_name", models.CharField(blank=True, max_length=200)),
                        ("signed_off_at", models.DateTimeField(blank=True, null=True)),
                        ("signed_off_by_name", models.CharField(blank=True, max_length=200)),
                        ("history_id", models.AutoField(primary_key=True, serialize=False)),
                        ("history_date", models.DateTimeField(db_index=True)),
                        ("history_change_reason", models.CharField(max_length=100, null=True)),
                        (
                            "history_type",
                            models.CharField(
                                choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1
                            ),
                        ),
                        (
                            "approved_by",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "cause",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="postmortems.cause",
                            ),
                        ),
                        (
                            "edition_approved_by",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "history_user",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "incident",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="incidents.incident",
                            ),
                        ),
                        (
                            "lead",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "published_update",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                help_text="Empty: internal only.",
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="incidents.update",
                            ),
                        ),
                        (
                            "signed_off_by",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "historical post-mortem",
                        "verbose_name_plural": "historical post-mortems",
                        "ordering": ("-history_date", "-history_id"),
                        "get_latest_by": ("history_date", "history_id"),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name="HistoricalReviewThreshold",
                    fields=[
                        ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                        ("history_actor", models.CharField(blank=True, default="", editable=False, max_length=200)),
                        (
                            "severity",
                            models.CharField(
                                choices=[
                                    ("SEV1", "SEV1 – critical"),
                                    ("SEV2", "SEV2 – major"),
                                    ("SEV3", "SEV3 – minor"),
                                    ("SEV4", "SEV4 – slight"),
                                ],
                                db_index=True,
                                help_text="This severity or worse.",
                                max_length=4,
                            ),
                        ),
                        (
                            "outages",
                            models.PositiveSmallIntegerField(
                                help_text="So many outages of one cause within the window open a review.",
                                validators=[django.core.validators.MinValueValidator(2)],
                            ),
                        ),
                        ("is_active", models.BooleanField(default=True, verbose_name="active")),
                        ("history_id", models.AutoField(primary_key=True, serialize=False)),
                        ("history_date", models.DateTimeField(db_index=True)),
                        ("history_change_reason", models.CharField(max_length=100, null=True)),
                        (
                            "history_type",
                            models.CharField(
                                choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1
                            ),
                        ),
                        (
                            "history_user",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "historical review threshold",
                        "verbose_name_plural": "historical review thresholds",
                        "ordering": ("-history_date", "-history_id"),
                        "get_latest_by": ("history_date", "history_id"),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name="HistoricalSimilarityVerdict",
                    fields=[
                        ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                        ("history_actor", models.CharField(blank=True, default="", editable=False, max_length=200)),
                        ("is_similar", models.BooleanField()),
                        ("at", models.DateTimeField()),
                        ("by_name", models.CharField(max_length=200)),
                        ("history_id", models.AutoField(primary_key=True, serialize=False)),
                        ("history_date", models.DateTimeField(db_index=True)),
                        ("history_change_reason", models.CharField(max_length=100, null=True)),
                        (
                            "history_type",
                            models.CharField(
                                choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1
                            ),
                        ),
                        (
                            "first",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="incidents.incident",
                            ),
                        ),
                        (
                            "history_user",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "second",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="incidents.incident",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "historical similarity verdict",
                        "verbose_name_plural": "historical similarity verdicts",
                        "ordering": ("-history_date", "-history_id"),
                        "get_latest_by": ("history_date", "history_id"),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name="Postmortem",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("drafting", "being written"),
                                    ("approved", "approved"),
                                    ("published", "published"),
                                ],
                                default="drafting",
                                max_length=10,
                            ),
                        ),
                        ("opened_at", models.DateTimeField()),
                        ("covers_until", models.DateTimeField()),
                        (
                            "due_on",
                            models.DateField(help_text="The last day in time, by the vendor's holiday calendars."),
                        ),
                        (
                            "time_zone",
                            models.CharField(
                                default="UTC", max_length=64, validators=[crisisdesk.core.zones.validate_time_zone]
                            ),
                        ),
                        ("version", models.PositiveIntegerField(default=1)),
                        ("summary", models.TextField(blank=True)),
                        ("impact", models.TextField(blank=True)),
                        ("detection", models.TextField(blank=True)),
                        ("root_cause", models.TextField(blank=True)),
                        ("went_well", models.TextField(blank=True)),
                        ("went_badly", models.TextField(blank=True)),
                        ("lucky", models.TextField(blank=True)),
                        (
                            "no_action_reason",
                            models.TextField(
                                blank=True, help_text="Why nothing will be done, when there is no action."
                            ),
                        ),
                        ("customers_count", models.PositiveIntegerField(default=0)),
                        ("contacts_count", models.PositiveIntegerField(default=0)),
                        ("customer_minutes", models.PositiveBigIntegerField(default=0)),
                        ("computed_customers", models.PositiveIntegerField(default=0)),
                        ("computed_contacts", models.PositiveIntegerField(default=0)),
                        ("computed_minutes", models.PositiveBigIntegerField(default=0)),
                        ("impact_corrected_at", models.DateTimeField(blank=True, null=True)),
                        ("impact_corrected_by_name", models.CharField(blank=True, max_length=200)),
                        (
                            "impact_reason",
                            models.CharField(
                                blank=True, help_text="Why the computed numbers are not right.", max_length=300
                            ),
                        ),
                        ("approved_at", models.DateTimeField(blank=True, null=True)),
                        ("approved_by_name", models.CharField(blank=True, max_length=200)),
                        (
                            "edition_version",
                            models.PositiveIntegerField(default=0, help_text="0: there is no customer edition yet."),
                        ),
                        ("edition_sections", models.JSONField(blank=True, default=list)),
                        ("edition_subject", models.CharField(blank=True, max_length=150)),
                        ("edition_body", models.TextField(blank=True)),
                        (
                            "edition_correction",
                            models.CharField(
                                blank=True,
                                help_text="What is being corrected, after the first text was published.",
                                max_length=300,
                            ),
                        ),
                        ("edition_edited_by_name", models.CharField(blank=True, max_length=200)),
                        ("edition_approved_at", models.DateTimeField(blank=True, null=True)),
                        ("edition_approved_by_name", models.CharField(blank=True, max_length=200)),
                        ("published_at", models.DateTimeField(blank=True, null=True)),
                        ("published_by_name", models.CharField(blank=True, max_length=200)),
                        ("signed_off_at", models.DateTimeField(blank=True, null=True)),
                        ("signed_off_by_name", models.CharField(blank=True, max_length=200)),
                        (
                            "approved_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "cause",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="postmortems",
                                to="postmortems.cause",
                            ),
                        ),
                        (
                            "contributing",
                            models.ManyToManyField(blank=True, related_name="contributed_to", to="postmortems.cause"),
                        ),
                        (
                            "edition_approved_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "incident",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="postmortem",
                                to="incidents.incident",
                            ),
                        ),
                        (
                            "lead",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="led_postmortems",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "published_update",
                            models.ForeignKey(
                                blank=True,
                                help_text="Empty: internal only.",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="incidents.update",
                            ),
                        ),
                        (
                            "signed_off_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "post-mortem",
                        "indexes": [
                            models.Index(
                                condition=models.Q(("state", "drafting")), fields=["due_on"], name="postmortem_owed"
                            ),
                            models.Index(fields=["cause", "incident"], name="postmortem_by_cause"),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("approved_at", None), ("state", "drafting")),
                                    models.Q(
                                        models.Q(("state", "drafting"), _negated=True), ("approved_at__isnull", False)
                                    ),
                                    _connector="OR",
                                ),
                                name="approved_postmortem_has_its_time",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("state", "drafting"), ("cause__isnull", False), _connector="OR"),
                                name="approved_postmortem_has_a_cause",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("state", "published"), _negated=True),
                                    ("published_at__isnull", False),
                                    _connector="OR",
                                ),
                                name="published_postmortem_has_its_time",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("impact_corrected_at", None),
                                    models.Q(("impact_reason", ""), _negated=True),
                                    _connector="OR",
                                ),
                                name="corrected_impact_says_why",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("edition_approved_at", None), ("edition_version__gte", 1), _connector="OR"
                                ),
                                name="approved_edition_exists",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("signed_off_at", None),
                                    models.Q(("state", "drafting"), _negated=True),
                                    _connector="OR",
                                ),
                                name="signed_off_postmortem_is_approved",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="HistoricalPostmortem_contributing",
                    fields=[
                        ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                        ("m2m_history_id", models.AutoField(primary_key=True, serialize=False)),
                        (
                            "cause",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                db_tablespace="",
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="postmortems.cause",
                            ),
                        ),
                        (
                            "history",
                            models.ForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                to="postmortems.historicalpostmortem",
                            ),
                        ),
                        (
                            "postmortem",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                db_tablespace="",
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="postmortems.postmortem",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "HistoricalPostmortem_contributing",
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name="HistoricalHiddenMoment",
                    fields=[
                        ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                        ("history_actor", models.CharField(blank=True, default="", editable=False, max_length=200)),
                        ("key", models.CharField(max_length=80)),
                        ("moment_at", models.DateTimeField()),
                        ("text", models.TextField()),
                        ("reason", models.CharField(max_length=300)),
                        ("is_hidden", models.BooleanField(default=True, help_text="Off: it was shown again.")),
                        ("at", models.DateTimeField()),
                        ("by_name", models.CharField(max_length=200)),
                        ("history_id", models.AutoField(primary_key=True, serialize=False)),
                        ("history_date", models.DateTimeField(db_index=True)),
                        ("history_change_reason", models.CharField(max_length=100, null=True)),
                        (
                            "history_type",
                            models.CharField(
                                choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1
                            ),
                        ),
                        (
                            "history_user",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "postmortem",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="postmortems.postmortem",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "historical hidden moment",
                        "verbose_name_plural": "historical hidden moments",
                        "ordering": ("-history_date", "-history_id"),
                        "get_latest_by": ("history_date", "history_id"),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name="HiddenMoment",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("key", models.CharField(max_length=80)),
                        ("moment_at", models.DateTimeField()),
                        ("text", models.TextField()),
                        ("reason", models.CharField(max_length=300)),
                        ("is_hidden", models.BooleanField(default=True, help_text="Off: it was shown again.")),
                        ("at", models.DateTimeField()),
                        ("by_name", models.CharField(max_length=200)),
                        (
                            "postmortem",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="hidden_moments",
                                to="postmortems.postmortem",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["moment_at", "id"],
                        "constraints": [
                            models.UniqueConstraint(fields=("postmortem", "key"), name="moment_hidden_once"),
                            models.CheckConstraint(
                                condition=models.Q(("reason", ""), _negated=True), name="hidden_moment_says_why"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="EditionVersion",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "number",
                            models.PositiveSmallIntegerField(help_text="1 is the first; later ones are corrections."),
                        ),
                        ("subject", models.CharField(max_length=150)),
                        ("body", models.TextField()),
                        (
                            "correction",
                            models.CharField(
                                blank=True, help_text="What was wrong before. Customers read it.", max_length=300
                            ),
                        ),
                        ("by_mail", models.BooleanField()),
                        ("published_at", models.DateTimeField()),
                        ("published_by_name", models.CharField(max_length=200)),
                        ("approved_by_name", models.CharField(max_length=200)),
                        (
                            "update",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="incidents.update"
                            ),
                        ),
                        (
                            "postmortem",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="versions",
                                to="postmortems.postmortem",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["postmortem", "number"],
                        "constraints": [
                            models.UniqueConstraint(fields=("postmortem", "number"), name="edition_number_once"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("correction", ""), ("number", 1)),
                                    models.Q(("number__gt", 1), models.Q(("correction", ""), _negated=True)),
                                    _connector="OR",
                                ),
                                name="correction_says_what_was_wrong",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="AddedMoment",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("happened_at", models.DateTimeField()),
                        ("text", models.TextField()),
                        ("at", models.DateTimeField()),
                        ("by_name", models.CharField(max_length=200)),
                        (
                            "postmortem",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="added_moments",
                                to="postmortems.postmortem",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["happened_at", "id"],
                    },
                ),
                migrations.CreateModel(
                    name="PrintoutContent",
                    fields=[
                        (
                            "printout",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                primary_key=True,
                                related_name="content",
                                serialize=False,
                                to="postmortems.printout",
                            ),
                        ),
                        ("data", models.BinaryField()),
                    ],
                ),
                migrations.CreateModel(
                    name="ReviewThreshold",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "severity",
                            models.CharField(
                                choices=[
                                    ("SEV1", "SEV1 – critical"),
                                    ("SEV2", "SEV2 – major"),
                                    ("SEV3", "SEV3 – minor"),
                                    ("SEV4", "SEV4 – slight"),
                                ],
                                help_text="This severity or worse.",
                                max_length=4,
                                unique=True,
                            ),
                        ),
                        (
                            "outages",
                            models.PositiveSmallIntegerField(
                                help_text="So many outages of one cause within the window open a review.",
                                validators=[django.core.validators.MinValueValidator(2)],
                            ),
                        ),
                        ("is_active", models.BooleanField(default=True, verbose_name="active")),
                    ],
                    options={
                        "ordering": ["severity"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("outages__gte", 2)), name="threshold_is_a_repeat"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ReviewView",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("person_name", models.CharField(max_length=200)),
                        (
                            "page",
                            models.CharField(
                                choices=[
                                    ("overview", "Overview"),
                                    ("cause", "Cause"),
                                    ("incident", "outage"),
                                    ("review", "Review"),
                                    ("service", "Service"),
                                    ("list", "list of rows"),
                                    ("printout", "PDF"),
                                ],
                                max_length=10,
                            ),
                        ),
                        (
                            "object_id",
                            models.BigIntegerField(
                                default=0, help_text="Which cause, outage or review; 0 for the overview."
                            ),
                        ),
                        ("day", models.DateField()),
                        ("at", models.DateTimeField()),
                        (
                            "person",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("page", "object_id", "person", "day"), name="seen_once_a_day"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="SimilarityVerdict",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("is_similar", models.BooleanField()),
                        ("at", models.DateTimeField()),
                        ("by_name", models.CharField(max_length=200)),
                        (
                            "first",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="incidents.incident"
                            ),
                        ),
                        (
                            "second",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="incidents.incident"
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("first", "second"), name="one_verdict_per_pair"),
                            models.CheckConstraint(
                                condition=models.Q(("first__lt", models.F("second"))), name="verdict_pair_in_order"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="AlertVerdict",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("is_similar", models.BooleanField()),
                        ("at", models.DateTimeField()),
                        ("by_name", models.CharField(max_length=200)),
                        (
                            "alert",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="incidents.alert"
                            ),
                        ),
                        (
                            "incident",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="incidents.incident"
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("alert", "incident"), name="one_verdict_per_alert")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Attachment",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("name", models.CharField(max_length=120)),
                        ("content_type", models.CharField(max_length=60)),
                        ("size", models.PositiveIntegerField(help_text="In bytes.")),
                        ("sha256", models.CharField(max_length=64)),
                        ("note", models.CharField(blank=True, max_length=200)),
                        ("added_at", models.DateTimeField()),
                        ("added_by_name", models.CharField(max_length=200)),
                        ("removed_at", models.DateTimeField(blank=True, null=True)),
                        ("removed_by_name", models.CharField(blank=True, max_length=200)),
                        ("removed_reason", models.CharField(blank=True, max_length=300)),
                        (
                            "postmortem",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="attachments",
                                to="postmortems.postmortem",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["added_at", "id"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("removed_at", None),
                                    models.Q(("removed_reason", ""), _negated=True),
                                    _connector="OR",
                                ),
                                name="removed_attachment_says_why",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="AttachmentContent",
                    fields=[
                        (
                            "attachment",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                primary_key=True,
                                related_name="content",
                                serialize=False,
                                to="postmortems.attachment",
                            ),
                        ),
                        ("data", models.BinaryField()),
                    ],
                ),
                migrations.CreateModel(
                    name="CauseReview",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[("open", "open"), ("decided", "decided"), ("signed_off", "signed off")],
                                default="open",
                                max_length=10,
                            ),
                        ),
                        ("reason", models.CharField(help_text="What opened it.", max_length=300)),
                        ("opened_at", models.DateTimeField()),
                        ("opened_by_name", models.CharField(max_length=200)),
                        ("decision", models.TextField(blank=True)),
                        ("decided_at", models.DateTimeField(blank=True, null=True)),
                        ("decided_by_name", models.CharField(blank=True, max_length=200)),
                        ("signed_off_at", models.DateTimeField(blank=True, null=True)),
                        ("signed_off_by_name", models.CharField(blank=True, max_length=200)),
                        (
                            "cause",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="reviews",
                                to="postmortems.cause",
                            ),
                        ),
                        (
                            "signed_off_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "covered",
                            models.ManyToManyField(blank=True, related_name="reviews", to="postmortems.postmortem"),
                        ),
                    ],
                    options={
                        "verbose_name": "review of a cause",
                        "verbose_name_plural": "reviews of causes",
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("state", "signed_off"), _negated=True),
                                fields=("cause",),
                                name="one_open_review_per_cause",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("state", "open"),
                                    models.Q(("decided_at__isnull", False), models.Q(("decision", ""), _negated=True)),
                                    _connector="OR",
                                ),
                                name="decided_review_has_its_decision",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("signed_off_at__isnull", False), ("state", "signed_off")),
                                    models.Q(models.Q(("state", "signed_off"), _negated=True), ("signed_off_at", None)),
                                    _connector="OR",
                                ),
                                name="signed_off_review_has_its_time",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="HistoricalCauseReview_covered",
                    fields=[
                        ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                        ("m2m_history_id", models.AutoField(primary_key=True, serialize=False)),
                        (
                            "causereview",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                db_tablespace="",
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="postmortems.causereview",
                            ),
                        ),
                        (
                            "history",
                            models.ForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                to="postmortems.historicalcausereview",
                            ),
                        ),
                        (
                            "postmortem",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                db_tablespace="",
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="postmortems.postmortem",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "HistoricalCauseReview_covered",
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name="HistoricalAction",
                    fields=[
                        ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                        ("history_actor", models.CharField(blank=True, default="", editable=False, max_length=200)),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("prevent", "prevent it"),
                                    ("detect", "detect it sooner"),
                                    ("mitigate", "make it hurt less"),
                                ],
                                max_length=10,
                            ),
                        ),
                        ("title", models.CharField(max_length=300)),
                        ("due_on", models.DateField()),
                        ("link", models.URLField(blank=True, max_length=500, verbose_name="ticket")),
                        (
                            "state",
                            models.CharField(
                                choices=[("open", "Open"), ("done", "Done")], default="open", max_length=4
                            ),
                        ),
                        ("proof", models.TextField(blank=True, help_text="What shows that it is done.")),
                        ("created_at", models.DateTimeField()),
                        ("created_by_name", models.CharField(max_length=200)),
                        ("closed_at", models.DateTimeField(blank=True, null=True)),
                        ("closed_by_name", models.CharField(blank=True, max_length=200)),
                        ("came_back_at", models.DateTimeField(blank=True, null=True)),
                        ("history_id", models.AutoField(primary_key=True, serialize=False)),
                        ("history_date", models.DateTimeField(db_index=True)),
                        ("history_change_reason", models.CharField(max_length=100, null=True)),
                        (
                            "history_type",
                            models.CharField(
                                choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1
                            ),
                        ),
                        (
                            "history_user",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "owner",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "review",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                help_text="The review that assigned it as a long-term fix.",
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="postmortems.causereview",
                            ),
                        ),
                        (
                            "came_back_with",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                help_text="The later outage of the same cause that showed that it did not help.",
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="postmortems.postmortem",
                            ),
                        ),
                        (
                            "postmortem",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="postmortems.postmortem",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "historical action item",
                        "verbose_name_plural": "historical action items",
                        "ordering": ("-history_date", "-history_id"),
                        "get_latest_by": ("history_date", "history_id"),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name="Action",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("prevent", "prevent it"),
                                    ("detect", "detect it sooner"),
                                    ("mitigate", "make it hurt less"),
                                ],
                                max_length=10,
                            ),
                        ),
                        ("title", models.CharField(max_length=300)),
                        ("due_on", models.DateField()),
                        ("link", models.URLField(blank=True, max_length=500, verbose_name="ticket")),
                        (
                            "state",
                            models.CharField(
                                choices=[("open", "Open"), ("done", "Done")], default="open", max_length=4
                            ),
                        ),
                        ("proof", models.TextField(blank=True, help_text="What shows that it is done.")),
                        ("created_at", models.DateTimeField()),
                        ("created_by_name", models.CharField(max_length=200)),
                        ("closed_at", models.DateTimeField(blank=True, null=True)),
                        ("closed_by_name", models.CharField(blank=True, max_length=200)),
                        ("came_back_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "owner",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="owned_actions",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "review",
                            models.ForeignKey(
                                blank=True,
                                help_text="The review that assigned it as a long-term fix.",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="fixes",
                                to="postmortems.causereview",
                            ),
                        ),
                        (
                            "came_back_with",
                            models.ForeignKey(
                                blank=True,
                                help_text="The later outage of the same cause that showed that it did not help.",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="disproved_actions",
                                to="postmortems.postmortem",
                            ),
                        ),
                        (
                            "postmortem",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="actions",
                                to="postmortems.postmortem",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "action item",
                        "indexes": [
                            models.Index(condition=models.Q(("state", "open")), fields=["due_on"], name="action_owed")
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("closed_at", None), ("state", "open")),
                                    models.Q(
                                        ("closed_at__isnull", False),
                                        ("state", "done"),
                                        models.Q(("proof", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="done_action_has_its_proof",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("came_back_at", None), ("came_back_with", None)),
                                    models.Q(("came_back_at__isnull", False), ("came_back_with__isnull", False)),
                                    _connector="OR",
                                ),
                                name="came_back_with_and_when",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ReviewComment",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("at", models.DateTimeField()),
                        ("by_name", models.CharField(max_length=200)),
                        ("text", models.TextField()),
                        (
                            "by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "review",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="comments",
                                to="postmortems.causereview",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["at", "id"],
                    },
                ),
            ]
        ),
    ]
