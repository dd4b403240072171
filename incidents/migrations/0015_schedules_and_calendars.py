import django.core.validators
import django.db.models.deletion
import simple_history.models
from django.conf import settings
from django.db import migrations, models

import crisisdesk.core.zones
import incidents.models.schedule


class Migration(migrations.Migration):
    dependencies = [
        ("incidents", "0014_catch_up_messages"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="CalendarFeed",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
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
                ("read_at", models.DateTimeField(blank=True, editable=False, null=True, verbose_name="last good copy")),
                ("tried_at", models.DateTimeField(blank=True, editable=False, null=True, verbose_name="last attempt")),
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
                        on_delete=django.db.models.deletion.PROTECT, related_name="feeds", to="incidents.incidentrole"
                    ),
                ),
            ],
            options={
                "verbose_name": "calendar feed",
                "ordering": ["role__name", "rank", "name"],
            },
        ),
        migrations.CreateModel(
            name="FeedName",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=200)),
                ("is_chosen", models.BooleanField(default=False, editable=False)),
                (
                    "feed",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="names", to="incidents.calendarfeed"
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
            },
        ),
        migrations.CreateModel(
            name="FeedSpan",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("starts_at", models.DateTimeField()),
                ("ends_at", models.DateTimeField()),
                (
                    "feed",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="spans", to="incidents.calendarfeed"
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
                    models.CharField(choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1),
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
                    models.CharField(choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1),
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
                    models.CharField(choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1),
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
                    models.CharField(choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1),
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
                        default="1234567", max_length=7, validators=[incidents.models.schedule.validate_weekdays]
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
                    models.CharField(choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1),
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
            name="Override",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
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
        ),
        migrations.CreateModel(
            name="PublishedCalendar",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("made_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("revoked_at", models.DateTimeField(blank=True, null=True)),
                (
                    "made_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
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
        ),
        migrations.CreateModel(
            name="Swap",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
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
                        on_delete=django.db.models.deletion.PROTECT, related_name="swaps", to="incidents.incidentrole"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="WeeklyWindow",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
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
                        default="1234567", max_length=7, validators=[incidents.models.schedule.validate_weekdays]
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
                        on_delete=django.db.models.deletion.PROTECT, related_name="windows", to="incidents.incidentrole"
                    ),
                ),
            ],
            options={
                "verbose_name": "weekly window",
                "ordering": ["role__name", "rank", "name"],
            },
        ),
        migrations.CreateModel(
            name="HistoricalWindowMember",
            fields=[
                ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                ("history_actor", models.CharField(blank=True, default="", editable=False, max_length=200)),
                ("position", models.PositiveSmallIntegerField(default=1, help_text="1 is first.", verbose_name="turn")),
                ("history_id", models.AutoField(primary_key=True, serialize=False)),
                ("history_date", models.DateTimeField(db_index=True)),
                ("history_change_reason", models.CharField(max_length=100, null=True)),
                (
                    "history_type",
                    models.CharField(choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1),
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
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("position", models.PositiveSmallIntegerField(default=1, help_text="1 is first.", verbose_name="turn")),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "window",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="members", to="incidents.weeklywindow"
                    ),
                ),
            ],
            options={
                "verbose_name": "turn",
                "ordering": ["position", "id"],
            },
        ),
        migrations.AddIndex(
            model_name="calendarfeed",
            index=models.Index(condition=models.Q(("is_active", True)), fields=["next_read_at"], name="feed_to_read"),
        ),
        migrations.AddConstraint(
            model_name="feedname",
            constraint=models.UniqueConstraint(fields=("feed", "name"), name="one_meaning_for_a_name_in_a_feed"),
        ),
        migrations.AddIndex(
            model_name="feedspan",
            index=models.Index(fields=["feed", "ends_at"], name="feed_span_by_end"),
        ),
        migrations.AddIndex(
            model_name="override",
            index=models.Index(
                condition=models.Q(("withdrawn_at", None)), fields=["role", "ends_at"], name="override_by_role"
            ),
        ),
        migrations.AddConstraint(
            model_name="override",
            constraint=models.CheckConstraint(
                condition=models.Q(("ends_at__gt", models.F("starts_at"))),
                name="override_ends_after_it_starts",
                violation_error_message="The override must end after it starts.",
            ),
        ),
        migrations.AddIndex(
            model_name="publishedcalendar",
            index=models.Index(condition=models.Q(("revoked_at", None)), fields=["made_by"], name="calendar_in_use"),
        ),
        migrations.AddConstraint(
            model_name="publishedcalendar",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("person__isnull", False), ("role", None)),
                    models.Q(("person", None), ("role__isnull", False)),
                    _connector="OR",
                ),
                name="calendar_of_a_role_or_a_person",
            ),
        ),
        migrations.AddIndex(
            model_name="swap",
            index=models.Index(
                condition=models.Q(("state", "accepted")), fields=["role", "gives_until"], name="swap_that_holds"
            ),
        ),
        migrations.AddIndex(
            model_name="swap",
            index=models.Index(condition=models.Q(("state", "asked")), fields=["gives_from"], name="swap_to_answer"),
        ),
        migrations.AddConstraint(
            model_name="swap",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("gives_until__gt", models.F("gives_from")),
                    models.Q(
                        models.Q(("takes_from", None), ("takes_until", None)),
                        models.Q(("takes_from__isnull", False), ("takes_until__gt", models.F("takes_from"))),
                        _connector="OR",
                    ),
                ),
                name="swap_spans_end_after_they_start",
            ),
        ),
        migrations.AddConstraint(
            model_name="swap",
            constraint=models.CheckConstraint(
                condition=models.Q(("asker", models.F("partner")), _negated=True), name="swap_is_between_two"
            ),
        ),
        migrations.AddConstraint(
            model_name="weeklywindow",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("valid_until", None), ("valid_until__gte", models.F("valid_from")), _connector="OR"
                ),
                name="window_ends_after_it_begins",
                violation_error_message="The last day must not be before the first.",
            ),
        ),
        migrations.AddConstraint(
            model_name="weeklywindow",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("handover_day__gte", 1), ("handover_day__lte", 7), ("weeks__gte", 1), ("weeks__lte", 12)
                ),
                name="window_turns_make_sense",
                violation_error_message="A turn lasts 1 to 12 weeks and begins on a day of the week.",
            ),
        ),
    ]
