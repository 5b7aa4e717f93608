"""The library of a group: folders, files, and a ZIP of some of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

from django.contrib import messages
from django.core.handlers.asgi import ASGIRequest
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from core import limits
from core.paging import page
from core.refusal import Refused
from core.requests import Request
from files import actions as attachments
from files import quotas, zips
from files.actions.library import path, root_of
from files.errors import within
from files.models import File, Folder
from files.views import disposition
from groups import library
from groups.models import Group
from groups.views.group import door

SIZE = 60


@require_safe
def files(request: Request, public_id: str, folder_id: str = "") -> HttpResponse:
    """What stands in a folder; at the root, also what hangs on the group's posts."""
    found = _readable(request, public_id)
    return _page(request, found, _folder(request, found, folder_id))


@require_POST
def add(request: Request, public_id: str, folder_id: str = "") -> HttpResponse:
    """Files of a form (field `files`), or uploaded before (`file`, their ids), into a folder."""
    found = _readable(request, public_id)
    folder = _folder(request, found, folder_id)
    try:
        ids = [*request.POST.getlist("file")]
        if not found.may.post:
            raise Refused(_("Only members of the group add to its library."), status=403)
        for one in request.FILES.getlist("files"):
            ids.append(attachments.upload(by=request.user, stream=one, name=one.name or "").public_id)
        if not ids:
            raise Refused(_("Choose a file first."), status=422)
        library.add_files(group=found, by=request.user, ids=ids, folder=folder)
    except Refused as error:
        return _page(request, found, folder, error=error)
    return _back(found, folder)


@require_POST
def make(request: Request, public_id: str, folder_id: str = "") -> HttpResponse:
    """Make a folder (field `name`) in a folder."""
    found = _readable(request, public_id)
    inside = _folder(request, found, folder_id)
    try:
        made = library.add_folder(group=found, by=request.user, name=request.POST.get("name", ""), inside=inside)
    except Refused as error:
        return _page(request, found, inside, error=error)
    return _back(found, made)


@require_POST
def change(request: Request, public_id: str, folder_id: str) -> HttpResponse:
    """Rename a folder (`name`), or remove it while it is empty (`remove`)."""
    found = _readable(request, public_id)
    folder = _folder(request, found, folder_id)
    if folder is None:
        raise Http404
    above = path(folder=folder)[-2:-1]
    try:
        if request.POST.get("remove"):
            library.remove_folder(group=found, by=request.user, folder=folder)
            messages.success(request, _("The folder is gone."))
            return _back(found, above[0] if above else None)
        library.rename_folder(group=found, by=request.user, folder=folder, name=request.POST.get("name", ""))
    except Refused as error:
        return _page(request, found, folder, error=error)
    return _back(found, folder)


@require_POST
def some(request: Request, public_id: str, folder_id: str = "") -> HttpResponseBase:
    """What is done with the files that were ticked (`pick`, their ids): `zip`, `move` (to a folder's id) or `remove`.

    One that may not be seen is as one that never was, and then nothing is done with any.
    """
    found = _readable(request, public_id)
    folder = _folder(request, found, folder_id)
    ids = list(dict.fromkeys(one for one in request.POST.getlist("pick") if one.isalnum()))
    try:
        if not ids:
            raise Refused(_("Tick some files first."), status=422)
        within(limits.ZIP_FILES, len(ids))
        rows = list(library.all_files(group=found, reader=request.user).filter(public_id__in=ids).order_by("pk"))
        if len(rows) != len(ids):
            raise Http404
        act = request.POST.get("act")
        if act == "zip":
            # One that is held back is not packed, nor are the others: what was ticked is whole, or not there.
            if not all(row.is_given for row in rows):
                raise Refused(_("One of the files cannot be opened now. Untick it and try again."), status=409)
            within(limits.ZIP_BYTES, sum(row.size for row in rows))
            return _zip(request, [("", row) for row in rows], folder.name if folder else found.name)
        for row in rows:
            if act == "remove":
                library.remove_file(group=found, by=request.user, file=row)
            elif act == "move":
                target = _folder(request, found, request.POST.get("to", ""))
                library.move_file(group=found, by=request.user, file=row, folder=target)
    except Refused as error:
        return _page(request, found, folder, error=error)
    return _back(found, folder)


