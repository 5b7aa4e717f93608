"""The rules of the house that a formatter cannot know, each a function over a syntax tree or a text.

tests/test_house.py runs them over the whole tree, and over a planted fault each, so that a rule that has gone blind is
noticed. Every function yields `Fault`s; none yields means all is well.
"""

from __future__ import annotations

import ast
import importlib
import io
import re
import tokenize
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

#: Modules through which content reaches a person: here the one rule must be asked first.
SURFACES = re.compile(r"(^|/)(views|live|notices|feeds|forms|shell)(\.py|/)|(^|/)templatetags/|^integrations/api")

#: The ways into content that ask who is looking, or that show nothing.
DOORS = {"visible_to", "shells_visible_to", "none"}
#: What may be asked besides where it is said whom an event concerns; who of them may see it is asked on delivery.
NOTICE_DOORS = {"of"}

#: Attributes of a model class that lead to its rows.
MANAGERS = {"objects", "_base_manager", "_default_manager"}

#: Methods that read rows, where a reverse relation is followed: `group.posts.filter(…)`.
# fmt: off
READS = {
    "all", "filter", "exclude", "get", "count", "exists", "first", "last", "latest", "earliest", "order_by",
    "values", "values_list", "aggregate", "annotate", "in_bulk", "iterator", "select_related", "prefetch_related",
    "only", "defer", "union",
}
# fmt: on

#: Names that say nothing about what a module is for.
EMPTY_NAMES = re.compile(r"^(utils?|helpers?|managers?|services?|handlers?|misc|common)$")


@dataclass(frozen=True)
class Fault:
    """One place where the house is not in order."""

    #: The file, relative to the project.
    file: str
    #: The line.
    line: int
    #: What is wrong and what to do instead.
    what: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.what}"


class Names:
    """What the names of a module mean, read off its imports at any depth and its top level."""

    def __init__(self, tree: ast.Module, module: str = "") -> None:
        """Args: the syntax tree, and the dotted name of the module where it can be imported."""
        self._known: dict[str, Any] = {}
        if module:
            self._known.update(vars(importlib.import_module(module)))
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.module and not node.level:
                for alias in node.names:
                    self._import(alias.asname or alias.name, node.module, alias.name)
            elif isinstance(node, ast.Import):
                for alias in node.names:
                    top = alias.asname or alias.name.partition(".")[0]
                    self._import(top, alias.name if alias.asname else top, "")

    def meaning(self, expression: ast.expr) -> Any:
        """The object that a dotted name stands for, or None where that cannot be known."""
        if isinstance(expression, ast.Name):
            return self._known.get(expression.id)
        if isinstance(expression, ast.Attribute):
            return getattr(self.meaning(expression.value), expression.attr, None)
        return None

    def _import(self, name: str, module: str, attribute: str) -> None:
        try:
            found = importlib.import_module(module)
            if attribute and not hasattr(found, attribute):
                found = importlib.import_module(f"{module}.{attribute}")
                attribute = ""
        except ImportError:
            return
        self._known[name] = getattr(found, attribute) if attribute else found


# --- The leak lint. ---


def leaks(
    text: str, file: str, *, content: Callable[[Any], bool], accessors: set[str], module: str = ""
) -> Iterator[Fault]:
    """Ways to content, in a module through which content reaches a person, that do not ask who is looking.

    Args:
        text: the module.
        file: its path, for the report.
        content: says whether an object is a content model.
        accessors: names of reverse relations that lead to content (`posts` in `group.posts`).
        module: its dotted name, to resolve names it defines itself.

    A manager of something that cannot be resolved (a model in a variable) counts as content: the safe answer.
    """
    tree = ast.parse(text, file)
    names = Names(tree, module)
    doors = DOORS | NOTICE_DOORS if file.endswith("/notices.py") else DOORS
    entered = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Attribute) and node.attr in doors}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in MANAGERS:
            meaning = names.meaning(node.value)
            if isinstance(meaning, type) and not content(meaning):
                continue
            if id(node) not in entered:
                yield Fault(file, node.lineno, f"{ast.unparse(node)} must be followed by .visible_to(…)")
        elif isinstance(node, ast.Attribute) and node.attr in READS and isinstance(node.value, ast.Attribute):
            if node.value.attr in accessors:
                yield Fault(file, node.lineno, f"{ast.unparse(node)} goes round .visible_to(…)")
        elif isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            if not called.endswith("_or_404"):
                continue
            for argument in [*node.args, *(keyword.value for keyword in node.keywords)]:
                if content(names.meaning(argument)):
                    yield Fault(
                        file, node.lineno, f"{called}({ast.unparse(argument)}) must be given …objects.visible_to(…)"
                    )


