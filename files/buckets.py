"""A bucket in place of a directory: the same promises as `files.storage.PrivateStorage`, over the S3 interface.

On boto3 itself. django-storages, which also stands on it, keeps a connection of 13 MB for each thread and each
storage, reads a file whole before it gives a part of it, and gives addresses that outlive a permission.

Only with a bucket is this module loaded: boto3 takes 40 MB of each process.
"""

from __future__ import annotations

import io
import logging
import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from typing import Any

import boto3
import botocore
from boto3.exceptions import Boto3Error
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings
from django.core.exceptions import SuspiciousFileOperation
from django.core.files import File as DjangoFile
from django.core.files.storage import Storage
from django.utils import timezone
from django.utils.deconstruct import deconstructible

from files.storage import Unreachable

log = logging.getLogger("files")

BLOCK = 128 * 1024
#: Bytes of one part of a large upload: what is in memory of it, and what is sent again after a fault.
PART = 16 * 2**20
#: One part after the other: an upload takes no more threads and memory than its own.
_TRANSFER = TransferConfig(multipart_threshold=PART, multipart_chunksize=PART, use_threads=False)
_GONE = {"NoSuchKey", "404", "InvalidRange"}
#: Where a bucket is asked whether it is well; nothing stays there.
_PROBES = "doctor"
_ANYONE = {
    "http://acs.amazonaws.com/groups/global/AllUsers",
    "http://acs.amazonaws.com/groups/global/AuthenticatedUsers",
}

_clients: dict[tuple[str, ...], Any] = {}
_making = threading.Lock()


