"""Words for the end of a maintenance, in three languages: those for the end of an outage speak of a problem."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

NAME = "End of the maintenance"
GUIDANCE = (
    "The last message of a maintenance, after the green light. What Operations wrote with it stands in the middle."
)
WORDS = {
    "en": (
        "",
        "{{title}}",
        "The maintenance of **{{services}}** is finished, and everything works as usual.\n\n{{restored}}\n\n"
        "Thank you for your patience. If something does not work as before, tell us by answering this mail.",
    ),
    "de": (
        " (Deutsch)",
        "Wartung abgeschlossen: {{services}}",
        "Die Wartung von **{{services}}** ist abgeschlossen, und alles arbeitet wie gewohnt.\n\nVielen Dank für Ihre "
        "Geduld. Falls etwas nicht wie zuvor arbeitet, antworten Sie bitte auf diese Mail.",
    ),
    "fr": (
        " (Français)",
        "Maintenance terminée : {{services}}",
        "La maintenance de **{{services}}** est terminée et tout fonctionne comme d'habitude.\n\nMerci de votre patience. "
        "Si quelque chose ne fonctionne pas comme avant, dites-le-nous en répondant à ce message.",
    ),
}


def create(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Create what is missing; whatever people have made already stays as it is."""
    template = apps.get_model("incidents", "Template")
    original = None
    for language, (suffix, subject, body) in WORDS.items():
        row, _ = template.objects.get_or_create(
            name=f"{NAME}{suffix}",
            defaults={
                "kind": "final",
                "language": language,
                "subject": subject,
                "body": body,
                "guidance": "" if original else GUIDANCE,
                "translation_of": original,
                "is_maintenance": True,
            },
        )
        original = original or row


class Migration(migrations.Migration):
    dependencies = [("incidents", "0024_maintenance_in_its_own_words")]

    operations = [migrations.RunPython(create, migrations.RunPython.noop)]
