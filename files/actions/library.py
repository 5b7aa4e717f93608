"""A library: folders of a place, and files that hang in them by themselves. Who may change it, the place's room says.

The root is a folder without a name, made with the first thing that is put into the library.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from core import limits
from core.events import record
from core.text import clean, fold
from files import actions, events
from files.errors import NotYours, Refused, TooMany, within
from files.models import File, Folder, kind_of


def root_of(*, place: Any) -> Folder | None:
    """The root of a place's library; None while nothing was put there."""
    return Folder.objects.filter(place_kind=kind_of(place), place_pk=place.pk, parent=None).first()


def make_folder(*, place: Any, audience: Any, name: str, by: Any, parent: Folder | None = None) -> Folder:
    """Make a folder in a place's library.

    Args:
        place: the row whose library it is.
        audience: who sees the folder.
        name: one line, unlike the others beside it.
        by: who makes it.
        parent: the folder it stands in; the root by default.

    Raises:
        Refused: the name cannot be, is there already, or there are too many or too deep.
    """
    name = _name(name)
    with transaction.atomic():
        parent = parent or _root(place, audience, by)
        within(
            limits.FOLDERS,
            Folder.objects.filter(place_kind=parent.place_kind, place_pk=parent.place_pk).count(),
            TooMany,
        )
        within(limits.FOLDER_DEPTH, len(path(folder=parent)) + 1, TooMany)
        try:
            with transaction.atomic():
                made = Folder.objects.create(
                    place_kind=parent.place_kind,
                    place_pk=parent.place_pk,
                    parent=parent,
                    name=name,
                    folded=fold(name)[:200],
                    audience=audience,
                    history_at=timezone.now(),
                    by=by,
                )
        except IntegrityError as error:
            raise _there(name) from error
        record(events.FOLDER_MADE, actor=by, target=made, id=made.public_id)
        return made


def rename_folder(*, folder: Folder, name: str, by: Any) -> None:
    """Call a folder something else.

    Raises:
        Refused: the name cannot be or is there already, or it is the root.
    """
    name = _name(name)
    _no_root(folder)
    with transaction.atomic():
        folder.name, folder.folded = name, fold(name)[:200]
        try:
            with transaction.atomic():
                folder.save(update_fields=["name", "folded"])
        except IntegrityError as error:
            raise _there(name) from error
        record(events.FOLDER_RENAMED, actor=by, target=folder, id=folder.public_id)


def remove_folder(*, folder: Folder, by: Any) -> None:
    """Remove an empty folder.

    Raises:
        Refused: something stands in it, or it is the root.
    """
    _no_root(folder)
    with transaction.atomic():
        if Folder.objects.filter(parent=folder).exists() or File.objects.on(folder).exists():
            raise Refused(_("This folder is not empty. Move or delete what stands in it first."), status=409)
        record(events.FOLDER_REMOVED, actor=by, target=folder, id=folder.public_id)
        folder.delete()


def put(*, files: Iterable[Any], place: Any, audience: Any, by: Any, folder: Folder | None = None) -> list[File]:
    """Put loose files of `by` into a folder, the root by default; all of them or none.

    Raises:
        NotYours: one of them is another's, unknown, gone or attached already.
        TooMany: the folder is full.
    """
    with transaction.atomic():
        folder = folder or _root(place, audience, by)
        within(limits.FILES_PER_FOLDER, File.objects.on(folder).count() + 1, TooMany)
        return actions.hang(files=files, to=folder, audience=audience, history_at=timezone.now(), by=by)


def move_file(*, file: File, folder: Folder, by: Any) -> None:
    """Put a file of the library into another folder of the same library; who sees it stays as it was.

    Raises:
        NotYours: it is in no folder of this library.
    """
    with transaction.atomic():
        found = File.objects.visible_to(by).select_for_update().filter(pk=file.pk, newer=None).first()
        here = Folder.objects.filter(pk=found.on_pk or 0).first() if found and found.on_kind == FOLDER else None
        if found is None or here is None or (here.place_kind, here.place_pk) != (folder.place_kind, folder.place_pk):
            raise NotYours(_("This file is in another library."))
        within(limits.FILES_PER_FOLDER, File.objects.on(folder).count() + 1, TooMany)
        for row in File.objects.select_for_update().filter(pk=found.pk) | File.objects.filter(newer=found):
            row.on_pk = folder.pk
            row.save(update_fields=["on_pk"])
        record(events.SHELVED, actor=by, target=found, id=found.public_id)


def clear(*, place: Any) -> None:
    """The place is gone for good, and its library with it."""
    with transaction.atomic():
        folders = Folder.objects.filter(place_kind=kind_of(place), place_pk=place.pk)
        # The deepest first: a folder stands while another stands in it.
        for folder in sorted(folders, key=lambda one: len(path(folder=one)), reverse=True):
            folder.delete()


def clear_files(*, audiences: Iterable[int], limit: int) -> int:
    """Remove up to `limit` files that are for these audiences, bytes and words; returns how many went.

    Where they hung is gone for good. Their rows stay as marks, as those of all removed files do.
    """
    rows = File.objects.filter(audience__in=list(audiences)).exclude(state=File.State.REMOVED)
    found = list(rows.order_by("pk")[:limit])
    for file in found:
        actions.remove_one(file=file, by=None)
    return len(found)


def path(*, folder: Folder) -> list[Folder]:
    """The folders above and this one, without the root."""
    found: list[Folder] = []
    at: Folder | None = folder
    while at is not None and at.parent_id is not None and len(found) < 100:
        found.insert(0, at)
        at = at.parent
    return found


def folders_of(*, place: Any) -> QuerySet[Folder]:
    """Every folder of a place's library but the root; the caller narrows it to what a person sees."""
    return Folder.objects.filter(place_kind=kind_of(place), place_pk=place.pk).exclude(parent=None)


def shelved(*, audiences: Any) -> int:
    """How many files and folders of libraries are for these audiences."""
    files = File.objects.filter(on_kind=FOLDER, audience__in=audiences, newer=None).exclude(state=File.State.REMOVED)
    return files.count() + Folder.objects.filter(audience__in=audiences).exclude(parent=None).count()


FOLDER = "files.folder"


def _root(place: Any, audience: Any, by: Any) -> Folder:
    return (
        root_of(place=place)
        or Folder.objects.get_or_create(
            place_kind=kind_of(place),
            place_pk=place.pk,
            parent=None,
            defaults={"audience": audience, "history_at": timezone.now(), "by": by},
        )[0]
    )


def _name(name: str) -> str:
    try:
        name = clean(name, multiline=False).strip()
    except ValidationError as error:
        raise Refused(error.messages[0], code="name") from error
    if not name:
        raise Refused(_("Give the folder a name."), code="name")
    within(limits.FOLDER_NAME_CHARS, len(name), Refused)
    return name


def _no_root(folder: Folder) -> None:
    if folder.parent_id is None:
        raise Refused(_("The library itself has no name and stays."), status=409)


def _there(name: str) -> Refused:
    return Refused(_("There is a folder “%(name)s” already.") % {"name": name}, status=409, code="there")
