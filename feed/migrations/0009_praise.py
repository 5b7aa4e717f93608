import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("feed", "0008_moving"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name="post",
            name="post_kind",
            field=models.CharField(
                choices=[
                    ("status", "Update"),
                    ("question", "Question"),
                    ("announcement", "Announcement"),
                    ("poll", "Poll"),
                    ("praise", "Praise"),
                ],
                default="status",
                max_length=12,
            ),
        ),
        migrations.CreateModel(
            name="Praise",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "badge",
                    models.CharField(
                        choices=[
                            ("thanks", "Thank you"),
                            ("teamwork", "Team player"),
                            ("help", "Great help"),
                            ("idea", "Bright idea"),
                            ("craft", "Fine work"),
                            ("courage", "Courage"),
                            ("care", "A heart for customers"),
                            ("goal", "Goal reached"),
                        ],
                        max_length=12,
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "post",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="praises",
                        to="feed.post",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["person", "-post"], name="praise_person")],
                "constraints": [models.UniqueConstraint(fields=("post", "person"), name="one_praise")],
            },
        ),
    ]
