"""Several answers may be accepted over time: each remembers since when."""

from django.db import migrations, models


def remember(apps, schema_editor):
    """Those that are the best answers now were accepted; nobody wrote down when."""
    post = apps.get_model("feed", "Post")
    best = post.objects.filter(best_answer__isnull=False).values("best_answer")
    post.objects.filter(pk__in=list(best.values_list("best_answer", flat=True))).update(
        accepted_at=models.F("created_at")
    )


class Migration(migrations.Migration):
    dependencies = [("feed", "0013_events")]

    operations = [
        migrations.AddField("post", "accepted_at", models.DateTimeField(null=True)),
        migrations.RunPython(remember, migrations.RunPython.noop),
    ]
