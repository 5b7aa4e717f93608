"""The room of notices in Django."""

from django.apps import AppConfig


class InboxConfig(AppConfig):
    """Notices and what a person wants to be told."""

    name = "inbox"
    verbose_name = "Inbox"

    def ready(self) -> None:
        """Declare verbs, subscribe, and give the live hub its tail of notices."""
        from inbox import events, live, receivers  # noqa: F401