@deconstructible
class Bucket(Storage):
    """A bucket that only this program reads: no addresses, no permissions for others on what it keeps.

    An object appears whole or not at all: that is what S3 promises of a PUT and of the end of an upload in parts.

    Args:
        prefix: what every name in the bucket begins with, with a slash at its end; empty for the whole bucket.
        bucket, endpoint, region, key, secret, addressing, encryption, kms_key: instead of `settings.KRING_S3`.
    """

    def __init__(self, *, prefix: str = "", **options: Any) -> None:
        self.prefix, self._options = prefix, options

    # --- What Django asks of a storage. ---

    def url(self, name: str | None) -> str:
        """There is no address, and none is signed: it would outlive the permission.

        Raises:
            ValueError: always.
        """
        raise ValueError("Private files have no address of their own.")

    def exists(self, name: str) -> bool:
        """Whether there is something under this name."""
        try:
            self._head(name)
        except FileNotFoundError:
            return False
        return True

    def size(self, name: str) -> int:
        """Bytes of it."""
        return int(self._head(name)["ContentLength"])

    def get_modified_time(self, name: str) -> datetime:
        """When it was put there."""
        moment: datetime = self._head(name)["LastModified"]
        return moment

    def delete(self, name: str) -> None:
        """Delete it; where there is none, nothing happens."""
        with _as_ours(), suppress(FileNotFoundError):
            self._client.delete_object(Bucket=self._bucket, Key=self._key(name))

    def listdir(self, path: str) -> tuple[list[str], list[str]]:
        """The folders and the files directly under `path`."""
        start = self._key(path).rstrip("/") + "/" if path.strip("/.") else self.prefix
        folders, names = [], []
        for page in self._pages("list_objects_v2", Prefix=start, Delimiter="/"):
            folders += [entry["Prefix"][len(start) :].rstrip("/") for entry in page.get("CommonPrefixes", ())]
            names += [entry["Key"][len(start) :] for entry in page.get("Contents", ()) if entry["Key"] != start]
        return folders, names

    def _open(self, name: str, mode: str = "rb") -> DjangoFile:
        if mode != "rb":
            raise ValueError(f"Files in a bucket are read, or saved whole; not opened for {mode}.")
        return DjangoFile(io.BufferedReader(self.part(name), BLOCK), name=name)

    def _save(self, name: str, content: Any) -> str:
        asked = self._asked()
        extra: dict[str, Any] = {"ContentType": "application/octet-stream"}
        if asked["encryption"]:
            extra["ServerSideEncryption"] = asked["encryption"]
        if asked["kms_key"]:
            extra["SSEKMSKeyId"] = asked["kms_key"]
        if content.seekable():
            content.seek(0)
        with _as_ours():
            # boto3 closes what it was given; ours is closed by whom it belongs to.
            self._client.upload_fileobj(
                _Kept(content), self._bucket, self._key(name), ExtraArgs=extra, Config=_TRANSFER
            )
        return name

    # --- What `files.storage` asks besides. ---

    def part(self, name: str, first: int = 0, last: int | None = None) -> _Remote:
        """The bytes from `first` to `last` (all by default), as they come from the bucket.

        Raises:
            FileNotFoundError: there is nothing under this name.
            Unreachable: the bucket does not answer, or not to us.
        """
        key = self._key(name)

        def fetch(first: int, last: int | None) -> tuple[Any, int]:
            asked = {"Range": f"bytes={first}-{'' if last is None else last}"} if first or last is not None else {}
            with _as_ours():
                found = self._client.get_object(Bucket=self._bucket, Key=key, **asked)
            whole = str(found.get("ContentRange", "")).rpartition("/")[2]
            return found["Body"], int(whole) if whole.isdigit() else int(found["ContentLength"])

        return _Remote(fetch, first, last)

    def entries(self, start: str = "") -> Iterator[tuple[str, int, float]]:
        """Every name that begins with `start`, with its bytes and the moment it came, in order."""
        for page in self._pages("list_objects_v2", Prefix=self.prefix + start):
            for entry in page.get("Contents", ()):
                yield entry["Key"][len(self.prefix) :], entry["Size"], entry["LastModified"].timestamp()

    def clear_halves(self, older_than: float) -> int:
        """Give up uploads in parts that a killed process left behind: they are seen nowhere, and cost room.

        Args:
            older_than: seconds since they began.

        Returns:
            How many there were.
        """
        gone, moment = 0, timezone.now() - timedelta(seconds=older_than)
        try:
            for page in self._pages("list_multipart_uploads", Prefix=self.prefix):
                for half in page.get("Uploads", ()):
                    if half["Initiated"] < moment:
                        with _as_ours(), suppress(FileNotFoundError):
                            asked = {"Key": half["Key"], "UploadId": half["UploadId"]}
                            self._client.abort_multipart_upload(Bucket=self._bucket, **asked)
                            gone += 1
        except Unreachable as error:
            # Some servers cannot list them; a rule of the bucket's life cycle does the same.
            log.info("unfinished uploads were not listed: %s", error)
        return gone

    def findings(self) -> Iterator[tuple[str, bool, str, str]]:
        """For `doctor`: whether we can write, read and delete here, and whether anyone else can read.

        Yields:
            A name, whether it is well, what was found, and what to do.
        """
        name = f"{_PROBES}/{secrets.token_hex(20)}"
        content = secrets.token_bytes(40)
        where = f"{self._bucket}/{self.prefix}"
        try:
            self.save(name, DjangoFile(io.BytesIO(content), name=name))
            with self.open(name) as stream:
                same = stream.read() == content
            yield "bucket", same, f"{where} is written and read", "It gave back other bytes than it was given."
            shown = self._shown_to_anyone(name)
            yield (
                "bucket is private",
                not shown,
                shown or "nobody else can read, as far as it tells",
                "Block public access to the bucket, and take AllUsers out of its policy and its access lists.",
            )
            self.delete(name)
        except (OSError, FileNotFoundError) as error:
            yield (
                "bucket",
                False,
                f"{where}: {error}",
                "KRING_S3_* name bucket, endpoint and key; the key may list the bucket, put, get and delete objects.",
            )
            return
        yield "bucket forgets", *self._forgets()

    def _shown_to_anyone(self, name: str) -> str:
        """How somebody without a key can read; empty where nobody can, as far as can be asked."""
        anyone = _client(**self._asked() | {"key": "", "secret": "", "unsigned": True})
        for what, ask in (
            ("anyone can read files", lambda: anyone.get_object(Bucket=self._bucket, Key=self._key(name))),
            ("anyone can list files", lambda: anyone.list_objects_v2(Bucket=self._bucket, MaxKeys=1)),
        ):
            with suppress(ClientError, BotoCoreError):
                ask()
                return what
        with suppress(ClientError, BotoCoreError):
            if self._client.get_bucket_policy_status(Bucket=self._bucket)["PolicyStatus"]["IsPublic"]:
                return "its policy is public"
        with suppress(ClientError, BotoCoreError):
            grants = self._client.get_bucket_acl(Bucket=self._bucket)["Grants"]
            if any(grant.get("Grantee", {}).get("URI") in _ANYONE for grant in grants):
                return "its access list lets anyone in"
        return ""

    def _forgets(self) -> tuple[bool, str, str]:
        state = ""
        with suppress(ClientError, BotoCoreError):
            state = self._client.get_bucket_versioning(Bucket=self._bucket).get("Status", "")
        if state == "Enabled":
            return True, "keeps old versions: let a rule of its life cycle end those of what was deleted", ""
        return True, "what is deleted is gone", ""

    def _asked(self) -> dict[str, Any]:
        return settings.KRING_S3 | self._options

    @property
    def _bucket(self) -> str:
        return str(self._asked()["bucket"])

    @property
    def _client(self) -> Any:
        return _client(**self._asked())

    def _key(self, name: str) -> str:
        """The whole name in the bucket.

        Raises:
            SuspiciousFileOperation: it would lie elsewhere.
        """
        name = str(name).replace("\\", "/")
        if name.startswith("/") or ".." in name.split("/"):
            raise SuspiciousFileOperation("This name lies outside the storage.")
        return self.prefix + name

    def _head(self, name: str) -> dict[str, Any]:
        with _as_ours():
            found: dict[str, Any] = self._client.head_object(Bucket=self._bucket, Key=self._key(name))
        return found

    def _pages(self, what: str, **asked: Any) -> Iterator[dict[str, Any]]:
        with _as_ours():
            yield from self._client.get_paginator(what).paginate(Bucket=self._bucket, **asked)


