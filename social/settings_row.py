"""Reads the site's settings for `core.site`."""

from __future__ import annotations

from django.core.cache import cache

from core.site import Site

CACHE_KEY = "social.site"


def read() -> Site:
    """The company's choices: from the cache, else from their row, else the defaults."""
    site = cache.get(CACHE_KEY)
    if site is None:
        from social.models import SiteSettings

        site = SiteSettings.load().as_site()
        cache.set(CACHE_KEY, site, 60)
    return site


def forget() -> None:
    """Called when the row is saved."""
    cache.delete(CACHE_KEY)
