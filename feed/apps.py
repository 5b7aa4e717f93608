"""The room of the feed in Django."""

from datetime import timedelta

from django.apps import AppConfig
from django.db.models import Exists, OuterRef


class FeedConfig(AppConfig):
    """Posts and discussions."""

    name = "feed"
    verbose_name = "Feed"

    def ready(self) -> None:
        """Declare verbs, subscribe, and hand the notices their words."""
        from core import worker
        from core.inside import opens
        from feed import events, inside, notices, receivers  # noqa: F401
        from feed.actions import calendar, drafts, polls, previews, purging
        from feed.models import Post, Preview, seen_by
        from feed.permissions import may_edit_with
        from files.models import kind_of
        from files.registry import bound_to, changed_by, needs
        from groups.actions.deletion import takes_away

        needs(drafts.files_of_drafts)
        opens(Post.kind, r"posts/([\w-]{1,32})", inside.shown)
        takes_away("feed", purging.take_away)
        worker.every(timedelta(seconds=20), "scheduled posts", drafts.send_due)
        worker.every(timedelta(minutes=5), "closed polls", polls.forget_voters)
        worker.every(timedelta(seconds=30), "reminders of events", calendar.remind)
        worker.drains("link previews", previews.drain)
        worker.every(timedelta(hours=1), "links of texts that were not posted", previews.forget_looks)
        # The picture of a preview is seen with its post, and by nobody else.
        bound_to(
            kind_of(Preview()),
            visible=lambda user: Exists(Preview.objects.filter(seen_by(user), pk=OuterRef("on_pk"))),
            readers=lambda file: Post.objects.get(previews=file.on_pk).readers(),
        )
        # An answer in a hidden thread is hidden, and so are its files.
        bound_to(
            Post.kind,
            visible=lambda user: Exists(Post.objects.visible_to(user).filter(pk=OuterRef("on_pk"))),
            readers=lambda file: Post.objects.get(pk=file.on_pk).readers(),
        )
        # Whoever may no longer edit what they said changes none of its files either.
        changed_by(Post.kind, may_edit_with)
