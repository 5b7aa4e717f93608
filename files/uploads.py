"""Stop reading an upload where the limit is passed, while it still comes in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.files.uploadhandler import FileUploadHandler, StopUpload
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from core import limits
from files.errors import Refused, TooLarge, within

#: Set in `request.META` when an upload was stopped.
STOPPED = "kring.upload_stopped"


class StopAtLimit(FileUploadHandler):
    """First of the upload handlers: counts the bytes of each file and ends the parsing past the limit.

    The rest of the request is read and dropped, so that the browser gets an answer instead of a broken connection.
    """

    def handle_raw_input(
        self, input_data: Any, META: dict, content_length: int, boundary: Any, encoding: Any = None
    ) -> None:
        """Remember where to say that it was stopped."""
        self._meta = META

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """Start counting anew for each file."""
        super().new_file(*args, **kwargs)
        self._count = 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        """Count, and pass the chunk on to the next handler.

        Raises:
            StopUpload: the file is larger than any may be.
        """
        self._count += len(raw_data)
        if self._count > limits.FILE_BYTES.value:
            self._meta[STOPPED] = self._count
            raise StopUpload(connection_reset=False)
        return raw_data

    def file_complete(self, file_size: int) -> None:
        """The handlers behind make the file."""


class refuse_stopped:
    """Middleware: a form whose upload was stopped is answered with 413 before any view sees the half of it."""

    sync_capable = True
    async_capable = False

    def __init__(self, get_response: Callable) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        """Django calls it before the view, after the person and the token have been checked."""
        if request.content_type != "multipart/form-data" or request.method != "POST":
            return None
        # The form is read here; what the handler noticed is known only then.
        if not request.FILES and STOPPED in request.META:
            try:
                within(limits.FILE_BYTES, max(request.META[STOPPED], _announced(request)))
            except TooLarge as error:
                return refusal(request, error)
        return None


def refusal(request: HttpRequest, error: Refused) -> HttpResponse:
    """Why a file was not taken: a problem document for a program, a line for htmx, a page for a browser."""
    if request.headers.get("HX-Request"):
        return render(request, "_refusal.html", {"message": error.message}, status=error.status)
    if not wants_json(request):
        return render(request, "refused.html", {"message": error.message, "status": error.status}, status=error.status)
    return problem(error)


def problem(error: Refused) -> JsonResponse:
    """The same for a program: a problem document (RFC 9457)."""
    document = {
        "type": "about:blank",
        "title": _("This file was not taken"),
        "status": error.status,
        "detail": error.message,
        "code": error.code,
    }
    return JsonResponse(document, status=error.status, content_type="application/problem+json")


def wants_json(request: HttpRequest) -> bool:
    """Whether a program asks: an address of the API, or one that prefers JSON."""
    prefers = request.get_preferred_type(["text/html", "application/json"]) == "application/json"
    return prefers or request.path.startswith("/api/")


def _announced(request: HttpRequest) -> int:
    length = request.META.get("CONTENT_LENGTH") or "0"
    return int(length) if length.isdigit() else 0
