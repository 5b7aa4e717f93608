"""Live: the socket says *that* something is new, HTTP says *what*.

A frame is `{"topic", "kind", "id"}` and never content. In each web process one hub holds `{topic: connections}`; one
task tails the event table (and other registered tails), so that the worker, commands and other processes reach the
sockets of this one without a broker. Permission is asked when a topic is joined and again when access changes: the
frames of a person who lost it stop with the very event that took it.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from asgiref.sync import sync_to_async
from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from django.contrib.auth import HASH_SESSION_KEY, get_user_model
from django.db import OperationalError, close_old_connections
from django.utils.crypto import constant_time_compare

from core.audience import readable_ids
from core.models import Audience, Event
from core.prepared import Prepared

logger = logging.getLogger(__name__)

#: Frames that may wait for one slow connection; past that it is told to fetch everything anew.
QUEUE = 64
#: Topics one connection may hold: its audiences and its own.
TOPICS = 6000
#: Seconds between looks at the tails.
INTERVAL = 0.5

#: How many keys before the newest are looked for when the tail starts, and how long a missing one is waited for.
BEFORE, PATIENCE = 200, 600.0
#: Events that are read in one look, and missing keys that are waited for.
MOST, GAPS = 500, 10_000

Frame = tuple[str, str, str, str]
Tail = Callable[[Any], tuple[Any, list[Frame]]]

_tails: dict[str, Tail] = {}
_silent: set[str] = set()
_seen: Callable[[int], None] | None = None


def tail(name: str, function: Tail) -> None:
    """Register a source of frames.

    Args:
        name: of the source.
        function: takes what it gave as its position the last time (None at the start: "from now on") and returns the
            new position and the frames `(topic, kind, id, thread)` since.
    """
    _tails[name] = function


def seen_by(function: Callable[[int], None]) -> None:
    """Register who notes that a person has a page before their eyes (`function(key)`)."""
    global _seen
    _seen = function


def own_topic(person: Any) -> str:
    """The topic of one person's own affairs."""
    return f"person-{person.public_id}"


@dataclass(frozen=True)
class Position:
    """How far the events are read: all up to the newest but those that are missing."""

    newest: int
    #: Key → until when it is waited for (monotonic).
    missing: dict[int, float]


def follow(position: Position | None) -> tuple[Position, list[int]]:
    """The keys of the events that can be seen since a position; from None, where to begin.

    Where several write at once, an event may get its key before another and be committed after it. So a key that was
    left out is looked for in each further look, until it comes or whoever had it must have given up.
    """
    until = time.monotonic() + PATIENCE
    if position is None:
        keys = [key for (key,) in _LAST.rows()]
        newest = keys[0] if keys else 0
        there = set(keys)
        before = range(max(1, newest - BEFORE + 1), newest)
        return Position(newest, {key: until for key in before if key not in there}), []
    waited = list(position.missing)
    late = [key for at in range(0, len(waited), MOST) for (key,) in _LATE.rows(keys=waited[at : at + MOST])]
    found = [key for (key,) in _AFTER.rows(newest=position.newest)]
    if not (late or found or waited):
        return position, []
    newest, there = position.newest, {*late, *found}
    now = time.monotonic()
    missing = {key: end for key, end in position.missing.items() if end > now and key not in there}
    if found:
        newest = found[-1]
        between = range(max(position.newest + 1, newest - GAPS), newest)
        missing |= {key: until for key in between if key not in there}
    return Position(newest, missing), [*sorted(late), *found]


_LAST = Prepared(lambda: Event.objects.order_by("-pk").values_list("pk")[:BEFORE])
_AFTER = Prepared(lambda newest: Event.objects.filter(pk__gt=newest).order_by("pk").values_list("pk")[:MOST])
_LATE = Prepared(lambda keys: Event.objects.filter(pk__in=keys).values_list("pk"))


def _events(position: Position | None) -> tuple[Position, list[Frame]]:
    position, keys = follow(position)
    frames: list[Frame] = []
    if not keys:
        return position, frames
    for event in Event.objects.filter(pk__in=keys).select_related("audience").order_by("pk"):
        if event.data.get("id"):
            # What is not shown is told only to those who may know of it.
            topics = [f"person-{person}" for person in event.data.get("only", ())]
            if "only" not in event.data and event.audience is not None:
                topics = [event.audience.topic]
            frames += [(topic, event.verb, event.data["id"], event.data.get("thread", "")) for topic in topics]
        if event.audience is not None and event.data.get("ask_again"):
            # Who may hear this topic has changed for more people than can be named.
            frames.append((event.audience.topic, "access.changed", "", ""))
        for person in event.data.get("revoked", ()):
            frames.append((f"person-{person}", "access.changed", "", ""))
    return position, frames


tail("events", _events)


