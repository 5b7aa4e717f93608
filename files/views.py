"""Files over HTTP: taking them in, and giving them to those who may see them."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from typing import IO, Any
from urllib.parse import quote

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.handlers.asgi import ASGIRequest
from django.http import Http404, HttpResponse, HttpResponseBase, JsonResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import parse_etags
from django.utils.translation import get_language_info
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from core import limits
from core.content import find
from core.content import kinds as content
from core.htmx import back
from core.paging import page
from core.requests import Request
from files import actions, kinds, quotas, scanner, storage
from files.actions import captioning, parts, scans, versions
from files.errors import NotGiven, Refused
from files.models import Caption, File, withheld
from files.permissions import file_of, may, quarantine_of
from files.uploads import refusal, wants_json

BLOCK = 128 * 1024
_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


@require_POST
def send(request: Request) -> HttpResponse:
    """Take one file from a form: field `file`, and perhaps `name` and `alt`.

    A program gets JSON, htmx the card, a browser without JavaScript a page that says what to do next.
    """
    try:
        file = actions.upload(by=request.user, **_sent(request))
    except Refused as error:
        return refusal(request, error)
    if request.headers.get("HX-Request"):
        return render(request, "files/_loose.html", {"file": file}, status=201)
    if wants_json(request):
        return JsonResponse(described(file), status=201)
    return render(request, "files/sent.html", {"file": file}, status=201)


@require_http_methods(["GET", "HEAD", "POST"])
def file(request: Request, public_id: str) -> HttpResponseBase:
    """The file itself; POST gives a picture of one's own the words that stand for it (field `alt`)."""
    found = file_of(request.user, public_id)
    if request.method == "POST":
        try:
            found = actions.describe(file=found, alt=request.POST.get("alt", ""), by=request.user)
        except Refused as error:
            return refusal(request, error)
        if wants_json(request):
            return JsonResponse(described(found))
        return redirect("files:about", public_id=found.public_id)
    return _serve(request, found, found.key, found.content_type, found.size, "")


@require_http_methods(["GET", "HEAD"])
def rendition(request: Request, public_id: str, size: str) -> HttpResponseBase:
    """A smaller WebP of a picture, behind the same door as the picture."""
    found = file_of(request.user, public_id)
    if size not in found.renditions:
        raise Http404
    return _serve(request, found, f"{found.key}.{size}", kinds.WEBP.content_type, found.renditions[size][2], size)


@require_POST
def discard(request: Request, public_id: str) -> HttpResponse:
    """Take back a file of one's own that is not attached yet."""
    found = file_of(request.user, public_id)
    try:
        actions.discard(file=found, by=request.user)
    except Refused as error:
        return refusal(request, error)
    if request.headers.get("HX-Request"):
        return HttpResponse(status=200)
    return HttpResponse(status=204) if wants_json(request) else redirect(back(request, "/"))


@require_http_methods(["GET", "HEAD"])
def card(request: Request, public_id: str) -> HttpResponse:
    """The card of a file, drawn anew when something became known of it; among pictures (`among`, how many) its cell.

    A program gets JSON: the composer asks what the worker made of a file that hangs on nothing yet.
    """
    found = file_of(request.user, public_id)
    if wants_json(request):
        return JsonResponse(described(found))
    among = request.GET.get("among", "")
    if among.isdigit():
        return render(request, "files/_picture.html", {"file": found, "among": int(among[:3])})
    return render(request, "files/_file.html", {"file": found})


@require_http_methods(["GET", "HEAD"])
def about(request: Request, public_id: str) -> HttpResponse:
    """A file with all that is known of it: where it hangs, what it shows, its captions."""
    found = file_of(request.user, public_id)
    return _about(request, found)


@require_POST
def replace(request: Request, public_id: str) -> HttpResponse:
    """Give a file of one's own a new version (field `file`, or `sent`, the id of one that was sent before)."""
    found = file_of(request.user, public_id)
    try:
        before = request.POST.get("sent", "")
        sent = {} if before else _sent(request)
        found = versions.replace(
            file=found, by=request.user, stream=sent.get("stream"), name=sent.get("name", ""), sent=before
        )
    except Refused as error:
        return _about(request, found, error=error.message, status=error.status)
    messages.success(request, _("The new version is there; the one before is kept below."))
    return redirect("files:about", public_id=found.public_id)


