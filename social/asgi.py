"""The ASGI application: HTTP to Django, /live/ to the hub."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "social.settings")
django.setup(set_prefix=False)

from core.body import with_limited_body  # noqa: E402 - the apps must be loaded first
from core.sockets import sockets  # noqa: E402
from social.lanes import Lanes  # noqa: E402
from social.lifespan import with_lifespan  # noqa: E402

application = with_lifespan(http=with_limited_body(Lanes()), websocket=sockets)
