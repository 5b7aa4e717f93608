"""The room of moderation in Django."""

from django.apps import AppConfig


class ModerationConfig(AppConfig):
    """Reports, decisions, the word filter."""

    name = "moderation"
    verbose_name = "Moderation"

    def ready(self) -> None:
        """Declare verbs and hand the notices their words."""
        from moderation import events, notices  # noqa: F401
