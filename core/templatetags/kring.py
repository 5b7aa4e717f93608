"""What every screen is drawn with: icons, faces, times. Pure functions of their arguments; no queries."""

from __future__ import annotations

import json
import zlib
from datetime import date, datetime, tzinfo
from functools import lru_cache
from html import escape
from pathlib import Path
from typing import Any, cast

from django import template
from django.conf import settings
from django.template.base import Parser, Token, token_kwargs
from django.templatetags.static import static
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import Truncator
from django.utils.translation import get_language, gettext, ngettext, pgettext

from core.drawn import language_of, unchanging

register = template.Library()

# Hues of faces in steps, because the content policy allows no style attributes: [data-h="0"] … in static/css/face.css.
# From green over blue and purple to orange; the olive third of the wheel is left out.
HUES = [(140 + 12 * step) % 360 for step in range(24)]
_NEAREST = [min(range(24), key=lambda step: abs((HUES[step] - degree + 180) % 360 - 180)) for degree in range(360)]


@register.simple_tag
@unchanging
def icon(name: str, label: str = "", css: str = "") -> SafeString:
    """A drawing from the sprite. With a label it speaks; without, it is hidden from screen readers."""
    return _drawn(name, str(label), css)


@lru_cache(maxsize=1024)
def _drawn(name: str, label: str, css: str) -> SafeString:
    # A page shows some sixty of them; the address of the sprite does not change while a process lives.
    classes = f"i {css}".strip()
    if label:
        return format_html(
            '<svg class="{}" role="img" aria-label="{}"><use href="{}#{}"/></svg>',
            classes,
            label,
            static("icons.svg"),
            name,
        )
    return format_html(
        '<svg class="{}" aria-hidden="true"><use href="{}#{}"/></svg>', classes, static("icons.svg"), name
    )


@register.simple_tag
@unchanging
def importmap() -> SafeString:
    """Names for the modules of `static/js`: "kring/menu" is `js/menu.js` under its hashed address."""
    return _importmap()


@lru_cache(maxsize=1)
def _importmap() -> SafeString:
    names = sorted(path.stem for path in (Path(settings.BASE_DIR) / "static" / "js").glob("*.js"))
    return mark_safe(
        json.dumps({"imports": {f"kring/{name}": static(f"js/{name}.js") for name in names}}, separators=(",", ":"))
    )


@register.simple_tag
@unchanging
def htmx() -> SafeString:
    """htmx from the django-htmx wheel, deferred."""
    return format_html('<script src="{}" defer></script>', static("django_htmx/htmx-2.min.js"))


@register.filter
def hue(value: Any) -> int:
    """The step of the colour wheel nearest to a hue (0–359) or, for any other value, one that is always the same."""
    if isinstance(value, int) and not isinstance(value, bool):
        return _NEAREST[value % 360]
    return zlib.crc32(str(value).encode("utf-8", "replace")) % len(HUES)


@register.filter
def shortened(text: str, most: int) -> str:
    """Its beginning where it is longer than `most` characters: Django's `truncatechars`, for lines of lists."""
    return text if len(text) <= most else _shortened(text, most, get_language() or "")


@lru_cache(maxsize=1024)
def _shortened(text: str, most: int, language: str) -> str:
    return Truncator(text).chars(most)


@register.filter
def initials(name: str) -> str:
    """One or two letters for a face: first and last word's, whatever the script."""
    words = [word for word in str(name).replace("-", " ").split() if any(map(str.isalnum, word))]
    letters = [next(filter(str.isalnum, word)) for word in words]
    if not letters:
        return "?"
    return (letters[0] + letters[-1] if len(letters) > 1 else letters[0]).upper()


@register.simple_tag
def avatar(person: Any, size: str = "", on: str = "") -> SafeString:
    """A person's face, beside their name and so hidden from screen readers. `size`: xs, s, l, xl; `on`: on, away.

    Reads `name`, `tint` (a hue; else one made of `public_id`), `picture_url` (may be empty) and `is_active`; a person
    who is gone (None) gets a grey "?".
    """
    if person is None or person == "":
        return format_html('<span class="av {} gone" data-h="0" aria-hidden="true">?</span>', size)
    tint = getattr(person, "tint", None)
    return _face(
        getattr(person, "name", "") or str(person),
        tint if isinstance(tint, int) else str(getattr(person, "public_id", "") or person),
        getattr(person, "picture_url", "") or "",
        bool(getattr(person, "is_active", True)),
        str(size),
        str(on),
    )


