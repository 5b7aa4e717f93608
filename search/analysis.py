"""How text becomes the tokens of the index, and how the words of a question find them again.

The scheme, for a network in which four languages and many scripts stand side by side:

- Text is cut into words; words are case-folded and their accents folded away (`Zoë` = `zoe`, `Straße` = `strasse`,
  `Müller` = `muller` = `mueller`).
- Two fields hold them. `words` keeps the folded words with their places, for phrases. `stems` keeps each word's stem
  with a letter for the language it was stemmed in (`e:pair`), for everything else.
- A text is stemmed in *its* language: the one its author declared, else the one its small words betray, else (a name,
  three words) in all four. A question is stemmed in all four, so `pairs` finds English `pairing` and `maisons` finds
  French `maison`, whatever language the asker reads, and no word is mangled by the stemmer of another language.
- Scripts written without spaces (Chinese, Japanese, Thai …) and Korean are cut into overlapping pairs of characters,
  and asked for as a phrase of such pairs.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from whoosh.lang.snowball.dutch import DutchStemmer
from whoosh.lang.snowball.english import EnglishStemmer
from whoosh.lang.snowball.french import FrenchStemmer
from whoosh.lang.snowball.german import GermanStemmer

from core import text

#: Language → the letter that marks its stems in the index.
LANGUAGES = {"en": "e", "nl": "n", "de": "d", "fr": "f"}

#: How much more a word in the title weighs than one in the text.
TITLE_WEIGHT = 2.0

#: Words of a longer text that are looked at to tell its language.
_SAMPLE = 300

#: Longer "words" are no words (keys, encoded data): only this much of them is kept.
_WORD_CHARS = 48

#: Between title and text, so that no phrase spans both.
_GAP = 100

# Scripts without spaces between words, and Korean, whose endings cling to the word.
_DENSE = (
    "\u0e00-\u0eff\u0f00-\u0fff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u3130-\u318f"
    "\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\uff66-\uff9f"
    "\U0001b000-\U0001b16f\U00020000-\U0003ffff"
)
# Marks that belong to the letter before them: accents typed apart, Hebrew points, Arabic vowels, Indic vowel signs.
_MARKS = "\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0670\u0900-\u0dff"
_WORD = re.compile(rf"[{_DENSE}]+|(?:(?![{_DENSE}_])[\w{_MARKS}])+")
_IS_DENSE = re.compile(rf"[{_DENSE}]")
# What stands inside a word, and the start of one in whose first two letters there may be one that is folded to another.
_INSIDE = re.compile(rf"[^\W_{_DENSE}]|[{_MARKS}]")
_ODD = re.compile(rf"(?<![^\W_{_DENSE}])(?<![{_MARKS}])(?![{_DENSE}])(?:[^\x00-\x7f_]|[^\W_][^\x00-\x7f])")

# Two letters in one.
_LIGATURES = str.maketrans({"æ": "ae", "Æ": "ae", "œ": "oe", "Œ": "oe", "þ": "th", "Þ": "th"})
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})
_HAS_UMLAUT = re.compile("[äöü]")

_STEMMERS = {
    "en": EnglishStemmer().stem,
    "nl": DutchStemmer().stem,
    "de": GermanStemmer().stem,
    "fr": FrenchStemmer().stem,
}

# The smallest words of each language: they tell which language a text is in, and a question is not made to match them.
_SMALL = {
    "en": "a about after all also am an and any are as at be because been but by can could did do does doing for from "
    "had has have having he her his how i if in into is it its just may me might more most my no nor of on only or "
    "other our out over own she should so some such than that the their them then there these they this those through "
    "to too under until very was we were what when where which while who whom why with would you your",
    "nl": "aan al als bij ben bent dan dat de deze die dit door een en er had hebben heb heeft het hij hoe ik in is "
    "jij je jouw kan kunnen maar me mee meer men met mij mijn na naar niet nog nu of om omdat onder ons onze ook op "
    "over te tegen toch toen tot u uit uw van veel voor waar wanneer waren wat we wel werd wie wij worden wordt zal ze "
    "zich zij zijn zo zonder zou",
    "de": "aber als am an auch auf aus bei bin bis bist da damit dann das dass dem den der des die dies diese diesem "
    "diesen dieser dieses doch du durch ein eine einem einen einer eines er es euch für habe haben hat hatte ich ihm "
    "ihn ihr ihre im in ist ja kann kein keine können mein meine mich mir mit nach nicht noch nur ob oder ohne sein "
    "seine sich sie sind so über um und uns unser unter vom von vor wann was wenn wer werden wie wir wird wo wurde zu "
    "zum zur",
    "fr": "ai au aux avec avez avons c ce ces cet cette d dans de des du elle elles en est et eu il ils j je l la le "
    "les leur leurs lui m ma mais me même mes moi mon n ne nos notre nous on ou où par pas plus pour qu quand que qui "
    "quoi s sa sans se ses si son sont sur t ta te tes toi ton tu un une vos votre vous y à été être",
}


def fold(word: str) -> str:
    """A word without case and accents: `Été` → `ete`, `Straße` → `strasse`, full-width → normal width."""
    return word.lower() if word.isascii() else text.fold(word.translate(_LIGATURES))


# As they are written and as they are written without accents.
_SMALL_WORDS: dict[str, set[str]] = {
    language: {form for word in words.split() for form in (word, fold(word))} for language, words in _SMALL.items()
}
_LANGUAGES_OF_SMALL_WORD: dict[str, tuple[str, ...]] = {
    word: tuple(language for language in _SMALL_WORDS if word in _SMALL_WORDS[language])
    for word in set().union(*_SMALL_WORDS.values())
}


class Word(NamedTuple):
    """One word of a text and where it stands."""

    text: str
    start: int
    end: int

    @property
    def dense(self) -> bool:
        """Whether it is a run of a script that is written without spaces."""
        return bool(_IS_DENSE.match(self.text))


def split(written: str) -> Iterator[Word]:
    """The words of a text, as they stand there."""
    for match in _WORD.finditer(written):
        yield Word(match.group(), match.start(), match.end())


def beginning(written: str, letters: frozenset[str]) -> Iterator[Word]:
    """The words of a text, as `split` cuts it, that begin with some letters once they are folded, and a few others.

    Args:
        written: the text.
        letters: one or two folded letters each.
    """
    lower = written.lower()
    if len(lower) != len(written):
        # A letter that becomes two moves all that follow.
        yield from split(written)
        return
    starts = {match.start() for match in _ODD.finditer(written)} if not written.isascii() else set()
    for one in letters:
        at = lower.find(one)
        while at >= 0:
            starts.add(at)
            at = lower.find(one, at + 1)
    for at in sorted(starts):
        if (not at or not _INSIDE.match(written, at - 1)) and (match := _WORD.match(written, at)):
            yield Word(match.group(), at, match.end())


def pairs(run: str) -> list[str]:
    """The overlapping pairs of characters of a run without spaces; the character itself where it is alone."""
    run = fold(run)
    return [run[at : at + 2] for at in range(len(run) - 1)] or [run]


@lru_cache(maxsize=100_000)
def _tokens_of(word: str, language: str) -> tuple[str, ...]:
    """The stems of one word in one language, marked with its letter."""
    mark, stem = LANGUAGES[language] + ":", _STEMMERS[language]
    word = unicodedata.normalize("NFC", word.casefold())[:_WORD_CHARS]
    folded = fold(word)
    # Stemming knows endings with accents (`publiée`); people who type without them must find the same.
    found = {mark + fold(stem(word)), mark + fold(stem(folded))}
    if _HAS_UMLAUT.search(word):
        found.add(mark + stem(fold(word.translate(_UMLAUTS))))
    return tuple(sorted(found))


@lru_cache(maxsize=20_000)
def variants(word: str) -> tuple[str, ...]:
    """Every token of the field `stems` by which a word of a question can be found."""
    if _IS_DENSE.match(word):
        return ("x:" + fold(word),)
    if not _stemmed(word):
        return ("x:" + fold(word)[:_WORD_CHARS],)
    return tuple(sorted({token for language in LANGUAGES for token in _tokens_of(word, language)}))


def _stemmed(word: str) -> bool:
    """Whether stemmers know what to do with it: letters of a Latin alphabet and nothing else."""
    folded = fold(word)
    return folded.isascii() and folded.isalpha()


def is_small(word: str) -> bool:
    """Whether a word is so common that a question should not insist on it."""
    folded = fold(word)
    return folded in _LANGUAGES_OF_SMALL_WORD or (len(folded) == 1 and folded.isascii() and folded.isalpha())


def languages_of(written: str, declared: str = "") -> tuple[str, ...]:
    """The language of a text, or all of ours where nothing tells.

    Args:
        written: the text.
        declared: the language its author says (or the page has); empty when nobody said.
    """
    if declared[:2] in LANGUAGES:
        return (declared[:2],)
    count = dict.fromkeys(LANGUAGES, 0)
    for word in _WORD.findall(written[: _SAMPLE * 8].lower())[:_SAMPLE]:
        for language in _LANGUAGES_OF_SMALL_WORD.get(word, ()):
            count[language] += 1
    (first, most), (_second, next_most) = sorted(count.items(), key=lambda item: -item[1])[:2]
    if most >= 2 and most >= 1.5 * next_most:
        return (first,)
    return tuple(LANGUAGES)


@dataclass(slots=True)
class Analysed:
    """A text as the index takes it."""

    #: Folded word → its places in the text.
    words: dict[str, list[int]] = field(default_factory=dict)
    #: Marked stem → its weight (occurrences, those in the title counting more).
    stems: dict[str, float] = field(default_factory=dict)
    #: Words in all.
    length: int = 0


def analyse(title: str, body: str, language: str = "") -> Analysed:
    """Title and text as tokens.

    Args:
        title: a name or headline; may be empty.
        body: the rest.
        language: what the author declared; empty to let the text tell.
    """
    result = Analysed()
    words, stems = result.words, result.stems
    languages = languages_of(f"{title}\n{body}", language)
    place = 0
    for part, weight in ((title, TITLE_WEIGHT), (body, 1.0)):
        for word in _WORD.findall(part):
            kept, forms, apart = _entry(word, languages)
            for folded in kept:
                if folded in words:
                    words[folded].append(place)
                else:
                    words[folded] = [place]
                place += 1
            place += apart
            result.length += len(kept)
            for token in forms:
                stems[token] = stems.get(token, 0.0) + weight
        place += _GAP
    return result


@lru_cache(maxsize=100_000)
def _entry(word: str, languages: tuple[str, ...]) -> tuple[list[str] | tuple[str, ...], tuple[str, ...], int]:
    """What the index keeps of one word: its folded form (or pairs), its marked stems, and a gap after it."""
    if _IS_DENSE.match(word):
        # Single characters can be asked for too; a phrase does not run on past the end of the run.
        return pairs(word), tuple("x:" + character for character in fold(word)), 1
    folded = fold(word)[:_WORD_CHARS]
    if not _stemmed(word):
        return (folded,), ("x:" + folded,), 0
    return (folded,), tuple(sorted({token for language in languages for token in _tokens_of(word, language)})), 0


def matches(word: Word, wanted: frozenset[str]) -> bool:
    """Whether a word of a text is one of the wanted variants (for marks in snippets)."""
    return not wanted.isdisjoint(variants(word.text))
