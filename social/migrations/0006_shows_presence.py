from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("social", "0005_players"),
    ]

    operations = [
        migrations.AddField(
            model_name="sitesettings",
            name="shows_presence",
            field=models.BooleanField(
                default=True,
                help_text="Everyone can hide it for themselves, and those who are blocked never see it.",
                verbose_name="show who is here",
            ),
        ),
    ]
