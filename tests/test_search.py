"""Finding, through the front door: what each of the cast finds, and above all what they do not."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import BadRequest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from core import content, limits
from core.models import Access
from feed import actions as feed
from feed.models import Post
from groups import actions as groups
from people import actions as people
from search import actions, indexer
from search.actions import find, suggest
from search.audit import audit
from search.indexes import backend, registered
from search.models import Pending
from search.store import Busy, Store
from tests import make

pytestmark = pytest.mark.django_db

TOKEN = "qzxvkwpjfhgmbtrl"


@pytest.fixture
def cast() -> make.Cast:
    """The cast."""
    return make.cast()


@pytest.fixture
def index() -> None:
    """An index that is there, so that tests can stop the indexer."""
    indexer.rebuild()


def drain() -> None:
    """What the worker does for search."""
    while indexer.drain():
        pass


def objects(results: actions.Results) -> list[Any]:
    """The things found."""
    return [content.find(result.kind, result.pk) for result in results.items]


def names(results: actions.Results) -> list[str]:
    """Their first lines."""
    return [result.title for result in results.items]


# --- who finds what


def test_members_find_what_is_said_in_their_group_and_nobody_else_does(cast: make.Cast) -> None:
    post = make.post(cast.alice, f"The {TOKEN} plan", group=cast.secret)
    drain()
    for name, who in cast.everyone().items():
        results = find(who, TOKEN)
        expected = [post] if name in ("alice", "bob") else []
        assert objects(results) == expected, name
        assert results.total == len(expected)
        assert not results.at_least and results.next is None
        assert bool(results.facets.get("where") or results.facets.get("who")) == bool(expected)
        assert TOKEN not in results.suggestion


def test_someone_without_audiences_finds_nothing(cast: make.Cast) -> None:
    make.post(cast.alice, f"{TOKEN} for all")
    drain()
    lonely = make.person("Lone Guest", is_guest=True, email="lone@partner.example")
    Access.objects.filter(person=lonely).delete()
    assert find(lonely, TOKEN).total == 0
    cast.dave.refresh_from_db()
    assert find(cast.dave, TOKEN).total == 0
    assert find(cast.bob, TOKEN).total == 1


def test_a_guest_finds_only_in_their_places(cast: make.Cast) -> None:
    make.post(cast.alice, f"{TOKEN} for all")
    make.post(cast.alice, f"{TOKEN} public group", group=cast.public)
    inside = make.post(cast.alice, f"{TOKEN} private group", group=cast.private)
    drain()
    assert objects(find(cast.gil, TOKEN)) == [inside]


# --- removal is effective in the very next answer, with the indexer stopped (I5, R6)


@pytest.mark.usefixtures("index")
def test_what_may_no_longer_be_seen_is_gone_at_once(cast: make.Cast) -> None:
    in_group = make.post(cast.alice, f"{TOKEN} one", group=cast.secret)
    deleted = make.post(cast.alice, f"{TOKEN} two")
    hidden = make.post(cast.alice, f"{TOKEN} three")
    moved = make.post(cast.alice, f"{TOKEN} four")
    drain()
    assert find(cast.bob, TOKEN).total == 4

    groups.remove_member(group=cast.secret, person=cast.bob, by=cast.alice)
    assert in_group not in objects(find(cast.bob, TOKEN))
    feed.delete(post=deleted, by=cast.alice)
    assert deleted not in objects(find(cast.bob, TOKEN))
    feed.withhold(post=hidden, by=cast.mona)
    assert hidden not in objects(find(cast.bob, TOKEN))
    Post.objects.filter(pk=moved.pk).update(audience=cast.secret.audience)
    results = find(cast.bob, TOKEN)
    assert (results.total, results.items, results.suggestion) == (0, [], "")
    assert not results.facets["where"] and not results.facets["who"]
    people.deactivate(person=cast.carol, by=cast.ada)
    cast.carol.refresh_from_db()
    assert find(cast.carol, "one").total == 0


@pytest.mark.usefixtures("index")
def test_a_snippet_shows_only_what_the_row_says_now(cast: make.Cast) -> None:
    post = make.post(cast.alice, f"{TOKEN} salary list")
    drain()
    feed.edit(post=post, by=cast.alice, body="nothing to see")
    for query in (TOKEN, "salary"):
        for result in find(cast.bob, query).items:
            assert TOKEN not in f"{result.title}{result.snippet}"
    drain()
    assert find(cast.bob, TOKEN).total == 0


def test_earlier_versions_and_deleted_text_are_in_no_index(cast: make.Cast) -> None:
    edited = make.post(cast.alice, f"before {TOKEN}")
    deleted = make.post(cast.alice, f"deleted {TOKEN}")
    drain()
    feed.edit(post=edited, by=cast.alice, body="after")
    feed.delete(post=deleted, by=cast.alice)
    drain()
    held = {(kind, pk) for kind, pk, _version, _audience in backend().documents()}
    assert ("feed.post", deleted.pk) not in held
    for segment in backend().index_store.snapshot().segments:
        for number in segment.postings("words", TOKEN).numbers:
            assert number in backend().index_store.snapshot().deleted[0]


# --- counts, filters, suggestions, order: the same with and without what may not be seen (I4)


def test_an_answer_is_the_same_whether_or_not_private_posts_exist(cast: make.Cast) -> None:
    for number in range(6):
        make.post(cast.carol, f"alpha report {'beta ' * (number % 3)} number {number}")
    drain()

    def answers() -> list[Any]:
        seen = []
        for query in (
            "alpha",
            "alpha beta",
            "alhpa",
            "report -beta",
            '"alpha report"',
            "xylophontec",
            "kind:post",
            "a",
        ):
            results = find(cast.carol, query)
            items = [(item.pk, item.title_html, item.snippet) for item in results.items]
            seen.append((items, results.total, results.next, results.facets, results.suggestion))
        return seen

    before = answers()
    for number in range(12):
        make.post(cast.alice, f"alpha xylophontech bluewhale beta {number} " * 3, group=cast.secret)
    drain()
    assert answers() == before


def test_a_correction_comes_only_from_what_the_asker_may_see(cast: make.Cast) -> None:
    make.post(cast.alice, "The xylophontech of the bluewhale", group=cast.secret)
    make.post(cast.alice, "The handheld scanner is broken")
    drain()
    assert find(cast.carol, "handhled").suggestion == "handheld"
    assert find(cast.carol, "xylophontec").suggestion == ""
    assert find(cast.bob, "xylophontec").suggestion == "xylophontech"


@pytest.mark.usefixtures("index")
def test_a_correction_that_the_rows_no_longer_hold_is_not_offered(cast: make.Cast) -> None:
    post = make.post(cast.alice, "The handheld scanner is broken")
    drain()
    feed.delete(post=post, by=cast.alice)
    assert find(cast.carol, "handhled").suggestion == ""


def test_operators_resolve_names_only_among_what_the_asker_may_see(cast: make.Cast) -> None:
    make.post(cast.alice, "note for all")
    inside = make.post(cast.bob, "note inside", group=cast.secret)
    drain()
    assert objects(find(cast.bob, 'note group:"Secret merger"')) == [inside]
    assert objects(find(cast.bob, f"note group:{cast.secret.public_id}")) == [inside]
    assert objects(find(cast.bob, f"note author:{cast.bob.handle}")) == [inside]
    for query in ('note group:"Secret merger"', f"note group:{cast.secret.public_id}", "note group:nosuchgroup"):
        results = find(cast.carol, query)
        assert (results.total, results.items, results.suggestion) == (0, [], "")
    assert find(cast.carol, 'note -group:"Secret merger"').total == 1


def test_operators_narrow(cast: make.Cast) -> None:
    old = make.post(cast.alice, "note old")
    Post.objects.filter(pk=old.pk).update(created_at=timezone.now() - timedelta(days=400))
    question = make.post(cast.bob, "note question", kind=Post.Kind.QUESTION)
    reply = make.reply(cast.carol, question, "note reply")
    actions.changed(Post.objects.all())
    drain()
    assert set(objects(find(cast.bob, "note"))) == {old, question, reply}
    assert objects(find(cast.bob, 'note author:"Alice Archer"')) == [old]
    assert objects(find(cast.bob, "note author:alice")) == [old]
    assert set(objects(find(cast.bob, "note -author:alice"))) == {question, reply}
    assert objects(find(cast.bob, "note kind:question")) == [question]
    assert objects(find(cast.bob, "note", kind="reply")) == [reply]
    assert objects(find(cast.bob, "note before:yesterday")) == [old]
    month = f"{timezone.now() - timedelta(days=300):%Y-%m}"
    assert objects(find(cast.bob, f"note before:{month}")) == [old]
    assert set(objects(find(cast.bob, "note after:yesterday"))) == {question, reply}
    assert set(objects(find(cast.bob, "note", after="yesterday"))) == {question, reply}
    assert objects(find(cast.bob, "note", author=[cast.alice.public_id])) == [old]
    assert objects(find(cast.bob, "author:alice note old")) == [old]
    assert find(cast.bob, "note", author=["nobody"]).total == 0
    assert find(cast.bob, "note sender:alice").items


def test_filters_at_the_side_are_counted_among_what_is_seen(cast: make.Cast) -> None:
    for number in range(3):
        make.post(cast.alice, f"note {number}")
    make.post(cast.bob, "note in the group", group=cast.public)
    make.post(cast.alice, "note in secret", group=cast.secret)
    drain()
    facets = find(cast.carol, "note").facets
    assert {choice.label: choice.count for choice in facets["where"]} == {"Whole company": 3, "Public lunch": 1}
    assert {choice.label: choice.count for choice in facets["who"]} == {"Alice Archer": 3, "Bob Baker": 1}
    assert [choice.count for choice in facets["when"]] == [4, 4, 4]
    narrowed = find(cast.carol, "note", group=[cast.public.public_id])
    assert narrowed.total == 1
    assert {choice.label: choice.chosen for choice in narrowed.facets["where"]} == {
        "Whole company": False,
        "Public lunch": True,
    }
    assert find(cast.carol, "note", group=[actions.NO_GROUP]).total == 3
    assert find(cast.carol, "note", group=[cast.secret.public_id]).total == 0


# --- people, groups, files; suggestions


def test_people_and_groups_are_found(cast: make.Cast) -> None:
    drain()
    assert objects(find(cast.carol, "archer")) == [cast.alice]
    assert objects(find(cast.carol, "kind:group lunch")) == [cast.public]
    assert cast.secret not in objects(find(cast.carol, "merger"))
    assert objects(find(cast.bob, "merger")) == [cast.secret]
    assert cast.dave not in objects(find(cast.carol, "dyer"))


def test_suggestions_come_only_from_what_the_asker_may_see(cast: make.Cast) -> None:
    def labels(who: Any, prefix: str) -> list[str]:
        return [row["label"] for row in suggest(who, prefix)]

    assert "Alice Archer" in labels(cast.carol, "arch")
    assert "Alice Archer" in labels(cast.carol, "@alice")
    assert "Public lunch" in labels(cast.carol, "pub")
    assert labels(cast.carol, "secret") == []
    assert "Secret merger" in labels(cast.bob, "secr")
    assert "Dave Dyer" not in labels(cast.carol, "dave")
    assert "Carol Cook" not in labels(cast.gil, "carol")
    cast.dave.refresh_from_db()
    assert labels(cast.dave, "alice") == []
    assert labels(cast.carol, "") == labels(cast.carol, "x" * 5000) == []
    assert labels(cast.carol, "%") == []


# --- languages


@pytest.mark.parametrize(
    ("body", "query"),
    [
        ("We moved the meetings to the large office", "meeting offices"),
        ("De vergaderingen zijn verplaatst naar het grote kantoor", "vergadering kantoren"),
        ("Die Besprechungen sind in das große Büro verlegt worden", "besprechung buero"),
        ("Les réunions sont dans les grands bureaux de l'équipe", "reunion equipe"),
        ("会議は東京の本社で行います", "東京"),
        ("Zoë en François eten crème brûlée", "francois creme brulee"),
    ],
)
def test_posts_are_found_in_every_language(cast: make.Cast, body: str, query: str) -> None:
    post = make.post(cast.alice, body)
    make.post(cast.alice, "Something else altogether")
    drain()
    results = find(cast.bob, query)
    assert objects(results)[:1] == [post]
    assert "<mark>" in results.items[0].snippet


def test_what_is_found_is_escaped_and_marked(cast: make.Cast) -> None:
    make.post(cast.alice, "Read <script>alert(1)</script> & the handheld manual")
    drain()
    (item,) = find(cast.bob, "handhelds").items
    assert "<script" not in item.snippet and "<mark>handheld</mark>" in item.snippet


# --- pages


def test_pages_follow_each_other_without_gap_or_double(cast: make.Cast) -> None:
    made = {make.post(cast.alice, f"note number {number}").pk for number in range(12)}
    drain()
    seen: list[int] = []
    cursor = None
    while True:
        results = find(cast.bob, "note", cursor=cursor, limit=5)
        assert results.total == 12
        seen += [thing.pk for thing in objects(results)]
        cursor = results.next
        if cursor is None:
            break
    assert len(seen) == 12 and set(seen) == made


@pytest.mark.parametrize("cursor", ["1000000000", "-1", "x", "1e3", "١", "9" * 500])
def test_a_cursor_that_is_none_of_ours_is_refused(cast: make.Cast, cursor: str) -> None:
    with pytest.raises(BadRequest):
        find(cast.bob, "note", cursor=cursor)


def test_more_than_the_window_is_at_least(cast: make.Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actions, "WINDOW", 5)
    for number in range(8):
        make.post(cast.alice if number % 2 else cast.bob, f"note number {number}")
    drain()
    results = find(cast.carol, "note", limit=3)
    assert (results.total, results.at_least, results.next) == (5, True, "3")
    assert find(cast.carol, "note", author=[cast.bob.public_id], limit=3).total == 4


# --- what it costs


def test_a_search_costs_the_same_queries_for_few_and_for_many(cast: make.Cast) -> None:
    make.post(cast.alice, "note number one", group=cast.public)
    drain()
    with CaptureQueriesContext(
        connection,
    ) as few:
        find(cast.bob, "note")
    for number in range(40):
        make.post(cast.carol if number % 2 else cast.alice, f"note number {number}", group=None)
    drain()
    with CaptureQueriesContext(connection) as many:
        assert len(find(cast.bob, "note").items) == 20
    assert len(many) == len(few) <= 4


def test_saving_costs_one_statement_and_one_row(cast: make.Cast) -> None:
    post = make.post(cast.alice, "note")
    drain()
    with CaptureQueriesContext(connection) as queries:
        post.save()
        post.save()
    written = [query["sql"] for query in queries if "search_pending" in query["sql"]]
    assert len(written) == 2
    assert Pending.objects.filter(kind="feed.post", object_pk=post.pk).count() == 1


# --- the indexer


def test_changes_past_the_signals_are_noted_by_hand(cast: make.Cast) -> None:
    posts = [make.post(cast.alice, f"note {number}") for number in range(3)]
    drain()
    Post.objects.all().update(body=f"{TOKEN} now", html=f"<p>{TOKEN} now</p>")
    assert actions.changed(Post.objects.all()) == 3
    assert actions.changed(posts[0]) == 1
    assert actions.changed(posts) == 3
    drain()
    assert find(cast.bob, TOKEN).total == 3


@pytest.mark.usefixtures("index")
def test_a_change_while_a_row_is_indexed_is_not_lost(cast: make.Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    drain()
    post = make.post(cast.alice, "first words")
    write = type(backend()).write

    def meanwhile(self: Any, put: Any, drop: Any) -> None:
        Post.objects.filter(pk=post.pk).update(html=f"<p>second {TOKEN}</p>")
        actions.changed(post)
        write(self, put, drop)

    monkeypatch.setattr(type(backend()), "write", meanwhile)
    indexer.drain()
    monkeypatch.undo()
    assert Pending.objects.filter(kind="feed.post", object_pk=post.pk).exists()
    drain()
    assert find(cast.bob, TOKEN).total == 1


@pytest.mark.usefixtures("index")
def test_rows_stay_in_the_outbox_until_they_are_on_disk(cast: make.Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    drain()
    make.post(cast.alice, f"{TOKEN} here")

    def no_space(*_args: Any, **_kwargs: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Store, "_to_disk", no_space)
    with pytest.raises(OSError, match="No space"):
        indexer.drain()
    monkeypatch.undo()
    assert Pending.objects.count() >= 1
    drain()
    assert find(cast.bob, TOKEN).total == 1
    assert not audit()


@pytest.mark.usefixtures("index")
def test_a_row_that_cannot_be_prepared_does_not_hold_up_the_others(
    cast: make.Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    drain()
    poison = make.post(cast.alice, "poison")
    good = make.post(cast.alice, f"{TOKEN} good")
    kind = type(registered()["feed.post"])
    body = kind.body

    def broken(self: Any, row: Any) -> str:
        if row.pk == poison.pk:
            raise ValueError("broken")
        return body(self, row)

    monkeypatch.setattr(kind, "body", broken)
    for _attempt in range(indexer.ATTEMPTS + 1):
        indexer.drain()
    assert objects(find(cast.bob, TOKEN)) == [good]
    health = actions.health()
    assert health["stuck"] == 1 and health["waiting"] == 0


@pytest.mark.usefixtures("index")
def test_only_one_process_writes(cast: make.Cast) -> None:
    make.post(cast.alice, "note")
    other = Store(backend().index_store.path)
    with other.writing():
        assert indexer.drain() == 0
        with pytest.raises(Busy), backend().index_store.writing():
            pass
    assert indexer.drain() > 0


def test_the_worker_empties_the_outbox(cast: make.Cast) -> None:
    make.post(cast.alice, f"{TOKEN} note")
    make.settle()
    assert not Pending.objects.exists()
    assert find(cast.bob, TOKEN).total == 1
    assert indexer.healthy() and actions.health()["ok"]


# --- damage (R6)


def _damage(how: str) -> None:
    path = backend().index_store.path
    backend().index_store.forget()
    if how == "of an earlier release":
        name = (path / "CURRENT").read_text()
        (path / name).rename(path / "index-1a2b3c4d")
        (path / "CURRENT").write_text("index-1a2b3c4d")
        return
    for file in [file for file in path.rglob("*") if file.is_file()]:
        if how == "deleted":
            file.unlink()
        elif how == "emptied":
            file.write_bytes(b"")
        elif file.suffix in (".seg", ".toc"):
            file.write_bytes(b"\xff" * 64 + file.read_bytes()[64:][::-1])


@pytest.mark.parametrize("how", ["deleted", "emptied", "scrambled", "of an earlier release"])
def test_without_an_index_search_answers_from_the_database_and_posts_are_saved(cast: make.Cast, how: str) -> None:
    make.post(cast.alice, f"{TOKEN} public note")
    make.post(cast.alice, f"{TOKEN} secret note", group=cast.secret)
    drain()
    _damage(how)
    for who, count in ((cast.bob, 2), (cast.carol, 1), (cast.gil, 0)):
        results = find(who, TOKEN)
        assert (results.degraded, results.total) == (True, count)
    assert find(cast.carol, f"{TOKEN} -public").total == 0
    assert find(cast.carol, f'"{TOKEN} public"').total == 1
    assert find(cast.carol, "note author:alice kind:post").total == 1
    assert find(cast.carol, "note author:bob").total == 0
    assert not actions.health()["ok"]
    make.post(cast.alice, f"{TOKEN} saved all the same")
    assert find(cast.carol, TOKEN).total == 2
    drain()
    results = find(cast.carol, TOKEN)
    assert (results.degraded, results.total) == (False, 2)
    assert not audit()


# --- the audit


def _audit(*arguments: str) -> tuple[int, str]:
    from io import StringIO

    out = StringIO()
    try:
        call_command("search_audit", *arguments, stdout=out)
    except SystemExit as end:
        return int(end.code or 0), out.getvalue()
    return 0, out.getvalue()


def test_the_audit_finds_every_sort_of_drift_and_mends_it(cast: make.Cast) -> None:
    posts = [make.post(cast.alice, f"note {number}") for number in range(4)]
    drain()
    assert _audit()[0] == 0
    Post.objects.filter(pk=posts[0].pk).update(html="<p>changed past everyone</p>")
    Post.objects.filter(pk=posts[1].pk).update(audience=cast.secret.audience)
    Post.objects.filter(pk=posts[2].pk).update(state=Post.State.HIDDEN)
    backend().write(drop=[f"feed.post:{posts[3].pk}"])
    drift = audit()
    assert drift.stale == {f"feed.post:{posts[0].pk}", f"feed.post:{posts[1].pk}"}
    assert drift.left == {f"feed.post:{posts[2].pk}"}
    assert drift.missing == {f"feed.post:{posts[3].pk}"}
    status, said = _audit()
    assert status == 1 and "2 other in the index" in said
    assert _audit("--repair")[0] == 0
    assert _audit()[0] == 0


def test_what_is_on_the_indexers_list_is_no_drift(cast: make.Cast) -> None:
    drain()
    make.post(cast.alice, "note")
    status, said = _audit()
    assert status == 0 and "on the indexer's list" in said


def test_the_audit_reports_and_mends_an_unreadable_index(cast: make.Cast) -> None:
    make.post(cast.alice, f"{TOKEN} note")
    drain()
    _damage("deleted")
    assert _audit()[0] == 1
    assert _audit("--repair")[0] == 0
    assert find(cast.bob, TOKEN).total == 1


def test_rebuilding_says_how_many(cast: make.Cast, capsys: pytest.CaptureFixture[str]) -> None:
    make.post(cast.alice, f"{TOKEN} note")
    call_command("search_rebuild")
    assert "documents" in capsys.readouterr().out
    assert find(cast.bob, TOKEN).total == 1


# --- the page


def test_the_page_shows_what_is_found_and_works_without_javascript(cast: make.Cast) -> None:
    make.post(cast.alice, "The handheld will not pair")
    drain()
    answer = cast.browser("bob").get("/search/", {"q": "pairing handhelds"})
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "<mark>handheld</mark>" in page and "1 result you may see" in page
    assert 'name="where"' in page and 'name="who"' in page and 'name="when"' in page


def test_the_page_names_no_private_thing_to_an_outsider(cast: make.Cast) -> None:
    make.post(cast.alice, f"{TOKEN} note", group=cast.secret)
    drain()
    browser = cast.browser("carol")
    for query in ("group:secret", "kind:post", "note", "secret", f'group:"{cast.secret.public_id}"'):
        page = browser.get("/search/", {"q": query}).content.decode()
        assert TOKEN not in page and "Secret merger" not in page
    # A word of a secret post and a word that nobody ever wrote get the same page.
    taken, free = (browser.get("/search/", {"q": word}).content.decode() for word in (TOKEN, TOKEN[::-1]))
    assert _plain(taken, TOKEN) == _plain(free, TOKEN[::-1])


def _plain(page: str, word: str) -> str:
    """A page without what changes by itself: the word asked for, tokens of forms, nonces, the time it took."""
    page = page.replace(word, "WORD")
    return re.sub(r'(nonce|value)="[^"]*"|X-CSRFToken": "[^"]*"|\d+ ms', "", page)


def test_the_next_page_is_a_fragment_for_htmx(cast: make.Cast) -> None:
    for number in range(25):
        make.post(cast.alice, f"note number {number}")
    drain()
    browser = cast.browser("bob")
    page = browser.get("/search/", {"q": "note"}).content.decode()
    assert "cursor=20" in page
    part = browser.get("/search/", {"q": "note", "cursor": "20"}, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part and part.count("<li") == 5


def test_nothing_found_helps(cast: make.Cast) -> None:
    make.post(cast.alice, "The handheld will not pair")
    drain()
    page = cast.browser("bob").get("/search/", {"q": "handhled"}).content.decode()
    assert "Did you mean" in page and "q=handheld" in page and "author:anna" in page


@pytest.mark.parametrize(
    "query",
    ["*a*", "[a TO z]", "x" * 100_000, "a " * 1000, "(" * 3000, "word~2", '"', "-", ":", "<script>alert(1)</script>"],
)
def test_hostile_questions_get_a_page_or_a_clear_refusal(cast: make.Cast, query: str) -> None:
    make.post(cast.alice, "a word")
    drain()
    answer = cast.browser("bob").get("/search/", {"q": query})
    assert answer.status_code in (200, 400)
    assert "<script>alert" not in answer.content.decode()
    if answer.status_code == 400:
        assert str(limits.QUERY_CHARS.value) in answer.content.decode()


def test_naughty_strings_get_a_page(cast: make.Cast) -> None:
    naughty = Path(__file__).resolve().parent.parent.parent / "shared" / "data" / "hostile" / "blns.json"
    strings = json.loads(naughty.read_text()) if naughty.exists() else ["\u202e", "Ω≈ç√∫˜µ≤≥÷", "1;DROP TABLE users"]
    drain()
    browser = cast.browser("bob")
    for query in strings:
        assert browser.get("/search/", {"q": query}).status_code in (200, 400), query


def test_nobody_searches_without_signing_in(cast: make.Cast) -> None:
    for path in ("/search/?q=note", "/search/suggest/?q=ali"):
        assert cast.browser("nobody").get(path).status_code == 302
        assert cast.browser("dave").get(path).status_code == 302


def test_suggestions_are_json(cast: make.Cast) -> None:
    answer = cast.browser("carol").get("/search/suggest/", {"q": "arch"}).json()
    assert answer["items"][0]["label"] == "Alice Archer"


@pytest.fixture(autouse=True)
def _quiet(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Damage is logged; the tests that cause it need not show it."""
    caplog.set_level("CRITICAL", logger="search")
    yield


