"""Starter words that say nothing twice: a correction stands under headings, the likely end in every message."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

# (what stands there, what comes in its place) by name; words that people changed or approved stay as they are.
BETTER = {
    "Correction (Deutsch)": (
        "In unserer letzten Nachricht war etwas nicht richtig.\n\nWir schrieben: \n\nRichtig ist: ",
        "Bitte richten Sie sich stattdessen danach: ",
    ),
    "Correction (Français)": (
        "Une information de notre dernier message était inexacte.\n\nNous avions écrit : \n\nIl fallait lire : ",
        "Merci de tenir compte plutôt de ceci : ",
    ),
    "Progress, cause found": (" Likely end: {{likely_resolution}}.", ""),
    "Progress, cause found (Deutsch)": (" Voraussichtliches Ende: {{likely_resolution}}.", ""),
    "Progress, cause found (Français)": (" Fin probable : {{likely_resolution}}.", ""),
}


def better_words(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Put the better words in place."""
    for name, (before, after) in BETTER.items():
        for row in apps.get_model("incidents", "Template").objects.filter(name=name, approved_at=None):
            row.body = row.body.replace(before, after)
            row.save(update_fields=["body"])


class Migration(migrations.Migration):
    dependencies = [("incidents", "0027_starter_words_read_by_natives")]

    operations = [migrations.RunPython(better_words, migrations.RunPython.noop)]
