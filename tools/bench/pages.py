"""Requests through all middleware in this process, measured by the operating system's own accounting.

Each scenario is asked some times first, so that what a process keeps is there (a page that was never drawn has a
scenario of its own), then as often as `repeat` says. CPU is that of this process, which is server and database in one;
queries and rows are counted in requests of their own, so that counting costs the timed ones nothing.
"""

from __future__ import annotations

import gzip
import itertools
import re
import statistics
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from io import BytesIO
from typing import Any
from urllib.parse import urlencode, urlsplit

from tools.bench import ground
from tools.bench.figures import QUIET, Figures

TOKEN = "b" * 32
REPEAT = 60


@dataclass
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes


class Browser:
    """Someone who is signed in, without a browser's own cost: it calls the site as a server would."""

    def __init__(self, person: Any = None) -> None:
        from django.core.handlers.wsgi import WSGIHandler

        self.site = WSGIHandler()
        self.cookies = {"csrftoken": TOKEN}
        if person is not None:
            self.cookies |= session_of(person)

    def get(self, path: str, **headers: str) -> Answer:
        """A page."""
        return self.ask("GET", path, b"", headers)

    def post(self, path: str, data: dict[str, str], **headers: str) -> Answer:
        """A form."""
        return self.ask("POST", path, urlencode(data).encode(), headers | {"X-CSRFToken": TOKEN})

    def ask(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> Answer:
        """One request."""
        parts = urlsplit(path)
        environ: dict[str, Any] = {
            "REQUEST_METHOD": method,
            "PATH_INFO": parts.path,
            "QUERY_STRING": parts.query,
            "SERVER_NAME": "localhost",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "127.0.0.1",
            "SCRIPT_NAME": "",
            "CONTENT_TYPE": "application/x-www-form-urlencoded" if body else "",
            "CONTENT_LENGTH": str(len(body)),
            "HTTP_HOST": "localhost",
            "HTTP_ACCEPT_LANGUAGE": "en",
            "HTTP_COOKIE": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
            "wsgi.input": BytesIO(body),
            "wsgi.url_scheme": "http",
            "wsgi.errors": None,
            "wsgi.version": (1, 0),
        }
        for name, value in headers.items():
            environ[f"HTTP_{name.replace('-', '_').upper()}"] = value
        given: dict[str, Any] = {}

        def start(status: str, sent: list[tuple[str, str]], _error: Any = None) -> Callable[[bytes], object]:
            given["status"], given["headers"] = int(status[:3]), dict(sent)
            return lambda _more: None

        response = self.site(environ, start)
        try:
            content = b"".join(response)
        finally:
            response.close()
        return Answer(given["status"], given["headers"], content)

    def alive(self) -> Answer:
        """A request with nothing in it but session, sign-in and middleware."""
        return self.get("/healthz")


def session_of(person: Any) -> dict[str, str]:
    """The cookies of someone who has signed in."""
    from django.test import Client

    client = Client()
    client.force_login(person, backend="people.backend.Backend")
    jar: SimpleCookie = client.cookies
    return {name: morsel.value for name, morsel in jar.items()}


@dataclass
class Scenario:
    """Something that is asked again and again."""

    name: str
    ask: Callable[[], Answer]
    gates: dict[str, float] = field(default_factory=dict)
    #: Runs before each request, unmeasured.
    before: Callable[[], None] = lambda: None
    status: int = 200

    def run(self, size: str, repeat: int, empty: Callable[[], Answer]) -> Figures:
        """Ask and measure, and in turn with it a request that has nothing in it."""
        for _ in range(3):
            self.asked()
            empty()
        queries, rows, answer = self.counted()
        cpu, wall, idle = [], [], []
        for _ in range(repeat):
            # How busy the machine is now: what others do on it changes from one minute to the next.
            used = time.process_time()
            empty()
            idle.append((time.process_time() - used) * 1000)
            self.before()
            used, began = time.process_time(), time.perf_counter()
            self.ask()
            cpu.append((time.process_time() - used) * 1000)
            wall.append((time.perf_counter() - began) * 1000)
        values = {
            "cpu": statistics.median(cpu),
            "empty": statistics.median(idle),
            "scaled": statistics.median(cpu) * QUIET / statistics.median(idle),
            "p50": statistics.median(wall),
            "p95": sorted(wall)[int(len(wall) * 0.95)],
            "queries": queries,
            "rows": rows,
        }
        if answer.status == 200:
            values["html"] = len(answer.body) / 1024
            values["gzip"] = len(gzip.compress(answer.body, 6)) / 1024
        return Figures(self.name, size, values, self.gates)

    def asked(self) -> Answer:
        """One request whose answer is looked at."""
        self.before()
        answer = self.ask()
        if answer.status != self.status:
            raise RuntimeError(f"{self.name}: {answer.status} instead of {self.status}: {answer.body[:300]!r}")
        return answer

    def counted(self) -> tuple[int, int, Answer]:
        """Queries, rows written, and the answer of one request."""
        self.before()
        return counted(self.ask)


def counted(work: Callable[[], Any]) -> tuple[int, int, Any]:
    """Queries and rows written by something, and what it gave."""
    from django.db import connection

    asked: list[str] = []

    def wrapper(execute: Callable, sql: str, params: Any, many: bool, context: dict) -> Any:
        if not sql.startswith(("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT")):
            asked.append(sql)
        return execute(sql, params, many, context)

    connection.ensure_connection()
    before = _changes(connection)
    with connection.execute_wrapper(wrapper):
        given = work()
    return len(asked), _changes(connection) - before, given


def _changes(connection: Any) -> int:
    """Rows this connection has written so far; SQLite counts them itself."""
    return getattr(connection.connection, "total_changes", 0)


def scenarios(index: bool = True) -> Iterator[Scenario]:
    """What is measured in a company that `ground` has written; searches only where there is an index."""
    from django.forms import BooleanField

    from feed import actions, cards
    from feed.forms import PostForm
    from feed.models import Post
    from groups.models import Group
    from people.models import User

    # A browser sends the fields that were left empty as well.
    blank = {name: "" for name, field in PostForm.base_fields.items() if not isinstance(field, BooleanField)}
    reader = User.objects.get(email=ground.READER)
    browser = Browser(reader)
    number = itertools.count(1)
    roots = Post.objects.visible_to(reader).roots()
    hundred = roots.filter(reply_count__gte=10, reply_count__lte=100, group=None).order_by("-reply_count").first()
    longest = roots.order_by("-reply_count").first()
    mine = Group.objects.filter(memberships__person=reader).order_by("-audience__seq").first()
    newest = roots.filter(group=None).order_by("-pk").first()
    other = User.objects.exclude(pk=reader.pk).order_by("pk").first()
    assert hundred and longest and mine and newest and other  # noqa: S101 - `ground` writes them

    yield Scenario("alive (nothing but the frame of a request)", browser.alive)
    home = Scenario("home feed", lambda: browser.get("/"), {"cpu": 5, "queries": 8})
    yield home
    yield Scenario("home feed, no card drawn yet", lambda: browser.get("/"), {"queries": 12}, before=cards.shelf.clear)
    more = re.search(rb'hx-get="(/\?[^"]*cursor=[^"]*)"', browser.get("/").body)
    if more:
        path = more[1].decode().replace("&amp;", "&")
        yield Scenario("home feed, the next page", lambda: browser.get(path, HX_Request="true"), {"gzip": 10})
    yield Scenario("home feed, following", lambda: browser.get("/?view=following&sort=new"))
    yield Scenario("home feed, all company", lambda: browser.get("/?view=company&sort=active"))
    gates: dict[str, float] = {"cpu": 8, "html": 150} if hundred.reply_count == 100 else {}
    thread = hundred.get_absolute_url()
    yield Scenario(f"thread of {hundred.reply_count} answers", lambda: browser.get(thread), gates)
    yield Scenario(
        f"thread of {hundred.reply_count} answers, none drawn yet",
        lambda: browser.get(thread),
        {"queries": 16},
        before=cards.shelf.clear,
    )
    if longest.reply_count > 100:
        url = longest.get_absolute_url()
        yield Scenario(f"thread of {longest.reply_count} answers", lambda: browser.get(url), {"cpu": 8, "html": 150})
    yield Scenario("group page", lambda: browser.get(mine.get_absolute_url()), {"cpu": 10})
    yield Scenario("groups", lambda: browser.get("/groups/"))
    yield Scenario("directory", lambda: browser.get("/people/"), {"cpu": 10, "p50": 40})
    yield Scenario("profile", lambda: browser.get(other.get_absolute_url()))
    yield Scenario("notifications", lambda: browser.get("/notifications/"))
    if index:
        asked = itertools.cycle(_questions(reader))
        yield Scenario("search page", lambda: browser.get(f"/search/?q={next(asked)}"), {"cpu": 10})
    yield Scenario(
        "create a post for everyone",
        lambda: browser.post(
            "/posts/", blank | {"body": f"Said number {next(number)}, to all of you."}, HX_Request="true"
        ),
        {"cpu": 6, "rows": 8},
    )
    yield Scenario(
        "create a post in a group",
        lambda: browser.post(
            "/posts/",
            blank | {"body": f"Said number {next(number)}, to us.", "group": mine.public_id},
            HX_Request="true",
        ),
        {"cpu": 6, "rows": 8},
    )
    yield Scenario(
        "create a post without script",
        lambda: browser.post("/posts/", {"body": f"Said number {next(number)}, plainly."}),
        {"cpu": 6, "rows": 8},
        status=302,
    )
    yield Scenario(
        "answer",
        lambda: browser.post(f"{newest.get_absolute_url()}reply/", {"body": f"No. {next(number)}"}, HX_Request="true"),
        {"cpu": 6, "rows": 10},
    )
    mine_said = actions.publish(author=reader, body="Said, to be said otherwise.").get_absolute_url()
    yield Scenario(
        "edit a post",
        lambda: browser.post(f"{mine_said}edit/", {"body": f"Otherwise, number {next(number)}."}, HX_Request="true"),
        {"cpu": 6, "rows": 10},
    )
    emoji = itertools.cycle(("👍", "🎉", "👀", "🙏"))
    yield Scenario(
        "react",
        lambda: browser.post(f"{newest.get_absolute_url()}reactions/", {"emoji": next(emoji)}, HX_Request="true"),
        {"cpu": 6, "rows": 8},
    )


def _questions(reader: Any) -> list[str]:
    """Words that stand in what the reader may read, two by two."""
    from feed.models import Post

    lines = Post.objects.visible_to(reader).order_by("pk").values_list("line", flat=True)[:4000:37]
    words = [word for line in lines for word in re.findall(r"[A-Za-z]{4,}", line)[:2]]
    return [f"{one}+{two}" for one, two in itertools.pairwise(words)] or ["hello"]


def first_visit(size: str) -> Figures:
    """What a browser fetches for the home page that has never been here, until the page stands."""
    from people.models import User

    browser = Browser(User.objects.get(email=ground.READER))
    page = browser.get("/")
    html = page.body.decode()
    wanted = set(re.findall(r'<(?:script|img)\b[^>]*\bsrc="(/[^"]+)"', html))
    wanted |= set(re.findall(r'<link\b[^>]*\bhref="(/[^"]+)"', html))
    wanted |= {url.partition("#")[0] for url in re.findall(r'<use href="(/[^"]+)"', html)}
    total = len(gzip.compress(page.body, 6))
    for url in wanted:
        answer = browser.get(url, Accept_Encoding="gzip")
        packed = answer.headers.get("Content-Encoding") == "gzip"
        total += len(answer.body) if packed else len(gzip.compress(answer.body, 6))
    for url in re.findall(r'hx-get="([^"]+)" hx-trigger="load"', html):
        wanted.add(url)
        total += len(gzip.compress(browser.get(url, HX_Request="true").body, 6))
    return Figures(
        "first visit", size, {"gzip": total / 1024, "requests": 1 + len(wanted)}, {"gzip": 60, "requests": 6}
    )


def measure(size: str, repeat: int = REPEAT, only: Iterable[str] = (), index: bool = True) -> list[Figures]:
    """All scenarios."""
    from people.models import User

    wanted, reader = tuple(only), Browser(User.objects.get(email=ground.READER))
    return [
        scenario.run(size, repeat, reader.alive)
        for scenario in scenarios(index)
        if not wanted or any(part in scenario.name for part in wanted)
    ]
