"""Where the bytes lie: under random keys, outside every place that a web server serves.

The storage is `STORAGES["files"]`. A bucket can stand in for the directory; what this file promises is asked of it
through Django's own interface alone.
"""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files import File as DjangoFile
from django.core.files.storage import FileSystemStorage, Storage, storages

INCOMING = "incoming"
PARTS = "parts"
BLOCK = 256 * 1024


class Unreachable(OSError):
    """The bucket does not answer, or not to us: nothing is known of the file, and nothing is wrong with it."""


class PrivateStorage(FileSystemStorage):
    """A directory that only this program reads: files 0600, folders 0700, no addresses.

    A file appears whole or not at all: what is moved in was flushed to the disk before, and its folder is after.
    """

    def __init__(self, location: Any = None, **options: Any) -> None:
        options = {"file_permissions_mode": 0o600, "directory_permissions_mode": 0o700} | options
        super().__init__(location=location or Path(settings.KRING_DATA_DIR) / "files", **options)

    def url(self, name: str | None) -> str:
        """There is no address: bytes are served by `files.views`, after the permission.

        Raises:
            ValueError: always.
        """
        raise ValueError("Private files have no address of their own.")

    def _save(self, name: str, content: Any) -> str:
        folder = Path(self.path(name)).parent
        # New folders are entries of their parents, which have to reach the disk as well.
        touched = [folder]
        while not touched[-1].exists() and touched[-1] != touched[-1].parent:
            touched.append(touched[-1].parent)
        saved: str = super()._save(name, content)  # type: ignore[misc]
        for one in touched:
            _flush(one)
        return saved


class Prepared(DjangoFile):
    """A finished file on disk that a storage may move instead of copy."""

    def temporary_file_path(self) -> str:
        """Where it lies now (`FileSystemStorage` renames from here)."""
        return str(self.name)


def store() -> Storage:
    """The storage of attachments."""
    return storages["files"]


def new_key() -> str:
    """A fresh key: one of 256 folders and 40 random characters, which say nothing about the file."""
    name = secrets.token_hex(20)
    return f"{name[:2]}/{name}"


def put(key: str, path: Path) -> None:
    """Move a finished file into the storage under `key`; it is on the disk when this returns."""
    with path.open("rb+") as content:
        os.fsync(content.fileno())
        saved = store().save(key, Prepared(content, name=str(path)))
    if saved != key:
        store().delete(saved)
        raise FileExistsError(key)


def forget(keys: list[str]) -> None:
    """Delete what lies under these keys, if it is still there."""
    for key in keys:
        store().delete(key)


@contextmanager
def workplace() -> Iterator[Path]:
    """A folder beside the storage, on the same disk, for one upload; it is gone afterwards."""
    root = _incoming()
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(dir=root))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def clear_workplaces(*, older_than: float) -> None:
    """Remove what a killed process left behind more than `older_than` seconds ago."""
    root = _incoming()
    if not root.is_dir():
        return
    for folder in root.iterdir():
        if folder.stat().st_mtime < time.time() - older_than:
            shutil.rmtree(folder, ignore_errors=True)


def new_part() -> str:
    """A fresh name for a file that comes in parts."""
    return secrets.token_hex(20)


def part(key: str) -> Path:
    """Where the parts of a file lie: in a folder that only this program reads, on the disk of the workplaces."""
    root = _incoming().parent / PARTS
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    return root / key


def put_aside(path: Path, name: str) -> None:
    """Move bytes as they were sent to where nothing is given from; they are on the disk when this returns.

    Args:
        path: on the disk of the workplaces.
        name: from `new_part`.
    """
    with path.open("rb") as content:
        os.fsync(content.fileno())
    target = part(name)
    path.replace(target)
    _flush(target.parent)


def forget_part(name: str) -> None:
    """Delete what lies there as it was sent, if anything does."""
    if name:
        part(name).unlink(missing_ok=True)


def parts_older_than(seconds: float) -> Iterator[Path]:
    """Every place where nothing arrived for longer than that."""
    moment = time.time() - seconds
    for path in part("").iterdir():
        with suppress(FileNotFoundError):
            if path.stat().st_mtime < moment:
                yield path


def free_bytes() -> int:
    """Free space on the disk where uploads are worked on (and kept, unless the storage is a bucket)."""
    place = _incoming().parent
    while not place.exists():
        place = place.parent
    return shutil.disk_usage(place).free


def keys_older_than(seconds: float, *, first: str = "") -> Iterator[str]:
    """Every key whose file has been there for longer than that (to find bytes that no row knows).

    Args:
        seconds: the age.
        first: look into this one of the 256 first folders only.
    """
    storage, moment = store(), time.time() - seconds
    try:
        folders = storage.listdir("")[0]
    except FileNotFoundError:
        return
    for first in [folder for folder in sorted(folders) if first in ("", folder)]:
        for name in storage.listdir(first)[1]:
            try:
                if storage.get_modified_time(f"{first}/{name}").timestamp() < moment:
                    yield f"{first}/{name}"
            except FileNotFoundError:
                continue


def _incoming() -> Path:
    location = getattr(store(), "location", None)
    return (Path(location).parent if location else Path(settings.KRING_DATA_DIR)) / INCOMING


def _flush(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
