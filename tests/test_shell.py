"""The frame of every page: its colours, its bytes, its words on what went wrong."""

from __future__ import annotations

import gzip
import math
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from xml.etree import ElementTree

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.template import Context, Engine, Template
from django.template.loader import get_template, render_to_string
from django.test import RequestFactory, override_settings
from django.utils import timezone, translation

from core import assets
from core.templatetags import kring

STATIC = Path(settings.BASE_DIR) / "static"
TEMPLATES = Path(settings.BASE_DIR) / "templates"
Colour = tuple[float, float, float]

# --- Colours -----------------------------------------------------------------------------------------------------


def linear(lightness: float, chroma: float, hue: float) -> Colour:
    """OKLCH to linear sRGB, possibly outside the screen's gamut."""
    a, b = chroma * math.cos(math.radians(hue)), chroma * math.sin(math.radians(hue))
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )


def shown(lightness: float, chroma: float, hue: float) -> list[Colour]:
    """What a browser may show for it: cut off at the gamut's edge, or with less chroma (both are in use)."""
    cut = linear(lightness, chroma, hue)
    low, high = 0.0, chroma
    if not all(-1e-4 <= part <= 1 + 1e-4 for part in cut):
        for _ in range(20):
            middle = (low + high) / 2
            inside = all(-1e-4 <= part <= 1 + 1e-4 for part in linear(lightness, middle, hue))
            low, high = (middle, high) if inside else (low, middle)
    else:
        low = chroma
    return [tuple(min(1.0, max(0.0, part)) for part in each) for each in (cut, linear(lightness, low, hue))]  # type: ignore[misc]


def contrast(one: Colour, other: Colour) -> float:
    """WCAG's ratio of two colours in linear light."""
    lights = sorted(0.2126 * r + 0.7152 * g + 0.0722 * b for r, g, b in (one, other))
    return (lights[1] + 0.05) / (lights[0] + 0.05)


def tokens(theme: str) -> dict[str, str]:
    """The custom properties as they stand in the stylesheet, those of a theme."""
    css = (STATIC / "css" / "tokens.css").read_text()
    side = 1 if theme == "light" else 2
    two = r"light-dark\((.+\)|#\w+), (.+)\)"
    return {
        name: pair[side] if (pair := re.fullmatch(two, value)) else value
        for name, value in re.findall(r"--([\w-]+):\s*([^;]+);", css)
    }


def colours(value: str, hue: float) -> list[Colour]:
    """What a token's value shows with the company's hue."""
    value = value.strip()
    if value.startswith("#"):
        digits = value[1:] if len(value) == 7 else "".join(digit * 2 for digit in value[1:])
        parts = (int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4))
        return [tuple(part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)]  # type: ignore[list-item]
    lightness, chroma, angle = re.fullmatch(r"oklch\(([\d.]+)% ([\d.]+) (.+)\)", value).groups()  # type: ignore[union-attr]
    return shown(float(lightness) / 100, float(chroma), hue if "var(--hue)" in angle else float(angle))


TEXT = ["ink", "ink-2", "ink-3"]
GROUNDS = ["bg", "surface", "sunken", "accent-soft"]
PAIRS = [
    *((text, ground) for text in TEXT for ground in GROUNDS),
    *(("accent-ink", ground) for ground in GROUNDS),
    ("on-accent", "accent"),
    ("on-bad", "bad"),
    *(
        (f"{word}-ink", ground)
        for word in ("ok", "warn", "bad")
        for ground in ("bg", "surface", "sunken", f"{word}-soft")
    ),
    ("ink", "mark"),
    *(("ink", f"{word}-soft") for word in ("ok", "warn", "bad")),
]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_text_is_readable_at_every_hue_a_company_may_choose(theme: str) -> None:
    values = tokens(theme)
    weak = {}
    for front, ground in PAIRS:
        for hue in range(0, 360, 2):
            ratio = min(contrast(a, b) for a in colours(values[front], hue) for b in colours(values[ground], hue))
            if ratio < 4.5:
                weak[front, ground] = min((ratio, hue), weak.get((front, ground), (9.0, 0)))
    assert not weak


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_edges_of_fields_and_the_mark_of_focus_are_seen_at_every_hue(theme: str) -> None:
    values = tokens(theme)
    for part in ("edge", "accent"):
        for ground in ("bg", "surface", "sunken"):
            for hue in range(0, 360, 5):
                ratio = min(contrast(a, b) for a in colours(values[part], hue) for b in colours(values[ground], hue))
                assert ratio >= 3, (part, ground, hue, ratio)


