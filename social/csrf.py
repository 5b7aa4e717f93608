"""The token that tells our forms from forms elsewhere, masked anew for each page as Django masks it, in one draw.

Django asks the system for chance thirty-two times and walks through generators: on a page that is put together from
kept pieces that is among the dearest things. The token has the same form and strength; Django's middleware reads it.
"""

from __future__ import annotations

import secrets
from typing import Any

from django.http import HttpRequest
from django.middleware.csrf import CSRF_ALLOWED_CHARS, CSRF_SECRET_LENGTH, get_token
from django.utils.functional import SimpleLazyObject

_NUMBER = {letter: number for number, letter in enumerate(CSRF_ALLOWED_CHARS)}
_COUNT = len(CSRF_ALLOWED_CHARS)
_MASKS = _COUNT**CSRF_SECRET_LENGTH


def token(request: HttpRequest) -> dict[str, Any]:
    """Context processor: `csrf_token`, made when a form asks for it."""
    return {"csrf_token": SimpleLazyObject(lambda: masked(request))}


def masked(request: HttpRequest) -> str:
    """The token of this request's secret; who has no secret yet gets one."""
    secret = request.META.get("CSRF_COOKIE")
    if secret is None or len(secret) != CSRF_SECRET_LENGTH:
        return get_token(request)
    # As Django does: whoever uses the secret keeps it for longer.
    request.META["CSRF_COOKIE_NEEDS_UPDATE"] = True
    chance = secrets.randbelow(_MASKS)
    mask = cipher = ""
    for letter in secret:
        number = chance % _COUNT
        chance //= _COUNT
        mask += CSRF_ALLOWED_CHARS[number]
        cipher += CSRF_ALLOWED_CHARS[(_NUMBER[letter] + number) % _COUNT]
    return mask + cipher
