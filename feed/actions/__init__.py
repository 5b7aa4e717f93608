"""What people do in the feed: one transaction and one event each; pages, API, tasks and commands all come through here.

Whoever calls has found the post through `visible_to`; what the person may do with it is decided here, once more.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Count, F, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from core import bulk, limits, site
from core.audience import everyone, readers_of
from core.events import record
from core.models import Access, Audience
from core.prepared import Change, Insert, Prepared
from core.refusal import Refused
from core.richtext import RENDERER_VERSION, Document, Person, parse
from core.text import clean, one_line
from core.text import emoji as emoji_of
from feed.actions import behalf, calling, previews
from feed.actions import praise as praising
from feed.models import (
    REACTORS,
    Bookmark,
    CalendarEvent,
    Mention,
    Poll,
    Post,
    PostTopic,
    PostVersion,
    Praise,
    Reaction,
    Seen,
    ThreadMark,
    Topic,
    TopicAlias,
    TopicFollow,
)
from feed.permissions import May, Roles, may, may_accept, may_announce, may_publish, within_window
from files import actions as attachments
from inbox import actions as inbox
from moderation.actions import Verdict, open_filter_case, screen
from people.models import User
from search.actions import changed

#: Days that an announcement stands on top where its author says nothing else.
ANNOUNCED_DAYS = 14
#: Emoji that need no look into the table of all emoji.
QUICK = ("👍", "❤️", "😂", "🎉", "😮", "😢", "👀", "🙏")


# ---- Saying something


@transaction.atomic
def publish(
    *,
    author: User,
    body: str,
    writer: User | None = None,
    group: Any = None,
    kind: str = Post.Kind.STATUS,
    files: Iterable[Any] = (),
    days: int | None = None,
    mail: bool = True,
    poll: Any = None,
    praise: praising.Meant | None = None,
    event: Any = None,
) -> Post:
    """Begin a thread in a group, or (without one) for the whole company.

    Args:
        author: who speaks.
        body: Markdown.
        writer: who writes it in the author's name; None where that is the author.
        group: found through `visible_to` of who writes; None for everyone.
        kind: "status", "question", "announcement", "poll", "praise" or "event".
        files: loose files of who writes, in the order they are shown.
        days: how long an announcement stands on top for those who have not seen it (ANNOUNCED_DAYS if not said).
        mail: whether an announcement goes out by mail too, to those who want that.
        poll: what a poll asks, as `feed.actions.polls.asked` gives it.
        praise: whom it praises, as `feed.actions.praise.meant` gives it.
        event: what an event is and when, as `feed.actions.calendar.planned` gives it.

    Returns:
        The post; `post.untold` are the people it names who cannot see it and so are not told, `post.called` the groups
        it names (`feed.actions.calling.Called`). It may be held
        (`post.state`) when the word filter says so.

    Raises:
        Refused: the author may not write or announce there, or the writer may not, or not in that name.
        ValidationError: nothing is said, it is too long, or the kind is not one.
    """
    if kind not in Post.Kind.values:
        raise ValidationError({"kind": _("Choose what kind of post this is.")})
    writer, by = _writer(writer, author)
    roles = Roles.of(author, [group.pk if group else None])
    if not may_publish(by, group, roles if writer is None else None):
        raise Refused(_no_writing(by, group))
    if writer is not None and not may_publish(author, group, roles):
        raise behalf.not_there(author)
    if kind == Post.Kind.ANNOUNCEMENT and not may_announce(author, group, roles):
        raise Refused(
            _("Only the owners and moderators of this group can announce something here.")
            if group
            else _("Only administrators can announce something to the whole company.")
        )
    audience = group.audience if group else everyone()
    files = list(files)
    if (kind == Post.Kind.POLL) != (poll is not None):
        raise ValidationError({"options": _("A poll needs at least two answers, each on a line of its own.")})
    if (kind == Post.Kind.PRAISE) != (praise is not None):
        raise ValidationError({"praised": _("Say whom you praise: @ and their name.")})
    if (kind == Post.Kind.EVENT) != (event is not None):
        raise ValidationError({"event": _("Say what it is and when it begins.")}, code="event")
    beside = poll.options if poll else [event.title, event.place, event.link] if event else ()
    said = _read(body, files, limits.POST_CHARS, beside, blank=event is not None)
    now = timezone.now()
    praises = praising.rows(praise, author=author, by=by, audience=audience, history_at=now) if praise else []
    named = _named(said.document, author=author, audience=audience, history_at=now)
    post = Post(
        author=author,
        written_by=writer,
        group=group,
        post_kind=kind,
        audience=audience,
        history_at=now,
        created_at=now,
        last_activity_at=now,
        has_files=bool(files),
        **said.fields(named),
    )
    if event is not None:
        post.line = one_line(event.title, 200)
    if kind == Post.Kind.ANNOUNCEMENT:
        limits.check(limits.ANNOUNCED_DAYS, days or 0)
        post.on_top_until = now + timedelta(days=days or ANNOUNCED_DAYS)
        post.by_mail = mail
        if mail and site.current().notice_mail:
            _keep_mail_few(by, now)
    if post.state == Post.State.PUBLISHED:
        post.published_at = now
        post.seq = _next_number(audience, author=by, now=now)
    _ROW.save(post)
    for one in (poll, event):
        if one is not None:
            one.post = post
            one.save(force_insert=True)
    if praises:
        for one in praises:
            one.post = post
        Praise.objects.bulk_create(praises)
    _hang(post, said, named, files, by=by)
    if writer is not None:
        see(post=post, person=writer)
    if post.state == Post.State.HELD:
        record("feed.post.held", actor=author, target=post, **behalf.hand(post))
    else:
        more = _linked(post) | behalf.hand(post)
        record("feed.post.published", actor=author, target=post, id=post.public_id, kind=str(kind), **more)
        _tell_author(post)
    if said.verdict.level:
        open_filter_case(obj=post, verdict=said.verdict)
    return post


@transaction.atomic
def reply(*, author: User, to: Post, body: str, writer: User | None = None, files: Iterable[Any] = ()) -> Post:
    """Answer a post or an answer. Two levels are shown; what answers deeper keeps whom it answers and is shown there.

    Args:
        author: who speaks.
        to: what is answered, found through `visible_to` of who writes.
        body: Markdown.
        writer: who writes it in the author's name; None where that is the author.
        files: loose files of who writes.

    Returns:
        The answer, with `untold` as `publish` has it.

    Raises:
        Refused: one of them may not write there, or not in that name, or what they answer is gone.
        ValidationError: nothing is said, or it is too long.
    """
    root = to.root or to
    writer, by = _writer(writer, author)
    if not may(by, to).reply:
        raise _no_answer(by, to)
    # Security door: in whose name it stands they have to see what is answered, as if they answered themselves.
    if writer is not None and not (to.is_visible_to(author) and may(author, to).reply):
        raise behalf.not_there(author)
    if to.root_id and root.state not in (Post.State.PUBLISHED, Post.State.DELETED):
        raise Refused(_("This discussion is no longer there."), status=409)
    files = list(files)
    said = _read(body, files, limits.REPLY_CHARS)
    now = timezone.now()
    audience = to.audience if to.audience_id == root.audience_id else root.audience
    named = _named(said.document, author=author, audience=audience, history_at=root.history_at)
    answer = Post(
        author=author,
        written_by=writer,
        group_id=root.group_id,
        root=root,
        parent=to,
        branch_id=(to.branch_id or to.pk) if to.root_id else None,
        post_kind=Post.Kind.STATUS,
        audience=audience,
        history_at=root.history_at,
        created_at=now,
        last_activity_at=now,
        has_files=bool(files),
        **said.fields(named),
    )
    if answer.state == Post.State.PUBLISHED:
        answer.published_at = now
    _ROW.save(answer)
    _hang(answer, said, named, files, by=by)
    if answer.state == Post.State.HELD:
        _still_there(root)
        record("feed.post.held", actor=author, target=answer, **behalf.hand(answer))
    else:
        _count_in(answer, root)
        record(
            "feed.reply.published",
            actor=author,
            target=answer,
            id=answer.public_id,
            thread=root.public_id,
            **_linked(answer),
            **behalf.hand(answer),
        )
        _tell_author(answer)
    if said.verdict.level:
        open_filter_case(obj=answer, verdict=said.verdict)
    return answer


@transaction.atomic
def edit(*, post: Post, by: User, body: str, files: Iterable[Any] | None = None) -> Post:
    """Change what a post says; the earlier text is kept as a version. People named anew are told once, nobody else.

    Args:
        post: found through `visible_to(by)`.
        by: its author, or who wrote it for them while they may.
        body: the whole new text.
        files: all its files from now on (ids or rows), those it has and new ones; None leaves them as they are.

    Raises:
        Refused: not theirs, too late, or gone meanwhile.
        ValidationError: nothing is left, or it is too long.
    """
    post = _open_to_edit(post, by)
    files = None if files is None else list(files)
    limit = limits.REPLY_CHARS if post.root_id else limits.POST_CHARS
    event = CalendarEvent.objects.filter(post=post).first() if post.post_kind == Post.Kind.EVENT else None
    beside = [event.title, event.place, event.link] if event else ()
    said = _read(body, post.has_files if files is None else files, limit, beside, blank=event is not None)
    post.untold = []
    if files is not None:
        attachments.arrange(
            files=files,
            to=post,
            audience=post.audience,
            history_at=post.history_at,
            by=by,
            waiting=post.state == Post.State.HELD,
        )
        Post.objects.filter(pk=post.pk).update(has_files=bool(files), version=F("version") + 1)
        post.has_files, post.version = bool(files), post.version + 1
    if said.body == post.body:
        return post
    now = timezone.now()
    _VERSION.save(
        PostVersion(post=post, body=post.body, at=post.edited_at or post.created_at, replaced_by=by, replaced_at=now)
    )
    named = _named(said.document, author=by, audience=post.audience, history_at=post.history_at)
    was_shown = post.is_shown
    fields = said.fields(named)
    if event is not None:
        fields["line"] = post.line
    if not was_shown:
        # What waits for a moderator goes on waiting, whatever the new text says.
        fields["state"] = Post.State.HELD
    for name, value in fields.items():
        setattr(post, name, value)
    post.edited_at = now
    post.version += 1
    _EDITED.run(key=post.pk, edited_at=now, version=post.version, **fields)
    changed(post)
    fresh = _hang(post, said, named, (), by=by)
    if was_shown and post.state == Post.State.HELD:
        _withdraw(post)
        attachments.withhold(of=post)
    else:
        _redraw_around(post)
    hand = behalf.hand(post, by=by)
    record("feed.post.edited", actor=by, target=post, heard=was_shown, mentioned=fresh, **_where(post), **hand)
    if post.state == Post.State.HELD and was_shown:
        record("feed.post.held", actor=by, target=post, **hand)
    if said.verdict.level:
        open_filter_case(obj=post, verdict=said.verdict)
    return post


def _open_to_edit(post: Post, by: User) -> Post:
    """The post, locked, if `by` may change what it says.

    Raises:
        Refused: not theirs, too late, or gone meanwhile.
    """
    post = _locked(post)
    allowed = may(by, post)
    if not allowed.edit:
        if post.author_id == by.pk and allowed.delete and not within_window(post):
            raise Refused(_("The time to edit this has passed. You can answer it or delete it."))
        raise Refused(_("Only its author can change this."))
    return post


def _writer(writer: User | None, author: User) -> tuple[User | None, User]:
    """Who writes in another's name (None for the author themselves), and who types.

    Raises:
        Refused: not in that name, or not now.
    """
    if writer is None or writer.pk == author.pk:
        return None, author
    behalf.holds(writer=writer, author=author)
    return writer, writer


def _tell_author(post: Post) -> None:
    """In whose name it stands, they hear of it."""
    if post.written_by is not None:
        record("feed.post.delegated", actor=post.written_by, target=post, **behalf.hand(post, by=post.written_by))


def _linked(post: Post) -> dict[str, bool]:
    """Said with the event where there is a link, so that the worker looks for links nowhere else."""
    return {"linked": True} if previews.has_links(post.html) else {}


@transaction.atomic
def delete(*, post: Post, by: User) -> Post:
    """Delete what one wrote, or remove what another wrote in a place one looks after. A tombstone stays.

    The text leaves the row, its files and the index; the last version is kept in `PostVersion` for the archive.

    Raises:
        Refused: neither its author nor one who looks after the place.
    """
    post = _locked(post)
    allowed = may(by, post)
    if not (allowed.delete or allowed.remove):
        raise Refused(_("Only its author can delete this."))
    shown, verb = post.is_shown, "feed.post.deleted" if allowed.delete else "feed.post.removed"
    _empty(post, by=by)
    record(verb, actor=by, target=post, heard=shown, **_where(post), **behalf.hand(post, by=by))
    return post


# ---- Answering with a sign


@transaction.atomic
def react(*, post: Post, person: User, emoji: str) -> Post:
    """React with one emoji; doing it twice changes nothing.

    Raises:
        Refused: the person may not write there.
        ValidationError: not an emoji, or the post has too many different ones.
    """
    return _signed(post=post, person=person, emoji=emoji, on=True)


@transaction.atomic
def unreact(*, post: Post, person: User, emoji: str) -> Post:
    """Take a reaction back; without one it changes nothing.

    Raises:
        Refused: the person may not write there.
        ValidationError: not an emoji.
    """
    return _signed(post=post, person=person, emoji=emoji, on=False)


@transaction.atomic
def toggle(*, post: Post, person: User, emoji: str) -> Post:
    """React, or take it back: what one press of a button does.

    Raises:
        Refused: the person may not write there.
        ValidationError: as `react`.
    """
    return _signed(post=post, person=person, emoji=emoji, on=None)


def bookmark(*, post: Post, person: User) -> None:
    """Keep a post for later. It is the person's own note: nobody is told, so there is no event.

    Raises:
        Refused: there is nothing to keep.
    """
    if not may(person, post).bookmark:
        raise Refused(_("This can no longer be saved."), status=409)
    Bookmark.objects.get_or_create(post=post, person=person)


def unbookmark(*, post: Post, person: User) -> None:
    """No longer keep it; without a bookmark it changes nothing."""
    Bookmark.objects.filter(post=post, person=person).delete()


def see(*, post: Post, person: User) -> None:
    """The person has seen an announcement: it stands on top of their feed no more. Their own note, without an event."""
    if post.on_top_until is not None:
        Seen.objects.get_or_create(post=post, person=person)


def mark_thread(*, root: Post, person: User, upto: Post | None = None) -> None:
    """Remember how far the person has read a thread: never back. Their own note, without an event."""
    see(post=root, person=person)
    read = upto.pk if upto is not None else root.last_reply_id or 0
    mark, created = ThreadMark.objects.get_or_create(root=root, person=person, defaults={"read_pk": read})
    if not created and mark.read_pk < read:
        ThreadMark.objects.filter(pk=mark.pk, read_pk__lt=read).update(read_pk=read, at=timezone.now())


@transaction.atomic
def accept_answer(*, answer: Post, by: User) -> Post:
    """Mark an answer that solves the question. Several may, over time: the last is the best, the others stay marked.

    Raises:
        Refused: neither who asked, nor one who looks after the place, nor one who is known for knowing about it.
    """
    answer = _locked(answer)
    if answer.root is None or not may_accept(by, answer):
        raise Refused(_not_yours_to_mark())
    if answer.accepted_at is not None:
        return answer
    answer.accepted_at = timezone.now()
    _mark(answer, best=answer.pk)
    record("feed.answer.accepted", actor=by, target=answer, **_where(answer))
    return answer


@transaction.atomic
def unaccept_answer(*, answer: Post, by: User) -> Post:
    """Take the mark back; without one it changes nothing. The best answer is then the one accepted before, if any.

    Raises:
        Refused: as `accept_answer`.
    """
    answer = _locked(answer)
    if answer.root is None or not may_accept(by, answer):
        raise Refused(_not_yours_to_mark())
    if answer.accepted_at is None:
        return answer
    answer.accepted_at = None
    _mark(answer)
    record("feed.answer.unaccepted", actor=by, target=answer, **_where(answer))
    return answer


def _not_yours_to_mark() -> str:
    return _("Only who asked, who looks after the place, or who is known for knowing about it can mark the answer.")


def _mark(answer: Post, best: int | None = None) -> None:
    """An answer is accepted or no longer: it, its question and the answer that was the best are drawn anew."""
    root = answer.root
    assert root is not None  # noqa: S101 - asked by who calls
    Post.objects.filter(pk=answer.pk).update(accepted_at=answer.accepted_at)
    best = best or root.best_now()
    Post.objects.filter(pk__in=[key for key in (answer.pk, root.best_answer_id, best) if key]).update(
        version=F("version") + 1
    )
    Post.objects.filter(pk=root.pk).update(best_answer=best, version=F("version") + 1)


@transaction.atomic
def pin(*, post: Post, by: User) -> Post:
    """Keep a post at the top of its place.

    Raises:
        Refused: not one who looks after the place.
    """
    return _pin(post, by=by, at=timezone.now(), verb="feed.post.pinned")


@transaction.atomic
def unpin(*, post: Post, by: User) -> Post:
    """Let a post go down again.

    Raises:
        Refused: not one who looks after the place.
    """
    return _pin(post, by=by, at=None, verb="feed.post.unpinned")


@transaction.atomic
def follow_topic(*, topic: Topic, person: User) -> None:
    """Read what is said about a topic in the Following feed."""
    if TopicFollow.objects.get_or_create(topic=topic, person=person)[1]:
        record("feed.topic.followed", actor=person, target=topic)


@transaction.atomic
def unfollow_topic(*, topic: Topic, person: User) -> None:
    """No longer follow a topic."""
    if TopicFollow.objects.filter(topic=topic, person=person).delete()[0]:
        record("feed.topic.unfollowed", actor=person, target=topic)


# ---- What moderation does. It has decided who may; these only do it.


@transaction.atomic
def withhold(*, post: Post, by: Any) -> Post:
    """Hide a post with its whole thread, or an answer, until it is released; twice changes nothing."""
    post = _locked(post)
    if post.state not in (Post.State.PUBLISHED, Post.State.HELD):
        return post
    shown = post.state == Post.State.PUBLISHED
    post.state = Post.State.HIDDEN
    post.version += 1
    post.save(update_fields=["state", "version"])
    attachments.withhold(of=post)
    if shown:
        _withdraw(post)
    record("feed.post.hidden", actor=by, target=post, heard=shown and post.thread_shown, **_where(post))
    return post


@transaction.atomic
def release(*, post: Post, by: Any) -> Post:
    """Show a hidden post again, or publish one that was held; of a post that is shown it changes nothing.

    What was held is said only now: it gets its number and its time, and those it concerns are told.

    Raises:
        Refused: it was written in someone's name, and its writer may not do that any more.
    """
    post = _locked(post)
    if post.state not in (Post.State.HELD, Post.State.HIDDEN):
        return post
    first = post.published_at is None
    if first and not behalf.stands(post):
        raise Refused(_("It was written for someone else, by a person who may not do that any more."), status=409)
    now = timezone.now()
    post.state = Post.State.PUBLISHED
    post.version += 1
    columns = ["state", "version"]
    if first:
        post.published_at = now
        columns += ["published_at"]
        if post.root_id is None:
            assert post.audience is not None  # noqa: S101 - every post has one
            post.seq = _next_number(post.audience, author=post.written_by or post.author, now=now)
            post.created_at = post.last_activity_at = now
            columns += ["seq", "created_at", "last_activity_at"]
        readers = post.readers().filter(pk__in=Mention.objects.filter(post=post).values("person"))
        Mention.objects.filter(post=post, told_at=None, person__in=readers).update(told_at=now)
    post.save(update_fields=columns)
    attachments.release(of=post)
    if post.root_id is None:
        Post.objects.filter(root=post).update(thread_shown=True)
        changed(Post.objects.filter(root=post))
    else:
        _sum_up(post.root_id)
        _redraw_around(post)
    record("feed.post.released", actor=by, target=post, **_where(post))
    if first:
        verb = "feed.reply.published" if post.root_id else "feed.post.published"
        record(verb, actor=post.author, target=post, kind=post.post_kind, **_where(post), **behalf.hand(post))
        _tell_author(post)
    return post


@transaction.atomic
def take_down(*, post: Post, by: Any) -> Post:
    """Remove a post for good; a tombstone stays, and the text in `PostVersion` for the archive."""
    post = _locked(post)
    if post.state == Post.State.DELETED:
        return post
    shown = post.is_shown
    _empty(post, by=by)
    record("feed.post.removed", actor=by, target=post, heard=shown, **_where(post))
    return post


# ---- Parts of the above


@dataclass(frozen=True)
class _Said:
    """What a person sent, read once."""

    body: str
    document: Document
    verdict: Verdict

    def fields(self, named: _Named) -> dict[str, Any]:
        return {
            "body": self.body,
            "html": self.document.html(named.shown),
            "html_version": RENDERER_VERSION,
            "line": one_line(self.document.plain(), 200),
            "state": Post.State.HELD if self.verdict.level == "hold" else Post.State.PUBLISHED,
        }


@dataclass(frozen=True)
class _Named:
    """The people a text names, divided by whether they may see it."""

    told: list[User]
    untold: list[User]
    #: The groups it names, with their members.
    called: list[calling.Called] = field(default_factory=list)

    @property
    def shown(self) -> Mapping[str, Person]:
        """Who is drawn as a mention. A name that cannot see the post stays plain text."""
        return {person.handle: Person(person.public_id, person.name) for person in self.told}


def _read(body: str, files: Any, limit: limits.Limit, beside: Iterable[str] = (), *, blank: bool = False) -> _Said:
    body = clean(body, multiline=True)
    limits.check(limit, body)
    if isinstance(files, list):
        limits.check(limits.ATTACHMENTS_PER_POST, files)
    if not (body.strip() or files or blank):
        raise ValidationError({"body": _("Write something first.")}, code="empty")
    document = parse(body)
    # The word filter reads everything that will be shown.
    return _Said(body, document, screen("\n".join([body, *beside])))


def _named(document: Document, *, author: User, audience: Audience | None, history_at: Any) -> _Named:
    """Who is named, of the people that the author can see.

    Security door (B6): only those who may read the post now are mentioned, told and linked; the others are named to the
    author alone.
    """
    if not document.mentions:
        return _Named([], [])
    people = list(User.objects.visible_to(author).active().filter(handle__in=document.mentions))
    words = document.mentions - {person.handle for person in people}
    groups = calling.called(words, author=author, audience=audience, history_at=history_at)
    if not people:
        return _Named([], [], groups)
    keys = [person.pk for person in people]
    readers = set(readers_of(audience, history_at).filter(pk__in=keys).values_list("pk", flat=True))
    return _Named(
        [person for person in people if person.pk in readers],
        [person for person in people if person.pk not in readers],
        groups,
    )


def named_by(document: Document, *, author: User, audience: Audience | None) -> list[User]:
    """The people whom a text would mention there now: those who could read it."""
    return _named(document, author=author, audience=audience, history_at=timezone.now()).told


def _hang(post: Post, said: _Said, named: _Named, files_: Iterable[Any], *, by: User) -> list[int]:
    """Write what hangs on a post: mentions, topics, files. Returns the keys of those it names for the first time."""
    post.untold, post.called = named.untold, named.called
    fresh: list[int] = []
    if named.told or named.untold or named.called:
        before = set(Mention.objects.filter(post=post).values_list("person_id", flat=True))
        told_at = timezone.now() if post.state == Post.State.PUBLISHED else None
        told = dict.fromkeys(
            [*(person.pk for person in named.told), *(key for one in named.called for key in one.told)]
        )
        blind = dict.fromkeys(
            [*(person.pk for person in named.untold), *(key for one in named.called for key in one.untold)]
        )
        rows = [Mention(post=post, person_id=key, told_at=told_at) for key in told if key not in before]
        fresh = [row.person_id for row in rows]
        rows += [Mention(post=post, person_id=key) for key in blind if key not in before]
        Mention.objects.bulk_create(rows)
    _set_topics(post, said.document)
    files_ = list(files_)
    if files_:
        attachments.attach(
            files=files_,
            to=post,
            audience=post.audience,
            history_at=post.history_at,
            by=by,
            waiting=post.state == Post.State.HELD,
        )
    return fresh


def _set_topics(post: Post, document: Document) -> None:
    wanted = _labels(document)
    before = {was or name: pk for name, was, pk in _TOPICS.rows(post=post.pk)} if post.version > 1 else {}
    gone = [pk for name, pk in before.items() if name not in wanted]
    if gone:
        PostTopic.objects.filter(pk__in=gone).delete()
    new = [name for name in wanted if name not in before]
    if not new:
        return
    known = dict(Topic.objects.filter(name__in=new).values_list("name", "pk"))
    missing = [name for name in new if name not in known]
    earlier = dict(TopicAlias.objects.filter(name__in=missing).values_list("name", "topic_id")) if missing else {}
    missing = [name for name in missing if name not in earlier]
    if missing:
        Topic.objects.bulk_create([Topic(name=name, label=wanted[name]) for name in missing], ignore_conflicts=True)
        known = dict(Topic.objects.filter(name__in=new).values_list("name", "pk"))
    # Where both names of one topic are written, its own comes first and the other is the same.
    rows = [PostTopic(post=post, topic_id=known[name]) for name in new if name in known]
    rows += [PostTopic(post=post, topic_id=earlier[name], written=name) for name in new if name in earlier]
    PostTopic.objects.bulk_create(rows, ignore_conflicts=True)


def _labels(document: Document) -> dict[str, str]:
    """The topics of a text: {as it is looked up: as it was written}."""
    if not document.topics:
        return {}
    labels: dict[str, str] = {}
    for block in document.tokens:
        for token in block.children or ():
            if token.type == "topic":
                labels.setdefault(token.meta["topic"], token.content[1:])
    return labels


def _next_number(audience: Audience, *, author: User, now: Any) -> int:
    """The next number of an audience, in one statement; the author has read what they say."""
    ((number,),) = _NUMBERED.rows(audience=audience.pk, now=now)
    _READ.run(audience=audience.pk, person=author.pk, number=number, now=now)
    return number


_ROW = Insert(Post)
_NUMBERED = Change(
    lambda audience, now: (Audience.objects.filter(pk=audience), {"seq": F("seq") + 1, "last_at": now}), "seq"
)
_READ = Change(
    lambda audience, person, number, now: (
        Access.objects.filter(audience=audience, person=person),
        {"read_seq": number, "read_at": now},
    )
)


def _count_in(answer: Post, root: Post) -> None:
    """A new answer counts in its thread and livens its place.

    Raises:
        Refused: the thread was moved, split or merged since `root` was read: the answer would be for the wrong people.
    """
    if not _ANSWERED.run(root=root.pk, moves=root.moves, answer=answer.pk, at=answer.created_at):
        raise _moved_away()
    _LIVENED.run(audience=answer.audience_id or 0, at=answer.created_at)


_ANSWERED = Change(
    lambda root, moves, answer, at: (
        Post.objects.filter(pk=root, moves=moves),
        {
            "reply_count": F("reply_count") + 1,
            "last_reply": answer,
            "last_activity_at": at,
            "version": F("version") + 1,
        },
    )
)
_LIVENED = Change(lambda audience, at: (Audience.objects.filter(pk=audience), {"last_at": at}))


def _still_there(root: Post) -> None:
    """The same of an answer that does not count yet."""
    if not Post.objects.select_for_update().filter(pk=root.pk, moves=root.moves).exists():
        raise _moved_away()


def _moved_away() -> Refused:
    return Refused(_("This discussion was moved while you wrote. Load the page again, then send."), status=409)


def _count_reaction(post: Post, sign: str, step: int) -> None:
    counts = dict(post.reaction_counts)
    counts[sign] = counts.get(sign, 0) + step
    if counts[sign] <= 0:
        del counts[sign]
    post.reaction_counts = counts
    post.version += 1
    _COUNTED.run(key=post.pk, counts=counts, reactors=post.reactors, version=post.version)


_COUNTED = Change(
    lambda key, counts, reactors, version: (
        Post.objects.filter(pk=key),
        {"reaction_counts": counts, "reactors": reactors, "version": version},
    )
)


def _withdraw(post: Post) -> None:
    """A shown post is shown no more: its thread goes with it, or its thread is counted anew."""
    if post.root_id is None:
        Post.objects.filter(root=post).update(thread_shown=False)
        changed(Post.objects.filter(root=post))
    else:
        _sum_up(post.root_id)
        _redraw_around(post)


def _empty(post: Post, *, by: Any) -> None:
    """Make a tombstone of it. Answers keep their place under it."""
    now = timezone.now()
    was_hidden_root = post.root_id is None and post.state in (Post.State.HIDDEN, Post.State.HELD)
    PostVersion.objects.create(
        post=post, body=post.body, at=post.edited_at or post.created_at, replaced_by=by, replaced_at=now
    )
    post.body = post.html = post.line = ""
    post.state = Post.State.DELETED
    post.reaction_counts, post.reactors = {}, {}
    post.pinned_at = None
    post.best_answer = None
    post.version += 1
    counted = ["reaction_counts", "reactors"]
    post.save(update_fields=["body", "html", "line", "state", *counted, "pinned_at", "best_answer", "version"])
    for model in (Reaction, Bookmark, Mention, PostTopic):
        model.objects.filter(post=post).delete()
    if post.post_kind == Post.Kind.POLL:
        Poll.objects.filter(post=post).delete()
    if post.post_kind == Post.Kind.PRAISE:
        Praise.objects.filter(post=post).delete()
    previews.forget(post=post)
    inbox.forget_about(obj=post, on=post.root or post)
    if post.post_kind == Post.Kind.EVENT:
        CalendarEvent.objects.filter(post=post).delete()
    if post.has_files:
        attachments.remove(of=post)
        Post.objects.filter(pk=post.pk).update(has_files=False)
        post.has_files = False
    if post.root_id:
        if post.root is not None and post.root.best_answer_id == post.pk:
            best = post.root.best_now()
            Post.objects.filter(pk=post.root_id).update(best_answer=best)
            if best is not None:
                Post.objects.filter(pk=best).update(version=F("version") + 1)
        _sum_up(post.root_id)
        _redraw_around(post)
    else:
        if was_hidden_root:
            Post.objects.filter(root=post).update(thread_shown=True)
            changed(Post.objects.filter(root=post))
        _redraw_around(post)


def _sum_up(root_pk: int) -> None:
    """Count a thread's answers anew, from the rows."""
    shown = Post.objects.filter(root=root_pk, state=Post.State.PUBLISHED)
    last = shown.order_by("-pk").values_list("pk", flat=True).first()
    Post.objects.filter(pk=root_pk).update(reply_count=shown.count(), last_reply=last, version=F("version") + 1)