def test_white_initials_are_readable_on_every_face() -> None:
    values = tokens("light")
    lightness, chroma = float(values["face-l"].rstrip("%")) / 100, float(values["face-c"])
    for hue in kring.HUES:
        assert min(contrast((1, 1, 1), colour) for colour in shown(lightness, chroma, hue)) >= 4.5, hue


def test_every_colour_is_said_once_and_a_chosen_theme_holds_over_the_devices() -> None:
    css = (STATIC / "css" / "tokens.css").read_text()
    names = re.findall(r"--([\w-]+):", css)
    assert len(names) == len(set(names))
    assert "color-scheme: light dark" in css
    for theme in ("light", "dark"):
        assert f":root[data-theme={theme}] {{ color-scheme: {theme}; }}" in css


def test_the_hues_of_faces_in_the_stylesheet_are_those_of_the_tags() -> None:
    found = re.findall(r'\[data-h="(\d+)"\] \{ --h: (\d+); \}', (STATIC / "css" / "face.css").read_text())
    assert [(int(step), int(hue)) for step, hue in found] == list(enumerate(kring.HUES))


# --- Bytes and requests ------------------------------------------------------------------------------------------


def test_the_browser_gets_one_stylesheet_with_the_layers_in_order() -> None:
    css = assets.stylesheet()
    assert css.startswith(assets.LAYERS)
    assert "/*" not in css
    for part in assets.parts():
        layers = re.findall(r"^@layer (\w+) \{", part.read_text(), re.MULTILINE)
        assert layers, f"{part.name} says no layer"
        assert set(layers) <= set(re.findall(r"\w+", assets.LAYERS)), part.name


def test_the_finder_offers_the_whole_and_not_its_parts() -> None:
    assert finders.find("kring.css")
    finder = assets.Finder()
    names = [name for name, _ in finder.list([])]
    assert "kring.css" in names
    assert not [name for name in names if name.startswith("css/")]


def test_a_changed_part_is_in_the_next_stylesheet(tmp_path: Path) -> None:
    with override_settings(DATA_DIR=tmp_path):
        first = assets.built()
        assert first.read_text() == assets.stylesheet()
        first.write_text("old")
        import os

        os.utime(first, (0, 0))
        assert assets.built().read_text() == assets.stylesheet()


def test_a_first_visit_is_at_most_sixty_kilobytes() -> None:
    """The files that every first page loads, compressed; the page itself is held to what then is left."""
    eager = [
        assets.stylesheet().encode(),
        (STATIC / "icons.svg").read_bytes(),
        Path(finders.find("django_htmx/htmx-2.min.js")).read_bytes(),  # type: ignore[arg-type]
        (STATIC / "js" / "kring.js").read_bytes(),
        (STATIC / "js" / "live.js").read_bytes(),
    ]
    assert len(eager) + 1 <= 6
    assert sum(len(gzip.compress(each, 9)) for each in eager) <= 45 * 1024


def test_every_icon_that_a_template_asks_for_is_drawn() -> None:
    drawn = {symbol.get("id") for symbol in ElementTree.parse(STATIC / "icons.svg").getroot()}  # noqa: S314
    asked = set()
    for path in TEMPLATES.rglob("*.html"):
        text = path.read_text()
        asked |= set(re.findall(r'{% icon "([\w-]+)"', text)) | set(re.findall(r'symbol="([\w-]+)"', text))
    assert asked - drawn == set()


