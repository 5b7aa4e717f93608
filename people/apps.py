"""The room of people in Django."""

from django.apps import AppConfig
from django.db.models import Q


class PeopleConfig(AppConfig):
    """Members, profiles, sign-in."""

    name = "people"
    verbose_name = "People"

    def ready(self) -> None:
        """Declare verbs and notices, subscribe, and hand down what lower rooms must know of people."""
        from core import live
        from core.inside import opens
        from files.registry import extra_readers
        from inbox import registry
        from moderation.actions import suspends
        from people import actions, events, hearing, inside, notices, receivers, seen  # noqa: F401
        from people.models import User

        suspends(actions.suspend)
        opens(User.kind, r"people/([\w-]{1,32})", inside.shown)
        registry.closed_to(hearing.closed_to)
        registry.here_are(seen.here)
        live.seen_by(seen.note_looking)
        extra_readers(
            User.kind,
            visible=lambda user: Q(on_pk__in=User.objects.visible_to(user).values("pk")),
            readers=lambda file: User.objects.get(pk=file.on_pk).readers(),
        )
