"""What an engine must do to stand behind search. Every backend of ours runs through all of this.

The oracle is the plainest thing that can be right: it reads each text and looks.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from search.analysis import analyse
from search.backends import KringWhooshBackend
from search.engine import Document, Found
from search.query import Phrase, Term, Wanted, parse
from search.store import Unreadable

BACKENDS = {"whoosh": KringWhooshBackend}


@pytest.fixture(params=BACKENDS)
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Any]:
    """An empty engine."""
    backend = BACKENDS[request.param]("default", PATH=str(tmp_path / "index"))
    backend.clear()
    yield backend
    backend.index_store.forget()


def doc(pk: int, text: str = "", audience: int = 1, **fields: Any) -> Document:
    """A document of a kind that holds anything."""
    return Document("test.thing", pk, audience, text=text, created=fields.pop("created", 1_700_000_000 + pk), **fields)


def wanted(query: str, **fields: Any) -> Wanted:
    """A question without names in it."""
    asked = parse(query)
    return Wanted(units=asked.units, without=asked.without, **fields)


def keys(found: Found) -> list[int]:
    """The keys of the hits, in order."""
    return [hit.pk for hit in found.hits]


def ask(engine: Any, query: str, audiences: set[int] = frozenset({1}), **fields: Any) -> list[int]:
    """The keys of what is found."""
    return keys(engine.find(wanted(query, **fields), audiences=frozenset(audiences)))


# --- audiences (trust.md, 1a–1c)


def test_no_audience_finds_nothing(engine: Any) -> None:
    engine.write([doc(1, "pairing the handheld")])
    assert ask(engine, "handheld", set()) == []
    assert ask(engine, "", set()) == []
    assert ask(engine, "handheld", {99}) == []


def test_an_audience_finds_its_own_and_no_other(engine: Any) -> None:
    engine.write([doc(1, "handheld", 4), doc(2, "handheld", 7), doc(3, "handheld", 47), doc(4, "handheld", 40)])
    assert ask(engine, "handheld", {4}) == [1]
    assert ask(engine, "handheld", {47}) == [3]
    assert sorted(ask(engine, "handheld", {4, 7})) == [1, 2]


@pytest.mark.parametrize("query", ["*:*", "a OR handheld", "x) OR (audience:2", "audience:aud000000000002", "secret"])
def test_no_question_steps_around_the_audience(engine: Any, query: str) -> None:
    engine.write([doc(1, "handheld open", 1), doc(2, "handheld secret", 2)])
    assert 2 not in ask(engine, query)


def test_haystacks_own_way_of_asking_finds_nothing(engine: Any) -> None:
    engine.write([doc(1, "handheld")])
    assert engine.search("handheld")["hits"] == 0
    assert engine.search("*:*", narrow_queries=set())["results"] == []
    assert engine.more_like_this(object())["hits"] == 0
    assert engine.create_spelling_suggestion("handhelp") is None


def test_limited_history_reaches_only_threads_begun_since(engine: Any) -> None:
    engine.write([doc(1, "handheld", history=100), doc(2, "handheld", history=200), doc(3, "handheld")])
    found = engine.find(wanted("handheld"), audiences=frozenset(), limited={1: 150})
    assert keys(found) == [2]


def test_ranking_tells_nothing_about_what_may_not_be_seen(engine: Any, tmp_path: Path) -> None:
    """Non-interference: with and without a private pile of documents, the answer is the same to the last score."""
    seen = [doc(pk, f"alpha beta {'gamma ' * (pk % 5)} {'beta ' * (pk % 3)} filler {pk}") for pk in range(1, 60)]
    hidden = [doc(1000 + pk, "beta " * 30 + "alpha secretword" + " long" * 200, audience=2) for pk in range(80)]
    other = type(engine)("default", PATH=str(tmp_path / "other"))
    other.clear()
    engine.write(seen)
    other.write([*hidden[:40], *seen, *hidden[40:]])
    for query in ("alpha", "beta gamma", "gamma -beta", '"alpha beta"', "nothing beta", ""):
        one = engine.find(wanted(query), audiences=frozenset({1}))
        two = other.find(wanted(query), audiences=frozenset({1}))
        assert (one.hits, one.more, one.partial) == (two.hits, two.more, two.partial), query
    assert engine.corrections("gmama", audiences=frozenset({1})) == other.corrections("gmama", audiences=frozenset({1}))
    assert other.corrections("secretwrod", audiences=frozenset({1})) == []


# --- words


def test_all_words_come_before_any_word(engine: Any) -> None:
    engine.write([doc(1, "pair pair pair pair"), doc(2, "handheld and then a very long text about pair things")])
    assert ask(engine, "pair handheld") == [2, 1]


def test_a_phrase_stands_together_and_is_a_must(engine: Any) -> None:
    engine.write([doc(1, "hold the blue trigger"), doc(2, "hold blue the trigger"), doc(3, "trigger")])
    assert ask(engine, '"the blue trigger"') == [1]
    assert ask(engine, '"blue trigger" hold') == [1]


def test_minus_takes_out_words_and_phrases(engine: Any) -> None:
    engine.write([doc(1, "handheld scanner"), doc(2, "handheld printer"), doc(3, "handheld blue printer")])
    assert set(ask(engine, "handheld -scanners")) == {2, 3}
    assert set(ask(engine, 'handheld -"blue printer"')) == {1, 2}
    assert set(ask(engine, "-scanner")) == {2, 3}


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("We are pairing the handhelds with the scanner now", "pair handheld"),
        ("De vergaderingen van de afdeling zijn verplaatst naar het kantoor", "vergadering"),
        ("Die Besprechungen sind auf den nächsten Montag verlegt worden", "besprechung"),
        ("Les réunions de l'équipe sont dans la grande salle", "réunion équipe"),
        ("Les réunions de l'équipe sont dans la grande salle", "reunions equipe"),
        ("Zoë heeft het café gevonden", "zoe cafe"),
        ("Die Straße nach Köln ist für Müller gesperrt", "strasse"),
        ("Die Straße nach Köln ist für Müller gesperrt", "mueller koeln"),
        ("Die Straße nach Köln ist für Müller gesperrt", "MULLER KOLN"),
        ("Herr Mueller kommt", "Müller"),
        ("un œuvre d'art", "oeuvre"),
        ("東京都の天気は晴れです", "天気"),
        ("東京都の天気は晴れです", "東京"),
        ("東京都の天気は晴れです", "晴"),
        ("我们的会议在星期一举行", "会议"),
        ("회의는 월요일에 있습니다", "회의"),
        ("ประชุมวันจันทร์", "วันจันทร์"),
        ("встреча в понедельник", "ПОНЕДЕЛЬНИК"),
        ("اجتماع يوم الاثنين", "الاثنين"),
        ("release v2.7.4 is out", "v2.7.4"),
        ("mail anna@example.org today", "anna@example.org"),
        ("the well-known error", "well-known"),
        ("error E1042 on line 7", "e1042"),
        ("iPhoneを買う", "iphone"),
        ("I don't know", "don't"),
    ],
)
def test_a_text_is_found_by_other_forms_of_its_words(engine: Any, text: str, query: str) -> None:
    engine.write([doc(1, text), doc(2, "entirely unrelated"), doc(3, "rien à voir"), doc(4, "京 天 晴れ"[:1])])
    assert ask(engine, query)[:1] == [1]


def test_pairs_of_characters_must_stand_together(engine: Any) -> None:
    engine.write([doc(1, "京東はモール"), doc(2, "東京タワー")])
    assert ask(engine, "東京") == [2]


def test_the_word_as_typed_comes_before_its_other_forms(engine: Any) -> None:
    engine.write([doc(pk, "the meeting about posting things was in the office") for pk in (1, 3)])
    engine.write([doc(2, "the meeting about posts things was in the office")])
    assert ask(engine, "posts")[0] == 2


def test_a_title_weighs_more_than_a_text(engine: Any) -> None:
    engine.write([doc(1, "scanner " + "word " * 8), doc(2, "word " * 8, title="Scanner")])
    assert ask(engine, "scanner") == [2, 1]


def test_equals_are_newest_first(engine: Any) -> None:
    engine.write([doc(pk, "same words", created=pk * 10) for pk in (2, 3, 1)])
    assert ask(engine, "same") == [3, 2, 1]


# --- filters


def test_filters_narrow(engine: Any) -> None:
    engine.write(
        [
            doc(1, "note", author=5, group=8, has_file=True, names=("question",), created=100),
            doc(2, "note", author=6, group=0, created=200),
            doc(3, "note", author=5, group=9, created=300),
        ]
    )
    assert ask(engine, "note", authors=frozenset({5})) == [3, 1]
    assert ask(engine, "note", authors=frozenset()) == []
    assert ask(engine, "note", groups=frozenset({8, 0})) == [2, 1]
    assert ask(engine, "note", kinds=frozenset({"question"})) == [1]
    assert ask(engine, "note", kinds=frozenset({"test.thing"})) == [3, 2, 1]
    assert ask(engine, "note", has_file=True) == [1]
    assert ask(engine, "note", has_file=False) == [3, 2]
    assert ask(engine, "note", after=200) == [3, 2]
    assert ask(engine, "note", before=200) == [1]
    assert ask(engine, "note", not_authors=frozenset({5})) == [2]
    assert ask(engine, "", authors=frozenset({5})) == [3, 1]
    assert ask(engine, "-note") == []


# --- writing


def test_a_document_written_again_replaces_itself(engine: Any) -> None:
    engine.write([doc(1, "before")])
    engine.write([doc(1, "after", 2)])
    assert ask(engine, "before", {1, 2}) == []
    assert ask(engine, "after", {1}) == []
    assert ask(engine, "after", {2}) == [1]
    assert len(list(engine.documents())) == 1


def test_a_document_dropped_is_gone(engine: Any) -> None:
    engine.write([doc(1, "one"), doc(2, "one")])
    engine.write(drop=["test.thing:1", "test.thing:77"])
    assert ask(engine, "one") == [2]
    engine.clear()
    assert ask(engine, "one") == []


def test_the_audit_reads_what_was_written(engine: Any) -> None:
    one = doc(1, "one", 3)
    engine.write([one])
    assert list(engine.documents()) == [("test.thing", 1, one.version, 3)]
    assert one.version != doc(1, "two", 3).version
    assert one.version != doc(1, "one", 4).version


def test_many_batches_are_merged_and_nothing_changes(engine: Any) -> None:
    for pk in range(1, 31):
        engine.write([doc(pk, f"shared word{pk}")], drop=[f"test.thing:{pk - 3}"] if pk % 3 == 0 else ())
    before = ask(engine, "shared")
    engine.optimize()
    assert ask(engine, "shared") == before
    assert len(engine.index_store.snapshot().segments) < 10
    engine.write([doc(3, "shared again")])
    assert 3 in ask(engine, "again")


def test_replacing_swaps_in_one_step(engine: Any) -> None:
    engine.write([doc(1, "old")])

    def documents() -> Iterator[Document]:
        for pk in (2, 3):
            assert ask(engine, "old") == [1]
            yield doc(pk, "new")

    assert engine.replace(documents()) == 2
    assert ask(engine, "old") == []
    assert ask(engine, "new") == [3, 2]


def test_a_replacement_that_fails_leaves_the_old(engine: Any) -> None:
    engine.write([doc(1, "old")])

    def documents() -> Iterator[Document]:
        yield doc(2, "new")
        raise RuntimeError("disk full")

    with pytest.raises(RuntimeError):
        engine.replace(documents())
    assert ask(engine, "old") == [1]


def test_another_reader_sees_the_next_state(engine: Any) -> None:
    from search.store import Store

    engine.write([doc(1, "one")])
    reader = Store(engine.index_store.path)
    assert reader.snapshot().generation
    engine.write([doc(2, "two")])
    assert sum(segment.size for segment in reader.snapshot().segments) == 2


def test_a_missing_or_damaged_index_says_so(engine: Any) -> None:
    engine.write([doc(pk, f"one {pk}") for pk in range(50)])
    path = engine.index_store.path
    engine.index_store.forget()
    for file in path.glob("index-*/*.seg"):
        file.write_bytes(b"\0" * 100)
    with pytest.raises(Unreadable):
        engine.find(wanted("one"), audiences=frozenset({1}))
    for file in path.glob("index-*/*"):
        if file.is_file():
            file.unlink()
    with pytest.raises(Unreadable):
        engine.find(wanted("one"), audiences=frozenset({1}))
    engine.clear()
    assert ask(engine, "one") == []


# --- bounded work


def test_a_spent_budget_answers_with_what_is_known(engine: Any) -> None:
    engine.write([doc(pk, "alpha beta gamma") for pk in range(50)])
    found = engine.find(wanted("alpha beta"), audiences=frozenset({1}), seconds=-1)
    assert found.partial


# --- against the oracle

WORDS = [
    "red",
    "green",
    "blue",
    "scanner",
    "scanners",
    "pair",
    "pairing",
    "report",
    "reports",
    "office",
    "house",
    "houses",
]


def oracle(documents: list[Document], question: Wanted, audiences: set[int]) -> tuple[set[int], set[int]]:
    """The keys of what holds all words, and of what holds any."""

    def held(unit: Any, document: Document) -> bool:
        found = analyse(document.title, document.text, document.language)
        if isinstance(unit, Term):
            return any(variant in found.stems for variant in unit.variants)
        assert isinstance(unit, Phrase)
        starts = [{place - at for place in found.words.get(word, ())} for at, word in enumerate(unit.words)]
        return bool(set.intersection(*starts))

    whole, some = set(), set()
    for document in documents:
        if document.audience not in audiences or any(held(unit, document) for unit in question.without):
            continue
        if not all(held(unit, document) for unit in question.units if getattr(unit, "quoted", False)):
            continue
        holds = [held(unit, document) for unit in question.units]
        if all(holds):
            whole.add(document.pk)
        if any(holds) or not holds:
            some.add(document.pk)
    return whole, some


def test_the_answer_is_that_of_the_oracle(engine: Any) -> None:
    chance = random.Random(7)
    documents = [
        doc(pk, " ".join(chance.choices(WORDS, k=chance.randint(1, 9))), chance.randint(1, 6)) for pk in range(300)
    ]
    for start in range(0, 300, 60):
        engine.write(documents[start : start + 60])
    for _round in range(150):
        parts = []
        for _part in range(chance.randint(1, 3)):
            word = chance.choice(WORDS)
            parts.append(chance.choice([word, word, f"-{word}", f'"{word} {chance.choice(WORDS)}"']))
        question = wanted(" ".join(parts))
        audiences = set(chance.sample(range(1, 8), chance.randint(1, 4)))
        found = engine.find(question, audiences=frozenset(audiences), limit=1000)
        whole, some = oracle(documents, question, audiences)
        assert {hit.pk for hit in found.hits} == some, (parts, audiences)
        if question.units:
            assert {hit.pk for hit in found.hits if hit.complete} == whole, (parts, audiences)
