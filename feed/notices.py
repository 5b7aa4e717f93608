"""What people are told about the feed. Who may not see a post is never told of it: the inbox asks again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext_lazy as _

from core.models import Event
from core.prepared import Prepared
from feed import letters, reach
from feed.calendars import when
from feed.models import CalendarEvent, Mention, Post, Praise, Relocation, Rsvp
from inbox import registry
from inbox.actions import watchers
from people.models import User

registry.kind(
    verb="feed.mentioned",
    label=_("Someone mentions me"),
    weight=90,
    template="feed/notices/_mentioned.html",
    through_mute=True,
)
registry.kind(
    verb="feed.praised",
    label=_("Someone praises me"),
    weight=95,
    template="feed/notices/_praised.html",
    through_mute=True,
)
# What stands under one's name one hears of, whoever one has muted.
registry.kind(
    verb="feed.posted_for",
    label=_("Someone posts for me"),
    weight=92,
    template="feed/notices/_posted_for.html",
    through_mute=True,
    optional=False,
    duty=True,
)
registry.kind(
    verb="feed.accepted", label=_("My answer solves a question"), weight=85, template="feed/notices/_accepted.html"
)
registry.kind(
    verb="feed.announced",
    label=_("An announcement"),
    weight=80,
    template="feed/notices/_announced.html",
    duty=True,
    mail=letters.announced,
    push=_("New announcement"),
    news=reach.news,
)
registry.kind(
    verb="feed.replied",
    label=_("Someone answers me, or in a discussion I follow"),
    weight=60,
    template="feed/notices/_replied.html",
)
registry.kind(
    verb="feed.posted", label=_("A new post in a group I follow"), weight=30, template="feed/notices/_posted.html"
)
registry.kind(
    verb="feed.closed", label=_("A discussion of mine was closed"), weight=50, template="feed/notices/_closed.html"
)
registry.kind(
    verb="feed.moved", label=_("A discussion of mine was moved"), weight=50, template="feed/notices/_moved.html"
)
registry.kind(
    verb="feed.unsent",
    label=_("A post of mine could not be published at its hour"),
    weight=80,
    template="feed/notices/_unsent.html",
    optional=False,
    link=lambda notice: "/drafts/",
)
registry.kind(
    verb="feed.reacted", label=_("Someone reacts to what I wrote"), weight=20, template="feed/notices/_reacted.html"
)


def _events(notices: list[Any]) -> None:
    """The events that some notices are about, with their time in the reader's clock: one query."""
    found = {event.post_id: event for event in CalendarEvent.objects.filter(post__in={one.on.pk for one in notices})}
    for notice in notices:
        notice.event_now = found.get(notice.on.pk)
        notice.when = when(notice.event_now).text if notice.event_now is not None else ""


# Whoever said that they come wants to know, however little of the discussion they want to hear.
registry.kind(
    verb="feed.cancelled",
    label=_("An event that I answered is cancelled"),
    weight=88,
    template="feed/notices/_cancelled.html",
    through_mute=True,
    duty=True,
    together=_events,
)
registry.kind(
    verb="feed.restored",
    label=_("A cancelled event that I answered takes place after all"),
    weight=88,
    template="feed/notices/_restored.html",
    through_mute=True,
    duty=True,
    together=_events,
)
registry.kind(
    verb="feed.rescheduled",
    label=_("An event that I answered has another time or place"),
    weight=87,
    template="feed/notices/_rescheduled.html",
    through_mute=True,
    duty=True,
    together=_events,
)
registry.kind(
    verb="feed.reminded",
    label=_("An event that I go to begins soon"),
    weight=86,
    template="feed/notices/_reminded.html",
    through_mute=True,
    duty=True,
    together=_events,
)


def _post(event: Event) -> Post | None:
    """The post of an event, while it is shown: read once for all who ask."""
    if "_post" not in event.__dict__:
        event.__dict__["_post"] = _SHOWN.instance(key=event.target_pk)
    return event.__dict__["_post"]


