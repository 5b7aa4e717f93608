"""Reads the site's settings for `core.site`."""

from __future__ import annotations

import time

from django.core.cache import cache

from core.site import Site

CACHE_KEY = "social.site"
#: Seconds for which this process asks not even the cache: a page asks several times.
HELD = 1.0

_held: tuple[float, Site] | None = None


def read() -> Site:
    """The company's choices: as this process read them a moment ago, from the cache, from their row, the defaults."""
    global _held
    now = time.monotonic()
    if _held is not None and now < _held[0]:
        return _held[1]
    site = cache.get(CACHE_KEY)
    if site is None:
        from social.models import SiteSettings

        site = SiteSettings.load().as_site()
        cache.set(CACHE_KEY, site, 60)
    _held = (now + HELD, site)
    return site


def forget() -> None:
    """Called when the row is saved."""
    global _held
    _held = None
    cache.delete(CACHE_KEY)
