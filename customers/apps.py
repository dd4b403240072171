"""The customers app."""

from django.apps import AppConfig


class CustomersConfig(AppConfig):
    """See the package's modules."""

    name = "customers"

    def ready(self) -> None:
        """Start to watch the settings, and bring messages to their readers."""
        # Here because they need the models, which are loaded by now.
        from customers import checks, tasks  # noqa: F401, PLC0415
        from customers.callbacks import mail  # noqa: PLC0415

        tasks.register_all()
        mail.listen()
