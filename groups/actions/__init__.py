"""What is done in and with groups: keyword-only, one transaction and one event each."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.core import signing
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F, QuerySet, Sum
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from core import limits, site
from core.audience import grant
from core.events import record
from core.models import Access, Audience
from core.refusal import Refused
from core.text import HANDLE, call_sign, clean
from files import actions as files
from files.actions.library import shelved
from groups.models import (
    RESENT,
    Category,
    Group,
    GroupAudience,
    GroupInvitation,
    InviteLink,
    JoinRequest,
    Membership,
    PutBy,
)
from groups.permissions import invitations_for, may, may_create
from inbox import actions as inbox
from people import actions as people
from people.models import Invitation, ProfileField, User
from people.permissions import is_company_address, may_invite

#: Fields that `edit_group` takes.
FIELDS = frozenset(
    {"name", "handle", "description", "rules", "privacy", "join", "history", "posting", "successor", "category"}
)
#: How long someone who was refused waits before asking again, and how often one may ask in that time.
PAUSE = timedelta(days=7)
#: Colleagues who come into a group in one transaction.
ENROLLED = 500
ASKS = 3

Role = Membership.Role

_links = signing.Signer(sep=".", salt="groups.link")


# --- The group ---


@transaction.atomic
def create_group(
    *,
    by: User,
    name: str,
    description: str = "",
    privacy: str = Group.Privacy.PUBLIC,
    join: str | None = None,
    history: str = Group.History.ALL,
    rules: str = "",
    posting: str = Group.Posting.ALL,
    successor: User | None = None,
    category: Category | None = None,
    handle: str = "",
) -> Group:
    """Make a group; its maker is its owner.

    Args:
        handle: what stands behind the @ that mentions it; empty for one made of its name.
        join: by default public groups are open, private ones are asked for, secret ones by invitation.

    Raises:
        Refused: the company does not let them.
        ValidationError: a field is not as it should be, or too many groups today.
    """
    if not may_create(by):
        raise Refused(_("Only administrators can make groups here. Ask one of them."))
    made_today = Group.objects.filter(created_by=by, created_at__gt=timezone.now() - timedelta(days=1)).count()
    limits.check(limits.GROUPS_PER_DAY, made_today + 1)
    fields = _checked(
        {
            "name": name,
            "description": description,
            "privacy": privacy,
            "join": join or _usual(privacy),
            "history": history,
            "rules": rules,
            "posting": posting,
            "successor": successor,
            "category": category,
            "handle": handle,
        }
    )
    _check_handle(fields, by=by)
    audience = Audience.objects.create(kind=Audience.Kind.GROUP, open=fields["privacy"] == Group.Privacy.PUBLIC)
    group = Group.objects.create(audience=audience, created_by=by, **fields)
    GroupAudience.objects.create(group=group, own=audience)
    record("groups.group.created", actor=by, target=group, id=group.public_id, privacy=str(group.privacy))
    Membership.objects.create(group=group, person=by, role=Role.OWNER)
    record(
        "groups.member.joined",
        actor=by,
        target=group,
        quiet=True,
        id=group.public_id,
        person=by.pk,
        how="made",
        revoked=[by.public_id],
    )
    group.refresh_from_db()
    return group


@transaction.atomic
def edit_group(
    *, group: Group, by: User, open_history: bool = False, seen_count: int | None = None, **changes: Any
) -> Group:
    """Change a group's name, description or rules. Narrowing is effective in the next answer.

    Args:
        changes: of `FIELDS`.
        open_history: a private group becomes public, and what was said in it before too. Without it, that stays with
            the people who are members now.
        seen_count: the number of earlier posts that the owner saw when they confirmed; refused if there are more now.

    Raises:
        Refused: not the owner, or (409) there are more posts than the owner confirmed.
        ValidationError: a field is not as it should be.
    """
    if set(changes) - FIELDS:
        raise TypeError(f"edit_group() does not know {', '.join(sorted(set(changes) - FIELDS))}")
    group = Group.objects.select_for_update().get(pk=group.pk)
    if not may(by, group).edit:
        raise Refused(_("Only an owner of the group can change it."))
    if changes.get("privacy") == Group.Privacy.SECRET and "join" not in changes:
        changes["join"] = Group.Join.INVITE
    if "name" in changes and "handle" not in changes and group.handle == call_sign(group.name):
        # It was made of the name, and follows it.
        changes["handle"] = ""
    fields = _checked({**{field: getattr(group, field) for field in FIELDS}, **changes})
    if fields["handle"] != group.handle:
        _check_handle(fields, by=by, besides=group.pk)
    changed = sorted(field for field in changes if fields[field] != getattr(group, field))
    if not changed:
        return group
    was, now = group.privacy, fields["privacy"]
    if now == Group.Privacy.SECRET and group.enrolment:
        raise Refused(_("Every colleague is in this group: it cannot be secret."), status=422)
    for field in changed:
        setattr(group, field, fields[field])
    group.save(update_fields=changed)
    if was != now and Group.Privacy.PUBLIC in (was, now):
        if now == Group.Privacy.PUBLIC:
            _open(group, by, open_history=open_history, seen_count=seen_count)
        else:
            _narrow(group, by)
    elif was != now:
        # Between private and secret: the readers are the same, but others knew its name.
        inbox.forget_strangers(audiences=group_audiences(group))
    record("groups.group.edited", actor=by, target=group, id=group.public_id, fields=changed)
    return group


def said(group: Group) -> int:
    """How many posts, files and folders a private group holds that everyone would see if its history were opened."""
    closed = Audience.objects.filter(group_audience__group=group, open=False)
    return (closed.aggregate(total=Sum("seq"))["total"] or 0) + shelved(audiences=closed.values("pk"))


def group_audiences(group: Group) -> list[int]:
    """The ids of every audience the group has had."""
    return list(GroupAudience.objects.filter(group=group).values_list("own_id", flat=True))


def set_cover(*, group: Group, by: User, file: Any) -> Group:
    """Give a group a picture (an open upload), or take it away (None).

    The picture is decoded before the transaction begins, so that nobody waits for it.

    Raises:
        Refused: not the owner.
        files.errors.Refused: it is no picture, or too large.
    """
    if not may(by, group).edit:
        raise Refused(_("Only an owner of the group can change it."))
    cover = None
    if file is not None:
        cover = files.picture(of=group, by=by, stream=file, audience=group.audience, square=False)
    with transaction.atomic():
        group = Group.objects.select_for_update().get(pk=group.pk)
        if cover is None and group.cover is not None:
            files.remove_one(file=group.cover, by=by)
        group.cover = cover
        group.save(update_fields=["cover"])
        record("groups.group.edited", actor=by, target=group, id=group.public_id, fields=["cover"])
    return group


def set_picture(*, group: Group, by: User, file: Any) -> Group:
    """Give a group a sign in the place of its initial (an open upload), or take it away (None).

    The picture is decoded before the transaction begins, so that nobody waits for it.

    Raises:
        Refused: not the owner.
        files.errors.Refused: it is no picture, or too large.
    """
    if not may(by, group).edit:
        raise Refused(_("Only an owner of the group can change it."))
    sign = None if file is None else files.picture(of=group, by=by, stream=file, audience=group.audience)
    with transaction.atomic():
        group = Group.objects.select_for_update().get(pk=group.pk)
        if sign is None:
            files.remove_sign(of=group, by=by)
        group.picture = sign.public_id if sign else ""
        group.save(update_fields=["picture"])
        record("groups.group.edited", actor=by, target=group, id=group.public_id, fields=["picture"])
    return group


# --- Shelves of the directory ---


@transaction.atomic
def save_category(*, by: User, name: str, place: int = 100, category: Category | None = None) -> Category:
    """Make a shelf of the directory, or change one (`category`).

    Raises:
        Refused: `by` is no administrator.
        ValidationError: the name is empty, too long or taken, or there are too many.
    """
    if not by.is_admin:
        raise Refused(_("Only an administrator can do this."))
    name = " ".join(clean(name, multiline=False).split())
    if not name:
        raise ValidationError({"name": _("A name is needed.")})
    limits.check(limits.LIST_NAME_CHARS, name)
    if Category.objects.filter(name__iexact=name).exclude(pk=category.pk if category else 0).exists():
        raise ValidationError({"name": _("There is a category of this name.")})
    if category is None:
        limits.check(limits.CATEGORIES, Category.objects.count() + 1)
        category = Category()
    category.name, category.place = name, place
    category.save()
    record("groups.category.saved", actor=by, target=category)
    return category


@transaction.atomic
def delete_category(*, category: Category, by: User) -> None:
    """Take a shelf away; the groups stay, on none.

    Raises:
        Refused: `by` is no administrator.
    """
    if not by.is_admin:
        raise Refused(_("Only an administrator can do this."))
    record("groups.category.deleted", actor=by, target=category)
    category.delete()


# --- Groups that every colleague is in ---


@transaction.atomic
def set_enrolment(
    *,
    group: Group,
    by: User,
    enrolment: str | None = None,
    departments: Iterable[str] | None = None,
    locations: Iterable[str] | None = None,
) -> Group:
    """Say whether every colleague, or those of some departments and places, is in a group, and whether they may leave.

    The worker takes in who is not in it yet, and out who came so and no longer belongs; whom people let in stays.

    Args:
        enrolment, departments, locations: None for as it is. Without an enrolment, whoever is in it stays.

    Raises:
        Refused: `by` is no administrator, or the group is secret; or people say themselves where they belong, and would
            let themselves into a closed group by it.
        ValidationError: there is no such choice, or there are too many.
    """
    if not may(by, group).enrol:
        raise Refused(_("Only an administrator can do this."))
    group = Group.objects.select_for_update().get(pk=group.pk)
    before = (group.enrolment, group.enrolled_departments, group.enrolled_locations)
    if enrolment is not None:
        group.enrolment = enrolment
    if group.enrolment not in Group.Enrolment.values:
        raise ValidationError({"enrolment": _("Choose one of the list.")})
    if departments is not None:
        group.enrolled_departments = _names(departments)
    if locations is not None:
        group.enrolled_locations = _names(locations)
    if not group.enrolment:
        group.enrolled_departments, group.enrolled_locations = [], []
        Membership.objects.filter(group=group, enrolled=True).update(enrolled=False)
    if _lets_in_themselves(group):
        raise Refused(
            _("People fill in their department and place themselves. Change that first, or take a public group."),
            status=422,
        )
    if before == (group.enrolment, group.enrolled_departments, group.enrolled_locations):
        return group
    group.save(update_fields=["enrolment", "enrolled_departments", "enrolled_locations"])
    record("groups.group.enrolled", actor=by, target=group, id=group.public_id, enrolment=group.enrolment)
    return group


def enrol_all(*, group: Group) -> int:
    """Take out who came by what the company said of them and no longer belongs, and in who belongs and is not in it.

    Some hundreds at a time; returns how many came in. Run by the worker, and again after a failure: whoever is in stays
    in.
    """
    came = 0
    while group.enrolment and not (group.is_archived or group.is_deleted):
        with transaction.atomic():
            strangers = list(_enrolled_once(group=group).exclude(person__in=group.enrolled())[:ENROLLED])
            for membership in strangers:
                _exit(membership, by=None, left=False)
            inside = Membership.objects.filter(group=group).values("person")
            waiting = list(group.enrolled().exclude(pk__in=inside).order_by("pk")[:ENROLLED])
            if _lets_in_themselves(group):
                waiting = []
            if not (strangers or waiting):
                break
            Membership.objects.bulk_create(
                [Membership(group=group, person=person, enrolled=True) for person in waiting], ignore_conflicts=True
            )
            if waiting:
                record(
                    "groups.member.joined",
                    actor=None,
                    target=group,
                    quiet=True,
                    id=group.public_id,
                    how="enrolled",
                    people=[person.pk for person in waiting],
                    revoked=[person.public_id for person in waiting],
                )
            came += len(waiting)
        group.refresh_from_db()
    return came


@transaction.atomic
def enrol(*, person: User) -> None:
    """Someone has come, or come back, or belongs elsewhere: they are in the groups of where they belong now.

    Of those that they came into by where they belonged before, they lose all access at once; what they wrote stays.
    """
    for membership in _enrolled_once(person=person).exclude(group__enrolment="").select_related("group"):
        if not membership.group.enrols(person):
            _exit(membership, by=None, left=False)
    if person.is_guest or not person.is_active:
        return
    for group in Group.objects.live().exclude(enrolment="").exclude(memberships__person=person):
        if group.enrols(person) and not _lets_in_themselves(group):
            _enter(group, person, by=None, how="enrolled")


def _enrolled_once(**where: Any) -> QuerySet[Membership]:
    """Those who came by what the company says of them, and whom nobody has given a role since."""
    return Membership.objects.active().filter(enrolled=True, role=Role.MEMBER, **where)


def _lets_in_themselves(group: Group) -> bool:
    """Whether people would come into a closed group by what they write about themselves.

    Security door: what opens a private group is filled in by administrators or by the company's directory alone.
    """
    asked = {"department": group.enrolled_departments, "location": group.enrolled_locations}
    columns = [column for column, names in asked.items() if names]
    if not columns or group.privacy == Group.Privacy.PUBLIC:
        return False
    return ProfileField.objects.filter(builtin__in=columns).exclude(edit="person").count() < len(columns)


def _names(names: Iterable[str]) -> list[str]:
    """Departments or places, cleaned, each once.

    Raises:
        ValidationError: too many.
    """
    found = list(dict.fromkeys(clean(name, multiline=False).strip() for name in names if name.strip()))
    limits.check(limits.ENROLLED_NAMES, found)
    return found


@transaction.atomic
def archive(*, group: Group, by: User) -> Group:
    """Make a group read-only; who may read it stays the same.

    Raises:
        Refused: neither an owner nor an administrator.
    """
    if not may(by, group).archive:
        raise Refused(_("Only an owner of the group can archive it."))
    return close(group=group, by=by)


@transaction.atomic
def unarchive(*, group: Group, by: User) -> Group:
    """Use a group again.

    Raises:
        Refused: neither an owner nor an administrator.
    """
    if not may(by, group).archive:
        raise Refused(_("Only an owner of the group can bring it back."))
    return reopen(group=group, by=by)


@transaction.atomic
def close(*, group: Group, by: User | None) -> Group:
    """Archive for the network itself: a moderator's decision, or a group whose last member left the company."""
    if Group.objects.filter(pk=group.pk, archived_at=None).update(archived_at=timezone.now()):
        group.refresh_from_db()
        record("groups.group.archived", actor=by, target=group, id=group.public_id)
    return group