@pytest.mark.usefixtures("index")
def test_damage_that_only_a_search_meets_is_mended_by_the_indexer(
    cast: make.Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    make.post(cast.alice, f"{TOKEN} note")
    drain()
    store = backend().index_store
    before = (store.path / "CURRENT").read_text()

    def unreadable(*_args: Any, **_kwargs: Any) -> Any:
        raise IndexError("struct of a damaged block")

    monkeypatch.setattr("search.engine.Evaluation.run", unreadable)
    results = find(cast.bob, TOKEN)
    assert (results.degraded, results.total) == (True, 1)
    monkeypatch.undo()
    # Whatever the cause is, an index that was built a moment ago is not built again and again.
    indexer.drain()
    assert (store.path / "CURRENT").read_text() == before
    os.utime(store.path / "CURRENT", (0, 0))
    indexer.drain()
    assert (store.path / "CURRENT").read_text() != before
    assert not store.distrusted()
    assert not find(cast.bob, TOKEN).degraded


# --- what answers


def test_the_accepted_answer_stands_above_the_results_for_those_who_may_see_it(cast: make.Cast) -> None:
    question = make.post(cast.alice, f"How do I {TOKEN} it? @{cast.bob.handle}", group=cast.private, kind="question")
    answer = make.reply(cast.bob, question, "Hold the <b>trigger</b> for eight seconds.")
    drain()
    page = "/search/?q=" + TOKEN
    assert 'id="answer"' not in cast.browser("bob").get(page).content.decode()
    feed.accept_answer(answer=answer, by=cast.alice)
    drain()
    said = cast.browser("bob").get(page).content.decode()
    assert "Best answer" in said and "&lt;b&gt;trigger&lt;/b&gt;" in said
    assert f'href="/posts/{answer.public_id}/#post-{answer.public_id}"' in said
    # People by their names, and how many answers.
    assert f"@{cast.bob.name}" in said and f"@{cast.bob.handle}" not in said and "1 answer" in said
    other = cast.browser("carol").get(page).content.decode()
    assert "trigger" not in other and 'id="answer"' not in other
    feed.take_down(post=answer, by=cast.mona)
    assert "trigger" not in cast.browser("bob").get(page).content.decode()


@pytest.mark.usefixtures("index")
def test_what_changes_just_before_the_outbox_is_emptied_stays_in_it(cast: make.Cast) -> None:
    drain()
    post = make.post(cast.alice, "first words")

    def change(execute: Any, sql: str, *rest: Any) -> Any:
        if sql.startswith("DELETE") and "search_pending" in sql:
            Post.objects.filter(pk=post.pk).update(html=f"<p>second {TOKEN}</p>")
            actions.changed(post)
        return execute(sql, *rest)

    with connection.execute_wrapper(change):
        indexer.drain()
    assert Pending.objects.filter(kind="feed.post", object_pk=post.pk).exists()
    drain()
    assert find(cast.bob, TOKEN).total == 1
