"""What members do in a group's library. Each asks whether they may, and has the room of files do it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from core import limits
from core.refusal import Refused
from files import actions as files
from files.actions import library
from files.errors import within
from files.models import File, Folder
from groups.models import Group, GroupAudience
from groups.permissions import May, may


def add_folder(*, group: Group, by: Any, name: str, inside: Folder | None = None) -> Folder:
    """Make a folder.

    Raises:
        Refused: they may not write there, or the name cannot be.
    """
    _writes(group, by)
    return library.make_folder(place=group, audience=group.audience, name=name, by=by, parent=inside)


def rename_folder(*, group: Group, by: Any, folder: Folder, name: str) -> None:
    """Call a folder something else.

    Raises:
        Refused: it is neither theirs nor the group theirs to look after, or the name cannot be.
    """
    _changes(group, by, folder.by_id)
    library.rename_folder(folder=folder, name=name, by=by)


def remove_folder(*, group: Group, by: Any, folder: Folder) -> None:
    """Remove an empty folder.

    Raises:
        Refused: it is neither theirs nor the group theirs to look after, or it is not empty.
    """
    _changes(group, by, folder.by_id)
    library.remove_folder(folder=folder, by=by)


def add_files(*, group: Group, by: Any, ids: Iterable[str], folder: Folder | None = None) -> list[File]:
    """Put loose files of one's own into a folder.

    Raises:
        Refused: they may not write there, or one of the files is not theirs to put.
    """
    _writes(group, by)
    return library.put(files=ids, place=group, audience=group.audience, by=by, folder=folder)


def move_file(*, group: Group, by: Any, file: File, folder: Folder | None) -> None:
    """Put a file into another folder, or into none.

    Raises:
        Refused: it is neither theirs nor the group theirs to look after.
    """
    _changes(group, by, file.owner_id)
    there = folder or library.root_of(place=group)
    if there is not None:
        library.move_file(file=file, folder=there, by=by)


def remove_file(*, group: Group, by: Any, file: File) -> None:
    """Delete a file of the library for good, with its versions.

    Raises:
        Refused: it is neither theirs nor the group theirs to look after, or it hangs on a post.
    """
    _changes(group, by, file.owner_id)
    if file.on_kind != library.FOLDER:
        raise Refused(_("This file hangs on a post. Change the post instead."), status=409)
    files.remove_one(file=file, by=by)


def folders(*, group: Group, reader: Any) -> QuerySet[Folder]:
    """The folders of a group's library that a person sees, without the root."""
    return Folder.objects.visible_to(reader).filter(pk__in=library.folders_of(place=group).values("pk"))


def files_in(*, group: Group, reader: Any, folder: Folder | None) -> QuerySet[File]:
    """The files in a folder, the root by default, that a person sees."""
    there = folder or library.root_of(place=group)
    seen = File.objects.visible_to(reader)
    return seen.filter(pk__in=File.objects.on(there).values("pk")) if there else seen.none()


def below(*, group: Group, reader: Any, folder: Folder | None) -> list[tuple[str, File]]:
    """The files in a folder, the root by default, and in those that stand in it: each with the folders on its way.

    Security door: files and folders that the reader does not see are left out, and files that are held back.

    Raises:
        Refused: there are too many for one ZIP, or they are too large, or there are none.
    """
    there = folder or library.root_of(place=group)
    names = {there.pk: ""} if there else {}
    inside = list(folders(group=group, reader=reader).order_by("folded"))
    # The ones above come first, whatever order they were made in.
    while more := [one for one in inside if one.pk not in names and one.parent_id in names]:
        names |= {one.pk: f"{names[one.parent_id or 0]}{one.name.replace('/', '_')}/" for one in more}
    seen = File.objects.visible_to(reader).filter(on_kind=library.FOLDER, on_pk__in=names, newer=None)
    found = seen.filter(state=File.State.ATTACHED).order_by("on_pk", "place", "pk")
    rows = list(found[: limits.ZIP_FILES.value + 1])
    within(limits.ZIP_FILES, len(rows))
    given = [(names[row.on_pk or 0], row) for row in rows if row.is_given]
    within(limits.ZIP_BYTES, sum(row.size for _names, row in given))
    if not given:
        raise Refused(_("There is nothing to fetch here."), status=409)
    return given


def all_files(*, group: Group, reader: Any) -> QuerySet[File]:
    """The files of a group that a person sees: of its posts and of its library."""
    audiences = GroupAudience.objects.filter(group=group).values("own")
    seen = File.objects.visible_to(reader).filter(Q(audience__in=audiences) | Q(audience=group.audience_id))
    return seen.filter(state=File.State.ATTACHED, portrait=False, newer=None)


def may_change(right: May, person: Any, sender: int) -> bool:
    """Whether a thing of the library that `sender` put there is `person`'s to move or delete."""
    return right.moderate or (right.post and sender == person.pk)


def may_write_with(user: Any, file: File) -> bool:
    """Whether `user` may write in the group whose library a file stands in."""
    folder = Folder.objects.filter(pk=file.on_pk or 0, place_kind=Group.kind).first()
    group = Group.objects.visible_to(user).filter(pk=folder.place_pk).first() if folder else None
    return group is not None and may(user, group).post


def _writes(group: Group, by: Any) -> None:
    if not may(by, group).post:
        raise Refused(_("Only members of the group add to its library."), status=403)


def _changes(group: Group, by: Any, sender: int) -> None:
    if not may_change(may(by, group), by, sender):
        raise Refused(_("Only who added it, or who looks after the group, changes it."), status=403)
