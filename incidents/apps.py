"""The incidents app."""

from django.apps import AppConfig


class IncidentsConfig(AppConfig):
    """See the package's modules."""

    name = "incidents"

    def ready(self) -> None:
        """Say what happens when a step of a promise or of a page is due, watch settings, tell of customers."""
        from crisisdesk.core import deadlines, discretion  # noqa: PLC0415 - needs the models, which are loaded by now
        from customers import erasing, free_text, joining, stories  # noqa: PLC0415 - likewise
        from incidents import checks, forgetting, knowing, one_person, promise_steps, promises, redacting, tasks  # noqa: F401, PLC0415 - likewise
        from incidents.room import customer_story  # noqa: PLC0415 - likewise

        deadlines.register_batch(promises.KIND, promise_steps.fire)
        discretion.register(knowing.known_to, knowing.hidden_references)
        tasks.register_all()
        stories.register(customer_story.story)
        erasing.register(forgetting.forget)
        free_text.register(redacting.timeline)
        joining.register(one_person.carry_over)
