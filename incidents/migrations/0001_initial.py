import django.core.validators
import django.db.models.deletion
import simple_history.models
from django.conf import settings
from django.db import migrations, models

import crisisdesk.core.zones
import incidents.models.policy
import incidents.models.schedule
from crisisdesk.core.tables import CreateModels


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("customers", "0001_initial"),
    ]

    operations = [
        CreateModels(
            [
                migrations.CreateModel(
                    name="AlertSource",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("name", models.CharField(max_length=80, unique=True)),
                        (
                            "kind",
                            models.CharField(
                                choices=[("alertmanager", "Prometheus Alertmanager webhook (version 4)")],
                                default="alertmanager",
                                max_length=20,
                            ),
                        ),
                        ("token_hash", models.CharField(editable=False, max_length=64, unique=True)),
                        ("is_active", models.BooleanField(default=True)),
                        ("created_at", models.DateTimeField(editable=False)),
                        ("last_seen_at", models.DateTimeField(editable=False, null=True)),
                    ],
                    options={
                        "verbose_name": "alert source",
                    },
                ),
                migrations.CreateModel(
                    name="IncidentRole",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("slug", models.SlugField(unique=True)),
                        ("name", models.CharField(max_length=80, unique=True)),
                        (
                            "group",
                            models.CharField(
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
                        ("responsibilities", models.TextField(blank=True)),
                        (
                            "paged_on_alert",
                            models.BooleanField(
                                default=False,
                                help_text="Whoever is on call for this role is told of every new alert at once.",
                            ),
                        ),
                        (
                            "quiet",
                            models.BooleanField(
                                default=False,
                                help_text="Told by the ways that each person chose for briefings, never woken.",
                                verbose_name="briefings only",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "incident role",
                        "ordering": ["name"],
                    },
                ),
                migrations.CreateModel(
                    name="CalendarFeed",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("name", models.CharField(max_length=80, unique=True)),
                        (
                            "rank",
                            models.CharField(
                                choices=[("primary", "Primary"), ("backup", "Backup")], default="primary", max_length=10
                            ),
                        ),
                        ("url", models.CharField(blank=True, max_length=1000, verbose_name="address")),
                        (
                            "time_zone",
                            models.CharField(
                                default="UTC",
                                help_text="For whole days and for times without a zone.",
                                max_length=64,
                                validators=[crisisdesk.core.zones.validate_time_zone],
                            ),
                        ),
                        ("is_active", models.BooleanField(default=True, verbose_name="in use")),
                        ("body", models.TextField(blank=True, editable=False)),
                        ("tag", models.CharField(blank=True, editable=False, max_length=200)),
                        (
                            "read_at",
                            models.DateTimeField(blank=True, editable=False, null=True, verbose_name="last good copy"),
                        ),
                        (
                            "tried_at",
                            models.DateTimeField(blank=True, editable=False, null=True, verbose_name="last attempt"),
                        ),
                        ("next_read_at", models.DateTimeField(editable=False)),
                        ("error", models.CharField(blank=True, editable=False, max_length=300)),
                        ("failing_since", models.DateTimeField(blank=True, editable=False, null=True)),
                        (
                            "person",
                            models.ForeignKey(
                                blank=True,
                                help_text="For a calendar that holds one person's shifts and names nobody, as GoAlert publishes them.",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="always this person",
                            ),
                        ),
                        (
                            "role",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="feeds",
                                to="incidents.incidentrole",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "calendar feed",
                        "ordering": ["role__name", "rank", "name"],
                        "indexes": [
                            models.Index(
                                condition=models.Q(("is_active", True)), fields=["next_read_at"], name="feed_to_read"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ContactMethod",
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
                                    ("email", "e-mail"),
                                    ("sms", "SMS"),
                                    ("voice", "voice call"),
                                    ("chat", "chat"),
                                    ("push", "push"),
                                ],
                                max_length=5,
                            ),
                        ),
                        (
                            "address",
                            models.CharField(
                                help_text="E-mail address, number in E.164, or Apprise URL (a secret).", max_length=500
                            ),
                        ),
                        (
                            "label",
                            models.CharField(
                                help_text="What pages and records show of the address: never a secret.", max_length=120
                            ),
                        ),
                        ("verified_at", models.DateTimeField(blank=True, null=True)),
                        ("removed_at", models.DateTimeField(blank=True, null=True)),
                        ("created_at", models.DateTimeField()),
                        (
                            "trouble",
                            models.CharField(
                                blank=True, help_text="Why the last attempt did not arrive.", max_length=200
                            ),
                        ),
                        ("code_hash", models.CharField(blank=True, max_length=64)),
                        ("code_expires_at", models.DateTimeField(blank=True, null=True)),
                        ("code_sent_at", models.DateTimeField(blank=True, null=True)),
                        ("code_guesses", models.PositiveSmallIntegerField(default=0)),
                        ("codes_sent", models.PositiveSmallIntegerField(default=0)),
                        (
                            "person",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="contact_methods",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                condition=models.Q(("removed_at", None)),
                                fields=["address"],
                                name="contact_method_address",
                            )
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("removed_at", None)),
                                fields=("person", "kind", "address"),
                                name="contact_method_once",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ContactStep",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "urgency",
                            models.CharField(choices=[("page", "page"), ("briefing", "briefing")], max_length=8),
                        ),
                        (
                            "delay_seconds",
                            models.PositiveIntegerField(
                                default=0, validators=[django.core.validators.MaxValueValidator(7200)]
                            ),
                        ),
                        (
                            "method",
                            models.ForeignKey(
                                blank=True,
                                help_text="None: the account's e-mail address.",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                to="incidents.contactmethod",
                            ),
                        ),
                        (
                            "person",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="contact_steps",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["delay_seconds", "id"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("person", "urgency", "method", "delay_seconds"), name="contact_step_once"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("delay_seconds__lte", 7200)), name="contact_step_within_two_hours"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="FeedName",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("name", models.CharField(max_length=200)),
                        ("is_chosen", models.BooleanField(default=False, editable=False)),
                        (
                            "feed",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="names",
                                to="incidents.calendarfeed",
                            ),
                        ),
                        (
                            "person",
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
                        "verbose_name": "name in the calendar",
                        "verbose_name_plural": "names in the calendar",
                        "ordering": ["name"],
                        "constraints": [
                            models.UniqueConstraint(fields=("feed", "name"), name="one_meaning_for_a_name_in_a_feed")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="FeedSpan",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("starts_at", models.DateTimeField()),
                        ("ends_at", models.DateTimeField()),
                        (
                            "feed",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="spans",
                                to="incidents.calendarfeed",
                            ),
                        ),
                        (
                            "name",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="spans",
                                to="incidents.feedname",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [models.Index(fields=["feed", "ends_at"], name="feed_span_by_end")],
                    },
                ),
                migrations.CreateModel(
                    name="HistoricalContactMethod",
                    fields=[
                        ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                        ("history_actor", models.CharField(blank=True, default="", editable=False, max_length=200)),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("email", "e-mail"),
                                    ("sms", "SMS"),
                                    ("voice", "voice call"),
                                    ("chat", "chat"),
                                    ("push", "push"),
                                ],
                                max_length=5,
                            ),
                        ),
                        (
                            "label",
                            models.CharField(
                                help_text="What pages and records show of the address: never a secret.", max_length=120
                            ),
                        ),
                        ("verified_at", models.DateTimeField(blank=True, null=True)),
                        ("removed_at", models.DateTimeField(blank=True, null=True)),
                        ("created_at", models.DateTimeField()),
                        (
                            "trouble",
                            models.CharField(
                                blank=True, help_text="Why the last attempt did not arrive.", max_length=200
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
                            "person",
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
                        "verbose_name": "historical contact method",
                        "verbose_name_plural": "historical contact methods",
                        "ordering": ("-history_date", "-history_id"),
                        "get_latest_by": ("history_date", "history_id"),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name="HistoricalFeedName",
                    fields=[
                        ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                        ("history_actor", models.CharField(blank=True, default="", editable=False, max_length=200)),
                        ("name", models.CharField(max_length=200)),
                        ("is_chosen", models.BooleanField(default=False, editable=False)),
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
                            "feed",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="incidents.calendarfeed",
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
                            "person",
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
                        "verbose_name": "historical name in the calendar",
                        "verbose_name_plural": "historical names in the calendar",
                        "ordering": ("-history_date", "-history_id"),
                        "get_latest_by": ("history_date", "history_id"),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name="HistoricalIncidentRole",
                    fields=[
                        ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                        ("history_actor", models.CharField(blank=True, default="", editable=False, max_length=200)),
                        ("slug", models.SlugField()),
                        ("name", models.CharField(db_index=True, max_length=80)),
                        (
                            "group",
                            models.CharField(
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
                        ("responsibilities", models.TextField(blank=True)),
                        (
                            "paged_on_alert",
                            models.BooleanField(
                                default=False,
                                help_text="Whoever is on call for this role is told of every new alert at once.",
                            ),
                        ),
                        (
                            "quiet",
                            models.BooleanField(
                                default=False,
                                help_text="Told by the ways that each person chose for briefings, never woken.",
                                verbose_name="briefings only",
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
                    ],
                    options={
                        "verbose_name": "historical incident role",
                        "verbose_name_plural": "historical incident roles",
                        "ordering": ("-history_date", "-history_id"),
                        "get_latest_by": ("history_date", "history_id"),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name="HistoricalPromisePolicy",
                    fields=[
                        ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                        ("history_actor", models.CharField(blank=True, default="", editable=False, max_length=200)),
                        ("name", models.CharField(db_index=True, max_length=80)),
                        (
                            "severity",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("SEV1", "SEV1 – critical"),
                                    ("SEV2", "SEV2 – major"),
                                    ("SEV3", "SEV3 – minor"),
                                    ("SEV4", "SEV4 – slight"),
                                ],
                                help_text="Used for incidents of this severity whose type names no policy. Empty: the default for all.",
                                max_length=4,
                            ),
                        ),
                        (
                            "longest_gap_minutes",
                            models.PositiveSmallIntegerField(
                                default=60,
                                help_text="No promise may lie further ahead unless the incident has a known longer path.",
                            ),
                        ),
                        (
                            "shortest_gap_minutes",
                            models.PositiveSmallIntegerField(
                                default=15, help_text="A promise nearer than this asks “are you sure?”."
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
                    ],
                    options={
                        "verbose_name": "historical promise policy",
                        "verbose_name_plural": "historical promise policies",
                        "ordering": ("-history_date", "-history_id"),
                        "get_latest_by": ("history_date", "history_id"),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name="HistoricalWeeklyWindow",
                    fields=[
                        ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                        ("history_actor", models.CharField(blank=True, default="", editable=False, max_length=200)),
                        ("name", models.CharField(help_text="Such as: nights and weekends.", max_length=80)),
                        (
                            "rank",
                            models.CharField(
                                choices=[("primary", "Primary"), ("backup", "Backup")], default="primary", max_length=10
                            ),
                        ),
                        (
                            "time_zone",
                            models.CharField(
                                default="UTC", max_length=64, validators=[crisisdesk.core.zones.validate_time_zone]
                            ),
                        ),
                        (
                            "weekdays",
                            models.CharField(
                                default="1234567",
                                max_length=7,
                                validators=[incidents.models.schedule.validate_weekdays],
                            ),
                        ),
                        ("starts", models.TimeField(help_text="By the clocks of the time zone.", verbose_name="from")),
                        (
                            "ends",
                            models.TimeField(
                                help_text="At or before the start: on the next day. The same time as the start: 24 hours.",
                                verbose_name="to",
                            ),
                        ),
                        ("valid_from", models.DateField(verbose_name="first day")),
                        (
                            "valid_until",
                            models.DateField(
                                blank=True, help_text="Empty: until further notice.", null=True, verbose_name="last day"
                            ),
                        ),
                        (
                            "handover_day",
                            models.PositiveSmallIntegerField(
                                choices=[
                                    (1, "Monday"),
                                    (2, "Tuesday"),
                                    (3, "Wednesday"),
                                    (4, "Thursday"),
                                    (5, "Friday"),
                                    (6, "Saturday"),
                                    (7, "Sunday"),
                                ],
                                default=1,
                                verbose_name="hand-over on",
                            ),
                        ),
                        ("handover_at", models.TimeField(default="09:00", verbose_name="hand-over at")),
                        (
                            "weeks",
                            models.PositiveSmallIntegerField(
                                default=1,
                                help_text="How many weeks a turn lasts.",
                                validators=[
                                    django.core.validators.MinValueValidator(1),
                                    django.core.validators.MaxValueValidator(12),
                                ],
                                verbose_name="every … weeks",
                            ),
                        ),
                        ("is_active", models.BooleanField(default=True, verbose_name="in use")),
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
                            "role",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="incidents.incidentrole",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "historical weekly window",
                        "verbose_name_plural": "historical weekly windows",
                        "ordering": ("-history_date", "-history_id"),
                        "get_latest_by": ("history_date", "history_id"),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name="HistoricalSwap",
                    fields=[
                        ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                        ("history_actor", models.CharField(blank=True, default="", editable=False, max_length=200)),
                        ("gives_from", models.DateTimeField()),
                        ("gives_until", models.DateTimeField()),
                        ("takes_from", models.DateTimeField(blank=True, null=True)),
                        ("takes_until", models.DateTimeField(blank=True, null=True)),
                        ("reason", models.CharField(blank=True, max_length=200)),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("asked", "Asked"),
                                    ("accepted", "Accepted"),
                                    ("declined", "Declined"),
                                    ("withdrawn", "Withdrawn"),
                                ],
                                default="asked",
                                max_length=10,
                            ),
                        ),
                        ("asked_at", models.DateTimeField()),
                        ("answered_at", models.DateTimeField(blank=True, null=True)),
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
                            "asker",
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
                            "partner",
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
                            "role",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="incidents.incidentrole",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "historical swap",
                        "verbose_name_plural": "historical swaps",
                        "ordering": ("-history_date", "-history_id"),
                        "get_latest_by": ("history_date", "history_id"),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name="HistoricalShift",
                    fields=[
                        ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                        ("history_actor", models.CharField(blank=True, default="", editable=False, max_length=200)),
                        (
                            "rank",
                            models.CharField(
                                choices=[("primary", "Primary"), ("backup", "Backup")], default="primary", max_length=10
                            ),
                        ),
                        ("starts_at", models.DateTimeField()),
                        ("ends_at", models.DateTimeField()),
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
                            "person",
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
                            "role",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="incidents.incidentrole",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "historical shift",
                        "verbose_name_plural": "historical shifts",
                        "ordering": ("-history_date", "-history_id"),
                        "get_latest_by": ("history_date", "history_id"),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name="HistoricalOverride",
                    fields=[
                        ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                        ("history_actor", models.CharField(blank=True, default="", editable=False, max_length=200)),
                        (
                            "rank",
                            models.CharField(
                                choices=[("primary", "Primary"), ("backup", "Backup")], default="primary", max_length=10
                            ),
                        ),
                        ("starts_at", models.DateTimeField()),
                        ("ends_at", models.DateTimeField()),
                        ("reason", models.CharField(max_length=200)),
                        ("made_by_name", models.CharField(max_length=200)),
                        ("made_at", models.DateTimeField()),
                        ("withdrawn_at", models.DateTimeField(blank=True, null=True)),
                        ("withdrawn_by_name", models.CharField(blank=True, max_length=200)),
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
                            "made_by",
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
                            "person",
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
                            "role",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="incidents.incidentrole",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "historical override",
                        "verbose_name_plural": "historical overrides",
                        "ordering": ("-history_date", "-history_id"),
                        "get_latest_by": ("history_date", "history_id"),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name="HistoricalCalendarFeed",
                    fields=[
                        ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                        ("history_actor", models.CharField(blank=True, default="", editable=False, max_length=200)),
                        ("name", models.CharField(db_index=True, max_length=80)),
                        (
                            "rank",
                            models.CharField(
                                choices=[("primary", "Primary"), ("backup", "Backup")], default="primary", max_length=10
                            ),
                        ),
                        (
                            "time_zone",
                            models.CharField(
                                default="UTC",
                                help_text="For whole days and for times without a zone.",
                                max_length=64,
                                validators=[crisisdesk.core.zones.validate_time_zone],
                            ),
                        ),
                        ("is_active", models.BooleanField(default=True, verbose_name="in use")),
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
                            "person",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                help_text="For a calendar that holds one person's shifts and names nobody, as GoAlert publishes them.",
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="always this person",
                            ),
                        ),
                        (
                            "role",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="incidents.incidentrole",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "historical calendar feed",
                        "verbose_name_plural": "historical calendar feeds",
                        "ordering": ("-history_date", "-history_id"),
                        "get_latest_by": ("history_date", "history_id"),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name="Override",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "rank",
                            models.CharField(
                                choices=[("primary", "Primary"), ("backup", "Backup")], default="primary", max_length=10
                            ),
                        ),
                        ("starts_at", models.DateTimeField()),
                        ("ends_at", models.DateTimeField()),
                        ("reason", models.CharField(max_length=200)),
                        ("made_by_name", models.CharField(max_length=200)),
                        ("made_at", models.DateTimeField()),
                        ("withdrawn_at", models.DateTimeField(blank=True, null=True)),
                        ("withdrawn_by_name", models.CharField(blank=True, max_length=200)),
                        (
                            "made_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "person",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="overrides",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "role",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="overrides",
                                to="incidents.incidentrole",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                condition=models.Q(("withdrawn_at", None)),
                                fields=["role", "ends_at"],
                                name="override_by_role",
                            )
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("ends_at__gt", models.F("starts_at"))),
                                name="override_ends_after_it_starts",
                                violation_error_message="The override must end after it starts.",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PromisePolicy",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("name", models.CharField(max_length=80, unique=True)),
                        (
                            "severity",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("SEV1", "SEV1 – critical"),
                                    ("SEV2", "SEV2 – major"),
                                    ("SEV3", "SEV3 – minor"),
                                    ("SEV4", "SEV4 – slight"),
                                ],
                                help_text="Used for incidents of this severity whose type names no policy. Empty: the default for all.",
                                max_length=4,
                            ),
                        ),
                        (
                            "longest_gap_minutes",
                            models.PositiveSmallIntegerField(
                                default=60,
                                help_text="No promise may lie further ahead unless the incident has a known longer path.",
                            ),
                        ),
                        (
                            "shortest_gap_minutes",
                            models.PositiveSmallIntegerField(
                                default=15, help_text="A promise nearer than this asks “are you sure?”."
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "promise policy",
                        "verbose_name_plural": "promise policies",
                        "constraints": [
                            models.UniqueConstraint(fields=("severity",), name="one_policy_per_severity"),
                            models.CheckConstraint(
                                condition=models.Q(("longest_gap_minutes__gte", 1), ("longest_gap_minutes__lte", 60)),
                                name="customers_hear_hourly",
                                violation_error_message="Customers hear at least every 60 minutes.",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PolicyStep",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "offset_seconds",
                            models.IntegerField(help_text="Seconds from the due time; negative is before it."),
                        ),
                        (
                            "action",
                            models.CharField(
                                choices=[("remind", "remind"), ("escalate", "escalate"), ("miss", "tell of the miss")],
                                max_length=10,
                            ),
                        ),
                        (
                            "whom",
                            models.CharField(
                                choices=[
                                    ("primary", "the primary on call"),
                                    ("backup", "the backup on call"),
                                    ("group", "everybody in the role's group"),
                                ],
                                default="primary",
                                max_length=10,
                            ),
                        ),
                        ("words", models.CharField(blank=True, help_text="Added to the notification.", max_length=200)),
                        (
                            "channels",
                            models.JSONField(
                                blank=True,
                                default=list,
                                help_text="By what they are told first. None: each person's own order.",
                                validators=[incidents.models.policy.known_channels],
                            ),
                        ),
                        (
                            "role",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="incidents.incidentrole"),
                        ),
                        (
                            "policy",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="steps",
                                to="incidents.promisepolicy",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "step",
                        "ordering": ["offset_seconds", "id"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("policy", "offset_seconds", "role", "whom"), name="policy_step_once"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("action", "miss"), _negated=True),
                                    ("offset_seconds__gte", 0),
                                    _connector="OR",
                                ),
                                name="a_miss_is_not_told_before_it",
                                violation_error_message="A miss can only be told at or after the due time.",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="HistoricalPolicyStep",
                    fields=[
                        ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                        ("history_actor", models.CharField(blank=True, default="", editable=False, max_length=200)),
                        (
                            "offset_seconds",
                            models.IntegerField(help_text="Seconds from the due time; negative is before it."),
                        ),
                        (
                            "action",
                            models.CharField(
                                choices=[("remind", "remind"), ("escalate", "escalate"), ("miss", "tell of the miss")],
                                max_length=10,
                            ),
                        ),
                        (
                            "whom",
                            models.CharField(
                                choices=[
                                    ("primary", "the primary on call"),
                                    ("backup", "the backup on call"),
                                    ("group", "everybody in the role's group"),
                                ],
                                default="primary",
                                max_length=10,
                            ),
                        ),
                        ("words", models.CharField(blank=True, help_text="Added to the notification.", max_length=200)),
                        (
                            "channels",
                            models.JSONField(
                                blank=True,
                                default=list,
                                help_text="By what they are told first. None: each person's own order.",
                                validators=[incidents.models.policy.known_channels],
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
                            "role",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="incidents.incidentrole",
                            ),
                        ),
                        (
                            "policy",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="incidents.promisepolicy",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "historical step",
                        "verbose_name_plural": "historical steps",
                        "ordering": ("-history_date", "-history_id"),
                        "get_latest_by": ("history_date", "history_id"),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name="PublishedCalendar",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("made_at", models.DateTimeField()),
                        ("expires_at", models.DateTimeField()),
                        ("revoked_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "made_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "person",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "role",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="incidents.incidentrole",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                condition=models.Q(("revoked_at", None)), fields=["made_by"], name="calendar_in_use"
                            )
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("person__isnull", False), ("role", None)),
                                    models.Q(("person", None), ("role__isnull", False)),
                                    _connector="OR",
                                ),
                                name="calendar_of_a_role_or_a_person",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Shift",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "rank",
                            models.CharField(
                                choices=[("primary", "Primary"), ("backup", "Backup")], default="primary", max_length=10
                            ),
                        ),
                        ("starts_at", models.DateTimeField()),
                        ("ends_at", models.DateTimeField()),
                        (
                            "person",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="shifts",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "role",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="shifts",
                                to="incidents.incidentrole",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [models.Index(fields=["role", "ends_at"], name="shift_by_role")],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("ends_at__gt", models.F("starts_at"))),
                                name="shift_ends_after_it_starts",
                                violation_error_message="The shift must end after it starts.",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Swap",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("gives_from", models.DateTimeField()),
                        ("gives_until", models.DateTimeField()),
                        ("takes_from", models.DateTimeField(blank=True, null=True)),
                        ("takes_until", models.DateTimeField(blank=True, null=True)),
                        ("reason", models.CharField(blank=True, max_length=200)),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("asked", "Asked"),
                                    ("accepted", "Accepted"),
                                    ("declined", "Declined"),
                                    ("withdrawn", "Withdrawn"),
                                ],
                                default="asked",
                                max_length=10,
                            ),
                        ),
                        ("asked_at", models.DateTimeField()),
                        ("answered_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "asker",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="swaps_asked",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "partner",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="swaps_answered",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "role",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="swaps",
                                to="incidents.incidentrole",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                condition=models.Q(("state", "accepted")),
                                fields=["role", "gives_until"],
                                name="swap_that_holds",
                            ),
                            models.Index(
                                condition=models.Q(("state", "asked")), fields=["gives_from"], name="swap_to_answer"
                            ),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("gives_until__gt", models.F("gives_from")),
                                    models.Q(
                                        models.Q(("takes_from", None), ("takes_until", None)),
                                        models.Q(
                                            ("takes_from__isnull", False), ("takes_until__gt", models.F("takes_from"))
                                        ),
                                        _connector="OR",
                                    ),
                                ),
                                name="swap_spans_end_after_they_start",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("asker", models.F("partner")), _negated=True),
                                name="swap_is_between_two",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="WeeklyWindow",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("name", models.CharField(help_text="Such as: nights and weekends.", max_length=80)),
                        (
                            "rank",
                            models.CharField(
                                choices=[("primary", "Primary"), ("backup", "Backup")], default="primary", max_length=10
                            ),
                        ),
                        (
                            "time_zone",
                            models.CharField(
                                default="UTC", max_length=64, validators=[crisisdesk.core.zones.validate_time_zone]
                            ),
                        ),
                        (
                            "weekdays",
                            models.CharField(
                                default="1234567",
                                max_length=7,
                                validators=[incidents.models.schedule.validate_weekdays],
                            ),
                        ),
                        ("starts", models.TimeField(help_text="By the clocks of the time zone.", verbose_name="from")),
                        (
                            "ends",
                            models.TimeField(
                                help_text="At or before the start: on the next day. The same time as the start: 24 hours.",
                                verbose_name="to",
                            ),
                        ),
                        ("valid_from", models.DateField(verbose_name="first day")),
                        (
                            "valid_until",
                            models.DateField(
                                blank=True, help_text="Empty: until further notice.", null=True, verbose_name="last day"
                            ),
                        ),
                        (
                            "handover_day",
                            models.PositiveSmallIntegerField(
                                choices=[
                                    (1, "Monday"),
                                    (2, "Tuesday"),
                                    (3, "Wednesday"),
                                    (4, "Thursday"),
                                    (5, "Friday"),
                                    (6, "Saturday"),
                                    (7, "Sunday"),
                                ],
                                default=1,
                                verbose_name="hand-over on",
                            ),
                        ),
                        ("handover_at", models.TimeField(default="09:00", verbose_name="hand-over at")),
                        (
                            "weeks",
                            models.PositiveSmallIntegerField(
                                default=1,
                                help_text="How many weeks a turn lasts.",
                                validators=[
                                    django.core.validators.MinValueValidator(1),
                                    django.core.validators.MaxValueValidator(12),
                                ],
                                verbose_name="every … weeks",
                            ),
                        ),
                        ("is_active", models.BooleanField(default=True, verbose_name="in use")),
                        (
                            "role",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="windows",
                                to="incidents.incidentrole",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "weekly window",
                        "ordering": ["role__name", "rank", "name"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("valid_until", None), ("valid_until__gte", models.F("valid_from")), _connector="OR"
                                ),
                                name="window_ends_after_it_begins",
                                violation_error_message="The last day must not be before the first.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("handover_day__gte", 1),
                                    ("handover_day__lte", 7),
                                    ("weeks__gte", 1),
                                    ("weeks__lte", 12),
                                ),
                                name="window_turns_make_sense",
                                violation_error_message="A turn lasts 1 to 12 weeks and begins on a day of the week.",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="HistoricalWindowMember",
                    fields=[
                        ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                        ("history_actor", models.CharField(blank=True, default="", editable=False, max_length=200)),
                        (
                            "position",
                            models.PositiveSmallIntegerField(default=1, help_text="1 is first.", verbose_name="turn"),
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
                            "person",
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
                            "window",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="incidents.weeklywindow",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "historical turn",
                        "verbose_name_plural": "historical turns",
                        "ordering": ("-history_date", "-history_id"),
                        "get_latest_by": ("history_date", "history_id"),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name="WindowMember",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "position",
                            models.PositiveSmallIntegerField(default=1, help_text="1 is first.", verbose_name="turn"),
                        ),
                        (
                            "person",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "window",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="members",
                                to="incidents.weeklywindow",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "turn",
                        "ordering": ["position", "id"],
                    },
                ),
                migrations.CreateModel(
                    name="HistoricalIncidentType",
                    fields=[
                        ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                        ("history_actor", models.CharField(blank=True, default="", editable=False, max_length=200)),
                        ("name", models.CharField(db_index=True, max_length=80)),
                        ("description", models.TextField(blank=True)),
                        (
                            "default_severity",
                            models.CharField(
                                choices=[
                                    ("SEV1", "SEV1 – critical"),
                                    ("SEV2", "SEV2 – major"),
                                    ("SEV3", "SEV3 – minor"),
                                    ("SEV4", "SEV4 – slight"),
                                ],
                                default="SEV2",
                                max_length=4,
                            ),
                        ),
                        (
                            "next_update_minutes",
                            models.PositiveSmallIntegerField(
                                default=30, help_text="The promise that the compose page suggests."
                            ),
                        ),
                        (
                            "holding_allowed",
                            models.BooleanField(
                                default=False,
                                help_text="Just before a promise would break, an approved holding message goes out by itself.",
                                verbose_name="automatic holding messages",
                            ),
                        ),
                        (
                            "holding_most_in_a_row",
                            models.PositiveSmallIntegerField(
                                default=2,
                                help_text="After so many automatic messages in a row, only people can write; they are told harder.",
                                validators=[django.core.validators.MinValueValidator(1)],
                                verbose_name="most in a row",
                            ),
                        ),
                        (
                            "holding_lead_seconds",
                            models.PositiveIntegerField(
                                blank=True,
                                help_text="How long before the promised time it starts. Empty: as long as sending to the audience takes.",
                                null=True,
                                verbose_name="shortest lead, in seconds",
                            ),
                        ),
                        (
                            "sms_from",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("", "never"),
                                    ("SEV1", "SEV1 and worse"),
                                    ("SEV2", "SEV2 and worse"),
                                    ("SEV3", "SEV3 and worse"),
                                    ("SEV4", "SEV4 and worse"),
                                ],
                                default="SEV2",
                                help_text="Beside e-mail, to contacts who have asked for it. Never for reports after the end.",
                                max_length=4,
                                verbose_name="SMS to customers",
                            ),
                        ),
                        (
                            "bridge_url",
                            models.URLField(blank=True, help_text="Where people meet.", verbose_name="bridge link"),
                        ),
                        ("is_active", models.BooleanField(default=True)),
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
                            "lead_role",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                help_text="Whoever is on call for it is told at the declaration that they lead.",
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="incidents.incidentrole",
                                verbose_name="leading role",
                            ),
                        ),
                        (
                            "policy",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="incidents.promisepolicy",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "historical incident type",
                        "verbose_name_plural": "historical incident types",
                        "ordering": ("-history_date", "-history_id"),
                        "get_latest_by": ("history_date", "history_id"),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name="IncidentType",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("name", models.CharField(max_length=80, unique=True)),
                        ("description", models.TextField(blank=True)),
                        (
                            "default_severity",
                            models.CharField(
                                choices=[
                                    ("SEV1", "SEV1 – critical"),
                                    ("SEV2", "SEV2 – major"),
                                    ("SEV3", "SEV3 – minor"),
                                    ("SEV4", "SEV4 – slight"),
                                ],
                                default="SEV2",
                                max_length=4,
                            ),
                        ),
                        (
                            "next_update_minutes",
                            models.PositiveSmallIntegerField(
                                default=30, help_text="The promise that the compose page suggests."
                            ),
                        ),
                        (
                            "holding_allowed",
                            models.BooleanField(
                                default=False,
                                help_text="Just before a promise would break, an approved holding message goes out by itself.",
                                verbose_name="automatic holding messages",
                            ),
                        ),
                        (
                            "holding_most_in_a_row",
                            models.PositiveSmallIntegerField(
                                default=2,
                                help_text="After so many automatic messages in a row, only people can write; they are told harder.",
                                validators=[django.core.validators.MinValueValidator(1)],
                                verbose_name="most in a row",
                            ),
                        ),
                        (
                            "holding_lead_seconds",
                            models.PositiveIntegerField(
                                blank=True,
                                help_text="How long before the promised time it starts. Empty: as long as sending to the audience takes.",
                                null=True,
                                verbose_name="shortest lead, in seconds",
                            ),
                        ),
                        (
                            "sms_from",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("", "never"),
                                    ("SEV1", "SEV1 and worse"),
                                    ("SEV2", "SEV2 and worse"),
                                    ("SEV3", "SEV3 and worse"),
                                    ("SEV4", "SEV4 and worse"),
                                ],
                                default="SEV2",
                                help_text="Beside e-mail, to contacts who have asked for it. Never for reports after the end.",
                                max_length=4,
                                verbose_name="SMS to customers",
                            ),
                        ),
                        (
                            "bridge_url",
                            models.URLField(blank=True, help_text="Where people meet.", verbose_name="bridge link"),
                        ),
                        ("is_active", models.BooleanField(default=True)),
                        (
                            "lead_role",
                            models.ForeignKey(
                                blank=True,
                                help_text="Whoever is on call for it is told at the declaration that they lead.",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                to="incidents.incidentrole",
                                verbose_name="leading role",
                            ),
                        ),
                        (
                            "told_roles",
                            models.ManyToManyField(
                                blank=True,
                                help_text="Whoever is on call for these is told at the declaration.",
                                related_name="+",
                                to="incidents.incidentrole",
                                verbose_name="also told",
                            ),
                        ),
                        (
                            "policy",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                to="incidents.promisepolicy",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "incident type",
                        "ordering": ["name"],
                    },
                ),
                migrations.CreateModel(
                    name="HistoricalIncidentType_told_roles",
                    fields=[
                        ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                        ("m2m_history_id", models.AutoField(primary_key=True, serialize=False)),
                        (
                            "history",
                            models.ForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                to="incidents.historicalincidenttype",
                            ),
                        ),
                        (
                            "incidentrole",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                db_tablespace="",
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="incidents.incidentrole",
                            ),
                        ),
                        (
                            "incidenttype",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                db_tablespace="",
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="incidents.incidenttype",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "HistoricalIncidentType_told_roles",
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name="HistoricalIncident",
                    fields=[
                        ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                        ("history_actor", models.CharField(blank=True, default="", editable=False, max_length=200)),
                        ("title", models.CharField(max_length=200)),
                        (
                            "summary",
                            models.TextField(blank=True, help_text="What is known, for the people who work on it."),
                        ),
                        (
                            "status",
                            models.CharField(
                                choices=[
                                    ("investigating", "Investigating"),
                                    ("identified", "Identified"),
                                    ("monitoring", "Monitoring"),
                                    ("resolved", "Resolved"),
                                ],
                                default="investigating",
                                max_length=14,
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
                                max_length=4,
                            ),
                        ),
                        (
                            "noticed_by",
                            models.CharField(
                                choices=[
                                    ("monitoring", "Monitoring"),
                                    ("staff", "Staff"),
                                    ("customer", "Customer"),
                                    ("unknown", "Unknown"),
                                ],
                                default="monitoring",
                                max_length=12,
                            ),
                        ),
                        ("is_brief", models.BooleanField(default=False, help_text="Too brief to alert customers.")),
                        ("is_drill", models.BooleanField(default=False, editable=False)),
                        (
                            "external_id",
                            models.CharField(
                                blank=True, help_text="Id in the history it was imported from.", max_length=80
                            ),
                        ),
                        ("started_at", models.DateTimeField(help_text="When the outage began.")),
                        ("detected_at", models.DateTimeField(help_text="When the first alert or report arrived.")),
                        ("acknowledged_at", models.DateTimeField(blank=True, null=True)),
                        ("declared_at", models.DateTimeField()),
                        ("declared_by_name", models.CharField(max_length=200)),
                        (
                            "first_told_at",
                            models.DateTimeField(blank=True, help_text="When the first message was sent.", null=True),
                        ),
                        ("resolved_at", models.DateTimeField(blank=True, null=True)),
                        ("resolved_by_name", models.CharField(blank=True, max_length=200)),
                        ("green_light_at", models.DateTimeField(blank=True, null=True)),
                        ("green_light_by_name", models.CharField(blank=True, max_length=200)),
                        ("green_light_note", models.TextField(blank=True, help_text="What was restored.")),
                        (
                            "long_path_reason",
                            models.CharField(
                                blank=True,
                                help_text="Why updates may be more than an hour apart; empty: they may not.",
                                max_length=300,
                            ),
                        ),
                        ("workaround", models.TextField(blank=True)),
                        (
                            "likely_resolution",
                            models.CharField(
                                blank=True, help_text="In words for customers; empty: not yet known.", max_length=200
                            ),
                        ),
                        ("article_url", models.URLField(blank=True, verbose_name="knowledge-base document")),
                        ("version", models.PositiveIntegerField(default=1)),
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
                            "commander",
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
                            "declared_by",
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
                            "green_light_by",
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
                            "liaison",
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
                            "scribe",
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
                            "incident_type",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="incidents.incidenttype",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "historical incident",
                        "verbose_name_plural": "historical incidents",
                        "ordering": ("-history_date", "-history_id"),
                        "get_latest_by": ("history_date", "history_id"),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name="HistoricalChecklistItem",
                    fields=[
                        ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                        ("history_actor", models.CharField(blank=True, default="", editable=False, max_length=200)),
                        (
                            "phase",
                            models.CharField(
                                choices=[
                                    ("qualify", "qualify"),
                                    ("investigating", "investigating"),
                                    ("identified", "identified"),
                                    ("monitoring", "monitoring"),
                                    ("resolved", "closing"),
                                    ("after", "after it"),
                                ],
                                default="investigating",
                                max_length=14,
                            ),
                        ),
                        ("position", models.PositiveSmallIntegerField(default=10, verbose_name="order")),
                        ("text", models.CharField(max_length=200)),
                        ("link", models.URLField(blank=True, help_text="A runbook, a dashboard, a form.")),
                        ("is_active", models.BooleanField(default=True, verbose_name="in use")),
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
                            "role",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                help_text="Whose job it is; empty: anybody's.",
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="incidents.incidentrole",
                            ),
                        ),
                        (
                            "incident_type",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="incidents.incidenttype",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "historical checklist item",
                        "verbose_name_plural": "historical checklist items",
                        "ordering": ("-history_date", "-history_id"),
                        "get_latest_by": ("history_date", "history_id"),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name="Template",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("name", models.CharField(max_length=120, unique=True)),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("initial", "first alert"),
                                    ("progress", "progress update"),
                                    ("holding", "holding message"),
                                    ("correction", "correction"),
                                    ("final", "final message"),
                                    ("postmortem", "post-mortem"),
                                    ("catchup", "catch-up for the newly affected"),
                                ],
                                max_length=12,
                            ),
                        ),
                        (
                            "language",
                            models.CharField(
                                choices=[("en", "English"), ("de", "Deutsch"), ("fr", "Français")],
                                default="en",
                                max_length=10,
                            ),
                        ),
                        ("subject", models.CharField(max_length=150)),
                        (
                            "body",
                            models.TextField(
                                help_text="Markdown. Variables such as {{services}} are listed beside the editor."
                            ),
                        ),
                        ("guidance", models.TextField(blank=True, verbose_name="when to use it")),
                        ("is_active", models.BooleanField(default=True)),
                        ("approved_at", models.DateTimeField(blank=True, editable=False, null=True)),
                        ("approved_by_name", models.CharField(blank=True, editable=False, max_length=200)),
                        (
                            "approved_by",
                            models.ForeignKey(
                                blank=True,
                                editable=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="approved_templates",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "incident_type",
                            models.ForeignKey(
                                blank=True,
                                help_text="Empty: for every type.",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                to="incidents.incidenttype",
                            ),
                        ),
                        (
                            "translation_of",
                            models.ForeignKey(
                                blank=True,
                                help_text="The template these words translate. They are sent with it, to readers of this language.",
                                limit_choices_to={"translation_of": None},
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="translations",
                                to="incidents.template",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "message template",
                        "ordering": ["kind", "name"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("translation_of", "language"),
                                name="one_translation_per_language",
                                violation_error_message="That template has words in this language already.",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="HistoricalTemplate",
                    fields=[
                        ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                        ("history_actor", models.CharField(blank=True, default="", editable=False, max_length=200)),
                        ("name", models.CharField(db_index=True, max_length=120)),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("initial", "first alert"),
                                    ("progress", "progress update"),
                                    ("holding", "holding message"),
                                    ("correction", "correction"),
                                    ("final", "final message"),
                                    ("postmortem", "post-mortem"),
                                    ("catchup", "catch-up for the newly affected"),
                                ],
                                max_length=12,
                            ),
                        ),
                        (
                            "language",
                            models.CharField(
                                choices=[("en", "English"), ("de", "Deutsch"), ("fr", "Français")],
                                default="en",
                                max_length=10,
                            ),
                        ),
                        ("subject", models.CharField(max_length=150)),
                        (
                            "body",
                            models.TextField(
                                help_text="Markdown. Variables such as {{services}} are listed beside the editor."
                            ),
                        ),
                        ("guidance", models.TextField(blank=True, verbose_name="when to use it")),
                        ("is_active", models.BooleanField(default=True)),
                        ("approved_at", models.DateTimeField(blank=True, editable=False, null=True)),
                        ("approved_by_name", models.CharField(blank=True, editable=False, max_length=200)),
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
                                editable=False,
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
                            "incident_type",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                help_text="Empty: for every type.",
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="incidents.incidenttype",
                            ),
                        ),
                        (
                            "translation_of",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                help_text="The template these words translate. They are sent with it, to readers of this language.",
                                limit_choices_to={"translation_of": None},
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="incidents.template",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "historical message template",
                        "verbose_name_plural": "historical message templates",
                        "ordering": ("-history_date", "-history_id"),
                        "get_latest_by": ("history_date", "history_id"),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name="ChecklistItem",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "phase",
                            models.CharField(
                                choices=[
                                    ("qualify", "qualify"),
                                    ("investigating", "investigating"),
                                    ("identified", "identified"),
                                    ("monitoring", "monitoring"),
                                    ("resolved", "closing"),
                                    ("after", "after it"),
                                ],
                                default="investigating",
                                max_length=14,
                            ),
                        ),
                        ("position", models.PositiveSmallIntegerField(default=10, verbose_name="order")),
                        ("text", models.CharField(max_length=200)),
                        ("link", models.URLField(blank=True, help_text="A runbook, a dashboard, a form.")),
                        ("is_active", models.BooleanField(default=True, verbose_name="in use")),
                        (
                            "role",
                            models.ForeignKey(
                                blank=True,
                                help_text="Whose job it is; empty: anybody's.",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                to="incidents.incidentrole",
                            ),
                        ),
                        (
                            "incident_type",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="items",
                                to="incidents.incidenttype",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "checklist item",
                        "ordering": ["position", "id"],
                    },
                ),
                migrations.CreateModel(
                    name="Incident",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("title", models.CharField(max_length=200)),
                        (
                            "summary",
                            models.TextField(blank=True, help_text="What is known, for the people who work on it."),
                        ),
                        (
                            "status",
                            models.CharField(
                                choices=[
                                    ("investigating", "Investigating"),
                                    ("identified", "Identified"),
                                    ("monitoring", "Monitoring"),
                                    ("resolved", "Resolved"),
                                ],
                                default="investigating",
                                max_length=14,
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
                                max_length=4,
                            ),
                        ),
                        (
                            "noticed_by",
                            models.CharField(
                                choices=[
                                    ("monitoring", "Monitoring"),
                                    ("staff", "Staff"),
                                    ("customer", "Customer"),
                                    ("unknown", "Unknown"),
                                ],
                                default="monitoring",
                                max_length=12,
                            ),
                        ),
                        ("is_brief", models.BooleanField(default=False, help_text="Too brief to alert customers.")),
                        ("is_drill", models.BooleanField(default=False, editable=False)),
                        (
                            "external_id",
                            models.CharField(
                                blank=True, help_text="Id in the history it was imported from.", max_length=80
                            ),
                        ),
                        ("started_at", models.DateTimeField(help_text="When the outage began.")),
                        ("detected_at", models.DateTimeField(help_text="When the first alert or report arrived.")),
                        ("acknowledged_at", models.DateTimeField(blank=True, null=True)),
                        ("declared_at", models.DateTimeField()),
                        ("declared_by_name", models.CharField(max_length=200)),
                        (
                            "first_told_at",
                            models.DateTimeField(blank=True, help_text="When the first message was sent.", null=True),
                        ),
                        ("resolved_at", models.DateTimeField(blank=True, null=True)),
                        ("resolved_by_name", models.CharField(blank=True, max_length=200)),
                        ("green_light_at", models.DateTimeField(blank=True, null=True)),
                        ("green_light_by_name", models.CharField(blank=True, max_length=200)),
                        ("green_light_note", models.TextField(blank=True, help_text="What was restored.")),
                        (
                            "long_path_reason",
                            models.CharField(
                                blank=True,
                                help_text="Why updates may be more than an hour apart; empty: they may not.",
                                max_length=300,
                            ),
                        ),
                        ("workaround", models.TextField(blank=True)),
                        (
                            "likely_resolution",
                            models.CharField(
                                blank=True, help_text="In words for customers; empty: not yet known.", max_length=200
                            ),
                        ),
                        ("article_url", models.URLField(blank=True, verbose_name="knowledge-base document")),
                        ("version", models.PositiveIntegerField(default=1)),
                        (
                            "commander",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "declared_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="declared_incidents",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "green_light_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "liaison",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "scribe",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "incident_type",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                to="incidents.incidenttype",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                condition=models.Q(("status", "resolved"), _negated=True),
                                fields=["declared_at"],
                                name="incident_unresolved",
                            ),
                            models.Index(fields=["-started_at"], name="incident_by_start"),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("resolved_at__isnull", False), ("status", "resolved")),
                                    models.Q(models.Q(("status", "resolved"), _negated=True), ("resolved_at", None)),
                                    _connector="OR",
                                ),
                                name="resolved_incident_has_its_time",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("external_id", ""), _negated=True),
                                fields=("external_id",),
                                name="one_incident_per_external_id",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="HistoricalFinding",
                    fields=[
                        ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                        ("history_actor", models.CharField(blank=True, default="", editable=False, max_length=200)),
                        (
                            "track",
                            models.CharField(
                                choices=[("diagnosis", "Diagnosis"), ("mitigation", "Mitigation")], max_length=10
                            ),
                        ),
                        ("text", models.CharField(max_length=200)),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("suspected", "Suspected"),
                                    ("confirmed", "Confirmed"),
                                    ("ruled_out", "ruled out"),
                                    ("planned", "Planned"),
                                    ("under_way", "under way"),
                                    ("worked", "Worked"),
                                    ("failed", "did not help"),
                                ],
                                max_length=10,
                            ),
                        ),
                        ("made_at", models.DateTimeField()),
                        ("made_by_name", models.CharField(max_length=200)),
                        ("changed_at", models.DateTimeField()),
                        ("changed_by_name", models.CharField(max_length=200)),
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
                        "verbose_name": "historical finding",
                        "verbose_name_plural": "historical findings",
                        "ordering": ("-history_date", "-history_id"),
                        "get_latest_by": ("history_date", "history_id"),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name="HistoricalAnswer",
                    fields=[
                        ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                        ("history_actor", models.CharField(blank=True, default="", editable=False, max_length=200)),
                        (
                            "informed",
                            models.CharField(
                                choices=[("yes", "yes"), ("partly", "partly"), ("no", "no")],
                                max_length=6,
                                verbose_name="well informed",
                            ),
                        ),
                        ("comment", models.TextField(blank=True)),
                        ("first_at", models.DateTimeField(help_text="When the contact answered for the first time.")),
                        ("at", models.DateTimeField(help_text="When the present answer was given.")),
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
                            "contact",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="customers.contact",
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
                        "verbose_name": "historical answer",
                        "verbose_name_plural": "historical answers",
                        "ordering": ("-history_date", "-history_id"),
                        "get_latest_by": ("history_date", "history_id"),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name="HistoricalAffectedService",
                    fields=[
                        ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                        ("history_actor", models.CharField(blank=True, default="", editable=False, max_length=200)),
                        (
                            "component_status",
                            models.CharField(
                                choices=[
                                    ("operational", "operational"),
                                    ("degraded_performance", "degraded performance"),
                                    ("partial_outage", "partial outage"),
                                    ("major_outage", "major outage"),
                                    ("under_maintenance", "under maintenance"),
                                ],
                                default="partial_outage",
                                max_length=22,
                            ),
                        ),
                        ("since", models.DateTimeField()),
                        (
                            "until",
                            models.DateTimeField(
                                blank=True, help_text="When it left the scope; empty: it is in it.", null=True
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
                            "instance",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="customers.instance",
                            ),
                        ),
                        (
                            "region",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="customers.region",
                            ),
                        ),
                        (
                            "service",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="customers.service",
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
                        "verbose_name": "historical affected service",
                        "verbose_name_plural": "historical affected services",
                        "ordering": ("-history_date", "-history_id"),
                        "get_latest_by": ("history_date", "history_id"),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name="Finding",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "track",
                            models.CharField(
                                choices=[("diagnosis", "Diagnosis"), ("mitigation", "Mitigation")], max_length=10
                            ),
                        ),
                        ("text", models.CharField(max_length=200)),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("suspected", "Suspected"),
                                    ("confirmed", "Confirmed"),
                                    ("ruled_out", "ruled out"),
                                    ("planned", "Planned"),
                                    ("under_way", "under way"),
                                    ("worked", "Worked"),
                                    ("failed", "did not help"),
                                ],
                                max_length=10,
                            ),
                        ),
                        ("made_at", models.DateTimeField()),
                        ("made_by_name", models.CharField(max_length=200)),
                        ("changed_at", models.DateTimeField()),
                        ("changed_by_name", models.CharField(max_length=200)),
                        (
                            "incident",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="findings",
                                to="incidents.incident",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["id"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("state__in", ("suspected", "confirmed", "ruled_out")), ("track", "diagnosis")
                                    ),
                                    models.Q(
                                        ("state__in", ("planned", "under_way", "worked", "failed")),
                                        ("track", "mitigation"),
                                    ),
                                    _connector="OR",
                                ),
                                name="a_finding_has_a_state_of_its_track",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ExecutiveRequest",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("text", models.TextField()),
                        ("asked_at", models.DateTimeField()),
                        ("asked_by_name", models.CharField(max_length=200)),
                        ("due_at", models.DateTimeField(help_text="By when an answer is needed.")),
                        ("answered_at", models.DateTimeField(blank=True, null=True)),
                        ("answered_by_name", models.CharField(blank=True, max_length=200)),
                        (
                            "decision",
                            models.CharField(
                                blank=True, choices=[("granted", "granted"), ("declined", "declined")], max_length=8
                            ),
                        ),
                        ("answer", models.TextField(blank=True)),
                        (
                            "answered_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "asked_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "incident",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="executive_requests",
                                to="incidents.incident",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "request to executives",
                        "verbose_name_plural": "requests to executives",
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("answered_at", None), ("decision", "")),
                                    models.Q(("answered_at__isnull", False), models.Q(("decision", ""), _negated=True)),
                                    _connector="OR",
                                ),
                                name="an_answered_request_has_its_decision",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("due_at__gt", models.F("asked_at"))),
                                name="a_request_is_due_after_it_is_asked",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ChecklistTick",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("done_at", models.DateTimeField(blank=True, null=True)),
                        ("done_by_name", models.CharField(blank=True, max_length=200)),
                        (
                            "done_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "item",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="ticks",
                                to="incidents.checklistitem",
                            ),
                        ),
                        (
                            "incident",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="ticks",
                                to="incidents.incident",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "ticked item",
                        "constraints": [
                            models.UniqueConstraint(fields=("incident", "item"), name="one_tick_per_incident_and_item")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="AudienceAdjustment",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("is_included", models.BooleanField()),
                        ("reason", models.CharField(max_length=200)),
                        ("made_at", models.DateTimeField()),
                        ("made_by_name", models.CharField(max_length=200)),
                        (
                            "contact",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="customers.contact"),
                        ),
                        (
                            "incident",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="adjustments",
                                to="incidents.incident",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "audience adjustment",
                        "constraints": [
                            models.UniqueConstraint(fields=("incident", "contact"), name="one_adjustment_per_contact")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Answer",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "informed",
                            models.CharField(
                                choices=[("yes", "yes"), ("partly", "partly"), ("no", "no")],
                                max_length=6,
                                verbose_name="well informed",
                            ),
                        ),
                        ("comment", models.TextField(blank=True)),
                        ("first_at", models.DateTimeField(help_text="When the contact answered for the first time.")),
                        ("at", models.DateTimeField(help_text="When the present answer was given.")),
                        (
                            "contact",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="answers",
                                to="customers.contact",
                            ),
                        ),
                        (
                            "incident",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="answers",
                                to="incidents.incident",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("incident", "contact"), name="one_answer_per_contact_and_incident"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("informed__in", ["yes", "partly", "no"])), name="answer_is_known"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Alert",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("fingerprint", models.CharField(db_index=True, max_length=80)),
                        (
                            "noticed_by",
                            models.CharField(
                                choices=[
                                    ("monitoring", "Monitoring"),
                                    ("staff", "Staff"),
                                    ("customer", "Customer"),
                                    ("unknown", "Unknown"),
                                ],
                                default="monitoring",
                                max_length=12,
                            ),
                        ),
                        ("title", models.CharField(max_length=300)),
                        ("description", models.TextField(blank=True)),
                        ("labels", models.JSONField(default=dict)),
                        ("annotations", models.JSONField(default=dict)),
                        ("link", models.CharField(blank=True, max_length=1000)),
                        ("is_firing", models.BooleanField(default=True)),
                        ("started_at", models.DateTimeField()),
                        ("ended_at", models.DateTimeField(blank=True, null=True)),
                        ("first_seen_at", models.DateTimeField()),
                        ("last_seen_at", models.DateTimeField()),
                        ("times_seen", models.PositiveIntegerField(default=1)),
                        ("reported_by_name", models.CharField(blank=True, max_length=200)),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("open", "Open"),
                                    ("acknowledged", "Acknowledged"),
                                    ("declared", "Declared"),
                                    ("declined", "Declined"),
                                    ("brief", "too brief to alert"),
                                ],
                                default="open",
                                max_length=12,
                            ),
                        ),
                        ("acknowledged_at", models.DateTimeField(blank=True, null=True)),
                        ("acknowledged_by_name", models.CharField(blank=True, max_length=200)),
                        ("qualified_at", models.DateTimeField(blank=True, null=True)),
                        ("qualified_by_name", models.CharField(blank=True, max_length=200)),
                        (
                            "reason",
                            models.TextField(blank=True, help_text="Why it was declined or taken as too brief."),
                        ),
                        ("open_key", models.CharField(editable=False, max_length=120, null=True, unique=True)),
                        (
                            "acknowledged_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="acknowledged_alerts",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "reported_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="reported_alerts",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "source",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                to="incidents.alertsource",
                            ),
                        ),
                        (
                            "incident",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="alerts",
                                to="incidents.incident",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                condition=models.Q(("state__in", ["open", "acknowledged"])),
                                fields=["first_seen_at"],
                                name="alert_unqualified",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="AffectedService",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "component_status",
                            models.CharField(
                                choices=[
                                    ("operational", "operational"),
                                    ("degraded_performance", "degraded performance"),
                                    ("partial_outage", "partial outage"),
                                    ("major_outage", "major outage"),
                                    ("under_maintenance", "under maintenance"),
                                ],
                                default="partial_outage",
                                max_length=22,
                            ),
                        ),
                        ("since", models.DateTimeField()),
                        (
                            "until",
                            models.DateTimeField(
                                blank=True, help_text="When it left the scope; empty: it is in it.", null=True
                            ),
                        ),
                        (
                            "instance",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                to="customers.instance",
                            ),
                        ),
                        (
                            "region",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                to="customers.region",
                            ),
                        ),
                        (
                            "service",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="customers.service"),
                        ),
                        (
                            "incident",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="affected",
                                to="incidents.incident",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "affected service",
                    },
                ),
                migrations.CreateModel(
                    name="HistoricalUpdate",
                    fields=[
                        ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                        ("history_actor", models.CharField(blank=True, default="", editable=False, max_length=200)),
                        ("likely_resolution", models.CharField(blank=True, max_length=200)),
                        ("workaround", models.TextField(blank=True)),
                        ("translations", models.JSONField(blank=True, default=dict)),
                        ("number", models.PositiveIntegerField(help_text="1 is the first message of the incident.")),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("initial", "first alert"),
                                    ("progress", "progress update"),
                                    ("holding", "holding message"),
                                    ("correction", "correction"),
                                    ("final", "final message"),
                                    ("postmortem", "post-mortem"),
                                    ("catchup", "catch-up for the newly affected"),
                                ],
                                max_length=12,
                            ),
                        ),
                        (
                            "status",
                            models.CharField(
                                choices=[
                                    ("investigating", "Investigating"),
                                    ("identified", "Identified"),
                                    ("monitoring", "Monitoring"),
                                    ("resolved", "Resolved"),
                                ],
                                max_length=14,
                            ),
                        ),
                        ("subject", models.CharField(max_length=150)),
                        ("body", models.TextField()),
                        ("next_update_at", models.DateTimeField(blank=True, null=True)),
                        ("is_automatic", models.BooleanField(default=False)),
                        ("customers_count", models.PositiveIntegerField(default=0)),
                        ("contacts_count", models.PositiveIntegerField(default=0)),
                        ("sent_at", models.DateTimeField()),
                        ("sent_by_name", models.CharField(max_length=200)),
                        (
                            "key",
                            models.CharField(
                                db_index=True, help_text="Idempotency key: a second send is refused.", max_length=255
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
                            "message",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="customers.message",
                            ),
                        ),
                        (
                            "sent_by",
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
                            "template",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="incidents.template",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "historical update",
                        "verbose_name_plural": "historical updates",
                        "ordering": ("-history_date", "-history_id"),
                        "get_latest_by": ("history_date", "history_id"),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name="Draft",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("subject", models.CharField(blank=True, max_length=150)),
                        ("body", models.TextField(blank=True)),
                        ("likely_resolution", models.CharField(blank=True, max_length=200)),
                        ("workaround", models.TextField(blank=True)),
                        ("translations", models.JSONField(blank=True, default=dict)),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("initial", "first alert"),
                                    ("progress", "progress update"),
                                    ("holding", "holding message"),
                                    ("correction", "correction"),
                                    ("final", "final message"),
                                    ("postmortem", "post-mortem"),
                                    ("catchup", "catch-up for the newly affected"),
                                ],
                                max_length=12,
                            ),
                        ),
                        (
                            "status",
                            models.CharField(
                                choices=[
                                    ("investigating", "Investigating"),
                                    ("identified", "Identified"),
                                    ("monitoring", "Monitoring"),
                                    ("resolved", "Resolved"),
                                ],
                                default="investigating",
                                max_length=14,
                            ),
                        ),
                        (
                            "next_update_minutes",
                            models.PositiveSmallIntegerField(
                                blank=True,
                                help_text="Minutes from the moment of sending; used when no time is given.",
                                null=True,
                            ),
                        ),
                        (
                            "next_update_at",
                            models.DateTimeField(blank=True, help_text="A time chosen instead of a preset.", null=True),
                        ),
                        ("version", models.PositiveIntegerField(default=1)),
                        ("saved_at", models.DateTimeField()),
                        ("saved_by_name", models.CharField(max_length=200)),
                        (
                            "closed_at",
                            models.DateTimeField(blank=True, help_text="When it was sent or thrown away.", null=True),
                        ),
                        (
                            "incident",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="drafts",
                                to="incidents.incident",
                            ),
                        ),
                        (
                            "template",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                to="incidents.template",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("closed_at", None)),
                                fields=("incident",),
                                name="one_open_draft_per_incident",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("kind__in", ["initial", "progress", "holding", "correction", "final"])
                                ),
                                name="draft_is_of_a_kind_written_by_hand",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="TimelineEntry",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("at", models.DateTimeField()),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("alert", "Alert"),
                                    ("notification", "Notification"),
                                    ("decision", "Decision"),
                                    ("change", "Change"),
                                    ("note", "Note"),
                                    ("message", "Message"),
                                    ("promise", "Promise"),
                                ],
                                max_length=12,
                            ),
                        ),
                        ("text", models.TextField()),
                        ("actor_kind", models.CharField(max_length=10)),
                        ("actor_name", models.CharField(max_length=200)),
                        ("data", models.JSONField(default=dict)),
                        (
                            "alert",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="timeline",
                                to="incidents.alert",
                            ),
                        ),
                        (
                            "incident",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="timeline",
                                to="incidents.incident",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "timeline entry",
                        "verbose_name_plural": "timeline entries",
                        "indexes": [
                            models.Index(fields=["incident", "-at"], name="timeline_of_incident"),
                            models.Index(fields=["alert", "-at"], name="timeline_of_alert"),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Update",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("likely_resolution", models.CharField(blank=True, max_length=200)),
                        ("workaround", models.TextField(blank=True)),
                        ("translations", models.JSONField(blank=True, default=dict)),
                        ("number", models.PositiveIntegerField(help_text="1 is the first message of the incident.")),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("initial", "first alert"),
                                    ("progress", "progress update"),
                                    ("holding", "holding message"),
                                    ("correction", "correction"),
                                    ("final", "final message"),
                                    ("postmortem", "post-mortem"),
                                    ("catchup", "catch-up for the newly affected"),
                                ],
                                max_length=12,
                            ),
                        ),
                        (
                            "status",
                            models.CharField(
                                choices=[
                                    ("investigating", "Investigating"),
                                    ("identified", "Identified"),
                                    ("monitoring", "Monitoring"),
                                    ("resolved", "Resolved"),
                                ],
                                max_length=14,
                            ),
                        ),
                        ("subject", models.CharField(max_length=150)),
                        ("body", models.TextField()),
                        ("next_update_at", models.DateTimeField(blank=True, null=True)),
                        ("is_automatic", models.BooleanField(default=False)),
                        ("customers_count", models.PositiveIntegerField(default=0)),
                        ("contacts_count", models.PositiveIntegerField(default=0)),
                        ("sent_at", models.DateTimeField()),
                        ("sent_by_name", models.CharField(max_length=200)),
                        (
                            "key",
                            models.CharField(
                                help_text="Idempotency key: a second send is refused.", max_length=255, unique=True
                            ),
                        ),
                        (
                            "incident",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="updates",
                                to="incidents.incident",
                            ),
                        ),
                        (
                            "message",
                            models.OneToOneField(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                to="customers.message",
                            ),
                        ),
                        (
                            "sent_by",
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
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                to="incidents.template",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["incident", "number"],
                        "constraints": [
                            models.UniqueConstraint(fields=("incident", "number"), name="update_number_once"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "kind__in",
                                        [
                                            "initial",
                                            "progress",
                                            "holding",
                                            "correction",
                                            "final",
                                            "postmortem",
                                            "catchup",
                                        ],
                                    )
                                ),
                                name="update_is_of_a_known_kind",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("kind__in", ["initial", "progress", "holding"]), _negated=True),
                                    ("next_update_at__isnull", False),
                                    ("key__startswith", "import:"),
                                    _connector="OR",
                                ),
                                name="update_promises_the_next_one",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Promise",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("made_at", models.DateTimeField()),
                        ("due_at", models.DateTimeField()),
                        (
                            "outcome",
                            models.CharField(
                                choices=[
                                    ("pending", "Pending"),
                                    ("kept", "Kept"),
                                    ("missed", "Missed"),
                                    ("released", "Released"),
                                ],
                                default="pending",
                                max_length=8,
                            ),
                        ),
                        ("closed_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "is_automatic",
                            models.BooleanField(default=False, help_text="Kept by an automatic holding message."),
                        ),
                        ("missed_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "late_seconds",
                            models.PositiveIntegerField(
                                blank=True,
                                help_text="How late the update came that closed a missed promise, in seconds.",
                                null=True,
                            ),
                        ),
                        (
                            "incident",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="promises",
                                to="incidents.incident",
                            ),
                        ),
                        (
                            "closed_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="incidents.update",
                            ),
                        ),
                        (
                            "made_by",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="promise",
                                to="incidents.update",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("closed_at", None)),
                                fields=("incident",),
                                name="one_open_promise_per_incident",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("outcome", "missed"), _negated=True),
                                    ("missed_at__isnull", False),
                                    _connector="OR",
                                ),
                                name="a_miss_has_its_time",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Notification",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "key",
                            models.CharField(
                                help_text="Occasion and person: nobody is told twice.", max_length=160, unique=True
                            ),
                        ),
                        (
                            "purpose",
                            models.CharField(
                                choices=[
                                    ("page", "Page"),
                                    ("reminder", "Reminder"),
                                    ("escalation", "Escalation"),
                                    ("miss", "Miss"),
                                    ("briefing", "Briefing"),
                                ],
                                max_length=12,
                            ),
                        ),
                        (
                            "channels",
                            models.JSONField(
                                blank=True,
                                default=list,
                                help_text="Kinds of contact methods to use first; none: the person's own order.",
                            ),
                        ),
                        ("role", models.CharField(blank=True, max_length=80)),
                        ("subject", models.CharField(max_length=250)),
                        ("body", models.TextField()),
                        (
                            "link",
                            models.CharField(
                                blank=True, help_text="Path on the desk that the button opens.", max_length=500
                            ),
                        ),
                        ("link_label", models.CharField(blank=True, max_length=60)),
                        ("is_drill", models.BooleanField(default=False)),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("queued", "Queued"),
                                    ("sending", "Sending"),
                                    ("sent", "Sent"),
                                    ("failed", "Failed"),
                                    ("settled", "Settled"),
                                ],
                                default="queued",
                                max_length=8,
                            ),
                        ),
                        ("created_at", models.DateTimeField()),
                        ("next_attempt_at", models.DateTimeField()),
                        (
                            "sent_at",
                            models.DateTimeField(blank=True, help_text="When the first way took it.", null=True),
                        ),
                        ("error", models.CharField(blank=True, max_length=300)),
                        ("acknowledged_at", models.DateTimeField(blank=True, null=True)),
                        ("acknowledged_way", models.CharField(blank=True, max_length=30)),
                        (
                            "alert",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="notifications",
                                to="incidents.alert",
                            ),
                        ),
                        (
                            "incident",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="notifications",
                                to="incidents.incident",
                            ),
                        ),
                        (
                            "person",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="notifications",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "promise",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="notifications",
                                to="incidents.promise",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                condition=models.Q(("state__in", ["queued", "sending"])),
                                fields=["next_attempt_at"],
                                name="notification_unsent",
                            ),
                            models.Index(fields=["-created_at", "-id"], name="notification_newest"),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Attempt",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("position", models.PositiveSmallIntegerField()),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("email", "e-mail"),
                                    ("sms", "SMS"),
                                    ("voice", "voice call"),
                                    ("chat", "chat"),
                                    ("push", "push"),
                                ],
                                max_length=5,
                            ),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("waiting", "waiting"),
                                    ("sending", "under way"),
                                    ("sent", "handed over"),
                                    ("delivered", "delivered"),
                                    ("failed", "not delivered"),
                                    ("unknown", "unknown"),
                                    ("skipped", "not needed"),
                                    ("folded", "told together"),
                                ],
                                default="waiting",
                                max_length=9,
                            ),
                        ),
                        ("next_attempt_at", models.DateTimeField()),
                        ("tries", models.PositiveSmallIntegerField(default=0)),
                        ("claimed_at", models.DateTimeField(blank=True, null=True)),
                        ("claimed_fence", models.BigIntegerField(blank=True, null=True)),
                        ("provider_id", models.CharField(blank=True, max_length=120)),
                        ("sent_at", models.DateTimeField(blank=True, null=True)),
                        ("delivered_at", models.DateTimeField(blank=True, null=True)),
                        ("error", models.CharField(blank=True, max_length=300)),
                        (
                            "folded_into",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="folded",
                                to="incidents.attempt",
                            ),
                        ),
                        (
                            "method",
                            models.ForeignKey(
                                blank=True,
                                help_text="None: the account's e-mail address.",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                to="incidents.contactmethod",
                            ),
                        ),
                        (
                            "notification",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="ways",
                                to="incidents.notification",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                condition=models.Q(("state__in", ["waiting", "sending"])),
                                fields=["kind", "next_attempt_at"],
                                name="attempt_unsent",
                            )
                        ],
                        "constraints": [
                            models.UniqueConstraint(fields=("notification", "position"), name="attempt_step_once")
                        ],
                    },
                ),
            ]
        ),
    ]
