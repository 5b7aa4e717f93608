"""Where the bytes lie: under random keys, outside every place that a web server serves.

The storage is `STORAGES["files"]`: a directory, or a bucket (`files.buckets`). Both keep what this file promises.
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
from typing import IO, Any

from django.conf import settings
from django.core.files import File as DjangoFile
from django.core.files.storage import FileSystemStorage, storages

from files.errors import StoreAway

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

    def part(self, name: str, first: int = 0, last: int | None = None) -> IO[bytes]:
        """The bytes from `first` on, to be read as far as one wants.

        Raises:
            FileNotFoundError: there is nothing under this name.
        """
        stream = open(self.path(name), "rb")  # noqa: SIM115
        stream.seek(first)
        return stream

    def entries(self, start: str = "") -> Iterator[tuple[str, int, float]]:
        """Every name that begins with `start` (a first folder, or nothing), with its bytes and the moment it came."""
        root = Path(self.location)
        for folder, _folders, names in os.walk(root / start):
            for name in sorted(names):
                path = Path(folder) / name
                with suppress(FileNotFoundError):
                    state = path.stat()
                    yield path.relative_to(root).as_posix(), state.st_size, state.st_mtime

    def clear_halves(self, older_than: float) -> int:
        """There are none: a file is moved in when it is whole."""
        return 0

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


class MediaStorage(PrivateStorage):
    """The same for what Wagtail keeps, whose forms want an address: it leads nowhere."""

    def url(self, name: str | None) -> str:
        """An address that nothing answers at."""
        return f"{settings.MEDIA_URL}{name or ''}"


class Prepared(DjangoFile):
    """A finished file on disk that a storage may move instead of copy."""

    def temporary_file_path(self) -> str:
        """Where it lies now (`FileSystemStorage` renames from here)."""
        return str(self.name)


def store() -> Any:
    """The storage of attachments: a `PrivateStorage` or a `Bucket`, which promise the same."""
    return storages["files"]


def new_key() -> str:
    """A fresh key: one of 256 folders and 40 random characters, which say nothing about the file."""
    name = secrets.token_hex(20)
    return f"{name[:2]}/{name}"


def put(key: str, path: Path) -> None:
    """Move a finished file into the storage under `key`; it is kept for good when this returns.

    Raises:
        StoreAway: the bucket does not answer.
    """
    with path.open("rb+") as content:
        os.fsync(content.fileno())
        try:
            saved = store().save(key, Prepared(content, name=str(path)))
        except Unreachable as error:
            raise StoreAway from error
    if saved != key:
        store().delete(saved)
        raise FileExistsError(key)


def part_of(key: str, first: int, last: int) -> IO[bytes]:
    """The bytes from `first` to `last`, to be sent to somebody; of a bucket no others are fetched.

    Raises:
        FileNotFoundError: there is nothing under this key.
        StoreAway: the bucket does not answer.
    """
    try:
        stream: IO[bytes] = store().part(key, first, last)
    except Unreachable as error:
        raise StoreAway from error
    return stream


@contextmanager
def local(key: str) -> Iterator[Path]:
    """The bytes as a file on this disk, to be read and not written: where they lie, or a copy that goes afterwards.

    Raises:
        FileNotFoundError: there is nothing under this key.
        Unreachable: the bucket does not answer.
    """
    try:
        path = Path(store().path(key))
    except NotImplementedError:
        with workplace() as folder, store().open(key) as stream:
            copy = folder / "copy"
            with copy.open("xb") as out:
                shutil.copyfileobj(stream, out, BLOCK)
            yield copy
        return
    if not path.exists():
        raise FileNotFoundError(key)
    yield path


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
    moment = time.time() - seconds
    for key, _size, came in store().entries(f"{first}/" if first else ""):
        if came < moment:
            yield key


def clear_halves(*, older_than: float) -> None:
    """Give up what a killed process had sent of a file to a bucket."""
    store().clear_halves(older_than)


def _incoming() -> Path:
    location = getattr(store(), "location", None)
    return (Path(location).parent if location else Path(settings.KRING_DATA_DIR)) / INCOMING


def _flush(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
