"""The incidents app."""

from django.apps import AppConfig


class IncidentsConfig(AppConfig):
    """See the package's modules."""

    name = "incidents"
