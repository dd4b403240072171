"""The incidents app."""

from django.apps import AppConfig


class IncidentsConfig(AppConfig):
    """See the package's modules."""

    name = "incidents"

    def ready(self) -> None:
        """Say what happens when a step of a promise is due."""
        from crisisdesk.core import deadlines  # noqa: PLC0415 - needs the models, which are loaded by now
        from incidents import promises  # noqa: PLC0415 - likewise

        deadlines.register(promises.KIND, promises.fire)