def template_leaks(text: str, file: str, *, accessors: set[str]) -> Iterator[Fault]:
    """Templates that follow a reverse relation to content: a template shows what it is given, it fetches nothing."""
    for number, line in enumerate(text.splitlines(), 1):
        for tag in re.findall(r"{[{%](.*?)[%}]}", line):
            for accessor, method in re.findall(r"\.(\w+)\.(\w+)", tag):
                if accessor in accessors and method in READS:
                    yield Fault(file, number, f".{accessor}.{method} goes round .visible_to(…); let the view fetch it")


# --- Events. ---


def verbs(text: str, file: str, *, declared: set[str], module: str = "", records: bool = False) -> Iterator[Fault]:
    """Verbs that nobody declared, and events recorded anywhere but in an action.

    Args:
        declared: every verb that an events.py declares.
        module: the dotted name, to resolve constants.
        records: this file may record events though it is no actions.py.
    """
    tree = ast.parse(text, file)
    names = Names(tree, module)
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        called = names.meaning(node.func)
        name = f"{getattr(called, '__module__', '')}.{getattr(called, '__name__', '')}"
        if name not in ("core.events.record", "core.events.listen", "core.events.later", "inbox.registry.tells"):
            continue
        recorded = name == "core.events.record"
        if recorded and not records and not re.search(r"/actions(\.py$|/)", file):
            yield Fault(file, node.lineno, "only an action records an event")
        for argument in node.args[: 1 if recorded else None]:
            said = _said(argument, names, tree)
            if not said:
                yield Fault(
                    file,
                    node.lineno,
                    f"{ast.unparse(node.func)}({ast.unparse(argument)}): write the verb where it is said",
                )
            for verb in sorted(said - declared):
                yield Fault(file, node.lineno, f"{verb!r} is not declared in any events.py")


def _said(expression: ast.expr, names: Names, tree: ast.Module) -> set[str]:
    """The texts that an expression can be: written, by a condition, by a name of this module or of its imports."""
    if isinstance(expression, ast.Constant):
        return {expression.value} if isinstance(expression.value, str) else set()
    if isinstance(expression, ast.IfExp):
        return _said(expression.body, names, tree) | _said(expression.orelse, names, tree)
    if isinstance(meaning := names.meaning(expression), str):
        return {meaning}
    found: set[str] = set()
    if isinstance(expression, ast.Name):
        for node in ast.walk(tree):
            if isinstance(node, ast.Assign) and any(
                isinstance(to, ast.Name) and to.id == expression.id for to in node.targets
            ):
                found |= _said(node.value, names, tree)
    return found


# --- The plate, the names, the signatures. ---


def plate(text: str, file: str) -> Iterator[Fault]:
    """A room says at its door what it owns, whom it asks and whom it tells."""
    docstring = ast.get_docstring(ast.parse(text, file)) or ""
    for word in ("owns", "asks", "tells"):
        if not re.search(rf"^{word}\s+· \S", docstring, re.MULTILINE):
            yield Fault(file, 1, f"the docstring has no line '{word} · …'")


def empty_names(file: str) -> Iterator[Fault]:
    """Module names that would fit anything."""
    for part in Path(file).with_suffix("").parts:
        if EMPTY_NAMES.match(part):
            yield Fault(file, 1, f"{part!r} says nothing about what it is for")


def positional(text: str, file: str) -> Iterator[Fault]:
    """Public actions that take more than who and what without its name, and such that do not say what they do."""
    for node in ast.parse(text, file).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not node.name.startswith("_"):
            if len(node.args.args) + len(node.args.posonlyargs) > 2 or node.args.vararg:
                yield Fault(file, node.lineno, f"{node.name}: all arguments but who and what are named (*, …)")
            if ast.get_docstring(node) is None:
                yield Fault(file, node.lineno, f"{node.name} has no docstring")


def unexplained_fields(text: str, file: str) -> Iterator[Fault]:
    """Fields of models without a comment above that says what they mean.

    One line may stand above a few that belong together.
    """
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    comments = {token.start[0] for token in tokens if token.type == tokenize.COMMENT}
    for parent in ast.walk(ast.parse(text, file)):
        if not isinstance(parent, ast.ClassDef):
            continue
        explained = 0  # the line where the last field that a comment covers ends
        for node in parent.body:
            if not isinstance(node, ast.Assign | ast.AnnAssign) or not isinstance(node.value, ast.Call):
                continue
            if not re.search(r"^models\.(\w+Field|ForeignKey)$", ast.unparse(node.value.func)):
                continue
            if node.lineno - 1 in comments or node.lineno - 1 == explained:
                explained = node.end_lineno or node.lineno
            else:
                yield Fault(file, node.lineno, f"{parent.name}: a field without a line above that says what it means")


