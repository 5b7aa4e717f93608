"""The index on disk: one directory, one writer, snapshots for readers.

    index/CURRENT          the name of the index in use; replaced in one step when a new one has been built
    index/index-2-1a2b3c/  a Whoosh index of format 2
    index/writing.lock     held by the one process that writes
    index/DAMAGED          left by a search that could not read what it needed; the indexer builds anew

Readers keep a snapshot open and look at each search whether there is a newer one (a directory listing, some tens of
microseconds). The writer deletes and adds in batches, one commit each, and has the files on disk before it says so.
"""

from __future__ import annotations

import contextlib
import fcntl
import gc
import os
import secrets
import shutil
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from whoosh.filedb.filestore import FileStorage
from whoosh.index import TOC, FileIndex
from whoosh.writing import SegmentWriter

from search.engine import KEPT_POSTINGS, Document, Segment, Snapshot, _Kept, gather, schema
from search.mapped import opened
from search.postings import FORMAT, Codec, Gathered, Merged, Table

#: Segments of one order of magnitude (8ⁿ documents) that are merged into one.
MERGE_FACTOR = 8
#: Documents that one merge between two batches may touch: about two seconds of work.
MERGE_DOCUMENTS = 5_000

#: Postings of one segment while an index is built: some 30,000 texts, 60 MB of memory.
MOST_POSTINGS = 2_000_000

_NAME = "kring"
_PREFIX = f"index-{FORMAT}-"


class Unreadable(Exception):
    """There is no index, or it is damaged. Searching falls back to the database; `search_rebuild` mends it."""


class Busy(Exception):
    """Another process is writing to the index."""