@transaction.atomic
def reopen(*, group: Group, by: User | None) -> Group:
    """The opposite of `close`."""
    if Group.objects.filter(pk=group.pk).exclude(archived_at=None).update(archived_at=None):
        group.refresh_from_db()
        record("groups.group.unarchived", actor=by, target=group, id=group.public_id)
    return group


# --- Coming and going ---


@transaction.atomic
def join(*, group: Group, person: User) -> Membership:
    """Become a member by oneself, where the group is open or one was asked in. Joining twice is joining.

    Raises:
        Refused: the group is joined in another way.
    """
    right = may(person, group)
    if right.is_member:
        return Membership.objects.get(group=group, person=person)
    if not right.join:
        raise Refused(_("You cannot join this group by yourself."))
    invitation = GroupInvitation.objects.standing().filter(group=group, person=person).first()
    if invitation is not None:
        accept_invitation(invitation=invitation, person=person)
        return Membership.objects.get(group=group, person=person)
    return _enter(group, person, by=person, how="self")


@transaction.atomic
def leave(*, group: Group, person: User) -> None:
    """Go. What one wrote stays; one reads and keeps nothing there.

    Raises:
        Refused: they are no member, or the last owner.
    """
    membership = Membership.objects.select_for_update().filter(group=group, person=person).first()
    if membership is None:
        raise Refused(_("You are not a member of this group."), status=409)
    if group.enrolment == Group.Enrolment.MANDATORY and group.enrols(person):
        raise Refused(
            _("Whoever belongs to this group by the company’s choice cannot leave it. You can mute it."), status=409
        )
    _keep_an_owner(membership, _("You are the last owner. Make someone else an owner first, or archive the group."))
    _exit(membership, by=person, left=True)