class Hub:
    """The connections of this process by topic."""

    def __init__(self) -> None:
        self.topics: dict[str, set[Live]] = defaultdict(set)
        self.positions: dict[str, Any] = {}
        self.task: asyncio.Task | None = None
        self.woken = 0.0

    def join(self, connection: Live, topics: Iterable[str]) -> None:
        """Let a connection hear topics; the tail starts with the first."""
        for topic in topics:
            self.topics[topic].add(connection)
        if self.task is None or self.task.done():
            self.positions = {}
            self.task = asyncio.get_running_loop().create_task(self.run())

    def leave(self, connection: Live, topics: Iterable[str]) -> None:
        """Stop hearing topics, at once."""
        for topic in topics:
            members = self.topics.get(topic)
            if members is not None:
                members.discard(connection)
                if not members:
                    del self.topics[topic]

    async def run(self) -> None:
        """Read the tails while anyone listens."""
        while self.topics:
            try:
                for frame in await sync_to_async(self.read, thread_sensitive=False)():
                    await self.send(frame)
            except Exception:
                logger.exception("the live tail could not be read")
            await asyncio.sleep(INTERVAL)

    def read(self) -> list[Frame]:
        """What is new in every tail (runs in a thread)."""
        close_old_connections()
        frames: list[Frame] = []
        for name, function in _tails.items():
            try:
                self.positions[name], new = function(self.positions.get(name))
            except Exception:
                # What the other tails have read is not lost with it: one of those frames may take access from someone.
                logger.exception("the live tail %s could not be read", name)
            else:
                frames += new
        return frames

    async def send(self, frame: Frame) -> None:
        """Encode once, hand to every connection of the topic."""
        topic, kind, ident, thread = frame
        connections = list(self.topics.get(topic, ()))
        if not connections:
            return
        if kind == "access.changed":
            for connection in connections:
                await connection.ask_again()
        message = {"topic": topic, "kind": kind, "id": ident}
        if thread:
            message["thread"] = thread
        text = json.dumps(message)
        for index, connection in enumerate(connections):
            connection.offer(text)
            if index % 200 == 199:
                await asyncio.sleep(0)


hub = Hub()


class Live(AsyncWebsocketConsumer):
    """One browser tab. It sends nothing but pings; it hears the topics of its person's audiences."""

    async def connect(self) -> None:
        """Accept a signed-in person; everyone else is refused before the handshake ends."""
        self.mine: set[str] = set()
        self.queue: asyncio.Queue[str] = asyncio.Queue(QUEUE)
        self.sender: asyncio.Task | None = None
        self.person = self.scope.get("user")
        self.last_heard = time.monotonic()
        if self.person is None or not self.person.is_authenticated:
            await self.close()
            return
        topics = await database_sync_to_async(self.topics_now)()
        if topics is None:
            await self.close()
            return
        await self.accept()
        self.mine = topics
        if _seen is not None:
            _seen(self.person.pk)
        hub.join(self, topics)
        self.sender = asyncio.get_running_loop().create_task(self.drain())
        self.offer(json.dumps({"topic": own_topic(self.person), "kind": "live.ready", "id": ""}))

    async def disconnect(self, code: int) -> None:
        """Leave every topic."""
        hub.leave(self, self.mine)
        if self.sender:
            self.sender.cancel()

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """A ping keeps the line open, "here" says that it is looked at as well; anything else ends it."""
        if text_data in ("ping", "here"):
            if text_data == "here" and _seen is not None and self.person is not None:
                _seen(self.person.pk)
            self.offer("pong")
        else:
            await self.close(code=4400)

    def topics_now(self) -> set[str] | None:
        """The topics this person may hear now; None when they may hear nothing any more.

        Security door: asked anew from the tables at the handshake and after every change of access: the person, the
        session, and what the session proves, which ends with the password or when they sign out everywhere.
        """
        person = get_user_model()._default_manager.filter(pk=self.person.pk, is_active=True).first()
        if person is None:
            return None
        session = self.scope.get("session")
        if session is not None and session.session_key:
            if not session.exists(session.session_key):
                return None
            if not constant_time_compare(session.get(HASH_SESSION_KEY, ""), person.get_session_auth_hash()):
                return None
        whole, limited = readable_ids(person)
        ids = set(whole) | set(limited)
        topics = set(Audience.objects.filter(pk__in=list(ids)[:TOPICS]).values_list("topic", flat=True))
        return topics | {own_topic(person)}

    async def ask_again(self) -> None:
        """Access has changed: leave what is lost, join what is new, end if nothing is left.

        Security door: when it cannot be asked, the socket ends; the browser comes again and is asked at the handshake.
        """
        code = 4403
        try:
            topics = await self.asked_often()
        except Exception:
            logger.exception("access could not be asked anew")
            topics, code = None, 1011
        if topics is None:
            hub.leave(self, self.mine)
            self.mine = set()
            await self.close(code=code)
            return
        hub.leave(self, self.mine - topics)
        hub.join(self, topics - self.mine)
        self.mine = topics

    async def asked_often(self) -> set[str] | None:
        """`topics_now`, again when the database is busy."""
        for pause in (0.05, 0.2, 0.5):
            try:
                return await database_sync_to_async(self.topics_now)()
            except OperationalError:
                await asyncio.sleep(pause)
        return await database_sync_to_async(self.topics_now)()

    def offer(self, text: str) -> None:
        """Queue a frame; a reader too slow to keep up is told to fetch anew instead."""
        try:
            self.queue.put_nowait(text)
        except asyncio.QueueFull:
            while not self.queue.empty():
                self.queue.get_nowait()
            self.queue.put_nowait(json.dumps({"topic": "", "kind": "live.resync", "id": ""}))

    async def drain(self) -> None:
        """Send what waits, one after another."""
        while True:
            await self.send(text_data=await self.queue.get())
