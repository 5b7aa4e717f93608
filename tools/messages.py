"""Translations without the gettext programs.

    python -m tools.messages extract              collect every string of ours into locale/*/LC_MESSAGES/django.po
    python -m tools.messages compile [PO …]       write the .mo file beside each catalogue (needs nothing but polib)
    python -m tools.messages check                exit status 1, and a line each, for whatever is not in order
    python -m tools.messages missing LANGUAGE     what has no translation yet, as JSON on standard output
    python -m tools.messages fill LANGUAGE FILE   put translations in: the same JSON with "translation" filled

The source is English and has no catalogue. What Django, Wagtail and allauth say themselves they translate themselves.
Strings are found on the syntax tree (Python) and among the tokens of Django's own lexer (templates), not by patterns
over text, so that a string that cannot be translated is an error here and not a surprise on a page.
"""

from __future__ import annotations

import argparse
import ast
import difflib
import json
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import polib

ROOT = Path(__file__).resolve().parent.parent

#: The languages with a catalogue, and how each counts (the same rules as Django's own catalogues).
LANGUAGES = {
    "nl": "nplurals=2; plural=(n != 1);",
    "de": "nplurals=2; plural=(n != 1);",
    "fr": "nplurals=2; plural=(n > 1);",
}

#: Directories that hold no strings of ours.
SKIPPED = {"migrations", "tests", "tools", "docs", "locale", "static", "build", "var", "requirements", "node_modules"}

#: A quoted text in a template.
LITERAL = r"""(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')"""

#: gettext function → the positions of (context, message, plural) among its arguments.
FUNCTIONS: dict[str, tuple[int | None, int, int | None]] = {
    "gettext": (None, 0, None),
    "gettext_lazy": (None, 0, None),
    "gettext_noop": (None, 0, None),
    "ngettext": (None, 0, 1),
    "ngettext_lazy": (None, 0, 1),
    "pgettext": (0, 1, None),
    "pgettext_lazy": (0, 1, None),
    "npgettext": (0, 1, 2),
    "npgettext_lazy": (0, 1, 2),
}


#: The same for a function of our own: what a verb means is shown in the audit log, and translated there.
OURS: dict[tuple[str, str], tuple[int | None, int, int | None]] = {("core.events", "declare"): (None, 1, None)}


class Untranslatable(Exception):
    """A string is marked for translation in a way that no catalogue can hold; the message names file and line."""


@dataclass(frozen=True)
class Message:
    """What is to be translated, as gettext knows it."""

    #: The English text, with named placeholders.
    text: str
    #: The English text for several, or "" where nothing is counted.
    plural: str = ""
    #: What tells it from the same words elsewhere, or None.
    context: str | None = None


@dataclass
class Source:
    """All messages of a tree, each with the files that say it."""

    messages: dict[tuple[str | None, str], Message] = field(default_factory=dict)
    files: dict[tuple[str | None, str], list[str]] = field(default_factory=dict)

    def add(self, message: Message, file: str) -> None:
        """Remember a message.

        Raises:
            Untranslatable: the same text is counted in one place with two different plurals.
        """
        key = (message.context, message.text)
        known = self.messages.get(key)
        if known is not None and known.plural and message.plural and known.plural != message.plural:
            raise Untranslatable(f"{file}: {message.text!r} has the plural {known.plural!r} elsewhere")
        if known is None or (message.plural and not known.plural):
            self.messages[key] = message
        files = self.files.setdefault(key, [])
        if file not in files:
            files.append(file)


# --- The command. ---


