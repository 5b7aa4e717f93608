"""Groups and their members."""

from __future__ import annotations

from typing import Any, Literal

from django.db.models import QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import File as Part
from ninja import Router
from ninja.files import UploadedFile

from core import limits
from core.forms import end_of
from core.paging import page
from core.refusal import Refused
from core.requests import Request
from feed.models import Post
from groups import actions
from groups.actions import deletion
from groups.actions.exporting import LASTS, allow_export
from groups.models import Category, Group, GroupInvitation, InviteLink, JoinRequest, Membership
from groups.permissions import deleted_for, invitations_for, links_for, may
from groups.suggesting import suggested
from integrations.api import shape
from integrations.idempotency import once
from integrations.schemas import (
    Categories,
    CategoryIn,
    DecisionIn,
    DeletedGroups,
    Export,
    GroupChange,
    GroupDelete,
    GroupIn,
    GroupOut,
    Groups,
    InvitationIn,
    InvitationOut,
    Invitations,
    JoinIn,
    LinkIn,
    LinkOut,
    Links,
    MemberIn,
    MemberOut,
    Members,
    Posts,
    Ref,
    Requests,
)
from people.models import User

router = Router(tags=["groups"])


def _group(request: Request, public_id: str) -> Group:
    """The group if the person may know of it; the same 404 as for an id that was never used if not."""
    return get_object_or_404(Group.objects.visible_to(request.user), public_id=public_id)


def _colleague(request: Request, public_id: str) -> User:
    """Someone who is here, of those whom the person may see."""
    return get_object_or_404(User.objects.visible_to(request.user).active(), public_id=public_id)


def _one(request: Request, group: Group) -> dict[str, Any]:
    fresh = Group.objects.visible_to(request.user).filter(pk=group.pk)
    return shape.groups(fresh, reader=request.user)[0]


@router.get("/groups", response=Groups, summary="The groups I may know of")
def groups(
    request: Request,
    q: str = "",
    mine: bool = False,
    archived: bool | None = None,
    category: str = "",
    sort: Literal["name", "members", "new"] = "name",
    cursor: str | None = None,
) -> dict[str, Any]:
    rows = Group.objects.visible_to(request.user).called_like(q[:100])
    if category:
        rows = rows.filter(category__public_id=category)
    if mine:
        rows = rows.joined_by(request.user)
    if archived is not None:
        rows = rows.filter(archived_at__isnull=not archived)
    found = page(rows, by=Group.ORDERS[sort], cursor=cursor, size=limits.PAGE_SIZE.value)
    return {"items": shape.groups(found.items, reader=request.user), "next": found.next}


@router.get("/groups/suggested", response=list[GroupOut], summary="Groups that I might like to come into")
def suggestions(request: Request) -> list[dict[str, Any]]:
    return shape.groups(suggested(request.user), reader=request.user)


@router.get("/group-categories", response=Categories, summary="The categories of groups")
def categories(request: Request) -> dict[str, Any]:
    return {"items": [shape.named(row) for row in Category.objects.all()]}


@router.post("/group-categories", response={201: Ref}, summary="Make a category (administrators)")
@once
def make_category(request: Request, payload: CategoryIn) -> tuple[int, Any]:
    return 201, shape.named(actions.save_category(by=request.user, name=payload.name, place=payload.place))


@router.put("/group-categories/{public_id}", response=Ref, summary="Change a category (administrators)")
@once
def change_category(request: Request, public_id: str, payload: CategoryIn) -> tuple[int, Any]:
    found = get_object_or_404(Category, public_id=public_id)
    saved = actions.save_category(by=request.user, category=found, name=payload.name, place=payload.place)
    return 200, shape.named(saved)


@router.delete("/group-categories/{public_id}", response={204: None}, summary="Take a category away (administrators)")
@once
def delete_category(request: Request, public_id: str) -> tuple[int, Any]:
    actions.delete_category(category=get_object_or_404(Category, public_id=public_id), by=request.user)
    return 204, None


@router.post("/groups", response={201: GroupOut}, summary="Make a group")
@once
def create(request: Request, payload: GroupIn) -> tuple[int, Any]:
    join = payload.join or {"public": "open", "private": "request", "secret": "invite"}[payload.visibility]
    group = actions.create_group(
        by=request.user,
        name=payload.name,
        description=payload.description,
        privacy=payload.visibility,
        join=join,
        rules=payload.rules,
        posting=payload.posting,
        history=payload.history,
        handle=payload.handle,
        category=get_object_or_404(Category, public_id=payload.category) if payload.category else None,
        successor=_colleague(request, payload.successor) if payload.successor else None,
    )
    return 201, _one(request, group)


