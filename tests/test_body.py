"""Requests that are too large end before Django has written them to disk."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from core.body import with_limited_body


async def reads_all(scope: Any, receive: Any, send: Any) -> None:
    """An application that takes its body as Django does: all of it, before it says anything."""
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"ok"})


def ask(pieces: Iterator[bytes], headers: list[tuple[bytes, bytes]]) -> tuple[int, int]:
    """The status, and how many pieces were read."""
    read, said = [], []

    async def receive() -> dict[str, Any]:
        piece = next(pieces, None)
        read.append(piece)
        return {"type": "http.request", "body": piece or b"", "more_body": piece is not None}

    async def send(message: dict[str, Any]) -> None:
        said.append(message)

    scope = {"type": "http", "headers": headers}
    asyncio.run(with_limited_body(reads_all)(scope, receive, send))
    assert [message["type"] for message in said] == ["http.response.start", "http.response.body"]
    return said[0]["status"], len(read)


@pytest.fixture(autouse=True)
def _small(settings: Any) -> None:
    settings.KRING_LIMITS = {"REQUEST_BYTES": 1000}


def endless() -> Iterator[bytes]:
    while True:
        yield b"x" * 100


def test_an_endless_body_without_a_length_is_stopped() -> None:
    assert ask(endless(), []) == (413, 11)


def test_a_length_that_lies_does_not_help() -> None:
    assert ask(endless(), [(b"content-length", b"10")]) == (413, 11)
    assert ask(endless(), [(b"content-length", b"-5")]) == (413, 11)


def test_a_length_that_is_too_large_is_refused_unread() -> None:
    assert ask(endless(), [(b"Content-Length", b"1001")]) == (413, 0)


def test_what_fits_passes_whole() -> None:
    assert ask(iter([b"x" * 500, b"x" * 500]), [(b"content-length", b"1000")])[0] == 200