def test_no_template_of_ours_carries_a_script_or_a_style_that_the_policy_refuses() -> None:
    for path in TEMPLATES.rglob("*.html"):
        if "email" in path.parts or "mail" in path.parts:
            continue
        text = re.sub(r"{#.*?#}|{% comment %}.*?{% endcomment %}", "", path.read_text(), flags=re.DOTALL)
        assert not re.search(r"<[a-z][^>]*\sstyle=", text), path
        assert not re.search(r"<[a-z][^>]*\son[a-z]+=", text), path
        for tag in re.findall(r"<(?:script|style)\b[^>]*>", text):
            assert "nonce=" in tag or "src=" in tag, (path, tag)


def test_scripts_have_no_words_of_their_own() -> None:
    for path in (STATIC / "js").glob("*.js"):
        code = re.sub(r"//.*", "", path.read_text())
        for said in re.findall(r"textContent = \"([^\"]*)\"", code):
            assert not re.search(r"[A-Za-z]{2}", said), (path.name, said)


def test_modules_name_each_other_only_by_the_import_map() -> None:
    names = {path.stem for path in (STATIC / "js").glob("*.js")}
    for path in (STATIC / "js").glob("*.js"):
        for name in re.findall(r"(?:from|import\() ?\"kring/([\w-]+)\"", path.read_text()):
            assert name in names, (path.name, name)
        assert not re.search(r"from \"\.", path.read_text()), path.name


# --- Faces and times ---------------------------------------------------------------------------------------------


def test_a_face_is_a_picture_or_initials_and_escapes_what_people_typed() -> None:
    person = SimpleNamespace(name='<b>Émile</b> "Zola"', public_id="x", tint=258, picture_url="", is_active=True)
    assert "&lt;" not in kring.avatar(person)
    assert ">BZ<" in kring.avatar(person)
    person.picture_url = '/files/"><script>/'
    assert "<script>" not in kring.avatar(person)
    assert 'width="104"' in kring.avatar(person)
    assert "gone" in kring.avatar(None)


@pytest.mark.parametrize(
    ("name", "letters"),
    [("Amira Saïdi", "AS"), ("Plato", "P"), ("李小龍", "李"), ("Jan-Willem van den Berg", "JB"), ("…", "?"), ("", "?")],
)
def test_initials_are_those_of_the_first_and_the_last_word(name: str, letters: str) -> None:
    assert kring.initials(name) == letters


def test_the_same_thing_always_has_the_same_hue_and_a_number_the_nearest_one() -> None:
    assert kring.hue("abc") == kring.hue("abc")
    for hue in range(0, 720, 7):
        assert 0 <= kring.hue(hue) < len(kring.HUES)
    assert kring.HUES[kring.hue(258)] in (260, 248)


@pytest.mark.parametrize(
    ("passed", "text"),
    [
        (timedelta(seconds=20), "now"),
        (timedelta(seconds=-20), "now"),
        (timedelta(minutes=24, seconds=59), "24 min"),
        (timedelta(hours=23, minutes=59), "23 h"),
        (timedelta(days=1), "11 Mar"),
        (timedelta(days=400), "5 Feb 2025"),
    ],
)
def test_a_time_is_relative_up_to_a_day_and_then_a_date(passed: timedelta, text: str) -> None:
    now = datetime(2026, 3, 12, 12, 0, tzinfo=UTC)
    with translation.override("en"), timezone.override("Europe/Brussels"):
        assert kring.Clock(now).text(now - passed) == text


def test_a_time_shows_the_full_date_with_its_zone_on_hover() -> None:
    with translation.override("en"), timezone.override("Asia/Tokyo"):
        drawn = kring.ago(datetime(2026, 3, 12, 20, 5, tzinfo=UTC))
    assert 'title="Friday 13 March 2026, 05:05 JST"' in drawn
    assert 'datetime="2026-03-12T21:05:00+01:00"' in drawn
    assert kring.ago(None) == ""