@router.get("/groups/deleted", response=DeletedGroups, summary="Deleted groups that I may bring back")
def deleted(request: Request, cursor: str | None = None) -> dict[str, Any]:
    rows = deleted_for(request.user).select_related("deleted_by")
    found = page(rows, by=("-deleted_at", "-pk"), cursor=cursor, size=limits.PAGE_SIZE.value)
    items = [
        {
            "id": row.public_id,
            "name": row.name,
            "deleted_at": shape.utc(row.deleted_at),
            "deleted_by": shape.named(row.deleted_by),
            "until": shape.utc(row.returns_until),
        }
        for row in found.items
    ]
    return {"items": items, "next": found.next}


@router.post("/groups/deleted/{public_id}/restore", response=GroupOut, summary="Bring a deleted group back as it was")
@once
def restore(request: Request, public_id: str) -> tuple[int, Any]:
    found = get_object_or_404(deleted_for(request.user), public_id=public_id)
    return 200, _one(request, deletion.restore_group(group=found, by=request.user))


@router.post("/groups/{public_id}/export", response={201: Export}, summary="A link to a copy of a group, for a day")
@once
def export(request: Request, public_id: str) -> tuple[int, Any]:
    token = allow_export(group=_group(request, public_id), by=request.user)
    return 201, {
        "url": shape.absolute(reverse("feed:exported", args=[token])),
        "until": shape.utc(timezone.now() + LASTS),
    }


@router.delete(
    "/groups/{public_id}", response={204: None}, summary="Delete a group; it can be brought back for 30 days"
)
@once
def delete(request: Request, public_id: str, payload: GroupDelete) -> tuple[int, Any]:
    deletion.delete_group(group=_group(request, public_id), by=request.user, name=payload.name)
    return 204, None


@router.get("/groups/{public_id}", response=GroupOut, summary="A group")
def read(request: Request, public_id: str) -> dict[str, Any]:
    return _one(request, _group(request, public_id))


@router.patch("/groups/{public_id}", response=GroupOut, summary="Change a group")
@once
def change(request: Request, public_id: str, payload: GroupChange) -> tuple[int, Any]:
    group = _group(request, public_id)
    changes = payload.dict(exclude_unset=True, exclude_none=True)
    archived = changes.pop("archived", None)
    open_history = changes.pop("open_history", False)
    enrolled = {
        "enrolment": changes.pop("enrolment", None),
        "departments": changes.pop("enrolled_departments", None),
        "locations": changes.pop("enrolled_locations", None),
    }
    if "category" in changes:
        shelf = changes["category"]
        changes["category"] = get_object_or_404(Category, public_id=shelf) if shelf else None
    if "successor" in changes:
        changes["successor"] = _colleague(request, changes["successor"]) if changes["successor"] else None
    if "visibility" in changes:
        changes["privacy"] = changes.pop("visibility")
    if changes:
        actions.edit_group(group=group, by=request.user, open_history=open_history, **changes)
    if any(value is not None for value in enrolled.values()):
        actions.set_enrolment(group=group, by=request.user, **enrolled)
    if archived is not None:
        (actions.archive if archived else actions.unarchive)(group=group, by=request.user)
    return 200, _one(request, group)


@router.get("/groups/{public_id}/posts", response=Posts, summary="The posts of a group, newest first")
def posts(request: Request, public_id: str, cursor: str | None = None) -> dict[str, Any]:
    group = _group(request, public_id)
    rows = shape.loaded(Post.objects.visible_to(request.user).roots().filter(group=group))
    found = page(rows, cursor=cursor, size=limits.PAGE_SIZE.value)
    return {"items": shape.posts(found.items, reader=request.user), "next": found.next}


@router.get("/groups/{public_id}/members", response=Members, summary="Who is in it")
def members(request: Request, public_id: str, cursor: str | None = None) -> dict[str, Any]:
    group = _group(request, public_id)
    rows = Membership.objects.filter(group=group, person__in=User.objects.visible_to(request.user).active())
    found = page(rows.select_related("person"), by=("pk",), cursor=cursor, size=limits.PAGE_SIZE.value)
    return {"items": [_member(row) for row in found.items], "next": found.next}


def _member(row: Membership) -> dict[str, Any]:
    return {
        "person": shape.named(row.person),
        "role": row.role,
        "joined_at": shape.utc(row.joined_at),
        "guest": row.person.is_guest,
        "enrolled": row.enrolled,
    }


