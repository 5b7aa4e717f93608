"""Our own templates, compiled so that drawing them costs little. What they draw is what Django draws.

Most of a page is words that depend on nothing but the language, and names that are looked up and escaped. While a
template is compiled here, neighbours that depend on the language alone become one node that is drawn once for each
language, and the commonest nodes and lookups get a short way to the same answer. Whatever is not plain (a lazy object,
a name that is missing inside another, a filter with rules for what is safe, a float) goes Django's own way.

Only the templates of our own directory are compiled like this, and only where no debug page wants to name the node that
failed: `social.settings` puts the loader there.
"""

# The stubs know nodes from outside only; this module works on their insides.
# mypy: disable-error-code="attr-defined, union-attr, misc, arg-type, override, index, return-value"

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from functools import cached_property
from html import escape
from types import MethodType
from typing import Any, TypeVar

from django.conf import settings
from django.template import TemplateDoesNotExist
from django.template.base import (
    FilterExpression,
    Lexer,
    Node,
    NodeList,
    Parser,
    Template,
    TextNode,
    Token,
    VariableDoesNotExist,
    VariableNode,
    render_value_in_context,
)
from django.template.defaulttags import CommentNode, CsrfTokenNode, IfNode, LoadNode, URLNode
from django.template.library import SimpleNode
from django.template.loader import get_template
from django.template.loader_tags import BLOCK_CONTEXT_KEY, BlockContext, BlockNode, ExtendsNode, IncludeNode
from django.template.loaders import base, cached, filesystem
from django.templatetags.i18n import BlockTranslateNode, LanguageNode, TranslateNode
from django.templatetags.static import StaticNode
from django.utils import timezone
from django.utils.html import conditional_escape
from django.utils.safestring import SafeData, SafeString
from django.utils.translation import get_language, gettext, ngettext

from core.addresses import address

Tag = TypeVar("Tag", bound=Callable)

#: Stands where a short way ends, and Django's has to be gone.
_MISSING: Any = object()


def unchanging(tag: Tag) -> Tag:
    """Say of a simple tag that it draws the same for the same arguments in one language, whoever reads, whenever."""
    tag.unchanging = True  # type: ignore[attr-defined]
    return tag


def language_of(context: Any) -> str | None:
    """The language a page is drawn in. Django is asked once a page: asking costs more than a word."""
    try:
        return context._language
    except AttributeError:
        return get_language()


class Lines:
    """The lines of a list, each drawn once for what its row says and the language.

    What a line shows is what it is kept under, so a line can be missing and never out of date, and nothing of a reader
    is in it but what the row says of them. Rows begin at `visible_to` like any other; the template sees the row and the
    values given with it, no request.

    Args:
        template: the fragment of one line. It tells the day at most: it would be another line a minute later.
        name: what the row is called in it.
    """

    #: Lines kept of one kind; a flood of others only empties it.
    MOST = 4000

    def __init__(self, template: str, name: str = "object") -> None:
        self.template, self.name = template, name
        self.kept: dict[tuple, str] = {}
        self.drawn_on: date | None = None

    def draw(self, rows: Iterable[tuple], make: Callable[[tuple], Any]) -> SafeString:
        """The lines of rows.

        Args:
            rows: what each line is made of, as values that can be compared.
            make: gives the row that the template sees, for a line that is not here.
        """
        # What a line says of a day (that someone is away) holds for that day.
        today = timezone.localdate(timezone=timezone.get_default_timezone())
        language = get_language()
        if self.drawn_on != today:
            self.drawn_on, self.kept = today, {}
        out = []
        for values in rows:
            line = self.kept.get((language, values))
            if line is None:
                if len(self.kept) >= self.MOST:
                    self.kept = {}
                line = self.kept[language, values] = get_template(self.template).render({self.name: make(values)})
            out.append(line)
        return SafeString("".join(out))


# --- What stands between the braces ---