def test_a_field_ties_its_label_hint_and_errors_together() -> None:
    from django import forms

    class Form(forms.Form):
        name = forms.CharField(label="Your <name>", help_text="As on your badge")
        note = forms.CharField(required=False)

    drawn = kring.field(Form({"name": ""})["name"])
    assert 'for="id_name"' in drawn
    assert "Your &lt;name&gt;" in drawn
    assert 'aria-describedby="id_name_hint id_name_errors"' in drawn
    assert 'aria-invalid="true"' in drawn
    assert "(optional)" in kring.field(Form()["note"])


def drawn(source: str, **context: object) -> str:
    """A template of our own tags with this context."""
    return Template("{% load i18n kring %}" + source).render(Context(context))


def test_what_is_fixed_knows_nothing_of_the_reader() -> None:
    template = Template("{% load kring %}{% fixed n=number %}{{ n }}{{ user }}{{ request }}{% endfixed %}")
    assert template.render(Context({"number": 1, "user": "alice", "request": "r"})) == "1"
    assert template.render(Context({"number": 2, "user": "bob"})) == "2"


def test_what_is_fixed_is_drawn_once_for_each_language_and_value() -> None:
    template = Template("{% load kring %}{% fixed n=number %}{{ n }}{% endfixed %}")
    for number in range(1000):
        with translation.override("nl" if number % 2 else "en"):
            assert template.render(Context({"number": number})) == str(number)
    node = template.nodelist[-1]
    assert len(node.kept) <= node.MOST  # type: ignore[attr-defined]


def test_what_is_fixed_still_escapes() -> None:
    assert drawn("{% fixed n=number %}{{ n }}{% endfixed %}", number="<b>") == "&lt;b&gt;"


def test_the_place_where_the_reader_is_is_marked() -> None:
    shell = SimpleNamespace(nav="groups")
    assert drawn('{% current "groups" "home" %}', shell=shell) == ' aria-current="page"'
    assert drawn('{% current "people" %}', shell=shell) == ""
    assert drawn('{% fixed nav=shell.nav %}{% current "groups" %}{% endfixed %}', shell=shell) == ' aria-current="page"'


# --- Pages -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["400", "403", "403_csrf", "404", "413", "429", "500", "refused"])
def test_error_pages_need_neither_database_nor_request(name: str) -> None:
    """No `db` mark: a query would fail the test. The same bytes every time, for everyone."""
    request = RequestFactory().get("/posts/one/")
    other = RequestFactory().get("/groups/two/?x=<script>")
    first = get_template(f"{name}.html").template.render(Context({"request": request}))
    assert first == get_template(f"{name}.html").template.render(Context({"request": other}))
    assert render_to_string(f"{name}.html")
    assert first.count("<h1") == 1
    assert "csrf" not in first and "nonce" not in first and "<script" not in first
    assert 'href="/"' in first


def test_the_refusing_sentence_is_on_the_page_and_escaped() -> None:
    assert "Only members &lt;b&gt; may" in render_to_string("403.html", {"message": "Only members <b> may"})


def test_the_page_comes_in_the_chosen_light() -> None:
    request = RequestFactory().get("/")
    for theme, expected in [("dark", 'data-theme="dark"'), ("light", 'data-theme="light"')]:
        request.COOKIES["theme"] = theme
        assert expected in get_template("404.html").template.render(Context({"request": request}))
    request.COOKIES["theme"] = '"><script>'
    page = get_template("404.html").template.render(Context({"request": request}))
    assert "data-theme" not in page
    assert "<script" not in page


def test_all_templates_compile() -> None:
    engine = Engine.get_default()
    for path in TEMPLATES.rglob("*.html"):
        assert isinstance(engine.get_template(str(path.relative_to(TEMPLATES))), Template)


# --- Pages of people, through the front door ---------------------------------------------------------------------


