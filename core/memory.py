"""Memory of a process that runs for weeks; where the allocator is not that of the GNU C library, nothing is done."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from contextlib import suppress
from typing import Any

#: `M_ARENA_MAX` of <malloc.h>.
_ARENA_MAX = -8


def _function(name: str) -> Callable[..., int] | None:
    with suppress(AttributeError, OSError, TypeError):
        found: Any = getattr(ctypes.CDLL(None), name)
        return found
    return None


_mallopt, _malloc_trim = _function("mallopt"), _function("malloc_trim")


def share() -> None:
    """Let all threads of this process allocate from one place; said before they start.

    By default each thread gets a place of its own, up to eight for each processor, and what it gives back stays there.
    Python's threads take turns anyway: at M, server and worker need 165 MB instead of 194.
    """
    if _mallopt is not None:
        _mallopt(_ARENA_MAX, 1)


def trim() -> None:
    """Give back to the system what is free: after a large piece of work."""
    if _malloc_trim is not None:
        _malloc_trim(0)