@require_POST
def caption(request: Request, public_id: str) -> HttpResponse:
    """Give a film or a sound captions (fields `captions`, a file, and `language`), or take them away (`remove`)."""
    found = file_of(request.user, public_id)
    language = request.POST.get("language", "")
    try:
        if request.POST.get("remove"):
            captioning.remove_caption(file=found, by=request.user, language=language)
            messages.success(request, _("The captions are gone."))
        else:
            sent = request.FILES.get("captions")
            if sent is None:
                raise Refused(_("Choose a file first."), code="no_file")
            content = sent.read(limits.CAPTION_BYTES.value + 1)
            captioning.caption(file=found, by=request.user, content=content, language=language)
            messages.success(request, _("The captions are there."))
    except Refused as error:
        return _about(request, found, error=error.message, status=error.status)
    return redirect("files:about", public_id=found.public_id)


@require_http_methods(["GET", "HEAD"])
def captions(request: Request, public_id: str, language: str) -> HttpResponse:
    """The captions of a film in one language, behind the same door as the film."""
    found = file_of(request.user, public_id)
    if not found.is_given:
        raise NotGiven(_withheld(found))
    row = get_object_or_404(Caption.objects.filter(file=found), language=language)
    response = HttpResponse(row.text, content_type="text/vtt; charset=utf-8")
    return _with(response, _headers(found, kinds.PLAIN.content_type, f'"{found.public_id}.{row.pk}"'))


def _about(request: Request, file: File, *, error: str = "", status: int = 200) -> HttpResponse:
    thing = find(file.on_kind, file.on_pk) if file.on_pk and file.on_kind in {kind.kind for kind in content()} else None
    context = {
        "file": file,
        "may": may(request.user, file),
        "thing": thing if thing is not None and thing.is_visible_to(request.user) else None,
        "earlier": File.objects.visible_to(request.user).filter(newer=file).order_by("-version"),
        "error": error,
        "languages": [(code, get_language_info(code)["name_local"]) for code, _name in settings.LANGUAGES],
    }
    return render(request, "files/about.html", context, status=status)


@require_http_methods(["GET", "HEAD"])
def mine(request: Request) -> HttpResponse:
    """One's own files, and how much room they take."""
    rows = File.objects.visible_to(request.user).filter(owner=request.user, portrait=False, newer=None)
    found = page(rows, cursor=request.GET.get("cursor"), size=60)
    quota = limits.PERSON_BYTES.value
    context = {
        "files": found.items,
        "next": found.next,
        "used": quotas.used_by(request.user),
        "quota": quota,
        "high": quota * 9 // 10,
        "sendings": parts.of(request.user).under_way(),
    }
    return render(request, "files/mine.html", context)


@require_http_methods(["GET", "HEAD"])
def quarantine(request: Request) -> HttpResponse:
    """Files with a virus, for administrators."""
    if not request.user.is_admin:
        raise PermissionDenied(_("The quarantine is for administrators."))
    found = page(quarantine_of(request.user).select_related("owner"), cursor=request.GET.get("cursor"), size=30)
    context = {"files": found.items, "next": found.next, "has_scanner": scanner.configured()}
    return render(request, "files/quarantine.html", context)


@require_POST
def quarantined(request: Request, public_id: str) -> HttpResponse:
    """Have a file in quarantine checked again, or delete it for good."""
    found = get_object_or_404(quarantine_of(request.user), public_id=public_id)
    if request.POST.get("act") == "again":
        scans.scan_again(file=found, by=request.user)
        messages.info(request, _("It is checked again, and stays in quarantine until it is found clean."))
    elif request.POST.get("act") == "remove":
        actions.remove_one(file=found, by=request.user)
        messages.success(request, _("The file is deleted."))
    return redirect("files:quarantine")


def described(file: File) -> dict[str, Any]:
    """A file as the composer and the API show it."""
    return {
        "id": file.public_id,
        "name": file.name,
        "alt": file.alt,
        "url": file.get_absolute_url(),
        "thumb": file.thumb_url or None,
        "scan": file.scan,
        "state": file.progress,
        "why": file.held_why if file.refused else None,
        "kind": file.family,
        "type": file.content_type,
        "size": file.size,
        "width": file.width,
        "height": file.height,
    }


def _sent(request: Request) -> dict[str, Any]:
    stream = request.FILES.get("file")
    if stream is None:
        raise Refused(_("Choose a file first."), code="no_file")
    name = request.POST.get("name") or stream.name or ""
    return {"stream": stream, "name": name, "alt": request.POST.get("alt", "")}


# --- Giving. ---


