"""The socket says that something is new, to those who may know it, and nothing else.

The whole way is real: the ASGI application with its origin check and session, the hub, the event table it tails. No
worker runs, so what is shown here holds before the worker has done anything.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from asgiref.testing import ApplicationCommunicator
from channels import DEFAULT_CHANNEL_LAYER
from channels.layers import channel_layers
from django.conf import settings
from django.core.management.color import no_style
from django.db import connection, connections

from core import live
from core.models import Event
from feed import actions as feed
from groups import actions as groups
from inbox.models import Notice
from people import actions as people
from people.models import User
from social.asgi import application
from tests import make

pytestmark = pytest.mark.django_db(transaction=True)

ORIGIN = b"http://localhost"


class Counting(live.Hub):
    """A hub that says how often it has looked: when it looks again, everything of the look before has been sent."""

    looks = 0

    def read(self) -> list[live.Frame]:
        self.looks += 1
        return super().read()


@pytest.fixture(autouse=True)
def _quick_hub(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hub of its own for each test, which looks often."""
    monkeypatch.setattr(live, "hub", Counting())
    monkeypatch.setattr(live, "INTERVAL", 0.02)


@pytest.fixture
def cast() -> make.Cast:
    from tests.ground import plant

    plant()
    return make.cast()


class Wire(ApplicationCommunicator):
    """A browser's end of the socket. (Channels brings one, which needs a second server to be installed.)"""

    def __init__(self, headers: list[tuple[bytes, bytes]]) -> None:
        scope = {
            "type": "websocket",
            "path": "/live/",
            "query_string": b"",
            "headers": headers,
            "subprotocols": [],
            "client": ("127.0.0.1", 40000),
        }
        super().__init__(application, scope)

    async def connect(self) -> bool:
        """Shake hands; whether it was let in."""
        await self.send_input({"type": "websocket.connect"})
        return (await self.receive_output(5))["type"] == "websocket.accept"

    async def say(self, message: str | bytes) -> None:
        """Send something."""
        part = {"bytes": message} if isinstance(message, bytes) else {"text": message}
        await self.send_input({"type": "websocket.receive", **part})

    async def next(self) -> str:
        """The next frame."""
        return (await self.receive_output(5))["text"]

    async def hang_up(self) -> None:
        """Close from this end."""
        await self.send_input({"type": "websocket.disconnect", "code": 1000})
        await self.wait(5)


def socket(cookies: str, *, origin: bytes | None = ORIGIN) -> Wire:
    """A handshake as a browser makes it."""
    headers = [(b"host", b"localhost"), (b"cookie", cookies.encode())]
    if origin is not None:
        headers.append((b"origin", origin))
    return Wire(headers)


def cookies_of(cast: make.Cast, name: str) -> str:
    browser = cast.browser(name)
    return "; ".join(f"{key}={value.value}" for key, value in browser.cookies.items())


async def opened(cast: make.Cast, name: str) -> Wire:
    """The socket of someone signed in, ready."""
    wire = socket(await sync_to_async(cookies_of)(cast, name))
    assert await wire.connect()
    ready = json.loads(await wire.next())
    assert ready["kind"] == "live.ready"
    await settled()
    return wire


async def settled() -> None:
    """The hub has looked at everything that has happened by now, and has sent it."""
    newest = await sync_to_async(lambda: Event.objects.order_by("pk").values_list("pk", flat=True).last() or 0)()
    hub: Any = live.hub
    for _ in range(500):
        position = hub.positions.get("events")
        if (position.newest if position else 0) >= newest or hub.task.done():
            break
        await asyncio.sleep(0.02)
    looks = hub.looks
    for _ in range(500):
        if hub.looks > looks or hub.task.done():
            break
        await asyncio.sleep(0.02)
    await asyncio.sleep(0.02)


async def heard(wire: Wire) -> list[dict[str, Any]]:
    """What came by now."""
    await settled()
    frames = []
    while not wire.output_queue.empty():
        message = wire.output_queue.get_nowait()
        if message["type"] == "websocket.close":
            frames.append({"closed": message.get("code")})
        else:
            frames.append(json.loads(message["text"]))
    return frames


async def act(function: Callable[..., Any], *args: Any, **more: Any) -> Any:
    """Do something as the site does it, in a thread."""
    return await sync_to_async(function)(*args, **more)