@router.post("/groups/{public_id}/members", response={201: MemberOut}, summary="Add someone, or give another role")
@once
def add(request: Request, public_id: str, payload: MemberIn) -> tuple[int, Any]:
    group = _group(request, public_id)
    person = _colleague(request, payload.person)
    if Membership.objects.filter(group=group, person=person).exists():
        actions.set_role(group=group, person=person, by=request.user, role=payload.role)
    else:
        actions.add_member(group=group, person=person, by=request.user, role=payload.role)
    return 201, _member(Membership.objects.select_related("person").get(group=group, person=person))


@router.delete("/groups/{public_id}/members/{person_id}", response={204: None}, summary="Remove someone")
@once
def remove(request: Request, public_id: str, person_id: str) -> tuple[int, Any]:
    group = _group(request, public_id)
    person = get_object_or_404(User.objects.visible_to(request.user), public_id=person_id)
    if not Membership.objects.filter(group=group, person=person).exists():
        raise Http404
    actions.remove_member(group=group, person=person, by=request.user)
    return 204, None


@router.post(
    "/groups/{public_id}/join",
    response={200: GroupOut, 202: GroupOut},
    summary="Join, or ask to join (202: someone decides)",
)
@once
def join(request: Request, public_id: str, payload: JoinIn | None = None) -> tuple[int, Any]:
    group = _group(request, public_id)
    allowed = may(request.user, group)
    if allowed.request and not allowed.join:
        actions.request_to_join(group=group, person=request.user, message=payload.message if payload else "")
        return 202, _one(request, group)
    actions.join(group=group, person=request.user)
    return 200, _one(request, group)


@router.post("/groups/{public_id}/leave", response={204: None}, summary="Leave")
@once
def leave(request: Request, public_id: str) -> tuple[int, Any]:
    actions.leave(group=_group(request, public_id), person=request.user)
    return 204, None


@router.delete("/groups/{public_id}/join", response={204: None}, summary="No longer ask to join")
@once
def withdraw(request: Request, public_id: str) -> tuple[int, Any]:
    rows = JoinRequest.objects.filter(person=request.user, state=JoinRequest.State.PENDING)
    asked = get_object_or_404(rows, group=_group(request, public_id))
    actions.withdraw_request(request=asked, by=request.user)
    return 204, None


@router.get("/groups/{public_id}/requests", response=Requests, summary="Who asks to be let in")
def requests(request: Request, public_id: str, cursor: str | None = None) -> dict[str, Any]:
    rows = _asking(request, _group(request, public_id)).select_related("person")
    found = page(rows, by=("pk",), cursor=cursor, size=limits.PAGE_SIZE.value)
    items = [
        {
            "id": row.public_id,
            "person": shape.named(row.person),
            "message": row.message,
            "created_at": shape.utc(row.at),
        }
        for row in found.items
    ]
    return {"items": items, "next": found.next}


@router.post("/groups/{public_id}/requests/{request_id}", response={204: None}, summary="Let someone in, or not")
@once
def decide(request: Request, public_id: str, request_id: str, payload: DecisionIn) -> tuple[int, Any]:
    asked = get_object_or_404(_asking(request, _group(request, public_id)), public_id=request_id)
    actions.decide_request(request=asked, by=request.user, accept=payload.accept, answer=payload.answer)
    return 204, None


def _asking(request: Request, group: Group) -> QuerySet[JoinRequest]:
    allowed = may(request.user, group)
    if not (allowed.decide or allowed.settle):
        raise Refused(_("Only an owner or moderator of the group decides about requests."))
    return JoinRequest.objects.filter(group=group, state=JoinRequest.State.PENDING)


@router.get("/groups/{public_id}/invitations", response=Invitations, summary="Invitations that wait")
def invitations(request: Request, public_id: str, cursor: str | None = None) -> dict[str, Any]:
    rows = invitations_for(request.user, _inviting(request, public_id))
    found = page(rows, cursor=cursor, size=limits.PAGE_SIZE.value)
    return {"items": [_invitation(row) for row in found.items], "next": found.next}


@router.post("/groups/{public_id}/invitations", response={201: InvitationOut}, summary="Ask someone in")
@once
def invite(request: Request, public_id: str, payload: InvitationIn) -> tuple[int, Any]:
    group = _inviting(request, public_id)
    person = _colleague(request, payload.person) if payload.person else None
    until = end_of(payload.guest_until) if payload.guest_until else None
    made = actions.invite(group=group, by=request.user, person=person, email=payload.email, guest_until=until)
    return 201, _invitation(made)


