"""Previews of links (A1): fetched by the worker from the public internet alone, shown to who may see the post."""

from __future__ import annotations

import io
import socketserver
import threading
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from PIL import Image

from core import outgoing
from core.models import Event
from feed.actions import previews
from feed.models import Post, Preview
from files.models import File
from social.models import SiteSettings
from tests import make
from tests.test_api import Caller
from tests.test_feed_posts import FRAGMENT

pytestmark = pytest.mark.django_db

PUBLIC = "151.101.1.6"
PAGE = (
    '<html><head><title>No</title><meta property="og:title" content="Port &lt;b&gt;opens&lt;/b&gt;">'
    '<meta name="description" content="Eleven docks."><meta property="og:image" content="/quay.png"></head>'
)


def picture() -> bytes:
    """A picture with something hidden in it."""
    held = io.BytesIO()
    Image.linear_gradient("L").resize((1400, 700)).convert("RGB").save(held, "PNG")
    return held.getvalue() + b"<script>hidden trailer</script>"


class Web:
    """An internet of our own: names with their addresses, and what is answered there."""

    def __init__(self) -> None:
        self.names: dict[str, list[str]] = {}
        self.pages: dict[str, tuple[int, dict[str, str], bytes]] = {}
        #: What was asked: address, IP address, headers.
        self.asked: list[tuple[str, str, dict[str, str]]] = []

    def page(self, address: str, body: Any = PAGE, *, status: int = 200, ip: str = PUBLIC, **headers: str) -> None:
        """Something at an address."""
        self.names.setdefault(address.split("/")[2].partition(":")[0], [ip])
        kind = {"Content-Type": "text/html; charset=utf-8"}
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        self.pages[address] = (status, kind | sent, body.encode() if isinstance(body, str) else body)

    def look_up(self, host: str, port: int) -> list[str]:
        """As the resolver."""
        if host not in self.names:
            raise OSError("no such name")
        return self.names[host]

    def connect(self, target: outgoing.Target, ip: str, seconds: float) -> Any:
        """As the network."""
        web = self

        class Line:
            """A connection that knows its answers, and the answer itself."""

            sock = None

            def request(self, _method: str, path: str, *, headers: dict[str, str], **_more: Any) -> None:
                address = f"{target.scheme}://{headers['Host']}{path}"
                web.asked.append((address, ip, headers))
                if address not in web.pages:
                    raise OSError("nobody there")
                self.status, self.headers, body = web.pages[address]
                self.rest = io.BytesIO(body)

            def getresponse(self) -> Any:
                return self

            def read1(self, most: int) -> bytes:
                return self.rest.read(most)

            def close(self) -> None:
                pass

        return Line()


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch, settings: Any) -> Web:
    settings.KRING_LINK_PREVIEWS = True
    made = Web()
    monkeypatch.setattr(outgoing, "look_up", made.look_up)
    monkeypatch.setattr(outgoing, "connect", made.connect)
    return made


def test_a_link_shows_its_preview_while_the_text_is_written_and_to_its_writer_alone(web: Web, settings: Any) -> None:
    cast = make.cast()
    bob, carol, nobody = cast.browser("bob"), cast.browser("carol"), Client()
    web.page("https://port.org/")
    web.page("https://port.org/quay.png", picture(), Content_Type="image/png")
    body = {"body": "Read https://port.org/ and `https://code.org/` and http://127.0.0.1/"}

    def looked(browser: Client) -> tuple[str, str]:
        answer = browser.post("/posts/links/", body)
        return answer.content.decode(), answer["X-Waiting"]

    assert looked(bob) == ("", "1") and not web.asked
    make.settle()
    html, waiting = looked(bob)
    assert waiting == "0" and "Eleven docks." in html and 'src="data:image/webp;base64,' in html
    assert Caller(cast.bob).call("POST", "links", body).json() == {
        "items": [
            {
                "url": "https://port.org/",
                "host": "port.org",
                "title": "Port <b>opens</b>",
                "description": "Eleven docks.",
            }
        ],
        "waiting": 0,
    }
    assert len(web.asked) == 2
    # Carol does not learn from it that somebody looks at that page; who is not signed in asks for nothing.
    assert looked(carol) == ("", "1")
    assert nobody.post("/posts/links/", body).status_code == 302
    assert carol.post("/posts/links/", {**body, "group": cast.secret.public_id}).status_code == 404
    # The post has it with its picture, seen by its readers; nothing is fetched again.
    post = make.post(cast.bob, body["body"])
    before = len(web.asked)
    make.settle()
    assert Preview.objects.get(post=post).state == "ready" and len(web.asked) == before + 2, (
        "carol's own look is fetched"
    )
    assert carol.get(File.objects.on(Preview.objects.get(post=post)).get().picture_url).status_code == 200
    # Not without end, and not for ever.
    settings.KRING_LIMITS = {"LOOKS_PER_MINUTE": 1}
    assert bob.post("/posts/links/", {"body": "https://other.org/"})["X-Waiting"] == "0"
    Preview.objects.filter(person=cast.bob).update(at=timezone.now() - timedelta(days=2))
    assert previews.forget_looks() == 1 and Preview.objects.filter(person=cast.carol).exists()
    SiteSettings(link_previews=False).save()
    assert looked(carol) == ("", "0")