def _redraw_around(post: Post) -> None:
    """What shows words of a post is drawn anew.

    Of an answer: its thread's post, and the deeper answers that quote it. Of a post that begins a thread: its answers,
    which name it where they stand alone.
    """
    if post.root_id is None:
        _THREAD_DRAWN.run(root=post.pk)
    else:
        Post.objects.filter(Q(pk=post.root_id) | Q(parent=post, branch__isnull=False)).update(version=F("version") + 1)


_VERSION = Insert(PostVersion)
_EDITED = Change(lambda key, **fields: (Post.objects.filter(pk=key), fields))
_TOPICS = Prepared(lambda post: PostTopic.objects.filter(post=post).values_list("topic__name", "written", "pk"))
_THREAD_DRAWN = Change(lambda root: (Post.objects.filter(root=root), {"version": F("version") + 1}))


def _pin(post: Post, *, by: User, at: Any, verb: str) -> Post:
    post = _locked(post)
    if not may(by, post).pin:
        raise Refused(_("Only those who look after this place can pin a post."))
    if bool(post.pinned_at) != bool(at):
        post.pinned_at = at
        post.version += 1
        Post.objects.filter(pk=post.pk).update(pinned_at=at, version=post.version)
        record(verb, actor=by, target=post, **_where(post))
    return post


