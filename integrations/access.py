"""Who asks: a bearer token, or the session of a page (then with its CSRF token)."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja.errors import AuthenticationError
from ninja.security import HttpBearer, SessionAuth

from core.refusal import Refused
from integrations.actions import holder_of

#: Methods that a read-only token may use.
READING = frozenset({"GET", "HEAD", "OPTIONS"})


class Bearer(HttpBearer):
    """`Authorization: Bearer kring_…`."""

    openapi_name = "bearer"

    def authenticate(self, request: HttpRequest, token: str) -> Any:
        holder = holder_of(token)
        if holder is None:
            raise AuthenticationError
        if holder.read_only and request.method not in READING:
            raise Refused(_("This token can only read."))
        request.user = holder.person
        return holder.person


class Session(SessionAuth):
    """The cookie of the site, for its own pages; ninja asks for the CSRF token with it."""

    openapi_name = "session"

    def authenticate(self, request: HttpRequest, key: str | None) -> Any:
        return request.user if request.user.is_authenticated and request.user.is_active else None
