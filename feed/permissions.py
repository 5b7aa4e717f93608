"""Who may do what with a post: decided once per row, from roles that are loaded once per page."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import Any

from django.utils import timezone

from core import site
from core.prepared import Prepared
from feed.models import Post, PostTopic
from groups.models import Group, Membership
from people.delegating import spoken_for
from people.models import Claim, User

_LEADS = frozenset({Membership.Role.OWNER, Membership.Role.MODERATOR})
_ROLES = Prepared(
    lambda person, groups: Membership.objects.filter(person_id=person, group__in=groups).values_list("group_id", "role")
)


@dataclass(frozen=True)
class Roles:
    """What one person is in the groups concerned: one query for any number of posts."""

    person: Any
    #: {group's key: role}
    groups: dict[int, str]

    @classmethod
    def of(cls, person: Any, groups: Iterable[int | None] | None = None) -> Roles:
        """The person's roles in `groups` (all of theirs when not given)."""
        if groups is not None:
            keys = {key for key in groups if key is not None}
            if not keys:
                return cls(person, {})
            return cls(person, dict(_ROLES.rows(person=person.pk, groups=list(keys))))
        return cls(person, dict(Membership.objects.filter(person_id=person.pk).values_list("group_id", "role")))

    def writes_in(self, group_id: int | None, archived: bool) -> bool:
        """Whether they may say anything there: members in a group that is in use, employees to everyone."""
        if not self.person.may_write:
            return False
        if group_id is None:
            return not self.person.is_guest
        return not archived and group_id in self.groups

    @cached_property
    def delegators(self) -> dict[int, User]:
        """Those in whose name they may post: a query for the few who post for anyone."""
        return {one.pk: one for one in spoken_for(self.person)}

    def wrote(self, post: Post) -> bool:
        """Whether they wrote it for its author and still may: the delegation holds, and its author may write there.

        Security door (A8): what one may do for another ends with either one's access, whatever was written before.
        """
        if post.written_by_id is None or post.written_by_id != self.person.pk:
            return False
        author = self.delegators.get(post.author_id)
        if author is None or not post.is_visible_to(author):
            return False
        archived = post.group is not None and post.group.archived_at is not None
        return Roles.of(author, [post.group_id]).writes_in(post.group_id, archived)

    def leads(self, group_id: int | None) -> bool:
        """Whether they look after the place: its owners and moderators; of the whole company, the administrators."""
        if group_id is None:
            return bool(self.person.is_admin)
        return self.groups.get(group_id) in _LEADS


@dataclass(frozen=True, slots=True)
class May:
    """What one person may do with one post. Seeing it was decided before: `visible_to` is asked first, always."""

    reply: bool = False
    react: bool = False
    edit: bool = False
    delete: bool = False
    #: Remove what another wrote, as one who looks after the place.
    remove: bool = False
    pin: bool = False
    #: Let nobody answer any more, and open it again.
    close: bool = False
    reopen: bool = False
    #: Take the discussion to another place: whoever looks after the one it is in; its author too, unless others have
    #: closed it. Never a guest. What the other place asks of them is `may_move_to`.
    move: bool = False
    #: Make answers a discussion of their own, or a discussion a part of another: those who look after the place.
    split: bool = False
    merge: bool = False
    #: Mark an answer as the one that solves the question.
    accept: bool = False
    #: Say whether one comes to an event; change or cancel it.
    attend: bool = False
    arrange: bool = False
    bookmark: bool = False
    report: bool = False
    #: Read the earlier versions.
    history: bool = False
    #: See who has seen it, where the administrators allow it.
    reach: bool = False


