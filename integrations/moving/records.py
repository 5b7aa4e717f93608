"""What an export holds, whatever network it comes from."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import IO, Any


class NotAnExport(Exception):
    """The file is no export of that network; its message says what is missing. Nothing was written."""


@dataclass(frozen=True)
class Trouble:
    """A line that could not be read, and was left out."""

    #: Name of the file in the archive.
    file: str
    #: Its line (or the number of the entry), from 1; 0 for the whole file.
    line: int
    #: What is wrong with it.
    text: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.text}" if self.line else f"{self.file}: {self.text}"


@dataclass
class Member:
    """A person of the export."""

    #: The source's own key.
    key: str
    name: str
    #: Empty where the source has none.
    email: str = ""
    job_title: str = ""
    department: str = ""
    location: str = ""
    time_zone: str = ""
    phone: str = ""
    pronouns: str = ""
    #: Somebody from outside, who saw only what they were added to.
    guest: bool = False
    joined_at: datetime | None = None
    #: When they left; None for those who are there.
    left_at: datetime | None = None


@dataclass
class Place:
    """A group or channel of the export."""

    key: str
    name: str
    description: str = ""
    private: bool = False
    created_at: datetime | None = None
    creator: str = ""
    #: Read-only there, or deleted.
    closed: bool = False
    #: Keys of the members that the export names.
    members: set[str] = field(default_factory=set)


@dataclass
class Talk:
    """A private conversation of the export."""

    key: str
    name: str = ""
    members: set[str] = field(default_factory=set)


@dataclass
class Attached:
    """A file of the export that hangs on a message."""

    key: str
    name: str
    open: Callable[[], IO[bytes]]


@dataclass
class Message:
    """A post, an answer, or a line of a private conversation."""

    key: str
    #: Key of the message that began its thread; its own key for that one.
    thread: str
    author: str
    created_at: datetime
    #: Gives the body; only then is the text of the source converted.
    convert: Callable[[], str]
    #: Key of its place; empty for the whole company (or a private conversation).
    place: str = ""
    #: Key of its private conversation; empty for a post.
    talk: str = ""
    #: Key of what it answers; empty for a post.
    parent: str = ""
    #: "status", "question" or "announcement".
    kind: str = "status"
    deleted: bool = False
    #: Of a message that begins a thread: whether nobody was to answer any more.
    closed: bool = False
    #: When it was pinned, and when its author last changed it; None for never.
    pinned_at: datetime | None = None
    edited_at: datetime | None = None
    #: (emoji or its name, key of the person) of each reaction.
    reactions: list[tuple[str, str]] = field(default_factory=list)
    #: (what it said before, from when) for each time it was changed, the oldest first.
    versions: list[tuple[str, datetime]] = field(default_factory=list)
    attached: list[Attached] = field(default_factory=list)
    #: The source's own record, complete (private conversations keep it).
    source: dict[str, Any] = field(default_factory=dict)

    @cached_property
    def body(self) -> str:
        """Markdown of ours, where the keys of people who are named stand between U+E000 and U+E001 (see `mention`)."""
        return self.convert()


class Outline:
    """What must be known of all messages before the first is written, a few words of each."""

    def __init__(self) -> None:
        #: How many there are.
        self.total = 0
        #: Key of a place → key of a person → how much they wrote there.
        self.senders: dict[str, Counter[str]] = defaultdict(Counter)
        #: Key of a thread → when it began.
        self.started: dict[str, datetime] = {}
        #: Key of a thread → key of the message that begins it here: where its first is not in the export, the earliest.
        self.begins: dict[str, str] = {}
        #: Key of a person → when they first wrote something.
        self.first: dict[str, datetime] = {}
        #: Whether each thread stands in the archive in the order in which it was written.
        self.in_order = True
        self._latest: dict[str, datetime] = {}

    def add(self, message: Message) -> None:
        """Take note of a message, in the order of the archive."""
        self.total += 1
        if message.created_at < self.first.setdefault(message.author, message.created_at):
            self.first[message.author] = message.created_at
        if message.place:
            self.senders[message.place][message.author] += 1
        if message.talk:
            return
        thread, at = message.thread, message.created_at
        latest = self._latest.get(thread)
        if latest is None:
            self.begins[thread], self.started[thread], self._latest[thread] = message.key, at, at
            return
        if at >= latest and message.key != thread:
            self._latest[thread] = at
            return
        self.in_order = False
        self._latest[thread] = max(at, latest)
        if message.key == thread or (self.begins[thread] != thread and at < self.started[thread]):
            self.begins[thread], self.started[thread] = message.key, at


@dataclass
class Export:
    """Everything an archive holds. Messages are read from the archive each time they are asked for."""

    #: "yammer" or "slack".
    name: str
    members: dict[str, Member]
    places: dict[str, Place]
    talks: dict[str, Talk]
    #: Yields the messages in the order of the archive; the same each time.
    messages: Callable[[], Iterator[Message]]
    outline: Outline
    troubles: list[Trouble] = field(default_factory=list)
    #: Keys of the messages that were marked as the best answer of their thread.
    best: set[str] = field(default_factory=set)


#: Around the key of a person who is named in a body.
MENTION_START, MENTION_END = "\ue000", "\ue001"


def mention(key: str) -> str:
    """How a reader writes that a person is named."""
    return f"{MENTION_START}{key}{MENTION_END}"
