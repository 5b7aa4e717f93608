"""The translation tool finds every string, keeps every translation and lets nothing slip through its check."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polib
import pytest
from django.conf import settings
from django.template import Context, Engine
from django.utils import translation

from tools import messages
from tools.messages import Message, Untranslatable, from_python, from_template

PYTHON = """
from django.utils import translation
from django.utils.translation import gettext as _, gettext_lazy, ngettext as several, pgettext

def other(text): return text

plain = _("Home")
long = _("Two "
         "parts")
lazy = gettext_lazy("Later")
some = several("%(count)s reply", "%(count)s replies", 2)
month = pgettext("month", "May")
whole = translation.gettext("By module")
not_ours = other("Not translated")
by_name = _(plain)
for _unused in range(3): pass
"""

TEMPLATE = """{% load i18n %}{# _("Not here") #}{% comment %}{% translate "Nor here" %}{% endcomment %}
<h1>{% translate "Groups" %}</h1>{% translate "May" context "month" as may %}
{{ title|default:_("Untitled") }}{% include "x.html" with label=_('Don\\'t') %}
{% blocktranslate trimmed with name=person.name count n=total %}
  {{ name }} has
  one reply
{% plural %}
  {{ name }} has {{ n }} replies, 100% of them
{% endblocktranslate %}
{% translate "50% off"|upper %}
{% blocktranslate asvar said %}Said {{ when }}{% endblocktranslate %}
"""


def test_python_strings_are_found_under_every_alias() -> None:
    assert set(from_python(PYTHON, "room/views.py")) == {
        Message("Home"),
        Message("Two parts"),
        Message("Later"),
        Message("%(count)s reply", "%(count)s replies"),
        Message("May", context="month"),
        Message("By module"),
    }


def test_a_file_that_imports_no_gettext_has_no_strings() -> None:
    assert list(from_python('_ = print\n_("Not ours")', "room/views.py")) == []


@pytest.mark.parametrize("text", ['f"Hello {name}"', '"Hello %s" % name', '"Hello " + name', '"Hello {}".format(name)'])
def test_a_string_put_together_before_translation_is_refused(text: str) -> None:
    source = f"from django.utils.translation import gettext as _\nsay = _({text})"
    with pytest.raises(Untranslatable, match=r"room/views\.py:2"):
        list(from_python(source, "room/views.py"))


def test_template_strings_are_found_in_tags_filters_and_arguments() -> None:
    assert set(from_template(TEMPLATE, "room/page.html")) == {
        Message("Groups"),
        Message("May", context="month"),
        Message("Untitled"),
        Message("Don't"),
        Message("%(name)s has one reply", "%(name)s has %(n)s replies, 100%% of them"),
        Message("50%% off"),
        Message("Said %(when)s"),
    }


@pytest.mark.parametrize(
    "text",
    [
        "{% blocktranslate %}never closed",
        "{% blocktranslate %}{{ person.name }}{% endblocktranslate %}",
        "{% blocktranslate %}{% url 'x' %}{% endblocktranslate %}",
        "{% translate title %}",
    ],
)
def test_a_template_string_that_no_catalogue_can_hold_is_refused(text: str) -> None:
    with pytest.raises(Untranslatable, match=r"room/page\.html:1"):
        list(from_template(text, "room/page.html"))


def test_what_is_extracted_is_what_django_looks_up(house: Path, settings: Any) -> None:
    """Every string is translated to itself after "NL"; Django's own engine must find each of them."""
    messages.extract(house)
    path = messages.catalogue_path(house, "nl")
    catalogue = polib.pofile(str(path))
    for entry in catalogue:
        if entry.msgid_plural:
            entry.msgstr_plural = {0: f"NL {entry.msgid}", 1: f"NL {entry.msgid_plural}"}
        else:
            entry.msgstr = f"NL {entry.msgid}"
    catalogue.save()
    messages.compile_all([path])
    settings.LOCALE_PATHS = [house / "locale"]
    loader = ("django.template.loaders.locmem.Loader", {"x.html": "{{ label }}"})
    engine = Engine(libraries={"i18n": "django.templatetags.i18n"}, loaders=[loader])
    with translation.override("nl"):
        page = engine.from_string(TEMPLATE + "{{ may }} {{ said }}").render(
            Context({"total": 2, "person": {"name": "Ann"}, "when": "today"})
        )
    for expected in (
        "<h1>NL Groups</h1>",
        "NL May",
        "NL Untitled",
        "NL Don't",
        "NL Ann has 2 replies, 100% of them",
        "NL 50% OFF",
        "NL Said today",
    ):
        assert expected in page


def test_a_new_house_has_everything_untranslated(house: Path) -> None:
    messages.extract(house)
    problems = messages.check(house)
    assert "nl: untranslated: 'Groups' (templates/room/page.html)" in problems
    assert {problem[:2] for problem in problems} == {"nl", "de", "fr"}


def test_a_filled_house_passes_and_compiles(house: Path) -> None:
    translate_all(house)
    assert messages.check(house) == []
    path = messages.catalogue_path(house, "fr")
    messages.compile_all([path])
    assert polib.mofile(str(path.with_suffix(".mo"))).find("Home").msgstr == "Home"


def test_a_changed_string_keeps_its_translation_as_a_proposal(house: Path) -> None:
    translate_all(house)
    file = house / "room" / "views.py"
    file.write_text(file.read_text().replace('"Two "', '"Two fine "'))
    assert "de: missing: 'Two fine parts' (room/views.py)" in messages.check(house)
    assert "de: no longer said: 'Two parts'" in messages.check(house)
    messages.extract(house)
    entry = polib.pofile(str(messages.catalogue_path(house, "de"))).find("Two fine parts")
    assert entry.fuzzy and entry.msgstr == "Two parts" and entry.previous_msgid == "Two parts"
    assert "de: fuzzy: 'Two fine parts' (room/views.py)" in messages.check(house)
    assert messages.fill(house, "de", [{"text": "Two fine parts", "translation": "Zwei gute Teile"}]) == 1
    assert [problem for problem in messages.check(house) if problem.startswith("de")] == []


@pytest.mark.parametrize(
    ("text", "translation_", "fault"),
    [
        ("Hello %(name)s", "Hallo %(naam)s", "other placeholders"),
        ("Hello {name}", "Hallo", "other placeholders"),
        ("Read <b>this</b>", "Lees dit", "other HTML tags"),
        ("By ", "Door", "other space at the edges"),
    ],
)
def test_a_translation_that_breaks_the_page_is_refused(house: Path, text: str, translation_: str, fault: str) -> None:
    (house / "room" / "views.py").write_text(f"from django.utils.translation import gettext as _\nsay = _({text!r})")
    translate_all(house)
    assert messages.check(house) == []
    messages.fill(house, "nl", [{"text": text, "translation": translation_}])
    assert messages.check(house) == [f"nl: {fault}: {text!r} (room/views.py)"]


def test_one_may_be_said_without_its_number_only_where_the_form_means_one(house: Path) -> None:
    translate_all(house)
    for language in ("nl", "fr"):
        forms = {"text": "%(count)s reply", "translation": ["one", "%(count)s many"]}
        assert messages.fill(house, language, [forms]) == 1
    assert messages.check(house) == ["fr: other placeholders: '%(count)s reply' (room/views.py)"]


def test_the_catalogues_are_the_languages_of_the_settings() -> None:
    assert set(messages.LANGUAGES) == {code for code, _name in settings.LANGUAGES} - {"en"}


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A small tree with one Python file and one template."""
    (tmp_path / "room").mkdir()
    (tmp_path / "room" / "views.py").write_text(PYTHON)
    (tmp_path / "templates" / "room").mkdir(parents=True)
    (tmp_path / "templates" / "room" / "page.html").write_text(TEMPLATE)
    return tmp_path


def translate_all(root: Path) -> None:
    """Every string with itself as its translation."""
    messages.extract(root)
    for language in messages.LANGUAGES:
        wanted = messages.missing(root, language)
        for item in wanted:
            item["translation"] = [item["text"], item["plural"]] if item["plural"] else item["text"]
        messages.fill(root, language, wanted)


def test_the_meaning_of_a_verb_is_a_string_to_translate() -> None:
    source = 'from core.events import declare\n\nMADE = declare("room.thing.made", "Someone made a thing.")\n'
    assert list(from_python(source, "room/events.py")) == [Message("Someone made a thing.")]
