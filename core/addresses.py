"""Addresses of pages. Putting one together costs as much as drawing a line of a list, so those in use are kept."""

from __future__ import annotations

from functools import lru_cache

from django.urls import reverse


@lru_cache(maxsize=8192)
def address(name: str, *ids: str | int) -> str:
    """The address of a named page with these ids.

    Raises:
        NoReverseMatch: there is no such page.
    """
    return reverse(name, args=ids)
