"""The reader's language and clock, for every page."""

from __future__ import annotations

import zoneinfo
from collections.abc import Callable
from typing import Any

from asgiref.sync import iscoroutinefunction, markcoroutinefunction, sync_to_async
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation
from django.utils.cache import patch_vary_headers
from django.utils.decorators import sync_and_async_middleware

from people import seen


def _around(
    get_response: Callable, before: Callable[[HttpRequest], None], after: Callable[[Any, Any], Any]
) -> Callable:
    """A middleware of two plain functions, for both kinds of server."""
    if iscoroutinefunction(get_response):

        async def middleware(request: HttpRequest) -> HttpResponse:
            # In a thread, because it may ask the database; what it activates comes back with the context.
            await sync_to_async(before)(request)
            return after(request, await get_response(request))

        return markcoroutinefunction(middleware)

    def sync_middleware(request: HttpRequest) -> HttpResponse:
        before(request)
        return after(request, get_response(request))

    return sync_middleware


@sync_and_async_middleware
def language(get_response: Callable) -> Callable:
    """The language of the cookie, else of the browser; `preferences` puts the person's own choice over it."""

    def before(request: HttpRequest) -> None:
        chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
        if chosen not in dict(settings.LANGUAGES):
            chosen = translation.get_language_from_request(request)
        translation.activate(chosen)
        request.LANGUAGE_CODE = chosen  # type: ignore[attr-defined]

    def after(request: HttpRequest, response: Any) -> Any:
        if not request.path.startswith(settings.STATIC_URL):
            patch_vary_headers(response, ("Accept-Language",))
            response.headers.setdefault("Content-Language", translation.get_language() or settings.LANGUAGE_CODE)
        return response

    return _around(get_response, before, after)


@sync_and_async_middleware
def preferences(get_response: Callable) -> Callable:
    """The person's own language and time zone. Costs no query: whoever is signed in is loaded by every page."""

    def before(request: HttpRequest) -> None:
        if settings.SESSION_COOKIE_NAME not in request.COOKIES:
            timezone.deactivate()
            return
        person = request.user
        if not person.is_authenticated:
            timezone.deactivate()
            return
        # From here on the person themselves: a page asks for them some hundred times, and the lazy wrapper costs each.
        request.user = person = getattr(request, "_cached_user", person)
        seen.note(person.pk)
        if person.language in dict(settings.LANGUAGES):
            translation.activate(person.language)
            request.LANGUAGE_CODE = person.language  # type: ignore[attr-defined]
        try:
            timezone.activate(zoneinfo.ZoneInfo(person.time_zone))
        except (ValueError, zoneinfo.ZoneInfoNotFoundError):
            timezone.deactivate()

    def after(request: HttpRequest, response: Any) -> Any:
        return response

    return _around(get_response, before, after)
