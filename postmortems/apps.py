"""The post-mortems app."""

from importlib import import_module

from django.apps import AppConfig


class PostmortemsConfig(AppConfig):
    """Reports, causes, actions and the executive review. Finds what incidents leave behind; nothing calls up to it."""

    name = "postmortems"
    verbose_name = "Post-mortems"

    def ready(self) -> None:
        """Register the loop, the deadlines and the checks. They need models, which are loaded only now."""
        import_module("postmortems.tasks").set_up()
        import_module("postmortems.checks")
        import_module("customers.erasing").register(import_module("postmortems.keeping").forget)