def test_a_link_gets_a_preview_for_those_who_may_see_the_post_and_it_ends_with_it(web: Web) -> None:
    cast = make.cast()
    alice, bob, gil, carol = (cast.browser(name) for name in ("alice", "bob", "gil", "carol"))
    web.page("https://port.org/news?id=1&x=2")
    web.page("https://port.org/quay.png", picture(), Content_Type="image/png")
    body = "Read https://port.org/news?id=1&x=2#top and `https://code.org/`"
    card = alice.post("/posts/", {"body": body, "group": cast.private.public_id}, headers=FRAGMENT).content.decode()
    post = Post.objects.get()
    # The text is there at once; the place where the preview comes asks for it when it is told.
    place = f"/posts/{post.public_id}/links/"
    assert f'hx-get="{place}"' in card and "Port " not in card
    make.settle()
    assert [address for address, _ip, _headers in web.asked] == [
        "https://port.org/news?id=1&x=2",
        "https://port.org/quay.png",
    ]
    assert {ip for _address, ip, _headers in web.asked} == {PUBLIC}
    for _address, _ip, headers in web.asked:
        assert set(headers) == {"Host", "User-Agent", "Accept", "Accept-Encoding", "Connection"}
    shown = bob.get(place, headers=FRAGMENT).content.decode()
    assert "Port &lt;b&gt;opens" in shown and "Eleven docks." in shown and 'rel="noopener nofollow' in shown
    event = Event.objects.get(verb="feed.post.previewed")
    assert event.data == {"id": post.public_id} and event.audience == cast.private.audience
    # Its picture is drawn anew, and given to the readers of the post alone.
    file = File.objects.on(Preview.objects.get()).get()
    for browser, status in ((bob, 200), (gil, 200), (carol, 404)):
        answer = browser.get(file.picture_url)
        assert answer.status_code == status
        if status == 200:
            sent = b"".join(answer.streaming_content)
            assert b"hidden" not in sent and Image.open(io.BytesIO(sent)).size == (960, 480)
        assert browser.get(place, headers=FRAGMENT).status_code == status
    for address in ("/", f"/posts/{post.public_id}/"):
        page = gil.get(address).content.decode()
        assert "Eleven docks." in page and file.picture_url in page
    api = Caller(cast.bob).call("GET", f"posts/{post.public_id}").json()["links"][0]
    assert api["title"] == "Port <b>opens</b>" and api["picture"]["id"] == file.public_id
    # Found by what the page says, by those alone who see the post; no longer once it is taken away (below).
    assert f"/posts/{post.public_id}/" in gil.get("/search/?q=docks").content.decode()
    assert f"/posts/{post.public_id}/" not in carol.get("/search/?q=docks").content.decode()
    # The same page again: known to who has seen it, asked anew for who has not.
    make.reply(cast.gil, post, "Again https://port.org/news?id=1&x=2")
    make.settle()
    assert len(web.asked) == 2 and Preview.objects.filter(state="ready").count() == 2
    make.post(cast.carol, "New to me: https://port.org/news?id=1&x=2")
    make.settle()
    assert len(web.asked) == 4 and File.objects.filter(on_kind="feed.preview").count() == 3
    # Its author takes it away, and nobody else; an edit does not bring it back, another link gets one.
    preview = Preview.objects.get(post=post)
    assert "Remove the preview of port.org" in alice.get(f"/posts/{post.public_id}/menu/").content.decode()
    assert "Remove the preview" not in bob.get(f"/posts/{post.public_id}/menu/").content.decode()
    assert bob.post(place, {"remove": preview.public_id}).status_code == 403
    assert carol.post(place, {"remove": preview.public_id}).status_code == 404
    alice.post(place, {"remove": preview.public_id})
    make.settle()
    assert f'/posts/{post.public_id}/"' not in gil.get("/search/?q=docks").content.decode()
    assert "Eleven docks." not in bob.get(f"/posts/{post.public_id}/").content.decode().partition("Again")[0]
    assert bob.get(file.picture_url).status_code == 404
    web.page("https://other.org/", "<title>Another page</title>")
    alice.post(f"/posts/{post.public_id}/edit/", {"body": f"{body} https://other.org/"})
    make.settle()
    titles = [one.title for one in Preview.objects.filter(post=post, state="ready")]
    assert titles == ["Another page"] and len(web.asked) == 5
    alice.post(f"/posts/{post.public_id}/edit/", {"body": "No link"})
    make.settle()
    assert not Preview.objects.filter(post=post).exists()
    # Through the API as well; and with its post it goes, picture and all.
    caller, reply = Caller(cast.gil), Post.objects.get(author=cast.gil)
    link = caller.call("GET", f"posts/{reply.public_id}").json()["links"][0]["id"]
    assert Caller(cast.bob).call("DELETE", f"posts/{reply.public_id}/links/{link}").status_code == 403
    assert caller.call("DELETE", f"posts/{reply.public_id}/links/{link}").status_code == 204
    assert caller.call("GET", f"posts/{reply.public_id}").json()["links"] == []
    make.feed.delete(post=Post.objects.get(group=None), by=cast.carol)
    assert not File.objects.filter(on_kind="feed.preview").exclude(state="removed").exists()
    assert Preview.objects.count() == 1 and Preview.objects.get().post.author == cast.gil