@transaction.atomic
def add_member(*, group: Group, person: User, by: User | None, role: str = Role.MEMBER) -> Membership:
    """Take someone in without asking them first.

    Args:
        by: an owner or moderator of the group; None for the system (imports, the demo).
        role: more than a member only by an owner.

    Raises:
        Refused: `by` may not, or the person cannot be a member.
    """
    _check_role(role, person)
    if by is not None:
        right = may(by, group)
        open_door = by.is_admin and group.privacy == Group.Privacy.PUBLIC and not group.is_archived
        if not (right.decide or open_door):
            raise Refused(_("Only an owner or moderator of the group can add people."))
        if person.is_guest and not right.invite_guests:
            raise Refused(_("Only an owner of the group can add guests."))
        if role != Role.MEMBER and not right.set_roles:
            raise Refused(_("Only an owner of the group can give roles."))
        if not person.is_active:
            raise Refused(_("%(name)s is no longer here.") % {"name": person.name}, status=422)
    known = Membership.objects.filter(group=group, person=person).first()
    if known is not None:
        if known.enrolled:
            # Whom someone wants in it stays, wherever they belong.
            known.enrolled = False
            known.save(update_fields=["enrolled"])
        return known
    return _enter(group, person, by=by, how="added", role=role)


@transaction.atomic
def remove_member(*, group: Group, person: User, by: User | None) -> None:
    """Take someone out; they read, edit and delete nothing there from the next answer on.

    Raises:
        Refused: `by` may not, it is the last owner, or (409) they are no member.
    """
    if by is not None and by.pk == person.pk:
        return leave(group=group, person=person)
    if by is not None and not may(by, group).remove:
        raise Refused(_("Only an owner or moderator of the group can remove people."))
    membership = Membership.objects.select_for_update().filter(group=group, person=person).first()
    if membership is None:
        raise Refused(_("%(name)s is not a member of this group.") % {"name": person.name}, status=409)
    if group.enrolment == Group.Enrolment.MANDATORY and group.enrols(person):
        raise Refused(_("%(name)s is in this group by the company’s choice.") % {"name": person.name}, status=409)
    if by is not None and membership.leads and not may(by, group).set_roles:
        raise Refused(_("Only an owner can remove an owner or a moderator."))
    _keep_an_owner(membership, _("This is the last owner. Make someone else an owner first."))
    _exit(membership, by=by, left=False)
    return None