@pytest.mark.django_db
def test_the_home_page_has_one_heading_one_token_in_a_header_and_no_script_without_nonce() -> None:
    from tests import make

    page = make.client(make.person("Alice Adams")).get("/")
    html = page.content.decode()
    assert html.count("<h1") == 1
    assert html.count("<main") == 1
    token = re.search(r'hx-headers=\'{"X-CSRFToken": "(\w+)"}\'', html)
    assert token
    nonce = re.search(r"'nonce-([^']+)'", page["Content-Security-Policy"])
    assert nonce
    for tag in re.findall(r"<(?:script|style)\b[^>]*>", html):
        assert f'nonce="{nonce[1]}"' in tag or "src=" in tag, tag
    assert 'id="act"' in html
    assert len(gzip.compress(page.content)) <= 10 * 1024


@pytest.mark.django_db
def test_a_company_has_its_hue_by_a_style_that_the_policy_allows(monkeypatch: pytest.MonkeyPatch) -> None:
    from core import site
    from tests import make

    monkeypatch.setattr(site, "_read", lambda: site.Site(network_name="<Van Houten>", hue=140))
    html = make.client(make.person("Alice Adams")).get("/").content.decode()
    assert ":root{--hue:140}" in html
    assert "&lt;Van Houten&gt;" in html
    assert "<Van Houten>" not in html


@pytest.mark.django_db
def test_only_those_who_moderate_and_administer_see_the_way_there() -> None:
    from tests import make

    plain = make.client(make.person("Alice Adams")).get("/").content.decode()
    moderator = make.client(make.person("Mona Moore", is_moderator=True)).get("/").content.decode()
    assert 'href="/moderation/"' not in plain
    assert 'href="/admin/"' not in plain
    assert 'href="/moderation/"' in moderator
    # What is kept of one reader's frame is not shown to the next.
    assert 'href="/moderation/"' not in make.client(make.person("Bob Brown")).get("/").content.decode()


@pytest.mark.django_db
def test_what_is_not_there_is_the_same_page_for_every_address() -> None:
    from tests import make

    browser = make.client(make.person("Alice Adams"))
    answers = [browser.get(path) for path in ("/posts/aaaaaaaaaaaaaaaa/", "/groups/bbbbbbbbbbbbbbbb/", "/nowhere/")]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers}) == 1


@pytest.mark.django_db
def test_light_and_dark_are_chosen_without_scripts() -> None:
    from tests import make

    browser = make.client(make.person("Alice Adams"))
    answer = browser.post("/theme/", {"theme": "dark", "next": "/groups/"})
    assert answer["Location"] == "/groups/"
    assert 'data-theme="dark"' in browser.get("/groups/").content.decode()
    browser.post("/theme/", {"theme": "auto", "next": "//evil.example/"})
    assert "data-theme=" not in browser.get("/").content.decode().split("<head>")[0]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "path",
    [
        "/accounts/login/",
        "/accounts/signup/",
        "/accounts/login/code/",
        "/accounts/password/reset/",
        "/accounts/password/reset/done/",
        "/accounts/inactive/",
    ],
)
def test_pages_before_the_log_in_are_drawn_in_our_look(path: str) -> None:
    from tests import make

    page = make.client().get(path)
    html = page.content.decode()
    assert page.status_code == 200
    assert html.count("<h1") == 1
    assert 'class="entrance' in html
    assert "kring.css" in html


@pytest.mark.django_db
@pytest.mark.parametrize(
    "path", ["/accounts/email/", "/accounts/password/change/", "/accounts/logout/", "/accounts/sessions/"]
)
def test_pages_of_the_account_are_drawn_in_our_look(path: str) -> None:
    from tests import make

    page = make.client(make.person("Alice Adams")).get(path, follow=True)
    assert page.status_code == 200
    assert page.content.decode().count("<h1") == 1
    assert 'class="entrance' in page.content.decode()


@pytest.mark.django_db
def test_a_wrong_password_is_said_beside_the_form() -> None:
    from tests import make

    make.person("Alice Adams")
    page = make.client().post("/accounts/login/", {"login": "alice@example.org", "password": "wrong wrong wrong"})
    html = page.content.decode()
    assert 'role="alert"' in html
    assert "alice@example.org" in html
    assert "wrong wrong wrong" not in html