def run(story: Callable[[], Awaitable[None]]) -> None:
    """Tell a story on an event loop of its own, and leave nothing running."""

    async def whole() -> None:
        try:
            await story()
        finally:
            if live.hub.task is not None:
                live.hub.task.cancel()
            await sync_to_async(connections.close_all)()
            await sync_to_async(connections.close_all, thread_sensitive=False)()

    async_to_sync(whole)()


def test_only_a_person_signed_in_on_our_own_page_is_let_in(cast: make.Cast) -> None:
    async def story() -> None:
        mine = await act(cookies_of, cast, "alice")
        left = await act(cookies_of, cast, "dave")
        for wire in (
            socket(""),
            socket("sessionid=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
            socket(left),
            socket(mine, origin=b"https://evil.example"),
            socket(mine, origin=b"http://localhost.evil.example"),
            socket(mine, origin=b"null"),
            socket(mine, origin=None),
        ):
            assert not await wire.connect()
        wire = await opened(cast, "alice")
        await wire.hang_up()

    run(story)


def test_a_frame_names_topic_kind_and_ids_alone(cast: make.Cast) -> None:
    async def story() -> None:
        wire = await opened(cast, "bob")
        post = await act(make.post, cast.alice, "Xylophone merger @bob.baker #secrets", group=cast.private)
        await act(make.reply, cast.alice, post, "Xylophone answer")
        await act(feed.react, post=post, person=cast.alice, emoji="👍")
        await act(groups.edit_group, group=cast.private, by=cast.alice, name="Xylophone group")
        frames = await heard(wire)
        kinds = [frame["kind"] for frame in frames]
        assert kinds[:2] == ["feed.post.published", "feed.reply.published"]
        assert "feed.post.reacted" in kinds and "groups.group.edited" in kinds
        for frame in frames:
            assert set(frame) <= {"topic", "kind", "id", "thread"}
        assert frames[0]["id"] == post.public_id and frames[1]["thread"] == post.public_id
        assert "ylophone" not in json.dumps(frames)
        await wire.hang_up()

    run(story)


def test_outsiders_hear_nothing_of_private_and_secret_places(cast: make.Cast) -> None:
    async def story() -> None:
        wires = {name: await opened(cast, name) for name in ("bob", "carol", "gil", "mona", "ada")}
        hidden = await act(make.post, cast.alice, "Whom we buy", group=cast.secret)
        closed = await act(make.post, cast.alice, "Who goes", group=cast.private)
        await act(feed.react, post=hidden, person=cast.alice, emoji="👍")
        shown = await act(make.post, cast.alice, "Lunch")
        ids = {name: {frame["id"] for frame in await heard(wire)} for name, wire in wires.items()}
        assert ids["bob"] == {hidden.public_id, closed.public_id, shown.public_id}
        assert ids["carol"] == ids["mona"] == ids["ada"] == {shown.public_id}
        assert ids["gil"] == {closed.public_id}
        for wire in wires.values():
            await wire.hang_up()

    run(story)


def test_a_held_post_is_known_to_nobody(cast: make.Cast) -> None:
    from moderation import actions as moderation
    from moderation.models import Word

    async def story() -> None:
        await act(moderation.save_word, by=cast.ada, text="forbidden", level=Word.Level.HOLD)
        wires = {name: await opened(cast, name) for name in ("bob", "alice", "mona")}

        async def heard_of_posts() -> dict[str, set[str]]:
            frames = {name: await heard(wire) for name, wire in wires.items()}
            return {
                name: {frame["kind"] for frame in own if frame.get("kind", "").startswith("feed.")}
                for name, own in frames.items()
            }

        post = await act(make.post, cast.alice, "A forbidden word", group=cast.private)
        assert await heard_of_posts() == {"bob": set(), "alice": set(), "mona": set()}
        # What becomes of it is known to its author and to those who look at it.
        await act(feed.edit, post=post, by=cast.alice, body="Another forbidden word")
        edited = {"feed.post.edited"}
        assert await heard_of_posts() == {"bob": set(), "alice": edited, "mona": edited}
        await act(feed.delete, post=post, by=cast.alice)
        deleted = {"feed.post.deleted"}
        assert await heard_of_posts() == {"bob": set(), "alice": deleted, "mona": deleted}
        # What was shown and is hidden has to leave the pages it stands on; what happens to it then has not.
        post = await act(make.post, cast.alice, "A word", group=cast.private)
        await heard_of_posts()
        await act(feed.withhold, post=post, by=cast.mona)
        assert (await heard_of_posts())["bob"] == {"feed.post.hidden"}
        await act(feed.take_down, post=post, by=cast.mona)
        assert await heard_of_posts() == {"bob": set(), "alice": {"feed.post.removed"}, "mona": {"feed.post.removed"}}
        for wire in wires.values():
            await wire.hang_up()

    run(story)


def test_whoever_is_removed_hears_nothing_from_that_moment_on(cast: make.Cast) -> None:
    async def story() -> None:
        bob, gil = await opened(cast, "bob"), await opened(cast, "gil")
        await act(groups.remove_member, group=cast.private, person=cast.bob, by=cast.alice)
        post = await act(make.post, cast.alice, "After that", group=cast.private)
        assert post.public_id in {frame.get("id") for frame in await heard(gil)}
        assert post.public_id not in {frame.get("id") for frame in await heard(bob)}
        later = await act(make.post, cast.alice, "Much later", group=cast.private)
        assert later.public_id not in {frame.get("id") for frame in await heard(bob)}
        lunch = await act(make.post, cast.alice, "For all")
        assert lunch.public_id in {frame.get("id") for frame in await heard(bob)}
        for wire in (bob, gil):
            await wire.hang_up()

    run(story)


def test_narrowing_a_group_silences_it_for_outsiders(cast: make.Cast) -> None:
    async def story() -> None:
        carol = await opened(cast, "carol")
        first = await act(make.post, cast.alice, "Open", group=cast.public)
        assert first.public_id in {frame.get("id") for frame in await heard(carol)}
        await act(groups.edit_group, group=cast.public, by=cast.alice, privacy="private", join="request")
        second = await act(make.post, cast.alice, "Closed", group=cast.public)
        assert second.public_id not in {frame.get("id") for frame in await heard(carol)}
        await carol.hang_up()

    run(story)


def test_a_newcomer_hears_at_once(cast: make.Cast) -> None:
    async def story() -> None:
        carol = await opened(cast, "carol")
        await act(groups.add_member, group=cast.secret, person=cast.carol, by=cast.alice)
        await settled()
        post = await act(make.post, cast.alice, "Welcome", group=cast.secret)
        assert post.public_id in {frame.get("id") for frame in await heard(carol)}
        await carol.hang_up()

    run(story)


def test_the_socket_of_someone_deactivated_or_signed_out_everywhere_is_closed(cast: make.Cast) -> None:
    async def story() -> None:
        bob, carol = await opened(cast, "bob"), await opened(cast, "carol")
        await act(people.deactivate, person=cast.bob, by=cast.ada)
        await act(people.end_sessions, person=cast.carol, by=cast.carol)
        post = await act(make.post, cast.alice, "Who is left?")
        for wire in (bob, carol):
            frames = await heard(wire)
            assert {"closed": 4403} in frames
            assert post.public_id not in {frame.get("id") for frame in frames}

    run(story)


@pytest.mark.parametrize(
    "message",
    ['{"join": "everyone"}', "PING", "", "ping ", '{"topic": "person-x", "kind": "x", "id": "x"}', b"\x00\xff"],
)
def test_a_forged_message_ends_the_socket_and_changes_nothing(cast: make.Cast, message: Any) -> None:
    async def story() -> None:
        events = await act(Event.objects.count)
        wire, other = await opened(cast, "carol"), await opened(cast, "bob")
        await wire.say(message)
        assert {"closed": 4400} in await heard(wire)
        assert await heard(other) == []
        assert await act(Event.objects.count) == events
        await other.hang_up()

    run(story)


def test_each_ground_of_a_socket_is_asked_by_itself(cast: make.Cast) -> None:
    socket = live.Live()
    session = cast.browser("bob").session
    socket.person, socket.scope = cast.bob, {"session": session}
    assert cast.private.audience.topic in (socket.topics_now() or ())
    # Switched off by whatever way, with the session still there.
    User.objects.filter(pk=cast.bob.pk).update(is_active=False)
    assert socket.topics_now() is None
    User.objects.filter(pk=cast.bob.pk).update(is_active=True)
    assert socket.topics_now()
    # Signed out here, with the person and the password as they were.
    type(session)(session.session_key).delete()
    assert socket.topics_now() is None


def test_a_ping_is_answered(cast: make.Cast) -> None:
    async def story() -> None:
        wire = await opened(cast, "bob")
        await wire.say("ping")
        assert await wire.next() == "pong"
        await wire.hang_up()

    run(story)


def test_a_reader_too_slow_is_told_to_fetch_anew_and_holds_no_more_than_the_queue(cast: make.Cast) -> None:
    async def story() -> None:
        consumer = live.Live()
        consumer.queue = asyncio.Queue(live.QUEUE)
        for number in range(live.QUEUE * 3 + 5):
            consumer.offer(json.dumps({"topic": "t", "kind": "k", "id": str(number)}))
            assert consumer.queue.qsize() <= live.QUEUE
        kept = [json.loads(consumer.queue.get_nowait()) for _ in range(consumer.queue.qsize())]
        assert kept[0]["kind"] == "live.resync"
        assert [frame["id"] for frame in kept[1:]] == [str(n) for n in range(live.QUEUE * 3 + 5 - len(kept) + 1, 197)]

    run(story)


def test_what_is_committed_later_under_a_lower_key_is_heard_once(cast: make.Cast) -> None:
    make.settle()
    hub = live.Hub()
    assert hub.read() == []
    newest = Event.objects.latest("pk").pk
    place, bob, carol = cast.private.audience, f"person-{cast.bob.public_id}", f"person-{cast.carol.public_id}"

    def committed(key: int, **data: Any) -> Event:
        return Event.objects.create(pk=newest + key, verb="feed.post.published", audience=place, data=data)

    later = committed(5, id="later")
    assert hub.read() == [(place.topic, "feed.post.published", "later", "")]
    # Meanwhile another process was slower: it took bob's access, and its worker told carol something.
    committed(2, revoked=[cast.bob.public_id])
    told = committed(3)
    Notice.objects.create(recipient=cast.carol, actor=cast.bob, verb="feed.mentioned", bundle="x", event=told)
    assert set(hub.read()) == {(bob, "access.changed", "", ""), (carol, "inbox.notice.delivered", "", "")}
    assert hub.read() == []
    committed(4, id="last")
    assert hub.read() == [(place.topic, "feed.post.published", "last", "")]
    with connection.cursor() as cursor:
        # PostgreSQL counts on from its own keys, not from those given here.
        for statement in connection.ops.sequence_reset_sql(no_style(), [Event]):
            cursor.execute(statement)
    # Of what waits for the worker the bell hears when it is told, also when that takes a while.
    Event.objects.filter(pk=later.pk).update(pending=False)
    waiting = Event.objects.create(verb="feed.post.published", audience=place, data={}, pending=True)
    assert hub.read() == []
    Event.objects.create(verb="feed.post.published", audience=place, data={})
    Notice.objects.create(recipient=cast.carol, actor=cast.bob, verb="feed.mentioned", bundle="y", event=waiting)
    assert hub.read() == []
    Event.objects.filter(pk=waiting.pk).update(pending=False)
    assert hub.read() == [(carol, "inbox.notice.delivered", "", "")]


def test_a_tail_that_fails_loses_no_frame_of_the_others(cast: make.Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(position: int | None) -> Any:
        raise OSError("not today")

    async def story() -> None:
        monkeypatch.setitem(live._tails, "broken", broken)
        wire = await opened(cast, "bob")
        await act(people.deactivate, person=cast.bob, by=cast.ada)
        assert {"closed": 4403} in await heard(wire)

    run(story)


def test_a_socket_whose_access_cannot_be_asked_ends(cast: make.Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    async def story() -> None:
        wire = await opened(cast, "bob")

        def broken(self: Any) -> Any:
            raise RuntimeError("the table is gone")

        monkeypatch.setattr(live.Live, "topics_now", broken)
        await act(groups.remove_member, group=cast.private, person=cast.bob, by=cast.alice)
        assert {"closed": 1011} in await heard(wire)

    run(story)


@pytest.mark.skipif(not settings.REDIS_URL, reason="of the layer that several servers share")
def test_a_socket_of_which_nothing_is_heard_stays() -> None:
    layer: Any = channel_layers[DEFAULT_CHANNEL_LAYER]
    waits = [layer.create_pool(index).connection_kwargs["socket_timeout"] for index in range(len(layer.hosts))]
    assert waits and all(wait is None or wait > layer.brpop_timeout for wait in waits)


def test_a_topic_tells_nothing_of_what_it_is_about(cast: make.Cast) -> None:
    topics = {cast.private.audience.topic, cast.secret.audience.topic, cast.public.audience.topic}
    assert len(topics) == 3
    assert all(len(topic) == 16 and topic not in ("private", "secret") for topic in topics)
