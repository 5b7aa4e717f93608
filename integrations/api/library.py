"""The library of a group: folders and files."""

from __future__ import annotations

from typing import Any

from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from ninja import Router

from core import limits
from core.paging import page
from core.refusal import Refused
from core.requests import Request
from files.models import File, Folder
from groups import library
from groups.models import Group
from groups.permissions import may
from groups.views.library import zipped
from integrations.api import shape
from integrations.idempotency import once
from integrations.schemas import FileOut, FilePlace, FolderChange, FolderIn, FolderOut, Library, LibraryFilesIn

router = Router(tags=["library"])


def _group(request: Request, public_id: str) -> Group:
    found = get_object_or_404(Group.objects.visible_to(request.user).select_related("audience"), public_id=public_id)
    if not may(request.user, found).read:
        raise Refused(_("Only members of the group see its files."), status=403)
    return found


def _folder(request: Request, group: Group, public_id: str | None) -> Folder | None:
    if not public_id:
        return None
    return get_object_or_404(library.folders(group=group, reader=request.user), public_id=public_id)


def _file(request: Request, group: Group, public_id: str) -> File:
    return get_object_or_404(library.all_files(group=group, reader=request.user), public_id=public_id)


def _shape(row: Folder, parents: dict[int, str]) -> dict[str, Any]:
    return {"id": row.public_id, "name": row.name, "inside": parents.get(row.parent_id or 0)}


@router.get("/groups/{public_id}/library", response=Library, summary="Folders of a group's library, and files of one")
def read(request: Request, public_id: str, folder: str | None = None, cursor: str | None = None) -> dict[str, Any]:
    group = _group(request, public_id)
    rows = list(library.folders(group=group, reader=request.user).order_by("folded"))
    parents = {row.pk: row.public_id for row in rows}
    there = library.files_in(group=group, reader=request.user, folder=_folder(request, group, folder))
    found = page(there, cursor=cursor, size=limits.PAGE_SIZE.value)
    return {
        "folders": [_shape(row, parents) for row in rows],
        "items": [shape.file(row) for row in found.items],
        "next": found.next,
    }


@router.post("/groups/{public_id}/library/folders", response={201: FolderOut}, summary="Make a folder")
@once
def make(request: Request, public_id: str, payload: FolderIn) -> tuple[int, Any]:
    group = _group(request, public_id)
    inside = _folder(request, group, payload.inside)
    made = library.add_folder(group=group, by=request.user, name=payload.name, inside=inside)
    return 201, _shape(made, {inside.pk: inside.public_id} if inside else {})


@router.patch("/groups/{public_id}/library/folders/{folder_id}", response=FolderOut, summary="Rename a folder")
def rename(request: Request, public_id: str, folder_id: str, payload: FolderChange) -> dict[str, Any]:
    group = _group(request, public_id)
    found = get_object_or_404(library.folders(group=group, reader=request.user), public_id=folder_id)
    library.rename_folder(group=group, by=request.user, folder=found, name=payload.name)
    above = library.folders(group=group, reader=request.user).filter(pk=found.parent_id or 0)
    return _shape(found, {row.pk: row.public_id for row in above})


@router.delete(
    "/groups/{public_id}/library/folders/{folder_id}", response={204: None}, summary="Remove an empty folder"
)
def remove_folder(request: Request, public_id: str, folder_id: str) -> tuple[int, None]:
    group = _group(request, public_id)
    found = get_object_or_404(library.folders(group=group, reader=request.user), public_id=folder_id)
    library.remove_folder(group=group, by=request.user, folder=found)
    return 204, None


@router.get(
    "/groups/{public_id}/library/zip",
    summary="A folder with all that stands in it as a ZIP; the whole library without `folder`",
    openapi_extra={"responses": {200: {"description": "A ZIP", "content": {"application/zip": {}}}}},
)
def whole(request: Request, public_id: str, folder: str | None = None) -> HttpResponseBase:
    group = _group(request, public_id)
    return zipped(request, group=group, folder=_folder(request, group, folder))


@router.post("/groups/{public_id}/library/files", response={201: Library}, summary="Put uploaded files into a folder")
@once
def add(request: Request, public_id: str, payload: LibraryFilesIn) -> tuple[int, Any]:
    group = _group(request, public_id)
    folder = _folder(request, group, payload.folder)
    library.add_files(group=group, by=request.user, ids=payload.files, folder=folder)
    return 201, read(request, public_id, folder=payload.folder)


@router.patch("/groups/{public_id}/library/files/{file_id}", response=FileOut, summary="Put a file into another folder")
def move(request: Request, public_id: str, file_id: str, payload: FilePlace) -> dict[str, Any]:
    group = _group(request, public_id)
    found = _file(request, group, file_id)
    library.move_file(group=group, by=request.user, file=found, folder=_folder(request, group, payload.folder))
    return shape.file(found)


@router.delete(
    "/groups/{public_id}/library/files/{file_id}", response={204: None}, summary="Delete a file of the library"
)
def remove(request: Request, public_id: str, file_id: str) -> tuple[int, None]:
    group = _group(request, public_id)
    found = _file(request, group, file_id)
    library.remove_file(group=group, by=request.user, file=found)
    return 204, None