#: Addresses that nothing is sent to, whoever writes them.
INSIDE = [
    *("http://127.0.0.1/", "http://localhost/", "http://[::1]/", "http://2130706433/", "http://0x7f.1/"),
    *("http://0177.0.0.1/", "http://127.1/", "http://169.254.169.254/latest/meta-data/", "http://8.8.8.8/"),
    *("http://[::ffff:10.0.0.1]/", "http://[64:ff9b::a00:1]/", "http://①②⑦.0.0.1/", "http://router/"),
    *("http://printer.local/", "http://wiki.internal/", "http://kring.lan/", "http://x.localhost/"),
    *("https://user:secret@port.org/", "http://port.org:8080/", "https://port.org:80/", "ftp://port.org/"),
    *("http://testserver/", "http://port.org:22/", "http://port.org%2f@inside.org/", "http://por\\t.org/"),
]
#: IP addresses that a name may have, and nothing is sent to.
PRIVATE = [
    *("127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0", "100.64.0.1"),  # noqa: S104
    *("192.0.0.1", "192.0.2.1", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "203.0.113.9"),
    *("::1", "::", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "64:ff9b::7f00:1", "64:ff9b:1::a00:1"),
    *("2002:7f00:1::", "2001:0:4136:e378::1", "fe80::1", "fe80::1%eth0", "fc00::1", "fec0::1", "ff02::1"),
    *("2001:db8::1", "3fff::1", "2a00:1450::5efe:a00:1", "5f00::1", "100::1", "no address", ""),
]
#: Answers that lead nowhere: what is at https://start0.org/ and so on; the one at 5 turns round and round.
NOWHERE: list[dict[str, Any]] = [
    *({"status": 302, "Location": to} for to in ("http://10.0.0.1/", "http://inside.org/", "file:///etc/passwd")),
    *(
        {"status": 301, "Location": to}
        for to in ("http://port.org/", "https://a:b@port.org/", "/loop", "gopher://x.org/")
    ),
    {"Content_Type": "application/pdf"},
    {"Content_Type": "text/html", "Content_Encoding": "gzip"},
    {"status": 404},
    {"body": "no title"},
    {"body": "<div>" * 100_000},
    {"body": "<meta " * 170_000},
]