def _signed(*, post: Post, person: User, emoji: str, on: bool | None) -> Post:
    """Put a reaction there or take it away (None: whichever it is not yet)."""
    sign = _sign(emoji)
    post = _locked(post)
    if not may(person, post).react:
        raise _no_answer(person, post)
    # Nobody else reacts meanwhile: the post is held.
    mine = dict(_REACTED.rows(user=person, post=post.pk))
    if on is (sign in mine):
        return post
    if sign in mine:
        bulk.remove(Reaction.objects.filter(pk=mine[sign]))
        if len(mine) == 1:
            rest = Reaction.objects.filter(post=post).order_by("-pk").values_list("person_id", flat=True)
            last = list(dict.fromkeys(rest[: 3 * REACTORS]))[:REACTORS]
            post.reactors = {"count": post.reactors.get("count", 1) - 1, "last": last} if last else {}
        _count_reaction(post, sign, -1)
        record("feed.post.unreacted", actor=person, target=post, emoji=sign, **_where(post))
        return post
    if sign not in post.reaction_counts:
        limits.check(limits.REACTIONS_PER_POST, len(post.reaction_counts) + 1)
    _REACTION.save(Reaction(post=post, person=person, emoji=sign))
    last = [person.pk, *(key for key in post.reactors.get("last", ()) if key != person.pk)][:REACTORS]
    post.reactors = {"count": post.reactors.get("count", 0) + (not mine), "last": last}
    _count_reaction(post, sign, 1)
    record("feed.post.reacted", actor=person, target=post, emoji=sign, **_where(post))
    return post


