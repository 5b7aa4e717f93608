"""Files in templates. Pure functions of what is in hand; no queries."""

from __future__ import annotations

from django import template
from django.template.defaultfilters import filesizeformat
from django.utils.translation import get_language_info

from files.models import File

register = template.Library()


@register.filter
def weight(file: File) -> str:
    """The size as people write it: 312 KB."""
    return filesizeformat(file.size)


@register.filter
def language(code: str) -> str:
    """A language by its own name: "nl" is Nederlands; what we do not know stays a code."""
    try:
        return str(get_language_info(code)["name_local"])
    except KeyError:
        return code


@register.filter
def unlocalized(number: int) -> str:
    """A number as HTML writes it, in every language."""
    return str(number)
