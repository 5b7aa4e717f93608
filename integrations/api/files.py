"""Files: upload, read."""

from __future__ import annotations

from typing import Any

from django.shortcuts import get_object_or_404
from ninja import File as Part
from ninja import Form, Router
from ninja.files import UploadedFile

from core.requests import Request
from files import actions
from files.models import File
from integrations.api import shape
from integrations.idempotency import once
from integrations.schemas import FileOut

router = Router(tags=["files"])


@router.post("/files", response={201: FileOut}, summary="Upload a file; attach it with its id within a day")
@once
def upload(request: Request, file: UploadedFile = Part(...), alt: str = Form("")) -> tuple[int, Any]:  # noqa: B008
    made = actions.upload(by=request.user, stream=file, name=file.name or "", alt=alt)
    return 201, shape.file(made)


@router.get("/files/{public_id}", response=FileOut, summary="What is known of a file; its bytes are at `url`")
def read(request: Request, public_id: str) -> dict[str, Any]:
    return shape.file(get_object_or_404(File.objects.visible_to(request.user), public_id=public_id))
