"""Me, and the people I may see."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from ninja import File as Part
from ninja import Router
from ninja.files import UploadedFile

from core import limits
from core.paging import page
from core.refusal import Refused
from core.requests import Request
from core.text import clean
from feed import streams
from feed.models import Post
from integrations.api import shape
from integrations.idempotency import once
from integrations.schemas import (
    AwayIn,
    FieldIn,
    FieldOut,
    Fields,
    LineOut,
    People,
    PersonChange,
    PersonOut,
    Posts,
    Refs,
    RuleIn,
    SilenceIn,
    Silences,
)
from people import actions
from people.models import SEEN, ProfileField, Silence, Skill, User
from people.views.chart import managers_of
from people.views.directory import Asked, choosable
from people.views.profile import follows_of

router = Router(tags=["people"])


@router.get("/me", response=PersonOut, summary="Who I am")
def me(request: Request) -> dict[str, Any]:
    return shape.people([request.user], reader=request.user)[0]


@router.get("/people", response=People, summary="The directory; of a guest, the people of their places")
def people(
    request: Request,
    q: str = "",
    department: str = "",
    place: str = "",
    language: str = "",
    skill: str = "",
    field: str = "",
    value: str = "",
    here: bool = False,
    cursor: str | None = None,
) -> dict[str, Any]:
    """By the beginnings of words in name, title, department and handle; `skill` and `field` are ids.

    `field` is one of the company's own of which one is chosen of a list, and `value` what was chosen.
    """
    asked = Asked(
        q=clean(q, multiline=False),
        department=department,
        place=place,
        language=language,
        here=here,
        skill=skill,
        knows=Skill.objects.filter(public_id=skill).first() if skill else None,
        chosen={row: value for row in choosable(request.user) if row.public_id == field} if field and value else {},
    )
    if field and not asked.chosen:
        raise ValidationError({"field": [_("There is no such field.")]})
    found = asked.page(request.user, cursor)
    rows = (
        User.objects.visible_to(request.user)
        .select_related("manager", "deputy")
        .in_bulk([one.pk for one in found.items])
    )
    shown = [rows[one.pk] for one in found.items if one.pk in rows]
    return {"items": shape.people(shown, reader=request.user), "next": found.next}


@router.get("/people/{public_id}", response=PersonOut, summary="A person")
def person(request: Request, public_id: str) -> dict[str, Any]:
    rows = User.objects.visible_to(request.user).select_related("manager", "deputy")
    return shape.people([get_object_or_404(rows, public_id=public_id)], reader=request.user)[0]


@router.get("/people/{public_id}/line", response=LineOut, summary="Who leads someone, and whom they lead")
def line(request: Request, public_id: str, cursor: str | None = None) -> dict[str, Any]:
    if request.user.is_guest:
        raise Refused(_("The directory is for employees. You find the people of your groups on their pages."))
    found = _person(request, public_id)
    reports = User.objects.visible_to(request.user).active().filter(manager=found)
    below = page(reports, by=("folded", "pk"), cursor=cursor, size=limits.PAGE_SIZE.value)
    return {
        "managers": [shape.named(one) for one in managers_of(found, request.user)],
        "reports": [shape.named(one) for one in below.items],
        "next": below.next,
    }


@router.get("/people/{public_id}/praise", response=Posts, summary="The praise of someone in posts that I may see")
def praise(request: Request, public_id: str, cursor: str | None = None) -> dict[str, Any]:
    found = streams.praise_of(person=request.user, praised=_person(request, public_id), cursor=cursor)
    order = {row.pk: index for index, row in enumerate(found.items)}
    full = shape.loaded(Post.objects.visible_to(request.user).filter(pk__in=order))
    items = shape.posts(sorted(full, key=lambda row: order[row.pk]), reader=request.user)
    return {"items": items, "next": found.next}


@router.get("/people-fields", response=Fields, summary="The company's own fields of profiles, as far as I see them")
def fields(request: Request) -> dict[str, Any]:
    rows = [row for row in ProfileField.objects.filter(builtin="") if row.shows_to(request.user, request.user)]
    if request.user.is_guest:
        rows = [row for row in rows if row.seen == ProfileField.Seen.ALL]
    rules = {rule.builtin: {"edit": rule.edit, "seen": rule.seen} for rule in ProfileField.objects.exclude(builtin="")}
    usual = {name: {"edit": "person", "seen": SEEN.get(name, "all")} for name in actions.COLUMNS}
    return {"items": [_field(row) for row in rows], "columns": usual | rules}


@router.post("/people-fields", response={201: FieldOut}, summary="A new field of every profile: administrators")
@once
def add_field(request: Request, payload: FieldIn) -> tuple[int, Any]:
    return 201, _field(actions.define_field(by=request.user, **_asked(payload)))


@router.put(
    "/people-fields/columns/{name}", response={204: None}, summary="Who fills in a line of every profile and sees it"
)
@once
def set_rule(request: Request, name: str, payload: RuleIn) -> tuple[int, Any]:
    actions.set_rule(by=request.user, column=name, edit=payload.edit, seen=payload.seen)
    return 204, None


@router.put("/people-fields/{field_id}", response=FieldOut, summary="Change a field: administrators")
@once
def change_field(request: Request, field_id: str, payload: FieldIn) -> tuple[int, Any]:
    return 200, _field(actions.define_field(by=request.user, field=_own_field(request, field_id), **_asked(payload)))


@router.delete("/people-fields/{field_id}", response={204: None}, summary="Take a field away, with what stands in it")
@once
def delete_field(request: Request, field_id: str) -> tuple[int, Any]:
    actions.delete_field(field=_own_field(request, field_id), by=request.user)
    return 204, None


def _own_field(request: Request, field_id: str) -> ProfileField:
    """A field of the company's own; for who is no administrator there is none to change."""
    if not request.user.is_admin:
        raise Refused(_("Only an administrator can do this."))
    return get_object_or_404(ProfileField, builtin="", public_id=field_id)


