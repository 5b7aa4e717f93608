"""Locks on bytes that lie in a folder of ours: the system's own, so that they go with the process that held them."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.utils.translation import gettext as _

from files.errors import Busy


@contextmanager
def held(path: Path, *, patience: float = 0.0, create: bool = False) -> Iterator[int]:
    """The open file at `path`, while nobody else holds it.

    Args:
        path: of a file.
        patience: seconds for which one who comes second waits for the first.
        create: make it where there is none.

    Raises:
        Busy: somebody holds it for longer than that.
        FileNotFoundError: there is none, and none is to be made.
    """
    place = os.open(path, os.O_RDWR | os.O_CREAT * create | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        _lock(place, patience)
        yield place
    finally:
        os.close(place)


def _lock(place: int, patience: float) -> None:
    until = time.monotonic() + patience
    while True:
        try:
            fcntl.flock(place, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            if time.monotonic() >= until:
                raise Busy(_("Another part of this file is being written. Try again in a moment.")) from error
            time.sleep(0.05)
        else:
            return
