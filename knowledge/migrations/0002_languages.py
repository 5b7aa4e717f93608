"""Wagtail keeps a locale and a translation key with each page; both are filled for the two pages its migrations made."""

from django.db import migrations
from wagtail.models import BootstrapLocaleField, BootstrapTranslatableModel, BootstrapTranslationKeyField


class Migration(migrations.Migration):
    dependencies = [
        ("knowledge", "0001_page"),
        ("wagtailcore", "0097_baselogentry_uuid_action_timestamp_indexes"),
    ]

    operations = [
        BootstrapLocaleField("knowledge.Page"),
        BootstrapTranslationKeyField("knowledge.Page"),
        BootstrapTranslatableModel("knowledge.Page"),
    ]