@require_safe
def whole(request: Request, public_id: str, folder_id: str = "") -> HttpResponseBase:
    """A folder with all that stands in it as a ZIP; the whole library by default."""
    found = _readable(request, public_id)
    folder = _folder(request, found, folder_id)
    try:
        return zipped(request, group=found, folder=folder)
    except Refused as error:
        return _page(request, found, folder, error=error)


def zipped(request: Request, *, group: Group, folder: Folder | None) -> HttpResponseBase:
    """The same for whoever has asked whether the files of the group may be read.

    Raises:
        Refused: there is nothing, or too much.
    """
    rows = library.below(group=group, reader=request.user, folder=folder)
    return _zip(request, rows, folder.name if folder else group.name)


def _readable(request: Request, public_id: str) -> Group:
    found = door(request, public_id)
    if not found.may.read:
        raise Refused(_("Only members of the group see its files."), status=403)
    return found


def _folder(request: Request, group: Group, folder_id: str) -> Folder | None:
    if not folder_id:
        return None
    return get_object_or_404(library.folders(group=group, reader=request.user), public_id=folder_id)


def _back(group: Group, folder: Folder | None) -> HttpResponse:
    if folder is None:
        return redirect("groups:files", public_id=group.public_id)
    return redirect("groups:folder", public_id=group.public_id, folder_id=folder.public_id)


def _page(request: Request, group: Group, folder: Folder | None, *, error: Refused | None = None) -> HttpResponse:
    seen = library.folders(group=group, reader=request.user).order_by("folded")
    all_folders = list(seen)
    above = folder or root_of(place=group)
    here = [one for one in all_folders if above and one.parent_id == above.pk]
    family = request.GET.get("kind", "")
    posted = request.GET.get("view") == "posts" and folder is None
    if posted:
        rows = library.all_files(group=group, reader=request.user).exclude(on_kind="files.folder")
    else:
        rows = library.files_in(group=group, reader=request.user, folder=folder)
    if family in ("image", "document"):
        rows = rows.filter(family=family)
    found = page(rows.select_related("owner"), cursor=request.GET.get("cursor"), size=SIZE)
    for row in found.items:
        row.mine = library.may_change(group.may, request.user, row.owner_id) and not posted
    context: dict[str, Any] = {
        "group": group,
        "may": group.may,
        "tab": "files",
        "folder": folder,
        "path": path(folder=folder) if folder else [],
        "folders": [] if posted else here,
        "all_folders": all_folders,
        "files": found.items,
        "pictures": [row for row in found.items if row.is_image],
        "next": found.next,
        "posted": posted,
        "used": quotas.used_in(group.audience),
        "quota": limits.GROUP_BYTES.value,
        "kind": family,
        "may_change": folder is not None and library.may_change(group.may, request.user, folder.by_id),
        "error": error.message if error else "",
    }
    return render(request, "groups/library.html", context, status=error.status if error else 200)


def _zip(request: Request, rows: list[tuple[str, File]], name: str) -> HttpResponseBase:
    """Security door: every row came from `visible_to`, and is given."""
    pieces = zips.stream(rows)
    body = _in_threads(pieces) if isinstance(request, ASGIRequest) else pieces
    response = StreamingHttpResponse(body, content_type="application/zip")
    response["Content-Disposition"] = disposition("attachment", f"{name}.zip")
    response["X-Content-Type-Options"] = "nosniff"
    return response


async def _in_threads(pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
    """Each piece is made in a thread, and only when the last one has gone."""
    while (piece := await asyncio.to_thread(next, pieces, None)) is not None:
        yield piece