_SHOWN = Prepared(
    lambda key: (
        Post.objects.of(key)
        .filter(state=Post.State.PUBLISHED, thread_shown=True)
        .select_related("root", "parent", "group", "audience")
    )
)
_NAMED = Prepared(lambda post: Mention.objects.filter(post=post, told_at__isnull=False).values_list("person_id"))


def _thread(post: Post) -> Post:
    return post.root or post


def _but_writer(people: set[int], post: Post) -> set[int]:
    """Without who wrote it in its author's name: nobody is told of their own words."""
    return people - {post.written_by_id}


@registry.tells("feed.post.delegated")
def posted_for(event: Event) -> Iterator[registry.Telling]:
    """In whose name it stands."""
    post = _post(event)
    if post is not None and post.written_by_id:
        yield registry.Telling(
            "feed.posted_for", [post.author_id], _thread(post), post, bundle=f"feed.posted_for:{post.pk}"
        )


@registry.tells("feed.post.published", "feed.reply.published")
def mentioned(event: Event) -> Iterator[registry.Telling]:
    """Those it names and who may see it; the others wait until they may."""
    post = _post(event)
    if post is None:
        return
    named = _but_writer({person for (person,) in _NAMED.rows(post=post.pk)}, post)
    if named:
        yield registry.Telling("feed.mentioned", named, _thread(post), post, bundle=f"feed.mentioned:{post.pk}")


@registry.tells("feed.post.edited")
def mentioned_anew(event: Event) -> Iterator[registry.Telling]:
    """Those it names for the first time; an edit tells nobody else, and nobody twice."""
    post = _post(event)
    if post is not None and event.data.get("mentioned"):
        people = event.data["mentioned"]
        yield registry.Telling("feed.mentioned", people, _thread(post), post, bundle=f"feed.mentioned:{post.pk}")


@registry.tells("feed.mention.opened")
def mentioned_before(event: Event) -> Iterator[registry.Telling]:
    """Someone who was named before they could read it, and now can."""
    post = _post(event)
    if post is not None:
        people = [event.data["person"]]
        yield registry.Telling("feed.mentioned", people, _thread(post), post, bundle=f"feed.mentioned:{post.pk}")


@registry.tells("feed.reply.published")
def replied(event: Event) -> Iterator[registry.Telling]:
    """Who began the thread, whom it answers, and who follows the thread."""
    post = _post(event)
    if post is None or post.root is None:
        return
    people = {post.root.author_id, *watchers(post.root)}
    if post.parent is not None:
        people.add(post.parent.author_id)
    people = _but_writer(people, post)
    yield registry.Telling("feed.replied", people, post.root, post, bundle=f"feed.thread:{post.root_id}")


@registry.tells("feed.post.published")
def announced(event: Event) -> Iterator[registry.Telling]:
    """Everyone an announcement is for."""
    post = _post(event)
    if post is not None and post.post_kind == Post.Kind.ANNOUNCEMENT:
        people = post.readers().exclude(pk=post.written_by_id) if post.written_by_id else post.readers()
        yield registry.Telling("feed.announced", people, post, mail=post.by_mail)


@registry.tells("feed.post.published")
def praised(event: Event) -> Iterator[registry.Telling]:
    """Whom it praises."""
    post = _post(event)
    if post is not None and post.post_kind == Post.Kind.PRAISE:
        people = list(Praise.objects.filter(post=post).values_list("person", flat=True))
        yield registry.Telling("feed.praised", people, post, bundle=f"feed.praised:{post.pk}")


@registry.tells("feed.praise.changed")
def praised_anew(event: Event) -> Iterator[registry.Telling]:
    """Whom it praises for the first time, as far as it still does."""
    post = _post(event)
    if post is not None and event.data.get("praised"):
        people = Praise.objects.filter(post=post, person__in=event.data["praised"]).values_list("person", flat=True)
        yield registry.Telling("feed.praised", list(people), post, bundle=f"feed.praised:{post.pk}")


