from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("social", "0002_shows_reach"),
    ]

    operations = [
        migrations.AddField(
            model_name="sitesettings",
            name="link_previews",
            field=models.BooleanField(
                default=True,
                help_text="The server fetches title, description and picture of the pages that people link to.",
                verbose_name="previews of links",
            ),
        ),
    ]
