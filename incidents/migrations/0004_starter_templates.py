"""Words to begin with. They are approved by communications before their first use, like any other."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

TEMPLATES = [
    {
        "name": "First alert",
        "kind": "initial",
        "subject": "{{title}}",
        "body": (
            "We are seeing a problem with **{{services}}** since {{started_at}}. You may notice errors or slow "
            "answers while using it.\n\n"
            "Our engineers are working on it now. We write to you because your account uses this service; "
            "you do not need to report it."
        ),
        "guidance": "The first message of an outage. Send it as soon as it is declared; speed beats polish.",
    },
    {
        "name": "First alert, third-party provider",
        "kind": "initial",
        "subject": "{{title}}",
        "body": (
            "A provider that we depend on has an outage, and **{{services}}** is affected since {{started_at}}. "
            "Your data is safe with us; some actions may fail or be delayed.\n\n"
            "We are in contact with the provider and are preparing ways around the failing part."
        ),
        "guidance": "The first message when the cause lies with somebody we buy from. Name no names.",
    },
    {
        "name": "Progress, cause not known yet",
        "kind": "progress",
        "subject": "{{title}}",
        "body": (
            "We are still working on the problem with **{{services}}** and have not found its cause yet.\n\n"
            "What we did since the last message: \n\n"
            "What we do next: "
        ),
        "guidance": "An update without a diagnosis. Say what was ruled out: it is progress too.",
    },
    {
        "name": "Progress, cause found",
        "kind": "progress",
        "subject": "{{title}}",
        "body": (
            "We have found the cause of the problem with **{{services}}** and are working on the repair.\n\n"
            "The cause, in short: \n\n"
            "What we do now: "
        ),
        "guidance": "An update once there is a diagnosis. Customers are encouraged by it, even if the path is long.",
    },
    {
        "name": "Holding message",
        "kind": "holding",
        "subject": "{{title}}",
        "body": (
            "Our engineers are still working on **{{services}}**. There is no news to share at this moment, and we did "
            "not want to leave you without word at the time we promised."
        ),
        "guidance": "Only when there is truly nothing to say at the promised time. Never twice in a row.",
    },
    {
        "name": "Correction",
        "kind": "correction",
        "subject": "Correction: {{title}}",
        "body": "Please go by this instead: ",
        "guidance": "When a message was wrong. Name the error under “What was wrong”; the promise made before stands.",
    },
    {
        "name": "End of the outage",
        "kind": "final",
        "subject": "{{title}}",
        "body": (
            "The problem with **{{services}}** is over, and everything works as usual again.\n\n"
            "{{restored}}\n\n"
            "We are sorry for the trouble. We will look into what happened and share with you what we learn and what "
            "we change, within a few business days."
        ),
        "guidance": "After Operations' green light. It goes to everybody who was ever told.",
    },
    {
        "name": "Post-mortem notice",
        "kind": "postmortem",
        "subject": "What happened: {{title}}",
        "body": "We promised to tell you what we learned about the problem with **{{services}}**.",
        "guidance": "The opening of the customer edition of a post-mortem.",
    },
]


def create_templates(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Create the starter set where a name is not taken."""
    template = apps.get_model("incidents", "Template")
    for row in TEMPLATES:
        template.objects.get_or_create(name=row["name"], defaults=row)


class Migration(migrations.Migration):
    dependencies = [("incidents", "0003_starter_roles_and_policy")]

    operations = [migrations.RunPython(create_templates, migrations.RunPython.noop)]
