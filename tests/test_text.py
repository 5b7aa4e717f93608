"""Text as typed: what passes the door comes back the same, what cannot be stored is refused with words."""

import unicodedata

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from core import limits, text

FAMILY = "👨‍👩‍👧‍👦"
AS_TYPED = [
    "",
    "plain",
    FAMILY,
    "🇳🇱 🏴󠁧󠁢󠁳󠁣󠁴󠁿 👍🏽 ❤️",
    "שלום עולם and مرحبا بالعالم",
    "abc\u202edef\u202c \u2066x\u2069 \u200f\u200e",
    "z" + "\u035b" * 1000,
    "İstanbul ıĞ ß ﬁ",
    "𝒽ℯ𝓁𝓁ℴ 𐍈 \U0010fffd",
    "w" * 10_000,
    "می\u200cخواهم",
    "a\u2028b" + "\ufeff",
]


@pytest.mark.parametrize("typed", AS_TYPED, ids=range(len(AS_TYPED)))
def test_text_comes_back_as_it_was_typed(typed):
    assert text.clean(typed, multiline=True) == unicodedata.normalize("NFC", typed)


def test_text_is_stored_composed():
    assert text.clean("Zoe\u0308", multiline=False) == "Zoë"


@pytest.mark.parametrize("wrong", ["\0", "abc\0secret", "\ud800", "x\udfffy", "\ud83d and \ude00"])
@pytest.mark.parametrize("multiline", [True, False])
def test_nul_and_half_surrogates_are_refused_with_words(wrong, multiline):
    with pytest.raises(ValidationError) as refused:
        text.clean(wrong, multiline=multiline)
    assert refused.value.messages[0].endswith(".")


def test_control_characters_go_and_lines_stay():
    assert text.clean("a\x07b\x1b[31m\x85c\x7f\td\r\ne\rf\ng", multiline=True) == "ab[31mc\td\ne\nf\ng"


def test_a_field_of_one_line_holds_one_line():
    assert text.clean("a\r\n\tb\u2028c\x85d\x0be  f\x01", multiline=False) == "a b c d e  f"


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\0")), st.booleans())
def test_cleaning_twice_changes_nothing_more(typed, multiline):
    once = text.clean(typed, multiline=multiline)
    assert text.clean(once, multiline=multiline) == once
    (text.validate_text if multiline else text.validate_line)(once)


@pytest.mark.parametrize("wrong", ["a\0", "\udcff", "a\x1bb", "a\nb", "a\u2028b"])
def test_a_model_field_of_one_line_refuses_what_did_not_pass_the_door(wrong):
    with pytest.raises(ValidationError):
        text.validate_line(wrong)
    text.validate_line("a b " + FAMILY)


def test_a_model_field_of_many_lines_takes_lines():
    text.validate_text("a\r\nb\n\tc")
    with pytest.raises(ValidationError):
        text.validate_text("a\x00b")
    assert text.validate_text == text.Clean(multiline=True)
    assert text.validate_text.deconstruct() == ("core.text.Clean", (), {"multiline": True})


def test_form_fields_clean_and_hold_to_the_table():
    name = text.CleanCharField(limit=limits.NAME_CHARS)
    assert name.clean("  Zoe\u0308\t van Dam ") == "Zoë  van Dam"
    assert name.clean("x" * 80) == "x" * 80
    with pytest.raises(ValidationError, match="80"):
        name.clean("x" * 81)
    with pytest.raises(ValidationError) as refused:
        name.clean("a\0b")
    assert refused.value.code == "nul"
    with pytest.raises(ValidationError):
        name.clean(" \t ")
    assert name.widget.attrs["maxlength"] == "80"


def test_a_form_field_of_many_lines_never_cuts_a_paste():
    body = text.CleanTextField(limit=limits.POST_CHARS, required=False)
    assert body.clean("a\r\n\r\n  b") == "a\n\n  b"
    assert body.clean(None) == ""
    assert "maxlength" not in body.widget.attrs
    with pytest.raises(ValidationError, match="20,000"):
        body.clean("x" * 20_001)


