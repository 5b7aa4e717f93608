"""A letter: one text in two forms, put together in one place, so that nothing people wrote gets into its headers.

    compose(to="bob@example.org", template="people/letters/invitation", context={…}).send()

A template is three: `<name>_subject.txt`, `<name>.txt` and `<name>.html`, which extends `mail/frame.html`. They are
drawn in the language that is spoken while `compose` is called.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from math import cos, radians, sin
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string

from core import site
from core.text import one_line

#: Length of a subject: what programs show, and more than any of ours has.
SUBJECT_CHARS = 180
#: What ends a line, or is no sign at all, for whatever reads a header.
_BREAKS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
#: Addresses of ours in stored HTML.
_OWN = re.compile(r'(<a [^>]*?href=")(/)')


def compose(
    *, to: str, template: str, context: Mapping[str, Any], headers: Mapping[str, str] | None = None, subject: str = ""
) -> EmailMultiAlternatives:
    """A letter that waits to be sent.

    Args:
        to: the address of one person; nobody else's stands in it.
        template: its templates, without what they end in.
        context: what they need; `network_name`, `home` and `accent` are added.
        headers: further ones, made by us.
        subject: what it is about, where no template says so.

    Security door: a subject is one line, whatever a name or a title holds.
    """
    chosen = site.current()
    words = {"network_name": chosen.network_name, "home": settings.BASE_URL + "/", "accent": accent(chosen.hue)}
    words |= context
    said = subject or render_to_string(f"{template}_subject.txt", words)
    mail = EmailMultiAlternatives(
        one_line(_BREAKS.sub(" ", said), SUBJECT_CHARS),
        render_to_string(f"{template}.txt", words).strip() + "\n",
        settings.DEFAULT_FROM_EMAIL,
        [to],
        headers=dict(headers or {}),
    )
    mail.attach_alternative(render_to_string(f"{template}.html", words), "text/html")
    return mail


def host() -> str:
    """The name that our letters come from, for their ids."""
    return urlsplit(settings.BASE_URL).hostname or "localhost"


def with_addresses(html: str) -> str:
    """Stored HTML of ours, in which whoever reads it elsewhere is led to us: it holds no picture, nor any script."""
    return _OWN.sub(rf"\g<1>{settings.BASE_URL}/", html)


@lru_cache(maxsize=8)
def accent(hue: int) -> str:
    """The accent of the light theme (tokens.css: oklch(50% .19 hue)) as programs for mail know colours: "#3355cc"."""
    lightness, a, b = 0.5, 0.19 * cos(radians(hue)), 0.19 * sin(radians(hue))
    cone = [
        (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3,
        (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3,
        (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3,
    ]
    light = (
        (4.0767416621, -3.3077115913, 0.2309699292),
        (-1.2684380046, 2.6097574011, -0.3413193965),
        (-0.0041960863, -0.7034186147, 1.7076147010),
    )
    shares = (max(0.0, min(1.0, sum(x * y for x, y in zip(row, cone, strict=True)))) for row in light)
    seen = (12.92 * one if one <= 0.0031308 else 1.055 * one ** (1 / 2.4) - 0.055 for one in shares)
    return "#" + "".join(f"{round(one * 255):02x}" for one in seen)