class Expression(FilterExpression):
    """A name or a constant with its filters."""

    __slots__ = ("names", "steps")

    def __init__(self, token: str, parser: Parser) -> None:
        super().__init__(token, parser)
        self.names = self.var.lookups if self.is_var and not self.var.translate else None
        self.steps = [
            (function, args, bool(getattr(function, "is_safe", False)))
            for function, args in self.filters
            if not getattr(function, "expects_localtime", False)
            and not getattr(function, "needs_autoescape", False)
            and all(is_name or type(arg) is SafeString for is_name, arg in args)
        ]
        if len(self.steps) < len(self.filters):
            self.names = None

    def resolve(self, context: Any, ignore_failures: bool = False) -> Any:
        """The value."""
        if self.names is None:
            return super().resolve(context, ignore_failures)
        value = _look_up(context, self.names, ignore_failures)
        for function, args, safe in self.steps:
            if value is _MISSING or (safe and isinstance(value, SafeData)):
                return super().resolve(context, ignore_failures)
            value = function(value, *[arg.resolve(context) if is_name else arg for is_name, arg in args])
        return super().resolve(context, ignore_failures) if value is _MISSING else value


def _look_up(context: Any, names: tuple[str, ...], ignore_failures: bool) -> Any:
    """The value behind dotted names."""
    first = names[0]
    for values in reversed(context.dicts):
        if first in values:
            value = values[first]
            break
    else:
        # A name that nobody gave. Attributes of the context itself are names too.
        if hasattr(context, first) or context.template.engine.string_if_invalid:
            return _MISSING
        return None if ignore_failures else ""
    if callable(value):
        return _MISSING
    for name in names[1:]:
        kind = type(value)
        if kind is dict:
            if name in value:
                value = value[name]
            elif hasattr(dict, name) or name.isdecimal() or context.template.engine.string_if_invalid:
                return _MISSING
            else:
                # A key that is not there is as a name that nobody gave.
                return None if ignore_failures else ""
        elif (kind is tuple or kind is list) and name.isdecimal() and int(name) < len(value):
            value = value[int(name)]
        elif hasattr(kind, "__getitem__") and not (issubclass(kind, tuple) and name.isidentifier()):
            return _MISSING
        else:
            try:
                value = getattr(value, name)
            except Exception:
                # Some failures are silent in a template and some are not: Django says which.
                return _MISSING
        if callable(value):
            if type(value) is not MethodType or getattr(value, "alters_data", False):
                return _MISSING
            try:
                value = value()
            except TypeError:
                return _MISSING
    return value


# --- Nodes with a short way ---


class Value(VariableNode):
    """`{{ name }}`."""

    def render(self, context: Any) -> str:
        """The value as text, escaped."""
        try:
            value = self.filter_expression.resolve(context)
        except UnicodeDecodeError:
            return ""
        return _text(value, context)

    render_annotated = render


def _text(value: Any, context: Any) -> str:
    """A value as text, escaped: `render_value_in_context` for what needs no format."""
    kind = type(value)
    if kind is SafeString:
        return value
    if kind is str:
        return escape(value) if context.autoescape else value
    if kind is int and not settings.USE_THOUSAND_SEPARATOR:
        return str(value)
    return render_value_in_context(value, context)


class Call(SimpleNode):
    """A simple tag."""

    def render(self, context: Any) -> str:
        """What its function gives."""
        given = [argument.resolve(context) for argument in self.args]
        named = {name: value.resolve(context) for name, value in self.kwargs.items()} if self.kwargs else {}
        drawn = self.func(context, *given, **named) if self.takes_context else self.func(*given, **named)
        if self.target_var is not None:
            context[self.target_var] = drawn
            return ""
        return drawn if type(drawn) is SafeString or not context.autoescape else conditional_escape(drawn)

    render_annotated = render


