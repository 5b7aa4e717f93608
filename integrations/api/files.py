"""Files: upload, whole or in parts, and read."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from ninja import File as Part
from ninja import Form, Router
from ninja.files import UploadedFile

from core import limits
from core.paging import page
from core.requests import Request
from files import actions, quotas, tus
from files.actions import captioning
from files.actions import versions as versioning
from files.errors import Refused
from files.models import File
from files.permissions import file_of
from integrations.api import shape
from integrations.idempotency import once
from integrations.schemas import CaptionsIn, FileChange, FileOut, MyFiles

router = Router(tags=["files"])


@router.post("/files", response={201: FileOut}, summary="Upload a file; attach it with its id within a day")
@once
def upload(request: Request, file: UploadedFile = Part(...), alt: str = Form("")) -> tuple[int, Any]:  # noqa: B008
    made = actions.upload(by=request.user, stream=file, name=file.name or "", alt=alt)
    return 201, shape.file(made)


@router.get("/files", response=MyFiles, summary="My files, newest first")
def mine(request: Request, cursor: str | None = None) -> dict[str, Any]:
    rows = File.objects.visible_to(request.user).filter(owner=request.user, portrait=False, newer=None)
    found = page(rows, cursor=cursor, size=limits.PAGE_SIZE.value)
    items = [shape.file(row) for row in found.items]
    used = quotas.used_by(request.user)
    return {"items": items, "next": found.next, "used": used, "quota": limits.PERSON_BYTES.value}


@router.api_operation(
    ["GET", "POST", "OPTIONS"],
    "/files/parts",
    summary="Files of mine that come in parts; announce one more (tus 1.0.0: `Upload-Length`, `Upload-Metadata`)",
)
def several(request: Request) -> HttpResponse:
    return tus.announce(request, _part)


@router.api_operation(
    ["GET", "HEAD", "POST", "PATCH", "DELETE", "OPTIONS"],
    "/files/parts/{public_id}",
    summary="How far it is, its next part, its end (tus 1.0.0); `Kring-File` names the file that it became",
)
def part(request: Request, public_id: str) -> HttpResponse:
    return tus.carry_on(request, public_id, _part, shape.file)


def _part(public_id: str) -> str:
    return f"/api/v1/files/parts/{public_id}"


@router.get("/files/{public_id}", response=FileOut, summary="What is known of a file; its bytes are at `url`")
def read(request: Request, public_id: str) -> dict[str, Any]:
    return shape.file(file_of(request.user, public_id))


@router.patch("/files/{public_id}", response=FileOut, summary="Say what a picture of mine shows")
def describe(request: Request, public_id: str, payload: FileChange) -> dict[str, Any]:
    found = file_of(request.user, public_id)
    return shape.file(actions.describe(file=found, alt=payload.alt, by=request.user))


@router.delete("/files/{public_id}", response={204: None}, summary="Take back a file of mine that hangs on nothing yet")
def discard(request: Request, public_id: str) -> tuple[int, None]:
    found = file_of(request.user, public_id)
    actions.discard(file=found, by=request.user)
    return 204, None


@router.put(
    "/files/{public_id}/captions/{language}", response=FileOut, summary="Give a film or a sound of mine captions"
)
def caption(request: Request, public_id: str, language: str, payload: CaptionsIn) -> dict[str, Any]:
    found = file_of(request.user, public_id)
    captioning.caption(file=found, by=request.user, content=payload.captions.encode(), language=language)
    return read(request, public_id)


@router.delete("/files/{public_id}/captions/{language}", response=FileOut, summary="Take captions away")
def uncaption(request: Request, public_id: str, language: str) -> dict[str, Any]:
    found = file_of(request.user, public_id)
    captioning.remove_caption(file=found, by=request.user, language=language)
    return read(request, public_id)


@router.get("/files/{public_id}/versions", response=list[FileOut], summary="Earlier versions of a file, newest first")
def versions(request: Request, public_id: str) -> list[dict[str, Any]]:
    found = file_of(request.user, public_id)
    earlier = File.objects.visible_to(request.user).filter(newer=found).order_by("-version")
    return [shape.file(row) for row in earlier]


@router.post(
    "/files/{public_id}/versions",
    response={201: FileOut},
    summary="Give a file of mine a new version: `file`, or `sent`, the id of one that I sent before (in parts)",
)
@once
def replace(
    request: Request,
    public_id: str,
    file: UploadedFile | None = Part(None),  # noqa: B008
    sent: str = Form(""),
) -> tuple[int, Any]:
    found = file_of(request.user, public_id)
    if file is None and not sent:
        raise Refused(_("Choose a file first."), status=422, code="no_file")
    name = (file.name or "") if file is not None else ""
    return 201, shape.file(versioning.replace(file=found, by=request.user, stream=file, name=name, sent=sent))
