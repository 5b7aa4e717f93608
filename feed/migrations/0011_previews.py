import django.db.models.deletion
from django.db import migrations, models

import core.ids


class Migration(migrations.Migration):

    dependencies = [
        ("feed", "0010_topic_names"),
    ]

    operations = [
        migrations.AddField(
            model_name="post",
            name="has_previews",
            field=models.BooleanField(default=False),
        ),
        migrations.CreateModel(
            name="Preview",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "public_id",
                    models.CharField(default=core.ids.new_id, editable=False, max_length=16, unique=True),
                ),
                ("place", models.PositiveSmallIntegerField(default=0)),
                ("address", models.TextField()),
                ("digest", models.CharField(db_index=True, max_length=64)),
                ("host", models.CharField(max_length=255)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("ready", "Ready"),
                            ("failed", "Failed"),
                            ("removed", "Removed"),
                        ],
                        default="waiting",
                        max_length=8,
                    ),
                ),
                ("title", models.CharField(blank=True, max_length=200)),
                ("description", models.CharField(blank=True, max_length=300)),
                ("tries", models.PositiveSmallIntegerField(default=0)),
                ("tried_at", models.DateTimeField(null=True)),
                ("due_at", models.DateTimeField(null=True)),
                (
                    "post",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="previews",
                        to="feed.post",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("due_at__isnull", False)), fields=["due_at"], name="preview_due"
                    ),
                    models.Index(fields=["host", "tried_at"], name="preview_host"),
                ],
                "constraints": [models.UniqueConstraint(fields=("post", "digest"), name="one_preview")],
            },
        ),
    ]
