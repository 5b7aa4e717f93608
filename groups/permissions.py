"""What a person may do in a group: answered once per group from the roles already loaded."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from core import site
from core.prepared import Prepared
from groups.models import Group, GroupInvitation, InviteLink, JoinRequest, Membership


@dataclass(frozen=True)
class May:
    """What one person may do in one group."""

    # Their role, or empty.
    role: str = ""
    # Read what is said there.
    read: bool = False
    # See who is in it.
    members: bool = False
    # Say something there.
    post: bool = False
    # Announce, pin, hide: look after what is said.
    moderate: bool = False
    # Ask colleagues in.
    invite: bool = False
    # Ask people from outside the company in.
    invite_guests: bool = False
    # Change name, rules and cover.
    edit: bool = False
    # Accept and refuse requests.
    decide: bool = False
    # Accept and refuse requests where nobody else is there to: administrators, and never their own.
    settle: bool = False
    # Take members out.
    remove: bool = False
    # Give and take roles.
    set_roles: bool = False
    # Make it read-only, and the other way round.
    archive: bool = False
    # Delete it, with thirty days to bring it back.
    delete: bool = False
    # Take a copy of what one sees of it out of the network.
    export: bool = False
    # Say that every colleague is in it.
    enrol: bool = False
    # Come in by oneself, ask to, or go.
    join: bool = False
    request: bool = False
    leave: bool = False
    # They have asked and wait; they have been asked.
    waiting: bool = False
    invited: bool = False

    @property
    def is_member(self) -> bool:
        """Whether they are in it."""
        return bool(self.role)


def may(user: Any, group: Group) -> May:
    """What `user` may do in `group`. One query, or none where `load` has been here before.

    Security door: a person who may not know the group may do nothing; nothing here says why.
    """
    if not (user.is_authenticated and user.is_active) or group.is_deleted:
        return May()
    stand = _standing(user, group)
    role, since_request, invited = stand
    secret = group.privacy == Group.Privacy.SECRET
    knows = bool(role) or not (user.is_guest or secret) or (invited and not user.is_guest)
    if not knows and not invited:
        return May()
    member = bool(role)
    owner = role == Membership.Role.OWNER
    leads = owner or role == Membership.Role.MODERATOR
    live = not group.is_archived
    writes = user.may_write
    reads = member or (group.privacy == Group.Privacy.PUBLIC and not user.is_guest)
    outside = not member and live and writes and not user.is_guest
    # An administrator looks after groups that are no secret, without reading them: archive, roles, removal.
    keeps = user.is_admin and not secret
    return May(
        role=role,
        read=reads,
        members=member or not (user.is_guest or secret),
        post=member and live and writes and (leads or group.posting == Group.Posting.ALL),
        moderate=leads and live,
        invite=member and live and writes and not user.is_guest and (leads or group.join == Group.Join.OPEN),
        invite_guests=owner and live and writes and not user.is_guest,
        edit=owner and live,
        decide=leads and live,
        settle=keeps and live and not leads and group.join == Group.Join.REQUEST and not _is_led(group),
        remove=leads or keeps,
        set_roles=owner or keeps,
        archive=owner or keeps,
        delete=owner or keeps,
        export=owner or (keeps and reads),
        enrol=user.is_admin and not secret,
        join=(outside and group.join == Group.Join.OPEN and not secret) or (invited and not member and live),
        request=outside and group.join == Group.Join.REQUEST and not since_request and not invited,
        leave=member and not (group.enrolment == Group.Enrolment.MANDATORY and group.enrols(user)),
        waiting=since_request and not member,
        invited=invited and not member,
    )


def deleted_for(user: Any) -> QuerySet[Group]:
    """The deleted groups that someone may know of and bring back: their own, and for administrators those not secret.

    Security door: the list of what was deleted begins here, as everything else does at `visible_to`.
    """
    return Group.objects.deleted_by(user)


def may_create(user: Any) -> bool:
    """Whether someone may make groups: the company says who."""
    if not (user.is_authenticated and user.is_active and user.may_write) or user.is_guest:
        return False
    return user.is_admin or site.current().who_may_create_groups == "everyone"


_ROLES = Prepared(
    lambda user, keys: Membership.objects.filter(person_id=user.pk, group__in=keys).values_list("group_id", "role")
)
_ASKED = Prepared(
    lambda user, keys: JoinRequest.objects.filter(
        person_id=user.pk, group__in=keys, state=JoinRequest.State.PENDING
    ).values_list("group_id")
)
_INVITED = Prepared(
    lambda user, keys: (
        GroupInvitation.objects.standing().filter(person_id=user.pk, group__in=keys).values_list("group_id")
    )
)


_LED = Prepared(
    lambda keys: (
        Membership.objects.active().leading().filter(group__in=keys).order_by().values_list("group_id").distinct()
    )
)


def _is_led(group: Group) -> bool:
    """Whether someone who is here looks after it; asked for administrators alone."""
    known = getattr(group, "_led", None)
    return bool(_LED.rows(keys=[group.pk])) if known is None else known


def load(user: Any, groups: Iterable[Group]) -> list[Group]:
    """Give each group `group.may` for `user`, with three queries for all of them."""
    groups = list(groups)
    keys = [group.pk for group in groups]
    roles = dict(_ROLES.rows(user=user, keys=keys))
    asked = {row[0] for row in _ASKED.rows(user=user, keys=keys)}
    invited = {row[0] for row in _INVITED.rows(user=user, keys=keys)}
    led = {row[0] for row in _LED.rows(keys=keys)} if keys and user.is_admin else set()
    for group in groups:
        group._led = group.pk in led
        remember(group, user, role=roles.get(group.pk, ""), waiting=group.pk in asked, invited=group.pk in invited)
        group.may = may(user, group)
    return groups


def remember(group: Group, user: Any, *, role: str, waiting: bool = False, invited: bool = False) -> None:
    """Note how `user` stands to `group`, so that `may` asks nothing."""
    group._standing = (user.pk, (role, waiting, invited))


def vouches(letter: Any) -> bool:
    """Whether a group still stands behind a letter to someone outside: its sender may still bring guests in."""
    for invitation in GroupInvitation.objects.standing().filter(letter=letter).select_related("group", "invited_by"):
        if may(invitation.invited_by, invitation.group).invite_guests:
            return True
    return False


def _standing(user: Any, group: Group) -> tuple[str, bool, bool]:
    known = getattr(group, "_standing", None)
    if known is not None and known[0] == user.pk:
        return known[1]
    role = Membership.objects.filter(person_id=user.pk, group=group).values_list("role", flat=True).first() or ""
    if role:
        return role, False, False
    waiting = JoinRequest.objects.filter(person_id=user.pk, group=group, state=JoinRequest.State.PENDING).exists()
    invited = GroupInvitation.objects.standing().filter(person_id=user.pk, group=group).exists()
    return role, waiting, invited


def links_for(user: Any, group: Group) -> QuerySet:
    """The links into a group that someone may see and take back: their own; of who looks after the group, all."""
    rows = InviteLink.objects.standing().filter(group=group).select_related("made_by").order_by("-pk")
    return rows if may(user, group).decide else rows.filter(made_by=user)


def invitations_for(user: Any, group: Group) -> QuerySet[GroupInvitation]:
    """The invitations into a group that wait and that someone may send again and take back.

    A member's are those they sent; of who looks after the group, all; of everyone else none.
    """
    right = may(user, group)
    rows = GroupInvitation.objects.waiting().filter(group=group).select_related("person", "letter", "invited_by")
    if not right.is_member:
        return rows.none()
    return rows if right.decide else rows.filter(invited_by=user)
