"""What every answer carries, whatever it is: pages, fragments, files, the API, the desk, refusals and failures.

And what holds for every address alike: a request that changes something needs the token against forgery, one that
reads changes nothing, and no link of ours leads elsewhere.
"""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.staticfiles import finders
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from people.backend import Backend
from tests import make, surfaces
from tests.surfaces import asks
from tests.world import World, world

pytestmark = pytest.mark.django_db

BACKEND = f"{Backend.__module__}.{Backend.__qualname__}"
#: Looks that leave a record, and so write.
RECORDED = ("moderation/cases/", "admin/groups/<", "admin/people/<")


@pytest.fixture
def house(db: None) -> World:
    return world(("private",))


#: Pages of ours that stand beside the files themselves.
ABOUT_FILES = re.compile(r"^/files/(mine|parts|quarantine)/|/(about|card)/($|\?)")


def every_header_is_right(answer: Any, where: str) -> None:
    """The snapshot: what an answer of any kind must carry."""
    heads = answer.headers
    desk, file = (
        where.startswith("/admin/"),
        where.startswith(("/files/", "/knowledge/images/", "/knowledge/documents/")) and not ABOUT_FILES.search(where),
    )
    assert heads["X-Content-Type-Options"] == "nosniff", where
    assert heads["Cache-Control"] == "private, no-store" or (
        {"private", "no-store"} <= {part.strip() for part in heads["Cache-Control"].split(",")}
    ), (where, heads["Cache-Control"])
    assert heads["Cross-Origin-Resource-Policy"] == "same-origin", where
    assert heads["Cross-Origin-Opener-Policy"] == "same-origin", where
    assert heads["Referrer-Policy"] in ("same-origin", "no-referrer"), where
    assert {"camera=()", "microphone=()", "geolocation=()"} <= set(heads["Permissions-Policy"].split(", ")), where
    # For browsers that know no `frame-ancestors`; a host that is not ours is refused before it is added.
    assert heads.get("X-Frame-Options", "DENY") == "DENY" or desk, where
    policy = dict(part.strip().partition(" ")[::2] for part in heads["Content-Security-Policy"].split(";"))
    assert policy["default-src"] == "'none'", where
    assert policy.get("frame-ancestors") == "'none'" or (desk and policy["frame-ancestors"] == "'self'"), (
        where,
        policy,
    )
    if file and answer.status_code in (200, 206, 304):
        assert "sandbox" in policy, where
        return
    assert policy["base-uri"] == policy["object-src"] == "'none'" and policy["form-action"] == "'self'", where
    # Players that administrators allow (tests/world.py) may stand in pages with cards, and nothing else may.
    assert policy.pop("frame-src", "'none'") in ("'none'", "'self'" if desk else "https://play.paper.org"), where
    sources = " ".join(value for name, value in policy.items() if name.endswith("-src"))
    assert "*" not in sources and "http" not in sources and "unsafe-eval" not in sources, (where, sources)
    if not desk:
        assert "unsafe-inline" not in sources, where
        assert re.search(r"'nonce-[\w+/=-]{16,}'|^'self'$", policy["script-src"]), (where, policy["script-src"])
    assert "Server" not in heads and "X-Powered-By" not in heads


def test_every_answer_carries_the_headers(house: World) -> None:
    place = house.places["private"]
    statuses: dict[int, int] = {}
    for _route, ask in asks("GET"):
        for who in ("alice", "carol", "nobody") if not ask.address.startswith("/admin/") else ("ada",):
            answer = ask.send(house.browsers[who], place.ids)
            every_header_is_right(answer, ask.address)
            statuses[answer.status_code] = statuses.get(answer.status_code, 0) + 1
            b"".join(answer.streaming_content) if answer.streaming else None
    assert {200, 302, 403, 404, 401} <= set(statuses)