@transaction.atomic
def set_role(*, group: Group, person: User, by: User | None, role: str) -> Membership:
    """Make a member owner, moderator or member.

    Raises:
        Refused: `by` may not, they are no member, or nobody would own the group.
        ValidationError: there is no such role, or a guest would lead.
    """
    _check_role(role, person)
    if by is not None and not may(by, group).set_roles:
        raise Refused(_("Only an owner of the group can give roles."))
    membership = Membership.objects.select_for_update().filter(group=group, person=person).first()
    if membership is None:
        raise Refused(_("%(name)s is not a member of this group.") % {"name": person.name}, status=409)
    if by is not None and by.pk == person.pk and membership.role != Role.OWNER and role != Role.MEMBER:
        raise Refused(_("You cannot give yourself a role."))
    if membership.role == role:
        return membership
    if membership.role == Role.OWNER:
        _keep_an_owner(membership, _("This is the last owner. Make someone else an owner first."))
    _promote(membership, role, by=by)
    return membership


# --- Asking to be let in ---


@transaction.atomic
def request_to_join(*, group: Group, person: User, message: str = "") -> JoinRequest:
    """Ask to be let in; asking again while one waits is the same request.

    Raises:
        Refused: the group is joined in another way, or they were refused too recently, or asked too often.
        ValidationError: the message is too long.
    """
    message = clean(message, multiline=True).strip()
    limits.check(limits.REQUEST_CHARS, message)
    waiting = JoinRequest.objects.filter(group=group, person=person, state=JoinRequest.State.PENDING).first()
    if waiting is not None:
        return waiting
    if not may(person, group).request:
        raise Refused(_("You cannot ask to join this group."))
    again = _may_ask_again(group, person)
    if again is not None:
        raise Refused(
            _("You have asked before. You can ask again on %(day)s.") % {"day": date_format(timezone.localtime(again))},
            status=409,
        )
    made, _created = JoinRequest.objects.get_or_create(
        group=group, person=person, state=JoinRequest.State.PENDING, defaults={"message": message}
    )
    record("groups.request.made", actor=person, target=group, request=made.pk, person=person.pk)
    return made


@transaction.atomic
def decide_request(*, request: JoinRequest, by: User, accept: bool, answer: str = "") -> JoinRequest:
    """Let someone in, or not, with a word if one likes.

    Raises:
        Refused: `by` does not decide here, or (409) someone else has decided meanwhile.
        ValidationError: the word is too long.
    """
    answer = clean(answer, multiline=True).strip()
    limits.check(limits.REQUEST_CHARS, answer)
    group, person = request.group, request.person
    right = may(by, group)
    # Security door: an administrator who decides where nobody else can does not let themselves in.
    if not (right.decide or (right.settle and person.pk != by.pk)):
        raise Refused(_("Only an owner or moderator of the group decides about requests."))
    # Of two who decide at the same moment, one finds it pending.
    decided = JoinRequest.objects.filter(pk=request.pk, state=JoinRequest.State.PENDING).update(
        state=JoinRequest.State.ACCEPTED if accept else JoinRequest.State.REFUSED,
        decided_by=by,
        decided_at=timezone.now(),
        answer=answer,
    )
    if not decided:
        raise Refused(_("Someone has decided about this request already."), status=409)
    request.refresh_from_db()
    if not accept:
        record("groups.request.refused", actor=by, target=group, request=request.pk, person=person.pk)
        return request
    if not person.is_active or person.is_guest:
        raise Refused(_("%(name)s is no longer here.") % {"name": person.name}, status=422)
    record("groups.request.accepted", actor=by, target=group, request=request.pk, person=person.pk)
    if not Membership.objects.filter(group=group, person=person).exists():
        _enter(group, person, by=by, how="accepted")
    return request


