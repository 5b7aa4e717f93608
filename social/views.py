"""The frame's own pages: health, theme, and what went wrong."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template import loader
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from core import site, worker
from search.actions import health as search_health


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
    except Exception:  # noqa: BLE001 - whatever fails, the answer is "not ready"
        pass
    return JsonResponse(state, status=200 if all(state.values()) else 503)


@login_not_required
@require_safe
@cache_control(public=True, max_age=3600)
def theme(request: HttpRequest) -> HttpResponse:
    """The company's accent as one custom property; its address carries the hue, so it may be kept."""
    return HttpResponse(f":root{{--hue:{int(site.current().hue)}}}", content_type="text/css")


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
