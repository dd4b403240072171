"""Starter words as somebody who grew up with each language would write them, and no claim that nobody has checked."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

# (what stands there, what comes in its place) by name; words that people changed or approved stay as they are.
ENGLISH = {
    "First alert": (
        (
            "We are seeing a problem with **{{services}}** since {{started_at}}.",
            "There has been a problem with **{{services}}** since {{started_at}}.",
        ),
        ("We write to you because", "We are writing to you because"),
    ),
    "First alert, third-party provider": (
        (
            "**{{services}}** is affected since {{started_at}}",
            "**{{services}}** has been affected since {{started_at}}",
        ),
    ),
    "First alert, data or security incident": (
        ("As soon as we do, you hear it from us directly,", "As soon as we do, you will hear it from us directly,"),
        (
            "At this moment there is nothing you need to do.",
            "If there is anything you should do, we will tell you at once.",
        ),
    ),
    "Maintenance": (
        ("beginning at {{started_at}}", "beginning on {{started_at}}"),
        ("short interruptions; your data is safe.", "short interruptions."),
        (
            "You need not do anything, and we tell you when it is done.",
            "You need not do anything; we will tell you when it is done.",
        ),
    ),
    "Progress, cause not known yet": (
        (
            "As soon as we know more we write to you, at the latest by the time above.",
            "As soon as we know more we will write to you, at the latest by the time above.",
        ),
    ),
    "Workaround available": (
        ("You lose nothing by using it, and you need not undo it later. We tell you", "We will tell you"),
    ),
    "End of the maintenance": (("tell us by answering this mail.", "tell us by replying to this e-mail."),),
}
GERMAN = {
    "First alert": (("Seit {{started_at}} gibt es", "Seit dem {{started_at}} gibt es"),),
    "First alert, third-party provider": (("seit {{started_at}} betroffen", "seit dem {{started_at}} betroffen"),),
    "First alert, data or security incident": (
        (
            "erfahren Sie es direkt von uns, mit dem, was es für Sie bedeutet und was wir Ihnen raten. Im Augenblick müssen "
            "Sie nichts tun.",
            "informieren wir Sie direkt und sagen Ihnen, was es für Sie bedeutet und was wir Ihnen raten. Falls Sie selbst "
            "etwas tun sollten, sagen wir es Ihnen sofort.",
        ),
        ("haben Sie Verständnis, dass", "haben Sie Verständnis dafür, dass"),
    ),
    "Maintenance": (
        (
            "Währenddessen kann es kurze Unterbrechungen geben; Ihre Daten sind sicher.",
            "Währenddessen kann es zu kurzen Unterbrechungen kommen.",
        ),
        (
            "Wir tun es jetzt, weil Warten einen längeren Ausfall riskieren würde. Sie müssen nichts tun, und wir sagen "
            "Ihnen, wenn es geschafft ist.",
            "Wir tun das jetzt, weil ein Aufschub einen längeren Ausfall nach sich ziehen könnte. Sie müssen nichts tun; wir "
            "melden uns, sobald die Wartung abgeschlossen ist.",
        ),
    ),
    "Workaround available": (
        ("Ein Weg, weiterzuarbeiten: ", "So können Sie weiterarbeiten: "),
        (
            "Wir beheben die Störung bei **{{services}}** noch. Bis dahin gibt es einen Weg, weiterzuarbeiten:",
            "Wir arbeiten noch an der Behebung der Störung bei **{{services}}**. Bis dahin können Sie so weiterarbeiten:",
        ),
        (
            "Sie verlieren dadurch nichts und müssen später nichts rückgängig machen. Wir sagen Ihnen, wenn er nicht mehr "
            "nötig ist.",
            "Wir sagen Ihnen, sobald das nicht mehr nötig ist.",
        ),
    ),
    "Holding message": (
        (
            "Unsere Technik arbeitet weiter an **{{services}}**.",
            "Unsere Technik arbeitet weiter an der Behebung der Störung bei **{{services}}**.",
        ),
    ),
    "End of the outage": (("alles arbeitet wieder wie gewohnt", "alles funktioniert wieder wie gewohnt"),),
    "End of the maintenance": (
        ("alles arbeitet wie gewohnt", "alles funktioniert wie gewohnt"),
        ("nicht wie zuvor arbeitet", "nicht wie zuvor funktioniert"),
    ),
}
FRENCH = {
    "First alert, data or security incident": (
        (
            "Pour le moment, vous n'avez rien à faire.",
            "Si vous devez faire quelque chose, nous vous le dirons aussitôt.",
        ),
    ),
    "Maintenance": (("possibles pendant ce temps ; vos données sont en sécurité.", "possibles pendant ce temps."),),
    "Progress, cause not known yet": (("Où nous en sommes : ", "Point de situation : "),),
    "Workaround available": (
        ("Une solution provisoire : ", "Solution de contournement : "),
        ("Vous n'y perdez rien et n'aurez rien à défaire ensuite. ", ""),
    ),
    "End of the outage": (
        ("Nous vous prions de nous excuser.", "Nous vous présentons nos excuses pour la gêne occasionnée."),
    ),
}
BETTER = {"": ENGLISH, " (Deutsch)": GERMAN, " (Français)": FRENCH}


def better_words(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Put the better words in place."""
    template = apps.get_model("incidents", "Template")
    for suffix, words in BETTER.items():
        for name, pairs in words.items():
            for row in template.objects.filter(name=f"{name}{suffix}", approved_at=None):
                for before, after in pairs:
                    row.subject, row.body = row.subject.replace(before, after), row.body.replace(before, after)
                row.save(update_fields=["subject", "body"])


class Migration(migrations.Migration):
    dependencies = [("incidents", "0026_templates_name_their_status")]

    operations = [migrations.RunPython(better_words, migrations.RunPython.noop)]
