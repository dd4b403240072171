"""Starter words that can be sent as they stand, claim nothing that nobody has checked, and correct in each language."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

# (name, what stands there, what comes in its place); words that people changed or approved stay as they are.
BETTER = (
    (
        "First alert, third-party provider",
        "Your data is safe with us; some actions may fail or be delayed.",
        "Some actions may fail or be delayed.",
    ),
    (
        "First alert, third-party provider (Deutsch)",
        "Ihre Daten sind bei uns sicher, einzelne Vorgänge können aber fehlschlagen oder länger dauern.",
        "Einzelne Vorgänge können fehlschlagen oder länger dauern.",
    ),
    (
        "First alert, third-party provider (Français)",
        "Vos données sont en sécurité chez nous ; certaines opérations peuvent échouer ou prendre du retard.",
        "Certaines opérations peuvent échouer ou prendre du retard.",
    ),
    (
        "Progress, cause not known yet",
        " and have not found its cause yet.\n\nWhat we did since the last message: \n\nWhat we do next: ",
        "; we have not found its cause yet. As soon as we know more we write to you, at the latest by the time above.",
    ),
    (
        "Progress, cause found",
        " and are working on the repair.\n\nThe cause, in short: \n\nWhat we do now: ",
        " and are working on the repair. Likely end: {{likely_resolution}}.",
    ),
)
GUIDANCE = {
    "Progress, cause not known yet": "An update without a diagnosis. Add what was ruled out: it is progress too.",
    "Progress, cause found": (
        "An update once there is a diagnosis. Add the cause in a sentence: customers are encouraged by it, even if the "
        "path is long."
    ),
}
CORRECTION = {
    "de": (
        "Deutsch",
        "Berichtigung: {{services}}",
        "In unserer letzten Nachricht war etwas nicht richtig.\n\nWir schrieben: \n\nRichtig ist: ",
    ),
    "fr": (
        "Français",
        "Rectificatif : {{services}}",
        "Une information de notre dernier message était inexacte.\n\nNous avions écrit : \n\nIl fallait lire : ",
    ),
}


def better_words(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Put the better words in place, and add the corrections that are missing."""
    template = apps.get_model("incidents", "Template")
    for name, before, after in BETTER:
        for row in template.objects.filter(name=name, approved_at=None, body__contains=before):
            row.body = row.body.replace(before, after)
            row.guidance = GUIDANCE.get(name, row.guidance)
            row.save(update_fields=["body", "guidance"])
    original = template.objects.filter(name="Correction", kind="correction", translation_of=None).first()
    for language, (label, subject, body) in CORRECTION.items() if original else ():
        if not original.translations.filter(language=language).exists():
            template.objects.get_or_create(
                name=f"Correction ({label})",
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
    dependencies = [("incidents", "0020_drafts_corrections_emergencies")]

    operations = [migrations.RunPython(better_words, migrations.RunPython.noop)]
