"""The lowest layer as a Django app."""

from django.apps import AppConfig
from simple_history.signals import pre_create_historical_record

from crisisdesk.core.history_actor import name_actor


class CoreConfig(AppConfig):
    """Access, audit, clock, deadlines, engine, transports: knows no incident and no customer."""

    name = "crisisdesk.core"
    label = "core"
    verbose_name = "People and audit"

    def ready(self) -> None:
        """Hook the actor's name into the history library."""
        pre_create_historical_record.connect(name_actor, dispatch_uid="crisisdesk.core.history")
