"""The room of the feed in Django."""

from django.apps import AppConfig


class FeedConfig(AppConfig):
    """Posts and discussions."""

    name = "feed"
    verbose_name = "Feed"

    def ready(self) -> None:
        """Declare verbs, subscribe, and hand the notices their words."""
        from feed import events, notices, receivers  # noqa: F401