class Choice(IfNode):
    """`{% if %}`."""

    def render(self, context: Any) -> str:
        """The first part whose condition holds."""
        for condition, nodes in self.conditions_nodelists:
            if condition is not None:
                try:
                    holds = condition.eval(context)
                except VariableDoesNotExist:
                    continue
                if not holds:
                    continue
            return nodes.render(context) if len(nodes) != 1 else nodes[0].render_annotated(context)
        return ""

    render_annotated = render


class InLanguage(LanguageNode):
    """`{% language %}`."""

    def render(self, context: Any) -> str:
        """What stands in it, in that language."""
        before = context.__dict__.get("_language", _MISSING)
        context._language = self.language.resolve(context)
        try:
            return super().render(context)
        finally:
            del context._language
            if before is not _MISSING:
                context._language = before

    render_annotated = render


class Extension(ExtendsNode):
    """`{% extends "name" %}`: its parent, and the blocks of it, are found once."""

    def get_parent(self, context: Any) -> Template:
        """The template that is extended."""
        if not self._is_plain:
            return super().get_parent(context)
        found = self.__dict__.get("found")
        if found is None:
            found = self.found = super().get_parent(context)
        return found

    @cached_property
    def _is_plain(self) -> bool:
        # A template that extends its namesake depends on the way it was reached: Django keeps count, at each asking.
        name = self.parent_name
        return not (name.is_var or name.filters or name.var == self.origin.template_name)

    def render(self, context: Any) -> str:
        """The parent, with the blocks of this one."""
        parent = self.get_parent(context) if self._is_plain else None
        if not isinstance(parent, Drawn):
            return super().render(context)
        state = context.render_context
        if BLOCK_CONTEXT_KEY not in state:
            state[BLOCK_CONTEXT_KEY] = BlockContext()
        state[BLOCK_CONTEXT_KEY].add_blocks(self.blocks)
        if parent.blocks is not None:
            state[BLOCK_CONTEXT_KEY].add_blocks(parent.blocks)
        with state.push_state(parent, isolated_context=False):
            return parent._render(context)

    render_annotated = render


class CsrfToken(CsrfTokenNode):
    """`{% csrf_token %}`."""

    def render(self, context: Any) -> str:
        """The hidden field."""
        said = str(context.get("csrf_token") or "")
        if not said.isalnum() or said == "NOTPROVIDED":
            return super().render(context)
        return f'<input type="hidden" name="csrfmiddlewaretoken" value="{said}">'

    render_annotated = render


class Block(BlockNode):
    """`{% block %}` that nobody asks for its parent's contents."""

    def render(self, context: Any) -> str:
        """The contents of the block that stands in its place."""
        blocks = context.render_context.get(BLOCK_CONTEXT_KEY)
        found = None if blocks is None else blocks.pop(self.name)
        if type(found) is not Block:
            if found is not None:
                blocks.push(self.name, found)
            return super().render(context)
        context.dicts.append({})
        try:
            return found.nodelist.render(context)
        finally:
            context.dicts.pop()
            blocks.push(self.name, found)

    render_annotated = render


class Inclusion(IncludeNode):
    """`{% include "name" %}`: found once."""

    def render(self, context: Any) -> str:
        """The other template, in this context."""
        name = self.template
        if name.is_var or name.filters or name.var.startswith("."):
            return super().render(context)
        found = self.__dict__.get("found")
        if found is None:
            found = self.found = context.template.engine.get_template(name.var)
        values = {name: value.resolve(context) for name, value in self.extra_context.items()}
        if self.isolated_context:
            return found.render(context.new(values))
        # As `Template.render` within another, without its two context managers.
        state = context.render_context
        context.dicts.append(values)
        before, state.template = state.template, found
        state.push()
        try:
            return found._render(context)
        finally:
            state.pop()
            state.template = before
            context.dicts.pop()

    render_annotated = render


