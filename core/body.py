"""No request is larger than what it could rightly hold, whether it says its length or not.

Django under ASGI writes a whole body to disk before any view is asked. This stands before Django and counts.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from core import limits

_PART = b"application/offset+octet-stream"
_PAGE = b"<!doctype html><meta charset=utf-8><title>413</title><p>413"


class _TooLarge(Exception):
    """More has come than is allowed."""


def with_limited_body(application: Callable) -> Callable:
    """An ASGI application that answers 413 past `limits.REQUEST_BYTES` and stops reading.

    Security door: it holds for everybody, signed in or not, with a Content-Length or in endless pieces.

    A part of a file (tus) is no worse for its end missing: where the line breaks, or more comes than is allowed, the
    request ends there, and what came of it is kept instead of sent again.
    """

    async def limited(scope: dict[str, Any], receive: Callable[[], Awaitable[Any]], send: Callable) -> None:
        if scope["type"] != "http":
            await application(scope, receive, send)
            return
        most, count, is_part = limits.REQUEST_BYTES.value, 0, _is_part(scope)
        if _announced(scope) > most and not is_part:
            await _refuse(send)
            return

        async def counted() -> Any:
            nonlocal count
            message = await receive()
            if message["type"] == "http.request":
                count += len(message.get("body", b""))
                if count > most and is_part:
                    return _last(message.get("body", b"")[: most - count])
                if count > most:
                    raise _TooLarge
            elif is_part and count:
                return _last(b"")
            return message

        try:
            await application(scope, counted, send)
        except _TooLarge:
            await _refuse(send)

    return limited


def _last(body: bytes) -> dict[str, Any]:
    return {"type": "http.request", "body": body, "more_body": False}


def _is_part(scope: dict[str, Any]) -> bool:
    headers = {name.lower(): value for name, value in scope.get("headers", ())}
    return scope.get("method") == "PATCH" and headers.get(b"content-type", b"") == _PART


def _announced(scope: dict[str, Any]) -> int:
    for name, value in scope.get("headers", ()):
        if name.lower() == b"content-length":
            return int(value) if value.isdigit() else 0
    return 0


async def _refuse(send: Callable) -> None:
    headers = [
        (b"content-type", b"text/html; charset=utf-8"),
        (b"content-length", str(len(_PAGE)).encode()),
        (b"cache-control", b"private, no-store"),
        (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
        (b"x-content-type-options", b"nosniff"),
        (b"cross-origin-resource-policy", b"same-origin"),
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": 413, "headers": headers})
    await send({"type": "http.response.body", "body": _PAGE})
