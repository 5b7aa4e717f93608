"""Routes a connection by its type and answers the server's lifespan questions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def with_lifespan(*, http: Callable, websocket: Callable) -> Callable:
    """An ASGI application of the two, as of the ASGI specification 3.0."""

    async def application(scope: dict[str, Any], receive: Callable, send: Callable) -> None:
        if scope["type"] == "http":
            await http(scope, receive, send)
        elif scope["type"] == "websocket":
            try:
                await websocket(scope, receive, send)
            except ValueError:
                # No route: refuse the handshake instead of logging a fault of the visitor's.
                await send({"type": "websocket.close", "code": 4404})
        elif scope["type"] == "lifespan":
            while True:
                message = await receive()
                await send({"type": f"{message['type']}.complete"})
                if message["type"] == "lifespan.shutdown":
                    return

    return application
