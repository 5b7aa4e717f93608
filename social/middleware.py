"""Headers that every answer carries, and refusals turned into pages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from csp.constants import HEADER
from csp.middleware import CheckableLazyObject, CSPMiddleware
from csp.utils import build_policy
from django.conf import settings
from django.core.exceptions import BadRequest
from django.db import DataError
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from django.shortcuts import render
from django.utils.decorators import sync_and_async_middleware
from django.utils.translation import gettext as _

from core import players
from core.refusal import Refused
from files.errors import StoreAway
from files.storage import Unreachable

#: Features of a browser that no page of ours asks for.
PERMISSIONS_POLICY = "camera=(), microphone=(), geolocation=(), payment=(), usb=()"


@sync_and_async_middleware
def default_headers(get_response: Callable) -> Callable:
    """Nothing of ours is kept by a cache unless the view says so, and nothing is embedded elsewhere.

    Security door: `private, no-store` is the default, static files (immutable, public by nature) the exception.
    """

    def finish(request: HttpRequest, response: HttpResponse) -> HttpResponse:
        headers = response.headers
        if not request.path.startswith("/static/"):
            headers.setdefault("Cache-Control", "private, no-store")
        headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        headers.setdefault("Permissions-Policy", PERMISSIONS_POLICY)
        return response

    if iscoroutinefunction(get_response):

        async def middleware(request: HttpRequest) -> HttpResponse:
            return finish(request, await get_response(request))

        return markcoroutinefunction(middleware)

    def sync_middleware(request: HttpRequest) -> HttpResponse:
        return finish(request, get_response(request))

    return sync_middleware


def is_unstorable(error: Exception) -> bool:
    """Whether PostgreSQL was asked for a text with NUL in it: no id or name has one, so nobody who means well asks."""
    return isinstance(error, DataError | ValueError) and "NUL" in str(error)


class Policy(CSPMiddleware):
    """The content policy of a page: put together once, with the page's nonce in its places.

    Security door: an answer with a policy of its own (the desk's) is left to django-csp, as is a policy in trial.
    """

    #: The policy of the settings in pieces between nonces, without and with a nonce, by the hosts whose players may
    #: stand in the page; and the settings it was made of.
    made: tuple[Any, dict[tuple[bool, tuple[str, ...]], list[str]]] = (None, {})

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Django calls it with every answer."""
        policy = settings.CONTENT_SECURITY_POLICY
        plain = (
            not getattr(settings, "CONTENT_SECURITY_POLICY_REPORT_ONLY", None) and "EXCLUDE_URL_PREFIXES" not in policy
        )
        hosts = players.hosts() if getattr(request, "shows_players", False) else ()
        own = any(name.startswith("_csp") for name in vars(response))
        if not plain or settings.DEBUG or own:
            if hosts and not own:
                response._csp_replace = _framing(hosts)  # type: ignore[attr-defined] # as its decorators do
            return super().process_response(request, response)
        if self.made[0] is not policy or len(self.made[1]) > MADE:
            self.made = (policy, {})
        nonce = getattr(request, "_csp_nonce", None)
        key = (nonce is not None, hosts)
        pieces = self.made[1].get(key)
        if pieces is None:
            made = build_policy(nonce=_PLACE if nonce is not None else None, replace=_framing(hosts))
            pieces = self.made[1][key] = made.split(_PLACE)
        response.headers.setdefault(HEADER, (nonce or "").join(pieces))
        if nonce is None:
            # From here on a nonce would stand in the page and not in the policy: asking for one is a fault.
            request.csp_nonce = CheckableLazyObject(self._csp_nonce_post_response)  # type: ignore[attr-defined]
        return response


#: Where the nonce comes.
_PLACE = "\x02"
#: Policies that are kept: with each change of the players there are two new ones.
MADE = 32


def _framing(hosts: tuple[str, ...]) -> dict[str, list[str]]:
    """What of the policy depends on whose players may stand in a page."""
    return {"frame-src": [f"https://{host}" for host in hosts]} if hosts else {}


class refusals:
    """Turn `Refused` and `BadRequest` of an action into a page (or an htmx message) with the right status."""

    sync_capable = True
    async_capable = False

    def __init__(self, get_response: Callable) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Django calls it with what a view raised."""
        if isinstance(error, Refused):
            message, status = error.message, error.status
        elif isinstance(error, Unreachable):
            away = StoreAway()
            message, status = away.message, away.status
        elif is_unstorable(error):
            message, status = _("This request cannot be read."), 400
        elif isinstance(error, BadRequest):
            message, status = str(error) or _("This request cannot be read."), 400
        else:
            return None
        template = "_refusal.html" if request.headers.get("HX-Request") else "refused.html"
        return render(request, template, {"message": message, "status": status}, status=status)


class Compress(GZipMiddleware):
    """Compress pages and JSON; files keep their bytes, so that ranges and lengths stay true.

    Security door: Django pads each answer by a random length and masks its CSRF token anew, against reading a secret
    off the length (BREACH).
    """

    TYPES = ("text/html", "application/json", "application/problem+json")

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Django calls it with every answer."""
        kind = response.headers.get("Content-Type", "").partition(";")[0]
        if response.streaming or kind not in self.TYPES:
            return response
        return super().process_response(request, response)