@transaction.atomic
def withdraw_request(*, request: JoinRequest, by: User) -> None:
    """No longer ask.

    Raises:
        Refused: it is someone else's, or was decided.
    """
    if request.person_id != by.pk:
        raise Refused(_("This is someone else's request."))
    if not JoinRequest.objects.filter(pk=request.pk, state=JoinRequest.State.PENDING).update(
        state=JoinRequest.State.WITHDRAWN, decided_at=timezone.now()
    ):
        raise Refused(_("Someone has decided about this request already."), status=409)
    record("groups.request.withdrawn", actor=by, target=request.group, request=request.pk, person=by.pk)


# --- Asking others in ---


@transaction.atomic
def invite(
    *, group: Group, by: User, person: User | None = None, email: str | None = None, guest_until: datetime | None = None
) -> GroupInvitation:
    """Ask a person of the network in, or write to an address outside it.

    Args:
        person: someone `by` may see; or
        email: of someone here (the same as naming them), of a colleague who has not come yet, or of a guest to be.
        guest_until: until when such a guest may stay.

    Raises:
        Refused: `by` may not, or (409) they are a member.
        ValidationError: it is no address, or too many today.
    """
    right = may(by, group)
    if not right.invite:
        raise Refused(_("You cannot invite people to this group."))
    letter = None
    if person is None:
        address = people.clean_address(email or "")
        person = User.objects.active().filter(email=address).first()
        if person is None:
            letter = _letter(by, right.invite_guests, address, guest_until)
    if person is not None:
        if not person.is_active:
            raise Refused(_("%(name)s is no longer here.") % {"name": person.name}, status=422)
        if person.is_guest and not right.invite_guests:
            raise Refused(_("Only an owner of the group can invite guests."))
        if Membership.objects.filter(group=group, person=person).exists():
            raise Refused(_("%(name)s is a member already.") % {"name": person.name}, status=409)
        known = GroupInvitation.objects.standing().filter(group=group, person=person).first()
        if known is not None:
            return known
        # What cannot be used any more makes room for a new one.
        GroupInvitation.objects.waiting().filter(group=group, person=person).update(revoked_at=timezone.now())
    sent = GroupInvitation.objects.filter(invited_by=by, at__gt=timezone.now() - timedelta(days=1)).count()
    limits.check(limits.INVITATIONS_PER_DAY, sent + 1)
    made = GroupInvitation.objects.create(group=group, person=person, letter=letter, invited_by=by)
    record("groups.invitation.sent", actor=by, target=group, invitation=made.pk, person=person.pk if person else None)
    return made


@transaction.atomic
def accept_invitation(*, invitation: GroupInvitation, person: User) -> Membership:
    """Come in where one was asked.

    Security door: an invitation is worth what its sender may do at this moment, it is used once, and only by the
    person it was sent to.

    Raises:
        Refused: it is not theirs, or cannot be used any more.
    """
    found = GroupInvitation.objects.standing().select_related("group", "invited_by").filter(pk=invitation.pk).first()
    ended = Refused(_("This invitation cannot be used any more. Ask for a new one."), status=409)
    if found is None or found.person_id != person.pk or not person.is_active:
        raise ended
    right = may(found.invited_by, found.group)
    if not (right.invite_guests if person.is_guest else right.invite):
        raise ended
    if not GroupInvitation.objects.waiting().filter(pk=found.pk).update(accepted_at=timezone.now()):
        raise ended
    record("groups.invitation.accepted", actor=person, target=found.group, invitation=found.pk, person=person.pk)
    known = Membership.objects.filter(group=found.group, person=person).first()
    return known or _enter(found.group, person, by=found.invited_by, how="invited")


@transaction.atomic
def decline_invitation(*, invitation: GroupInvitation, person: User) -> None:
    """Say no.

    Raises:
        Refused: it is not theirs, or has ended.
    """
    changed = (
        GroupInvitation.objects.waiting().filter(pk=invitation.pk, person=person).update(declined_at=timezone.now())
    )
    if not changed:
        raise Refused(_("This invitation cannot be used any more. Ask for a new one."), status=409)
    record(
        "groups.invitation.declined", actor=person, target=invitation.group, invitation=invitation.pk, person=person.pk
    )


@transaction.atomic
def revoke_invitation(*, invitation: GroupInvitation, by: User) -> None:
    """Take an invitation back; a letter that went out with it is worth nothing either.

    Raises:
        Refused: `by` neither sent it nor looks after the group, or it has ended.
    """
    if invitation.invited_by_id != by.pk and not may(by, invitation.group).decide:
        raise Refused(_("Only the person who invited, or an owner, can take this back."))
    if not GroupInvitation.objects.waiting().filter(pk=invitation.pk).update(revoked_at=timezone.now()):
        raise Refused(_("This invitation has already been used or taken back."), status=409)
    if invitation.letter is not None and invitation.letter.for_place and invitation.letter.is_open:
        people.revoke_invitation(invitation=invitation.letter, by=None)
    record("groups.invitation.revoked", actor=by, target=invitation.group, invitation=invitation.pk)


@transaction.atomic
def resend_invitation(*, invitation: GroupInvitation, by: User) -> GroupInvitation:
    """Send an invitation again, good for two weeks from now; the earlier one ends, with the link in its letter.

    Security door: it is a new one of `by`, who may do no more than if there had been none before.

    Raises:
        Refused: `by` neither sent it nor looks after the group, or may not invite, it has ended, or it is too recent.
        ValidationError: too many today, or the guest's last day has passed.
    """
    if not invitation.can_be_resent:
        raise Refused(_("This was sent less than a day ago. Give them some time."), status=409)
    letter = invitation.letter if invitation.person_id is None else None
    revoke_invitation(invitation=invitation, by=by)
    return invite(
        group=invitation.group,
        by=by,
        person=invitation.person,
        email=letter.email if letter else None,
        guest_until=letter.guest_until if letter else None,
    )


