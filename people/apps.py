"""The room of people in Django."""

from django.apps import AppConfig


class PeopleConfig(AppConfig):
    """Members, profiles, sign-in."""

    name = "people"
    verbose_name = "People"

    def ready(self) -> None:
        """Declare verbs and subscribe."""
        from people import events, receivers  # noqa: F401
