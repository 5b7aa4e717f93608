"""Our way of compiling templates draws what Django draws, and draws it in the language of the reader."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.template import Context, Template, engines
from django.template.loader import get_template
from django.utils import translation
from django.utils.functional import SimpleLazyObject
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy

from core.drawn import Drawn, Words


class Thing:
    """Something with everything that a template may ask of a thing."""

    name = "Tom & <Jerry>"
    numbers = (1, 2, 3)
    nothing = None

    @property
    def broken(self) -> str:
        raise AttributeError("inside")

    def said(self) -> str:
        return "called <b>"

    def asks(self, word: str) -> str:
        return word

    def erases(self) -> str:
        raise AssertionError("a template must not change anything")

    erases.alters_data = True  # type: ignore[attr-defined]


def context() -> Context:
    return Context(
        {
            "thing": Thing(),
            "table": {"items": "a key, not a method", "deep": {"er": "<i>"}, "one": 1},
            "safe": SafeString("<b>safe</b>"),
            "text": "<b>text</b> 100%",
            "lazy": SimpleLazyObject(lambda: "<lazy>"),
            "word": gettext_lazy("Save"),
            "number": 12345,
            "part": 1.5,
            "yes": True,
            "rows": [("a", 1), ("b", 2)],
            "moment": datetime(2026, 3, 4, 5, 6, tzinfo=UTC),
            "made": lambda: "made",
            "kind": Thing,
        }
    )


SAME = [
    "{{ thing.name }} {{ text }} {{ safe }} {{ number }} {{ part }} {{ yes }} {{ moment }} {{ lazy }} {{ word }}",
    "{{ missing }}|{{ missing.more }}|{{ thing.missing }}|{{ table.missing }}|{{ thing.nothing.x }}",
    "{{ table.items }} {{ table.deep.er }} {{ thing.numbers.1 }} {{ rows.0.1 }} {{ thing.said }} {{ thing.erases }}",
    "{{ thing.asks }}|{{ made }}|{{ kind.name }}|{{ use_tz }}|{{ push }}|{{ True }}{{ None }}",
    "{{ missing|default:'none <b>' }} {{ text|upper }} {{ safe|upper }} {{ safe|truncatechars:4 }} {{ text|length }}",
    "{{ moment|date:'Y' }} {{ text|safe }} {{ text|default:safe }} {{ missing|default_if_none:'x' }} {{ 'a<b'|lower }}",
    "{% if missing %}a{% elif thing.missing == 1 %}b{% elif table.one == 1 and not missing %}c{% else %}d{% endif %}",
    "{% if thing.name in text or number > 5 %}yes{% endif %}{% if thing.nothing.x %}never{% endif %}",
    "{% for letter, number in rows %}{{ forloop.counter }}{{ letter }}{{ number }}{% empty %}-{% endfor %}{{ number }}",
    "{% with a=thing.name b='x' %}{{ a }}{{ b }}{% endwith %}{{ a }}",
    "{% load i18n %}a {# b #} c{% comment %}d{% endcomment %}{% translate 'Save' %} {% translate 'Save' as s %}{{ s }}",
    "{% load i18n %}{% translate 'Save' context 'verb' %}{% translate text %}{% translate '100%% <b>' %}",
    "{% load i18n %}{% blocktranslate with n=thing.name %}By {{ n }} at 5%{% endblocktranslate %}",
    "{% load i18n %}{% blocktranslate %}{{ text }} and {{ missing }}{% endblocktranslate %}",
    "{% load i18n %}{% blocktranslate count n=rows|length %}{{ n }} day{% plural %}{{ n }} days{% endblocktranslate %}",
    "{% load i18n %}{% blocktranslate count n=number trimmed %} {{ n }} day{% plural %}s{% endblocktranslate %}",
    "{% load i18n %}{% blocktranslate asvar x with n='<' %}so {{ n }}{% endblocktranslate %}{{ x }}",
    "{% load i18n %}{% language 'de' %}{% translate 'Save' %}{{ word }}{% endlanguage %}{% translate 'Save' %}",
    "{% load kring %}{% icon 'x' %}{% icon 'x' 'Close' %}{% icon 'x' as close %}{{ close }}{% icon text %}",
    "{% load kring %}{% avatar text %}{% avatar missing 's' %}{% ago moment %}{% current 'home' %}",
    "{% load static %}{% static 'kring.css' %}{% url 'feed:home' %}{% url 'feed:post' 'x' %}{% url 'none' as u %}",
    "{% autoescape off %}{{ text }}{{ thing.name }}{% load i18n %}{% translate 'Save' %}{% endautoescape %}{{ text }}",
    "{% include '_error.html' %}{% include '_empty.html' with title=text symbol='x' only %}{{ title }}",
    "{% for letter, number in rows %}{% cycle 'odd' 'even' %}{% ifchanged number %}!{% endifchanged %}{% endfor %}",
    "{{ table.nowhere|default:'x' }}{{ table.copy }}{{ rows.9 }}{{ rows.0.9 }}{{ thing.numbers.9 }}{{ rows.x }}",
    "{% if table.nowhere %}a{% elif table.nowhere == None %}b{% endif %}{{ table.deep.nowhere }}{{ table.one.more }}",
    "{% block a %}{{ text }}{% block b %}{{ block.name }}{% endblock %}{% endblock %}",
    "{% csrf_token %}{% firstof missing text %}{% filter upper %}{{ text }}{% endfilter %}",
]


@pytest.mark.parametrize("text", SAME)
@pytest.mark.parametrize("language", ["en", "de"])
def test_it_draws_what_django_draws(text: str, language: str) -> None:
    with translation.override(language):
        ours = Drawn(text, engine=engines["django"].engine)
        expected = Template(text).render(context())
        # Twice: what is kept is what was drawn.
        assert [ours.render(context()), ours.render(context())] == [expected, expected]


def test_what_fails_fails_in_the_same_way() -> None:
    for text in (
        "{{ thing.broken }}",
        "{% if thing.broken %}{% endif %}",
        "{% include 'no/such.html' %}",
        "{% url 'nobody' %}",
    ):
        with pytest.raises(Exception) as theirs:
            Template(text).render(context())
        with pytest.raises(type(theirs.value)):
            Drawn(text, engine=engines["django"].engine).render(context())


def test_neighbours_that_depend_on_the_language_alone_are_one() -> None:
    text = "{% load i18n kring %}<a>{% icon 'x' %}{% translate 'Save' %}</a>{{ name }}<b>{% translate 'Close' %}</b>"
    nodes = Drawn(text, engine=engines["django"].engine).nodelist
    assert [type(node) is Words for node in nodes] == [True, False, True]
    # Nothing of a reader is in what is kept.
    assert not any("{{" in part.token.contents for node in nodes if type(node) is Words for part in node.parts)


def test_one_page_speaks_one_language_and_the_next_another() -> None:
    drawn: Any = Drawn("{% load i18n %}{% translate 'Save' %}", engine=engines["django"].engine)
    one = context()
    with translation.override("de"):
        assert drawn.render(one) == "Speichern"
    with translation.override("nl"):
        assert drawn.render(one) == "Bewaren"
    assert drawn.render(one) == "Save"


def test_our_templates_are_compiled_so_and_those_of_libraries_are_not() -> None:
    assert type(get_template("base.html").template) is Drawn  # type: ignore[attr-defined]
    assert type(get_template("wagtailadmin/generic/base.html").template) is Template  # type: ignore[attr-defined]