class Sentence(BlockTranslateNode):
    """`{% blocktranslate %}` with values: the sentence is looked up once for each language and number."""

    #: Counts up to here are kept.
    MOST = 100

    def render(self, context: Any, nested: bool = False) -> str:
        """The sentence with its values."""
        if nested or self.asvar or self.message_context or context.template.engine.string_if_invalid:
            return super().render(context, nested)
        values = {name: value.resolve(context) for name, value in self.extra_context.items()}
        context.dicts.append(values)
        try:
            count = None
            if self.counter is not None:
                count = values[self.countervar] = self.counter.resolve(context)
                if type(count) is not int or not 0 <= count < self.MOST:
                    return super().render(context)
            pattern, names = self._pattern(language_of(context), count)
            return pattern % {name: _text(context.get(name, ""), context) for name in names}
        except (KeyError, ValueError):
            # A translation that does not fit: Django says what then.
            return super().render(context)
        finally:
            context.dicts.pop()

    render_annotated = render

    def _pattern(self, language: str | None, count: int | None) -> tuple[str, list[str]]:
        kept = self.__dict__.setdefault("kept", {})
        found = kept.get((language, count))
        if found is None:
            said, names = self.render_token_list(self.singular)
            if count is None:
                said = gettext(said)
            else:
                plural, more = self.render_token_list(self.plural)
                said, names = ngettext(said, plural, count), [*names, *more]
            found = kept[language, count] = said, names
        return found


class Address(URLNode):
    """`{% url %}`: the addresses in use are kept."""

    def render(self, context: Any) -> str:
        """The address."""
        name = self.view_name
        if self.asvar or self.kwargs or name.is_var or name.filters or not context.autoescape:
            return super().render(context)
        ids = [argument.resolve(context) for argument in self.args]
        if not all(type(one) is str or type(one) is int for one in ids):
            return super().render(context)
        return conditional_escape(address(name.var, *ids))

    render_annotated = render


SHORT: dict[type[Node], type[Node]] = {
    VariableNode: Value,
    SimpleNode: Call,
    IfNode: Choice,
    LanguageNode: InLanguage,
    URLNode: Address,
    BlockTranslateNode: Sentence,
    ExtendsNode: Extension,
    BlockNode: Block,
    CsrfTokenNode: CsrfToken,
    IncludeNode: Inclusion,
}


# --- What depends on the language alone ---


class Words(Node):
    """Neighbours that depend on the language alone, drawn once for each."""

    child_nodelists = ()

    def __init__(self, parts: list[Node]) -> None:
        self.parts = parts
        self.kept: dict[str | None, str] = {}

    def __repr__(self) -> str:
        return f"<Words: {self.parts}>"

    def render(self, context: Any) -> str:
        """The words in the reader's language."""
        if not context.autoescape:
            return self._drawn(context)
        language = language_of(context)
        found = self.kept.get(language)
        if found is None:
            found = self.kept[language] = self._drawn(context)
        return found

    render_annotated = render

    def _drawn(self, context: Any) -> str:
        return "".join([part.render(context) for part in self.parts])


class Named(Node):
    """`{% translate "words" as name %}` and its like: kept in the same way, under a name."""

    child_nodelists = ()

    def __init__(self, node: Any) -> None:
        self.node = node
        self.name = node.asvar
        self.kept: dict[str | None, Any] = {}

    def render(self, context: Any) -> str:
        """Nothing; the words are in the context."""
        language = language_of(context) if context.autoescape else _MISSING
        value = self.kept.get(language, _MISSING)
        if value is _MISSING:
            self.node.render(context)
            value = context[self.name]
            if language is not _MISSING:
                self.kept[language] = value
        context[self.name] = value
        return ""

    render_annotated = render


def _constant(expression: Any) -> bool:
    return isinstance(expression, FilterExpression) and not expression.filters and not _names(expression.var)


def _names(var: Any) -> bool:
    return getattr(var, "lookups", None) is not None