def main(arguments: list[str] | None = None) -> int:
    """Run one of the commands above; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("extract")
    commands.add_parser("compile").add_argument("catalogues", nargs="*", type=Path)
    commands.add_parser("check")
    commands.add_parser("missing").add_argument("language", choices=LANGUAGES)
    fill_parser = commands.add_parser("fill")
    fill_parser.add_argument("language", choices=LANGUAGES)
    fill_parser.add_argument("file", type=argparse.FileType(encoding="utf-8"))
    options = parser.parse_args(arguments)
    try:
        if options.command == "extract":
            for language, (new, gone) in extract(ROOT).items():
                print(f"{language}: {new} without a translation, {gone} no longer said")
        elif options.command == "compile":
            compile_all(options.catalogues or sorted((ROOT / "locale").glob("*/LC_MESSAGES/django.po")))
        elif options.command == "missing":
            json.dump(missing(ROOT, options.language), sys.stdout, ensure_ascii=False, indent=1)
            print()
        elif options.command == "fill":
            with options.file:
                print(f"{fill(ROOT, options.language, json.load(options.file))} translations put in")
        else:
            problems = check(ROOT)
            print("\n".join(problems) if problems else "Every string has its translation.")
            return 1 if problems else 0
    except Untranslatable as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def extract(root: Path) -> dict[str, tuple[int, int]]:
    """Bring the catalogues in line with the source: new strings empty, changed ones as a proposal, others gone.

    A string whose English changed a little keeps its old translation marked fuzzy, for a person to look at.

    Returns:
        For each language how many strings lack a translation and how many were dropped.
    """
    source = collect(root)
    done = {}
    for language in LANGUAGES:
        path = catalogue_path(root, language)
        old = _read(path) if path.exists() else _empty(language)
        merged, gone = _merge(old, source, language)
        path.parent.mkdir(parents=True, exist_ok=True)
        merged.save(str(path))
        done[language] = (sum(1 for entry in merged if not entry.translated()), gone)
    return done


def compile_all(catalogues: Iterable[Path]) -> None:
    """Write the .mo file beside each catalogue, whole or not at all."""
    for path in catalogues:
        target = path.with_suffix(".mo")
        # Another process may compile at the same moment, so each has a name of its own.
        fresh = path.with_suffix(f".mo.{os.getpid()}")
        _read(path).save_as_mofile(str(fresh))
        os.replace(fresh, target)


def compile_stale(root: Path) -> None:
    """Compile the catalogues that changed since their .mo file was written; the tests do this before they start."""
    for language in LANGUAGES:
        path = catalogue_path(root, language)
        target = path.with_suffix(".mo")
        if path.exists() and (not target.exists() or target.stat().st_mtime < path.stat().st_mtime):
            compile_all([path])


def check(root: Path) -> list[str]:
    """Everything that is not in order, one sentence each; empty when all is well."""
    try:
        source = collect(root)
    except Untranslatable as error:
        return [str(error)]
    problems = []
    for language in LANGUAGES:
        path = catalogue_path(root, language)
        if not path.exists():
            problems.append(f"{language}: there is no catalogue; run `make messages`")
            continue
        problems += [f"{language}: {problem}" for problem in _faults(_read(path), source, language)]
    return problems


def missing(root: Path, language: str) -> list[dict]:
    """The strings of a language that have no translation, with what helps to translate them."""
    wanted = []
    for entry in _read(catalogue_path(root, language)):
        if not entry.translated():
            wanted.append(
                {
                    "text": entry.msgid,
                    "plural": entry.msgid_plural,
                    "context": entry.msgctxt,
                    "files": [file for file, _line in entry.occurrences],
                    "proposal": list(entry.msgstr_plural.values()) if entry.msgid_plural else entry.msgstr,
                    "translation": ["", ""] if entry.msgid_plural else "",
                }
            )
    return wanted


def fill(root: Path, language: str, translations: list[dict]) -> int:
    """Put translations into a catalogue: the list of `missing` with "translation" filled in.

    Returns:
        How many were put in. Empty ones, and ones of strings that are no longer said, are left out.
    """
    path = catalogue_path(root, language)
    catalogue = _read(path)
    entries = {(entry.msgctxt, entry.msgid): entry for entry in catalogue}
    count = 0
    for item in translations:
        entry = entries.get((item.get("context"), item["text"]))
        translation = item.get("translation")
        if entry is None or not translation or (isinstance(translation, list) and not all(translation)):
            continue
        if entry.msgid_plural:
            forms = translation if isinstance(translation, list) else [translation, translation]
            entry.msgstr_plural = dict(enumerate(forms))
        else:
            entry.msgstr = translation
        _settle(entry)
        count += 1
    catalogue.save(str(path))
    return count


def catalogue_path(root: Path, language: str) -> Path:
    """Where a language's catalogue stands."""
    return root / "locale" / language / "LC_MESSAGES" / "django.po"


