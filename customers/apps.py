"""The customers app."""

from django.apps import AppConfig


class CustomersConfig(AppConfig):
    """See the package's modules."""

    name = "customers"

    def ready(self) -> None:
        """Start to watch the settings, and bring messages to their readers."""
        from customers import checks, tasks  # noqa: F401, PLC0415 - needs the models, which are loaded by now

        tasks.register_all()