def _locked(post: Post) -> Post:
    """The row as it stands now, held until the transaction ends, with what permissions ask of it.

    Raises:
        Post.DoesNotExist: it is gone.
    """
    found = _HELD.instance(key=post.pk)
    if found is None:
        raise Post.DoesNotExist
    return found


_HELD = Prepared(
    lambda key: (
        Post.objects.select_for_update(of=("self",))
        .select_related("group", "root", "audience", "author")
        .filter(pk=key)
    )
)
_REACTION = Insert(Reaction)
_REACTED = Prepared(lambda user, post: Reaction.objects.filter(person_id=user.pk, post=post).values_list("emoji", "pk"))


def _where(post: Post) -> dict[str, Any]:
    """How the event names what was changed to those who listen live."""
    if post.root is not None:
        return {"id": post.public_id, "thread": post.root.public_id}
    return {"id": post.public_id}


def _sign(emoji: str) -> str:
    if emoji in QUICK:
        return emoji
    # A name is one between colons: "x" is a letter, ":x:" a cross.
    named = isinstance(emoji, str) and (not emoji.isascii() or (emoji[:1] == ":" and emoji[-1:] == ":"))
    found = emoji_of(emoji) if named else None
    if found is not None and len(found) == 1 and emoji_of(f"{found}\ufe0f"):
        # One form of each: some keyboards leave out the mark that asks for colour.
        found += "\ufe0f"
    if found is None:
        raise ValidationError({"emoji": _("That is not an emoji. Choose one from the list.")}, code="emoji")
    limits.check(limits.EMOJI_CHARS, found)
    return found


