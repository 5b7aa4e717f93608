"""The room of the feed in Django."""

from django.apps import AppConfig
from django.db.models import Exists, OuterRef


class FeedConfig(AppConfig):
    """Posts and discussions."""

    name = "feed"
    verbose_name = "Feed"

    def ready(self) -> None:
        """Declare verbs, subscribe, and hand the notices their words."""
        from feed import events, notices, receivers  # noqa: F401
        from feed.models import Post
        from files.registry import bound_to

        # An answer in a hidden thread is hidden, and so are its files.
        bound_to(
            Post.kind,
            visible=lambda user: Exists(Post.objects.visible_to(user).filter(pk=OuterRef("on_pk"))),
            readers=lambda file: Post.objects.get(pk=file.on_pk).readers(),
        )