class Store:
    """One index. All threads of a process share one (`Store.at`)."""

    _stores: dict[Path, Store] = {}
    _stores_lock = threading.Lock()

    @classmethod
    def at(cls, path: Path | str) -> Store:
        """The store of this process for a directory."""
        path = Path(path).resolve()
        with cls._stores_lock:
            if path not in cls._stores:
                cls._stores[path] = cls(path)
            return cls._stores[path]

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.RLock()
        self._kept = _Kept(KEPT_POSTINGS)
        self._snapshot: Snapshot | None = None
        self._state: tuple[str, int] = ("", -1)
        self._held = threading.RLock()
        self._depth = 0

    # --- reading

    def snapshot(self) -> Snapshot:
        """The newest state of the index.

        Raises:
            Unreadable: there is none, or its files are damaged or gone.
        """
        with self._lock:
            for attempt in range(4):
                try:
                    name = self._current()
                    storage = FileStorage(str(self.path / name))
                    state = (name, TOC._latest_generation(storage, _NAME))
                    if self._snapshot is None or state != self._state:
                        self._open(storage, name)
                    return self._snapshot  # type: ignore[return-value]
                except FileNotFoundError as error:
                    # A commit replaced the files between our two looks at them.
                    if attempt == 3:
                        raise Unreadable(str(error)) from error
                    time.sleep(0.01)
                except Exception as error:
                    raise Unreadable(f"{type(error).__name__}: {error}") from error
        raise Unreadable(str(self.path))

    def forget(self) -> None:
        """Close every file and start from what is on disk: after an error in reading."""
        with self._lock:
            if self._snapshot is not None:
                for segment in self._snapshot.segments:
                    with contextlib.suppress(Exception):
                        segment.close()
            self._snapshot, self._state = None, ("", -1)

    def distrust(self) -> None:
        """A search failed in files that could be opened: the indexer is to build them anew."""
        self.forget()
        with contextlib.suppress(OSError):
            (self.path / "DAMAGED").touch(mode=0o600)

    def distrusted(self) -> bool:
        """Whether a search failed in the index there is; at most once in ten minutes, whatever the cause is."""
        try:
            return (self.path / "DAMAGED").exists() and time.time() - (self.path / "CURRENT").stat().st_mtime > 600
        except OSError:
            return False

    def outdated(self) -> bool:
        """Whether the index in use is of another release, which wrote it otherwise."""
        try:
            return not (self.path / "CURRENT").read_text().startswith(_PREFIX)
        except OSError:
            return False

    def _current(self) -> str:
        name = (self.path / "CURRENT").read_text().strip()
        if not name or "/" in name:
            raise Unreadable(f"{self.path / 'CURRENT'} names no index")
        if not name.startswith(_PREFIX):
            # Of an earlier release: the indexer builds one anew.
            raise Unreadable(f"{name} has another format than {FORMAT}")
        return name

    def _open(self, storage: FileStorage, name: str) -> None:
        toc = TOC.read(storage, _NAME, schema=schema())
        known = {segment.name: segment for segment in self._snapshot.segments} if self._snapshot else {}
        segments, deleted = [], []
        for found in toc.segments:
            gone = frozenset(found.deleted_docs())
            label = f"{name}/{found.segment_id()}"
            segment = known.pop(label, None)
            if segment is None:
                # It knows of no deletions, so that it stays as it is when something in it is deleted.
                segment = Segment(_table(found, storage), label, self._kept, self._lock)
            segments.append(segment)
            deleted.append(gone)
        self._snapshot = Snapshot(toc.generation, segments, deleted)
        self._state = (name, toc.generation)
        # What is merged away is closed when the last search that uses it lets go of it: files stay readable till then.
        for segment in known.values():
            self._kept.drop(segment.name)

    # --- writing

    @contextlib.contextmanager
    def writing(self, *, wait: float = 0.0) -> Iterator[None]:
        """Hold the one pen. A process that dies lets go of it.

        Raises:
            Busy: another process holds it for longer than `wait` seconds.
        """
        with self._held:
            if self._depth:
                self._depth += 1
                try:
                    yield
                finally:
                    self._depth -= 1
                return
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            until = time.monotonic() + wait
            with open(self.path / "writing.lock", "a+") as handle:
                while True:
                    try:
                        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                        break
                    except OSError as error:
                        if time.monotonic() >= until:
                            raise Busy(str(self.path)) from error
                        time.sleep(0.05)
                self._depth = 1
                try:
                    yield
                finally:
                    self._depth = 0

    def write(self, put: Iterable[Document] = (), drop: Iterable[str] = ()) -> None:
        """Put documents in (in place of their earlier state) and take others out, in one commit.

        It returns when the files are on disk.

        Raises:
            Busy: another process is writing.
            Unreadable: the index is damaged.
        """
        put = list(put)
        with self.writing(wait=5):
            self._create_if_missing()
            snapshot = self.snapshot()
            name, _generation = self._state
            try:
                writer = self._writer(name)
            except Exception as error:
                raise Unreadable(f"{type(error).__name__}: {error}") from error
            try:
                for key in {*drop, *(document.key for document in put)}:
                    for at, number in snapshot.numbers_of(key):
                        writer.segments[at].delete_document(number)
                for document in put:
                    _add(writer, document)
            except BaseException:
                writer.cancel()
                raise
            writer.commit(mergetype=_keep_all)
            self._to_disk(name)

    def tidy(self, *, most: int = MERGE_DOCUMENTS) -> bool:
        """Merge small segments, one step; says whether there was anything to do. Between batches, so nobody waits.

        Args:
            most: documents that may be touched.
        """
        with self.writing(wait=5):
            self.snapshot()
            name, _generation = self._state
            writer = self._writer(name)
            chosen = _mergeable(writer.segments, most)
            if not chosen:
                writer.cancel()
                return False
            _merge(writer, chosen)
            self._to_disk(name)
        return True

    def replace(self, documents: Iterable[Document]) -> int:
        """Build a new index and put it in place of the old one in one step; returns how many documents it holds.

        Searches go on in the old one meanwhile. After a crash the old one is still there.
        """
        with self.writing(wait=30):
            name = f"{_PREFIX}{secrets.token_hex(4)}"
            count = 0
            try:
                self._create(name)
                with _no_collector():
                    writer = self._writer(name)
                    for document in documents:
                        if writer.pool.size > MOST_POSTINGS:
                            writer.commit(mergetype=_keep_all)
                            writer = self._writer(name)
                        _add(writer, document)
                        count += 1
                    several = bool(writer.segments)
                    writer.commit(mergetype=_keep_all)
                    if several:
                        writer = self._writer(name)
                        _merge(writer, list(writer.segments))
            except BaseException:
                shutil.rmtree(self.path / name, ignore_errors=True)
                raise
            self._to_disk(name)
            self._point_to(name)
            (self.path / "DAMAGED").unlink(missing_ok=True)
            self.forget()
            for old in self.path.glob("index-*"):
                if old.name != name:
                    shutil.rmtree(old, ignore_errors=True)
        return count

    def clear(self) -> None:
        """An empty index in place of the one there is."""
        self.replace(())

    def _writer(self, name: str) -> SegmentWriter:
        writer: Any = FileIndex(FileStorage(str(self.path / name)), indexname=_NAME).writer(timeout=5, codec=Codec())
        writer.pool = Gathered()
        return writer

    def _create_if_missing(self) -> None:
        if not (self.path / "CURRENT").exists():
            name = f"{_PREFIX}{secrets.token_hex(4)}"
            self._create(name)
            self._point_to(name)

    def _create(self, name: str) -> None:
        directory = self.path / name
        directory.mkdir(mode=0o700, parents=True)
        FileIndex.create(FileStorage(str(directory)), schema(), _NAME)

    def _point_to(self, name: str) -> None:
        draft = self.path / "CURRENT.new"
        with open(draft, "w") as handle:
            handle.write(name)
            handle.flush()
            os.fsync(handle.fileno())
        os.replace(draft, self.path / "CURRENT")
        _sync(self.path)

    def _to_disk(self, name: str) -> None:
        """Whoosh closes its files without waiting for the disk; after a power cut they could be empty."""
        directory = self.path / name
        known: set[str] = getattr(self, "_synced", set())
        files = {entry.name for entry in os.scandir(directory) if entry.is_file() and not entry.name.endswith("LOCK")}
        for file in files - known:
            _sync(directory / file)
        _sync(directory)
        self._synced = files


