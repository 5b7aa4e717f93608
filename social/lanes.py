"""Django behind ASGI, with the whole of a request in one thread of a few that stay.

Django's own handler opens a thread for each request and crosses between it and the event loop at every middleware. With
the thread goes its connection to the database, and with that every statement that was kept (`core.prepared`): a page
cost four times what it costs here. Here the event loop reads and sends, and one thread does everything between.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import IO, Any

from django.core import signals
from django.core.exceptions import RequestAborted
from django.core.handlers.asgi import ASGIHandler, get_script_prefix
from django.core.handlers.base import BaseHandler
from django.http.response import HttpResponseBase
from django.urls import set_script_prefix

#: Requests that are worked on at once; the others wait. Each thread keeps a connection, so a few are enough.
LANES = 8


class Lanes(ASGIHandler):
    """Answers each request in a lane: a thread that keeps its connection."""

    def __init__(self) -> None:
        BaseHandler.__init__(self)
        self.load_middleware(is_async=False)
        #: Lanes that are free, the one used last on top: while little is asked, its connection is warm.
        self.free: list[ThreadPoolExecutor] = []
        self.gate = asyncio.Semaphore(LANES)

    async def __call__(self, scope: dict[str, Any], receive: Callable, send: Callable) -> None:
        """Read, answer, send. A slow reader holds no lane."""
        try:
            body = await self.read_body(receive)
        except RequestAborted:
            return
        response = await self.in_a_lane(scope, body)
        try:
            await self.send_response(response, send)
        finally:
            if response.streaming:
                await asyncio.get_running_loop().run_in_executor(None, response.close)

    async def in_a_lane(self, scope: dict[str, Any], body: IO[bytes]) -> HttpResponseBase:
        """The answer, from the lane that is free first."""
        async with self.gate:
            lane = self.free.pop() if self.free else ThreadPoolExecutor(1, thread_name_prefix="lane")
            try:
                return await asyncio.get_running_loop().run_in_executor(
                    lane, copy_context().run, self.answer, scope, body
                )
            finally:
                self.free.append(lane)

    def answer(self, scope: dict[str, Any], body: IO[bytes]) -> HttpResponseBase:
        """The whole request, as under a server that knows threads only."""
        set_script_prefix(get_script_prefix(scope))
        signals.request_started.send(sender=self.__class__, scope=scope)
        request, failure = self.create_request(scope, body)
        response: Any = failure if request is None else self.get_response(request)
        response._handler_class = self.__class__
        if response.streaming and not response.is_async:
            # The event loop cannot wait for a file; what is large is streamed by the views for it.
            response.streaming_content = _at_once(b"".join(response.streaming_content))
        if not response.streaming:
            response.close()
            body.close()
        return response


async def _at_once(content: bytes) -> Any:
    yield content
