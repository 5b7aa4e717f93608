"""The room of groups in Django."""

from django.apps import AppConfig


class GroupsConfig(AppConfig):
    """Groups and their members."""

    name = "groups"
    verbose_name = "Groups"

    def ready(self) -> None:
        """Declare verbs and subscribe."""
        from groups import events, receivers  # noqa: F401