def resend_invitations(*, group: Group, by: User) -> int:
    """Send again what waits for more than a day, the longest waiting first; returns how many went out.

    One that cannot go out any more stays as it is, and so do those that are too many for now.
    """
    waiting = invitations_for(by, group).filter(at__lte=timezone.now() - RESENT).order_by("pk")
    sent = 0
    for invitation in waiting[: limits.INVITATIONS_AT_ONCE.value]:
        try:
            resend_invitation(invitation=invitation, by=by)
        except (Refused, ValidationError):
            continue
        sent += 1
    return sent


# --- By link ---


@transaction.atomic
def make_link(*, group: Group, by: User, days: int = 7, most: int = 100) -> InviteLink:
    """A link that lets colleagues in, for so many days and so many people.

    Raises:
        Refused: `by` may not invite.
        ValidationError: too long, for too many, or too many links.
    """
    if not may(by, group).invite:
        raise Refused(_("You cannot invite people to this group."))
    if days < 1 or most < 1:
        raise ValidationError(_("Choose at least one."))
    limits.check(limits.LINK_DAYS, days)
    limits.check(limits.LINK_USES, most)
    limits.check(limits.LINKS_PER_GROUP, InviteLink.objects.standing().filter(group=group).count() + 1)
    made = InviteLink.objects.create(
        group=group, made_by=by, most=most, expires_at=timezone.now() + timedelta(days=days)
    )
    record("groups.link.made", actor=by, target=group, link=made.pk)
    return made


def link_token(link: InviteLink) -> str:
    """The secret in the address of a link."""
    return _links.sign(link.public_id)


def open_link(token: str) -> InviteLink | None:
    """The link behind a secret, if it can be used now; None whatever else is the matter with it.

    Security door: a link is worth what whoever made it may do at this moment.
    """
    try:
        public_id = _links.unsign(token)
    except signing.BadSignature:
        return None
    link = InviteLink.objects.standing().select_related("group", "made_by").filter(public_id=public_id).first()
    return link if link is not None and may(link.made_by, link.group).invite else None


@transaction.atomic
def join_by_link(*, token: str, person: User) -> Membership:
    """Come in with a link. Who is in already stays in and uses nothing up.

    Raises:
        Refused: it cannot be used (any more), or they are a guest.
    """
    link = open_link(token)
    ended = Refused(_("This link cannot be used any more. Ask for a new one."), status=409)
    if link is None or not person.is_active:
        raise ended
    if person.is_guest:
        raise Refused(_("This link is for colleagues. Ask an owner of the group to invite you by name."))
    known = Membership.objects.filter(group=link.group, person=person).first()
    if known is not None:
        return known
    # Of many at the same moment, as many as may find it unused.
    if not InviteLink.objects.filter(pk=link.pk, revoked_at=None, uses__lt=F("most")).update(uses=F("uses") + 1):
        raise ended
    record("groups.link.used", actor=person, target=link.group, link=link.pk)
    return _enter(link.group, person, by=link.made_by, how="link")


@transaction.atomic
def revoke_link(*, link: InviteLink, by: User) -> None:
    """Take a link back; it is worth nothing from now on.

    Raises:
        Refused: `by` neither made it nor looks after the group, or it was taken back.
    """
    if link.made_by_id != by.pk and not may(by, link.group).decide:
        raise Refused(_("Only the person who made it, or an owner, can take this back."))
    if not InviteLink.objects.filter(pk=link.pk, revoked_at=None).update(revoked_at=timezone.now()):
        raise Refused(_("It has already been taken back."), status=409)
    record("groups.link.revoked", actor=by, target=link.group, link=link.pk)


@transaction.atomic
def arrive(*, letter: Invitation) -> int:
    """Someone came with a letter: they join every group that still asks their address in; returns how many.

    Whoever is asked into three groups gets three letters, comes with one, and is in all three.
    """
    person, joined = letter.accepted_by, 0
    if person is None:
        return 0
    for invitation in GroupInvitation.objects.standing().filter(letter__email=letter.email, person=None):
        GroupInvitation.objects.waiting().filter(group=invitation.group, person=person).update(
            revoked_at=timezone.now()
        )
        GroupInvitation.objects.filter(pk=invitation.pk).update(person=person)
        try:
            with transaction.atomic():
                accept_invitation(invitation=invitation, person=person)
        except Refused:
            continue
        joined += 1
    return joined


def letter_revoked(*, letter: Invitation) -> None:
    """A letter was taken back among the invitations to the network: it leads into no group either."""
    GroupInvitation.objects.waiting().filter(letter=letter, person=None).update(revoked_at=timezone.now())


# --- When people leave the company, or become guests ---


