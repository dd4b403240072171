"""The lowest layer as a Django app."""

from django.apps import AppConfig


class CoreConfig(AppConfig):
    """Access, audit, clock, deadlines, engine, transports: knows no incident and no customer."""

    name = "crisisdesk.core"
    label = "core"
    verbose_name = "People and audit"
