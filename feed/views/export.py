"""A copy of a group: the page that makes a link to it, and the link."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.http import require_http_methods, require_safe

from core.refusal import Refused
from core.requests import Request
from feed import exporting
from files.views import disposition
from files.zips import pack
from groups.actions.exporting import LASTS, allow_export, open_export
from groups.models import Group
from groups.permissions import may


@require_http_methods(["GET", "HEAD", "POST"])
def export(request: Request, public_id: str) -> HttpResponse:
    """What is in a copy; with POST, a link to it."""
    group = get_object_or_404(Group.objects.visible_to(request.user), public_id=public_id)
    if not may(request.user, group).export:
        raise Refused(_("Only an owner of the group can take a copy of it."))
    context: dict[str, Any] = {"group": group}
    if request.method == "POST":
        token = allow_export(group=group, by=request.user)
        context |= {"url": reverse("feed:exported", args=[token]), "until": timezone.now() + LASTS}
    return render(request, "feed/export.html", context)


@require_safe
def exported(request: Request, token: str) -> HttpResponseBase:
    """The copy itself, made while it is sent."""
    group = open_export(token=token, person=request.user)
    if group is None:
        raise Http404
    pieces = _in_words_of(request, pack(exporting.parts(group=group, reader=request.user)))
    body = _in_the_request(pieces) if isinstance(request, ASGIRequest) else pieces
    response = StreamingHttpResponse(body, content_type="application/zip")
    response["Content-Disposition"] = disposition("attachment", f"{group.name}.zip")
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _in_words_of(request: Request, pieces: Iterator[bytes]) -> Iterator[bytes]:
    """The language and the clock of the view are over when its answer is sent: each piece is made in them anew."""
    language, zone = request.LANGUAGE_CODE, timezone.get_current_timezone()
    while True:
        with override(language), timezone.override(zone):
            piece = next(pieces, None)
        if piece is None:
            return
        yield piece


async def _in_the_request(pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
    """Each piece is made in the request's own thread, whose connection is closed with it."""
    take = sync_to_async(lambda: next(pieces, None), thread_sensitive=True)
    while (piece := await take()) is not None:
        yield piece
