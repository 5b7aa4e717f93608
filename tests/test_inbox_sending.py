"""Mail and messages to devices (A4, J4): who is sent an announcement, what it says, and who must not get it."""

from __future__ import annotations

import base64
import json
import re
import smtplib
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import http_ece
import pytest
import time_machine
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.core import mail
from django.test import Client
from django.utils import timezone
from py_vapid import Vapid02

from core import outbox, outgoing
from feed import actions as feed
from feed.actions import moving
from groups import actions as groups
from inbox import letters, push, sending
from inbox.models import Delivery, Device, Preference
from people import actions as people
from people import seen
from social import actions as social
from tests import make
from tests.test_api import Caller

pytestmark = pytest.mark.django_db
FRAGMENT = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def _rested(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Each test has a postman of its own, and a key of the network that was made once."""
    monkeypatch.setattr(sending, "_postman", sending._Postman())
    monkeypatch.setattr(sending, "_makers", sending._Patience())
    yield


def sent() -> dict[str, Any]:
    """The letters since the last time, by the name before the @; each goes to one person alone."""
    assert all(len(one.recipients()) == 1 for one in mail.outbox)
    found = {one.to[0].partition("@")[0]: one for one in mail.outbox}
    assert len(found) == len(mail.outbox), "someone got two letters"
    mail.outbox.clear()
    return found


def queued() -> None:
    """Everything up to the letters, which wait."""
    while outbox.drain():
        pass


def test_an_announcement_goes_by_mail_to_those_who_may_read_it_and_want_it() -> None:
    cast = make.cast()
    people.edit_profile(person=cast.bob, by=cast.bob, language="nl")
    alice = cast.browser("alice")
    body = "Bcc: x@evil.example, the **move** <script>x</script>\r\nSubject: x\n\n@carol.cook see #plans ![p](https://e.org/x.png)"
    alice.post("/posts/", {"body": body, "group": cast.private.public_id, "kind": "announcement"}, headers=FRAGMENT)
    make.settle()
    got = sent()
    # Members, the guest among them; not who wrote it, not who is named there and is no member.
    assert set(got) == {"bob", "gil"}
    letter = got["gil"]
    assert letter.subject.startswith("Private reorg: Bcc: x@evil.example, the move")
    assert set(letter.message().keys()) & {"Bcc", "Cc", "Reply-To"} == set()
    raw = letter.message().as_bytes()
    assert b"Alice Archer announced in Private reorg" in raw and "aankondigde" not in letter.body
    html = letter.alternatives[0][0]
    assert "<strong>move</strong>" in html and "<script>x" not in html and "<img" not in html
    addresses = re.findall(r'(?:href|src|background)="([^"]*)"', html)
    assert (
        all(one.startswith(("http://localhost:8000/", "https://e.org/", "mailto:")) for one in addresses)
        and len(addresses) > 4
    )
    assert "List-Unsubscribe=One-Click" in letter.extra_headers["List-Unsubscribe-Post"]
    assert letter.extra_headers["List-ID"] == "<feed-announced.localhost>"
    # The same letter has the same id, and no two have one.
    assert letter.extra_headers["Message-ID"] != got["bob"].extra_headers["Message-ID"]
    assert sending.drain() == 0 and make.settle() is not None and not mail.outbox

    # To the company: employees, no guest. Of a secret group: only that there is something new.
    make.post(cast.ada, "To all of you", kind="announcement")
    make.settle()
    assert set(sent()) == {"alice", "bob", "carol", "mona"}
    secret = make.post(cast.alice, "We buy *them*", group=cast.secret, kind="announcement")
    make.settle()
    (only,) = (got := sent()).values()
    assert set(got) == {"bob"} and f"/posts/{secret.public_id}/" in only.body
    for word in (b"merger", b"Secret", b"Alice", b"buy", b"them"):
        assert word not in only.message().as_bytes(), word

    # The author may say no, by form and by API; what is no announcement goes to nobody.
    alice.post("/posts/", {"body": "a", "group": cast.private.public_id, "kind": "announcement", "mail": "0"})
    said = Caller(cast.alice).call(
        "POST", "posts", {"body": "b", "group": cast.private.public_id, "kind": "announcement", "mail": False}
    )
    assert said.status_code == 201
    make.post(cast.alice, "c @bob.baker", group=cast.private)
    make.settle()
    assert sent() == {}


def test_one_press_ends_that_kind_of_mail_and_looking_ends_nothing() -> None:
    cast = make.cast()
    make.post(cast.alice, "First", group=cast.private, kind="announcement")
    make.settle()
    stop = sent()["bob"].extra_headers["List-Unsubscribe"].strip("<>").removeprefix("http://localhost:8000")
    stranger = Client(enforce_csrf_checks=True)
    page = stranger.get(stop)
    assert page.status_code == 200 and b"Stop this mail" in page.content and b"example.org" not in page.content
    assert stranger.head(stop).status_code == 200 and not Preference.objects.exists()
    assert stranger.post(stop).status_code == 403 and stranger.get(stop[:-3] + "x/").status_code == 404
    assert stranger.post(stop[:-3] + "x/", {"List-Unsubscribe": "One-Click"}).status_code == 404
    assert stranger.post(stop, {"List-Unsubscribe": "One-Click"}).status_code == 200
    (row,) = Preference.objects.all()
    assert (row.person, row.verb, row.channel, row.wanted) == (cast.bob, "feed.announced", "mail", False)
    make.post(cast.alice, "Second", group=cast.private, kind="announcement")
    make.settle()
    assert set(sent()) == {"gil"}
    # With its button, and of one kind only.
    kind = letters.registry.get("feed.announced")
    button = Client().post(f"/notifications/stop/{letters.token(cast.gil, kind)}/")
    assert b"no more mail" in button.content
    assert letters.behind(letters.token(cast.gil, letters.registry.get("feed.mentioned"))) is None
    make.post(cast.alice, "Third", group=cast.private, kind="announcement")
    make.settle()
    assert sent() == {}


def test_everything_is_asked_again_when_it_is_sent() -> None:
    cast = make.cast()
    names = ("Rita Reed", "Dora Dean", "Sam Stone", "Wanda Wish", "Nina North")
    rita, dora, sam, wanda, nina = members = [make.person(name) for name in names]
    for one in members:
        groups.add_member(group=cast.private, person=one, by=cast.alice)
    kept = make.post(cast.alice, "Still there", group=cast.private, kind="announcement")
    gone, hidden, over, moved = (
        make.post(cast.alice, word, group=cast.private, kind="announcement")
        for word in ("deleted", "hidden", "over", "moved")
    )
    queued()
    assert Delivery.objects.filter(state="waiting").count() == 7 * 5 and not mail.outbox
    groups.remove_member(group=cast.private, person=rita, by=cast.alice)
    people.deactivate(person=dora, by=cast.ada)
    make.client(sam).post(f"/posts/{kept.public_id}/seen/")
    make.client(wanda).post("/notifications/preferences/", {"wanted": ["feed.announced:bell"]})
    make.client(nina).post("/notifications/read/")
    feed.delete(post=gone, by=cast.alice)
    feed.withhold(post=hidden, by=cast.mona)
    type(over).objects.filter(pk=over.pk).update(on_top_until=timezone.now() - timedelta(seconds=1))
    moving.move(post=moved, by=cast.alice, to=cast.secret)
    sending.drain()
    said = [(one.to[0].partition("@")[0], one.subject) for one in mail.outbox]
    mail.outbox.clear()
    # sam has seen one of them; nina all; the others may or want to hear nothing any more; the moved one is bob's alone.
    assert sorted(said) == [
        ("bob", "Private reorg: Still there"),
        ("bob", "There is something new in Kring"),
        ("gil", "Private reorg: Still there"),
    ]
    assert not Delivery.objects.filter(state="waiting").exists()

    # What the administrators switch off is not sent, though it waits; what nobody wants is not even written down.
    make.post(cast.alice, "Off", group=cast.private, kind="announcement")
    queued()
    social.change_settings(by=cast.ada, notice_mail=False)
    sending.drain()
    make.post(cast.alice, "Off too", group=cast.private, kind="announcement")
    make.settle()
    assert sent() == {} and not Delivery.objects.filter(state="waiting").exists()
    social.change_settings(by=cast.ada, notice_mail=True, bare_mail="private")
    make.post(cast.alice, "Not in a mail", group=cast.private, kind="announcement")
    make.settle()
    assert {one.subject for one in sent().values()} == {"There is something new in Kring"}


class Server:
    """A mail server with moods."""

    def __init__(self) -> None:
        self.down = False
        self.refuses: dict[str, int] = {}
        self.taken: list[str] = []
        self.opened = 0
        #: After this letter the worker dies.
        self.last: int | None = None

    def open(self) -> None:
        """As django.core.mail."""
        self.opened += 1
        if self.down:
            raise ConnectionRefusedError

    def close(self) -> None:
        """As django.core.mail."""

    def send_messages(self, some: list[Any]) -> None:
        """As django.core.mail."""
        (one,) = some
        one.message()
        (to,) = one.to
        name = to.partition("@")[0]
        if name in self.refuses:
            raise smtplib.SMTPRecipientsRefused({to: (self.refuses[name], b"no")})
        self.taken.append(name)
        if self.last is not None and len(self.taken) >= self.last:
            raise KeyboardInterrupt


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Server:
    made = Server()
    monkeypatch.setattr(sending, "get_connection", lambda: made)
    return made


def test_a_refusal_a_pause_and_a_crash_lose_and_double_nothing(server: Server) -> None:
    cast = make.cast()
    post = make.post(cast.ada, "To all", kind="announcement")
    server.down = True
    with time_machine.travel(timezone.now(), tick=True) as clock:
        make.settle()
        # Nobody answers: one try, and a rest; the bell was told all the same.
        assert server.opened == 1 and cast.browser("bob").get("/notifications/count/").json()["unread"]
        assert sending.drain() == 0 and Delivery.objects.filter(state="waiting", attempts=0).count() == 4
        server.down, sending._postman.rests_until = False, 0.0
        server.refuses = {"bob": 550, "carol": 451}
        # The worker dies right after the first letter is taken.
        server.last = 1
        with pytest.raises(KeyboardInterrupt):
            sending.drain()
        server.last = None
        assert sending.drain() == 0, "what it had claimed is its own for a while"
        clock.shift(sending.LEASE)
        make.settle()
        assert server.opened == 3, "the one that failed, the one that broke off, and one for all"
        # At most the one it had just sent is sent again.
        assert sorted(set(server.taken)) == ["alice", "mona"] and len(server.taken) <= 3
        reach = f"/posts/{post.public_id}/reach/"
        ada = cast.browser("ada")
        assert "Bob Baker" in ada.get(f"{reach}?who=missed").content.decode()
        assert "Bob Baker" not in ada.get(f"{reach}?who=not").content.decode()
        found = ada.get(f"/api/v1/posts/{post.public_id}/reach?who=not_delivered").json()
        assert [one["name"] for one in found["items"]] == ["Bob Baker"]
        assert (found["seen"], found["not_seen"], found["not_delivered"]) == (0, 3, 1)
        assert cast.browser("bob").get(f"{reach}?who=missed").status_code == 403
        # Refused for now: tried again later. The event told twice: written down once.
        server.refuses.clear()
        clock.shift(timedelta(hours=1))
        make.settle()
        assert server.taken.count("carol") == 1 and "bob" not in server.taken
        again = Delivery.objects.first().event
        again.attempts, again.due_at = 2, timezone.now()
        outbox.run(again)
        make.settle()
        assert server.taken.count("carol") == 1
        # They see it in the network all the same.
        cast.browser("bob").post(f"/posts/{post.public_id}/seen/")
        assert ada.get(f"/api/v1/posts/{post.public_id}/reach").json()["not_delivered"] == 0
        # What was delivered is forgotten, what was not stays; what waited too long is no news.
        clock.shift(timedelta(days=8))
        sending.forget()
        assert [row.person for row in Delivery.objects.all()] == [cast.bob]
    assert len(mail.outbox) == 0


class Maker:
    """Whoever makes the browsers: takes messages for devices."""

    def __init__(self) -> None:
        self.brought: list[tuple[str, bytes, dict[str, str]]] = []
        self.answers: dict[str, int] = {}
        self.names = {"push.maker.org": "151.101.1.6", "inside.maker.org": "10.0.0.7"}

    def look_up(self, host: str, _port: int) -> list[str]:
        """As the resolver."""
        return [self.names[host]]

    def connect(self, target: outgoing.Target, ip: str, _seconds: float) -> Any:
        """As the network."""
        maker = self

        class Line:
            sock = None
            headers: dict[str, str] = {}

            def request(self, method: str, path: str, *, headers: dict[str, str], body: bytes, **_more: Any) -> None:
                assert (method, ip, target.scheme) == ("POST", "151.101.1.6", "https")
                maker.brought.append((path, body, headers))
                self.status = maker.answers.get(path, 201)

            def getresponse(self) -> Any:
                return self

            def close(self) -> None:
                pass

        return Line()


@pytest.fixture
def maker(monkeypatch: pytest.MonkeyPatch) -> Maker:
    made = Maker()
    monkeypatch.setattr(outgoing, "look_up", made.look_up)
    monkeypatch.setattr(outgoing, "connect", made.connect)
    return made


class Browser:
    """A browser on a device, with keys of its own."""

    def __init__(self, name: str, host: str = "push.maker.org") -> None:
        self.path, self.keys, self.shared = f"/to/{name}", ec.generate_private_key(ec.SECP256R1()), b"0123456789abcdef"
        point = self.keys.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        self.answer = {"endpoint": f"https://{host}{self.path}", "key": code(point), "secret": code(self.shared)}

    def reads(self, body: bytes) -> dict[str, str]:
        """What it makes of a message."""
        return json.loads(
            http_ece.decrypt(body, private_key=self.keys, auth_secret=self.shared, version="aes128gcm").decode()
        )


def code(some: bytes) -> str:
    """As browsers write keys."""
    return base64.urlsafe_b64encode(some).rstrip(b"=").decode()


def test_a_device_is_told_that_there_is_something_and_nobody_on_the_way_what(maker: Maker) -> None:
    cast = make.cast()
    bob, gil, carol = (cast.browser(name) for name in ("bob", "gil", "carol"))
    page = bob.get("/notifications/preferences/").content.decode()
    key = re.search(r'data-key="([\w-]{87})"', page)
    assert key and push.key_file().stat().st_mode & 0o777 == 0o600
    phones = {name: Browser(name) for name in ("bob", "gil", "carol")}
    for name, browser in (("bob", bob), ("gil", gil), ("carol", carol)):
        agent = {"User-Agent": "Mozilla/5.0 (X11; Linux) Firefox/140.0"}
        answer = browser.post("/notifications/devices/", phones[name].answer, headers=agent | FRAGMENT)
        assert answer.status_code == 200 and b"Firefox" in answer.content and b"push.maker" not in answer.content
    make.post(cast.alice, "We buy *them*", group=cast.secret, kind="announcement", mail=False)
    make.settle()
    ((path, body, headers),) = maker.brought
    assert path == "/to/bob" and mail.outbox == []
    said = phones["bob"].reads(body)
    assert (
        said["body"] == "New announcement"
        and said["path"].startswith("/posts/")
        and set(said)
        <= {
            *("title", "body", "path", "tag"),
        }
    )
    assert Vapid02.verify(headers["Authorization"]) and headers["Authorization"].endswith(key[1])
    claims = headers["Authorization"].split(".")[1]
    assert json.loads(base64.urlsafe_b64decode(claims + "==="))["aud"] == "https://push.maker.org"
    for word in (b"merger", b"buy", b"Alice", b"announcement"):
        assert word not in body and word not in json.dumps(headers).encode()

    # Whoever looks at the network sees it there: a message waits for that, and is not sent once they have seen it.
    maker.brought.clear()
    with time_machine.travel(timezone.now(), tick=True) as clock:
        # gil has asked for pages, and looks at none now.
        seen.note_looking(cast.bob.pk)
        seen.flush()
        post = make.post(cast.alice, "Again", group=cast.private, kind="announcement", mail=False)
        make.settle()
        assert [path for path, *_rest in maker.brought] == ["/to/gil"]
        bob.post(f"/posts/{post.public_id}/seen/")
        clock.shift(timedelta(minutes=20))
        make.settle()
        assert len(maker.brought) == 1
        make.post(cast.alice, "Once more", group=cast.private, kind="announcement", mail=False)
        # A device that is gone is forgotten; of one that was its person's only way, the author is told.
        maker.answers["/to/gil"] = 410
        make.settle()
        assert sorted(path for path, *_rest in maker.brought[1:]) == ["/to/bob", "/to/gil"]
    assert not Device.objects.filter(person=cast.gil).exists()
    assert [row.person for row in Delivery.objects.filter(state="failed")] == [cast.gil]


def test_a_device_ends_with_its_signing_in_and_belongs_to_one_person(maker: Maker) -> None:
    cast = make.cast()
    bob, phone = cast.browser("bob"), Browser("one")
    for wrong in (
        {"endpoint": "http://push.maker.org/x"},
        {"endpoint": "https://127.0.0.1/x"},
        {"endpoint": "https://push.maker.org:8443/x"},
        {"endpoint": "https://push.maker.org/" + "x" * 2000},
        {"key": code(b"\x04" + b"1" * 64)},
        {"secret": code(b"short")},
        {"key": "é"},
    ):
        assert bob.post("/notifications/devices/", phone.answer | wrong).status_code == 422, wrong
    # A name that leads inside is not gone to, whatever it said when it was given.
    inside = Browser("in", "inside.maker.org")
    bob.post("/notifications/devices/", inside.answer)
    make.post(cast.alice, "x", group=cast.private, kind="announcement", mail=False)
    make.settle()
    assert maker.brought == [] and not Device.objects.exists()

    def on(browser: Client) -> None:
        assert browser.post("/notifications/devices/", phone.answer, headers=FRAGMENT).status_code == 200

    on(bob)
    # Another signs in on the same browser: it is theirs now. What is another's is not touched.
    carol = cast.browser("carol")
    on(carol)
    (device,) = Device.objects.all()
    assert device.person == cast.carol and "No device" in bob.get("/notifications/preferences/").content.decode()
    bob.post(f"/notifications/devices/{device.public_id}/remove/")
    bob.post("/notifications/devices/", phone.answer | {"off": "1"})
    assert Caller(cast.bob).call("DELETE", f"me/devices/{device.public_id}").status_code == 204
    assert Device.objects.count() == 1
    assert Caller(cast.carol).call("GET", "me/devices").json()["items"][0]["id"] == device.public_id
    carol.post("/accounts/logout/")
    assert not Device.objects.exists()
    # With all sessions, with the password, with the account.
    on(bob)
    people.end_sessions(person=cast.bob, by=cast.ada)
    assert not Device.objects.exists()
    bob = make.client(cast.bob)
    on(bob)
    cast.bob.set_password("another long password")
    cast.bob.save()
    make.post(cast.alice, "y", group=cast.private, kind="announcement", mail=False)
    make.settle()
    assert maker.brought == [] and not Device.objects.exists()
    bob = make.client(cast.bob)
    on(bob)
    people.deactivate(person=cast.bob, by=cast.ada)
    assert not Device.objects.exists()
    # The administrators' switch.
    gil = cast.browser("gil")
    on(gil)
    social.change_settings(by=cast.ada, notice_push=False)
    make.post(cast.alice, "z", group=cast.private, kind="announcement", mail=False)
    make.settle()
    assert maker.brought == []
    assert gil.post("/notifications/devices/", phone.answer).status_code == 409
    assert "switched off for this network" in gil.get("/notifications/preferences/").content.decode()


def test_the_settings_say_what_is_told_where_and_one_person_announces_so_often_by_mail(
    settings: Any,
) -> None:
    cast = make.cast()
    bob, api = cast.browser("bob"), Caller(cast.bob)
    page = bob.get("/notifications/preferences/").content.decode()
    switches = re.findall(r'role="switch" name="wanted" value="([\w.:]+)"', page)
    assert {"feed.announced:bell", "feed.announced:mail", "feed.announced:push", "feed.replied:bell"} <= set(switches)
    assert "feed.replied:mail" not in switches
    wished = {"items": [{"kind": "feed.announced", "mail": False}]}
    items = api.call("PATCH", "me/notification-settings", wished).json()["items"]
    told = next(one for one in items if one["kind"] == "feed.announced")
    assert told["mail"] == {"offered": True, "wanted": False, "fixed": False} and told["push"]["wanted"]
    for wrong in (
        {"kind": "feed.replied", "mail": True},
        {"kind": "x", "bell": False},
        {"kind": "inbox.woken", "bell": False},
    ):
        assert api.call("PATCH", "me/notification-settings", {"items": [wrong]}).status_code == 422
    assert api.call("GET", "me/notification-settings").json()["items"] == items
    script = Client().get("/push-worker.js")
    assert script["Content-Type"].startswith("text/javascript") and script["Cache-Control"] == "no-cache"
    assert b"fetch(" not in script.content

    settings.KRING_LIMITS = {"ANNOUNCEMENTS_BY_MAIL": 1}
    alice = cast.browser("alice")
    form = {"body": "Loud", "group": cast.private.public_id, "kind": "announcement"}
    assert alice.post("/posts/", form).status_code == 302
    again = alice.post("/posts/", form, headers=FRAGMENT)
    assert again.status_code == 422 and b"by mail 1 times a day" in again.content and b"Loud" in again.content
    assert alice.post("/posts/", form | {"mail": "0"}).status_code == 302