@transaction.atomic
def hand_on(*, person: User) -> None:
    """Give the groups that only `person` owns to someone who is here; nothing ever becomes public by it.

    The heir is whom an owner has named, else a moderator, else the longest member (never a guest), else the
    administrator whom the settings of the network name (or the first one), who reads what is said from now on and
    nothing before. A secret group without anyone left is archived: nobody may know of it.
    """
    for membership in Membership.objects.select_for_update().filter(person=person, role=Role.OWNER):
        group = membership.group
        if Membership.objects.active().filter(group=group, role=Role.OWNER).exclude(person=person).exists():
            continue
        heir = _named(group, besides=person) or _heir(group, besides=person)
        if heir is not None:
            _promote(heir, Role.OWNER, by=None, fallback=True)
            _promote(membership, Role.MEMBER, by=None, fallback=True)
            continue
        if group.is_deleted:
            # Nobody takes over what nobody sees; it is asked again if it comes back.
            continue
        admins = User.objects.employees().filter(is_admin=True).exclude(pk=person.pk).order_by("pk")
        keeper = admins.filter(pk=site.current().keeper or 0).first() or admins.first()
        if group.privacy == Group.Privacy.SECRET or keeper is None:
            close(group=group, by=None)
            continue
        _promote(_enter(group, keeper, by=None, how="fallback"), Role.OWNER, by=None, fallback=True)
        for audience in Audience.objects.filter(pk=group.audience_id or 0):
            grant(audience=audience, person=keeper, since=timezone.now())
        _promote(membership, Role.MEMBER, by=None, fallback=True)


@transaction.atomic
def stop_leading(*, person: User) -> None:
    """Someone became a guest: they stay a member, and lead nothing."""
    hand_on(person=person)
    for membership in Membership.objects.leading().filter(person=person):
        if membership.role == Role.OWNER and not _other_owner(membership):
            continue
        _promote(membership, Role.MEMBER, by=None, fallback=True)


def ended(*, group: Group, person: User, audiences: list[int], by: User | None, left: bool) -> None:
    """A membership is gone, in whatever way: what hung on it goes in the same transaction.

    Called by the receiver of every deletion, so that a bulk path closes the same doors as `remove_member`.
    """
    kept = list(PutBy.objects.filter(group=group).values_list("kept_id", flat=True)) if group.is_deleted else []
    Access.objects.filter(audience__in=[*audiences, *kept], person=person).delete()
    inbox.forget(person=person, audiences=[*audiences, *kept])
    GroupInvitation.objects.waiting().filter(group=group, invited_by=person).update(revoked_at=timezone.now())
    InviteLink.objects.filter(group=group, made_by=person, revoked_at=None).update(revoked_at=timezone.now())
    facts: dict[str, Any] = {
        "id": group.public_id,
        "person": person.pk,
        "audiences": audiences,
        "revoked": [person.public_id],
    }
    if left:
        record("groups.member.left", actor=by, target=group, **facts)
    else:
        record("groups.member.removed", actor=by, target=group, **facts)


# --- What several of them need ---


def deciders(group: Group) -> QuerySet:
    """The people who decide about requests: those who look after the group; where nobody does, the administrators."""
    leads = User.objects.active().filter(pk__in=Membership.objects.leading().filter(group=group).values("person"))
    return leads if leads.exists() else User.objects.employees().filter(is_admin=True)


def _enter(group: Group, person: User, *, by: User | None, how: str, role: str = Role.MEMBER) -> Membership:
    membership = Membership.objects.create(
        group=group,
        person=person,
        role=role,
        added_by=by if by is not None and by.pk != person.pk else None,
        enrolled=how == "enrolled",
    )
    now = timezone.now()
    JoinRequest.objects.filter(group=group, person=person, state=JoinRequest.State.PENDING).update(
        state=JoinRequest.State.ACCEPTED, decided_at=now, decided_by=by
    )
    GroupInvitation.objects.waiting().filter(group=group, person=person).update(accepted_at=now)
    record(
        "groups.member.joined",
        actor=by,
        target=group,
        id=group.public_id,
        person=person.pk,
        how=how,
        revoked=[person.public_id],
    )
    return membership


def _exit(membership: Membership, *, by: User | None, left: bool) -> None:
    """The receiver of the deletion does the rest; it is told who and why."""
    membership._ending = (by, left)  # type: ignore[attr-defined]
    membership.delete()


def _promote(membership: Membership, role: str, *, by: User | None, fallback: bool = False) -> None:
    Membership.objects.filter(pk=membership.pk).update(role=role)
    membership.role = role
    record(
        "groups.member.promoted",
        actor=by,
        target=membership.group,
        id=membership.group.public_id,
        person=membership.person_id,
        role=str(role),
        fallback=fallback,
    )


def _named(group: Group, *, besides: User) -> Membership | None:
    """Whom an owner has named to come after them, while they are here; they come in if they are not."""
    successor = group.successor
    if successor is None or successor.is_guest or not successor.is_active or successor.pk == besides.pk:
        return None
    known = Membership.objects.filter(group=group, person=successor).first()
    return known or _enter(group, successor, by=None, how="fallback")


def _heir(group: Group, *, besides: User) -> Membership | None:
    staying = Membership.objects.active().filter(group=group, person__is_guest=False).exclude(person=besides)
    return (
        staying.filter(role=Role.MODERATOR).order_by("joined_at", "pk").first()
        or staying.order_by("joined_at", "pk").first()
    )


def _other_owner(membership: Membership) -> bool:
    return (
        Membership.objects.active()
        .filter(group_id=membership.group_id, role=Role.OWNER)
        .exclude(pk=membership.pk)
        .exists()
    )


def _keep_an_owner(membership: Membership, sentence: str) -> None:
    if membership.role == Role.OWNER and not _other_owner(membership):
        raise Refused(sentence, status=409)


def _check_role(role: str, person: User) -> None:
    if role not in Role.values:
        raise ValidationError({"role": _("Choose one of the list.")})
    if role != Role.MEMBER and person.is_guest:
        raise ValidationError({"role": _("A guest cannot look after a group.")})


def _usual(privacy: str) -> str:
    usual: dict[str, str] = {
        Group.Privacy.PRIVATE: Group.Join.REQUEST,
        Group.Privacy.SECRET: Group.Join.INVITE,
    }
    return usual.get(privacy, Group.Join.OPEN)


