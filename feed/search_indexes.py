"""How posts are found, and the names of files, whose room is too low to know of search."""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext_lazy as _

from core.richtext import topic_key
from feed.models import Post, PostTopic, Topic
from files.models import File
from search.actions import suggests
from search.indexes import ContentIndex


@suggests
def topics(user: Any, prefix: str, limit: int) -> list[tuple[str, str, str]]:
    """Topics that begin like this and stand in a post that `user` may see."""
    visible = Post.objects.visible_to(user).values("pk")
    seen = PostTopic.objects.filter(topic=OuterRef("pk"), post__in=visible)
    found = Topic.objects.filter(Exists(seen), name__startswith=topic_key(prefix)).order_by("name")[:limit]
    return [("topic", f"#{topic.label}", topic.get_absolute_url()) for topic in found]


class PostIndex(ContentIndex):
    """Posts and answers."""

    model = Post
    names = {"post": _("Posts"), "question": _("Questions"), "reply": _("Answers"), "announcement": _("Announcements")}
    tags = {"question": _("Question"), "reply": _("Answer"), "announcement": _("Announcement")}
    related = ("author", "group")
    source_fields = ("body",)
    rank = 10

    def index_queryset(self, using: str | None = None) -> QuerySet:
        """What is said and stands; what is held, hidden or deleted is in no index."""
        return Post.objects.filter(state=Post.State.PUBLISHED, thread_shown=True)

    def load(self, rows: QuerySet) -> QuerySet:
        """Only what a result shows: a post has many columns, and so have its author and group."""
        shown = ("public_id", "root", "post_kind", "body", "line", "author__public_id", "author__name")
        return rows.select_related(*self.related).only(*shown, "group__public_id", "group__name")

    def names_of(self, row: Any) -> tuple[str, ...]:
        """A post of any kind is a post; an answer is an answer."""
        if row.root_id is not None:
            return ("reply",)
        if row.post_kind == Post.Kind.STATUS:
            return ("post",)
        return ("post", str(row.post_kind))


class FileIndex(ContentIndex):
    """Files by their names and the words for a picture; only what hangs on something that is shown."""

    model = File
    names = {"file": _("Files")}
    tags = {"file": _("File")}
    author_field = "owner_id"
    group_field = None
    related = ("owner",)
    source_fields = ("name", "alt")

    def index_queryset(self, using: str | None = None) -> QuerySet:
        """Attached, shown, and no face or cover of anyone."""
        return super().index_queryset(using).filter(state=File.State.ATTACHED, hidden=False, portrait=False)

    def title(self, row: Any) -> str:
        """Its name."""
        return row.name

    def body(self, row: Any) -> str:
        """The words that stand for a picture."""
        return row.alt

    def has_file(self, row: Any) -> bool:
        """It is one."""
        return True

    def who(self, row: Any) -> Any:
        """Who sent it."""
        return row.owner
