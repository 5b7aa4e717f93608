"""Files that come in parts, over HTTP: the server's side of the tus protocol, version 1.0.0.

https://tus.io/protocols/resumable-upload: the core and its extensions creation, expiration, checksum and termination.
A program announces a file (POST, `Upload-Length`), sends its parts (PATCH, `Upload-Offset`), asks how far it is when
the line broke (HEAD), and may take it back (DELETE). When the last part is here, the worker looks at the whole; after
that `Kring-File` names the file that it became, or a HEAD is answered with 410. Beyond the protocol, GET answers the
same in JSON, with the reason why it was not taken.

The pages ask at /files/parts/ with their session and its token against forgery, other programs at /api/v1/files/parts
with theirs; both come here.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from typing import Any

from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.http import http_date
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from core import limits
from core.htmx import back
from core.requests import Request
from files import views
from files.actions import parts
from files.errors import NotAllowed, OutOfPlace, Refused, TooLarge
from files.models import File, Sending
from files.uploads import problem, refusal, wants_json

VERSION = "1.0.0"
EXTENSIONS = "creation,expiration,checksum,termination"
#: What a part may add up by; the protocol asks for the first.
ALGORITHMS = ("sha1", "sha256", "md5")
PART = "application/offset+octet-stream"
_NUMBER = re.compile(r"\d{1,15}")

Describe = Callable[[File], dict[str, Any]]


@require_http_methods(["GET", "POST", "OPTIONS"])
def several(request: Request) -> HttpResponse:
    """What comes in parts from the person who asks; POST announces one more."""
    return announce(request, _address)


@require_http_methods(["GET", "HEAD", "POST", "PATCH", "DELETE", "OPTIONS"])
def one(request: Request, public_id: str) -> HttpResponse:
    """One of them: how far it is, its next part, its end."""
    return carry_on(request, public_id, _address, views.described)


@require_POST
def discard(request: Request, public_id: str) -> HttpResponse:
    """Take one back, for a browser without JavaScript."""
    try:
        parts.take_back(sending=get_object_or_404(parts.of(request.user), public_id=public_id), by=request.user)
    except Sending.DoesNotExist as error:
        raise Http404 from error
    except Refused as error:
        return refusal(request, error)
    return HttpResponse(status=204) if wants_json(request) else redirect(back(request, "/"))


def announce(request: Request, address: Callable[[str], str]) -> HttpResponse:
    """Answer at the address where files are announced.

    Args:
        request: of someone who was let in.
        address: from the id of one to where it is asked for.
    """
    if request.method == "OPTIONS":
        return _able()
    if request.method == "GET":
        rows = parts.of(request.user).under_way()
        return _answer(JsonResponse({"items": [_told(row, None, address) for row in rows]}))
    if (other := _other_version(request)) is not None:
        return other
    try:
        size, words = _number(request, "Upload-Length"), _metadata(request)
        name = words.get("filename") or words.get("name") or ""
        made = parts.begin(by=request.user, name=name, size=size, alt=words.get("alt", ""))
    except Refused as error:
        return _answer(problem(error))
    response = HttpResponse(status=201)
    response["Location"] = address(made.public_id)
    return _answer(response, made)


def carry_on(request: Request, public_id: str, address: Callable[[str], str], describe: Describe) -> HttpResponse:
    """Answer at the address of one that was announced.

    Security door: it is looked for among those of the person who asks, before anything is said of the request.

    Args:
        request, address: as `announce`.
        public_id: which one.
        describe: what is said of the file that it became.
    """
    row = get_object_or_404(parts.of(request.user), public_id=public_id)
    method = (request.headers.get("X-HTTP-Method-Override") or "POST").upper()
    if request.method != "POST":
        method = request.method or ""
    if method == "OPTIONS":
        return _able()
    if method == "GET":
        file = File.objects.visible_to(request.user).filter(public_id=row.became).first() if row.became else None
        return _answer(JsonResponse(_told(row, describe(file) if file else None, address)), row)
    if (other := _other_version(request)) is not None:
        return other
    try:
        if method == "HEAD":
            response = HttpResponse(status=410 if row.refused else 200)
            response["Upload-Length"] = str(row.size)
            response["Upload-Metadata"] = f"filename {base64.b64encode(row.name.encode()).decode()}"
            return _answer(response, row)
        if method == "PATCH":
            return _answer(HttpResponse(status=204), _add(request, row))
        if method == "DELETE":
            parts.take_back(sending=row, by=request.user)
            return _answer(HttpResponse(status=204))
    except Sending.DoesNotExist as error:
        raise Http404 from error
    except OutOfPlace as error:
        return _answer(problem(error), row)
    except Refused as error:
        return _answer(problem(error))
    return _answer(HttpResponse(status=405))


def _address(public_id: str) -> str:
    return reverse("files:part", args=[public_id])


def _add(request: Request, row: Sending) -> Sending:
    if request.content_type != PART:
        raise NotAllowed(_("A part of a file comes as %(type)s.") % {"type": PART})
    at = _number(request, "Upload-Offset")
    announced = request.META.get("CONTENT_LENGTH") or ""
    if announced.isdigit() and int(announced) > row.size - at >= 0:
        # Not one byte of it is read.
        raise TooLarge(_("More has come of this file than was announced. Send it anew."))
    return parts.add(sending=row, by=request.user, at=at, content=request, adds_up_to=_digest(request))


def _able() -> HttpResponse:
    response = HttpResponse(status=204)
    response["Tus-Version"] = VERSION
    response["Tus-Extension"] = EXTENSIONS
    response["Tus-Max-Size"] = str(limits.LARGE_FILE_BYTES.value)
    response["Tus-Checksum-Algorithm"] = ",".join(ALGORITHMS)
    return _answer(response)


def _answer(response: HttpResponse, row: Sending | None = None) -> HttpResponse:
    """With the headers that the protocol wants."""
    response["Tus-Resumable"] = VERSION
    response["Cache-Control"] = "private, no-store"
    if row is not None:
        response["Upload-Offset"] = str(parts.here(row))
        response["Upload-Expires"] = http_date(parts.runs_out(row).timestamp())
        if row.became:
            response["Kring-File"] = row.became
    return response


def _told(row: Sending, file: dict[str, Any] | None, address: Callable[[str], str]) -> dict[str, Any]:
    return {
        "id": row.public_id,
        "url": address(row.public_id),
        "name": row.name,
        "size": row.size,
        "offset": parts.here(row),
        "state": parts.state_of(row),
        "code": row.refused or None,
        "detail": row.why or None,
        "expires_at": parts.runs_out(row).isoformat(timespec="seconds").replace("+00:00", "Z"),
        "file": file,
    }


def _other_version(request: Request) -> HttpResponse | None:
    """The refusal of a program that speaks another version; nothing was done for it."""
    if request.headers.get("Tus-Resumable") == VERSION:
        return None
    response = _answer(HttpResponse(status=412))
    response["Tus-Version"] = VERSION
    return response


def _number(request: Request, name: str) -> int:
    value = request.headers.get(name, "")
    if not _NUMBER.fullmatch(value):
        raise Refused(_("This request cannot be read."), status=400, code="header")
    return int(value)


def _metadata(request: Request) -> dict[str, str]:
    """`Upload-Metadata`: pairs of a key and a value in base64, which may be missing."""
    found = {}
    for pair in request.headers.get("Upload-Metadata", "").split(","):
        key, _space, value = pair.strip().partition(" ")
        try:
            found[key] = base64.b64decode(value, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError) as error:
            raise Refused(_("This request cannot be read."), status=400, code="header") from error
    return found


def _digest(request: Request) -> parts.Digest | None:
    algorithm, _space, value = request.headers.get("Upload-Checksum", "").partition(" ")
    if not algorithm:
        return None
    try:
        if algorithm in ALGORITHMS:
            return parts.Digest(algorithm, base64.b64decode(value, validate=True))
    except binascii.Error:
        pass
    raise Refused(_("This request cannot be read."), status=400, code="checksum")