def _checked(fields: dict[str, Any]) -> dict[str, Any]:
    """Fields of a group, cleaned and held to their limits.

    Raises:
        ValidationError: by field name.
    """
    wrong: dict[str, Any] = {}
    found: dict[str, Any] = {}
    lines = {
        "name": (limits.GROUP_NAME_CHARS, False),
        "description": (limits.DESCRIPTION_CHARS, True),
        "rules": (limits.RULES_CHARS, True),
    }
    for field, (limit, multiline) in lines.items():
        try:
            found[field] = clean(str(fields[field] or ""), multiline=multiline).strip()
            limits.check(limit, found[field])
            if field == "name" and not found[field]:
                raise ValidationError(_("A name is needed."))
        except ValidationError as error:
            wrong[field] = error.messages
    found["handle"] = str(fields["handle"] or "").strip().lstrip("@").lower() or call_sign(found.get("name", ""))
    try:
        limits.check(limits.HANDLE_CHARS, found["handle"])
        if found["handle"] and not HANDLE.fullmatch(found["handle"]):
            raise ValidationError(_("Use letters from a to z, digits, dots, dashes and underscores."))
    except ValidationError as error:
        wrong["handle"] = error.messages
    found["category"] = fields["category"]
    successor = found["successor"] = fields["successor"]
    if successor is not None and (successor.is_guest or not successor.is_active):
        wrong["successor"] = [_("Choose a colleague who is here.")]
    chosen = {"privacy": Group.Privacy, "join": Group.Join, "history": Group.History, "posting": Group.Posting}
    for field, choices in chosen.items():
        found[field] = fields[field]
        if fields[field] not in choices.values:
            wrong[field] = [_("Choose one of the list.")]
    if not wrong and found["privacy"] == Group.Privacy.SECRET and found["join"] != Group.Join.INVITE:
        wrong["join"] = [_("A secret group is joined by invitation only.")]
    if wrong:
        raise ValidationError(wrong)
    return found


def _check_handle(fields: dict[str, Any], *, by: User, besides: int = 0) -> None:
    """A handle that an owner chose means no person, and no other group that they may mention.

    Security door: groups that they do not know are not asked about, so no answer tells of one.

    Raises:
        ValidationError: it is taken.
    """
    handle = fields["handle"]
    if handle == call_sign(fields["name"]):
        return
    others = Group.objects.visible_to(by).named_by(by).filter(handle=handle).exclude(pk=besides)
    if User.objects.filter(handle=handle).exists() or others.exists():
        raise ValidationError({"handle": _("A person or a group has this name behind the @. Choose another one.")})


def _may_ask_again(group: Group, person: User) -> datetime | None:
    """When someone may ask again; None for now."""
    recent = JoinRequest.objects.filter(group=group, person=person, at__gt=timezone.now() - PAUSE).order_by("-at")
    refused = JoinRequest.objects.filter(
        group=group, person=person, state=JoinRequest.State.REFUSED, decided_at__gt=timezone.now() - PAUSE
    ).first()
    if refused is not None and refused.decided_at is not None:
        return refused.decided_at + PAUSE
    asked = list(recent[:ASKS])
    return asked[-1].at + PAUSE if len(asked) >= ASKS else None


def _letter(by: User, guests: bool, address: str, guest_until: datetime | None) -> Invitation:
    """A letter to an address that nobody here has: of a colleague to be, else of a guest.

    Raises:
        Refused: `by` may bring neither.
    """
    if may_invite(by, email=address, as_guest=False) and guest_until is None and is_company_address(address):
        return people.invite(by=by, email=address)[0]
    if not guests:
        raise Refused(_("Only an owner of the group can invite guests."))
    return people.invite(by=by, email=address, as_guest=True, guest_until=guest_until, for_place=True)[0]


def _open(group: Group, by: User, *, open_history: bool, seen_count: int | None) -> None:
    """A private or secret group becomes public.

    Security door: without the owner's confirmation what was said stays in its closed audience; what comes gets a new,
    open one. With it, everything opens, but only as much as the owner was shown.
    """
    count = said(group)
    if open_history:
        if seen_count is not None and seen_count != count:
            raise Refused(_("There are more posts than you were shown. Look at the number again."), status=409)
        Audience.objects.filter(group_audience__group=group).update(open=True)
    elif count == 0:
        Audience.objects.filter(pk=group.audience_id or 0).update(open=True)
    else:
        old = group.audience
        fresh = Audience.objects.create(kind=Audience.Kind.GROUP, open=True)
        GroupAudience.objects.create(group=group, own=fresh)
        group.audience = fresh
        group.save(update_fields=["audience"])
        files.move(of=group, audience=fresh, by=by)
        Access.objects.bulk_create(
            Access(audience=fresh, person_id=person)
            for person in Membership.objects.filter(group=group).values_list("person_id", flat=True)
        )
        record(
            "groups.group.opened",
            actor=by,
            target=group,
            audience=old,
            quiet=True,
            ask_again=True,
        )
    group.refresh_from_db()
    record(
        "groups.group.opened",
        actor=by,
        target=group,
        id=group.public_id,
        history=open_history,
        count=count,
        ask_again=True,
    )


def _narrow(group: Group, by: User) -> None:
    """A public group becomes private or secret: one flag, effective in the next answer, on every surface."""
    audiences = group_audiences(group)
    Audience.objects.filter(pk__in=audiences).update(open=False)
    inbox.forget_strangers(audiences=audiences)
    group.refresh_from_db()
    record("groups.group.narrowed", actor=by, target=group, id=group.public_id, audiences=audiences, ask_again=True)