# --- Finding what is said. ---


def collect(root: Path) -> Source:
    """Every message of the Python files and templates under `root`.

    Raises:
        Untranslatable: a string cannot be looked up in a catalogue as it is written.
    """
    source = Source()
    for path in sorted(_files(root, {".py", ".html", ".txt"})):
        name = path.relative_to(root).as_posix()
        text = path.read_text(encoding="utf-8")
        found = from_python(text, name) if path.suffix == ".py" else from_template(text, name)
        for message in found:
            source.add(message, name)
    return source


def from_python(text: str, name: str) -> Iterator[Message]:
    """The messages of a Python file, whatever it calls the functions of django.utils.translation.

    A call with a variable is left alone: its text was marked with gettext_noop where it is written.

    Raises:
        Untranslatable: the text is put together before it is looked up (an f-string, `+`, `%`, `.format`).
    """
    tree = ast.parse(text, name)
    functions = dict(_imported(tree))
    if not functions:
        return
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        called = ast.unparse(node.func)
        if called not in functions:
            continue
        positions = functions[called]
        values = [None if at is None else _constant(node, at, name) for at in positions]
        context, message, plural = values
        if message is not None:
            yield Message(message, plural or "", context)


def from_template(text: str, name: str) -> Iterator[Message]:
    """The messages of a Django template: translate, blocktranslate and `_("…")` in tags and variables.

    Raises:
        Untranslatable: a blocktranslate is not closed, or holds a tag, or translate has a variable.
    """
    # Imported here so that compiling catalogues needs no Django.
    from django.template.base import Lexer, TokenType

    tokens = iter(Lexer(text).tokenize())
    for token in tokens:
        if token.token_type not in (TokenType.BLOCK, TokenType.VAR):
            continue
        for quoted in re.findall(rf"\b_\(({LITERAL})\)", token.contents):
            yield Message(_unquote(quoted).replace("%", "%%"))
        words = token.split_contents() if token.token_type is TokenType.BLOCK else [""]
        place = f"{name}:{token.lineno}"
        if words[0] == "comment":
            _until(tokens, {"endcomment"}, place)
        elif words[0] == "verbatim":
            continue
        elif words[0] in ("translate", "trans"):
            # A filter may follow the text: "posts"|capfirst.
            quoted_text = re.match(LITERAL, words[1])
            if quoted_text is not None:
                yield Message(_unquote(quoted_text[0]).replace("%", "%%"), context=_context(words))
            elif "noop" not in words:
                raise Untranslatable(f"{place}: translate needs the text itself, not a variable")
        elif words[0] in ("blocktranslate", "blocktrans"):
            yield _block(words, tokens, place)


def _block(words: list[str], tokens: Iterator, place: str) -> Message:
    from django.utils.translation import trim_whitespace

    singular, last = _until(tokens, {"plural", "endblocktranslate", "endblocktrans"}, place)
    plural = ""
    if last == "plural":
        plural, _last = _until(tokens, {"endblocktranslate", "endblocktrans"}, place)
    if "trimmed" in words:
        singular, plural = trim_whitespace(singular), trim_whitespace(plural)
    if not singular.strip():
        raise Untranslatable(f"{place}: blocktranslate is empty")
    return Message(singular, plural, _context(words))


