"""The lowest layer as a Django app."""

from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in
from django.core.checks import register
from django.db.models.signals import post_migrate
from simple_history.signals import pre_create_historical_record

from crisisdesk.core.engine.checks import check_clusters, check_watch
from crisisdesk.core.history_actor import name_actor


class CoreConfig(AppConfig):
    """Access, audit, clock, deadlines, engine, transports: knows no incident and no customer."""

    name = "crisisdesk.core"
    label = "core"
    verbose_name = "People and audit"

    def ready(self) -> None:
        """Hook the actor's name into the history library, the engine into checks and `migrate`."""
        from crisisdesk.core import sessions, tasks  # noqa: PLC0415 - needs the models, which are loaded by now
        from crisisdesk.core.engine import rings  # noqa: PLC0415 - likewise

        tasks.register_loops()
        register(check_clusters)
        register(check_watch, deploy=True)
        user_logged_in.connect(sessions.begin, dispatch_uid="crisisdesk.core.sessions")
        post_migrate.connect(rings.ensure_schedule, sender=self, dispatch_uid="crisisdesk.core.engine")
        pre_create_historical_record.connect(name_actor, dispatch_uid="crisisdesk.core.history")