def _of_language(node: Node) -> bool:
    """Whether what a node draws depends on the language alone."""
    kind = type(node)
    if kind is TextNode or kind is LoadNode or kind is CommentNode:
        return True
    if isinstance(node, TranslateNode):
        return _constant(node.filter_expression) and (node.message_context is None or _constant(node.message_context))
    if kind is Sentence:
        return (
            node.counter is None
            and (node.message_context is None or _constant(node.message_context))
            and all(map(_constant, node.extra_context.values()))
            and {token.contents for token in node.singular if token.token_type.value == 1} <= set(node.extra_context)
        )
    if kind is StaticNode:
        return node.varname is None and _constant(node.path)
    if kind is Address:
        return node.asvar is None and not node.args and not node.kwargs and _constant(node.view_name)
    if isinstance(node, SimpleNode):
        return (
            getattr(node.func, "unchanging", False)
            and not node.takes_context
            and node.target_var is None
            and all(map(_constant, [*node.args, *node.kwargs.values()]))
        )
    return False


class Compiler(Parser):
    """Django's parser, which puts the nodes above in the places of its own."""

    def compile_filter(self, token: str) -> Expression:
        """What stands between the braces."""
        return Expression(token, self)

    #: Whether a block of this template asks for what it stands in the place of.
    asks_parents = False

    def extend_nodelist(self, nodelist: NodeList, node: Node, token: Token) -> None:
        """Add a node: in its short form, and as one with the node before it where both depend on the language alone."""
        super().extend_nodelist(nodelist, node, token)
        short = SHORT.get(type(node))
        if short is not None and not (short is Block and self.asks_parents):
            # The same node with the same contents; only the way to draw it is another.
            node.__class__ = short
        if not _of_language(node):
            return
        if getattr(node, "asvar", None):
            self._replace(nodelist, 1, Named(node))
            return
        before = nodelist[-2] if len(nodelist) > 1 else None
        if type(before) is TextNode and type(node) is TextNode:
            self._replace(nodelist, 2, TextNode(before.s + node.s))
        elif type(before) in (TextNode, Words):
            self._replace(nodelist, 2, Words([*getattr(before, "parts", [before]), node]))
        elif type(node) is not TextNode:
            self._replace(nodelist, 1, Words([node]))

    def _replace(self, nodelist: NodeList, count: int, node: Node) -> None:
        first = nodelist[-count]
        node.token, node.origin = first.token, first.origin
        nodelist[-count:] = [node]


class Drawn(Template):
    """A template of our own."""

    def compile_nodelist(self) -> NodeList:
        """The nodes of its text."""
        compiler = Compiler(
            Lexer(self.source).tokenize(), self.engine.template_libraries, self.engine.template_builtins, self.origin
        )
        compiler.asks_parents = "block." in self.source
        nodelist = compiler.parse()
        self.extra_data = compiler.extra_data
        return nodelist

    @cached_property
    def blocks(self) -> dict[str, BlockNode] | None:
        """Its blocks, for a template that extends it; None when it extends another itself."""
        if any(isinstance(node, ExtendsNode) for node in self.nodelist):
            return None
        return {block.name: block for block in self.nodelist.get_nodes_by_type(BlockNode)}

    def render(self, context: Any) -> SafeString:
        """Draw it; as a whole page, in one language."""
        if context.template is not None:
            return super().render(context)
        context._language = get_language()
        try:
            return super().render(context)
        finally:
            del context._language


class _Compiling(base.Loader):
    """Finds templates; ours are compiled by the above."""

    def get_template(self, template_name: str, skip: Any = None) -> Template:
        """The template of a name.

        Raises:
            TemplateDoesNotExist: there is none.
        """
        for origin in self.get_template_sources(template_name):
            if type(origin.loader) is not filesystem.Loader:
                # Django's order: the templates of libraries come after ours.
                break
            if skip is None or origin not in skip:
                try:
                    return Drawn(self.get_contents(origin), origin, origin.template_name, self.engine)
                except TemplateDoesNotExist:
                    continue
        return super().get_template(template_name, skip)


class Loader(cached.Loader, _Compiling):
    """Keeps what was compiled."""
