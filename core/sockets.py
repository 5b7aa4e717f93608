"""The way from a WebSocket handshake to the hub: own origin, session, person."""

from channels.auth import AuthMiddlewareStack
from channels.routing import URLRouter
from channels.security.websocket import AllowedHostsOriginValidator
from django.urls import path

from core.live import Live

#: Security door: a page of another origin cannot open a socket with our cookies.
sockets = AllowedHostsOriginValidator(AuthMiddlewareStack(URLRouter([path("live/", Live.as_asgi())])))
