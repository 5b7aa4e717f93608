"""What the feed does when others act: what is lost is let go, what a card shows is drawn anew."""

from __future__ import annotations

from typing import Any

from django.db.models import F, Q
from django.db.models.signals import post_delete
from django.dispatch import receiver
from django.utils import timezone

from core.events import later, listen
from core.models import Access, Audience, Event
from feed.actions import calendar, previews
from feed.models import Bookmark, Mention, Post, Praise, Preview, Reaction, Seen, ThreadMark, TopicFollow
from files import actions as attachments
from people.models import User


@listen("groups.member.removed", "groups.member.left")
def member_gone(event: Event, target: Any) -> None:
    """Losing a place takes what one kept of it, at once."""
    person = User.objects.filter(pk=event.data.get("person")).first()
    if person is None:
        return
    audiences = event.data.get("audiences") or [event.audience_id]
    # In a public group an employee reads on; only what they can no longer see goes.
    visible = Post.objects.visible_to(person).filter(audience__in=audiences)
    Bookmark.objects.filter(person=person, post__audience__in=audiences).exclude(post__in=visible.values("pk")).delete()
    ThreadMark.objects.filter(person=person, root__audience__in=audiences).exclude(
        root__in=visible.values("pk")
    ).delete()
    calendar.forget_answers(person=person)


@listen("groups.group.narrowed")
def group_narrowed(event: Event, target: Any) -> None:
    """A public group closes: whoever is no member keeps nothing of it."""
    for audience in Audience.objects.filter(pk__in=event.data.get("audiences") or [event.audience_id]):
        inside = Access.objects.filter(audience=audience).values("person")
        Bookmark.objects.filter(post__audience=audience).exclude(person__in=inside).delete()
        ThreadMark.objects.filter(root__audience=audience).exclude(person__in=inside).delete()
        calendar.forget_strangers(posts=Post.objects.filter(audience=audience), inside=inside)


@listen("people.member.deactivated")
def person_gone(event: Event, target: Any) -> None:
    """Someone who left keeps no notes of their own; what they said stays."""
    Bookmark.objects.filter(person=target).delete()
    ThreadMark.objects.filter(person=target).delete()
    Seen.objects.filter(person=target).delete()
    TopicFollow.objects.filter(person=target).delete()
    calendar.close_feed(person=target)
    calendar.forget_answers(person=target)


@listen("people.guest.changed")
def guest_now(event: Event, target: Any) -> None:
    """A colleague who became a guest comes to nothing that guests do not see."""
    if target.is_guest:
        calendar.forget_answers(person=target)


@later("groups.member.joined")
def catch_up(event: Event) -> None:
    """Who was named where they could not read, and now can, is told once (B6)."""
    from core.events import record

    person = User.objects.filter(pk=event.data.get("person")).first()
    if person is None:
        return
    waiting = Mention.objects.filter(
        person=person, told_at=None, post__in=Post.objects.visible_to(person).filter(group=event.target_pk).values("pk")
    )
    newest = waiting.select_related("post", "post__author", "post__root").order_by("-post").first()
    if newest is None:
        return
    waiting.update(told_at=timezone.now())
    # One notice for all of them, about the newest.
    record("feed.mention.opened", actor=newest.post.author, target=newest.post, person=person.pk)


@later("feed.thread.moved")
def catch_up_there(event: Event) -> None:
    """Who was named in a discussion that they could not read, and now can, is told once (B6)."""
    from core.events import record

    thread = Post.objects.filter(Q(pk=event.target_pk) | Q(root=event.target_pk))
    waiting = Mention.objects.filter(told_at=None, post__in=thread.values("pk"))
    for person in User.objects.active().filter(pk__in=waiting.values("person")):
        theirs = waiting.filter(person=person, post__in=Post.objects.visible_to(person).values("pk"))
        newest = theirs.select_related("post", "post__author").order_by("-post").first()
        if newest is not None:
            theirs.exclude(post__state=Post.State.HELD).update(told_at=timezone.now())
            record("feed.mention.opened", actor=newest.post.author, target=newest.post, person=person.pk)


@later("people.profile.edited", "people.photo.changed", "people.guest.changed")
def author_changed(event: Event) -> None:
    """The name, title and face on what someone said: their cards are drawn anew."""
    if event.data.get("fields") and not {"name", "job_title", "photo", "picture", "profile_hidden"} & set(
        event.data["fields"]
    ):
        return
    _redraw_by(event.target_pk)


@later("people.member.deactivated", "people.member.reactivated", "people.member.claimed")
def author_left_or_returned(event: Event) -> None:
    """Marked as a former colleague, or no longer."""
    _redraw_by(event.target_pk)


@listen("groups.group.edited", "groups.group.narrowed", "groups.group.opened")
def group_changed(event: Event, target: Any) -> None:
    """The group's name and lock on its posts."""
    Post.objects.filter(group=event.target_pk).update(version=F("version") + 1)


@listen(
    "files.file.described",
    "files.file.withheld",
    "files.file.released",
    "files.file.removed",
    "files.file.attached",
    "files.file.scanned",
    "files.file.made",
    "files.file.refused",
    "files.file.captioned",
    "files.file.replaced",
    "files.file.drawn",
    "files.file.quarantined",
    "files.file.cleared",
)
def file_changed(event: Event, target: Any) -> None:
    """A picture or file on a post is another, or gone."""
    if target is not None and target.on_kind == Post.kind and target.on_pk:
        Post.objects.filter(pk=target.on_pk).update(version=F("version") + 1)


@later("feed.post.published", "feed.reply.published", "feed.post.edited", "feed.post.released")
def look_for_links(event: Event) -> None:
    """The links of a post that is shown get their previews."""
    if event.verb.endswith(".published") and not event.data.get("linked"):
        return
    post = Post.objects.of(event).filter(state=Post.State.PUBLISHED).first()
    if post is not None:
        previews.ask(post=post)


@receiver(post_delete, sender=Preview, dispatch_uid="feed.preview_deleted")
def preview_gone(instance: Preview, **kwargs: Any) -> None:
    """However a preview goes, its picture goes with it."""
    attachments.remove(of=instance)


def _redraw_by(author: int | None) -> None:
    Post.objects.filter(author=author).update(version=F("version") + 1)
    # Cards name who wrote them for someone.
    Post.objects.filter(written_by=author).update(version=F("version") + 1)
    # Cards name who reacted.
    reacted = Reaction.objects.filter(person=author, post__root=None)
    Post.objects.filter(pk__in=reacted.values("post")).update(version=F("version") + 1)
    # Praise names whom it is for.
    Post.objects.filter(pk__in=Praise.objects.filter(person=author).values("post")).update(version=F("version") + 1)
    # Deep answers name whom they answer.
    Post.objects.filter(branch__isnull=False, parent__in=Post.objects.filter(author=author, root__isnull=False)).update(
        version=F("version") + 1
    )