@lru_cache(maxsize=4096)
def _face(name: str, tint: int | str, picture: str, is_active: bool, size: str, on: str) -> SafeString:
    """A face; everything it says is in its arguments."""
    classes = " ".join(filter(None, ["av", size, "" if is_active else "gone"]))
    presence = format_html(' data-on="{}"', on) if on else ""
    if picture:
        face: Any = format_html(
            '<img src="{}" alt="" width="104" height="104" loading="lazy" decoding="async">', picture
        )
    else:
        face = initials(name)
    return format_html(
        '<span class="{}" data-h="{}"{} aria-hidden="true">{}</span>', classes, hue(tint), presence, face
    )


@register.simple_tag
def square(group: Any, size: str = "") -> SafeString:
    """A group's sign: its picture, else its initial on a colour made of its `public_id` (or name). `size`: m, l."""
    name = str(_of(group, "name") or "")
    return _square(name, str(_of(group, "public_id") or name), str(size), str(_of(group, "picture_url") or ""))


@lru_cache(maxsize=4096)
def _square(name: str, chosen: str, size: str, picture: str) -> SafeString:
    """A sign; everything it says is in its arguments."""
    return format_html(
        '<span class="sq {}" data-h="{}" aria-hidden="true">{}</span>', size, hue(chosen), _sign(name, picture)
    )


def _sign(name: str, picture: str) -> str:
    if not picture:
        return conditional_escape(initials(name)[:1])
    return format_html('<img src="{}" alt="" width="96" height="96" loading="lazy" decoding="async">', picture)


@register.simple_tag
def group_lines(groups: Any, here: str) -> SafeString:
    """My groups in the rail, drawn in one go: a loop of the template over thirty of them costs more than the page."""
    language = get_language() or ""
    return mark_safe(
        "".join(
            _group_line(
                group.name,
                group.url,
                group.public_id,
                group.picture_url,
                group.is_private,
                group.unread,
                group.url == here,
                language,
            )
            for group in groups
        )
    )


@lru_cache(maxsize=4096)
def _group_line(
    name: str,
    url: str,
    public_id: str,
    picture: str,
    is_private: bool,
    unread: int,
    is_current: bool,
    language: str,
) -> str:
    """One group in the reader's language; everything it says is in its arguments."""
    current = ' aria-current="page"' if is_current else ""
    lock = icon("lock", gettext("private"), "lock") if is_private else ""
    # The number is for the eye; the sentence with it, whose order differs by language, for the ear.
    told = ngettext("%(count)s new post", "%(count)s new posts", unread) % {"count": capped(unread)} if unread else ""
    count = f'<em class="new">{_number(capped(unread), told)}</em>' if unread else ""
    return (
        f'<li><a href="{escape(url)}"{current}><span class="sq " data-h="{hue(public_id)}" '
        f'aria-hidden="true">{_sign(name, picture)}</span><span>{escape(name)}</span>{lock}{count}</a></li>'
    )


def _number(shown: str, told: str) -> str:
    return f'<span aria-hidden="true">{shown}</span><span class="sr">{escape(told)}</span>'


def _of(thing: Any, name: str) -> Any:
    return thing.get(name) if isinstance(thing, dict) else getattr(thing, name, None)


