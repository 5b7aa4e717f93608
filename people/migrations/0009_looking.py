from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('people', '0008_delegation'),
    ]

    operations = [
        migrations.AddField(
            model_name='user',
            name='looking_at',
            field=models.DateTimeField(editable=False, null=True),
        ),
    ]
