"""The composition root in Django."""

from django.apps import AppConfig


class SocialConfig(AppConfig):
    """Wires the rooms together."""

    name = "social"
    verbose_name = "Kring"

    def ready(self) -> None:
        """Hand the site's settings down to the rooms."""
        from core import site
        from social import checks, events, settings_row  # noqa: F401

        site.register(settings_row.read)
