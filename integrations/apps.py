"""The room of integrations in Django."""

from django.apps import AppConfig


class IntegrationsConfig(AppConfig):
    """The API and the importers."""

    name = "integrations"
    verbose_name = "Integrations"

    def ready(self) -> None:
        """Declare verbs and subscribe."""
        from integrations import events, receivers  # noqa: F401
