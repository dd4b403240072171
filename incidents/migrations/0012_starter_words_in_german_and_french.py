"""Words in German and French for the templates that are still those of the starter set."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from incidents.migrations._starter_words import MORE, TRANSLATIONS


def create_words(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Create what is missing where a name is not taken; whatever people wrote stays as it is."""
    template = apps.get_model("incidents", "Template")
    for row in MORE:
        template.objects.get_or_create(name=row["name"], defaults=row)
    for language, (name, words) in TRANSLATIONS.items():
        for original in template.objects.filter(name__in=words, language="en", translation_of=None).order_by("id"):
            subject, body = words[original.name]
            template.objects.get_or_create(
                name=f"{original.name} ({name})",
                defaults={
                    "translation_of": original,
                    "kind": original.kind,
                    "incident_type": original.incident_type,
                    "language": language,
                    "subject": subject,
                    "body": body,
                    "guidance": original.guidance,
                },
            )


class Migration(migrations.Migration):
    dependencies = [("incidents", "0004_starter_templates")]

    operations = [migrations.RunPython(create_words, migrations.RunPython.noop)]
