"""The room of notices in Django."""

from datetime import timedelta

from django.apps import AppConfig


class InboxConfig(AppConfig):
    """Notices and what a person wants to be told."""

    name = "inbox"
    verbose_name = "Inbox"

    def ready(self) -> None:
        """Declare verbs, subscribe, and give the live hub its tail of notices."""
        from core import worker
        from inbox import actions, events, live, notices, receivers, sending  # noqa: F401

        worker.every(timedelta(seconds=30), "what was put off", actions.wake_due)
        worker.drains("mail and messages", sending.drain)
        worker.every(timedelta(hours=1), "what was delivered", sending.forget)