def _asked(payload: FieldIn) -> dict[str, Any]:
    """What a field will be, as the action takes it."""
    return {**payload.dict(), "choices": "\n".join(payload.choices)}


def _field(row: ProfileField) -> dict[str, Any]:
    return {
        "id": row.public_id,
        "name": row.name,
        "kind": row.kind,
        "choices": row.listed,
        "seen": row.seen,
        "edit": row.edit,
        "place": row.place,
    }


@router.patch("/people/{public_id}", response=PersonOut, summary="Change my profile, or as an administrator anyone's")
@once
def change(request: Request, public_id: str, payload: PersonChange) -> tuple[int, Any]:
    found = _person(request, public_id)
    wanted = payload.dict(exclude_unset=True)
    more = wanted.pop("fields", None) or {}
    if "manager" in wanted:
        wanted["manager"] = _person(request, wanted["manager"]) if wanted["manager"] else None
    known = {row.public_id: row for row in ProfileField.objects.filter(builtin="", public_id__in=more)}
    if set(more) - set(known):
        raise ValidationError({"fields": [_("There is no such field.")]})
    with transaction.atomic():
        actions.edit_profile(person=found, by=request.user, synced=request.user.is_admin, **wanted)
        values = {known[key]: value for key, value in more.items()}
        actions.fill_in(person=found, by=request.user, values=values, synced=request.user.is_admin)
    return 200, shape.people([User.objects.visible_to(request.user).get(pk=found.pk)], reader=request.user)[0]


@router.post("/me/picture", response=PersonOut, summary="A picture of me")
@once
def set_picture(request: Request, file: UploadedFile = Part(...)) -> tuple[int, Any]:  # noqa: B008
    made = actions.set_photo(person=request.user, by=request.user, file=file)
    return 200, shape.people([made], reader=request.user)[0]


@router.delete("/me/picture", response={204: None}, summary="My initials again")
@once
def remove_picture(request: Request) -> tuple[int, Any]:
    actions.set_photo(person=request.user, by=request.user, file=None)
    return 204, None


@router.put("/me/away", response={204: None}, summary="I am out of the office")
@once
def away(request: Request, payload: AwayIn) -> tuple[int, Any]:
    deputy = _person(request, payload.deputy) if payload.deputy else None
    actions.set_away(
        person=request.user,
        by=request.user,
        since=payload.since,
        until=payload.until,
        note=payload.note,
        deputy=deputy,
    )
    return 204, None


@router.delete("/me/away", response={204: None}, summary="I am back")
@once
def back(request: Request) -> tuple[int, Any]:
    actions.set_away(person=request.user, by=request.user, since=None)
    return 204, None


@router.get("/me/following", response=Refs, summary="Whom I follow, the last first")
def following(request: Request, cursor: str | None = None) -> dict[str, Any]:
    found = follows_of(request.user, cursor=cursor)
    return {"items": [shape.named(one.followed) for one in found.items], "next": found.next}


@router.get("/me/followers", response=Refs, summary="Who follows me, the last first")
def followers(request: Request, cursor: str | None = None) -> dict[str, Any]:
    found = follows_of(request.user, followers=True, cursor=cursor)
    return {"items": [shape.named(one.follower) for one in found.items], "next": found.next}


@router.put("/people/{public_id}/follow", response={204: None}, summary="Follow someone")
@once
def follow(request: Request, public_id: str) -> tuple[int, Any]:
    actions.follow(follower=request.user, followed=_person(request, public_id))
    return 204, None


@router.delete("/people/{public_id}/follow", response={204: None}, summary="No longer follow them")
@once
def unfollow(request: Request, public_id: str) -> tuple[int, Any]:
    actions.unfollow(follower=request.user, followed=_person(request, public_id))
    return 204, None


@router.get("/me/silences", response=Silences, summary="Whom I have muted or blocked")
def silences(request: Request, cursor: str | None = None) -> dict[str, Any]:
    rows = Silence.objects.filter(person=request.user).select_related("of")
    found = page(rows, cursor=cursor, size=limits.PAGE_SIZE.value)
    items = [{"person": shape.named(row.of), "level": row.level, "since": row.at} for row in found.items]
    return {"items": items, "next": found.next}


@router.put("/people/{public_id}/silence", response={204: None}, summary="Mute or block someone; they are not told")
@once
def silence(request: Request, public_id: str, payload: SilenceIn) -> tuple[int, Any]:
    actions.silence(person=request.user, of=_person(request, public_id), level=payload.level)
    return 204, None


@router.delete("/people/{public_id}/silence", response={204: None}, summary="Hear of someone again")
@once
def unsilence(request: Request, public_id: str) -> tuple[int, Any]:
    actions.unsilence(person=request.user, of=_person(request, public_id))
    return 204, None


def _person(request: Request, public_id: str) -> User:
    """The person if I may see them; the same 404 as for an id that was never used if not."""
    return get_object_or_404(User.objects.visible_to(request.user), public_id=public_id)
