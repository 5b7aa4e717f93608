from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("people", "0006_fields")]

    operations = [
        migrations.RemoveIndex(model_name="user", name="person_birthday"),
        migrations.AddIndex(
            model_name="user",
            index=models.Index(fields=["birthday"], name="person_birthday"),
        ),
    ]
