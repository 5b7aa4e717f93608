"""Files in templates: which are pictures, which are cards. Pure functions of what is in hand; no queries."""

from __future__ import annotations

from collections.abc import Iterable

from django import template
from django.template.defaultfilters import filesizeformat

from files.models import File

register = template.Library()

#: Pictures drawn in a gallery; the last one says how many more there are.
SHOWN = 4


@register.filter
def pictures(files: Iterable[File]) -> list[File]:
    """The pictures among files, in order."""
    return [file for file in files if file.is_image]


@register.filter
def cards(files: Iterable[File]) -> list[File]:
    """Everything else, in order."""
    return [file for file in files if not file.is_image]


@register.filter
def shown(files: list[File]) -> list[File]:
    """The pictures that a gallery has room for."""
    return files[:SHOWN]


@register.filter
def rest(files: list[File]) -> int:
    """How many pictures a gallery has no room for."""
    return max(len(files) - SHOWN, 0)


@register.filter
def weight(file: File) -> str:
    """The size as people write it: 312 KB."""
    return filesizeformat(file.size)