def _serve(request: Request, file: File, key: str, content_type: str, size: int, variant: str) -> HttpResponseBase:
    """The bytes under `key`, whole or a range of them.

    Security door: the caller has found the file through `visible_to`. What goes out has the type that we decided,
    is never sniffed, runs and loads nothing, is shown in place only where it is a picture, film or sound, is kept
    by no cache and embedded by no other site. A repeated request with the ETag is answered after the same door.
    """
    if not file.is_given:
        raise NotGiven(_withheld(file))
    etag = f'"{file.public_id}{"." if variant else ""}{variant}"'
    headers = _headers(file, content_type, etag)
    if request.GET.get("download"):
        headers["Content-Disposition"] = disposition("attachment", file.name)
    matched = parse_etags(request.headers.get("If-None-Match", ""))
    if etag in matched or "*" in matched:
        return _with(HttpResponse(status=304), headers | {"Content-Type": content_type})
    first, last, status = _range(request, size, etag)
    if status == 416:
        return _with(
            HttpResponse(status=416, content_type=content_type), headers | {"Content-Range": f"bytes */{size}"}
        )
    if status == 206:
        headers["Content-Range"] = f"bytes {first}-{last}/{size}"
    headers["Content-Length"] = str(last - first + 1)
    if request.method == "HEAD":
        return _with(HttpResponse(status=status, content_type=content_type), headers)
    if prefix := settings.KRING_ACCEL_PREFIX:
        # The proxy sends the bytes, and cuts the range itself.
        for name in ("Content-Length", "Content-Range"):
            headers.pop(name, None)
        headers["X-Accel-Redirect"] = prefix + quote(key)
        return _with(HttpResponse(content_type=content_type), headers)
    try:
        stream = storage.part_of(key, first, last)
    except FileNotFoundError as error:
        raise Http404 from error
    blocks = _blocks_async if isinstance(request, ASGIRequest) else _blocks
    response = StreamingHttpResponse(blocks(stream, last - first + 1), status=status, content_type=content_type)
    response._resource_closers.append(stream.close)  # type: ignore[attr-defined]
    return _with(response, headers)


def _withheld(file: File) -> str:
    """Why its bytes are not given, for someone who may see that it is there."""
    if file.raw:
        return _("This file is being prepared. Try again in a moment.")
    if file.refused:
        return file.held_why
    return withheld(file)


def _headers(file: File, content_type: str, etag: str) -> dict[str, str]:
    inline = content_type in kinds.INLINE
    return {
        "ETag": etag,
        "Accept-Ranges": "bytes",
        "Cache-Control": "private, no-store",
        "Content-Disposition": disposition("inline" if inline else "attachment", file.name),
        "Content-Security-Policy": "sandbox; default-src 'none'; frame-ancestors 'none'",
        "Cross-Origin-Resource-Policy": "same-origin",
        "X-Content-Type-Options": "nosniff",
    }


def disposition(how: str, name: str) -> str:
    """A Content-Disposition for any name (RFC 6266): plain for old programs, in UTF-8 for the rest."""
    name = kinds.download_name(name)
    plain = "".join(char if " " <= char <= "~" and char not in '"\\%' else "_" for char in name)
    value = f'{how}; filename="{plain}"'
    return value if plain == name else f"{value}; filename*=UTF-8''{quote(name, safe='')}"


def _range(request: Request, size: int, etag: str) -> tuple[int, int, int]:
    """(first, last, status) of what is asked. Several ranges at once, or ones we cannot read, get the whole."""
    whole = (0, size - 1, 200)
    asked = _RANGE.fullmatch(request.headers.get("Range", "").replace(" ", ""))
    if asked is None or request.headers.get("If-Range", etag) != etag:
        return whole
    begin, end = asked.groups()
    if not begin and not end:
        return whole
    if not begin:
        first, last = max(size - int(end), 0), size - 1
        return (first, last, 206) if int(end) else (0, 0, 416)
    first, last = int(begin), min(int(end) if end else size - 1, size - 1)
    if end and int(end) < first:
        return whole
    return (first, last, 206) if first < size else (0, 0, 416)


def _blocks(stream: IO[bytes], left: int) -> Iterator[bytes]:
    try:
        while left > 0 and (block := stream.read(min(BLOCK, left))):
            left -= len(block)
            yield block
    finally:
        stream.close()


async def _blocks_async(stream: IO[bytes], left: int) -> AsyncIterator[bytes]:
    """The same without holding up the loop: each block is read in a thread, and only when the last one has gone."""
    try:
        while left > 0 and (block := await asyncio.to_thread(stream.read, min(BLOCK, left))):
            left -= len(block)
            yield block
    finally:
        stream.close()


def _with(response: Any, headers: dict[str, str]) -> Any:
    for name, value in headers.items():
        response.headers[name] = value
    return response