def may(user: Any, post: Post, roles: Roles | None = None) -> May:
    """What `user`, who can see the post, may do with it.

    Args:
        user: who asks.
        post: with its `group` loaded (and its `root`, for an answer that might be accepted).
        roles: the user's roles, where they are loaded already; else one query.
    """
    roles = roles or Roles.of(user, [post.group_id])
    archived = post.group is not None and post.group.archived_at is not None
    writes = roles.writes_in(post.group_id, archived)
    leads = roles.leads(post.group_id)
    own = post.author_id == user.pk
    wrote = not own and writes and roles.wrote(post)
    shown = post.state == Post.State.PUBLISHED
    open_to_edit = writes and (own or wrote) and post.state in (Post.State.PUBLISHED, Post.State.HELD)
    question = post.root or post
    locked = question.closed_at is not None and not leads
    begins = shown and post.root_id is None and writes
    event = begins and post.post_kind == Post.Kind.EVENT
    return May(
        reply=writes and shown and not locked,
        react=writes and shown and not locked,
        close=begins and post.closed_at is None and (own or leads),
        # What others have closed its author does not open.
        reopen=begins and post.closed_at is not None and (leads or (own and post.closed_by_id == user.pk)),
        move=begins and not user.is_guest and (leads or (own and post.closed_by_id in (None, user.pk))),
        split=shown and writes and leads and bool(post.root_id or post.reply_count),
        merge=begins and leads and post.post_kind in (Post.Kind.STATUS, Post.Kind.QUESTION),
        edit=open_to_edit and within_window(post),
        delete=open_to_edit,
        remove=shown and not own and not wrote and writes and leads,
        pin=shown and post.root_id is None and user.may_write and not archived and leads,
        accept=(
            shown
            and post.root_id is not None
            and writes
            and question.post_kind == Post.Kind.QUESTION
            and (question.author_id == user.pk or leads)
        ),
        # A closed discussion is about words: people still come, and still need to know where.
        attend=event,
        arrange=event and (own or wrote or leads),
        bookmark=shown and user.is_active,
        report=shown and not own,
        history=post.edited_at is not None and shown,
        reach=shown and post.root_id is None and (own or wrote or leads) and site.current().shows_reach,
    )


def may_accept(user: Any, answer: Post) -> bool:
    """Whether they may mark an answer of a question: also those who are known for knowing about one of its topics.

    Known is for a skill called like a topic of the question who has it, and for whom a colleague vouches. Their own
    answers they leave to others. Asked where somebody acts, for it costs two questions.
    """
    allowed = may(user, answer)
    if allowed.accept:
        return True
    question = answer.root
    if question is None or question.post_kind != Post.Kind.QUESTION or answer.author_id == user.pk:
        return False
    if not allowed.react:
        return False
    topics = set(PostTopic.objects.filter(post=question).values_list("topic__name", flat=True))
    known = Claim.objects.filter(person=user, vouched__by__is_active=True).select_related("skill") if topics else ()
    return any(topics & set(claim.skill.topics) for claim in known)


def within_window(post: Post) -> bool:
    """Whether its author may still edit it, by the network's setting (0 minutes: always)."""
    minutes = site.current().edit_window_minutes
    return not minutes or timezone.now() - post.created_at < timedelta(minutes=minutes)


def may_publish(user: Any, group: Any, roles: Roles | None = None) -> bool:
    """Whether they may begin a thread in a group, or (None) for the whole company."""
    roles = roles or Roles.of(user, [group.pk if group else None])
    if not roles.writes_in(group.pk if group else None, bool(group and group.archived_at)):
        return False
    return group is None or group.posting == Group.Posting.ALL or roles.leads(group.pk)


def may_announce(user: Any, group: Any, roles: Roles | None = None) -> bool:
    """Whether they may announce there: administrators to all, a group's owners and moderators in it."""
    roles = roles or Roles.of(user, [group.pk if group else None])
    return may_publish(user, group, roles) and (bool(user.is_admin) or roles.leads(group.pk if group else None))


def may_move_to(user: Any, post: Post, group: Any, roles: Roles | None = None) -> bool:
    """Whether they may take a discussion to a group, or (None) to the whole company: they may move it, may begin one
    like it there, and it is another place.

    Letting more people read what others have said is one step more: see `feed.actions.moving`.
    """
    keys = [post.group_id, group.pk if group else None]
    roles = roles or Roles.of(user, keys)
    if keys[0] == keys[1] or not may(user, post, roles).move:
        return False
    begins = may_announce if post.post_kind == Post.Kind.ANNOUNCEMENT else may_publish
    return begins(user, group, roles)


def may_keep_topics(user: Any) -> bool:
    """Whether they may rename, merge and describe topics that they see: the network's moderators and administrators."""
    return bool(user.is_active and user.may_write and (user.is_admin or user.is_moderator))


def may_edit_with(user: Any, file: Any) -> bool:
    """Whether `user` may edit the post that a file hangs on."""
    post = Post.objects.visible_to(user).filter(pk=file.on_pk).select_related("group", "root").first()
    return post is not None and may(user, post).edit