@router.post(
    "/groups/{public_id}/invitations/{invitation_id}/resend",
    response={201: InvitationOut},
    summary="Send an invitation again, for two weeks more",
)
@once
def resend(request: Request, public_id: str, invitation_id: str) -> tuple[int, Any]:
    rows = invitations_for(request.user, _group(request, public_id))
    sent = get_object_or_404(rows, public_id=invitation_id)
    return 201, _invitation(actions.resend_invitation(invitation=sent, by=request.user))


@router.delete(
    "/groups/{public_id}/invitations/{invitation_id}", response={204: None}, summary="Take an invitation back"
)
@once
def revoke_invitation(request: Request, public_id: str, invitation_id: str) -> tuple[int, Any]:
    rows = invitations_for(request.user, _group(request, public_id))
    actions.revoke_invitation(invitation=get_object_or_404(rows, public_id=invitation_id), by=request.user)
    return 204, None


@router.post(
    "/groups/{public_id}/decline", response={204: None}, summary="Say no to an invitation (to say yes is to join)"
)
@once
def decline(request: Request, public_id: str) -> tuple[int, Any]:
    mine = GroupInvitation.objects.waiting().filter(person=request.user)
    invitation = get_object_or_404(mine, group=_group(request, public_id))
    actions.decline_invitation(invitation=invitation, person=request.user)
    return 204, None


def _invitation(row: GroupInvitation) -> dict[str, Any]:
    return {
        "id": row.public_id,
        "person": shape.named(row.person) if row.person else None,
        "email": row.letter.email if row.letter and not row.person else None,
        "by": shape.named(row.invited_by),
        "created_at": shape.utc(row.at),
        "expires_at": shape.utc(row.expires_at),
        "expired": row.is_over,
    }


@router.post("/groups/{public_id}/picture", response=GroupOut, summary="A sign in the place of its initial")
@once
def set_picture(request: Request, public_id: str, file: UploadedFile = Part(...)) -> tuple[int, Any]:  # noqa: B008
    return 200, _one(request, actions.set_picture(group=_group(request, public_id), by=request.user, file=file))


@router.delete("/groups/{public_id}/picture", response=GroupOut, summary="Its initial again")
@once
def remove_picture(request: Request, public_id: str) -> tuple[int, Any]:
    return 200, _one(request, actions.set_picture(group=_group(request, public_id), by=request.user, file=None))


@router.post("/groups/{public_id}/cover", response=GroupOut, summary="A picture over its page")
@once
def set_cover(request: Request, public_id: str, file: UploadedFile = Part(...)) -> tuple[int, Any]:  # noqa: B008
    return 200, _one(request, actions.set_cover(group=_group(request, public_id), by=request.user, file=file))


@router.delete("/groups/{public_id}/cover", response=GroupOut, summary="No picture over its page")
@once
def remove_cover(request: Request, public_id: str) -> tuple[int, Any]:
    return 200, _one(request, actions.set_cover(group=_group(request, public_id), by=request.user, file=None))


@router.get("/groups/{public_id}/links", response=Links, summary="Links that let colleagues in")
def links(request: Request, public_id: str) -> dict[str, Any]:
    group = _inviting(request, public_id)
    return {"items": [_link(row) for row in links_for(request.user, group)]}


@router.post("/groups/{public_id}/links", response={201: LinkOut}, summary="Make a link that lets colleagues in")
@once
def make_link(request: Request, public_id: str, payload: LinkIn) -> tuple[int, Any]:
    group = _inviting(request, public_id)
    return 201, _link(actions.make_link(group=group, by=request.user, days=payload.days, most=payload.most))


@router.delete("/groups/{public_id}/links/{link_id}", response={204: None}, summary="Take a link back")
@once
def revoke_link(request: Request, public_id: str, link_id: str) -> tuple[int, Any]:
    rows = links_for(request.user, _group(request, public_id))
    actions.revoke_link(link=get_object_or_404(rows, public_id=link_id), by=request.user)
    return 204, None


def _inviting(request: Request, public_id: str) -> Group:
    group = _group(request, public_id)
    if not may(request.user, group).invite:
        raise Refused(_("You cannot invite people to this group."))
    return group


def _link(row: InviteLink) -> dict[str, Any]:
    return {
        "id": row.public_id,
        "url": shape.absolute(reverse("groups:link", args=[actions.link_token(row)])),
        "by": shape.named(row.made_by),
        "expires_at": row.expires_at,
        "uses": row.uses,
        "most": row.most,
    }
