"""The frame's own pages: health, theme, and what went wrong."""

from __future__ import annotations

import logging

from django.contrib.auth.decorators import login_not_required
from django.db import connection
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.template import loader
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from core import worker
from files import storage
from search.actions import health as search_health
from social.models import SiteSettings

logger = logging.getLogger(__name__)


@login_not_required
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """Alive: the process answers."""
    return HttpResponse("ok", content_type="text/plain")


@login_not_required
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """Ready: database, search index and worker. 503 names what is not, and nothing more."""
    state = {"database": False, "index": False, "worker": False}
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        state["database"] = True
        beat = worker.alive()
        state["worker"] = beat is not None and beat < 30
        state["index"] = bool(search_health().get("ok"))
    except Exception:
        logger.exception("not ready")
    return JsonResponse(state, status=200 if all(state.values()) else 503)


@login_not_required
@require_safe
def logo(request: HttpRequest) -> HttpResponseBase:
    """The company's sign: on the page for logging in and for guests too, so it is nobody's secret."""
    file = SiteSettings.load().logo
    if file is None or not file.is_given:
        raise Http404
    try:
        stream = storage.store().open(file.key)
    except FileNotFoundError as error:
        raise Http404 from error
    response = FileResponse(stream, content_type=file.content_type)
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'; frame-ancestors 'none'"
    return response


def _page(request: HttpRequest, template: str, status: int, **context: object) -> HttpResponse:
    return HttpResponse(loader.render_to_string(template, context, request), status=status)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400: the request cannot be read."""
    return _page(request, "400.html", 400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403: you may see it, but not do that."""
    return _page(request, "403.html", 403, message=str(exception) if exception and exception.args else "")


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404: nothing here, or nothing you may know of; the same bytes for both.

    Security door: neither the address nor the reason is in the answer.
    """
    return _page(request, "404.html", 404)


def server_error(request: HttpRequest) -> HttpResponse:
    """500: our fault; a page that needs nothing to work."""
    return HttpResponse(loader.render_to_string("500.html", {"title": _("Something went wrong")}), status=500)
