from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("incidents", "0017_starter_checklists")]

    operations = [
        migrations.RemoveField(model_name="historicalincidenttype", name="checklist"),
        migrations.RemoveField(model_name="incidenttype", name="checklist"),
    ]