def test_nothing_is_sent_to_the_inside_whatever_people_names_or_redirects_say(web: Web, settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["testserver", ".kring.org"]
    settings.KRING_LIMITS = {"POSTS_PER_MINUTE": 1_000, "FETCHES_PER_HOST": 1_000}
    assert not [ip for ip in PRIVATE if outgoing.is_public(ip)]
    assert all(outgoing.is_public(ip) for ip in (PUBLIC, "2a00:1450:400e:80c::200e"))
    cast = make.cast()
    for address in (*INSIDE, "https://chat.kring.org/"):
        with pytest.raises(outgoing.Unreachable):
            outgoing.get(address, accept=previews.PAGES, most=1000)
    for ip in PRIVATE:
        web.names["turn.org"] = [PUBLIC, ip]
        with pytest.raises(outgoing.Unreachable):
            outgoing.get("http://turn.org/", accept=previews.PAGES, most=1000)
    make.post(cast.alice, " ".join(f"See {address} and <{address}>" for address in INSIDE))
    make.settle()
    assert not web.asked
    # Each redirect is a new address. The one from safe to unsafe, and the fourth, are not followed.
    web.page("http://inside.org/", ip="192.168.1.1")
    web.page("http://port.org/")
    for number, answer in enumerate(NOWHERE):
        web.page(f"https://start{number}.org/", **{"body": PAGE} | answer)
        web.page(f"https://start{number}.org/loop", status=302, Location="/loop")
    links = [f"https://start{number}.org/" for number in range(len(NOWHERE))]
    for first in range(0, len(links), 3):
        make.post(cast.alice, " ".join(links[first : first + 3]))
    make.settle()
    failed = Preview.objects.filter(state="failed", due_at=None).order_by("pk").values_list("address", flat=True)
    assert list(failed) == links
    assert {address for address, _ip, _headers in web.asked} == {*links, "https://start5.org/loop"}
    # A picture is a second fetch, by the same rules.
    web.page("https://start.org/", PAGE.replace("/quay.png", "http://inside.org/a.png"))
    web.asked.clear()
    post = make.post(cast.alice, "https://start.org/")
    make.settle()
    assert Preview.objects.get(post=post).state == "ready" and len(web.asked) == 1
    assert not File.objects.filter(on_kind="feed.preview").exists()


def test_what_fails_is_tried_again_with_a_limit_and_off_means_off(web: Web, settings: Any) -> None:
    cast = make.cast()
    post = make.post(cast.alice, "https://slow.org/a https://slow.org/b https://slow.org/c https://slow.org/d")
    make.settle()
    assert Preview.objects.count() == 3
    tries = 1
    while Preview.objects.filter(state="waiting").exists():
        Preview.objects.update(due_at=timezone.now() - timedelta(seconds=1))
        make.settle()
        tries += 1
    assert tries == 3 and Post.objects.get().has_previews is False
    assert "https://slow.org/a" in cast.browser("bob").get(f"/posts/{post.public_id}/").content.decode()
    # Politely: a host that was asked a lot waits.
    settings.KRING_LIMITS = {"FETCHES_PER_HOST": 1}
    web.page("https://busy.org/1", "<title>One</title>")
    web.page("https://busy.org/2", "<title>Two</title>")
    make.post(cast.alice, "https://busy.org/1 https://busy.org/2")
    make.settle()
    assert sorted(Preview.objects.filter(host="busy.org").values_list("state", flat=True)) == ["ready", "waiting"]
    asked = len(web.asked)
    page = cast.browser("ada").get("/admin/network/").content.decode()
    assert "link_previews" in page
    SiteSettings(link_previews=False).save()
    make.post(cast.alice, "https://new.org/")
    make.settle()
    SiteSettings(link_previews=True).save()
    settings.KRING_LINK_PREVIEWS = False
    make.post(cast.alice, "https://newer.org/")
    Preview.objects.update(due_at=timezone.now() - timedelta(seconds=1), state="waiting")
    make.settle()
    with pytest.raises(outgoing.Unreachable):
        outgoing.get("https://busy.org/1", accept=previews.PAGES, most=1000)
    assert len(web.asked) == asked and not Preview.objects.filter(host__startswith="new").exists()


def test_a_host_that_never_ends_is_hung_up_on(web: Web, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.KRING_LIMITS = {"FETCH_SECONDS": 1}
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
    heard: list[bytes] = []
    stop = threading.Event()

    class Host(socketserver.BaseRequestHandler):
        """Says a byte at a time, in the head or in the body, or more than anyone wants."""

        def handle(self) -> None:
            asked = self.request.recv(4096)
            heard.append(asked)
            path = asked.split()[1]
            try:
                if path == b"/large":
                    self.request.sendall(head + b"\r\n" + b"x" * 300_000)
                    return
                self.request.sendall(head[:9] if path == b"/head" else head + b"\r\n<title>")
                while not stop.wait(0.05):
                    self.request.sendall(b"2")
            except OSError:
                return

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Host) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        web.names["slow.org"] = [PUBLIC]

        def connect(target: outgoing.Target, ip: str, seconds: float) -> Any:
            assert ip == PUBLIC
            return outgoing.HTTPConnection(*server.server_address, timeout=seconds)

        monkeypatch.setattr(outgoing, "connect", connect)
        for path, whole in (("head", True), ("body", True), ("large", True)):
            begun = timezone.now()
            with pytest.raises(outgoing.Unreachable):
                outgoing.get(f"http://slow.org/{path}", accept=previews.PAGES, most=100_000, whole=whole)
            assert timezone.now() - begun < timedelta(seconds=3), path
        beginning = outgoing.get("http://slow.org/large", accept=previews.PAGES, most=100_000, whole=False)
        assert len(beginning.body) == 100_000
        stop.set()
        server.shutdown()
    assert b"\r\nHost: slow.org\r\n" in heard[0] and b"Cookie" not in heard[0] and b"Referer" not in heard[0]