@contextlib.contextmanager
def _no_collector() -> Iterator[None]:
    """Without the collector of cycles: it would walk over millions of postings, none of which is in a cycle."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _keep_all(_writer: SegmentWriter, segments: list) -> list:
    """Merge nothing; only let go of segments in which everything is deleted."""
    return [segment for segment in segments if segment.doc_count_all() > segment.deleted_count()]


def _alive(segment: object) -> int:
    return segment.doc_count_all() - segment.deleted_count()  # type: ignore[attr-defined]


def _mergeable(segments: list, most: int) -> list:
    """The segments to merge in one step: the smallest order of magnitude that has gathered enough of them."""
    orders: dict[int, list] = {}
    for segment in segments:
        order, size = 0, _alive(segment)
        while size >= MERGE_FACTOR:
            size //= MERGE_FACTOR
            order += 1
        orders.setdefault(order, []).append(segment)
        if segment.deleted_count() > segment.doc_count_all() // 2 and _alive(segment) <= most:
            return [segment]
    for _order, alike in sorted(orders.items()):
        if len(alike) >= MERGE_FACTOR:
            chosen, total = [], 0
            for segment in sorted(alike, key=_alive):
                total += _alive(segment)
                if total > most:
                    break
                chosen.append(segment)
            if len(chosen) > 1:
                return chosen
    return []


def _merge(writer: Any, chosen: list) -> None:
    """Write some segments as one, and commit."""
    tables = [(_table(segment, writer.storage), frozenset(segment.deleted_docs())) for segment in chosen]
    writer.pool = Merged(tables)
    writer.docnum, writer._added = writer.pool.size, writer.pool.size > 0
    writer.commit(mergetype=lambda writer, segments: [one for one in _keep_all(writer, segments) if one not in chosen])
    for table, _gone in tables:
        table.close()


def _add(writer: Any, document: Document) -> None:
    gather(writer.pool, writer.docnum, document)
    writer.docnum += 1
    writer._added = True


def _table(segment: Any, storage: FileStorage) -> Table:
    """The table of a segment, where its file is mapped."""
    return segment.codec().terms_reader(opened(segment, storage), segment)


#: For callers that only want to know that a name is one of a function handed over.
Progress = Callable[[int], None]