def keep_pace(author: User) -> None:
    """The limit of posts and replies a minute, asked by the doors that people come through (pages, API).

    Raises:
        Refused: with status 429.
    """
    most = limits.POSTS_PER_MINUTE
    since = timezone.now() - timedelta(minutes=1)
    said = sum(number for (number,) in _RECENT.rows(author=author.pk, since=since))
    if author.has_delegators:
        # What one writes in others' names is one's own pace, not theirs.
        said += Post.objects.filter(written_by=author, created_at__gt=since).count()
    if said >= most.value:
        raise Refused(str(most.message) % {"limit": limits.number(most.value)}, status=429)


_RECENT = Prepared(
    lambda author, since: (
        Post.objects.filter(author=author, written_by=None, created_at__gt=since)
        .order_by()
        .values("author")
        .annotate(number=Count("pk"))
        .values_list("number")
    )
)


def _no_writing(person: User, group: Any) -> str:
    if not person.is_active:
        return _("This account is closed.")
    if person.is_suspended:
        return _("You can read but not write until your suspension ends.")
    if group is None:
        return _("Guests write in their groups only.")
    if group.archived_at is not None:
        return _("This group is archived: it can be read but not written in.")
    return _("Join the group to take part.")


def _no_answer(person: User, post: Post) -> Refused:
    if post.state != Post.State.PUBLISHED:
        return Refused(_("This is no longer there to answer."), status=409)
    if (post.root or post).closed_at is not None:
        return Refused(_("This discussion is closed: you can read it, but not answer or react."))
    return Refused(_no_writing(person, post.group))


__all__ = [
    "QUICK",
    "May",
    "accept_answer",
    "bookmark",
    "delete",
    "edit",
    "follow_topic",
    "keep_pace",
    "mark_thread",
    "named_by",
    "pin",
    "publish",
    "react",
    "release",
    "reply",
    "see",
    "take_down",
    "toggle",
    "unaccept_answer",
    "unbookmark",
    "unfollow_topic",
    "unpin",
    "unreact",
    "withhold",
]


def _keep_mail_few(person: User, now: Any) -> None:
    """Nobody fills everyone's mailbox.

    Raises:
        ValidationError: they have announced by mail too often today.
    """
    mine = Post.objects.filter(author=person, written_by=None) | Post.objects.filter(written_by=person)
    lately = mine.filter(
        created_at__gt=now - timedelta(days=1), post_kind=Post.Kind.ANNOUNCEMENT, by_mail=True, origin=None
    )
    limits.check(limits.ANNOUNCEMENTS_BY_MAIL, lately.count() + 1)