@registry.tells("feed.post.published")
def posted(event: Event) -> Iterator[registry.Telling]:
    """Who follows the group."""
    post = _post(event)
    if post is not None and post.group is not None:
        people = _but_writer(watchers(post.group), post)
        if people:
            people = people - watchers(post.group, level="mute")
        yield registry.Telling("feed.posted", people, post, bundle=f"feed.group:{post.group_id}")


@registry.tells("feed.post.reacted")
def reacted(event: Event) -> Iterator[registry.Telling]:
    """Whose words they are; many reactions are one line."""
    post = _post(event)
    if post is not None:
        yield registry.Telling("feed.reacted", [post.author_id], _thread(post), post, bundle=f"feed.reacted:{post.pk}")


@registry.tells("feed.answer.accepted")
def accepted(event: Event) -> Iterator[registry.Telling]:
    """Who gave the answer."""
    post = _post(event)
    if post is not None:
        yield registry.Telling("feed.accepted", [post.author_id], _thread(post), post)


@registry.tells("feed.draft.kept")
def unsent(event: Event) -> Iterator[registry.Telling]:
    """Its author."""
    author = User.objects.of(event).first()
    if author is not None:
        yield registry.Telling("feed.unsent", [author.pk], author, private=True)


@registry.tells("feed.thread.closed")
def closed(event: Event) -> Iterator[registry.Telling]:
    """Who began it."""
    post = _post(event)
    if post is not None:
        yield registry.Telling("feed.closed", [post.author_id], post)


@registry.tells("feed.thread.moved")
def moved(event: Event) -> Iterator[registry.Telling]:
    """Who began it; also if they cannot read it there, but then not where."""
    post = _post(event)
    if post is not None:
        private = not post.is_visible_to(post.author)
        yield registry.Telling("feed.moved", [post.author_id], post, private=private)


@registry.tells("feed.thread.split", "feed.thread.merged")
def regrouped(event: Event) -> Iterator[registry.Telling]:
    """Who began what is another discussion now, or a part of another."""
    post = _post(event)
    if post is None:
        return
    turned = Relocation.objects.filter(post=post, at__lte=event.at).order_by("-pk").select_related("other").first()
    if turned is not None and turned.other is not None:
        said = post if turned.kind == Relocation.Kind.SPLIT else turned.other
        yield registry.Telling("feed.moved", [said.author_id], post, said)


@registry.tells("feed.event.changed")
def rescheduled(event: Event) -> Iterator[registry.Telling]:
    """Who answered, where it has another time or place."""
    post = _post(event)
    if post is not None and event.data.get("moved"):
        yield registry.Telling("feed.rescheduled", _answered(post), post, bundle=f"feed.rescheduled:{post.pk}")


@registry.tells("feed.event.cancelled")
def cancelled(event: Event) -> Iterator[registry.Telling]:
    """Who answered."""
    post = _post(event)
    if post is not None:
        yield registry.Telling("feed.cancelled", _answered(post), post)


@registry.tells("feed.event.restored")
def restored(event: Event) -> Iterator[registry.Telling]:
    """Who answered."""
    post = _post(event)
    if post is not None:
        yield registry.Telling("feed.restored", _answered(post), post)


@registry.tells("feed.event.reminded")
def reminded(event: Event) -> Iterator[registry.Telling]:
    """Who comes, and who perhaps does."""
    post = _post(event)
    if post is not None:
        people = _answered(post, [Rsvp.Answer.GOING, Rsvp.Answer.MAYBE])
        yield registry.Telling("feed.reminded", people, post, bundle=f"feed.reminded:{post.pk}")


def _answered(post: Post, answers: list[str] | None = None) -> list[int]:
    rows = Rsvp.objects.filter(event__post=post)
    if answers is not None:
        rows = rows.filter(answer__in=answers)
    return list(rows.values_list("person_id", flat=True))
