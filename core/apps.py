"""The ground floor's place in Django."""

from django.apps import AppConfig


class CoreConfig(AppConfig):
    """Contract and plumbing."""

    name = "core"
    verbose_name = "Core"