def _until(tokens: Iterator, ends: set[str], place: str) -> tuple[str, str]:
    """The text up to a closing tag, as blocktranslate looks it up, and the name of that tag."""
    from django.template.base import TokenType

    parts = []
    for token in tokens:
        if token.token_type is TokenType.TEXT:
            parts.append(token.contents.replace("%", "%%"))
        elif token.token_type is TokenType.VAR:
            if "endcomment" not in ends and not re.fullmatch(r"[A-Za-z_]\w*", token.contents):
                raise Untranslatable(
                    f"{place}: inside blocktranslate {token.contents!r} must be a plain name; bind it with `with`"
                )
            parts.append(f"%({token.contents})s")
        elif token.token_type is TokenType.BLOCK:
            tag = token.contents.split()[0]
            if tag in ends:
                return "".join(parts), tag
            if "endcomment" not in ends:
                raise Untranslatable(f"{place}: {{% {tag} %}} cannot stand inside blocktranslate")
    raise Untranslatable(f"{place}: nothing closes this tag")


def _imported(tree: ast.Module) -> Iterator[tuple[str, tuple[int | None, int, int | None]]]:
    """What a module calls the functions that mark strings: (as written in a call, where its strings stand)."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "django.utils.translation":
            for alias in node.names:
                if alias.name in FUNCTIONS:
                    yield alias.asname or alias.name, FUNCTIONS[alias.name]
        elif isinstance(node, ast.ImportFrom) and node.module == "django.utils":
            for alias in node.names:
                if alias.name == "translation":
                    for function, positions in FUNCTIONS.items():
                        yield f"{alias.asname or alias.name}.{function}", positions
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                if (node.module or "", alias.name) in OURS:
                    yield alias.asname or alias.name, OURS[node.module or "", alias.name]


def _constant(call: ast.Call, position: int, name: str) -> str | None:
    if position >= len(call.args):
        return None
    argument = call.args[position]
    if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
        return argument.value
    formatted = (
        isinstance(argument, ast.Call) and isinstance(argument.func, ast.Attribute) and argument.func.attr == "format"
    )
    if isinstance(argument, ast.JoinedStr | ast.BinOp) or formatted:
        raise Untranslatable(
            f"{name}:{call.lineno}: the text is put together before it is translated; use named placeholders"
        )
    return None


def _context(words: list[str]) -> str | None:
    if "context" not in words:
        return None
    return _unquote(words[words.index("context") + 1])


def _unquote(literal: str) -> str:
    return literal[1:-1].replace(f"\\{literal[0]}", literal[0]).replace("\\\\", "\\")


def _files(root: Path, suffixes: set[str]) -> Iterator[Path]:
    for directory, below, names in os.walk(root):
        below[:] = [name for name in below if not name.startswith(".") and name not in SKIPPED]
        for name in names:
            path = Path(directory, name)
            # Text files are templates (of mails) only where templates are.
            if path.suffix in suffixes and (path.suffix != ".txt" or "templates" in path.relative_to(root).parts):
                yield path


# --- Catalogues. ---


def _read(path: Path) -> polib.POFile:
    return polib.pofile(str(path), encoding="utf-8", wrapwidth=110)


def _empty(language: str) -> polib.POFile:
    catalogue = polib.POFile(encoding="utf-8", wrapwidth=110)
    catalogue.metadata = {
        "Project-Id-Version": "Kring",
        "Language": language,
        "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=UTF-8",
        "Content-Transfer-Encoding": "8bit",
        "Plural-Forms": LANGUAGES[language],
    }
    return catalogue


def _merge(old: polib.POFile, source: Source, language: str) -> tuple[polib.POFile, int]:
    before = {(entry.msgctxt, entry.msgid): entry for entry in old if not entry.obsolete}
    gone = {key: entry for key, entry in before.items() if key not in source.messages}
    merged = _empty(language)
    for key in sorted(source.messages, key=lambda key: (source.files[key][0], key[1], key[0] or "")):
        message = source.messages[key]
        entry = polib.POEntry(msgid=message.text, msgid_plural=message.plural, msgctxt=message.context)
        entry.occurrences = [(file, "") for file in source.files[key]]
        if message.plural:
            entry.msgstr_plural = {0: "", 1: ""}
        if "%" in message.text + message.plural:
            entry.flags.append("python-format")
        known = before.get(key)
        if known is not None and bool(known.msgid_plural) == bool(message.plural):
            _take(entry, known)
        else:
            _propose(entry, gone)
        merged.append(entry)
    return merged, len(gone)


def _take(entry: polib.POEntry, known: polib.POEntry) -> None:
    entry.msgstr = known.msgstr
    entry.msgstr_plural = dict(known.msgstr_plural)
    entry.tcomment = known.tcomment
    if known.fuzzy:
        entry.flags.append("fuzzy")
        entry.previous_msgid = known.previous_msgid
    elif entry.msgid_plural != known.msgid_plural:
        entry.flags.append("fuzzy")
        entry.previous_msgid_plural = known.msgid_plural


def _propose(entry: polib.POEntry, gone: dict[tuple[str | None, str], polib.POEntry]) -> None:
    """Offer the translation of a string that left and resembles this one, marked fuzzy."""
    candidates = {
        old.msgid: old
        for old in gone.values()
        if old.translated() and bool(old.msgid_plural) == bool(entry.msgid_plural)
    }
    for text in difflib.get_close_matches(entry.msgid, candidates, n=1, cutoff=0.7):
        entry.msgstr = candidates[text].msgstr
        entry.msgstr_plural = dict(candidates[text].msgstr_plural)
        entry.previous_msgid = text
        entry.flags.append("fuzzy")


def _settle(entry: polib.POEntry) -> None:
    entry.flags = [flag for flag in entry.flags if flag != "fuzzy"]
    entry.previous_msgid = entry.previous_msgid_plural = entry.previous_msgctxt = None


def _faults(catalogue: polib.POFile, source: Source, language: str) -> Iterator[str]:
    if catalogue.metadata.get("Plural-Forms") != LANGUAGES[language]:
        yield f"Plural-Forms should be {LANGUAGES[language]!r}"
    entries = {(entry.msgctxt, entry.msgid): entry for entry in catalogue if not entry.obsolete}
    for key, message in source.messages.items():
        entry = entries.get(key)
        where = f"{message.text!r} ({source.files[key][0]})"
        if entry is None or entry.msgid_plural != message.plural:
            yield f"missing: {where}"
        elif entry.fuzzy:
            yield f"fuzzy: {where}"
        elif not entry.translated():
            yield f"untranslated: {where}"
        else:
            yield from (f"{fault}: {where}" for fault in _differences(entry, language))
    for entry in catalogue:
        if entry.obsolete or (entry.msgctxt, entry.msgid) not in source.messages:
            yield f"no longer said: {entry.msgid!r}"


def _differences(entry: polib.POEntry, language: str) -> Iterator[str]:
    """Where a translation does not keep what the program relies on: placeholders, tags, space at the edges."""
    if not entry.msgid_plural:
        pairs = [(entry.msgid, entry.msgstr, False)]
    else:
        # One of something may be said without its number ("a reply" for "%(count)s reply"), but not where the same
        # form also serves for none, as in French.
        exactly_one = "n != 1" in LANGUAGES[language]
        pairs = [
            (entry.msgid, entry.msgstr_plural.get(0, ""), exactly_one),
            (entry.msgid_plural, entry.msgstr_plural.get(1, ""), False),
        ]
    rules: list[tuple[str, Callable[[str], list[str]]]] = [
        ("other placeholders", placeholders),
        ("other HTML tags", lambda text: sorted(re.findall(r"</?[a-zA-Z][^>]*>", text))),
        ("other space at the edges", lambda text: [text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]]),
    ]
    for english, translation, one in pairs:
        for fault, read in rules:
            said, meant = read(translation), read(english)
            if said != meant and not (one and read is placeholders and set(said) <= set(meant)):
                yield fault


def placeholders(text: str) -> list[str]:
    """What stands to be filled in: `%(name)s`, `%s` and `{name}`, in a fixed order."""
    percent = re.findall(r"%\([^)]*\)[#0\- +]*[\d.]*[a-zA-Z]|%[sdifr]", text.replace("%%", ""))
    return sorted(percent + re.findall(r"\{[A-Za-z_0-9.!:]*\}", text))


if __name__ == "__main__":
    sys.exit(main())