@pytest.mark.parametrize(
    ("typed", "length", "shown"),
    [
        ("", 10, ""),
        ("  a\n\n b\t", 10, "a b"),
        ("one two three", 8, "one two…"),
        ("one two three", 13, "one two three"),
        ("abcdefghijkl", 6, "abcde…"),
        (FAMILY * 3, 8, FAMILY + "…"),
        ("e" + "\u0301" * 30, 10, "e" + "\u0301" * 8 + "…"),
    ],
)
def test_a_summary_is_one_line_and_cuts_no_emoji(typed, length, shown):
    assert text.one_line(typed, length) == shown
    assert len(text.one_line(typed, length)) <= length


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("Anna Müller", "AM"),
        ("élodie van den ünal", "ÉÜ"),
        ("cher", "CH"),
        ("王小明", "王小"),
        ("Дмитрий Иванов", "ДИ"),
        ("عمر حسن", "عح"),
        ("🎉 Party Team 🎉", "PT"),
        (FAMILY + "x", "X"),
        (FAMILY + " 🎉", FAMILY),
        ("🇳🇱🇧🇪", "🇳🇱"),
        ("ßen", "ßE"),
        ("(Bob)", "BO"),
        ("...", "."),
        ("  ", "?"),
        ("", "?"),
    ],
)
def test_initials_work_for_every_name(name, letters):
    assert text.initials(name) == letters


@given(st.text(max_size=40))
def test_initials_are_never_empty_and_never_long(name):
    assert 1 <= len(text.initials(name)) <= 16


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Zoë", "ZOE"),
        ("ＡＢＣ", "abc"),
        ("Straße", "STRASSE"),
        ("İstanbul", "istanbul"),
        ("Łódź", "lodz"),
        ("Øre", "ore"),
    ],
)
def test_folding_makes_equal_what_people_take_for_equal(one, other):
    assert text.fold(one) == text.fold(other)


def test_folding_keeps_letters_apart_that_only_look_like_accents():
    assert text.fold("हिन्दी") == "हिन्दी"
    assert text.fold("한국") == "한국"


@pytest.mark.parametrize(
    ("source", "handle"),
    [
        ("Zoë van Dam", "zoe.van.dam"),
        ("anna.de-vries@company.example", "anna.de-vries"),
        ("Дмитрий", "dmitriy"),
        ("Łukasz Żak", "lukasz.zak"),
        ("O'Neil, Bob", "o.neil.bob"),
        ("@anna", "anna"),
    ],
)
def test_a_handle_is_read_off_the_name(source, handle):
    assert text.handle_for(source, lambda candidate: False) == handle


def test_a_taken_handle_gets_a_number_and_in_the_end_a_random_one():
    assert text.handle_for("Bob", {"bob", "bob2"}.__contains__) == "bob3"
    taken = {"bob", *(f"bob{number}" for number in range(1000))}
    found = text.handle_for("Bob", taken.__contains__)
    assert found.startswith("bob-")
    assert text.HANDLE.fullmatch(found)


@given(st.text(max_size=300))
def test_every_name_gives_a_handle(name):
    handle = text.handle_for(name, lambda candidate: False)
    assert text.HANDLE.fullmatch(handle)
    assert len(handle) <= limits.HANDLE_CHARS.value


@pytest.mark.parametrize(
    ("given_", "sign"),
    [
        ("tada", "🎉"),
        (":tada:", "🎉"),
        ("🎉", "🎉"),
        ("+1", "👍"),
        ("thumbsup", "👍"),
        ("Thumbs_Up", "👍"),
        (":wave::skin-tone-3:", "👋🏼"),
        (FAMILY, FAMILY),
        ("", None),
        ("no_such_emoji", None),
        ("🎉🎉", None),
        ("a🎉", None),
        ("x" * 5000, None),
        ("<script>", None),
        ("1", None),
    ],
)
def test_an_emoji_is_known_by_sign_and_by_name(given_, sign):
    assert text.emoji(given_) == sign
