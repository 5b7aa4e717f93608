"""How often something may be done in a while, counted in the cache that all processes share past one machine."""

from __future__ import annotations

from django.core.cache import cache

from core.limits import Limit

#: A while.
HOUR = 3600


def within(limit: Limit, key: str, *, seconds: int = HOUR) -> bool:
    """Count one more of something; whether that is still within `limit` of the table.

    Args:
        limit: how many times in a while.
        key: of what, and whose.
        seconds: how long a while is; it begins with the first time.
    """
    name = f"pace.{limit.name}.{key}"
    if cache.add(name, 1, seconds):
        return True
    try:
        return cache.incr(name) <= limit.value
    except ValueError:
        # It ended between the two.
        cache.add(name, 1, seconds)
        return True
