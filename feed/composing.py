"""What a composer needs: where one may write, who will see it, and what was typed when it could not be sent."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core import limits
from core.refusal import Refused
from feed.cards import Reader
from feed.models import Post
from feed.permissions import may_announce
from files import actions as attachments
from files.models import File
from groups.models import Group


@dataclass(frozen=True)
class Place:
    """Somewhere the person may begin a thread."""

    #: The group's public id; empty for the whole company.
    value: str
    name: str
    #: Who will see it, in a sentence.
    who: str
    private: bool


@dataclass
class Composer:
    """One form to write in, with what it holds."""

    places: list[Place]
    chosen: Place | None
    #: Kinds that may be chosen besides an update.
    kinds: list[tuple[str, str]] = field(default_factory=list)
    body: str = ""
    kind: str = Post.Kind.STATUS
    errors: list[str] = field(default_factory=list)
    #: Files that were uploaded already and are not lost by an error.
    files: list[File] = field(default_factory=list)
    #: Whether the place is given by the page and not chosen.
    fixed: bool = False
    max: int = 0


def places(reader: Reader) -> list[Place]:
    """Where the reader may write: the whole company, then their groups by name. One query."""
    user = reader.user
    if not user.may_write:
        return []
    rows = (
        Group.objects.visible_to(user)
        .live()
        .joined_by(user)
        .order_by("name", "pk")
        .values_list("public_id", "name", "privacy", "member_count")
    )
    found = [_place(*row) for row in rows[:200]]
    if not user.is_guest:
        found.insert(0, everyone())
    return found


def everyone() -> Place:
    """The whole company."""
    return Place("", _("Everyone"), _("Every colleague can see this, guests cannot."), False)


def place_of(group: Group) -> Place:
    """A group as the place of a post."""
    return _place(group.public_id, group.name, group.privacy, group.member_count)


def blank(reader: Reader, where: list[Place], *, chosen: str = "", fixed: bool = False) -> Composer | None:
    """An empty composer; None for someone who may write nowhere."""
    if not where:
        return None
    picked = next((place for place in where if place.value == chosen), where[0])
    kinds = [(str(Post.Kind.QUESTION), _("Question"))]
    return Composer(where, picked, kinds=kinds, fixed=fixed, max=limits.POST_CHARS.value)


def with_announcements(composer: Composer | None, *, user: Any, group: Group | None) -> Composer | None:
    """Offer announcements where the person may make them."""
    if composer is not None and may_announce(user, group):
        composer.kinds.append((str(Post.Kind.ANNOUNCEMENT), _("Announcement")))
    return composer


def loose_files(user: Any, ids: Iterable[str]) -> list[File]:
    """The person's own uploads that wait to be attached: a form that failed keeps them."""
    ids = list(ids)
    if not ids:
        return []
    return list(File.objects.visible_to(user).filter(owner=user, public_id__in=ids, state=File.State.LOOSE))


def take_files(request: Any, ids: list[str]) -> list[str]:
    """The ids of all files of a form: those uploaded before, and those a browser without scripts sent along.

    Raises:
        Refused: one of them is not taken.
    """
    taken = list(ids)
    for one in request.FILES.getlist("files"):
        taken.append(attachments.upload(by=request.user, stream=one, name=one.name or "").public_id)
    for file in loose_files(request.user, ids):
        alt = request.POST.get(f"alt-{file.public_id}", "")
        if alt and alt != file.alt:
            attachments.describe(file=file, alt=alt, by=request.user)
    return taken


def said(error: ValidationError | Refused) -> list[str]:
    """The sentences of an error, for the form."""
    return list(error.messages) if isinstance(error, ValidationError) else [error.message]


def _place(public_id: str, name: str, privacy: str, members: int) -> Place:
    if privacy == Group.Privacy.PUBLIC:
        who = _("Every colleague can see this: %(group)s is a public group.") % {"group": name}
    else:
        who = ngettext(
            "Only the %(count)s member of %(group)s can see this.",
            "Only the %(count)s members of %(group)s can see this.",
            members,
        ) % {"count": members, "group": name}
    return Place(public_id, name, who, privacy != Group.Privacy.PUBLIC)