def test_refusals_and_failures_carry_them_too(house: World, monkeypatch: pytest.MonkeyPatch) -> None:
    alice, place = house.browsers["alice"], house.places["private"]
    alice.raise_request_exception = False
    post = f"/posts/{place.ids['post']}/"
    found = {
        "GET " + where: alice.get(where)
        for where in ("/nowhere/", "/posts/aaaaaaaaaaaaaaaa/", "/?cursor=forged", "/moderation/", "/accounts/login/")
    }
    found["405"] = alice.get(f"{post}read/")
    found["413"] = alice.post("/posts/", {"body": "x" * 2_200_000})
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(house.cast.alice, backend=BACKEND)
    found["csrf"] = strict.post("/posts/", {"body": "x"})
    found["api csrf"] = strict.post("/api/v1/posts", "{}", content_type="application/json")
    found["api 422"] = alice.post("/api/v1/posts", "{", content_type="application/json")
    found["host"] = alice.get("/", headers={"Host": "evil.example"})
    found["range"] = alice.get(f"/files/{place.ids['file']}/", headers={"Range": "bytes=0-3"})
    found["unchanged"] = alice.get(f"/files/{place.ids['file']}/", headers={"If-None-Match": "*"})

    def broken(*_args: Any, **_more: Any) -> Any:
        raise ValueError

    monkeypatch.setattr("feed.streams.home", broken)
    found["500"], found["api 500"] = alice.get("/"), alice.get("/api/v1/feed")
    statuses = {name: answer.status_code for name, answer in found.items()}
    assert statuses["405"] == 405 and statuses["413"] in (400, 413) and statuses["csrf"] == 403
    assert statuses["500"] == statuses["api 500"] == 500 and statuses["host"] == 400
    assert statuses["range"] == 206 and statuses["unchanged"] == 304
    for name, answer in found.items():
        every_header_is_right(answer, "/files/" if name in ("range", "unchanged") else f"/{name}")


def test_static_files_are_everyones_and_never_guessed_at() -> None:
    assert finders.find("kring.css")
    answer = Client().get("/static/kring.css")
    assert answer.status_code in (200, 404)
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"


# --- Forgery ---


def example(route: str) -> str:
    """An address of a route, with any ids."""
    route = re.sub(r"\(\?P<\w+>[^)]*\)|\\Z|[\^$]", lambda found: "1" if "P<" in found[0] else "", route)
    return "/" + re.sub(r"<(?:(\w+):)?\w+>", lambda found: "1" if found[1] == "int" else "aaaaaaaaaaaaaaaa", route)


@pytest.mark.parametrize("origin", [None, "https://evil.example"])
def test_nothing_is_changed_without_the_token_against_forgery(house: World, origin: str | None) -> None:
    before = rows_written_by_now()
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(house.cast.ada, backend=BACKEND)
    headers = {}
    data = {}
    if origin:
        # Even with the token: a page of another origin that got hold of it.
        browser.get("/settings/")
        token = browser.cookies["csrftoken"].value
        headers, data = {"Origin": origin, "X-CSRFToken": token}, {"csrfmiddlewaretoken": token}
    asked = 0
    for route, _name, _view in surfaces.routes():
        if route.startswith("api/"):
            continue
        # Of the desk's own programming interface, which only reads, any method but GET is refused as such.
        refused = {403, 404, 405} if route.startswith("admin/api/") else {403}
        for method in ("POST", "PUT", "PATCH", "DELETE"):
            if method == "POST":
                answer = browser.post(example(route), data, headers=headers)
            else:
                answer = browser.generic(method, example(route), headers=headers)
            if answer.status_code not in refused:
                # An address that no route knows: nothing was reached.
                assert answer.status_code == 404 and answer.resolver_match is None, (method, route, answer.status_code)
            asked += 1
    for _route, ask in asks():
        if ask.method != "GET" and ask.address.startswith("/api/"):
            address = ask.address.format_map(house.places["private"].ids)
            answer = browser.generic(ask.method, address, "{}", content_type="application/json", headers=headers)
            assert answer.status_code == 403, (ask.method, ask.address, answer.status_code)
            asked += 1
    assert asked > 300
    assert rows_written_by_now() == before


def rows_written_by_now() -> list[tuple[str, int]]:
    """How many rows each table holds (sessions and what signing in leaves aside)."""
    names = [name for name in connection.introspection.table_names() if "session" not in name]
    with connection.cursor() as cursor:
        found = []
        for name in sorted(names):
            cursor.execute(f"SELECT COUNT(*) FROM {connection.ops.quote_name(name)}")  # noqa: S608
            found.append((name, cursor.fetchone()[0]))
    return [pair for pair in found if pair[0] != "core_event"]


def test_reading_writes_nothing(house: World) -> None:
    place = house.places["private"]
    faults = set()
    for route, ask in asks("GET"):
        if route.startswith(RECORDED):
            continue
        for who in ("alice", "carol", "nobody") if not ask.address.startswith("/admin/") else ("ada",):
            with CaptureQueriesContext(connection) as seen:
                answer = ask.send(house.browsers[who], place.ids)
                b"".join(answer.streaming_content) if answer.streaming else None
            for query in seen.captured_queries:
                # A smaller picture that was never asked for is made and kept: it is derived and says nothing new.
                if "knowledge_rendition" in query["sql"]:
                    continue
                if re.match(r"\s*(INSERT|UPDATE|DELETE|REPLACE)\b", query["sql"], re.IGNORECASE):
                    faults.add(f"{who} {ask.address}: {query['sql'][:120]}")
    assert not faults, "\n" + "\n".join(sorted(faults))


