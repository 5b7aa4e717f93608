"""Taking a discussion to another place, making a part of it one of its own, and merging two.

The public ids stay, so that every address leads to where its post stands now. Who may read follows post, answers and
files in one transaction; what was kept of them by those who cannot see them there goes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F, Max, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from core import limits
from core.audience import everyone, readers_of
from core.events import record
from core.models import Access, Audience
from core.refusal import Refused
from feed.actions import calendar, previews
from feed.models import Bookmark, Post, Relocation, ThreadMark
from feed.permissions import Roles, may, may_move_to
from files import actions as attachments
from files import quotas
from files.models import File
from groups.models import Group
from inbox import actions as inbox
from moderation import actions as moderation
from people.models import User
from search.actions import changed, changed_keys


@dataclass(frozen=True)
class Consequences:
    """Who reads a discussion in another place and cannot now, and the other way round."""

    #: Where it would be; None for the whole company.
    to: Group | None
    #: Those who could read it then.
    readers: QuerySet
    #: Of them, those who cannot now; and those who can now and could not then.
    gain: QuerySet
    lose: QuerySet
    #: How many.
    gained: int
    lost: int


def consequences(*, post: Post, to: Group | None) -> Consequences:
    """What moving a discussion would do to who can read it.

    It keeps its beginning: whoever reads a place only from their joining reads there what began later, not what was
    moved there later.
    """
    audience = to.audience if to is not None else everyone()
    now, then = readers_of(post.audience, post.history_at), readers_of(audience, post.history_at)
    gain, lose = then.exclude(pk__in=now.values("pk")), now.exclude(pk__in=then.values("pk"))
    return Consequences(to, then, gain, lose, gain.count(), lose.count())


@transaction.atomic
def move(*, post: Post, by: User, to: Group | None, gaining: int | None = None) -> Post:
    """Take a discussion with its answers and files to a group, or (None) to the whole company.

    Args:
        post: the post that begins it, found through `visible_to(by)`.
        by: who may (`feed.permissions.may_move_to`).
        to: found through `visible_to(by)`. Where it is already, nothing changes.
        gaining: how many people can read it then that cannot now, as `by` was shown and has confirmed.

    Raises:
        Refused: they may not; or (409) more people would read it than they have confirmed.
        TooMany: the group has no room for its files.
    """
    post = _held(post)
    if to is not None:
        # Its rules as they stand now, held: it does not open or close meanwhile.
        live = Group.objects.live().select_for_update(of=("self",)).select_related("audience")
        if (to := live.filter(pk=to.pk).first()) is None:
            raise Refused(no_move())
    if post.root_id is None and post.group_id == (to.pk if to else None):
        return post
    if not may_move_to(by, post, to):
        raise Refused(no_move())
    found = consequences(post=post, to=to)
    permitted(post=post, by=by, found=found)
    if found.gained and (gaining is None or gaining < found.gained):
        raise Refused(_("More people could read it than you have confirmed. Look at the list again."), status=409)
    old, left = post.audience, post.group
    audience = to.audience if to is not None else everyone()
    thread = _thread(post)
    quotas.room_for_those_on(Post.kind, thread.values("pk"), audience)
    thread.update(audience=audience, group=to, version=F("version") + 1)
    number = _next_number(audience, by=by)
    # Pins are the place's own; so is the count of what is new there.
    Post.objects.filter(pk=post.pk).update(seq=number, pinned_at=None, moves=F("moves") + 1)
    _take_along(thread, audience=audience, readers=found.readers, by=by)
    Relocation.objects.create(post=post, kind=Relocation.Kind.MOVED, group=left, by=by)
    post = _held(post)
    # Neither place is told which the other is: it may be one that its people do not know.
    record("feed.thread.departed", actor=by, target=post, audience=old, id=post.public_id, lost=found.lost)
    record("feed.thread.moved", actor=by, target=post, id=post.public_id, gained=found.gained)
    return post


def no_move() -> str:
    """The sentence for somebody who may not begin a discussion there, or move this one."""
    return _("You cannot move this discussion there.")


def permitted(*, post: Post, by: User, found: Consequences) -> None:
    """Whether someone who may move a discussion to a place may do so with these consequences.

    Security door: what others have said in a closed place is opened to more people by those who look after that place
    alone, never by whoever happened to begin the discussion. And nobody moves a thing where they cannot see it.

    Raises:
        Refused: they may not.
    """
    if not found.readers.filter(pk=by.pk).exists():
        raise Refused(_("You joined that group after this discussion began, and could not read it there."))
    if post.post_kind == Post.Kind.PRAISE and found.lose.filter(pk__in=post.praises.values("person")).exists():
        raise Refused(_("Whom it praises could no longer read it there."), status=422)
    closed = post.audience is not None and not post.audience.open
    if closed and found.gained and not Roles.of(by, [post.group_id]).leads(post.group_id):
        others = _thread(post).exclude(author=by).exclude(state=Post.State.DELETED)
        if others.exists():
            raise Refused(_("Others have answered here: only those who look after the group let more people read it."))


@transaction.atomic
def split(*, post: Post, by: User, answers: Iterable[Post]) -> Post:
    """Make some answers, with what was said under them, a discussion of their own in the same place.

    The first of them begins it, under its author's name and with its own first words as its line.

    Args:
        post: the post that begins the discussion they are in, found through `visible_to(by)`.
        by: who looks after the place.
        answers: of it, found through `visible_to(by)`.

    Returns:
        The post that begins the new discussion.

    Raises:
        Refused: not one who looks after the place, or one of the answers is no longer there.
        ValidationError: no answer was chosen.
    """
    post = _held(post)
    chosen = {answer.pk for answer in answers}
    if not chosen:
        raise ValidationError({"answers": _("Choose at least one answer.")}, code="empty")
    if post.root_id is not None or not may(by, post).split:
        raise Refused(_("Only those who look after this place can split a discussion."))
    rows = {row[0]: row[1:] for row in post.thread.order_by("pk").values_list("pk", "parent_id", "branch_id", "state")}
    shown = [key for key in sorted(chosen) if key in rows and rows[key][2] == Post.State.PUBLISHED]
    if len(shown) != len(chosen):
        raise Refused(_("One of these answers is no longer there. Choose again."), status=409)
    first = shown[0]
    taken = _with_answers(chosen, rows)
    limits.check(limits.SPLIT_ANSWERS, taken)
    _replant(first, taken, rows)
    new = Post.objects.get(pk=first)
    assert new.audience is not None  # noqa: S101 - every post has one
    Post.objects.filter(pk=first).update(
        root=None, parent=None, branch=None, seq=_next_number(new.audience, by=by), moves=F("moves") + 1
    )
    # What solved that question is an answer to another one now, or to none.
    Post.objects.filter(pk__in=taken, accepted_at__isnull=False).update(accepted_at=None, version=F("version") + 1)
    if post.best_answer_id in taken:
        Post.objects.filter(pk=post.pk).update(best_answer=post.best_now())
    Post.objects.filter(pk=post.pk).update(moves=F("moves") + 1)
    for key in (first, post.pk):
        _sum_up(key)
    new = _held(new)
    marks = ThreadMark.objects.filter(root=post)
    ThreadMark.objects.bulk_create(
        [ThreadMark(root=new, person_id=mark.person_id, read_pk=mark.read_pk, at=mark.at) for mark in marks],
        batch_size=500,
        ignore_conflicts=True,
    )
    inbox.regroup(model=Post, keys=sorted(taken), old=post, new=new)
    inbox.share_watches(old=post, new=new)
    changed_keys(Post.kind, sorted(taken))
    Relocation.objects.create(post=new, kind=Relocation.Kind.SPLIT, other=post, by=by)
    Relocation.objects.create(post=post, kind=Relocation.Kind.PARTED, other=new, by=by)
    record("feed.thread.split", actor=by, target=new, id=new.public_id, thread=post.public_id, answers=len(taken))
    return new


@transaction.atomic
def merge(*, post: Post, by: User, into: Post) -> Post:
    """Make a discussion a part of another in the same place: its post an answer there, its answers under it.

    Args:
        post: the post that begins it, found through `visible_to(by)`. Where it is a part of `into` already, nothing
            changes.
        by: who looks after the place.
        into: the post that begins the other, found through `visible_to(by)`.

    Returns:
        The other discussion.

    Raises:
        Refused: not one who looks after the place; or the same people cannot read both; or it is more than an update
            or a question.
    """
    held = {row.pk: row for row in (_held(one) for one in sorted({post, into}, key=lambda one: one.pk))}
    post, into = held[post.pk], held[into.pk]
    if post.root_id == into.pk:
        return into
    if post.pk == into.pk or into.root_id is not None or into.state != Post.State.PUBLISHED:
        raise Refused(_("Choose another discussion to merge it into."), status=422)
    if post.root_id is None and post.post_kind not in (Post.Kind.STATUS, Post.Kind.QUESTION):
        raise Refused(_("Only updates and questions can be merged into another discussion."), status=422)
    if not may(by, post).merge:
        raise Refused(_("Only those who look after this place can merge discussions."))
    if not same_readers(post, into):
        raise Refused(_("Not the same people can read both. Move it to the other place first."), status=422)
    answers = list(post.thread.values_list("pk", flat=True))
    moved = [post.pk, *answers]
    later = into.history_at
    post.thread.update(root=into, branch=post, history_at=later, version=F("version") + 1)
    Post.objects.filter(pk=post.pk).update(
        root=into,
        parent=into,
        branch=None,
        history_at=later,
        post_kind=Post.Kind.STATUS,
        seq=None,
        pinned_at=None,
        closed_at=None,
        closed_by=None,
        closed_why="",
        best_answer=None,
        last_reply=None,
        reply_count=0,
        moves=F("moves") + 1,
        version=F("version") + 1,
    )
    Post.objects.filter(pk=into.pk).update(moves=F("moves") + 1)
    if into.post_kind == Post.Kind.QUESTION:
        Post.objects.filter(pk=into.pk, best_answer=None).update(best_answer=into.best_now())
    else:
        Post.objects.filter(root=into).update(accepted_at=None)
    _sum_up(into.pk)
    for key in _with_files(Post.objects.filter(pk__in=moved)):
        attachments.move(of=Post(pk=key), audience=into.audience, history_at=later, by=by)
    previews.move(posts=moved, audience=into.audience, by=by)
    _join_marks(post, into)
    inbox.regroup(model=Post, keys=moved, old=post, new=into)
    inbox.share_watches(old=post, new=into, levels=["follow"])
    inbox.drop_watches(post)
    changed_keys(Post.kind, moved)
    Relocation.objects.filter(post=post).delete()
    Relocation.objects.create(post=into, kind=Relocation.Kind.MERGED, other=post, by=by)
    into = _held(into)
    record("feed.thread.merged", actor=by, target=into, id=into.public_id, thread=into.public_id, answers=len(answers))
    return into


def same_readers(one: Post, other: Post) -> bool:
    """Whether exactly the same people may read two discussions, now and later.

    In a place whose newcomers read from their joining, somebody who came between their beginnings reads the later only.
    """
    if one.audience_id != other.audience_id or one.group_id != other.group_id:
        return False
    if one.history_at == other.history_at or one.history_at is None or other.history_at is None:
        return one.history_at == other.history_at
    first, last = sorted([one.history_at, other.history_at])
    return not Access.objects.filter(audience=one.audience_id, since__gt=first, since__lte=last).exists()


# ---- Parts of the above


def _held(post: Post) -> Post:
    """The row as it stands now, held until the transaction ends."""
    rows = Post.objects.select_for_update(of=("self",)).select_related("group", "root", "audience", "author")
    return rows.get(pk=post.pk)


def _thread(post: Post) -> QuerySet[Post]:
    """A post with all its answers, whatever their state."""
    return Post.objects.filter(Q(pk=post.pk) | Q(root=post))


def _with_files(posts: QuerySet) -> list[int]:
    """The keys of those on which anything hangs."""
    hung = File.objects.filter(on_kind=Post.kind, on_pk__in=posts.values("pk")).exclude(state=File.State.REMOVED)
    return sorted({key for key in hung.values_list("on_pk", flat=True) if key})


def _next_number(audience: Audience, *, by: User) -> int:
    """The next number of an audience; who had read everything there has read what they bring as well."""
    Audience.objects.filter(pk=audience.pk).update(seq=F("seq") + 1, last_at=timezone.now())
    number = Audience.objects.values_list("seq", flat=True).get(pk=audience.pk)
    Access.objects.filter(audience=audience, person=by, read_seq=number - 1).update(read_seq=number)
    return number


def _take_along(thread: QuerySet, *, audience: Audience, readers: QuerySet, by: User) -> None:
    """Everything that hangs on a discussion follows it; what those keep of it who cannot see it there goes."""
    keys = list(thread.values_list("pk", flat=True))
    for key in _with_files(thread):
        attachments.move(of=Post(pk=key), audience=audience, by=by)
    previews.move(posts=keys, audience=audience, by=by)
    strangers = {"person__in": readers.values("pk")}
    Bookmark.objects.filter(post__in=thread.values("pk")).exclude(**strangers).delete()
    ThreadMark.objects.filter(root__in=thread.values("pk")).exclude(**strangers).delete()
    calendar.forget_strangers(posts=thread, inside=readers.values("pk"))
    inbox.moved(model=Post, keys=keys, audience=audience, readers=readers)
    files = File.objects.filter(on_kind=Post.kind, on_pk__in=thread.values("pk"))
    inbox.moved(model=File, keys=files.values_list("pk", flat=True), audience=audience, readers=readers)
    moderation.moved(kind=Post.kind, keys=thread.values("pk"), audience=audience)
    moderation.moved(kind=File.kind, keys=files.values("pk"), audience=audience)
    changed(thread)


def _with_answers(chosen: Collection[int], rows: dict[int, Any]) -> set[int]:
    """The chosen answers and everything that was said under them."""
    taken, grown = set(chosen), True
    while grown:
        more = {key for key, (parent, branch, _state) in rows.items() if parent in taken or branch in taken} - taken
        taken |= more
        grown = bool(more)
    return taken


def _replant(first: int, taken: set[int], rows: dict[int, Any]) -> None:
    """Hang the answers that go along under the first of them: two levels, as everywhere."""
    parents = {key: (rows[key][0] if rows[key][0] in taken else first) for key in taken - {first}}
    changes = []
    for key, parent in parents.items():
        top = key
        while parents[top] != first:
            top = parents[top]
        row = Post(pk=key, root_id=first, parent_id=parent, branch_id=None if top == key else top)
        changes.append(row)
    Post.objects.bulk_update(changes, ["root", "parent", "branch"], batch_size=200)
    Post.objects.filter(pk__in=sorted(taken)).update(version=F("version") + 1)


def _sum_up(root: int) -> None:
    """Count a thread's answers anew, from the rows, and when something was last said in it."""
    shown = Post.objects.filter(root=root, state=Post.State.PUBLISHED)
    last = shown.aggregate(pk=Max("pk"), at=Max("created_at"))
    begun = Post.objects.values_list("created_at", flat=True).get(pk=root)
    Post.objects.filter(pk=root).update(
        reply_count=shown.count(),
        last_reply=last["pk"],
        last_activity_at=max(begun, last["at"]) if last["at"] else begun,
        version=F("version") + 1,
    )


def _join_marks(post: Post, into: Post) -> None:
    """How far people have read the one and the other becomes how far they have read both: rather less than more."""
    ends = {post.pk: post.last_reply_id or 0, into.pk: into.last_reply_id or 0}
    theirs = dict(ThreadMark.objects.filter(root=post).values_list("person_id", "read_pk"))
    for mark in ThreadMark.objects.filter(root=into, person__in=list(theirs)):
        read = [
            upto for upto, end in ((theirs[mark.person_id], ends[post.pk]), (mark.read_pk, ends[into.pk])) if upto < end
        ]
        upto = min(read) if read else max(theirs[mark.person_id], mark.read_pk)
        if upto != mark.read_pk:
            ThreadMark.objects.filter(pk=mark.pk).update(read_pk=upto)
    ThreadMark.objects.filter(root=post).delete()


__all__ = ["Consequences", "consequences", "merge", "move", "no_move", "permitted", "same_readers", "split"]
