"""The ASGI application: HTTP to Django, /live/ to the hub."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "social.settings")
http = get_asgi_application()

from core.body import with_limited_body  # noqa: E402 - the apps must be loaded first
from core.sockets import sockets  # noqa: E402
from social.lifespan import with_lifespan  # noqa: E402

application = with_lifespan(http=with_limited_body(http), websocket=sockets)
