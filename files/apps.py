"""Attachments' place in Django."""

from django.apps import AppConfig


class FilesConfig(AppConfig):
    """Attachments."""

    name = "files"
    verbose_name = "Files"

    def ready(self) -> None:
        """Declare the verbs and watch for things that go."""
        from files import checks, events, receivers  # noqa: F401