def trusted_html(text: str, file: str) -> Iterator[Fault]:
    """Python that declares a text to be safe HTML. The caller decides which files may."""
    for node in ast.walk(ast.parse(text, file)):
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func).rpartition(".")[2]
            if called in ("mark_safe", "SafeString", "SafeText"):
                yield Fault(
                    file, node.lineno, f"{called}: only the sanitiser's room may declare HTML safe; use format_html"
                )


def raw_sql(text: str, file: str) -> Iterator[Fault]:
    """Statements past the ORM: no signal follows them, so that an access, an index entry or a counter could outlive
    its row.
    """
    for node in ast.walk(ast.parse(text)):
        if not isinstance(node, ast.Call):
            continue
        called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if called in ("cursor", "_raw_delete", "raw", "RawSQL"):
            yield Fault(file, node.lineno, f"{called}() goes past the ORM and what follows its acts")


def page_models(text: str, file: str) -> Iterator[Fault]:
    """Imports of Wagtail that reach beyond its desk: page models belong to knowledge alone."""
    desk = ("wagtail.admin", "wagtail.snippets", "wagtail.hooks", "wagtail.users", "wagtail.permission_policies")
    for node in ast.walk(ast.parse(text, file)):
        if isinstance(node, ast.Import):
            modules = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            modules = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        for module in modules:
            if module.split(".")[0] == "wagtail" and not module.startswith(desk):
                yield Fault(file, node.lineno, f"{module}: only knowledge speaks to Wagtail's page models")


# --- Templates. ---


#: The frame of letters: what reads them has no policy of ours, and takes no style sheet from anywhere.
LETTERS = "templates/mail/frame.html"


def template_form(text: str, file: str) -> Iterator[Fault]:
    """What a strict Content-Security-Policy would break, and fragments that do not say what they need."""
    bare = re.sub(
        r"{#.*?#}|{% comment .*?{% endcomment %}", lambda found: re.sub(r"[^\n]", " ", found[0]), text, flags=re.S
    )
    # Inside Django's tags `one == two` is no attribute.
    plain = re.sub(r"{%.*?%}|{{.*?}}", lambda found: re.sub(r"[^\n]", " ", found[0]), bare, flags=re.S)
    for pattern, what in (
        (r"<[a-z][^>]*\sstyle\s*=", "an inline style; use a class"),
        (r"<[a-z][^>]*\son[a-z]+\s*=", "an inline handler; use a module in static/js"),
        (r"<[a-z][^>]*=\s*[\"']?\s*javascript:", "a javascript: address"),
        (r"<script(?![^>]*\b(src|nonce)=)", "an inline script without a nonce"),
        *([(r"<style\b(?![^>]*\bnonce=)", "an inline style sheet")] if file != LETTERS else []),
        # A column named `html` or `…_html` holds what the sanitiser made: the one thing that a template may trust.
        (r"(?<![._]html)\|\s*safe\b|autoescape\s+off", "HTML declared safe; only a column named html may be"),
    ):
        for found in re.finditer(
            pattern, bare if "safe" in pattern or "nonce" in pattern else plain, re.IGNORECASE | re.S
        ):
            yield Fault(file, bare.count("\n", 0, found.start()) + 1, what)
    if Path(file).name.startswith("_") and not re.match(r"\s*{#.*#}|\s*{% comment", text.partition("\n")[0]):
        yield Fault(file, 1, "a fragment's first line is a comment that names its inputs")


# --- Dependencies. ---


def undeclared(text: str, file: str, *, ours: set[str], declared: set[str]) -> Iterator[Fault]:
    """Imports of a library that pyproject.toml does not name.

    Args:
        ours: our own top-level packages and the standard library's.
        declared: the top-level packages of what pyproject.toml names.
    """
    for node in ast.walk(ast.parse(text, file)):
        if isinstance(node, ast.Import):
            modules = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            modules = [node.module]
        else:
            continue
        for module in modules:
            top = module.partition(".")[0]
            if top not in ours and top not in declared:
                yield Fault(file, node.lineno, f"{top} is imported but not named in pyproject.toml")