def test_asking_for_the_heads_alone_writes_and_tells_no_more(house: World) -> None:
    place = house.places["private"]
    for _route, ask in asks("GET"):
        if ask.htmx:
            continue
        address = ask.address.format_map(place.ids)
        answer = house.browsers["carol"].head(address)
        assert not b"".join(answer.streaming_content if answer.streaming else [answer.content]), address
        heads = "".join(f"{name}: {value}" for name, value in answer.headers.items())
        assert not [
            name
            for name, token in place.tokens.items()
            if token in heads and token not in address and not house.may_know("carol", "private", name)
        ], address


# --- Elsewhere ---

ELSEWHERE = [
    "//evil.example/",
    "/\\evil.example/",
    "\\/evil.example",
    "///evil.example",
    "https:evil.example",
    "https://evil.example/",
    "http:///evil.example/",
    "javascript:alert(1)",
    "data:text/html,x",
    "/%0d%0aLocation:%20https://evil.example",
    "/\r\nLocation: https://evil.example",
    "/good@evil.example",
    "https://testserver@evil.example/",
    "https://testserver.evil.example/",
    " //evil.example",
    "/\t/evil.example",
    "//evil.example\\@testserver/",
]


def leads_elsewhere(location: str) -> bool:
    """Whether a browser on our page would follow it to another host or run it."""
    from urllib.parse import urljoin, urlsplit

    # Browsers drop tabs and line ends and read a backslash as a slash.
    cleaned = re.sub(r"[\t\r\n]", "", location.strip()).replace("\\", "/")
    target = urlsplit(urljoin("http://testserver/somewhere/", cleaned))
    return target.scheme not in ("http", "https") or target.netloc != "testserver" or "\r" in location


@pytest.mark.parametrize("target", ELSEWHERE)
def test_no_redirect_leads_elsewhere(target: str) -> None:
    alice = make.person("Alice Archer")
    for method, address in (
        ("post", "/theme/"),
        ("post", "/language/"),
        ("post", "/notifications/read/"),
        ("post", "/people/{}/follow/"),
        ("post", "/accounts/logout/"),
        ("get", "/accounts/login/"),
        ("get", "/admin/login/"),
        ("get", "/admin/logout/"),
    ):
        browser = make.client(alice)
        where = address.format(alice.public_id)
        data = {"next": target, "theme": "dark", "language": "nl", "on": "1"}
        for answer in (
            getattr(browser, method)(where, data, headers={"Referer": "https://evil.example/"}),
            browser.post(f"{where}?next={target.replace('#', '%23')}") if method == "post" else None,
        ):
            if answer is not None and answer.has_header("Location"):
                assert not leads_elsewhere(answer["Location"]), (where, answer["Location"])
    signed_out = Client()
    answer = signed_out.post("/accounts/login/", {"login": alice.email, "password": make.PASSWORD, "next": target})
    assert answer.status_code == 302 and not leads_elsewhere(answer["Location"]), answer["Location"]


def test_no_form_of_ours_returns_elsewhere(house: World) -> None:
    place = house.places["private"]
    for _route, ask in asks():
        if ask.method == "GET" or ask.address.startswith("/api/") or "delete" in ask.address:
            continue
        data = {key: value.format_map(place.ids) for key, value in (ask.data or {}).items()}
        for name in ("bob", "alice"):
            answer = house.browsers[name].post(
                ask.address.format_map(place.ids),
                data | {"next": "//evil.example/x"},
                headers={"Referer": "//evil.example"},
            )
            if answer.has_header("Location"):
                assert not leads_elsewhere(answer["Location"]), (ask.address, answer["Location"])
            assert "evil" not in answer.headers.get("HX-Redirect", "") + answer.headers.get("HX-Location", "")


def test_a_nul_in_an_address_is_no_fault() -> None:
    """SQLite reads on over it and PostgreSQL refuses it: a page says 400 or 404, never 500."""
    alice = make.client(make.person("Alice Archer"))
    for address in ("/posts/%00/", "/people/a%00b/", "/groups/%00/", "/files/%00/", "/topics/%00/", "/?cursor=%00"):
        assert alice.get(address).status_code in (400, 404), address
    for address in (
        "/api/v1/posts/%00",
        "/api/v1/groups/%00",
        "/api/v1/search?q=x&author=%00",
        "/search/?q=author:%00",
    ):
        assert alice.get(address).status_code in (200, 400, 404, 422), address
