from django.db import migrations, models

from core.text import call_sign


def name_handles(apps, schema_editor):
    """Groups of before are called as they were called: by their names."""
    Group = apps.get_model("groups", "Group")
    fresh = []
    for group in Group.objects.filter(handle="").only("pk", "name").iterator(chunk_size=500):
        group.handle = call_sign(group.name)
        fresh.append(group)
        if len(fresh) == 500:
            Group.objects.bulk_update(fresh, ["handle"])
            fresh.clear()
    Group.objects.bulk_update(fresh, ["handle"])


class Migration(migrations.Migration):
    dependencies = [("groups", "0007_picture")]

    operations = [
        migrations.AddField(
            model_name="group",
            name="handle",
            field=models.CharField(blank=True, db_index=True, default="", max_length=40, verbose_name="handle"),
        ),
        migrations.RunPython(name_handles, migrations.RunPython.noop, elidable=True),
    ]
