"""How posts are found, and the names of files, whose room is too low to know of search."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, pgettext_lazy

from core.prepared import Prepared
from core.richtext import text_of, topic_key
from feed.models import CalendarEvent, Poll, Post, PostTopic, Topic, seen_by, words_of
from files.models import File
from search.actions import suggests
from search.indexes import Answer, Card, ContentIndex, headline

_ANSWERS = Prepared(
    lambda user, keys: (
        Post.objects.visible_to(user)
        .filter(pk__in=keys)
        .values_list("public_id", "html", "author__name", "group__name", "created_at")
    )
)


def _url(public_id: str) -> str:
    """Where a post is read. Twenty of them are asked for at once, and `reverse` takes its time."""
    return _around().format(public_id)


@cache
def _around() -> str:
    return reverse("feed:post", args=["0"]).replace("0", "{}")


@suggests
def topics(user: Any, prefix: str, limit: int) -> list[tuple[str, str, str]]:
    """Topics that begin like this and stand in a post that `user` may see."""
    seen = PostTopic.objects.filter(seen_by(user), topic=OuterRef("pk"))
    key = topic_key(prefix)
    begins = Q(Exists(seen), name__startswith=key) | Q(Exists(seen.filter(written__startswith=key)))
    found = Topic.objects.filter(begins).order_by("name")[:limit]
    return [("topic", f"#{topic.label}", topic.get_absolute_url()) for topic in found]


class PostIndex(ContentIndex):
    """Posts and answers."""

    model = Post
    names = {
        "post": _("Posts"),
        "question": _("Questions"),
        "reply": _("Answers"),
        "announcement": _("Announcements"),
        "poll": _("Polls"),
        "praise": pgettext_lazy("posts that praise", "Praise"),
        "event": pgettext_lazy("calendar", "Events"),
    }
    tags = {
        "question": _("Question"),
        "reply": pgettext_lazy("kind of content", "Answer"),
        "announcement": _("Announcement"),
        "poll": _("Poll"),
        "praise": pgettext_lazy("kind of post", "Praise"),
        "event": pgettext_lazy("calendar", "Event"),
    }
    rare = ("announcement", "poll", "praise", "event")
    related = ("author", "group")
    source_fields = ("body", "calendar__title", "calendar__place")
    rank = 10

    def index_queryset(self, using: str | None = None) -> QuerySet:
        """What is said and stands; what is held, hidden or deleted is in no index."""
        return Post.objects.filter(state=Post.State.PUBLISHED, thread_shown=True)

    card_fields = (
        "public_id",
        "root_id",
        "post_kind",
        "html",
        "line",
        "best_answer_id",
        "root__best_answer_id",
        "reply_count",
        "poll__options",
        "calendar__title",
        "calendar__place",
    )

    def together(self, rows: list[Any]) -> list[Any]:
        """With what the polls among them ask, what the events are, and what the links lead to."""
        polls = [row.pk for row in rows if row.post_kind == Post.Kind.POLL]
        choices = dict(Poll.objects.filter(post__in=polls).values_list("post", "options")) if polls else {}
        events = [row.pk for row in rows if row.post_kind == Post.Kind.EVENT]
        happens = CalendarEvent.objects.filter(post__in=events) if events else ()
        meetings = {event.post_id: event for event in happens}
        linked = [row.pk for row in rows if row.has_previews]
        links = words_of(linked) if linked else {}
        for row in rows:
            row.choices = [*choices.get(row.pk, []), *links.get(row.pk, [])]
            row.meets = meetings.get(row.pk)
        return rows

    def title(self, row: Any) -> str:
        """What an event is called."""
        event = row.__dict__.get("meets")
        return event.title if event else ""

    def body(self, row: Any) -> str:
        """What it says, and asks."""
        if "choices" not in row.__dict__:
            return "\n".join([row.search_text(), *words_of([row.pk]).get(row.pk, [])])
        place = [row.meets.place] if row.meets and row.meets.place else []
        return "\n".join([*place, text_of(row.html), *row.choices])

    def card_of(self, pk: int, values: tuple) -> Card:
        """A post says what it says: its first words stand for a title."""
        public_id, root, kind, html, line, best, best_of_root, answers, choices, called, place = values
        said = [*([place] if place else []), text_of(html), *(choices or ())]
        title, body = headline(called or "", "\n".join(said), line)
        url, answer, about = _url(public_id), 0, ""
        if root is not None:
            url = f"{url}#post-{public_id}"
            answer = pk if best_of_root == pk else 0
        elif kind == Post.Kind.QUESTION:
            answer = best or 0
            about = ngettext("%(n)s answer", "%(n)s answers", answers) % {"n": answers}
        tag = self.tags.get("reply" if root is not None else kind, "")
        return Card(pk, public_id, url, tag, title, body, about=about, answer=answer)

    def answer(self, user: Any, card: Card) -> Answer | None:
        """What was marked as the answer, where a question or that answer itself was found."""
        for public_id, html, author, group, at in _ANSWERS.rows(user=user, keys=[card.answer]):
            url = f"{_url(public_id)}#post-{public_id}"
            return Answer(card.answer, text_of(html), url, _("Open thread"), author, group or "", at)
        return None

    def names_of(self, row: Any) -> tuple[str, ...]:
        """A post of any kind is a post; an answer is an answer."""
        if row.root_id is not None:
            return ("reply",)
        if row.post_kind == Post.Kind.STATUS:
            return ("post",)
        return ("post", str(row.post_kind))


class FileIndex(ContentIndex):
    """Files by their names, the words for a picture and what stands in them, where they hang on something shown."""

    model = File
    names = {"file": _("Files")}
    tags = {"file": _("File")}
    author_field = "owner_id"
    group_field = None
    related = ("owner", "text")
    rank = 30
    source_fields = ("name", "alt")

    def index_queryset(self, using: str | None = None) -> QuerySet:
        """Attached, shown, and no face or cover of anyone."""
        return super().index_queryset(using).filter(state=File.State.ATTACHED, hidden=False, portrait=False, newer=None)

    def title(self, row: Any) -> str:
        """Its name."""
        return row.name

    def body(self, row: Any) -> str:
        """The words that stand for a picture, and those in a document or in captions."""
        return row.words()

    def has_file(self, row: Any) -> bool:
        """It is one."""
        return True
