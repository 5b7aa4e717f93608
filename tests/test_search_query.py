"""What people type, taken apart; and what hostile people type, taken apart just as calmly."""

from __future__ import annotations

import time

import pytest
from django.core.exceptions import ValidationError

from core import limits
from search.query import Phrase, Query, Term, moment_of, parse

KINDS = frozenset({"post", "question"})


def words(query: Query) -> list[str]:
    """The units as typed."""
    return [unit.word if isinstance(unit, Term) else unit.source for unit in query.units]


def test_words_and_phrases_and_minus() -> None:
    query = parse('pair "blue trigger" -printer -"two words" “curly quotes”')
    assert words(query) == ["pair", "blue trigger", "curly quotes"]
    assert [getattr(unit, "quoted", False) for unit in query.units] == [False, True, True]
    assert len(query.without) == 2


def test_operators_take_plain_and_quoted_values() -> None:
    query = parse('author:anna group:"IT Helpdesk" -author:piet kind:question has:file scanner', kinds=KINDS)
    assert query.wanted == {"author": ("anna",), "group": ("IT Helpdesk",), "kind": ("question",), "has": ("file",)}
    assert query.unwanted == {"author": ("piet",)}
    assert words(query) == ["scanner"]


@pytest.mark.parametrize(
    "source", ["sender:anna", "kind:elephant", "has:elephant", "before:lunch", "author:", "note:this", "http://a.b/c"]
)
def test_what_is_no_operator_is_plain_words(source: str) -> None:
    query = parse(source, kinds=KINDS)
    assert not query.wanted and not query.before and query.units


def test_dates_are_read_as_people_write_them() -> None:
    query = parse("after:2026-10 before:today")
    assert query.after and (query.after.year, query.after.month, query.after.day) == (2026, 10, 1)
    assert query.before and query.before.hour == 0
    assert moment_of("yesterday") < moment_of("today")  # type: ignore[operator]
    assert moment_of("2026") and moment_of("2026-02-28")
    for wrong in ("2026-13", "2026-02-30", "0000", "9999-99-99", "tomorrow?", ""):
        assert moment_of(wrong) is None


def test_small_words_are_not_insisted_on() -> None:
    query = parse("the scanner of the office")
    assert [unit.small for unit in query.units if isinstance(unit, Term)] == [True, False, True, False]


def test_signs_inside_a_word_hold_it_together() -> None:
    (unit,) = parse("anna@example.org").units
    assert isinstance(unit, Phrase) and unit.words == ("anna", "example", "org") and not unit.quoted


@pytest.mark.parametrize(
    "source",
    [
        "*a*",
        "?a?b*",
        "[a TO z]",
        "{* TO *}",
        "word~2",
        "*:*",
        "a OR b AND NOT c",
        "x) OR (audience:2",
        "(" * 90 + "a" + ")" * 90,
        '"' * 199,
        "-" * 199,
        ":" * 199,
        "a:" * 99,
        "\\" * 100,
        "^5 field^2",
        "<script>alert(1)</script>",
        "' OR 1=1 --",
        "%_%",
        "\u202eevil",
        "🏴‍☠️👨‍👩‍👧‍👦",
        "\u0301" * 150,
        "ﷺ" * 50,
        "İstanbul ǅ ß",
    ],
)
def test_hostile_questions_are_read_quickly_and_ask_for_nothing_special(source: str) -> None:
    began = time.process_time()
    try:
        query = parse(source)
    except limits.LimitExceeded:
        query = Query()
    assert time.process_time() - began < 0.2
    assert all(isinstance(unit, Term | Phrase) for unit in (*query.units, *query.without))
    assert not query.wanted


@pytest.mark.parametrize("source", ["x" * 100_000, "a b " * 500, "word " * 1000, "( " * 3000])
def test_too_long_a_question_is_refused_with_the_limit(source: str) -> None:
    with pytest.raises(ValidationError) as refused:
        parse(source)
    assert str(limits.QUERY_CHARS.value) in refused.value.messages[0]


def test_too_many_words_are_refused_with_the_limit() -> None:
    with pytest.raises(limits.LimitExceeded) as refused:
        parse(" ".join(f"w{number}" for number in range(limits.QUERY_TERMS.value + 1)))
    assert str(limits.QUERY_TERMS.value) in refused.value.messages[0]