class Clock:
    """The present, and the reader's zone and language: asked once for a page that shows many moments."""

    def __init__(self, now: datetime | None = None) -> None:
        self.now = now or timezone.now()
        self.zone = timezone.get_current_timezone()
        self.language = get_language() or ""
        #: The year it is there: a date of another one is told with its year.
        self.year = self.now.astimezone(self.zone).year

    def text(self, moment: datetime) -> str:
        """Relative up to a day, then a date; the year only when it is not this one."""
        passed = (self.now - moment).total_seconds()
        if -60 < passed < 86400:
            return _passed(max(0, int(passed // 60)), self.language)
        local = moment.astimezone(self.zone)
        if passed < 0:
            return date_format(local, gettext("j M Y, H:i"))
        return _date_text(local.date(), local.year == self.year, self.language)

    def ago(self, moment: datetime) -> SafeString:
        """`<time>` that is relative up to a day, with the full date on hover."""
        if (self.now - moment).total_seconds() >= 86400:
            return _dated(moment, self.zone, self.year, self.language)
        return mark_safe(_stamped(moment, self.zone, self.language) % escape(self.text(moment)))


def full_text(moment: datetime) -> str:
    """The whole moment with its zone, in the reader's own zone and language."""
    return _full(moment, timezone.get_current_timezone(), get_language() or "")


# A page shows tens of moments, many pages show the same ones, and Django's formats are slow: what does not depend on
# the second is kept.


@lru_cache(maxsize=4096)
def _passed(minutes: int, language: str) -> str:
    if minutes < 1:
        return gettext("now")
    if minutes < 60:
        return gettext("%(minutes)s min") % {"minutes": minutes}
    return gettext("%(hours)s h") % {"hours": minutes // 60}


@lru_cache(maxsize=4096)
def _date_text(day: date, this_year: bool, language: str) -> str:
    return date_format(day, gettext("j M") if this_year else gettext("j M Y"))


@lru_cache(maxsize=4096)
def _dated(moment: datetime, zone: tzinfo, year: int, language: str) -> SafeString:
    """The `<time>` of a moment of another day."""
    local = moment.astimezone(zone)
    return mark_safe(_stamped(moment, zone, language) % escape(_date_text(local.date(), local.year == year, language)))


@lru_cache(maxsize=4096)
def _stamped(moment: datetime, zone: tzinfo, language: str) -> str:
    """A `<time>` with a place for its words."""
    stamp = moment.astimezone(timezone.get_default_timezone()).isoformat(timespec="seconds")
    title = escape(_full(moment, zone, language)).replace("%", "%%")
    return f'<time datetime="{stamp}" title="{title}" data-ago>%s</time>'


def _full(moment: datetime, zone: tzinfo, language: str) -> str:
    local = moment.astimezone(zone)
    day = _full_day(local.date(), language)
    whole = day.replace(_TIME, f"{local:%H:%M}") if day else date_format(local, gettext("l j F Y, H:i"))
    return f"{whole} {local.tzname() or ''}"


#: Stands for the time in the text of a day.
_TIME = "\x01"


@lru_cache(maxsize=4096)
def _full_day(day: date, language: str) -> str:
    # Days are few and moments are many. Empty where a language writes the time in another way.
    form = gettext("l j F Y, H:i")
    return date_format(day, form.replace("H:i", _TIME)) if "H:i" in form else ""


@register.simple_tag
def ago(moment: datetime | None, now: datetime | None = None) -> SafeString:
    """`<time>` that is relative up to a day and shows the full date with zone on hover; js/time.js keeps it fresh."""
    return Clock(now).ago(moment) if moment is not None else mark_safe("")


@register.simple_tag
def day(moment: datetime | None) -> SafeString:
    """`<time>` with a date only, the full date with zone on hover."""
    if moment is None:
        return mark_safe("")
    local = timezone.localtime(moment)
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        moment.isoformat(timespec="seconds"),
        full_text(moment),
        date_format(local, gettext("j M Y")),
    )


@register.simple_tag(takes_context=True)
def current(context: template.Context, *names: str) -> SafeString:
    """` aria-current="page"` when the shell (or, inside `fixed`, `nav`) says that this is where the reader is."""
    here = context["nav"] if "nav" in context else getattr(context.get("shell"), "nav", "")
    return mark_safe(' aria-current="page"') if here in names else mark_safe("")


@register.tag
def fixed(parser: Parser, token: Token) -> Fixed:
    """`{% fixed name=value … %}…{% endfixed %}`: drawn once per language and values, then kept.

    The frame of a page is some sixty translated words that change with nothing but the language. Inside, only the
    named values are known, so that nothing of one reader can be kept for another.
    """
    bits = token.split_contents()[1:]
    values = token_kwargs(bits, parser)
    if bits:
        raise template.TemplateSyntaxError("fixed takes name=value pairs only")
    body = parser.parse(("endfixed",))
    parser.delete_first_token()
    return Fixed(body, values)


class Fixed(template.Node):
    """The node of `fixed`."""

    #: Drawings kept of one place; values come from a short list, and a flood of others only empties it.
    MOST = 200

    def __init__(self, nodelist: template.NodeList, values: dict[str, Any]) -> None:
        self.nodelist = nodelist
        self.values = values
        self.kept: dict[tuple, SafeString] = {}

    def render(self, context: template.Context) -> SafeString:
        """The kept drawing, or a new one."""
        values = {name: value.resolve(context) for name, value in self.values.items()}
        key = (language_of(context), *values.values())
        found = self.kept.get(key)
        if found is None:
            if len(self.kept) >= self.MOST:
                self.kept = {}
            with context.render_context.push_state(cast(template.Template, context.template), isolated_context=False):
                found = self.nodelist.render(context.new(values))
            self.kept[key] = found
        return found


#: What a browser calls itself, in the order to look for it: most claim to be several others.
_BROWSERS = [("Edg", "Edge"), ("OPR/", "Opera"), ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Safari", "Safari")]
_SYSTEMS = [
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
]


@register.filter
def browser(agent: str) -> str:
    """ "Firefox · Windows" for what a browser calls itself; what is no browser stays as it is, shortened."""
    names = [next((name for mark, name in table if mark in agent), "") for table in (_BROWSERS, _SYSTEMS)]
    return " · ".join(filter(None, names)) or agent[:60]


@register.filter
def theme_of(cookie: str | None) -> str:
    """ "light", "dark" or nothing: a cookie may say anything."""
    return cookie if cookie in ("light", "dark") else ""


@register.filter
def capped(number: int | None, most: int = 99) -> str:
    """A count for a badge: nothing for none, "99+" for too many."""
    if not number:
        return ""
    return f"{most}+" if number > most else str(number)


@register.filter
def quoted(text: Any) -> SafeString:
    """Somebody's words between the quotation marks of the reader's language, whichever way the words run."""
    return format_html(pgettext("quotation marks", "“{}”"), format_html("<bdi>{}</bdi>", text))


@register.simple_tag
def field(bound: Any, *, hint: str = "", kind: str = "", autocomplete: str = "") -> SafeString:
    """A form field in our look: label, input, hint and errors, tied together for screen readers."""
    widget = bound.field.widget
    input_type = kind or getattr(widget, "input_type", "")
    described = []
    name = bound.auto_id or bound.html_name
    attrs: dict[str, Any] = {}
    help_text = hint or bound.help_text
    if help_text:
        described.append(f"{name}_hint")
    if bound.errors:
        described.append(f"{name}_errors")
        attrs["aria-invalid"] = "true"
    if described:
        attrs["aria-describedby"] = " ".join(described)
    if autocomplete:
        attrs["autocomplete"] = autocomplete
    # Labels say what a field is; a placeholder that repeats it only confuses.
    if widget.attrs.get("placeholder") == str(bound.label):
        attrs["placeholder"] = ""
    if bound.is_hidden:
        return bound.as_widget()
    hint_html = format_html('<div class="hint" id="{}_hint">{}</div>', name, mark_safe(help_text)) if help_text else ""
    errors = (
        format_html(
            '<div id="{}_errors" role="alert"><ul class="errors">{}</ul></div>',
            name,
            mark_safe("".join(f"<li>{conditional_escape(error)}</li>" for error in bound.errors)),
        )
        if bound.errors
        else ""
    )
    control = bound.as_widget(attrs=attrs)
    wrong = " bad" if bound.errors else ""
    if input_type == "checkbox" and not hasattr(widget, "choices"):
        return format_html(
            '<div class="field{}"><label class="check">{}<span>{}</span></label>{}{}</div>',
            wrong,
            control,
            bound.label,
            hint_html,
            errors,
        )
    optional = "" if bound.field.required else format_html(' <span class="optional">({})</span>', gettext("optional"))
    if getattr(widget, "use_fieldset", False):
        return format_html(
            '<fieldset class="field{}"><legend>{}{}</legend>{}{}{}</fieldset>',
            wrong,
            bound.label,
            optional,
            hint_html,
            control,
            errors,
        )
    return format_html(
        '<div class="field{}"><label for="{}">{}{}</label>{}{}{}</div>',
        wrong,
        bound.id_for_label,
        bound.label,
        optional,
        hint_html,
        control,
        errors,
    )