class MediaBucket(Bucket):
    """The same for what Wagtail keeps, whose forms want an address: it leads nowhere."""

    def url(self, name: str | None) -> str:
        """An address that nothing answers at."""
        return f"{settings.MEDIA_URL}{name or ''}"


class _Remote(io.RawIOBase):
    """Bytes in a bucket, read in order. A jump, and a line that broke, is one more request from there on."""

    def __init__(self, fetch: Callable[[int, int | None], tuple[Any, int]], first: int, last: int | None) -> None:
        self._fetch, self._at, self._last = fetch, first, last
        self._body, self._size = fetch(first, last)
        self._comes = first

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = max(0, start + offset)
        return self._at

    def readinto(self, buffer: Any) -> int:
        end = self._size if self._last is None else min(self._last + 1, self._size)
        wanted = min(len(buffer), end - self._at)
        if wanted <= 0:
            return 0
        for again in (True, False):
            if self._body is None or self._comes != self._at:
                self._drop()
                self._body, _size = self._fetch(self._at, self._last)
                self._comes = self._at
            try:
                piece = self._body.read(wanted)
            except (BotoCoreError, OSError) as error:
                self._drop()
                if not again:
                    raise Unreachable("the bucket broke off") from error
                continue
            if piece:
                break
            # It ended before it was due.
            self._drop()
        else:
            raise Unreachable("the bucket broke off")
        buffer[: len(piece)] = piece
        self._at += len(piece)
        self._comes = self._at
        return len(piece)

    def close(self) -> None:
        self._drop()
        super().close()

    def _drop(self) -> None:
        if self._body is not None:
            self._body.close()
            self._body = None


class _Kept:
    """A stream that is read by somebody who would close it."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def read(self, size: int = -1) -> bytes:
        """As the stream's own, in bytes (Django's files of text give text)."""
        piece = self._stream.read(size) if size >= 0 else self._stream.read()
        return piece.encode() if isinstance(piece, str) else piece

    def close(self) -> None:
        """It stays open."""


def _client(
    *,
    bucket: str,
    endpoint: str,
    region: str,
    key: str,
    secret: str,
    addressing: str,
    encryption: str,
    kms_key: str,
    unsigned: bool = False,
) -> Any:
    """One connection pool for each endpoint and key in the process: clients, unlike resources, are for all threads."""
    mine = (endpoint, region, key, secret, addressing, str(unsigned))
    if mine not in _clients:
        with _making:
            if mine not in _clients:
                # Without a key in the settings boto3 looks where AWS puts one (the machine's role).
                session = boto3.Session(aws_access_key_id=key or None, aws_secret_access_key=secret or None)
                _clients[mine] = session.client(
                    "s3",
                    endpoint_url=endpoint or None,
                    region_name=region or None,
                    config=Config(
                        s3={"addressing_style": addressing},
                        signature_version=botocore.UNSIGNED if unsigned else "s3v4",
                        connect_timeout=5,
                        read_timeout=60,
                        retries={"mode": "standard", "max_attempts": 3},
                        max_pool_connections=20,
                        # Other servers than Amazon's do not know the checksums that boto3 sends of itself.
                        request_checksum_calculation="when_required",
                        response_checksum_validation="when_required",
                    ),
                )
    return _clients[mine]


@contextmanager
def _as_ours() -> Iterator[None]:
    """What boto3 raises, as what a disk raises.

    Raises:
        FileNotFoundError: there is no such object.
        Unreachable: everything else: no connection, no such bucket, a key that may not.
    """
    try:
        yield
    except ClientError as error:
        code = str(error.response.get("Error", {}).get("Code", ""))
        if code in _GONE:
            raise FileNotFoundError(code) from error
        raise Unreachable(f"the bucket says {code}") from error
    except (BotoCoreError, Boto3Error) as error:
        raise Unreachable(f"the bucket does not answer ({type(error).__name__})") from error
