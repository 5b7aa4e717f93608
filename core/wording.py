"""Words of templates, translated once per language: the tag `translate` of templates that load `kring` after `i18n`."""

from __future__ import annotations

from typing import Any

from django import template
from django.template.base import FilterExpression, Parser, Token
from django.templatetags import i18n
from django.utils.translation import get_language


def translate(parser: Parser, token: Token) -> template.Node:
    """`{% translate "Like" %}`: of a constant text what was drawn before in the reader's language."""
    node = i18n.do_translate(parser, token)
    constant = _is_constant(node.filter_expression) and _is_constant(node.message_context)
    return Translated(node) if constant and not (node.noop or node.asvar) else node


def _is_constant(expression: FilterExpression | None) -> bool:
    if expression is None:
        return True
    # What Django makes of a constant in this tag is a variable without a name to look up.
    return not expression.filters and getattr(expression.var, "lookups", None) is None


class Translated(i18n.TranslateNode):
    """A constant text."""

    def __init__(self, node: i18n.TranslateNode) -> None:
        super().__init__(node.filter_expression, node.noop, node.asvar, node.message_context)
        self.kept: dict[tuple[str | None, bool], str] = {}

    def render(self, context: template.Context) -> str:
        """Its translation, safe to stand in the page."""
        key = (get_language(), context.autoescape)
        text: Any = self.kept.get(key)
        if text is None:
            text = self.kept[key] = super().render(context)
        return text
